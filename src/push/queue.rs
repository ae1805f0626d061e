//! Messages to push services: written with the notification, sent by a job, tried for a day.
use super::{
    encryption::{self, Recipient},
    subscriptions::{self, Subscription},
};
use crate::{
    app::App,
    clock::{DAY, MINUTE, Timestamp},
    db::Tx,
    error::{Error, Result},
    execute, fetch_all, fetch_optional, run,
};
use reqwest::{StatusCode, header};
use sqlx::QueryBuilder;
use std::time::Duration;

/// How long a service keeps a message for a phone that is off, s.
const KEPT: i64 = 48 * 3_600;
/// Messages that are sent at the same time, so that a slow service holds up few others.
const AT_ONCE: i64 = 16;
/// How long a service may take: the others of a batch wait for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// A message on its way to one program.
#[derive(Clone, Debug)]
pub struct Due {
    pub notification_id: i64,
    tries: i64,
    pub to: Subscription,
}

#[derive(sqlx::FromRow)]
struct Claimed {
    subscription_id: i64,
    notification_id: i64,
    tries: i64,
}

/// Writes messages about notifications to every program of their members that wants to be told of an `alert` by whom they are from. Nothing is
/// sent until the transaction commits.
pub async fn enqueue(app: &App, tx: &mut Tx, notifications: &[i64], alert: &str) -> Result<()> {
    if notifications.is_empty() {
        return Ok(());
    }
    let made = run!(tx, |c| {
        let mut query = QueryBuilder::new(
            "INSERT INTO push (subscription_id, notification_id, next_at) SELECT s.id, n.id, ",
        );
        query.push_bind(app.now()).push(
            " FROM notification n JOIN push_subscription s ON s.account_id = n.account_id
             WHERE (s.policy = 'all'
                 OR (s.policy = 'followed' AND EXISTS (SELECT 1 FROM follow f
                     WHERE f.follower_id = n.account_id AND f.followee_id = n.from_id AND f.state = 'accepted'))
                 OR (s.policy = 'follower' AND EXISTS (SELECT 1 FROM follow f
                     WHERE f.follower_id = n.from_id AND f.followee_id = n.account_id AND f.state = 'accepted')))
               AND s.alerts LIKE ",
        );
        query.push_bind(format!("% {alert} %")).push(" AND n.id IN (");
        let mut ids = query.separated(", ");
        for id in notifications {
            ids.push_bind(*id);
        }
        query.push(") ON CONFLICT DO NOTHING");
        query.build().persistent(notifications.len() == 1).execute(&mut *c).await?.rows_affected()
    });
    if made > 0 {
        tx.rings(&app.wake.push);
    }
    Ok(())
}

/// Takes some of what is due; a lease keeps others from it for two minutes.
pub async fn claim(app: &App) -> Result<Vec<Due>> {
    let now = app.now();
    let mut tx = app.db.read().await?;
    let any: Option<(i64,)> = fetch_optional!(
        &mut tx,
        sqlx::query_as(
            "SELECT notification_id FROM push WHERE next_at <= $1 AND lease_until <= $1 LIMIT 1"
        )
        .bind(now)
    );
    drop(tx);
    if any.is_none() {
        return Ok(Vec::new());
    }
    let mut tx = app.db.begin().await?;
    let claimed: Vec<Claimed> = fetch_all!(
        &mut tx,
        sqlx::query_as(
            "UPDATE push SET lease_until = $1, tries = tries + 1
             WHERE lease_until <= $2 AND (subscription_id, notification_id) IN (
                 SELECT subscription_id, notification_id FROM push
                 WHERE next_at <= $2 AND lease_until <= $2 ORDER BY tries, next_at, notification_id LIMIT $3)
             RETURNING subscription_id, notification_id, tries"
        )
        .bind(now.plus(2 * MINUTE))
        .bind(now)
        .bind(AT_ONCE)
    );
    let ids: Vec<i64> = claimed.iter().map(|c| c.subscription_id).collect();
    let subscriptions = subscriptions::by_ids(&mut tx, &ids).await?;
    tx.commit().await?;
    let due = |Claimed { subscription_id, notification_id, tries }| {
        let to = subscriptions.get(&subscription_id)?.clone();
        Some(Due { notification_id, tries, to })
    };
    Ok(claimed.into_iter().filter_map(due).collect())
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The service has it, or will never take it.
    Done,
    /// There is no such subscription any more.
    Gone,
    /// The service may take it later.
    Later,
}

/// Sends a message (at most [`encryption::MAX_MESSAGE`] bytes), encrypted for its program.
pub async fn send(app: &App, due: &Due, message: &[u8]) -> Result<Outcome> {
    let to = &due.to;
    let Ok(endpoint) = app.reach.check(&to.endpoint) else { return Ok(Outcome::Gone) };
    let key = super::key(app).await?;
    let audience = endpoint.origin().ascii_serialization();
    let token = key.token(&audience, app.base_url(), app.now());
    let token = token.map_err(|e| Error::Internal(e.to_string()))?;
    let request = app
        .http
        .post(endpoint)
        .timeout(PATIENCE)
        .header("ttl", KEPT)
        .header("urgency", "normal")
        .header(header::CONTENT_TYPE, "application/octet-stream");
    let recipient = Recipient::parse(&to.p256dh, &to.auth)?;
    let request = if to.standard {
        let sealed = encryption::aes128gcm(&recipient, message)?;
        request
            .header(header::CONTENT_ENCODING, "aes128gcm")
            .header(header::AUTHORIZATION, format!("vapid t={token}, k={}", key.public_key()))
            .body(sealed.body)
    } else {
        let sealed = encryption::aesgcm(&recipient, message)?;
        let keys = format!("dh={};p256ecdsa={}", sealed.key, key.public_key());
        request
            .header(header::CONTENT_ENCODING, "aesgcm")
            .header("encryption", format!("salt={}", sealed.salt))
            .header("crypto-key", keys)
            .header(header::AUTHORIZATION, format!("WebPush {token}"))
            .body(sealed.body)
    };
    Ok(match request.send().await {
        Ok(answer) => outcome(answer.status()),
        Err(error) => {
            // Its address is a secret of the member's device.
            let error = error.without_url();
            tracing::info!(%error, "a push service does not answer");
            Outcome::Later
        }
    })
}

fn outcome(status: StatusCode) -> Outcome {
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => Outcome::Gone,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => Outcome::Later,
        _ if status.is_server_error() => Outcome::Later,
        _ => {
            if !status.is_success() {
                tracing::warn!(%status, "a push service refuses a message");
            }
            Outcome::Done
        }
    }
}

/// Notes what became of a message: 1 minute until the next try, then doubling; after a day it is dropped.
pub async fn settle(tx: &mut Tx, due: &Due, outcome: Outcome, now: Timestamp) -> Result<()> {
    let too_late = now.0 - (due.notification_id >> 16) > DAY;
    match outcome {
        Outcome::Gone => {
            // Its messages go with it.
            execute!(
                tx,
                sqlx::query("DELETE FROM push_subscription WHERE id = $1 AND endpoint = $2")
                    .bind(due.to.id)
                    .bind(&due.to.endpoint)
            );
        }
        Outcome::Later if !too_late => {
            let pause = MINUTE << u32::try_from(due.tries.clamp(1, 12) - 1).unwrap_or(0);
            execute!(
                tx,
                sqlx::query(
                    "UPDATE push SET lease_until = 0, next_at = $3 WHERE subscription_id = $1 AND notification_id = $2"
                )
                .bind(due.to.id)
                .bind(due.notification_id)
                .bind(now.plus(pause))
            );
        }
        Outcome::Done | Outcome::Later => {
            execute!(
                tx,
                sqlx::query("DELETE FROM push WHERE subscription_id = $1 AND notification_id = $2")
                    .bind(due.to.id)
                    .bind(due.notification_id)
            );
        }
    }
    Ok(())
}
