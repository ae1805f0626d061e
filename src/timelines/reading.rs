//! Pages of posts, dressed for one viewer, and search.
use super::queries::NotificationRow;
use crate::{
    accounts::{self, types::Account},
    app::App,
    db::{Page, Tx},
    error::{Error, Result},
    feeds::notifications::Kind,
    ids::{AccountId, PostId},
    posts::{
        self,
        types::Audience,
        view::{self, Accounts, PostView},
    },
    search,
    text::html,
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// A notification with who and what it is about.
#[derive(Clone, Debug)]
pub struct NotificationView {
    pub id: i64,
    pub kind: Kind,
    pub from: Arc<Account>,
    pub post: Option<PostView>,
}

impl NotificationView {
    /// The message that follows the name.
    pub fn key(&self) -> &'static str {
        match self.kind {
            Kind::Mention => "notice-mention",
            Kind::Reply => "notice-reply",
            Kind::Follow => "notice-follow",
            Kind::FollowRequest => "notice-follow-request",
            Kind::Like => "notice-like",
            Kind::Boost => "notice-boost",
            Kind::Quote => "notice-quote",
            Kind::Poll => "notice-poll",
            Kind::Status => "notice-status",
            Kind::Join => "notice-join",
            Kind::Rsvp => "notice-rsvp",
        }
    }

    /// The beginning of the post, its warning, or the name of the event.
    pub fn excerpt(&self) -> String {
        let Some(v) = &self.post else { return String::new() };
        if v.event.is_some() {
            v.post.title.clone()
        } else if v.post.summary.is_empty() {
            html::one_line(&html::plain_text(v.content()), 80)
        } else {
            v.post.summary.clone()
        }
    }
}

/// Who and what notifications are about; those about posts that are gone or closed are left out. With their accounts, `wanted` among them.
pub async fn dress(
    tx: &mut Tx,
    member: AccountId,
    rows: Vec<NotificationRow>,
    mut wanted: Vec<AccountId>,
) -> Result<(Vec<NotificationView>, Accounts)> {
    wanted.extend(rows.iter().map(|r| r.from_id));
    let ids: Vec<PostId> = rows.iter().filter_map(|r| r.post_id).collect();
    let (views, accounts) = view::posts_and(tx, Some(member), &ids, wanted).await?;
    let dressed = rows
        .into_iter()
        .filter_map(|r| {
            let post = r.post_id.and_then(|id| views.get(&id).cloned());
            if r.post_id.is_some() && post.is_none() {
                return None;
            }
            Some(NotificationView {
                id: r.id,
                kind: r.kind,
                from: accounts.get(&r.from_id)?.clone(),
                post,
            })
        })
        .collect();
    Ok((dressed, accounts))
}

/// A post in its conversation: what came before it, and what answers it, oldest first with depth.
pub struct Conversation {
    pub before: Vec<PostView>,
    pub post: PostView,
    /// Replies in reading order (each under what it answers), with how deep they stand under the post.
    pub after: Vec<(usize, PostView)>,
    /// There are more behind the one with this id, which is the last of `after`.
    pub more_after: Option<PostId>,
}

/// Posts that one page shows above a post, and under it.
const THREAD_LIMIT: usize = 400;

/// Posts of a thread that are put in order at all.
const LONGEST_THREAD: i64 = 20_000;

/// The thread around a post, as `viewer` sees it: what is deleted or closed is left out, and what hangs on it stays. `from` is the answer behind which
/// the page begins. Errors: `NotFound`, `Gone`.
pub async fn conversation(
    tx: &mut Tx,
    viewer: Option<AccountId>,
    id: PostId,
    from: Option<PostId>,
) -> Result<Conversation> {
    let all = posts::queries::thread_of(tx, id, LONGEST_THREAD).await?;
    let (mut before, mut after) = arrange(&all, id);
    if before.len() > THREAD_LIMIT {
        // The question at the top, and the nearest.
        before.drain(1..=before.len() - THREAD_LIMIT);
    }
    if let Some(at) = after.iter().position(|(_, id)| Some(*id) == from) {
        after.drain(..=at);
    }
    let is_cut = after.len() > THREAD_LIMIT;
    after.truncate(THREAD_LIMIT);
    let more_after = after.last().filter(|_| is_cut).map(|(_, id)| *id);
    let mut wanted = before.clone();
    wanted.extend(after.iter().map(|(_, id)| *id));
    wanted.push(id);
    let views = view::posts(tx, viewer, &wanted).await?;
    let mut views: HashMap<PostId, PostView> = views.into_iter().map(|v| (v.post.id, v)).collect();
    let Some(post) = views.remove(&id) else {
        let gone = posts::queries::by_id(tx, id).await.is_ok_and(|p| p.is_gone());
        return Err(if gone { Error::Gone } else { Error::NotFound });
    };
    Ok(Conversation {
        before: before.iter().filter_map(|id| views.remove(id)).collect(),
        after: after
            .into_iter()
            .filter_map(|(depth, id)| Some((depth, views.remove(&id)?)))
            .collect(),
        post,
        more_after,
    })
}

/// The chain of parents above `id`, and the tree below it, depth first. Loops (a broken server's) end the walk.
fn arrange(all: &[(PostId, Option<PostId>)], id: PostId) -> (Vec<PostId>, Vec<(usize, PostId)>) {
    let parents: HashMap<PostId, PostId> =
        all.iter().filter_map(|(id, parent)| Some((*id, (*parent)?))).collect();
    let known: HashSet<PostId> = all.iter().map(|(id, _)| *id).collect();
    let (mut before, mut seen) = (Vec::new(), HashSet::from([id]));
    let mut at = id;
    while let Some(parent) = parents.get(&at).filter(|p| known.contains(*p) && seen.insert(**p)) {
        before.push(*parent);
        at = *parent;
    }
    before.reverse();
    let mut children: HashMap<PostId, Vec<PostId>> = HashMap::new();
    for (id, parent) in all {
        if let Some(parent) = parent {
            children.entry(*parent).or_default().push(*id);
        }
    }
    let mut after = Vec::new();
    let mut open: Vec<(usize, PostId)> =
        children.remove(&id).unwrap_or_default().into_iter().rev().map(|c| (1, c)).collect();
    while let Some((depth, next)) = open.pop() {
        after.push((depth, next));
        let below = children.remove(&next).unwrap_or_default();
        open.extend(below.into_iter().rev().map(|c| (depth + 1, c)));
    }
    (before, after)
}

/// Own posts, and public ones whose author agrees to being searched.
fn may_be_found(v: &PostView, member: AccountId) -> bool {
    v.author.id == member || (v.post.audience == Audience::Public && v.author.indexable)
}

/// Accounts that a search looks at, and shows.
const MOST_ACCOUNTS: usize = 400;
const SHOWN_ACCOUNTS: usize = 20;

/// How often a search looks for more posts that may be found, each time among thousands.
const MOST_ROUNDS: usize = 5;

/// What a search found.
#[derive(Default)]
pub struct Found {
    pub accounts: Vec<Account>,
    pub tags: Vec<String>,
    pub posts: Vec<PostView>,
}

/// Searches what this node knows: accounts, tags and posts.
pub async fn search(app: &App, member: AccountId, words: &str, page: Page) -> Result<Found> {
    let words = words.trim();
    let mut tx = app.db.read().await?;
    let mut found = Found::default();
    let account_ids = search::accounts(&mut tx, words).await?;
    let hits: Vec<AccountId> = account_ids.into_iter().take(MOST_ACCOUNTS).collect();
    found.accounts = accounts::queries::by_ids(&mut tx, &hits)
        .await?
        .into_values()
        .filter(Account::is_shown)
        .collect();
    found.accounts.sort_by_key(|a| (!a.local, std::cmp::Reverse(a.followers_count)));
    found.accounts.truncate(SHOWN_ACCOUNTS);
    let tag = posts::read::tag_key(words.trim_start_matches(['#', '＃']));
    if !tag.is_empty() && !tag.contains(' ') {
        let tags = posts::queries::complete_tag(&mut tx, member, &tag, 10).await?;
        found.tags = tags.into_iter().map(|(tag, _)| tag).collect();
    }
    let wanted = usize::try_from(page.limit).unwrap_or(20);
    let mut before = PostId(page.before);
    for _ in 0..MOST_ROUNDS {
        let hits = search::posts(&mut tx, words, before).await?;
        for chunk in hits.chunks(200) {
            let mut ids = chunk.to_vec();
            ids.sort_unstable_by_key(|id| std::cmp::Reverse(*id));
            let views = view::posts(&mut tx, Some(member), &ids).await?;
            found.posts.extend(views.into_iter().filter(|v| may_be_found(v, member)));
            if found.posts.len() >= wanted {
                break;
            }
        }
        match hits.iter().min() {
            // Others may have said the word so often that one's own post is behind them.
            Some(oldest) if found.posts.len() < wanted => before = *oldest,
            _ => break,
        }
    }
    found.posts.truncate(wanted);
    Ok(found)
}
