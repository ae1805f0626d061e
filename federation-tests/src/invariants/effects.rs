//! What the activities did to posts, timelines, notifications and deliveries of one node.
use super::{
    Books,
    logs::{Logs, Row},
};
use serde_json::Value;
use std::collections::HashMap;
use tsudoi::{
    clock::{DAY, Timestamp},
    error::Result,
    fetch_all,
    text::html,
};

/// What must never be found: each names rows that should not be there.
const NEVER: [(&str, &str); 10] = [
    (
        "I7 tombstones: a deleted post is there",
        "SELECT p.uri FROM post p JOIN tombstone t ON t.uri = p.uri WHERE p.deleted_at IS NULL",
    ),
    (
        "I7 tombstones: the post of a deleted account is there, and nobody is about to remove it",
        "SELECT p.uri FROM post p JOIN account a ON a.id = p.account_id
         WHERE a.deleted_at IS NOT NULL AND p.deleted_at IS NULL
         AND NOT EXISTS (SELECT 1 FROM wanted w WHERE w.kind = 'remains' AND w.uri = a.uri)",
    ),
    (
        "I7 tombstones: a deleted post is in a home timeline",
        "SELECT p.uri FROM home_entry h JOIN post p ON p.id = h.post_id WHERE p.deleted_at IS NOT NULL",
    ),
    (
        "I7 tombstones: a deleted post is in the network's timeline",
        "SELECT p.uri FROM network_timeline n JOIN post p ON p.id = n.post_id WHERE p.deleted_at IS NOT NULL",
    ),
    (
        "I7 tombstones: somebody is told of a deleted post",
        "SELECT p.uri FROM notification n JOIN post p ON p.id = n.post_id WHERE p.deleted_at IS NOT NULL",
    ),
    (
        "I7 tombstones: the words of a deleted post are there",
        "SELECT p.uri FROM post p LEFT JOIN post_edit e ON e.post_id = p.id
         WHERE p.deleted_at IS NOT NULL AND (p.content_html <> '' OR p.source <> '' OR e.content_html <> '')",
    ),
    (
        "I12 privacy: a log speaks of a private post",
        "SELECT p.uri FROM post p JOIN log_entry e ON e.obj_id = p.uri
         WHERE p.audience IN ('followers', 'direct', 'chapter')",
    ),
    (
        "I12 privacy: a chapter's post has left its node",
        "SELECT uri FROM post WHERE audience = 'chapter' AND local = FALSE",
    ),
    (
        "I15 once: somebody is told twice",
        "SELECT CAST(MIN(dedupe) AS TEXT) FROM notification
         GROUP BY account_id, kind, from_id, COALESCE(post_id, 0) HAVING COUNT(*) > 1",
    ),
    (
        "I15 once: an event says that more or fewer attend than have a place",
        "SELECT p.uri FROM event e JOIN post p ON p.id = e.post_id WHERE p.local = TRUE AND e.attending <>
             (SELECT COUNT(*) FROM rsvp r WHERE r.post_id = e.post_id AND r.state = 'confirmed')",
    ),
];

/// The longest that anything is tried at a stranger's, ms.
const LONGEST: i64 = 180 * DAY;

pub(super) async fn check(
    books: &Books,
    logs: &Logs,
    now: Timestamp,
    broken: &mut Vec<String>,
) -> Result<()> {
    let mut tx = books.db.read().await?;
    for (what, sql) in NEVER {
        let found: Vec<(String,)> = fetch_all!(&mut tx, sqlx::query_as(sql));
        broken.extend(found.iter().map(|(which,)| format!("{what}: {which} at {}", books.host)));
    }
    let waiting: Vec<(String, String, Timestamp)> = fetch_all!(
        &mut tx,
        sqlx::query_as(
            "SELECT d.host, a.uri, d.expires_at FROM delivery d JOIN activity a ON a.id = d.activity_id
             WHERE d.state = 'waiting'"
        )
    );
    let members = logs.domains();
    for (host, uri, expires_at) in waiting {
        if !members.contains(host.as_str()) && expires_at > now.plus(LONGEST) {
            let at = &books.host;
            broken
                .push(format!("I17 bounded: {at} tries {uri} at the stranger {host} without end"));
        }
    }
    let posts: Vec<(String, String)> = fetch_all!(
        &mut tx,
        sqlx::query_as("SELECT uri, content_html FROM post WHERE deleted_at IS NULL")
    );
    let gone: Vec<(String,)> = fetch_all!(
        &mut tx,
        sqlx::query_as(
            "SELECT uri FROM tombstone UNION SELECT uri FROM post WHERE deleted_at IS NOT NULL"
        )
    );
    let posts = posts.into_iter().map(|(uri, html)| (uri, Some(html)));
    let all = gone.into_iter().map(|(uri,)| (uri, None)).chain(posts).collect();
    last_versions(books, logs, &all, broken);
    Ok(())
}

/// I2, I5 and I7: a post says what its author's log says of it last, as far as that was applied; what is gone has no text.
fn last_versions(
    books: &Books,
    logs: &Logs,
    posts: &HashMap<String, Option<String>>,
    broken: &mut Vec<String>,
) {
    let mut about = HashMap::<&str, Vec<&Row>>::new();
    for row in logs.rows.values().flatten().filter(|row| row.kind == "ap") {
        about.entry(&row.obj_id).or_default().push(row);
    }
    for (uri, rows) in about {
        let said = |row: &&Row| {
            let activity: Value = serde_json::from_str(row.body.as_deref()?).ok()?;
            let object = &activity["object"];
            let is_about = matches!(activity["type"].as_str()?, "Create" | "Update" | "Delete")
                && object.as_str().or(object["id"].as_str()) == Some(uri);
            (is_about && logs.is_applied(row)).then_some((row.seq, activity))
        };
        let Some((seq, activity)) = rows.iter().rev().find_map(said) else { continue };
        let (at, object) = (&books.host, &activity["object"]);
        if activity["type"] == "Delete" {
            if matches!(posts.get(uri), Some(Some(_))) {
                broken.push(format!(
                    "I7 tombstones: {at} applied entry {seq}, which deletes {uri}, and shows it"
                ));
            }
            continue;
        }
        let Some(content) = object["content"].as_str() else { continue };
        match posts.get(uri) {
            None => {
                broken.push(format!("I2 once: {at} applied entry {seq}, and {uri} is not there"));
            }
            Some(Some(shown)) if html::plain_text(shown) != html::plain_text(content) => {
                let text = html::plain_text(shown);
                broken.push(format!(
                    "I5 order: at {at} {uri} says {text:?}, not what entry {seq} says last"
                ));
            }
            Some(_) => {}
        }
    }
}
