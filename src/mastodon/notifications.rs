//! `/api/v1/notifications` and, in groups, `/api/v2/notifications`. <https://docs.joinmastodon.org/methods/grouped_notifications/>
use super::{entities, paging::Paged};
use crate::{
    accounts::{self, session::Bearer},
    app::App,
    clock::Timestamp,
    error::{Error, Result},
    feeds::notifications::{self, Kind},
    http::{
        api::{Api, get, get_with, post},
        described::Empty,
        described::gives,
        fields::{Asked, Fields},
        path::Path,
    },
    ids::AccountId,
    timelines::{
        notices::{self, Group, Key, Wanted},
        reading::NotificationView,
    },
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashSet;

pub fn routes() -> Api {
    Api::new()
        .route("/api/v1/notifications", get_with(list, gives::<Vec<Notification>>))
        .route("/api/v1/notifications/unread_count", get(unread))
        .route("/api/v1/notifications/clear", post(clear))
        .route("/api/v1/notifications/{id}", get_with(one, gives::<Notification>))
        .route("/api/v1/notifications/{id}/dismiss", post(dismiss))
        .route("/api/v2/notifications", get_with(groups, gives::<Groups>))
        .route("/api/v2/notifications/unread_count", get(unread_groups))
        .route("/api/v2/notifications/policy", get(policy).patch(set_policy))
        .route("/api/v2/notifications/{group_key}", get_with(group, gives::<Groups>))
        .route(
            "/api/v2/notifications/{group_key}/accounts",
            get_with(people, gives::<Vec<entities::Account>>),
        )
        .route("/api/v2/notifications/{group_key}/dismiss", post(dismiss_group))
        .route("/api/v1/notifications/requests", get(requests))
        .route("/api/v1/notifications/requests/merged", get(merged))
        .route("/api/v1/notifications/requests/accept", post(settled))
        .route("/api/v1/notifications/requests/dismiss", post(settled))
        .route("/api/v1/notifications/requests/{id}", get(no_request))
}

#[derive(Serialize, JsonSchema)]
pub struct Notification<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    group_key: String,
    created_at: String,
    account: entities::Account<'a>,
    status: Option<entities::Status<'a>>,
}

pub fn notification<'a>(app: &App, n: &'a NotificationView) -> Notification<'a> {
    Notification {
        id: n.id.to_string(),
        kind: n.kind.name(),
        group_key: Key::One(n.id).to_string(),
        created_at: Timestamp(n.id >> 16).iso(),
        account: entities::account(app, &n.from),
        status: n.post.as_ref().map(|p| entities::status(app, p)),
    }
}

/// What both lists can be asked for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Filter {
    types: Vec<String>,
    exclude_types: Vec<String>,
    account_id: Option<AccountId>,
    grouped_types: Option<Vec<String>>,
    expand_accounts: String,
    limit: Option<i64>,
}

impl Filter {
    fn wanted(&self) -> Wanted {
        Wanted::named(&self.types, &self.exclude_types, self.account_id)
    }

    /// The kinds that are put together; all that can be, where none are named.
    fn grouped(&self) -> Vec<Kind> {
        let Some(names) = &self.grouped_types else { return Kind::GROUPED.to_vec() };
        let named = |kind: &Kind| names.iter().any(|name| name == kind.name());
        Kind::GROUPED.into_iter().filter(named).collect()
    }

    /// How far to count: 100, at most 1,000.
    fn most(&self) -> i64 {
        self.limit.unwrap_or(100).clamp(1, 1_000)
    }

    fn has_partial_accounts(&self) -> Result<bool> {
        match self.expand_accounts.as_str() {
            "" | "full" => Ok(false),
            "partial_avatars" => Ok(true),
            _ => Err(Error::Malformed("expand_accounts: full or partial_avatars".into())),
        }
    }
}

async fn list(
    State(app): State<App>,
    Bearer(me): Bearer,
    paged: Paged,
    Asked(filter): Asked<Filter>,
) -> Result<Response> {
    let (mut tx, page) = (app.db.read().await?, paged.accounts());
    let (found, ids) = notices::list(&mut tx, me.account.id, &filter.wanted(), page).await?;
    let items: Vec<_> = found.iter().map(|n| notification(&app, n)).collect();
    Ok(paged.answer(&app, page, &ids, items))
}

async fn one(State(app): State<App>, Bearer(me): Bearer, Path(id): Path<i64>) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let found = notices::one(&mut tx, me.account.id, id).await?.ok_or(Error::NotFound)?;
    Ok(Json(notification(&app, &found)).into_response())
}

#[derive(Serialize, JsonSchema)]
struct Count {
    count: i64,
}

/// The number that the web shows, too: what came after the newest that the member has seen.
async fn unread(
    State(app): State<App>,
    Bearer(me): Bearer,
    Asked(filter): Asked<Filter>,
) -> Result<Json<Count>> {
    let mut tx = app.db.read().await?;
    let read_until = notifications::read_until(&mut tx, me.account.id).await?;
    let wanted = filter.wanted();
    let n = notices::unread(&mut tx, me.account.id, read_until, &wanted, filter.most()).await?;
    Ok(Json(Count { count: n }))
}

async fn clear(State(app): State<App>, Bearer(me): Bearer) -> Result<Json<Empty>> {
    let mut tx = app.db.begin().await?;
    notifications::clear(&app, &mut tx, me.account.id).await?;
    tx.commit().await?;
    Ok(Json(Empty {}))
}

async fn dismiss(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<i64>,
) -> Result<Json<Empty>> {
    let mut tx = app.db.begin().await?;
    notifications::dismiss(&app, &mut tx, me.account.id, &[id]).await?;
    tx.commit().await?;
    Ok(Json(Empty {}))
}

// groups

#[derive(Serialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "the names that programs know")]
#[schemars(rename = "GroupedNotificationsResults")]
struct Groups<'a> {
    accounts: Vec<entities::Account<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partial_accounts: Option<Vec<PartialAccount>>,
    statuses: Vec<entities::Status<'a>>,
    notification_groups: Vec<NotificationGroup>,
}

/// Enough to draw a face: what only adds to a group's row of them.
#[derive(Serialize, JsonSchema)]
struct PartialAccount {
    id: AccountId,
    #[schemars(with = "String")]
    acct: Value,
    #[schemars(with = "String")]
    url: Value,
    #[schemars(with = "String")]
    avatar: Value,
    #[schemars(with = "String")]
    avatar_static: Value,
    #[schemars(with = "bool")]
    locked: Value,
    #[schemars(with = "bool")]
    bot: Value,
}

#[derive(Serialize, JsonSchema)]
struct NotificationGroup {
    group_key: String,
    notifications_count: i64,
    #[serde(rename = "type")]
    kind: &'static str,
    most_recent_notification_id: String,
    page_min_id: String,
    page_max_id: String,
    latest_page_notification_at: String,
    sample_account_ids: Vec<AccountId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_id: Option<crate::ids::PostId>,
}

fn partial(app: &App, account: &accounts::types::Account) -> Result<PartialAccount> {
    let mut whole = serde_json::to_value(entities::account(app, account))?;
    let mut take = |name: &str| whole.get_mut(name).map(Value::take).unwrap_or_default();
    Ok(PartialAccount {
        id: account.id,
        acct: take("acct"),
        url: take("url"),
        avatar: take("avatar"),
        avatar_static: take("avatar_static"),
        locked: take("locked"),
        bot: take("bot"),
    })
}

fn notification_group(group: &Group) -> NotificationGroup {
    let newest = &group.newest;
    NotificationGroup {
        group_key: group.key.to_string(),
        notifications_count: group.count,
        kind: newest.kind.name(),
        most_recent_notification_id: newest.id.to_string(),
        page_min_id: group.page_oldest.to_string(),
        page_max_id: newest.id.to_string(),
        latest_page_notification_at: Timestamp(newest.id >> 16).iso(),
        sample_account_ids: group.sample.iter().map(|a| a.id).collect(),
        status_id: newest.post.as_ref().map(|v| v.post.id),
    }
}

/// Each account and each status once. With `partly` only those that stand first in a group are told in full.
fn shown(app: &App, groups: &[Group], partly: bool) -> Result<Value> {
    let (mut accounts, mut statuses) = (Vec::new(), Vec::new());
    let (mut told, mut read) = (HashSet::new(), HashSet::new());
    for group in groups {
        if told.insert(group.newest.from.id) {
            accounts.push(entities::account(app, &group.newest.from));
        }
        if let Some(view) = group.newest.post.as_ref().filter(|v| read.insert(v.post.id)) {
            statuses.push(entities::status(app, view));
        }
    }
    let others = groups.iter().flat_map(|g| &g.sample).filter(|a| told.insert(a.id));
    let partial_accounts = if partly {
        Some(others.map(|a| partial(app, a)).collect::<Result<Vec<_>>>()?)
    } else {
        accounts.extend(others.map(|a| entities::account(app, a)));
        None
    };
    let notification_groups = groups.iter().map(notification_group).collect();
    let shown = Groups { accounts, partial_accounts, statuses, notification_groups };
    Ok(serde_json::to_value(shown)?)
}

async fn groups(
    State(app): State<App>,
    Bearer(me): Bearer,
    paged: Paged,
    Asked(filter): Asked<Filter>,
) -> Result<Response> {
    let partly = filter.has_partial_accounts()?;
    let (mut tx, page) = (app.db.read().await?, paged.accounts());
    let (wanted, grouped) = (filter.wanted(), filter.grouped());
    let (groups, ids) = notices::groups(&mut tx, me.account.id, &wanted, &grouped, page).await?;
    drop(tx);
    let shown = shown(&app, &groups, partly)?;
    Ok(paged.answer(&app, page, &ids, shown))
}

async fn group(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(key): Path<String>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let found = notices::group(&mut tx, me.account.id, key.parse()?).await?;
    drop(tx);
    Ok(Json(shown(&app, &[found], false)?).into_response())
}

async fn people(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(key): Path<String>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let ids = notices::people(&mut tx, me.account.id, key.parse()?).await?;
    let found = accounts::queries::by_ids(&mut tx, &ids).await?;
    let people = ids.iter().filter_map(|id| found.get(id)).map(|a| entities::account(&app, a));
    Ok(Json(people.collect::<Vec<_>>()).into_response())
}

async fn dismiss_group(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(key): Path<String>,
) -> Result<Json<Empty>> {
    let mut tx = app.db.begin().await?;
    let ids = notices::ids(&mut tx, me.account.id, key.parse()?).await?;
    notifications::dismiss(&app, &mut tx, me.account.id, &ids).await?;
    tx.commit().await?;
    Ok(Json(Empty {}))
}

async fn unread_groups(
    State(app): State<App>,
    Bearer(me): Bearer,
    Asked(filter): Asked<Filter>,
) -> Result<Json<Count>> {
    let mut tx = app.db.read().await?;
    let read_until = notifications::read_until(&mut tx, me.account.id).await?;
    let (wanted, grouped) = (filter.wanted(), filter.grouped());
    let n = notices::unread_groups(&mut tx, me.account.id, read_until, &wanted, &grouped).await?;
    Ok(Json(Count { count: n.min(filter.most()) }))
}

// what is held back: nothing

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NotificationPolicy")]
struct Policy {
    for_not_following: &'static str,
    for_not_followers: &'static str,
    for_new_accounts: &'static str,
    for_private_mentions: &'static str,
    for_limited_accounts: &'static str,
    summary: Pending,
}

#[derive(Default, Serialize, JsonSchema)]
struct Pending {
    pending_requests_count: i64,
    pending_notifications_count: i64,
}

/// Everything is accepted: blocking and muting say who is not heard.
async fn policy(Bearer(_): Bearer) -> Json<Policy> {
    Json(Policy {
        for_not_following: "accept",
        for_not_followers: "accept",
        for_new_accounts: "accept",
        for_private_mentions: "accept",
        for_limited_accounts: "accept",
        summary: Pending::default(),
    })
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "the names that programs know")]
struct NewPolicy {
    for_not_following: String,
    for_not_followers: String,
    for_new_accounts: String,
    for_private_mentions: String,
    for_limited_accounts: String,
}

/// What would not be kept is refused, so that nobody relies on it.
async fn set_policy(bearer: Bearer, Fields(new): Fields<NewPolicy>) -> Result<Json<Policy>> {
    let asked = [
        new.for_not_following,
        new.for_not_followers,
        new.for_new_accounts,
        new.for_private_mentions,
        new.for_limited_accounts,
    ];
    if asked.iter().any(|word| !matches!(word.as_str(), "" | "accept")) {
        return Err(Error::invalid("notifications-not-filtered"));
    }
    Ok(policy(bearer).await)
}

async fn requests(Bearer(_): Bearer) -> Json<[(); 0]> {
    Json([])
}

#[derive(Serialize, JsonSchema)]
struct Merged {
    merged: bool,
}

async fn merged(Bearer(_): Bearer) -> Json<Merged> {
    Json(Merged { merged: true })
}

async fn settled(Bearer(_): Bearer) -> Json<Empty> {
    Json(Empty {})
}

async fn no_request(Bearer(_): Bearer, Path(_): Path<i64>) -> Error {
    Error::NotFound
}
