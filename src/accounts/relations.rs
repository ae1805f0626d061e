//! SQL of what members hold about others for themselves: how they follow and mute, notes, hosts, recommendations, tags.
use super::types::{Account, Relationship};
use crate::{
    clock::Timestamp, db::Tx, error::Result, execute, fetch_all, fetch_one, fetch_optional,
    ids::AccountId, run,
};
use sqlx::QueryBuilder;

/// All there is between a member and an account, the member's private notes included.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Standing {
    pub id: AccountId,
    #[sqlx(flatten)]
    pub relation: Relationship,
    /// The account asks to follow the member.
    pub requested_by: bool,
    pub boosts: bool,
    pub tells: bool,
    /// Language codes, each between commas; empty for all.
    pub langs: String,
    pub mutes_notifications: bool,
    pub mute_expires_at: Option<Timestamp>,
    pub host_blocked: bool,
    pub endorsed: bool,
    pub note: String,
}

/// How `viewer` stands to each of `others` that is there, in one query. Suspended accounts only where they are asked for.
pub async fn standings(
    tx: &mut Tx,
    viewer: AccountId,
    others: &[AccountId],
    with_suspended: bool,
) -> Result<Vec<Standing>> {
    if others.is_empty() {
        return Ok(Vec::new());
    }
    Ok(run!(tx, |c| {
        let mut query = QueryBuilder::new("WITH v AS (SELECT CAST(");
        query.push_bind(viewer).push(
            " AS BIGINT) AS me)
             SELECT a.id, COALESCE(f.state = 'accepted', FALSE) AS following, COALESCE(f.state = 'pending', FALSE) AS requested,
                 COALESCE(g.state = 'accepted', FALSE) AS followed_by, COALESCE(g.state = 'pending', FALSE) AS requested_by,
                 (b.id IS NOT NULL) AS blocking, (d.id IS NOT NULL) AS blocked_by, (u.id IS NOT NULL) AS muting,
                 COALESCE(f.boosts, FALSE) AS boosts, COALESCE(f.tells, FALSE) AS tells, COALESCE(f.langs, '') AS langs,
                 COALESCE(u.notifications, FALSE) AS mutes_notifications, u.expires_at AS mute_expires_at,
                 (h.id IS NOT NULL) AS host_blocked, (e.id IS NOT NULL) AS endorsed, COALESCE(n.note, '') AS note
             FROM v CROSS JOIN account a
             LEFT JOIN follow f ON f.follower_id = v.me AND f.followee_id = a.id
             LEFT JOIN follow g ON g.follower_id = a.id AND g.followee_id = v.me
             LEFT JOIN block b ON b.account_id = v.me AND b.target_id = a.id
             LEFT JOIN block d ON d.account_id = a.id AND d.target_id = v.me
             LEFT JOIN mute u ON u.account_id = v.me AND u.target_id = a.id
             LEFT JOIN host_block h ON h.account_id = v.me AND h.host = a.host
             LEFT JOIN endorsement e ON e.account_id = v.me AND e.target_id = a.id
             LEFT JOIN account_note n ON n.account_id = v.me AND n.target_id = a.id
             WHERE a.deleted_at IS NULL AND (a.suspended_at IS NULL OR ",
        );
        query.push_bind(with_suspended).push(") AND a.id IN (");
        let mut list = query.separated(", ");
        for id in others {
            list.push_bind(*id);
        }
        query.push(")");
        query.build_query_as().fetch_all(&mut *c).await?
    }))
}

/// Those of `others` whom `follower` follows.
pub async fn followed_of(
    tx: &mut Tx,
    follower: AccountId,
    others: &[AccountId],
) -> Result<Vec<AccountId>> {
    let mut followed = Vec::new();
    for chunk in others.chunks(500) {
        let rows: Vec<(AccountId,)> = run!(tx, |c| {
            let mut query = QueryBuilder::new(
                "SELECT followee_id FROM follow WHERE state = 'accepted' AND follower_id = ",
            );
            query.push_bind(follower).push(" AND followee_id IN (");
            let mut list = query.separated(", ");
            for id in chunk {
                list.push_bind(*id);
            }
            query.push(")");
            query.build_query_as().fetch_all(&mut *c).await?
        });
        followed.extend(rows.into_iter().map(|(id,)| id));
    }
    Ok(followed)
}

/// How a follow works; what is `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct FollowChoices {
    pub boosts: Option<bool>,
    pub tells: Option<bool>,
    /// Between commas; empty for all.
    pub langs: Option<String>,
}

pub async fn set_follow_choices(
    tx: &mut Tx,
    follower: AccountId,
    followee: AccountId,
    choices: &FollowChoices,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE follow SET boosts = COALESCE($3, boosts), tells = COALESCE($4, tells), langs = COALESCE($5, langs)
             WHERE follower_id = $1 AND followee_id = $2"
        )
        .bind(follower)
        .bind(followee)
        .bind(choices.boosts)
        .bind(choices.tells)
        .bind(&choices.langs)
    );
    Ok(())
}

/// A follow works from now on as the one of somebody else does.
pub async fn copy_follow_choices(
    tx: &mut Tx,
    follower: AccountId,
    from: AccountId,
    to: AccountId,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE follow SET (boosts, tells, langs) = (
                 SELECT o.boosts, o.tells, o.langs FROM follow o WHERE o.follower_id = $1 AND o.followee_id = $2)
             WHERE follower_id = $1 AND followee_id = $3"
        )
        .bind(follower)
        .bind(from)
        .bind(to)
    );
    Ok(())
}

/// Mutes that have run out end.
pub async fn end_mutes(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    Ok(execute!(
        tx,
        sqlx::query("DELETE FROM mute WHERE expires_at IS NOT NULL AND expires_at <= $1").bind(now)
    ))
}

/// An empty note is none.
pub async fn put_note(tx: &mut Tx, by: AccountId, about: AccountId, note: &str) -> Result<()> {
    if note.is_empty() {
        execute!(
            tx,
            sqlx::query("DELETE FROM account_note WHERE account_id = $1 AND target_id = $2")
                .bind(by)
                .bind(about)
        );
        return Ok(());
    }
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO account_note (account_id, target_id, note) VALUES ($1, $2, $3)
             ON CONFLICT (account_id, target_id) DO UPDATE SET note = excluded.note"
        )
        .bind(by)
        .bind(about)
        .bind(note)
    );
    Ok(())
}

/// An account that one of those follows who are asked about.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Familiar {
    pub followed: AccountId,
    #[sqlx(flatten)]
    pub account: Account,
}

/// Up to ten followers of each of `others` whom `viewer` follows, too.
pub async fn familiar(
    tx: &mut Tx,
    viewer: AccountId,
    others: &[AccountId],
) -> Result<Vec<Familiar>> {
    if others.is_empty() {
        return Ok(Vec::new());
    }
    Ok(run!(tx, |c| {
        let mut query = QueryBuilder::new(
            "SELECT k.followed, a.* FROM (
                 SELECT f.followee_id AS followed, f.follower_id AS by_id,
                     ROW_NUMBER() OVER (PARTITION BY f.followee_id ORDER BY f.id DESC) AS place
                 FROM follow mine JOIN follow f ON f.follower_id = mine.followee_id AND f.state = 'accepted'
                 WHERE mine.state = 'accepted' AND mine.follower_id = ",
        );
        query.push_bind(viewer).push(" AND f.followee_id IN (");
        let mut list = query.separated(", ");
        for id in others {
            list.push_bind(*id);
        }
        query.push(
            ")) k JOIN account a ON a.id = k.by_id
             WHERE k.place <= 10 AND a.deleted_at IS NULL AND a.suspended_at IS NULL ORDER BY k.followed, k.place",
        );
        query.build_query_as().fetch_all(&mut *c).await?
    }))
}

// hosts

pub async fn put_host_block(tx: &mut Tx, by: AccountId, host: &str, id: i64) -> Result<()> {
    execute!(
        tx,
        sqlx::query("INSERT INTO host_block (account_id, host, id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(by)
            .bind(host)
            .bind(id)
    );
    Ok(())
}

pub async fn delete_host_block(tx: &mut Tx, by: AccountId, host: &str) -> Result<()> {
    execute!(
        tx,
        sqlx::query("DELETE FROM host_block WHERE account_id = $1 AND host = $2")
            .bind(by)
            .bind(host)
    );
    Ok(())
}

/// True when one of the two wants to see nobody of the other's host.
pub async fn is_host_blocked_between(tx: &mut Tx, a: &Account, b: &Account) -> Result<bool> {
    let row: Option<(i64,)> = fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT id FROM host_block WHERE (account_id = $1 AND host = $2) OR (account_id = $3 AND host = $4) LIMIT 1"
        )
        .bind(a.id)
        .bind(&b.host)
        .bind(b.id)
        .bind(&a.host)
    );
    Ok(row.is_some())
}

/// Accounts of a host that `member` follows or that follow `member`.
pub async fn acquainted_at(tx: &mut Tx, member: AccountId, host: &str) -> Result<Vec<Account>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT a.* FROM account a WHERE a.host = $2 AND a.id IN (
                 SELECT followee_id FROM follow WHERE follower_id = $1
                 UNION SELECT follower_id FROM follow WHERE followee_id = $1)
             ORDER BY a.id LIMIT 10000"
        )
        .bind(member)
        .bind(host)
    ))
}

/// How many accounts of a host a member follows, and how many of them follow the member.
pub async fn count_at(tx: &mut Tx, member: AccountId, host: &str) -> Result<(i64, i64)> {
    Ok(fetch_one!(
        tx,
        sqlx::query_as(
            "SELECT (SELECT COUNT(*) FROM follow f JOIN account a ON a.id = f.followee_id
                     WHERE f.follower_id = $1 AND a.host = $2),
                    (SELECT COUNT(*) FROM follow f JOIN account a ON a.id = f.follower_id
                     WHERE f.followee_id = $1 AND a.host = $2)"
        )
        .bind(member)
        .bind(host)
    ))
}

// recommendations

pub async fn put_endorsement(tx: &mut Tx, by: AccountId, target: AccountId, id: i64) -> Result<()> {
    execute!(
        tx,
        sqlx::query("INSERT INTO endorsement (account_id, target_id, id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(by)
            .bind(target)
            .bind(id)
    );
    Ok(())
}

pub async fn delete_endorsement(tx: &mut Tx, by: AccountId, target: AccountId) -> Result<()> {
    execute!(
        tx,
        sqlx::query("DELETE FROM endorsement WHERE account_id = $1 AND target_id = $2")
            .bind(by)
            .bind(target)
    );
    Ok(())
}

// tags

pub async fn follow_tag(tx: &mut Tx, by: AccountId, tag: &str, id: i64) -> Result<()> {
    execute!(
        tx,
        sqlx::query("INSERT INTO followed_tag (tag, account_id, id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(tag)
            .bind(by)
            .bind(id)
    );
    Ok(())
}

pub async fn unfollow_tag(tx: &mut Tx, by: AccountId, tag: &str) -> Result<()> {
    execute!(
        tx,
        sqlx::query("DELETE FROM followed_tag WHERE tag = $1 AND account_id = $2")
            .bind(tag)
            .bind(by)
    );
    Ok(())
}

pub async fn count_followed_tags(tx: &mut Tx, by: AccountId) -> Result<i64> {
    let (n,): (i64,) = fetch_one!(
        tx,
        sqlx::query_as("SELECT COUNT(*) FROM followed_tag WHERE account_id = $1").bind(by)
    );
    Ok(n)
}

/// Whether a member follows and features a tag.
pub async fn tag_standing(tx: &mut Tx, by: AccountId, tag: &str) -> Result<(bool, bool)> {
    Ok(fetch_one!(
        tx,
        sqlx::query_as(
            "SELECT EXISTS (SELECT 1 FROM followed_tag WHERE tag = $2 AND account_id = $1),
                    EXISTS (SELECT 1 FROM featured_tag WHERE tag = $2 AND account_id = $1)"
        )
        .bind(by)
        .bind(tag)
    ))
}

/// A tag on a profile, with how often it stands in the newest thousand posts there, and when last.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct FeaturedTag {
    pub id: i64,
    pub tag: String,
    pub posts: i64,
    pub last_post: Option<i64>,
}

pub async fn featured_tags(tx: &mut Tx, of: AccountId) -> Result<Vec<FeaturedTag>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT g.id, g.tag, COUNT(p.id) AS posts, MAX(p.id) AS last_post
             FROM featured_tag g
             LEFT JOIN (SELECT n.id, t.tag FROM (
                     SELECT id FROM post WHERE account_id = $1 AND deleted_at IS NULL AND audience IN ('public', 'unlisted')
                     ORDER BY id DESC LIMIT 1000) n JOIN post_tag t ON t.post_id = n.id) p ON p.tag = g.tag
             WHERE g.account_id = $1 GROUP BY g.id, g.tag ORDER BY posts DESC, g.id LIMIT 100"
        )
        .bind(of)
    ))
}

/// Tags of a member's newest thousand posts that do not stand on their profile yet, the most used first.
pub async fn tags_to_feature(tx: &mut Tx, of: AccountId) -> Result<Vec<(String, i64)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT t.tag, COUNT(*) AS posts FROM (
                 SELECT id FROM post WHERE account_id = $1 AND deleted_at IS NULL AND audience IN ('public', 'unlisted')
                 ORDER BY id DESC LIMIT 1000) n JOIN post_tag t ON t.post_id = n.id
             WHERE NOT EXISTS (SELECT 1 FROM featured_tag g WHERE g.account_id = $1 AND g.tag = t.tag)
             GROUP BY t.tag ORDER BY posts DESC, t.tag LIMIT 10"
        )
        .bind(of)
    ))
}

pub async fn feature_tag(tx: &mut Tx, by: AccountId, tag: &str, id: i64) -> Result<()> {
    execute!(
        tx,
        sqlx::query("INSERT INTO featured_tag (account_id, tag, id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(by)
            .bind(tag)
            .bind(id)
    );
    Ok(())
}

pub async fn unfeature_tag(tx: &mut Tx, by: AccountId, tag: &str) -> Result<()> {
    execute!(
        tx,
        sqlx::query("DELETE FROM featured_tag WHERE account_id = $1 AND tag = $2")
            .bind(by)
            .bind(tag)
    );
    Ok(())
}

/// The tag that a member features under an id.
pub async fn featured_tag(tx: &mut Tx, by: AccountId, id: i64) -> Result<Option<String>> {
    let row: Option<(String,)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT tag FROM featured_tag WHERE account_id = $1 AND id = $2")
            .bind(by)
            .bind(id)
    );
    Ok(row.map(|(tag,)| tag))
}

// how new posts are at first

/// `post_lang` is a language code, empty for the language of the pages.
pub async fn set_posting(
    tx: &mut Tx,
    id: AccountId,
    audience: &str,
    sensitive: bool,
    post_lang: &str,
) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE member SET default_audience = $2, default_sensitive = $3, post_lang = $4 WHERE account_id = $1"
        )
        .bind(id)
        .bind(audience)
        .bind(sensitive)
        .bind(post_lang)
    );
    Ok(())
}
