//! Posts that are written now and published later.
use super::super::{
    queries,
    scheduled::{self, Scheduled},
    types::Draft,
};
use super::publish;
use crate::{
    accounts::{self, types::Account},
    app::App,
    clock::{MINUTE, Timestamp},
    db::Tx,
    error::{Error, Result},
    ids::AccountId,
};

/// How long ahead a post is scheduled at least, ms: what is due sooner can be written when it is due.
pub const SOONEST: i64 = 5 * MINUTE;
/// Posts of one member that wait.
const MOST: i64 = 300;
/// Taken up at once.
const BATCH: i64 = 20;

/// Keeps a draft until `due`, its pictures with it. Errors: those of [`Draft::check`], `schedule-too-soon`, `schedule-too-many`.
pub async fn schedule(
    app: &App,
    tx: &mut Tx,
    author: &Account,
    draft: Draft,
    due_at: Timestamp,
) -> Result<Scheduled> {
    draft.check(app.config.max_post_chars)?;
    in_time(app, due_at)?;
    if scheduled::count(tx, author.id).await? >= MOST {
        return Err(Error::Invalid("schedule-too-many", usize::try_from(MOST).unwrap_or(0)));
    }
    for id in &draft.media {
        let media = queries::media_by_id(tx, *id).await?;
        if media.account_id != author.id || media.post_id.is_some() {
            return Err(Error::invalid("post-media-unknown"));
        }
    }
    queries::date_media(tx, &draft.media, author.id, due_at).await?;
    let waiting =
        Scheduled { id: app.next_id(), account_id: author.id, due_at, draft, problem: None };
    scheduled::insert(tx, &waiting).await?;
    Ok(waiting)
}

fn in_time(app: &App, due: Timestamp) -> Result<()> {
    if due < app.now().plus(SOONEST) { Err(Error::invalid("schedule-too-soon")) } else { Ok(()) }
}

/// Another time for a post that waits.
pub async fn reschedule(
    app: &App,
    tx: &mut Tx,
    author: AccountId,
    id: i64,
    due_at: Timestamp,
) -> Result<Scheduled> {
    let waiting = scheduled::by_id(tx, author, id).await?;
    in_time(app, due_at)?;
    queries::date_media(tx, &waiting.draft.media, author, due_at).await?;
    scheduled::set_due(tx, id, due_at).await?;
    Ok(Scheduled { due_at, problem: None, ..waiting })
}

/// The post is not published; its pictures are tidied away.
pub async fn cancel(app: &App, tx: &mut Tx, author: AccountId, id: i64) -> Result<()> {
    let waiting = scheduled::by_id(tx, author, id).await?;
    queries::date_media(tx, &waiting.draft.media, author, app.now()).await?;
    scheduled::delete(tx, id).await
}

/// Publishes what is due; how many posts. One that cannot be published any more stays, with the reason, until its author looks at it. Tests step
/// the loop with it.
pub async fn publish_due(app: &App) -> Result<usize> {
    let mut tx = app.db.read().await?;
    let due = scheduled::due(&mut tx, app.now(), BATCH).await?;
    drop(tx);
    let mut published = 0;
    for waiting in due {
        let id = waiting.id;
        match publish_one(app, waiting).await {
            Ok(done) => published += usize::from(done),
            // The others are not kept waiting by it.
            Err(e) if e.is_transient() => tracing::warn!(id, error = %e, "a scheduled post waits"),
            Err(e) => {
                let mut tx = app.db.begin().await?;
                scheduled::set_problem(&mut tx, id, e.message().0).await?;
                tx.commit().await?;
            }
        }
    }
    Ok(published)
}

/// Taking it and publishing it are one transaction, so that it is published once, whoever stops when. False: it was taken, moved or cancelled
/// meanwhile.
async fn publish_one(app: &App, waiting: Scheduled) -> Result<bool> {
    let named = publish::resolve_mentions(app, &waiting.draft.text).await;
    let mut tx = app.db.begin().await?;
    if !scheduled::take_due(&mut tx, waiting.id, app.now()).await? {
        return Ok(false);
    }
    let author = accounts::queries::by_id(&mut tx, waiting.account_id).await?;
    publish::publish(app, &mut tx, &author, waiting.draft, &named).await?;
    tx.commit().await?;
    Ok(true)
}
