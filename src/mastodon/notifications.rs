//! `/api/v1/notifications` and, in groups, `/api/v2/notifications`. <https://docs.joinmastodon.org/methods/grouped_notifications/>
use super::{entities, paging::Paged};
use crate::{
    accounts::{self, session::Bearer},
    app::App,
    clock::Timestamp,
    error::{Error, Result},
    feeds::notifications::{self, Kind},
    http::fields::{Asked, Fields},
    ids::AccountId,
    timelines::{
        notices::{self, Group, Key, Wanted},
        reading::NotificationView,
    },
};
use axum::{
    Json, Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashSet;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/notifications", get(list))
        .route("/api/v1/notifications/unread_count", get(unread))
        .route("/api/v1/notifications/clear", post(clear))
        .route("/api/v1/notifications/{id}", get(one))
        .route("/api/v1/notifications/{id}/dismiss", post(dismiss))
        .route("/api/v2/notifications", get(groups))
        .route("/api/v2/notifications/unread_count", get(unread_groups))
        .route("/api/v2/notifications/policy", get(policy).patch(set_policy))
        .route("/api/v2/notifications/{group_key}", get(group))
        .route("/api/v2/notifications/{group_key}/accounts", get(people))
        .route("/api/v2/notifications/{group_key}/dismiss", post(dismiss_group))
        .route("/api/v1/notifications/requests", get(requests))
        .route("/api/v1/notifications/requests/merged", get(merged))
        .route("/api/v1/notifications/requests/accept", post(settled))
        .route("/api/v1/notifications/requests/dismiss", post(settled))
        .route("/api/v1/notifications/requests/{id}", get(no_request))
}

#[derive(Serialize)]
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
#[derive(Debug, Default, Deserialize)]
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

/// The number that the web shows, too: what came after the newest that the member has seen.
async fn unread(
    State(app): State<App>,
    Bearer(me): Bearer,
    Asked(filter): Asked<Filter>,
) -> Result<Json<Value>> {
    let mut tx = app.db.read().await?;
    let read_until = notifications::read_until(&mut tx, me.account.id).await?;
    let wanted = filter.wanted();
    let n = notices::unread(&mut tx, me.account.id, read_until, &wanted, filter.most()).await?;
    Ok(Json(json!({"count": n})))
}

async fn clear(State(app): State<App>, Bearer(me): Bearer) -> Result<Json<Value>> {
    let mut tx = app.db.begin().await?;
    notifications::clear(&app, &mut tx, me.account.id).await?;
    tx.commit().await?;
    Ok(Json(json!({})))
}

async fn dismiss(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<i64>,
) -> Result<Json<Value>> {
    let mut tx = app.db.begin().await?;
    notifications::dismiss(&app, &mut tx, me.account.id, &[id]).await?;
    tx.commit().await?;
    Ok(Json(json!({})))
}

// groups

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names that programs know")]
struct Groups<'a> {
    accounts: Vec<entities::Account<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partial_accounts: Option<Vec<PartialAccount>>,
    statuses: Vec<entities::Status<'a>>,
    notification_groups: Vec<NotificationGroup>,
}

/// Enough to draw a face: what only adds to a group's row of them.
#[derive(Serialize)]
struct PartialAccount {
    id: AccountId,
    acct: Value,
    url: Value,
    avatar: Value,
    avatar_static: Value,
    locked: Value,
    bot: Value,
}

#[derive(Serialize)]
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
        sample_account_ids: group.sample.clone(),
        status_id: newest.post.as_ref().map(|v| v.post.id),
    }
}

/// Each account and each status once. With `partial` only those that stand first in a group are told in full.
async fn shown(app: &App, groups: &[Group], partly: bool) -> Result<Json<Value>> {
    let first: HashSet<AccountId> = groups.iter().map(|g| g.newest.from.id).collect();
    let mut others: Vec<AccountId> = groups.iter().flat_map(|g| g.sample.clone()).collect();
    others.retain(|id| !first.contains(id));
    others.sort_unstable();
    others.dedup();
    let mut tx = app.db.read().await?;
    let others = accounts::queries::by_ids(&mut tx, &others).await?;
    drop(tx);
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
    let partial_accounts = if partly {
        Some(others.values().map(|a| partial(app, a)).collect::<Result<Vec<_>>>()?)
    } else {
        accounts.extend(others.values().map(|a| entities::account(app, a)));
        None
    };
    let notification_groups = groups.iter().map(notification_group).collect();
    let shown = Groups { accounts, partial_accounts, statuses, notification_groups };
    Ok(Json(serde_json::to_value(shown)?))
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
    let Json(shown) = shown(&app, &groups, partly).await?;
    Ok(paged.answer(&app, page, &ids, shown))
}

async fn group(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(key): Path<String>,
) -> Result<Json<Value>> {
    let mut tx = app.db.read().await?;
    let found = notices::group(&mut tx, me.account.id, key.parse()?).await?;
    drop(tx);
    shown(&app, &[found], false).await
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
) -> Result<Json<Value>> {
    let mut tx = app.db.begin().await?;
    let ids = notices::ids(&mut tx, me.account.id, key.parse()?).await?;
    notifications::dismiss(&app, &mut tx, me.account.id, &ids).await?;
    tx.commit().await?;
    Ok(Json(json!({})))
}

async fn unread_groups(
    State(app): State<App>,
    Bearer(me): Bearer,
    Asked(filter): Asked<Filter>,
) -> Result<Json<Value>> {
    let mut tx = app.db.read().await?;
    let read_until = notifications::read_until(&mut tx, me.account.id).await?;
    let (wanted, grouped) = (filter.wanted(), filter.grouped());
    let n = notices::unread_groups(&mut tx, me.account.id, read_until, &wanted, &grouped).await?;
    Ok(Json(json!({"count": n.min(filter.most())})))
}

// what is held back: nothing

const REASONS: [&str; 5] = [
    "for_not_following",
    "for_not_followers",
    "for_new_accounts",
    "for_private_mentions",
    "for_limited_accounts",
];

/// Everything is accepted: blocking and muting say who is not heard.
async fn policy(Bearer(_): Bearer) -> Json<Value> {
    let mut policy: serde_json::Map<String, Value> =
        REASONS.iter().map(|reason| ((*reason).to_owned(), "accept".into())).collect();
    let none = json!({"pending_requests_count": 0, "pending_notifications_count": 0});
    policy.insert("summary".into(), none);
    Json(policy.into())
}

#[derive(Debug, Default, Deserialize)]
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
async fn set_policy(bearer: Bearer, Fields(new): Fields<NewPolicy>) -> Result<Json<Value>> {
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

async fn merged(Bearer(_): Bearer) -> Json<Value> {
    Json(json!({"merged": true}))
}

async fn settled(Bearer(_): Bearer) -> Json<Value> {
    Json(json!({}))
}

async fn no_request(Bearer(_): Bearer, Path(_): Path<i64>) -> Error {
    Error::NotFound
}
