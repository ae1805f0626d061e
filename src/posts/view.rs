//! Posts as pages and clients show them: everything a page of posts needs in a handful of queries, however long it is.
use super::{
    filters::{self, Hit},
    seen::{self, Choice, Part, Seen, Signs},
    types::{Line, Media, Poll, PollOption, Post, QuoteState},
};
use crate::{
    accounts::{self, types::Account},
    db::Tx,
    error::{Error, Result},
    events::types::{Event, RsvpState},
    ids::{AccountId, PostId},
};
use std::{collections::HashMap, sync::Arc};

/// A post with its surroundings, as one viewer sees it.
#[derive(Clone, Debug)]
pub struct PostView {
    pub post: Post,
    pub author: Arc<Account>,
    /// Who brought it into this timeline, if it was boosted.
    pub booster: Option<Arc<Account>>,
    /// The id to page by: the boost's or the post's.
    pub cursor: i64,
    pub reply_to: Option<Arc<Account>>,
    pub media: Vec<Media>,
    pub poll: Option<PollView>,
    pub event: Option<EventView>,
    pub quoted: Option<Box<PostView>>,
    /// How many open posts quote it, as far as this node knows.
    pub quotes_count: i64,
    pub mentions: Vec<Arc<Account>>,
    pub tags: Vec<String>,
    pub liked: bool,
    pub boosted: bool,
    pub bookmarked: bool,
    pub pinned: bool,
    /// The viewer wants to hear no more of its conversation.
    pub muted: bool,
    /// The viewer's filters that it meets.
    pub filtered: Vec<Hit>,
}

/// When and where, and where the viewer stands there.
#[derive(Clone, Debug)]
pub struct EventView {
    pub event: Event,
    pub own: Option<RsvpState>,
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
    let ids = lines.iter().map(|l| l.post_id).collect();
    let boosters = lines.iter().filter_map(|l| l.booster_id).collect();
    let (mut views, accounts) = dress(tx, viewer, ids, boosters).await?;
    let mut shown: Vec<PostView> = Vec::with_capacity(lines.len());
    let hidden = |id: &AccountId| accounts.get(id).is_some_and(|a| !a.is_shown());
    for line in lines.iter().filter(|l| !l.booster_id.as_ref().is_some_and(hidden)) {
        // Two boosters can have brought the same post.
        let again = || shown.iter().find(|v| v.post.id == line.post_id).cloned();
        if let Some(view) = views.remove(&line.post_id).or_else(again) {
            let booster = line.booster_id.and_then(|id| accounts.get(&id).cloned());
            shown.push(PostView { cursor: line.id, booster, ..view });
        }
    }
    Ok(shown)
}

/// Dresses posts in the order of their ids; those the viewer may not read are left out.
pub async fn posts(
    tx: &mut Tx,
    viewer: Option<AccountId>,
    ids: &[PostId],
) -> Result<Vec<PostView>> {
    let (mut views, _) = dress(tx, viewer, ids.to_vec(), Vec::new()).await?;
    Ok(ids.iter().filter_map(|id| views.remove(id)).collect())
}

/// The same with accounts that are shown beside them.
pub async fn posts_and(
    tx: &mut Tx,
    viewer: Option<AccountId>,
    ids: &[PostId],
    wanted: Vec<AccountId>,
) -> Result<(HashMap<PostId, PostView>, Accounts)> {
    dress(tx, viewer, ids.to_vec(), wanted).await
}

/// One post, if the viewer may read it; else `NotFound`.
pub async fn post(tx: &mut Tx, viewer: Option<AccountId>, id: PostId) -> Result<PostView> {
    let (mut views, _) = dress(tx, viewer, vec![id], Vec::new()).await?;
    views.remove(&id).ok_or(Error::NotFound)
}

pub type Accounts = HashMap<AccountId, Arc<Account>>;

/// The posts with all that belongs to them, those that they quote among them, and the accounts, `wanted` among them.
async fn dress(
    tx: &mut Tx,
    viewer: Option<AccountId>,
    mut ids: Vec<PostId>,
    wanted: Vec<AccountId>,
) -> Result<(HashMap<PostId, PostView>, Accounts)> {
    ids.sort_unstable();
    ids.dedup();
    let found = seen::posts(tx, viewer, &ids).await?;
    let quotes: Vec<(PostId, PostId)> =
        found.iter().filter_map(|s| Some((s.post.id, accepted_quote(&s.post)?))).collect();
    let has_filters = found.iter().any(|s| s.signs.has(Signs::FILTERED));
    let mut parts = gather(tx, viewer, &found, wanted).await?;
    let mut views: HashMap<PostId, PostView> =
        found.into_iter().filter_map(|s| Some((s.post.id, parts.view(s)?))).collect();
    if let Some(viewer) = viewer
        && has_filters
    {
        filters::apply(tx, viewer, &mut views).await?;
    }
    // One level deep: a quoted post does not show what it quotes.
    let quoted: Vec<(PostId, PostView)> = quotes
        .into_iter()
        .filter_map(|(id, quoted)| Some((id, views.get(&quoted)?.clone())))
        .collect();
    for (id, quoted) in quoted {
        if let Some(view) = views.get_mut(&id) {
            view.quoted = Some(Box::new(quoted));
        }
    }
    Ok((views, parts.accounts))
}

fn accepted_quote(post: &Post) -> Option<PostId> {
    post.quote_id.filter(|_| post.quote_state == QuoteState::Accepted)
}

#[derive(Default)]
struct Parts {
    accounts: Accounts,
    media: HashMap<PostId, Vec<Media>>,
    polls: HashMap<PostId, PollView>,
    mentions: HashMap<PostId, Vec<AccountId>>,
    tags: HashMap<PostId, Vec<String>>,
}

impl Parts {
    fn view(
        &mut self,
        Seen { post, event, parent_author_id, quotes_count, signs }: Seen,
    ) -> Option<PostView> {
        let account = |id: &AccountId| self.accounts.get(id).cloned();
        let mentions = self.mentions.get(&post.id);
        Some(PostView {
            author: account(&post.account_id)?,
            booster: None,
            cursor: post.id.0,
            reply_to: parent_author_id.as_ref().and_then(account),
            mentions: mentions.into_iter().flatten().filter_map(account).collect(),
            media: self.media.remove(&post.id).unwrap_or_default(),
            poll: self.polls.remove(&post.id),
            event: event.0.map(|(event, own)| EventView { event, own }),
            quoted: None,
            quotes_count,
            tags: self.tags.remove(&post.id).unwrap_or_default(),
            liked: signs.has(Signs::LIKED),
            boosted: signs.has(Signs::BOOSTED),
            bookmarked: signs.has(Signs::BOOKMARKED),
            pinned: signs.has(Signs::PINNED),
            muted: signs.has(Signs::MUTED),
            filtered: Vec::new(),
            post,
        })
    }
}

/// Reads what belongs to posts: what hangs on them, and the accounts that are shown with them.
async fn gather(
    tx: &mut Tx,
    viewer: Option<AccountId>,
    found: &[Seen],
    mut wanted: Vec<AccountId>,
) -> Result<Parts> {
    let mut parts = Parts::default();
    for (post, part) in seen::parts(tx, viewer, found).await? {
        match part {
            Part::Media(media) => parts.media.entry(post).or_default().push(media),
            Part::Choice(Choice { poll, option, chosen }) => {
                let empty = || PollView { poll, options: Vec::new(), own: Vec::new() };
                let view = parts.polls.entry(post).or_insert_with(empty);
                view.own.extend(chosen.then_some(option.position));
                view.options.push(option);
            }
            Part::Account(account) => {
                wanted.push(account);
                parts.mentions.entry(post).or_default().push(account);
            }
            Part::Tag(tag) => parts.tags.entry(post).or_default().push(tag),
        }
    }
    wanted.extend(found.iter().map(|s| s.post.account_id));
    wanted.extend(found.iter().filter_map(|s| s.parent_author_id));
    wanted.sort_unstable();
    wanted.dedup();
    let accounts = accounts::queries::by_ids(tx, &wanted).await?;
    parts.accounts = accounts.into_iter().map(|(id, account)| (id, Arc::new(account))).collect();
    Ok(parts)
}
