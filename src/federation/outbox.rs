//! What leaves this node: rows written in the action's transaction, sent later by `delivery`.
use crate::{
    app::App,
    clock::{DAY, Timestamp},
    db::Tx,
    error::Result,
    execute,
    federation::hosts,
    ids::{self, AccountId},
    outbound, run,
};
use std::{collections::BTreeSet, fmt::Display};

/// How long delivery is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// 14 days.
    Usual,
    /// 180 days: whoever missed it would keep what should be gone (Delete, Undo, Move, Block).
    Long,
}

impl Patience {
    /// In ms.
    pub fn lasts(self) -> i64 {
        match self {
            Self::Usual => 14 * DAY,
            Self::Long => 180 * DAY,
        }
    }
}

/// An activity, ready to travel.
#[derive(Clone, Copy)]
pub struct Saying<'a> {
    pub sender: AccountId,
    pub uri: &'a str,
    /// An activity of ours, or somebody else's in the very text in which it came.
    pub body: &'a (dyn Display + Sync),
    /// Activities with the same lane (the object's id) reach a host in order.
    pub lane: &'a str,
    pub patience: Patience,
    /// Adds the followers' digest of FEP-8fcf: for posts to followers only.
    pub followers_header: bool,
}

impl<'a> Saying<'a> {
    /// Tried as long as usual, without a digest.
    pub fn new(
        sender: AccountId,
        uri: &'a str,
        body: &'a (dyn Display + Sync),
        lane: &'a str,
    ) -> Self {
        Self { sender, uri, body, lane, patience: Patience::Usual, followers_header: false }
    }

    #[must_use]
    pub fn tried(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }
}

/// Rows in one INSERT; both engines allow far more values.
const CHUNK: usize = 500;

/// Writes the activity and one delivery for each distinct inbox. Nothing is sent until the transaction commits.
pub async fn enqueue<I>(app: &App, tx: &mut Tx, saying: &Saying<'_>, inboxes: I) -> Result<()>
where
    I: IntoIterator<Item = String>,
{
    let inboxes: BTreeSet<String> = inboxes.into_iter().filter(|i| !app.is_local(i)).collect();
    if inboxes.is_empty() {
        return Ok(());
    }
    let now = app.now();
    let id = ids::new_id(now);
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO activity (id, uri, account_id, body, followers_header, created_at)
             VALUES ($1, $2, $3, $4, $5, $6)"
        )
        .bind(id)
        .bind(saying.uri)
        .bind(saying.sender)
        .bind(saying.body.to_string())
        .bind(saying.followers_header)
        .bind(now)
    );
    let addressed: Vec<(String, String)> = inboxes
        .into_iter()
        .filter_map(|inbox| Some((outbound::authority(&inbox)?, inbox)))
        .collect();
    for chunk in addressed.chunks(CHUNK) {
        insert(tx, id, saying, chunk, now).await?;
    }
    tx.rings(&app.wake.delivery);
    Ok(())
}

async fn insert(
    tx: &mut Tx,
    activity: i64,
    saying: &Saying<'_>,
    chunk: &[(String, String)],
    now: Timestamp,
) -> Result<()> {
    let names: Vec<String> = chunk.iter().map(|(host, _)| host.clone()).collect();
    let hosts = hosts::by_names(tx, &names).await?;
    let blocked = hosts::blocked_among(tx, &names).await?;
    let rows = chunk.iter().filter(|(host, _)| !blocked.contains(host));
    let rows: Vec<_> = rows
        .map(|(host, inbox)| (host, inbox, hosts.get(host).map_or(now, |h| h.next_at.max(now))))
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    run!(tx, |c| {
        let mut query = sqlx::QueryBuilder::new(
            "INSERT INTO delivery (id, activity_id, host, inbox, lane, state, next_at, expires_at) ",
        );
        query.push_values(&rows, |mut row, (host, inbox, next_at)| {
            row.push_bind(ids::new_id(now))
                .push_bind(activity)
                .push_bind(*host)
                .push_bind(*inbox)
                .push_bind(saying.lane)
                .push_bind("waiting")
                .push_bind(*next_at)
                .push_bind(now.plus(saying.patience.lasts()));
        });
        query.build().execute(&mut *c).await?.rows_affected()
    });
    Ok(())
}
