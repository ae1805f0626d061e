//! I6: nodes that have the same logs, and have applied them, know the same.
use super::{Books, logs::Logs};
use std::collections::{BTreeSet, HashSet};
use tsudoi::{error::Result, fetch_all, outbound};

/// What the network's members said for all of them: posts, likes and boosts, one line each. Groups are each node's own.
pub(super) async fn lines(books: &Books, logs: &Logs) -> Result<BTreeSet<String>> {
    let domains = logs.domains();
    let is_member = |uri: &str| outbound::authority(uri).is_some_and(|h| domains.contains(&*h));
    let mut tx = books.db.read().await?;
    let mut lines = BTreeSet::new();
    let posts: Vec<(String, String, String, String, Option<i64>)> = fetch_all!(
        &mut tx,
        sqlx::query_as(
            "SELECT p.uri, a.uri, p.content_html, p.audience, p.edited_at FROM post p JOIN account a ON a.id = p.account_id
             WHERE a.kind <> 'group' AND p.deleted_at IS NULL AND p.audience IN ('public', 'network')"
        )
    );
    for (uri, author, html, audience, edited_at) in posts {
        if is_member(&author) {
            let text = tsudoi::text::html::plain_text(&html);
            lines.insert(format!("{uri} by {author} to {audience}, edited {edited_at:?}: {text}"));
        }
    }
    let deleted: Vec<(String,)> = fetch_all!(
        &mut tx,
        sqlx::query_as(
            "SELECT DISTINCT t.uri FROM tombstone t JOIN log_entry e ON e.obj_id = t.uri"
        )
    );
    lines.extend(deleted.into_iter().map(|(uri,)| format!("{uri} is deleted")));
    let likes: Vec<(String, String, String)> = fetch_all!(
        &mut tx,
        sqlx::query_as(
            "SELECT p.uri, a.uri, f.emoji FROM favourite f JOIN post p ON p.id = f.post_id
             JOIN account a ON a.id = f.account_id WHERE p.audience IN ('public', 'unlisted', 'network')"
        )
    );
    for (post, by, emoji) in likes {
        if is_member(&post) && is_member(&by) {
            lines.insert(format!("{by} likes {post} {emoji}"));
        }
    }
    let boosts: Vec<(String, String)> = fetch_all!(
        &mut tx,
        sqlx::query_as(
            "SELECT p.uri, a.uri FROM boost b JOIN post p ON p.id = b.post_id
             JOIN account a ON a.id = b.account_id WHERE a.kind <> 'group' AND p.audience IN ('public', 'unlisted')"
        )
    );
    for (post, by) in boosts {
        if is_member(&post) && is_member(&by) {
            lines.insert(format!("{by} boosts {post}"));
        }
    }
    Ok(lines)
}

/// The first node that has applied everything is the measure for the others that have the same.
pub(super) async fn compare(all: &[(&Books, Logs)], broken: &mut Vec<String>) -> Result<()> {
    let mut measured: Vec<(&Books, Heads<'_>, BTreeSet<String>)> = Vec::new();
    for (books, logs) in all {
        let Some(heads) = applied_heads(logs) else { continue };
        let lines = lines(books, logs).await?;
        match measured.iter().find(|(_, known, _)| *known == heads) {
            None => measured.push((books, heads, lines)),
            Some((other, _, theirs)) => {
                for line in lines.symmetric_difference(theirs) {
                    let one = if lines.contains(line) { &books.host } else { &other.host };
                    let both = format!("{} and {} have the same logs", books.host, other.host);
                    broken.push(format!("I6 convergence: {both}, and only {one} has {line}"));
                }
            }
        }
    }
    Ok(())
}

type Heads<'a> = (i64, Vec<(&'a str, i64, i64)>);

/// How far the logs go at a node that has applied all of them; `None` when it has not, or is in no network.
fn applied_heads(logs: &Logs) -> Option<Heads<'_>> {
    logs.me.as_ref()?;
    let roster = logs.roster.as_ref()?;
    let waits = logs.arrived.values().flatten().any(|f| f.logged && f.state == "waiting");
    let frozen = logs.heads.keys().any(|node| logs.is_frozen(node));
    let members: HashSet<&str> = roster.members.iter().map(|m| m.node.as_str()).collect();
    let heads = logs.heads.iter().filter(|(node, _)| members.contains(node.as_str()));
    let heads = heads.filter(|(_, head)| head.seq > 0);
    let heads = heads.map(|(node, head)| (node.as_str(), head.epoch, head.seq)).collect();
    (!waits && !frozen).then_some((roster.version, heads))
}
