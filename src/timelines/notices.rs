//! Notifications of some kinds, one by one, as members and programs read them, or in groups.
//!
//! A group is what happened to one post (or to the member) in one way on one day (UTC), so that its key says which notifications are in it, and
//! nothing has to be kept.
use super::{
    queries::NotificationRow,
    reading::{self, NotificationView},
};
use crate::{
    accounts::types::Account,
    clock::DAY,
    db::{Page, Tx},
    error::{Error, Result},
    feeds::notifications::Kind,
    fetch_in, from_somebody,
    ids::{AccountId, PostId},
    run,
};
use sqlx::QueryBuilder;
use std::{cmp::Reverse, collections::HashMap, fmt, str::FromStr, sync::Arc};

/// The ids of one day.
const DAY_OF_IDS: i64 = DAY << 16;
/// Notifications that a page of groups looks at.
const MOST: i64 = 400;
/// Accounts that stand for a group.
const SAMPLE: usize = 8;

/// Which notifications are asked for.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub kinds: Vec<Kind>,
    pub from: Option<AccountId>,
}

impl Wanted {
    /// Of these kinds, from anybody.
    pub fn of(kinds: &[Kind]) -> Self {
        Self { kinds: kinds.to_vec(), from: None }
    }

    /// Those of `types`, or all that Mastodon's programs know where none are named, without those of `without`.
    pub fn named(types: &[String], without: &[String], from: Option<AccountId>) -> Self {
        let among = |kind: &Kind, names: &[String]| names.iter().any(|n| n == kind.name());
        let kinds = Kind::ALL
            .into_iter()
            .filter(|k| if types.is_empty() { k.is_widely_known() } else { among(k, types) })
            .filter(|k| !among(k, without));
        Self { kinds: kinds.collect(), from }
    }
}

/// SQL: the notifications `n` of a member: those of the kinds, from somebody who is not suspended.
fn push_wanted<DB: sqlx::Database>(query: &mut QueryBuilder<DB>, member: AccountId, wanted: &Wanted)
where
    AccountId: sqlx::Type<DB> + for<'q> sqlx::Encode<'q, DB>,
    Kind: sqlx::Type<DB> + for<'q> sqlx::Encode<'q, DB>,
{
    query.push(" FROM notification n WHERE n.account_id = ").push_bind(member);
    query.push(concat!(" AND ", from_somebody!(), " AND n.kind IN ("));
    let mut kinds = query.separated(", ");
    for kind in &wanted.kinds {
        kinds.push_bind(*kind);
    }
    query.push(")");
    if let Some(from) = wanted.from {
        query.push(" AND n.from_id = ").push_bind(from);
    }
}

/// Begins a statement about the notifications of a member between two ids.
fn select<DB: sqlx::Database>(
    head: &str,
    member: AccountId,
    wanted: &Wanted,
    (after, before): (i64, i64),
) -> QueryBuilder<DB>
where
    i64: sqlx::Type<DB> + for<'q> sqlx::Encode<'q, DB>,
    AccountId: sqlx::Type<DB> + for<'q> sqlx::Encode<'q, DB>,
    Kind: sqlx::Type<DB> + for<'q> sqlx::Encode<'q, DB>,
{
    let mut query = QueryBuilder::new(head);
    push_wanted(&mut query, member, wanted);
    query.push(" AND n.id > ").push_bind(after).push(" AND n.id < ").push_bind(before);
    query
}

const COLUMNS: &str = "SELECT n.id, n.kind, n.from_id, n.post_id";

async fn rows(
    tx: &mut Tx,
    member: AccountId,
    wanted: &Wanted,
    page: Page,
) -> Result<Vec<NotificationRow>> {
    if wanted.kinds.is_empty() {
        return Ok(Vec::new());
    }
    let order = if page.from_below { "ASC" } else { "DESC" };
    let mut rows: Vec<NotificationRow> = run!(tx, |c| {
        let mut query = select(COLUMNS, member, wanted, (page.after, page.before));
        query.push(format!(" ORDER BY n.id {order} LIMIT ")).push_bind(page.limit);
        query.build_query_as().fetch_all(&mut *c).await?
    });
    if page.from_below {
        rows.reverse();
    }
    Ok(rows)
}

/// A page of notifications, newest first, and the ids of all that it looked at: some are about posts that the member may not read any more.
pub async fn list(
    tx: &mut Tx,
    member: AccountId,
    wanted: &Wanted,
    page: Page,
) -> Result<(Vec<NotificationView>, Vec<i64>)> {
    let rows = rows(tx, member, wanted, page).await?;
    let ids = rows.iter().map(|r| r.id).collect();
    Ok((reading::dress(tx, member, rows, Vec::new()).await?.0, ids))
}

/// One notification of the member.
pub async fn one(tx: &mut Tx, member: AccountId, id: i64) -> Result<Option<NotificationView>> {
    let wanted = Wanted::of(&Kind::ALL);
    let page = Page {
        before: id.saturating_add(1),
        after: id.saturating_sub(1),
        limit: 1,
        from_below: false,
    };
    Ok(list(tx, member, &wanted, page).await?.0.pop())
}

/// A notification and the member whose it is.
#[derive(Clone, sqlx::FromRow)]
pub struct Addressed {
    pub account_id: AccountId,
    #[sqlx(flatten)]
    pub row: NotificationRow,
}

/// Notifications with these ids, whoever's they are.
pub async fn addressed(tx: &mut Tx, ids: &[i64]) -> Result<Vec<Addressed>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(fetch_in!(
        tx,
        concat!(
            "SELECT n.account_id, n.id, n.kind, n.from_id, n.post_id FROM notification n WHERE ",
            from_somebody!(),
            " AND n.id IN"
        ),
        ids,
        ""
    ))
}

/// Which notifications belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    One(i64),
    /// What happened in one way to a post (or to the member) on a day, counted since 1970.
    Day {
        kind: Kind,
        post: Option<PostId>,
        day: i64,
    },
}

impl Key {
    fn of(row: &NotificationRow, grouped: &[Kind]) -> Self {
        if grouped.contains(&row.kind) {
            Self::Day { kind: row.kind, post: row.post_id, day: row.id / DAY_OF_IDS }
        } else {
            Self::One(row.id)
        }
    }

    /// The ids between which all of its notifications lie.
    fn span(self) -> (i64, i64) {
        match self {
            Self::One(id) => (id.saturating_sub(1), id.saturating_add(1)),
            Self::Day { day, .. } => {
                let begin = day.saturating_mul(DAY_OF_IDS);
                (begin.saturating_sub(1), begin.saturating_add(DAY_OF_IDS))
            }
        }
    }

    fn holds(self, row: &NotificationRow) -> bool {
        match self {
            Self::One(id) => row.id == id,
            Self::Day { kind, post, .. } => row.kind == kind && row.post_id == post,
        }
    }
}

/// `ungrouped-ID`, `favourite-POST-DAY`, `follow-DAY`.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(id) => write!(f, "ungrouped-{id}"),
            Self::Day { kind, post: Some(post), day } => write!(f, "{}-{post}-{day}", kind.name()),
            Self::Day { kind, post: None, day } => write!(f, "{}-{day}", kind.name()),
        }
    }
}

impl FromStr for Key {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let number = |text: &str| text.parse().map_err(|_not_a_number| Error::NotFound);
        let parts: Vec<&str> = text.split('-').collect();
        let grouped = |name: &str| Kind::GROUPED.into_iter().find(|kind| kind.name() == name);
        match parts.as_slice() {
            ["ungrouped", id] => Ok(Self::One(number(id)?)),
            [name, post, day] => Ok(Self::Day {
                kind: grouped(name).ok_or(Error::NotFound)?,
                post: Some(PostId(number(post)?)),
                day: number(day)?,
            }),
            [name, day] => Ok(Self::Day {
                kind: grouped(name).ok_or(Error::NotFound)?,
                post: None,
                day: number(day)?,
            }),
            _ => Err(Error::NotFound),
        }
    }
}

/// A notification; or, where `alike` is not 0, how many there are of a kind about a post (or the member) on the day `id`.
#[derive(sqlx::FromRow)]
struct Counted {
    #[sqlx(flatten)]
    row: NotificationRow,
    alike: i64,
}

/// A page of notifications, newest first, and how many are in each group of a day to which one of them may belong: one statement, which counts from
/// the beginning of the oldest day of the page to the end of the newest.
async fn counted(
    tx: &mut Tx,
    member: AccountId,
    wanted: &Wanted,
    grouped: &[Kind],
    page: Page,
) -> Result<(Vec<NotificationRow>, HashMap<Key, i64>)> {
    if wanted.kinds.is_empty() {
        return Ok((Vec::new(), HashMap::new()));
    }
    let alike: Vec<Kind> =
        wanted.kinds.iter().copied().filter(|kind| grouped.contains(kind)).collect();
    let order = if page.from_below { "ASC" } else { "DESC" };
    let head = format!("WITH r AS ({COLUMNS}");
    let found: Vec<Counted> = run!(tx, |c| {
        let mut query = select(&head, member, wanted, (page.after, page.before));
        query.push(format!(" ORDER BY n.id {order} LIMIT ")).push_bind(page.limit);
        query
            .push(") SELECT r.id, r.kind, r.from_id, r.post_id, CAST(0 AS BIGINT) AS alike FROM r");
        if !alike.is_empty() {
            query.push(format!(
                " UNION ALL SELECT n.id / {DAY_OF_IDS}, n.kind, CAST(0 AS BIGINT), n.post_id, COUNT(*)"
            ));
            push_wanted(&mut query, member, &Wanted::of(&alike));
            query.push(format!(
                " AND n.id >= (SELECT MIN(r.id) / {DAY_OF_IDS} * {DAY_OF_IDS} FROM r)
              AND n.id < (SELECT (MAX(r.id) / {DAY_OF_IDS} + 1) * {DAY_OF_IDS} FROM r)
              AND COALESCE(n.post_id, 0) IN (SELECT COALESCE(r.post_id, 0) FROM r)
              GROUP BY n.id / {DAY_OF_IDS}, n.kind, n.post_id"
            ));
        }
        query.build_query_as().fetch_all(&mut *c).await?
    });
    let (mut rows, mut counts) = (Vec::new(), HashMap::new());
    for Counted { row, alike } in found {
        if alike == 0 {
            rows.push(row);
        } else {
            counts.insert(Key::Day { kind: row.kind, post: row.post_id, day: row.id }, alike);
        }
    }
    rows.sort_unstable_by_key(|row| Reverse(row.id));
    Ok((rows, counts))
}

/// Notifications that belong together, as far as one page holds them.
pub struct Group {
    pub key: Key,
    /// All of it, not only what the page holds.
    pub count: i64,
    /// Newest first, at most eight.
    pub sample: Vec<Arc<Account>>,
    pub newest: NotificationView,
    pub page_oldest: i64,
}

/// A page of groups: a run of notifications without a gap, newest first, until they make `page.limit` groups. What follows an older page may
/// belong to a group of this one. With the ids of all that was looked at.
pub async fn groups(
    tx: &mut Tx,
    member: AccountId,
    wanted: &Wanted,
    grouped: &[Kind],
    page: Page,
) -> Result<(Vec<Group>, Vec<i64>)> {
    let (mut rows, counts) =
        counted(tx, member, wanted, grouped, Page { limit: MOST, ..page }).await?;
    if page.from_below {
        rows.reverse();
    }
    let most = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let mut order: Vec<Key> = Vec::new();
    let end = rows.iter().position(|row| {
        let key = Key::of(row, grouped);
        if !order.contains(&key) {
            order.push(key);
        }
        order.len() > most
    });
    rows.truncate(end.unwrap_or(rows.len()));
    if page.from_below {
        rows.reverse();
    }
    let ids = rows.iter().map(|r| r.id).collect();
    Ok((gather(tx, member, grouped, rows, &counts).await?, ids))
}

/// Puts notifications, newest first, into their groups.
async fn gather(
    tx: &mut Tx,
    member: AccountId,
    grouped: &[Kind],
    rows: Vec<NotificationRow>,
    counts: &HashMap<Key, i64>,
) -> Result<Vec<Group>> {
    let mut order: Vec<Key> = Vec::new();
    let mut members: HashMap<Key, Vec<NotificationRow>> = HashMap::new();
    for row in rows {
        let key = Key::of(&row, grouped);
        let group = members.entry(key).or_default();
        if group.is_empty() {
            order.push(key);
        }
        group.push(row);
    }
    let samples: HashMap<Key, Vec<AccountId>> =
        members.iter().map(|(key, rows)| (*key, sample(rows))).collect();
    // The newest of each stands for its group; the accounts of the others are read with it.
    let first = order.iter().filter_map(|key| members.get(key)?.first().cloned());
    let others = samples.values().flatten().copied().collect();
    let (views, accounts) = reading::dress(tx, member, first.collect(), others).await?;
    let mut views: HashMap<i64, NotificationView> = views.into_iter().map(|v| (v.id, v)).collect();
    Ok(order
        .into_iter()
        .filter_map(|key| {
            let (rows, sample) = (members.get(&key)?, samples.get(&key)?);
            let sample = sample.iter().filter_map(|id| accounts.get(id).cloned()).collect();
            let count = counts.get(&key).copied().unwrap_or(1);
            let (newest, page_oldest) = (views.remove(&rows.first()?.id)?, rows.last()?.id);
            Some(Group { key, count, sample, newest, page_oldest })
        })
        .collect())
}

/// Who stands for a group.
fn sample(rows: &[NotificationRow]) -> Vec<AccountId> {
    let mut sample: Vec<AccountId> = Vec::new();
    for row in rows {
        if !sample.contains(&row.from_id) && sample.len() < SAMPLE {
            sample.push(row.from_id);
        }
    }
    sample
}

/// All notifications of a group, newest first, at most 400, and how many there are.
async fn held(
    tx: &mut Tx,
    member: AccountId,
    key: Key,
) -> Result<(Vec<NotificationRow>, HashMap<Key, i64>)> {
    let (after, before) = key.span();
    let wanted = match key {
        Key::Day { kind, .. } => Wanted::of(&[kind]),
        Key::One(_) => Wanted::of(&Kind::ALL),
    };
    let page = Page { before, after, limit: MOST, from_below: false };
    let (mut rows, counts) = counted(tx, member, &wanted, &Kind::GROUPED, page).await?;
    rows.retain(|row| key.holds(row));
    Ok((rows, counts))
}

/// One group.
pub async fn group(tx: &mut Tx, member: AccountId, key: Key) -> Result<Group> {
    let grouped: &[Kind] = if matches!(key, Key::One(_)) { &[] } else { &Kind::GROUPED };
    let (rows, counts) = held(tx, member, key).await?;
    gather(tx, member, grouped, rows, &counts).await?.pop().ok_or(Error::NotFound)
}

/// Who is behind a group, the newest first.
pub async fn people(tx: &mut Tx, member: AccountId, key: Key) -> Result<Vec<AccountId>> {
    let mut people: Vec<AccountId> = Vec::new();
    for row in held(tx, member, key).await?.0 {
        if !people.contains(&row.from_id) {
            people.push(row.from_id);
        }
    }
    if people.is_empty() { Err(Error::NotFound) } else { Ok(people) }
}

/// The ids of a group's notifications.
pub async fn ids(tx: &mut Tx, member: AccountId, key: Key) -> Result<Vec<i64>> {
    Ok(held(tx, member, key).await?.0.into_iter().map(|row| row.id).collect())
}

/// Notifications that came after `read_until`, at most `most`.
pub async fn unread(
    tx: &mut Tx,
    member: AccountId,
    read_until: i64,
    wanted: &Wanted,
    most: i64,
) -> Result<i64> {
    if wanted.kinds.is_empty() {
        return Ok(0);
    }
    let (n,): (i64,) = run!(tx, |c| {
        let mut query =
            select("SELECT COUNT(*) FROM (SELECT n.id", member, wanted, (read_until, i64::MAX));
        query.push(" LIMIT ").push_bind(most).push(") unread");
        query.build_query_as().fetch_one(&mut *c).await?
    });
    Ok(n)
}

/// How many groups came after `read_until`, among the newest 400 notifications.
pub async fn unread_groups(
    tx: &mut Tx,
    member: AccountId,
    read_until: i64,
    wanted: &Wanted,
    grouped: &[Kind],
) -> Result<i64> {
    let page = Page { before: i64::MAX, after: read_until, limit: MOST, from_below: false };
    let mut keys: Vec<Key> = Vec::new();
    for row in rows(tx, member, wanted, page).await? {
        let key = Key::of(&row, grouped);
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    Ok(i64::try_from(keys.len()).unwrap_or(MOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_groups_key_is_read_as_it_is_written() {
        for key in [
            Key::One(5),
            Key::Day { kind: Kind::Like, post: Some(PostId(7)), day: 20_000 },
            Key::Day { kind: Kind::Follow, post: None, day: 20_000 },
        ] {
            assert_eq!(key.to_string().parse::<Key>().unwrap(), key);
        }
        for nonsense in ["", "ungrouped", "ungrouped-x", "mention-7-20000", "poll-20000", "a-b-c-d"]
        {
            assert!(nonsense.parse::<Key>().is_err(), "{nonsense}");
        }
    }
}
