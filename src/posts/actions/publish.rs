//! Publishing: a local member's post becomes rows, timeline entries, notifications and deliveries in one transaction.
#![expect(clippy::indexing_slicing, reason = "a missing key of a JSON value reads as null")]
use super::super::{
    queries::{self, Counter, Naming},
    read::tag_key,
    types::{Audience, Draft, Mention, Poll, PollOption, Post, QuoteState, narrower},
    wire::{self, Whole},
};
use crate::{
    accounts::{self, types::Account},
    app::App,
    db::Tx,
    error::{Error, Result},
    events,
    federation::{
        outbox::{Patience, Saying},
        signer,
    },
    feeds::{
        conversations, everyone,
        home::{self, Entry},
        live::{self, Told},
        notifications::{self, Kind},
    },
    ids::{AccountId, PostId},
    network::{
        membership,
        say::{Hearing, say},
    },
    roster::Membership,
    search,
    text::{handle::Handle, html, markdown},
};
use futures::{StreamExt, future, stream};
use serde_json::Value;
use std::{collections::HashMap, time::Duration};
use tokio::time;

/// Accounts that one text can name.
const MOST_NAMED: usize = 50;

/// How long whoever writes waits for other servers to tell whom a text names.
const LOOK_UP: Duration = Duration::from_secs(10);

/// The accounts named in a text, looked up before the transaction: `WebFinger` may be needed. Names that lead nowhere stay plain text.
pub async fn resolve_mentions(app: &App, text: &str) -> HashMap<String, Account> {
    let named = markdown::entities(text).mentions.into_iter().take(MOST_NAMED);
    stream::iter(named)
        .map(async |mention| {
            let host = mention.host.as_deref().unwrap_or_else(|| app.host());
            let handle = Handle::parse(&format!("{}@{host}", mention.name)).ok()?;
            let account = time::timeout(LOOK_UP, accounts::inbox::by_handle(app, &handle));
            let account = account.await.ok()?.ok()?;
            let local = mention.host.is_none();
            Some((if local { mention.name.to_lowercase() } else { handle.key() }, account))
        })
        .buffer_unordered(MOST_NAMED)
        .filter_map(future::ready)
        .collect()
        .await
}

/// Publishes a draft. `named` are the accounts of `resolve_mentions`.
pub async fn publish(
    app: &App,
    tx: &mut Tx,
    author: &Account,
    draft: Draft,
    named: &HashMap<String, Account>,
) -> Result<Post> {
    draft.check(app.config.max_post_chars)?;
    // An admin may have suspended them since the request came in; what follows a suspension in the log is lost.
    accounts::queries::by_id(tx, author.id).await?.may_speak()?;
    put(app, tx, author, draft, named).await
}

/// Publishes a draft that is within the limits, or that this node wrote itself.
pub(super) async fn put(
    app: &App,
    tx: &mut Tx,
    author: &Account,
    draft: Draft,
    named: &HashMap<String, Account>,
) -> Result<Post> {
    let parent = parent(tx, author, &draft).await?;
    let quoted = super::quote::quotable(tx, author, draft.quote).await?;
    let audience =
        parent.as_ref().map_or(draft.audience, |p| narrower(draft.audience, p.widest_reply()));
    let post = new_post(app, author, &draft, audience, parent.as_ref(), quoted.as_ref(), named);
    if queries::insert(tx, &[&post]).await?.is_empty() {
        return Err(Error::Unavailable("id taken; try again".into()));
    }
    attach(app, tx, &post, author, &draft).await?;
    let mentions = mention(app, tx, &post, named, parent.as_ref()).await?;
    let tags = put_tags(tx, &post).await?;
    queries::count_posts(tx, &[(author.id, 1, post.published_at)]).await?;
    if let Some(parent) = &parent {
        queries::count(tx, parent.id, Counter::Replies, 1).await?;
    }
    show(app, tx, &[Shown { post: &post, parent: parent.as_ref(), mentions: &mentions }]).await?;
    if post.audience.is_shared() && !author.is_group() {
        everyone::add(tx, &[post.id]).await?;
    }
    search::index_posts(tx, &[(post.id, searchable(&post, &tags))]).await?;
    let whole = whole(tx, post, author.clone()).await?;
    if whole.post.audience.leaves_the_node() {
        send(app, tx, &whole, wire::create(app, &whole), Patience::Usual).await?;
        // Who is quoted by members of the network among themselves is not shown what they say.
        if whole.post.audience != Audience::Network {
            super::quote::ask(app, tx, &whole, quoted.as_ref()).await?;
        }
    }
    super::announce::announce(app, tx, &[(&whole.post, author)]).await?;
    Ok(whole.post)
}

/// The post that is answered; it must be readable by the author.
async fn parent(tx: &mut Tx, author: &Account, draft: &Draft) -> Result<Option<Post>> {
    let Some(id) = draft.in_reply_to else { return Ok(None) };
    let parent = queries::readable_by(tx, author.id.0, id)
        .await?
        .ok_or(Error::invalid("reply-parent-gone"))?;
    if accounts::queries::is_blocked_between(tx, author.id, parent.account_id).await? {
        return Err(Error::Forbidden("reply-not-allowed"));
    }
    Ok(Some(parent))
}

fn new_post(
    app: &App,
    author: &Account,
    draft: &Draft,
    audience: Audience,
    parent: Option<&Post>,
    quoted: Option<&Post>,
    named: &HashMap<String, Account>,
) -> Post {
    let now = app.now();
    let id = PostId::new(now);
    let uri = format!("{}/posts/{id}", author.uri);
    Post {
        id,
        account_id: author.id,
        local: true,
        audience,
        title: draft.event.as_ref().map(|e| e.name.clone()).unwrap_or_default(),
        content_html: render(app, &draft.text, named, quoted),
        source: draft.text.clone(),
        summary: html::one_line(&draft.summary, Draft::MAX_SUMMARY),
        sensitive: draft.sensitive || !draft.summary.trim().is_empty(),
        lang: draft.lang.clone(),
        url: app.url(&format!("/@{}/{id}", author.name)),
        in_reply_to_uri: parent.map(|p| p.uri.clone()),
        in_reply_to_id: parent.map(|p| p.id),
        thread_id: parent.map_or(id, |p| p.thread_id),
        quote_uri: quoted.map(|q| q.uri.clone()),
        quote_id: quoted.map(|q| q.id),
        quote_state: match quoted {
            None => QuoteState::None,
            Some(q) if q.local => QuoteState::Accepted,
            Some(_) => QuoteState::Pending,
        },
        quote_stamp: quoted.filter(|q| q.local).map(|q| super::quote::stamp_for(q, &uri)),
        quote_policy: draft.quote_policy,
        replies_count: 0,
        likes_count: 0,
        boosts_count: 0,
        published_at: now,
        edited_at: None,
        refreshed_at: now,
        deleted_at: None,
        uri,
    }
}

/// Markdown to HTML with links for those who are named; a quote gets the line that other software shows.
pub fn render(
    app: &App,
    text: &str,
    named: &HashMap<String, Account>,
    quoted: Option<&Post>,
) -> String {
    let resolve = |written: &str| {
        named
            .get(&written.to_lowercase())
            .map(|a| markdown::Mention { href: a.url.clone(), handle_shown: a.name.clone() })
    };
    let body = markdown::render(text, &resolve, &app.url("/tags"));
    let quote = quoted.map(|q| {
        let url = q.url.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
        format!(r#"<p class="quote-inline">RE: <a href="{url}">{url}</a></p>"#)
    });
    html::sanitise(&format!("{}{body}", quote.unwrap_or_default()))
}

async fn attach(
    app: &App,
    tx: &mut Tx,
    post: &Post,
    author: &Account,
    draft: &Draft,
) -> Result<()> {
    for (position, id) in (0_i64..).zip(&draft.media) {
        if !queries::attach_media(tx, *id, author.id, post.id, position).await? {
            return Err(Error::invalid("post-media-unknown"));
        }
    }
    if let Some(event) = &draft.event {
        events::queries::put(tx, &event.of(post.id, 0), true).await?;
    }
    let Some(poll) = &draft.poll else { return Ok(()) };
    let row = Poll {
        post_id: post.id,
        multiple: poll.multiple,
        ends_at: Some(app.now().plus(poll.lasts)),
        closed: false,
        voters_count: 0,
    };
    queries::put_poll(tx, &row).await?;
    let option = |(position, title): (i64, &String)| PollOption {
        post_id: post.id,
        position,
        title: title.clone(),
        votes: 0,
    };
    let options: Vec<_> = (0..).zip(&poll.options).map(option).collect();
    queries::put_poll_options(tx, &options).await
}

/// Everybody named in the text, and silently the author of the post that is answered.
async fn mention(
    app: &App,
    tx: &mut Tx,
    post: &Post,
    named: &HashMap<String, Account>,
    parent: Option<&Post>,
) -> Result<Vec<Mention>> {
    let mut mentions: Vec<Mention> = Vec::new();
    for account in named.values() {
        if mentions.iter().all(|m| m.account.id != account.id) {
            mentions.push(Mention { account: account.clone(), silent: false });
        }
    }
    if let Some(parent) = parent.filter(|p| p.account_id != post.account_id)
        && mentions.iter().all(|m| m.account.id != parent.account_id)
    {
        let account = accounts::queries::by_id(tx, parent.account_id).await?;
        mentions.push(Mention { account, silent: true });
    }
    let us = membership::current(app, tx).await?;
    mentions.retain(|m| may_be_named(us.as_deref(), post.audience, &m.account));
    queries::put_mentions(tx, &namings(post.id, &mentions)).await?;
    Ok(mentions)
}

/// How the mentions of a post are written down.
pub fn namings(post: PostId, mentions: &[Mention]) -> Vec<Naming> {
    mentions.iter().map(|m| Naming { post, account: m.account.id, silent: m.silent }).collect()
}

/// What stays on the node reaches its members only, and what stays in the network the members of its nodes, whoever is named.
pub fn may_be_named(us: Option<&Membership>, audience: Audience, account: &Account) -> bool {
    let in_network = || us.is_some_and(|us| us.peer_at(&account.host).is_some());
    match audience {
        Audience::Chapter => account.local,
        Audience::Network => account.local || in_network(),
        _ => true,
    }
}

pub async fn put_tags(tx: &mut Tx, post: &Post) -> Result<Vec<String>> {
    let mut tags: Vec<String> =
        markdown::entities(&post.source).hashtags.iter().map(|t| tag_key(t)).take(100).collect();
    tags.sort();
    tags.dedup();
    queries::put_tags(tx, &tags.iter().map(|t| (post.id, t.as_str())).collect::<Vec<_>>()).await?;
    Ok(tags)
}

/// The words by which a post is found.
pub fn searchable(post: &Post, tags: &[String]) -> String {
    let body = html::plain_text(&post.content_html);
    format!("{} {} {body} {}", post.title, post.summary, tags.join(" "))
}

/// A post to be shown, the post it answers, and whom it names.
pub struct Shown<'a> {
    pub post: &'a Post,
    pub parent: Option<&'a Post>,
    pub mentions: &'a [Mention],
}

impl Shown<'_> {
    fn entry(&self) -> Entry {
        Entry {
            id: self.post.id.0,
            post: self.post.id,
            author: self.post.account_id,
            booster: None,
            reply_to: reply_to(self.post, self.parent),
        }
    }
}

/// Timelines and notifications of this node, for local and for remote posts alike.
pub async fn show(app: &App, tx: &mut Tx, posts: &[Shown<'_>]) -> Result<()> {
    for shown in posts.iter().filter(|s| s.post.local) {
        home::add(tx, shown.post.account_id, &shown.entry()).await?;
        if shown.post.audience == Audience::Direct {
            let (by, post) = (shown.post.account_id, shown.post);
            conversations::note(tx, by, post.thread_id, post.id, by).await?;
        }
    }
    let is_news = |s: &&Shown| live::is_news(app, s.post.published_at);
    let to_followers = || posts.iter().filter(|s| s.post.audience != Audience::Direct);
    home::fan_out(tx, &to_followers().map(Shown::entry).collect::<Vec<_>>()).await?;
    // Before the notifications, of which there may be hundreds: streams are told in this order.
    let posted = posts.iter().filter(is_news).map(|s| Told::Posted(s.post.id));
    live::tell(app, tx, &posted.collect::<Vec<_>>()).await?;
    let news: Vec<Entry> = to_followers().filter(is_news).map(Shown::entry).collect();
    let told = home::tells(tx, &news).await?;
    notifications::notify_all(app, tx, Kind::Status, &told).await?;
    for shown in posts {
        tell_the_named(app, tx, shown).await?;
    }
    Ok(())
}

/// Names further accounts in a post that was edited. Those who were not named before are told.
pub async fn name_further(
    app: &App,
    tx: &mut Tx,
    post: &Post,
    mut mentions: Vec<Mention>,
) -> Result<()> {
    let before = queries::mentions(tx, post.id).await?;
    let known = |m: &Mention| {
        before.iter().any(|b| b.account.id == m.account.id && (m.silent || !b.silent))
    };
    mentions.retain(|m| !known(m));
    queries::put_mentions(tx, &namings(post.id, &mentions)).await?;
    let parent = match post.in_reply_to_id {
        Some(parent) => Some(queries::by_id(tx, parent).await?),
        None => None,
    };
    tell_the_named(app, tx, &Shown { post, parent: parent.as_ref(), mentions: &mentions }).await
}

async fn tell_the_named(app: &App, tx: &mut Tx, shown: &Shown<'_>) -> Result<()> {
    let post = shown.post;
    for m in shown.mentions.iter().filter(|m| m.account.local) {
        let answers_them = shown.parent.is_some_and(|p| p.account_id == m.account.id);
        let (to, by) = (m.account.id, post.account_id);
        if answers_them {
            notifications::notify(app, tx, to, Kind::Reply, by, Some(post.id)).await?;
        } else if !m.silent {
            notifications::notify(app, tx, to, Kind::Mention, by, Some(post.id)).await?;
        }
        if post.audience == Audience::Direct {
            home::add(tx, m.account.id, &shown.entry()).await?;
            conversations::note(tx, to, post.thread_id, post.id, by).await?;
        }
    }
    Ok(())
}

/// Whom a reply answers; a reply to a post we do not have is shown to nobody's followers but is kept.
fn reply_to(post: &Post, parent: Option<&Post>) -> Option<AccountId> {
    match (parent, &post.in_reply_to_uri) {
        (Some(parent), _) => Some(parent.account_id),
        (None, Some(_)) => Some(AccountId(-1)),
        (None, None) => None,
    }
}

/// Loads what a local post's document names.
pub async fn whole(tx: &mut Tx, post: Post, author: Account) -> Result<Whole> {
    let mentions =
        queries::mentions(tx, post.id).await?.into_iter().map(|m| (m.account, m.silent)).collect();
    let tags = queries::tags(tx, post.id).await?;
    let media = queries::media_of(tx, &[post.id]).await?;
    let poll = queries::polls(tx, &[post.id]).await?.into_iter().next();
    let options = queries::poll_options(tx, &[post.id]).await?;
    let event = events::queries::of(tx, &[post.id]).await?.into_iter().next();
    Ok(Whole {
        mentions,
        tags,
        media,
        poll: poll.map(|p| (p, options)),
        event,
        reply_to: None,
        post,
        author,
    })
}

/// Sends an activity about a post to everybody it is for: followers, who is named, and for a change whoever may hold a copy.
pub async fn send(
    app: &App,
    tx: &mut Tx,
    whole: &Whole,
    mut document: Value,
    patience: Patience,
) -> Result<()> {
    let (post, author) = (&whole.post, &whole.author);
    let mut inboxes: Vec<String> =
        whole.mentions.iter().filter(|(a, _)| !a.local).map(|(a, _)| a.best_inbox()).collect();
    if post.audience != Audience::Direct {
        inboxes.extend(accounts::queries::follower_inboxes(tx, author.id).await?);
    }
    if document["type"] != "Create" {
        let reads_it = document["type"] != "Delete";
        inboxes.extend(queries::interested_inboxes(tx, post.id, reads_it).await?);
    }
    if post.audience.is_provable() {
        signer::prove(app, tx, author.id, &mut document, app.now()).await?;
    }
    let uri = document["id"].as_str().unwrap_or_default().to_owned();
    let saying = Saying {
        followers_header: post.audience == Audience::Followers,
        ..Saying::new(author.id, &uri, &document, &post.uri).tried(patience)
    };
    // What a group says itself is about posts that the other nodes have.
    let hearing = if author.is_group() { Hearing::Private } else { post.audience.hearing() };
    say(app, tx, &saying, hearing, inboxes).await
}
