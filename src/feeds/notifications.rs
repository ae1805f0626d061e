//! Notifications, one row each; the same event never makes two.
use super::live::{self, Told};
use crate::{
    app::App,
    db::Tx,
    error::Result,
    execute, fetch_optional,
    ids::{AccountId, PostId},
    push::queue,
};

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
}

impl Kind {
    pub const ALL: [Self; 8] = [
        Self::Mention,
        Self::Reply,
        Self::Follow,
        Self::FollowRequest,
        Self::Like,
        Self::Boost,
        Self::Quote,
        Self::Poll,
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
        }
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
        }
    }
}

/// The condition "who the notification `n` is about is not suspended".
#[macro_export]
macro_rules! from_somebody {
    () => {
        "NOT EXISTS (SELECT 1 FROM account a WHERE a.id = n.from_id AND a.suspended_at IS NOT NULL)"
    };
}

/// Tells `to` that `from` did something. Silent when `to` is no member, is `from`, or has muted or blocked `from` or muted the conversation.
pub async fn notify(
    app: &App,
    tx: &mut Tx,
    to: AccountId,
    kind: Kind,
    from: AccountId,
    post: Option<PostId>,
) -> Result<()> {
    if to == from && kind != Kind::Poll {
        return Ok(());
    }
    let dedupe = format!("{to}:{}:{from}:{}", kind.word(), post.map_or(0, |p| p.0));
    let id = app.next_id();
    let made = execute!(
        tx,
        sqlx::query(concat!(
            "INSERT INTO notification (id, account_id, kind, from_id, post_id, dedupe)
             SELECT $1, m.account_id, $3, $4, $5, $6 FROM member m WHERE m.account_id = $2
               AND NOT EXISTS (SELECT 1 FROM post p JOIN thread_mute t ON t.thread_id = p.thread_id
                               WHERE p.id = $5 AND t.account_id = $2)
               AND ",
            wants!("$2", "$4", " AND u.notifications = TRUE"),
            " ON CONFLICT DO NOTHING"
        ))
        .bind(id)
        .bind(to)
        .bind(kind)
        .bind(from)
        .bind(post)
        .bind(dedupe)
    );
    if made > 0 {
        live::tell(app, tx, &[Told::Notice { to, id }]).await?;
        queue::enqueue(app, tx, to, id, kind.name(), from).await?;
        ring(app, tx, to);
    }
    Ok(())
}

/// What was announced is no longer so (undone, deleted).
pub async fn take_back(
    tx: &mut Tx,
    to: AccountId,
    kind: Kind,
    from: AccountId,
    post: Option<PostId>,
) -> Result<()> {
    let dedupe = format!("{to}:{}:{from}:{}", kind.word(), post.map_or(0, |p| p.0));
    execute!(tx, sqlx::query("DELETE FROM notification WHERE dedupe = $1").bind(dedupe));
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
