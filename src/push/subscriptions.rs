//! Where programs want to be told of notifications: one subscription for each token, gone with it.
use super::encryption::Recipient;
use crate::{
    app::App,
    db::Tx,
    error::{Error, Result},
    execute, fetch_in, fetch_one, fetch_optional,
    ids::AccountId,
};
use std::collections::HashMap;

/// What programs can ask to be told of, by the names that they know. <https://docs.joinmastodon.org/entities/WebPushSubscription/>
pub const ALERTS: [&str; 12] = [
    "mention",
    "quote",
    "status",
    "reblog",
    "follow",
    "follow_request",
    "favourite",
    "poll",
    "update",
    "quoted_update",
    "admin.sign_up",
    "admin.report",
];

/// By whom a member is told of.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    sqlx::Type,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum Policy {
    #[default]
    All,
    /// Those whom the member follows.
    Followed,
    /// Those who follow the member.
    Follower,
    None,
}

/// A subscription as it is stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Subscription {
    /// Small: some programs read it as a number of 32 bits.
    pub id: i64,
    pub account_id: AccountId,
    pub endpoint: String,
    pub p256dh: String,
    pub auth: String,
    /// RFC 8291, and not the draft before it.
    pub standard: bool,
    alerts: String,
    pub policy: Policy,
}

/// What a program asks for.
pub struct NewSubscription {
    pub endpoint: String,
    pub p256dh: String,
    pub auth: String,
    pub standard: bool,
    pub wanted: Wanted,
}

/// Which notifications, and by whom.
#[derive(Default)]
pub struct Wanted {
    /// Those of [`ALERTS`]; others are left out.
    pub alerts: Vec<String>,
    pub policy: Policy,
}

impl Wanted {
    fn alerts(&self) -> String {
        let known = ALERTS.iter().filter(|alert| self.alerts.iter().any(|a| a == *alert));
        known.fold(" ".to_owned(), |words, alert| format!("{words}{alert} "))
    }
}

impl Subscription {
    pub fn wants(&self, alert: &str) -> bool {
        self.alerts.split(' ').any(|a| a == alert)
    }
}

/// The subscription of the program with this token.
pub async fn of(tx: &mut Tx, token_hash: &str) -> Result<Subscription> {
    let sql = "SELECT * FROM push_subscription WHERE token_hash = $1";
    fetch_optional!(tx, sqlx::query_as(sql).bind(token_hash)).ok_or(Error::NotFound)
}

pub async fn by_ids(tx: &mut Tx, ids: &[i64]) -> Result<HashMap<i64, Subscription>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let found: Vec<Subscription> =
        fetch_in!(tx, "SELECT * FROM push_subscription WHERE id IN", ids, "");
    Ok(found.into_iter().map(|s| (s.id, s)).collect())
}

/// Subscribes a program; what it subscribed before is forgotten, with what is under way. Errors: `push-keys`, and `Malformed` for an address that
/// this node does not contact.
pub async fn put(
    app: &App,
    tx: &mut Tx,
    (member, token_hash): (AccountId, &str),
    new: &NewSubscription,
) -> Result<Subscription> {
    app.reach.check(&new.endpoint)?;
    Recipient::parse(&new.p256dh, &new.auth)?;
    remove(tx, token_hash).await?;
    Ok(fetch_one!(
        tx,
        sqlx::query_as(
            "INSERT INTO push_subscription (id, token_hash, account_id, endpoint, p256dh, auth, standard, alerts, policy)
             SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8 FROM push_subscription RETURNING *"
        )
        .bind(token_hash)
        .bind(member)
        .bind(&new.endpoint)
        .bind(&new.p256dh)
        .bind(&new.auth)
        .bind(new.standard)
        .bind(new.wanted.alerts())
        .bind(new.wanted.policy)
    ))
}

/// Changes what a program is told of.
pub async fn change(tx: &mut Tx, token_hash: &str, wanted: &Wanted) -> Result<Subscription> {
    let sql =
        "UPDATE push_subscription SET alerts = $2, policy = $3 WHERE token_hash = $1 RETURNING *";
    fetch_optional!(
        tx,
        sqlx::query_as(sql).bind(token_hash).bind(wanted.alerts()).bind(wanted.policy)
    )
    .ok_or(Error::NotFound)
}

pub async fn remove(tx: &mut Tx, token_hash: &str) -> Result<()> {
    let sql = "DELETE FROM push_subscription WHERE token_hash = $1";
    execute!(tx, sqlx::query(sql).bind(token_hash));
    Ok(())
}
