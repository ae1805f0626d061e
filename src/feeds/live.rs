//! What open streams are told: a row for each event, written with what it tells of, so that every process of the node hears it.
use crate::{
    app::App,
    clock::{HOUR, Timestamp},
    db::Tx,
    error::Result,
    execute, fetch_all,
    ids::{AccountId, PostId},
    run,
};

/// How old a post may be to be news, ms: what comes late (from a node that was away) is found in the timelines.
const NEWS: i64 = 6 * HOUR;
/// How many events are read at once.
const AT_ONCE: i64 = 1_000;

/// One event. It says what happened to which row; who may hear of it is found out when it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Posted(PostId),
    Boosted {
        post: PostId,
        boost: i64,
    },
    Edited(PostId),
    Deleted(PostId),
    Unboosted {
        post: PostId,
        boost: i64,
    },
    Notice {
        to: AccountId,
        id: i64,
    },
    /// The member's filters are other ones.
    Filters(AccountId),
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    kind: String,
    account_id: Option<AccountId>,
    post_id: Option<PostId>,
    item_id: Option<i64>,
}

impl Told {
    fn parts(self) -> (&'static str, Option<AccountId>, Option<PostId>, Option<i64>) {
        match self {
            Self::Posted(post) => ("posted", None, Some(post), None),
            Self::Boosted { post, boost } => ("boosted", None, Some(post), Some(boost)),
            Self::Edited(post) => ("edited", None, Some(post), None),
            Self::Deleted(post) => ("deleted", None, Some(post), None),
            Self::Unboosted { post, boost } => ("unboosted", None, Some(post), Some(boost)),
            Self::Notice { to, id } => ("notice", Some(to), None, Some(id)),
            Self::Filters(member) => ("filters", Some(member), None, None),
        }
    }
}

impl Row {
    /// `None`: a newer release of this program wrote it.
    fn told(&self) -> Option<Told> {
        Some(match (self.kind.as_str(), self.account_id, self.post_id, self.item_id) {
            ("posted", _, Some(post), _) => Told::Posted(post),
            ("boosted", _, Some(post), Some(boost)) => Told::Boosted { post, boost },
            ("edited", _, Some(post), _) => Told::Edited(post),
            ("deleted", _, Some(post), _) => Told::Deleted(post),
            ("unboosted", _, Some(post), Some(boost)) => Told::Unboosted { post, boost },
            ("notice", Some(to), _, Some(id)) => Told::Notice { to, id },
            ("filters", Some(member), _, _) => Told::Filters(member),
            _ => return None,
        })
    }
}

/// True for what was written a moment ago, and not for what comes late.
pub fn is_news(app: &App, written: Timestamp) -> bool {
    written.plus(NEWS) > app.now()
}

/// Writes events down; streams hear of them once the transaction is committed.
pub async fn tell(app: &App, tx: &mut Tx, events: &[Told]) -> Result<()> {
    for chunk in events.chunks(200) {
        run!(tx, |c| {
            let mut query = sqlx::QueryBuilder::new(
                "INSERT INTO live_event (id, kind, account_id, post_id, item_id) ",
            );
            query.push_values(chunk, |mut row, told| {
                let (kind, account, post, item) = told.parts();
                row.push_bind(app.next_id())
                    .push_bind(kind)
                    .push_bind(account)
                    .push_bind(post)
                    .push_bind(item);
            });
            // Two processes can make one id: rather an event less than a post.
            query.push(" ON CONFLICT DO NOTHING");
            query.build().persistent(chunk.len() == 1).execute(&mut *c).await?;
        });
    }
    if !events.is_empty() {
        tx.rings(&app.wake.live);
    }
    Ok(())
}

/// Events after `id`, oldest first, at most 1,000, with their ids.
pub async fn after(tx: &mut Tx, id: i64) -> Result<Vec<(i64, Option<Told>)>> {
    let rows: Vec<Row> = fetch_all!(
        tx,
        sqlx::query_as("SELECT * FROM live_event WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(id)
            .bind(AT_ONCE)
    );
    Ok(rows.into_iter().map(|row| (row.id, row.told())).collect())
}

/// Forgets what was told before `time`.
pub async fn forget(tx: &mut Tx, time: Timestamp) -> Result<()> {
    execute!(tx, sqlx::query("DELETE FROM live_event WHERE id < $1").bind(time.0 << 16));
    Ok(())
}
