//! `/api/v1/push/subscription`, and what is told to those who subscribed. <https://docs.joinmastodon.org/methods/push/>
use crate::{
    accounts::{
        self,
        session::{Program, Refused},
    },
    app::App,
    db::Tx,
    error::Result,
    http::{
        api::{Api, get},
        described::Empty,
        fields::Fields,
    },
    ids::AccountId,
    mastodon::entities,
    push::{
        self,
        encryption::MAX_MESSAGE,
        queue::{self, Due, Outcome},
        subscriptions::{self, ALERTS, NewSubscription, Policy, Subscription, Wanted},
    },
    text::html,
    timelines::notices,
};
use axum::{Json, extract::State};
use futures::future::join_all;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

/// The longest title and text of a message, characters.
const TITLE: usize = 100;
const BODY: usize = 140;

pub fn routes() -> Api {
    Api::new().route(
        "/api/v1/push/subscription",
        get(show).post(subscribe).put(change).delete(unsubscribe),
    )
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Subscribing {
    subscription: Subscriber,
    #[serde(default)]
    data: Data,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Subscriber {
    endpoint: String,
    keys: Keys,
    #[serde(default)]
    standard: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Keys {
    p256dh: String,
    auth: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Data {
    alerts: HashMap<String, bool>,
    policy: Option<Policy>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Changing {
    data: Data,
    policy: Option<Policy>,
}

impl Data {
    fn wanted(self) -> Wanted {
        let alerts = self.alerts.into_iter().filter(|(_, on)| *on).map(|(alert, _)| alert);
        Wanted { alerts: alerts.collect(), policy: self.policy.unwrap_or_default() }
    }
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "WebPushSubscription")]
struct Entity {
    id: i64,
    endpoint: String,
    standard: bool,
    alerts: BTreeMap<&'static str, bool>,
    policy: Policy,
    server_key: String,
}

async fn shown(app: &App, of: &Subscription) -> Result<Json<Entity>> {
    Ok(Json(Entity {
        id: of.id,
        endpoint: of.endpoint.clone(),
        standard: of.standard,
        alerts: ALERTS.iter().map(|alert| (*alert, of.wants(alert))).collect(),
        policy: of.policy,
        server_key: push::key(app).await?.public_key(),
    }))
}

fn member(program: &Program) -> Result<AccountId, Refused> {
    Ok(program.who.as_ref().ok_or(Refused::NoMember)?.account.id)
}

async fn show(State(app): State<App>, program: Program) -> Result<Json<Entity>, Refused> {
    member(&program)?;
    let mut tx = app.db.read().await?;
    let found = subscriptions::of(&mut tx, &program.token.token_hash).await?;
    drop(tx);
    Ok(shown(&app, &found).await?)
}

async fn subscribe(
    State(app): State<App>,
    program: Program,
    Fields(asked): Fields<Subscribing>,
) -> Result<Json<Entity>, Refused> {
    let me = member(&program)?;
    let new = NewSubscription {
        endpoint: asked.subscription.endpoint,
        p256dh: asked.subscription.keys.p256dh,
        auth: asked.subscription.keys.auth,
        standard: asked.subscription.standard,
        wanted: asked.data.wanted(),
    };
    let mut tx = app.db.begin().await?;
    let made = subscriptions::put(&app, &mut tx, (me, &program.token.token_hash), &new).await?;
    tx.commit().await?;
    Ok(shown(&app, &made).await?)
}

async fn change(
    State(app): State<App>,
    program: Program,
    Fields(asked): Fields<Changing>,
) -> Result<Json<Entity>, Refused> {
    member(&program)?;
    let wanted = Data { policy: asked.data.policy.or(asked.policy), ..asked.data }.wanted();
    let mut tx = app.db.begin().await?;
    let changed = subscriptions::change(&mut tx, &program.token.token_hash, &wanted).await?;
    tx.commit().await?;
    Ok(shown(&app, &changed).await?)
}

async fn unsubscribe(State(app): State<App>, program: Program) -> Result<Json<Empty>, Refused> {
    member(&program)?;
    let mut tx = app.db.begin().await?;
    subscriptions::remove(&mut tx, &program.token.token_hash).await?;
    tx.commit().await?;
    Ok(Json(Empty {}))
}

/// Sends what is due; returns how many messages are no longer under way.
pub async fn send_due(app: &App) -> Result<usize> {
    let mut done = 0;
    loop {
        let due = queue::claim(app).await?;
        if due.is_empty() {
            return Ok(done);
        }
        let outcomes = join_all(due.iter().map(|due| deliver(app, due))).await;
        let mut tx = app.db.begin().await?;
        for (due, outcome) in due.iter().zip(outcomes) {
            // What was sent to the others stays sent.
            let outcome = outcome.unwrap_or_else(|error| {
                tracing::error!(%error, "a push message could not be made");
                Outcome::Later
            });
            queue::settle(&mut tx, due, outcome, app.now()).await?;
            done += usize::from(outcome != Outcome::Later);
        }
        tx.commit().await?;
    }
}

async fn deliver(app: &App, due: &Due) -> Result<Outcome> {
    let mut tx = app.db.read().await?;
    let message = message(app, &mut tx, due).await?;
    drop(tx);
    match message {
        Some(message) => queue::send(app, due, message.as_bytes()).await,
        None => Ok(Outcome::Done),
    }
}

/// What the program is told, in the member's language; nothing, if what happened was taken back. `access_token`, by which Mastodon's programs tell
/// accounts apart, is empty: only its hash is kept.
async fn message(app: &App, tx: &mut Tx, due: &Due) -> Result<Option<String>> {
    let id = due.notification_id;
    let Some(found) = notices::one(tx, due.to.account_id, id).await? else { return Ok(None) };
    let (_, member) = accounts::queries::holder_by_id(tx, due.to.account_id).await?;
    let mut account = serde_json::to_value(entities::account(app, &found.from))?;
    let name = html::one_line(found.from.shown_name(), TITLE);
    let mut message = json!({
        "access_token": "",
        "preferred_locale": member.lang.code(),
        "notification_id": id,
        "notification_type": found.kind.name(),
        "icon": account.get_mut("avatar").map(Value::take),
        "title": format!("{name}{}", member.lang.t(found.key())),
        "body": html::one_line(&found.excerpt(), BODY),
    });
    if message.to_string().len() > MAX_MESSAGE
        && let Some(icon) = message.get_mut("icon")
    {
        *icon = "".into(); // an address may be longer than all the rest
    }
    Ok(Some(message.to_string()))
}
