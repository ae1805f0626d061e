//! Posts as pages and clients show them: everything a page of posts needs in a handful of queries, however long it is.
use super::{
    queries,
    types::{Line, Media, Poll, PollOption, Post, QuoteState},
};
use crate::{
    accounts::{self, types::Account},
    db::Tx,
    error::Result,
    fetch_in,
    ids::{AccountId, PostId},
};
use std::collections::{HashMap, HashSet};

/// A post with its surroundings, as one viewer sees it.
#[derive(Clone, Debug)]
pub struct PostView {
    pub post: Post,
    pub author: Account,
    /// Who brought it into this timeline, if it was boosted.
    pub booster: Option<Account>,
    /// The id to page by: the boost's or the post's.
    pub cursor: i64,
    pub reply_to: Option<Account>,
    pub media: Vec<Media>,
    pub poll: Option<PollView>,
    pub quoted: Option<Box<PostView>>,
    pub mentions: Vec<Account>,
    pub tags: Vec<String>,
    pub liked: bool,
    pub boosted: bool,
    pub bookmarked: bool,
    pub pinned: bool,
}

#[derive(Clone, Debug)]
pub struct PollView {
    pub poll: Poll,
    pub options: Vec<PollOption>,
    /// The viewer's own choices.
    pub own: Vec<i64>,
}

/// Dresses timeline lines in their order; posts the viewer may not read are left out.
pub async fn lines(
    tx: &mut Tx,
    viewer: Option<AccountId>,
    lines: &[Line],
) -> Result<Vec<PostView>> {
    let mut ids: Vec<PostId> = lines.iter().map(|l| l.post_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let posts = queries::all_readable_by(tx, viewer.map_or(0, |v| v.0), &ids).await?;
    let boosters = lines.iter().filter_map(|l| l.booster_id).collect();
    let mut parts = gather(tx, viewer, &posts, boosters).await?;
    parts.attach_quotes(tx, viewer, &posts).await?;
    let by_id: HashMap<PostId, &Post> = posts.iter().map(|p| (p.id, p)).collect();
    Ok(lines
        .iter()
        .filter_map(|line| {
            let mut view = parts.view(by_id.get(&line.post_id)?)?;
            view.cursor = line.id;
            view.booster = line.booster_id.and_then(|id| parts.accounts.get(&id).cloned());
            Some(view)
        })
        .collect())
}

/// Dresses posts that were already found readable, in their order.
pub async fn posts(
    tx: &mut Tx,
    viewer: Option<AccountId>,
    posts: &[Post],
) -> Result<Vec<PostView>> {
    let mut parts = gather(tx, viewer, posts, Vec::new()).await?;
    parts.attach_quotes(tx, viewer, posts).await?;
    Ok(posts.iter().filter_map(|p| parts.view(p)).collect())
}

/// One post.
pub async fn post(tx: &mut Tx, viewer: Option<AccountId>, post: Post) -> Result<PostView> {
    let found = posts(tx, viewer, &[post]).await?.into_iter().next();
    found.ok_or(crate::error::Error::NotFound)
}

#[derive(Default)]
struct Parts {
    accounts: HashMap<AccountId, Account>,
    parents: HashMap<PostId, AccountId>,
    media: HashMap<PostId, Vec<Media>>,
    polls: HashMap<PostId, PollView>,
    mentions: HashMap<PostId, Vec<AccountId>>,
    tags: HashMap<PostId, Vec<String>>,
    marks: HashMap<PostId, HashSet<String>>,
    quotes: HashMap<PostId, PostView>,
}

impl Parts {
    fn view(&self, post: &Post) -> Option<PostView> {
        let marks = self.marks.get(&post.id);
        let marked = |what: &str| marks.is_some_and(|m| m.contains(what));
        let account = |id: &AccountId| self.accounts.get(id).cloned();
        let parent = post.in_reply_to_id.and_then(|id| self.parents.get(&id));
        let quote = post.quote_id.filter(|_| post.quote_state == QuoteState::Accepted);
        Some(PostView {
            author: account(&post.account_id)?,
            booster: None,
            cursor: post.id.0,
            reply_to: parent.and_then(account),
            media: self.media.get(&post.id).cloned().unwrap_or_default(),
            poll: self.polls.get(&post.id).cloned(),
            quoted: quote.and_then(|id| self.quotes.get(&id).cloned()).map(Box::new),
            mentions: self
                .mentions
                .get(&post.id)
                .into_iter()
                .flatten()
                .filter_map(account)
                .collect(),
            tags: self.tags.get(&post.id).cloned().unwrap_or_default(),
            liked: marked("like"),
            boosted: marked("boost"),
            bookmarked: marked("bookmark"),
            pinned: marked("pin"),
            post: post.clone(),
        })
    }

    /// Quoted posts one level deep.
    async fn attach_quotes(
        &mut self,
        tx: &mut Tx,
        viewer: Option<AccountId>,
        posts: &[Post],
    ) -> Result<()> {
        let accepted = posts.iter().filter(|p| p.quote_state == QuoteState::Accepted);
        let ids: Vec<PostId> = accepted.filter_map(|p| p.quote_id).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let quoted = queries::all_readable_by(tx, viewer.map_or(0, |v| v.0), &ids).await?;
        let parts = Box::pin(gather(tx, viewer, &quoted, Vec::new())).await?;
        self.quotes = quoted.iter().filter_map(|p| Some((p.id, parts.view(p)?))).collect();
        Ok(())
    }
}

async fn gather(
    tx: &mut Tx,
    viewer: Option<AccountId>,
    posts: &[Post],
    mut wanted: Vec<AccountId>,
) -> Result<Parts> {
    let ids: Vec<PostId> = posts.iter().map(|p| p.id).collect();
    if ids.is_empty() {
        return Ok(Parts::default());
    }
    let mut parts = Parts::default();
    for m in queries::media_of(tx, &ids).await? {
        if let Some(post) = m.post_id {
            parts.media.entry(post).or_default().push(m);
        }
    }
    attach_relations(tx, &ids, posts, &mut parts).await?;
    attach_marks(tx, viewer, &ids, &mut parts).await?;
    attach_polls(tx, viewer, &ids, &mut parts).await?;
    wanted.extend(posts.iter().map(|p| p.account_id));
    wanted.extend(parts.parents.values());
    wanted.extend(parts.mentions.values().flatten());
    wanted.sort_unstable();
    wanted.dedup();
    parts.accounts = accounts::queries::by_ids(tx, &wanted).await?;
    Ok(parts)
}

/// Mentions, tags and the authors of parents, in one query.
async fn attach_relations(
    tx: &mut Tx,
    ids: &[PostId],
    posts: &[Post],
    parts: &mut Parts,
) -> Result<()> {
    let mut all: Vec<PostId> = posts.iter().filter_map(|p| p.in_reply_to_id).collect();
    all.extend(ids);
    let rows: Vec<(PostId, String, i64, String)> = fetch_in!(
        tx,
        "SELECT post_id, kind, number, word FROM (
             SELECT post_id, 'mention' AS kind, account_id AS number, '' AS word FROM post_mention WHERE silent = FALSE
             UNION ALL SELECT post_id, 'tag', 0, tag FROM post_tag
             UNION ALL SELECT id, 'author', account_id, '' FROM post) r WHERE post_id IN",
        &all,
        "ORDER BY post_id, kind, number, word"
    );
    for (post, kind, number, word) in rows {
        match kind.as_str() {
            "mention" => parts.mentions.entry(post).or_default().push(AccountId(number)),
            "tag" => parts.tags.entry(post).or_default().push(word),
            _ => {
                parts.parents.insert(post, AccountId(number));
            }
        }
    }
    let parents: HashSet<PostId> = posts.iter().filter_map(|p| p.in_reply_to_id).collect();
    parts.parents.retain(|id, _| parents.contains(id));
    Ok(())
}

/// What the viewer did with the posts, in one query.
async fn attach_marks(
    tx: &mut Tx,
    viewer: Option<AccountId>,
    ids: &[PostId],
    parts: &mut Parts,
) -> Result<()> {
    let Some(viewer) = viewer else { return Ok(()) };
    let rows: Vec<(PostId, String)> = crate::run!(tx, |c| {
        let mut query = sqlx::QueryBuilder::new(
            "SELECT r.post_id, r.kind FROM (SELECT post_id, account_id, 'like' AS kind FROM favourite WHERE emoji = ''
               UNION ALL SELECT post_id, account_id, 'boost' FROM boost
               UNION ALL SELECT post_id, account_id, 'bookmark' FROM bookmark
               UNION ALL SELECT post_id, account_id, 'pin' FROM pin) r WHERE r.account_id = ",
        );
        query.push_bind(viewer).push(" AND r.post_id IN (");
        let mut list = query.separated(", ");
        for id in ids {
            list.push_bind(*id);
        }
        query.push(")");
        query.build_query_as().fetch_all(&mut *c).await?
    });
    for (post, kind) in rows {
        parts.marks.entry(post).or_default().insert(kind);
    }
    Ok(())
}

async fn attach_polls(
    tx: &mut Tx,
    viewer: Option<AccountId>,
    ids: &[PostId],
    parts: &mut Parts,
) -> Result<()> {
    let polls = queries::polls(tx, ids).await?;
    if polls.is_empty() {
        return Ok(());
    }
    let with_polls: Vec<PostId> = polls.iter().map(|p| p.post_id).collect();
    let mut options = HashMap::<PostId, Vec<PollOption>>::new();
    for option in queries::poll_options(tx, &with_polls).await? {
        options.entry(option.post_id).or_default().push(option);
    }
    for poll in polls {
        let own = match viewer {
            Some(viewer) => queries::votes_of(tx, poll.post_id, viewer).await?,
            None => Vec::new(),
        };
        let options = options.remove(&poll.post_id).unwrap_or_default();
        parts.polls.insert(poll.post_id, PollView { poll, options, own });
    }
    Ok(())
}
