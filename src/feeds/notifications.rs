//! Notifications, one row each; the same event never makes two.
use super::live::{self, Told};
use crate::{
    app::App,
    db::Tx,
    error::Result,
    execute, fetch_optional,
    ids::{AccountId, PostId},
    push::queue,
    run,
};
use sqlx::QueryBuilder;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, sqlx::Type, serde::Serialize)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Mention,
    Reply,
    Follow,
    FollowRequest,
    Like,
    Boost,
    Quote,
    Poll,
    /// Somebody of whose posts the member wants to be told has posted.
    Status,
    /// Somebody wants to attend the member's event.
    Join,
    /// An event that the member wants to attend has changed, or where they stand there.
    Rsvp,
}

impl Kind {
    pub const ALL: [Self; 11] = [
        Self::Mention,
        Self::Reply,
        Self::Follow,
        Self::FollowRequest,
        Self::Like,
        Self::Boost,
        Self::Quote,
        Self::Poll,
        Self::Status,
        Self::Join,
        Self::Rsvp,
    ];
    /// What many do in the same way, so that programs show it together.
    pub const GROUPED: [Self; 3] = [Self::Follow, Self::Like, Self::Boost];

    /// The name that programs know. <https://docs.joinmastodon.org/entities/Notification/#type>
    pub fn name(self) -> &'static str {
        match self {
            Self::Mention | Self::Reply => "mention",
            Self::Follow => "follow",
            Self::FollowRequest => "follow_request",
            Self::Like => "favourite",
            Self::Boost => "reblog",
            Self::Quote => "quote",
            Self::Poll => "poll",
            Self::Status => "status",
            Self::Join => "tsudoi:join",
            Self::Rsvp => "update",
        }
    }

    /// Programs that do not know a type may stop at it, so that ours are for those that ask for them.
    pub fn is_widely_known(self) -> bool {
        self != Self::Join
    }

    fn word(self) -> &'static str {
        match self {
            Self::Mention => "mention",
            Self::Reply => "reply",
            Self::Follow => "follow",
            Self::FollowRequest => "follow_request",
            Self::Like => "like",
            Self::Boost => "boost",
            Self::Quote => "quote",
            Self::Poll => "poll",
            Self::Status => "status",
            Self::Join => "join",
            Self::Rsvp => "rsvp",
        }
    }
}

/// What a member is told: that `from` did something.
#[derive(Clone, Copy, Debug)]
pub struct Notice {
    pub to: AccountId,
    pub from: AccountId,
    pub post: Option<PostId>,
}

impl Notice {
    /// The same for the same event.
    fn dedupe(self, kind: Kind) -> String {
        let Self { to, from, post } = self;
        format!("{to}:{}:{from}:{}", kind.word(), post.map_or(0, |p| p.0))
    }
}

/// The condition "who the notification `n` is about is not suspended".
#[macro_export]
macro_rules! from_somebody {
    () => {
        "NOT EXISTS (SELECT 1 FROM account a WHERE a.id = n.from_id AND a.suspended_at IS NOT NULL)"
    };
}

/// Tells `to` that `from` did something, as [`notify_all`] does.
pub async fn notify(
    app: &App,
    tx: &mut Tx,
    to: AccountId,
    kind: Kind,
    from: AccountId,
    post: Option<PostId>,
) -> Result<()> {
    notify_all(app, tx, kind, &[Notice { to, from, post }]).await
}

/// Tells members what happened, 200 of them in a few statements. Silent where `to` is no member, is `from` (but for a poll), or has muted or
/// blocked `from` or muted the conversation.
pub async fn notify_all(app: &App, tx: &mut Tx, kind: Kind, notices: &[Notice]) -> Result<()> {
    let to_others = |n: &&Notice| n.to != n.from || kind == Kind::Poll;
    let notices: Vec<&Notice> = notices.iter().filter(to_others).collect();
    for chunk in notices.chunks(200) {
        let made: Vec<(i64, AccountId)> = run!(tx, |c| {
            let mut query =
                QueryBuilder::new("WITH e (id, account_id, kind, from_id, post_id, dedupe) AS (");
            query.push_values(chunk, |mut row, n| {
                row.push_bind(app.next_id())
                    .push_bind(n.to)
                    .push_bind(kind)
                    .push_bind(n.from)
                    .push_bind(n.post)
                    .push_bind(n.dedupe(kind));
            });
            query
                .push(WRITE)
                .build_query_as()
                .persistent(chunk.len() == 1)
                .fetch_all(&mut *c)
                .await?
        });
        let told = made.iter().map(|(id, to)| Told::Notice { to: *to, id: *id });
        live::tell(app, tx, &told.collect::<Vec<_>>()).await?;
        let ids: Vec<i64> = made.iter().map(|(id, _)| *id).collect();
        queue::enqueue(app, tx, &ids, kind.name()).await?;
        for (_, to) in made {
            ring(app, tx, to);
        }
    }
    Ok(())
}

/// Writes the notifications `e`.
const WRITE: &str = concat!(
    ") INSERT INTO notification (id, account_id, kind, from_id, post_id, dedupe)
     SELECT e.id, e.account_id, e.kind, e.from_id, e.post_id, e.dedupe
     FROM e CROSS JOIN member m WHERE m.account_id = e.account_id
       AND NOT EXISTS (SELECT 1 FROM post p JOIN thread_mute t ON t.thread_id = p.thread_id
                       WHERE p.id = e.post_id AND t.account_id = e.account_id)
       AND ",
    wants!("e.account_id", "e.from_id", " AND u.notifications = TRUE"),
    " ON CONFLICT DO NOTHING RETURNING id, account_id"
);

/// What was announced is no longer so (undone, deleted).
pub async fn take_back(
    tx: &mut Tx,
    to: AccountId,
    kind: Kind,
    from: AccountId,
    post: Option<PostId>,
) -> Result<()> {
    let dedupe = Notice { to, from, post }.dedupe(kind);
    execute!(tx, sqlx::query("DELETE FROM notification WHERE dedupe = $1").bind(dedupe));
    Ok(())
}

/// [`take_back`] of what members were told of one post in one way.
pub async fn take_back_from(
    tx: &mut Tx,
    kind: Kind,
    post: PostId,
    members: &[AccountId],
) -> Result<()> {
    for chunk in members.chunks(500) {
        run!(tx, |c| {
            let mut query = QueryBuilder::new("DELETE FROM notification WHERE post_id = ");
            query.push_bind(post).push(" AND kind = ").push_bind(kind).push(" AND account_id IN (");
            let mut ids = query.separated(", ");
            for id in chunk {
                ids.push_bind(*id);
            }
            query.push(")");
            query.build().execute(&mut *c).await?;
        });
    }
    Ok(())
}

pub async fn remove_post(tx: &mut Tx, post: PostId) -> Result<()> {
    execute!(tx, sqlx::query("DELETE FROM notification WHERE post_id = $1").bind(post));
    Ok(())
}

/// `member` no longer wants to hear of anybody of `host`.
pub async fn forget_host(tx: &mut Tx, member: AccountId, host: &str) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "DELETE FROM notification WHERE account_id = $1
               AND EXISTS (SELECT 1 FROM account a WHERE a.id = notification.from_id AND a.host = $2)"
        )
        .bind(member)
        .bind(host)
    );
    Ok(())
}

/// The member has seen enough of these, and never sees them again; what happened stays.
pub async fn dismiss(app: &App, tx: &mut Tx, member: AccountId, ids: &[i64]) -> Result<()> {
    for id in ids {
        execute!(
            tx,
            sqlx::query("DELETE FROM notification WHERE account_id = $1 AND id = $2")
                .bind(member)
                .bind(*id)
        );
    }
    ring(app, tx, member);
    Ok(())
}

/// [`dismiss`]es them all.
pub async fn clear(app: &App, tx: &mut Tx, member: AccountId) -> Result<()> {
    execute!(tx, sqlx::query("DELETE FROM notification WHERE account_id = $1").bind(member));
    ring(app, tx, member);
    Ok(())
}

/// Pages that show the number look again.
fn ring(app: &App, tx: &mut Tx, member: AccountId) {
    let live = app.live.clone();
    tx.afterwards(move || drop(live.send(member))); // nobody listening is fine
}

/// Notifications the member has not seen, at most 100.
pub async fn unread(tx: &mut Tx, member: AccountId) -> Result<i64> {
    let row: Option<(i64,)> = fetch_optional!(
        tx,
        sqlx::query_as(
            concat!(
                "SELECT COUNT(*) FROM (SELECT n.id FROM notification n JOIN member m ON m.account_id = n.account_id
                 WHERE n.account_id = $1 AND n.id > m.notifications_read_id AND ",
                from_somebody!(),
                " LIMIT 100) unread"
            )
        )
        .bind(member)
    );
    Ok(row.map_or(0, |(n,)| n))
}

/// Everything up to `id` has been seen.
pub async fn mark_read(tx: &mut Tx, member: AccountId, id: i64) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE member SET notifications_read_id = $2 WHERE account_id = $1 AND notifications_read_id < $2"
        )
        .bind(member)
        .bind(id)
    );
    Ok(())
}

/// The newest notification that the member has seen.
pub async fn read_until(tx: &mut Tx, member: AccountId) -> Result<i64> {
    let row: Option<(i64,)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT notifications_read_id FROM member WHERE account_id = $1")
            .bind(member)
    );
    Ok(row.map_or(0, |(id,)| id))
}
