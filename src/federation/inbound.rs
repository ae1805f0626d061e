//! What other servers sent: stored raw before the 202, applied later, exactly once.
use crate::{
    app::App,
    clock::{DAY, Timestamp},
    db::Tx,
    error::{Error, Result},
    execute, execute_in, fetch_all, fetch_one, fetch_optional,
    ids::{self, AccountId},
    run,
};
use std::{collections::BTreeMap, sync::Mutex};
use tokio::sync::oneshot;

/// An activity as it came.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The activity's id; it is on the actor's host.
    pub activity_id: String,
    pub actor: String,
    pub host: String,
    /// Whose personal inbox it was posted to; none for the shared inbox.
    pub recipient: Option<AccountId>,
    /// True when the actor itself signed it (the request, or a proof inside). Otherwise only its origin is believed.
    pub trusted: bool,
    pub body: String,
    /// Its number in the private lane of a node of our network; 0 when it came to an inbox. What is due together is applied by it.
    pub seq: i64,
}

/// A stored activity that is due to be applied.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Inbound {
    pub id: i64,
    pub activity_id: String,
    pub actor: String,
    pub host: String,
    pub recipient_id: Option<AccountId>,
    pub trusted: bool,
    pub body: String,
    /// The class of the log entry by which it came, if it came from a node of our network.
    pub log_class: Option<String>,
    pub tries: i64,
    pub received_at: Timestamp,
}

/// Arrivals that wait for the next commit: requests of the same moment share one.
#[derive(Default)]
pub struct Arrivals {
    waiting: Mutex<Vec<(Arrival, oneshot::Sender<Result<()>>)>>,
    turn: tokio::sync::Mutex<()>,
}

/// Stores an arrival durably. A repeat of a known id changes nothing and is fine.
pub async fn store(app: &App, arrivals: &Arrivals, arrival: Arrival) -> Result<()> {
    let (done, mut outcome) = oneshot::channel();
    if let Ok(mut waiting) = arrivals.waiting.lock() {
        waiting.push((arrival, done));
    }
    let turn = arrivals.turn.lock().await;
    if let Ok(result) = outcome.try_recv() {
        return result; // another request's commit carried it
    }
    let batch = arrivals.waiting.lock().map(|mut w| std::mem::take(&mut *w)).unwrap_or_default();
    let (batch, bells): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
    let result = insert(app, &batch).await;
    drop(turn);
    app.wake.inbound.notify_one();
    for bell in bells {
        let _ = bell.send(match &result {
            Ok(()) => Ok(()),
            Err(e) => Err(Error::Unavailable(e.to_string())),
        });
    }
    outcome
        .await
        .unwrap_or_else(|_| Err(Error::Unavailable("the request that wrote was cut off".into())))
}

async fn insert(app: &App, batch: &[Arrival]) -> Result<()> {
    let mut tx = app.db.begin().await?;
    put(&mut tx, batch, app.now()).await?;
    tx.commit().await
}

/// Longer than applying takes, so that many floods at once do not stand before a single voice either, ms.
const STRIDE: i64 = 20;

/// The turns of what comes from one host. The first is now, or behind what waits of that host; each is 20 ms behind the one before. Whoever
/// floods us stands in its own queue, and what others say has its turn before.
pub struct Turns(Timestamp);

impl Turns {
    pub async fn of(tx: &mut Tx, host: &str, now: Timestamp) -> Result<Self> {
        let (last,): (Option<Timestamp>,) = fetch_one!(
            tx,
            sqlx::query_as(
                "SELECT MAX(turn) FROM inbound WHERE host = $1 AND state = 'waiting' AND reason IS NULL"
            )
            .bind(host)
        );
        Ok(Self(last.map_or(now, |last| now.max(last.plus(STRIDE)))))
    }

    pub fn take(&mut self) -> Timestamp {
        let turn = self.0;
        self.0 = turn.plus(STRIDE);
        turn
    }
}

/// Stores arrivals in the caller's transaction. Repeats of known ids change nothing.
pub async fn put(tx: &mut Tx, batch: &[Arrival], now: Timestamp) -> Result<()> {
    let mut turns = BTreeMap::new();
    for host in batch.iter().map(|a| a.host.as_str()) {
        if !turns.contains_key(host) {
            turns.insert(host, Turns::of(tx, host, now).await?);
        }
    }
    for chunk in batch.chunks(200) {
        run!(tx, |c| {
            let mut query = sqlx::QueryBuilder::new(
                "INSERT INTO inbound (id, activity_id, actor, host, recipient_id, trusted, body, received_at, state, next_at, turn, log_seq) ",
            );
            query.push_values(chunk, |mut row, a| {
                let turn = turns.get_mut(a.host.as_str()).map_or(now, Turns::take);
                row.push_bind(ids::new_id(now))
                    .push_bind(&a.activity_id)
                    .push_bind(&a.actor)
                    .push_bind(&a.host)
                    .push_bind(a.recipient)
                    .push_bind(a.trusted)
                    .push_bind(&a.body)
                    .push_bind(now)
                    .push_bind("waiting")
                    .push_bind(now)
                    .push_bind(turn)
                    .push_bind(a.seq);
            });
            query.push(" ON CONFLICT DO NOTHING");
            query.build().execute(&mut *c).await?.rows_affected()
        });
    }
    Ok(())
}

/// True when something is due; asked first, because it costs no writer.
pub async fn any_due(app: &App) -> Result<bool> {
    let mut tx = app.db.read().await?;
    let any: Option<(i64,)> = fetch_optional!(
        &mut tx,
        sqlx::query_as("SELECT id FROM inbound WHERE state = 'waiting' AND next_at <= $1 LIMIT 1")
            .bind(app.now())
    );
    Ok(any.is_some())
}

/// Up to `limit` due activities by their [turns](Turns). They are this transaction's until it ends: another process takes others.
pub async fn due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Inbound>> {
    let sql = format!(
        "SELECT id, activity_id, actor, host, recipient_id, trusted, body, log_class, tries, received_at FROM inbound
         WHERE state = 'waiting' AND +next_at <= $1 ORDER BY turn, log_seq, id LIMIT $2 {}",
        tx.skip_locked()
    );
    Ok(fetch_all!(tx, sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str())).bind(now).bind(limit)))
}

/// Applied. The bodies are no longer needed; the ids stay against repeats.
pub async fn applied(tx: &mut Tx, ids: &[i64]) -> Result<()> {
    execute_in!(
        tx,
        "UPDATE inbound SET state = 'done', reason = NULL, body = '', waits_for = NULL WHERE id IN",
        ids
    );
    Ok(())
}

/// Not applied, for `reason`: `ignored` (understood, and left alone) or `failed`.
pub async fn finish(tx: &mut Tx, id: i64, state: &str, reason: &str) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE inbound SET state = $2, reason = $3, body = '', waits_for = NULL WHERE id = $1"
        )
        .bind(id)
        .bind(state)
        .bind(reason)
    );
    Ok(())
}

/// Not now: tried again at `next_at`, or as soon as `waits_for` has arrived.
pub async fn park(
    tx: &mut Tx,
    id: i64,
    next_at: Timestamp,
    waits_for: Option<&str>,
    reason: &str,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE inbound SET tries = tries + 1, next_at = $2, turn = $2, waits_for = $3, reason = $4 WHERE id = $1"
        )
        .bind(id)
        .bind(next_at)
        .bind(waits_for)
        .bind(reason)
    );
    Ok(())
}

/// What was waited for is here (or will never come): look again.
pub async fn wake_waiting(tx: &mut Tx, uri: &str, now: Timestamp) -> Result<u64> {
    wake_waiting_for(tx, &[uri.to_owned()], now).await
}

/// [`wake_waiting`] for several addresses. Only what waits has `waits_for`, so that its index is all that is looked at.
pub async fn wake_waiting_for(tx: &mut Tx, uris: &[String], now: Timestamp) -> Result<u64> {
    let mut woken = 0;
    for chunk in uris.chunks(200) {
        woken += run!(tx, |c| {
            let mut query = sqlx::QueryBuilder::new("UPDATE inbound SET next_at = ");
            query.push_bind(now).push(", turn = ").push_bind(now).push(" WHERE waits_for IN (");
            let mut list = query.separated(", ");
            for uri in chunk {
                list.push_bind(uri);
            }
            query.push(")");
            query.build().persistent(false).execute(&mut *c).await?.rows_affected()
        });
    }
    Ok(woken)
}

/// What waits to be applied and was taken back meanwhile is not applied any more.
pub async fn cancel(tx: &mut Tx, activity_id: &str, actor: &str) -> Result<bool> {
    Ok(execute!(
        tx,
        sqlx::query(
            "UPDATE inbound SET state = 'ignored', reason = 'taken back before it was applied', body = '', waits_for = NULL
             WHERE activity_id = $1 AND actor = $2 AND state = 'waiting'"
        )
        .bind(activity_id)
        .bind(actor)
    ) == 1)
}

/// Ids older than 400 days are forgotten; nobody repeats an activity that late.
pub async fn forget_old(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    Ok(execute!(
        tx,
        sqlx::query("DELETE FROM inbound WHERE state <> 'waiting' AND received_at < $1")
            .bind(now.plus(-400 * DAY))
    ))
}

/// An activity that was tried and waits for something, as admins see it.
#[derive(Debug, sqlx::FromRow)]
pub struct Parked {
    pub activity_id: String,
    pub host: String,
    pub reason: String,
    pub tries: i64,
    pub next_at: Timestamp,
}

/// The parked activities that are tried again first.
pub async fn parked(tx: &mut Tx, limit: i64) -> Result<Vec<Parked>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT activity_id, host, reason, tries, next_at FROM inbound
             WHERE state = 'waiting' AND reason IS NOT NULL ORDER BY turn, log_seq, id LIMIT $1"
        )
        .bind(limit)
    ))
}

/// How many activities wait to be applied, and how many of them were parked.
pub async fn totals(tx: &mut Tx) -> Result<(i64, i64)> {
    Ok(fetch_one!(
        tx,
        sqlx::query_as(
            "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN reason IS NOT NULL THEN 1 ELSE 0 END), 0) AS BIGINT)
             FROM inbound WHERE state = 'waiting'"
        )
    ))
}
