//! Posts of other servers: taken in, updated, deleted. Everything here happens inside one transaction and asks nobody.
use super::{
    actions::{
        announce::announce,
        attend,
        publish::{self, Shown},
        quote,
    },
    queries::{self, Counter},
    read::{RemoteMedia, RemotePost},
    types::{Audience, Media, Mention, Poll, PollOption, Post, QuoteState},
};
use crate::{
    accounts::{self, types::Account},
    app::App,
    clock::{DAY, Timestamp},
    db::Tx,
    error::{Error, Result},
    events,
    federation::{
        fetch_queue::{self, Kind as Fetch},
        inbound,
    },
    feeds::{
        everyone,
        live::{self, Told},
        notifications::{self, Kind},
    },
    ids::{AccountId, MediaId, PostId},
    network::membership,
    outbound, search,
    text::html,
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// Threads longer than this are not searched for more replies by themselves.
const MAX_THREAD: i64 = 500;

/// Pictures of older posts wait until somebody looks, ms.
const AHEAD_FOR: i64 = 30 * DAY;

/// Why a remote post is taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It was sent to us: kept if it concerns somebody here.
    Sent,
    /// It stands in the log of a node of our network: always kept.
    Logged,
    /// It was asked for (a parent, a boost, a link in the search box): kept.
    Asked,
    /// It was found in an outbox after a follow: kept, but nobody is notified.
    BackFill,
}

/// A post that came, and the account that wrote it.
pub struct New {
    pub author: Arc<Account>,
    pub remote: RemotePost,
    pub reason: Reason,
}

/// A post that is taken in, with what it hangs on.
struct Arrived {
    post: Post,
    author: Arc<Account>,
    remote: RemotePost,
    reason: Reason,
    /// Members are shown it now: it was not only asked for, and they were not shown it before.
    is_news: bool,
    parent: Option<Post>,
    quoted: Option<Post>,
    mentions: Vec<Mention>,
    /// Replies to it came first.
    awaited: bool,
}

impl Arrived {
    /// It was read where it stands, and not sent.
    fn was_fetched(&self) -> bool {
        matches!(self.reason, Reason::Asked | Reason::BackFill)
    }
}

/// Takes a post in. `None`: understood, but not kept. A post that is known already is treated as an update, and shown only if nobody was shown it.
pub async fn take(
    app: &App,
    tx: &mut Tx,
    author: &Account,
    remote: RemotePost,
    reason: Reason,
) -> Result<Option<Post>> {
    let new = New { author: Arc::new(author.clone()), remote, reason };
    Ok(take_all(app, tx, vec![new]).await?.into_values().next())
}

/// Takes posts in together, as `take` does each, and returns those that are kept by their `uri`. None of them is, answers or quotes another of them.
pub async fn take_all(app: &App, tx: &mut Tx, new: Vec<New>) -> Result<HashMap<String, Post>> {
    let asked: Vec<_> = new.iter().map(|n| (n.remote.uri.as_str(), n.author.id)).collect();
    let standings = queries::standings(tx, &asked).await?;
    let related = related(tx, &new).await?;
    let called = new.iter().flat_map(|n| called(app, &n.remote)).collect();
    let named = accounts_named(tx, called).await?;
    let related = |uri: &Option<String>| uri.as_ref().and_then(|uri| related.get(uri)).cloned();
    let mut arrived = Vec::new();
    let mut known_before = Vec::new();
    for New { author, remote, reason } in new {
        let Some(standing) = standings.get(&remote.uri).filter(|s| !s.deleted) else { continue };
        let parent = open_to(app, tx, &author, related(&remote.in_reply_to)).await?;
        let quoted = open_to(app, tx, &author, related(&remote.quote)).await?;
        let mentions = mentions(app, &named, &remote);
        let known = if standing.known { queries::by_uri(tx, &remote.uri).await? } else { None };
        let is_new = known.is_none();
        if is_new
            && reason == Reason::Sent
            && !standing.followed
            && !concerns_us(tx, parent.as_ref(), quoted.as_ref(), &mentions).await?
        {
            continue;
        }
        let post = match known {
            Some(known) => update(app, tx, known, &remote).await?,
            None => row(app, tx, &author, &remote, parent.as_ref(), quoted.as_ref()).await?,
        };
        let is_said = matches!(reason, Reason::Sent | Reason::Logged);
        let (is_news, awaited) =
            (is_said && (is_new || standing.quiet), is_new && standing.awaited);
        let into = if is_new { &mut arrived } else { &mut known_before };
        into.push(Arrived {
            post,
            author,
            remote,
            reason,
            is_news,
            parent,
            quoted,
            mentions,
            awaited,
        });
    }
    insert(tx, &mut arrived).await?;
    store_parts(app, tx, &arrived).await?;
    for one in &arrived {
        join_threads(app, tx, one).await?;
        ask_further(app, tx, one).await?;
    }
    note_quiet(tx, &arrived, &known_before).await?;
    arrived.append(&mut known_before);
    note_numbers(tx, &arrived).await?;
    let logged: Vec<&Arrived> = arrived.iter().filter(|a| a.reason == Reason::Logged).collect();
    note_logged(app, tx, &logged.iter().map(|one| &one.post).collect::<Vec<_>>()).await?;
    show(app, tx, &arrived).await?;
    let logged = logged.iter().map(|one| (&one.post, one.author.as_ref()));
    announce(app, tx, &logged.collect::<Vec<_>>()).await?;
    Ok(arrived.into_iter().map(|one| (one.post.uri.clone(), one.post)).collect())
}

/// The posts that new ones answer or quote, as far as we have them.
async fn related(tx: &mut Tx, new: &[New]) -> Result<HashMap<String, Post>> {
    let uris = new.iter().flat_map(|n| [&n.remote.in_reply_to, &n.remote.quote]).flatten();
    let uris: BTreeSet<String> = uris.cloned().collect();
    queries::by_uris(tx, &uris.into_iter().collect::<Vec<_>>()).await
}

/// Whether somebody of another server may read `post`: what is said to the network, the people of its nodes may.
pub async fn may_read(app: &App, tx: &mut Tx, who: &Account, post: &Post) -> Result<bool> {
    if queries::readable_by(tx, who.id.0, post.id).await?.is_some() {
        return Ok(true);
    }
    let us = membership::current(app, tx).await?.filter(|_| post.audience == Audience::Network);
    let host = outbound::authority(&who.uri).unwrap_or_default();
    Ok(us.is_some_and(|us| us.peer_at(&host).is_some()))
}

/// True when a post of ours is for certain people, and `who` is none of them. What they do to it is left alone: whoever reacts to a post is sent
/// each new version of it.
pub async fn is_closed_to(app: &App, tx: &mut Tx, who: &Account, post: &Post) -> Result<bool> {
    Ok(post.local && !post.audience.is_open() && !may_read(app, tx, who, post).await?)
}

/// The post that is answered or quoted, unless it is closed to who does.
async fn open_to(
    app: &App,
    tx: &mut Tx,
    who: &Account,
    post: Option<Post>,
) -> Result<Option<Post>> {
    match post {
        Some(post) if is_closed_to(app, tx, who, &post).await? => Ok(None),
        other => Ok(other),
    }
}

/// What a new post names is asked for: a quoted post that we do not have, the consent of its author, and answers to a post that was asked for itself.
async fn ask_further(app: &App, tx: &mut Tx, one: &Arrived) -> Result<()> {
    let Arrived { post, remote, quoted, .. } = one;
    let looks_further = one.was_fetched() && remote.has_replies && post.audience.is_open();
    if looks_further && !queries::thread_has_more_than(tx, post.thread_id, MAX_THREAD).await? {
        fetch_queue::want(app, tx, Fetch::Replies, &post.uri).await?;
    }
    if let (Some(uri), None) = (&remote.quote, quoted)
        && !app.is_local(uri)
    {
        fetch_queue::want(app, tx, Fetch::Post, uri).await?;
    }
    if post.quote_state == QuoteState::Pending {
        want_stamp(app, tx, remote).await?;
    }
    Ok(())
}

/// What was only fetched is shown to nobody until it is sent.
async fn note_quiet(tx: &mut Tx, new: &[Arrived], known_before: &[Arrived]) -> Result<()> {
    let fetched = new.iter().filter(|a| !a.is_news).map(|a| a.post.id);
    queries::set_quiet(tx, &fetched.collect::<Vec<_>>(), true).await?;
    let shown_late = known_before.iter().filter(|a| a.is_news).map(|a| a.post.id);
    queries::set_quiet(tx, &shown_late.collect::<Vec<_>>(), false).await
}

/// What the servers of posts count there, as read by whoever asks; what they send is of a moment that has passed.
async fn note_numbers(tx: &mut Tx, arrived: &[Arrived]) -> Result<()> {
    for one in arrived.iter().filter(|one| one.was_fetched()) {
        queries::set_numbers(tx, one.post.id, one.remote.numbers).await?;
    }
    Ok(())
}

/// Posts of our network: entries of other logs may have waited for them, and members of all nodes read them.
async fn note_logged(app: &App, tx: &mut Tx, posts: &[&Post]) -> Result<()> {
    let uris: Vec<String> = posts.iter().map(|p| p.uri.clone()).collect();
    inbound::wake_waiting_for(tx, &uris, app.now()).await?;
    let shared: Vec<PostId> =
        posts.iter().filter(|p| p.audience.is_shared()).map(|p| p.id).collect();
    everyone::add(tx, &shared).await
}

/// Timelines and notifications, of what is news.
async fn show(app: &App, tx: &mut Tx, arrived: &[Arrived]) -> Result<()> {
    let arrived: Vec<&Arrived> = arrived.iter().filter(|a| a.is_news).collect();
    let shown: Vec<_> = arrived
        .iter()
        .map(|a| Shown { post: &a.post, parent: a.parent.as_ref(), mentions: &a.mentions })
        .collect();
    publish::show(app, tx, &shown).await?;
    for Arrived { post, quoted, .. } in arrived {
        tell_the_quoted(app, tx, post, quoted.as_ref()).await?;
    }
    Ok(())
}

async fn tell_the_quoted(app: &App, tx: &mut Tx, post: &Post, quoted: Option<&Post>) -> Result<()> {
    let consents = |q: &&Post| q.local && post.quote_state == QuoteState::Accepted;
    match quoted.filter(consents) {
        Some(quoted) => {
            let (to, by) = (quoted.account_id, post.account_id);
            notifications::notify(app, tx, to, Kind::Quote, by, Some(post.id)).await
        }
        None => Ok(()),
    }
}

/// A post whose `Create` held nothing but its id was fetched: it is shown like one that came whole, once.
pub async fn show_fetched(app: &App, tx: &mut Tx, post: &Post) -> Result<()> {
    let standings = queries::standings(tx, &[(&post.uri, post.account_id)]).await?;
    if !standings.values().any(|s| s.quiet) {
        return Ok(());
    }
    queries::set_quiet(tx, &[post.id], false).await?;
    let (mut parent, mut quoted) = (None, None);
    for (id, found) in [(post.in_reply_to_id, &mut parent), (post.quote_id, &mut quoted)] {
        if let Some(id) = id {
            *found = Some(queries::by_id(tx, id).await?);
        }
    }
    let named = queries::mentions(tx, post.id).await?.into_iter();
    let mentions: Vec<Mention> =
        named.map(|m| Mention { account: m.account, silent: m.silent }).collect();
    let shown = Shown { post, parent: parent.as_ref(), mentions: &mentions };
    publish::show(app, tx, &[shown]).await?;
    tell_the_quoted(app, tx, post, quoted.as_ref()).await
}

/// Writes the new posts down. Other servers give times in whole seconds, so that ids of one moment meet: then another one is taken, because nobody
/// will send the post again.
async fn insert(tx: &mut Tx, arrived: &mut [Arrived]) -> Result<()> {
    let mut missing: Vec<&mut Post> = arrived.iter_mut().map(|a| &mut a.post).collect();
    for _ in 0..20 {
        let rows: Vec<&Post> = missing.iter().map(|p| &**p).collect();
        let written = queries::insert(tx, &rows).await?;
        missing.retain(|p| !written.contains(&p.uri));
        if missing.is_empty() {
            return Ok(());
        }
        for post in &mut missing {
            let id = PostId::new(post.published_at);
            if post.thread_id == post.id {
                post.thread_id = id;
            }
            post.id = id;
        }
    }
    Err(Error::Unavailable("another process is taking the same post in".into()))
}

/// Those whom posts call, as far as we know them.
async fn accounts_named(tx: &mut Tx, called: BTreeSet<String>) -> Result<HashMap<String, Account>> {
    let uris: Vec<String> = called.into_iter().collect();
    let accounts = accounts::queries::by_uris(tx, &uris).await?;
    Ok(accounts.into_iter().map(|a| (a.uri.clone(), a)).collect())
}

/// Local accounts among those that a post addresses, and all whom it names: at most 200 addresses.
fn called(app: &App, remote: &RemotePost) -> BTreeSet<String> {
    let local = remote.addressed.iter().filter(|u| app.is_local(u));
    let uris: BTreeSet<String> = remote.mentioned.iter().chain(local).cloned().collect();
    uris.into_iter().take(200).collect()
}

/// Local accounts among those addressed; the named ones are mentions, the others are silent. Known remote ones are linked, too.
fn mentions(app: &App, known: &HashMap<String, Account>, remote: &RemotePost) -> Vec<Mention> {
    // A Mention tag without addressing is silent, and so is addressing without a tag, but for what is addressed to nobody else.
    let named =
        |a: &Account| remote.mentioned.contains(&a.uri) || remote.audience == Audience::Direct;
    let addressed =
        |a: &Account| remote.addressed.contains(&a.uri) || remote.audience == Audience::Public;
    called(app, remote)
        .iter()
        .filter_map(|uri| known.get(uri))
        .filter(|a| !a.is_gone())
        .map(|a| Mention { silent: !(named(a) && addressed(a)), account: a.clone() })
        .collect()
}

/// A member is addressed, is quoted, or is answered (their own post or one of somebody followed here).
async fn concerns_us(
    tx: &mut Tx,
    parent: Option<&Post>,
    quoted: Option<&Post>,
    mentions: &[Mention],
) -> Result<bool> {
    if mentions.iter().any(|m| m.account.local)
        || [parent, quoted].iter().flatten().any(|p| p.local)
    {
        return Ok(true);
    }
    match parent {
        Some(parent) => accounts::queries::has_local_follower(tx, parent.account_id).await,
        None => Ok(false),
    }
}

async fn row(
    app: &App,
    tx: &mut Tx,
    author: &Account,
    r: &RemotePost,
    parent: Option<&Post>,
    quoted: Option<&Post>,
) -> Result<Post> {
    let now = app.now();
    // What this node said itself, and others brought back, is what it was: its id stands in its address.
    let own = app.is_local(&r.uri).then(|| r.uri.rsplit('/').next()?.parse().ok()).flatten();
    let id = own.map_or_else(|| PostId::new(r.published_at.min(now)), PostId);
    Ok(Post {
        id,
        uri: r.uri.clone(),
        account_id: author.id,
        local: own.is_some(),
        audience: r.audience,
        title: r.title.clone(),
        content_html: r.content_html.clone(),
        source: own.map_or_else(String::new, |_| html::plain_text(&r.content_html)),
        summary: r.summary.clone(),
        sensitive: r.sensitive,
        lang: r.lang.clone(),
        url: r.url.clone(),
        in_reply_to_uri: r.in_reply_to.clone(),
        in_reply_to_id: parent.map(|p| p.id),
        thread_id: parent.map_or(id, |p| p.thread_id),
        quote_uri: r.quote.clone(),
        quote_id: quoted.map(|q| q.id),
        quote_state: consent(tx, author, r, quoted).await?,
        quote_stamp: r.quote_stamp.clone(),
        quote_policy: r.quote_policy,
        replies_count: 0,
        likes_count: 0,
        boosts_count: 0,
        published_at: r.published_at.min(now),
        edited_at: r.updated_at.filter(|u| *u > r.published_at),
        refreshed_at: now,
        deleted_at: None,
    })
}

/// Whether the quoted author agreed, as far as the post itself can tell.
async fn consent(
    tx: &mut Tx,
    author: &Account,
    r: &RemotePost,
    quoted: Option<&Post>,
) -> Result<QuoteState> {
    Ok(match (&r.quote, quoted) {
        (None, _) => QuoteState::None,
        // One's own posts need no consent; others' need the stamp, and what a stamp says is asked where it stands.
        (Some(_), Some(q)) if q.account_id == author.id => QuoteState::Accepted,
        (Some(_), Some(q)) if is_stamped(q, r) && quote::may_quote(tx, author.id, q).await? => {
            QuoteState::Accepted
        }
        (Some(_), _) => QuoteState::Pending,
    })
}

/// Asks for the stamp of a quote whose author is elsewhere; it must be on the quoted author's host.
async fn want_stamp(app: &App, tx: &mut Tx, remote: &RemotePost) -> Result<()> {
    let (Some(quoted), Some(stamp)) = (&remote.quote, &remote.quote_stamp) else { return Ok(()) };
    if outbound::same_host(stamp, quoted) && !app.is_local(stamp) {
        fetch_queue::want(app, tx, Fetch::Stamp, stamp).await?;
    }
    Ok(())
}

/// The quoted author's server says by `stamp` that the post at `quoting` may quote `quoted`.
pub async fn stamp_confirmed(tx: &mut Tx, quoting: &str, quoted: &Post, stamp: &str) -> Result<()> {
    let waits = |p: &Post| {
        !p.local
            && p.quote_state == QuoteState::Pending
            && p.quote_stamp.as_deref() == Some(stamp)
            && p.quote_uri.as_deref() == Some(quoted.uri.as_str())
    };
    match queries::by_uri(tx, quoting).await?.filter(waits) {
        Some(post) => {
            let (id, state) = (Some(quoted.id), QuoteState::Accepted);
            queries::set_quote(tx, post.id, id, state, Some(stamp)).await
        }
        None => Ok(()),
    }
}

/// A stamp that says it is ours counts only if it is the one we give for this very quote.
fn is_stamped(quoted: &Post, remote: &RemotePost) -> bool {
    let ours = || quote::stamp_for(quoted, &remote.uri);
    quoted.local && remote.quote_stamp.as_ref().is_some_and(|stamp| *stamp == ours())
}

async fn store_parts(app: &App, tx: &mut Tx, arrived: &[Arrived]) -> Result<()> {
    let mut counts: BTreeMap<AccountId, (i64, Timestamp)> = BTreeMap::new();
    let mut words = Vec::new();
    let named = arrived.iter().flat_map(|a| publish::namings(a.post.id, &a.mentions));
    queries::put_mentions(tx, &named.collect::<Vec<_>>()).await?;
    let tagged = arrived.iter().flat_map(|a| a.remote.tags.iter().map(|t| (a.post.id, t.as_str())));
    queries::put_tags(tx, &tagged.collect::<Vec<_>>()).await?;
    for Arrived { post, author, remote, .. } in arrived {
        put_media(app, tx, author, post, &remote.media).await?;
        put_poll(tx, post, remote).await?;
        put_event(tx, post, remote).await?;
        let (posts, newest) = counts.entry(author.id).or_insert((0, post.published_at));
        *posts += 1;
        *newest = post.published_at.max(*newest);
        if post.audience.is_open() {
            words.push((post.id, publish::searchable(post, &remote.tags)));
        }
    }
    let counts: Vec<_> = counts.into_iter().map(|(id, (posts, at))| (id, posts, at)).collect();
    queries::count_posts(tx, &counts).await?;
    search::index_posts(tx, &words).await
}

async fn put_media(
    app: &App,
    tx: &mut Tx,
    author: &Account,
    post: &Post,
    media: &[RemoteMedia],
) -> Result<()> {
    let ahead = !media.is_empty() && is_fetched_ahead(app, tx, author, post).await?;
    for (position, m) in (0_i64..).zip(media) {
        let row = Media {
            id: MediaId(crate::ids::new_id(app.now())),
            account_id: author.id,
            post_id: Some(post.id),
            media_type: m.media_type.clone(),
            url: app.own_file(&m.url).filter(|_| post.local).unwrap_or(&m.url).to_owned(),
            thumbnail_url: None,
            width: m.width,
            height: m.height,
            blurhash: m.blurhash.clone(),
            description: m.description.clone(),
            focus_x: m.focus.0,
            focus_y: m.focus.1,
        };
        queries::insert_media(tx, &row, position, app.now()).await?;
        if row.is_image() && ahead {
            fetch_queue::want(app, tx, Fetch::Picture, &row.url).await?;
        }
    }
    Ok(())
}

/// Pictures of a young post that the logs of the network carry are fetched before anybody looks at them.
async fn is_fetched_ahead(app: &App, tx: &mut Tx, author: &Account, post: &Post) -> Result<bool> {
    let us = membership::current(app, tx).await?;
    let is_peers = us.is_some_and(|us| us.peer_at(&author.host).is_some());
    let is_young = post.published_at.plus(AHEAD_FOR) > app.now();
    Ok(is_peers && is_young && post.audience.is_provable())
}

async fn put_poll(tx: &mut Tx, post: &Post, remote: &RemotePost) -> Result<()> {
    let Some(poll) = &remote.poll else { return Ok(()) };
    let row = Poll {
        post_id: post.id,
        multiple: poll.multiple,
        ends_at: poll.ends_at,
        closed: poll.closed,
        voters_count: poll.voters_count,
    };
    queries::put_poll(tx, &row).await?;
    let option = |(position, (title, votes)): (i64, &(String, i64))| PollOption {
        post_id: post.id,
        position,
        title: title.clone(),
        votes: *votes,
    };
    let options: Vec<_> = (0..).zip(&poll.options).map(option).collect();
    queries::put_poll_options(tx, &options).await
}

/// The author may have put other choices: then all begin anew, as on their own server.
async fn change_poll(tx: &mut Tx, post: &Post, remote: &RemotePost) -> Result<()> {
    let Some(poll) = &remote.poll else { return Ok(()) };
    let known = queries::polls(tx, &[post.id]).await?;
    let options = queries::poll_options(tx, &[post.id]).await?;
    let is_same = known.iter().all(|k| k.multiple == poll.multiple)
        && options.iter().map(|o| &o.title).eq(poll.options.iter().map(|(title, _)| title));
    if !is_same {
        queries::delete_poll(tx, post.id).await?;
    }
    put_poll(tx, post, remote).await
}

async fn put_event(tx: &mut Tx, post: &Post, remote: &RemotePost) -> Result<()> {
    let Some((event, attending)) = &remote.event else { return Ok(()) };
    events::queries::put(tx, &event.of(post.id, *attending), post.local).await
}

/// When, where and how many now; guests of this node hear of what changed for them.
async fn update_event(app: &App, tx: &mut Tx, post: &Post, remote: &RemotePost) -> Result<()> {
    let known = events::queries::of(tx, &[post.id]).await?.into_iter().next();
    put_event(tx, post, remote).await?;
    match (known, &remote.event) {
        (Some(known), Some((event, _))) if event.of(post.id, 0).differs_for_guests(&known) => {
            let guests = events::queries::guests_here(tx, post.id).await?;
            attend::tell_guests(app, tx, post, &guests).await
        }
        _ => Ok(()),
    }
}

/// Ties the post to its parent and to replies that came before it; what is missing is asked for.
async fn join_threads(app: &App, tx: &mut Tx, one: &Arrived) -> Result<()> {
    let post = &one.post;
    match (&one.parent, &post.in_reply_to_uri) {
        (Some(parent), _) => queries::count(tx, parent.id, Counter::Replies, 1).await?,
        (None, Some(uri)) if !app.is_local(uri) => {
            fetch_queue::want(app, tx, Fetch::Post, uri).await?;
        }
        _ => {}
    }
    if !one.awaited {
        return Ok(());
    }
    let orphans = queries::adopt_orphans(tx, post).await?;
    let found = i64::try_from(orphans.len()).unwrap_or(0);
    queries::count(tx, post.id, Counter::Replies, found).await?;
    // Another of the new posts may have taken the thread of this one into its own.
    let thread = queries::by_id(tx, post.id).await?.thread_id;
    for (_, orphaned) in orphans {
        queries::join_thread(tx, orphaned, thread).await?;
    }
    Ok(())
}

/// A newer version of a remote post: an edit if `updated` is newer, else only counts and policy change.
pub async fn update(app: &App, tx: &mut Tx, known: Post, remote: &RemotePost) -> Result<Post> {
    if known.is_gone() {
        return Ok(known);
    }
    let mut post = known.clone();
    let newer = remote.updated_at.filter(|u| *u > known.edited_at.unwrap_or(known.published_at));
    if known.local && newer.is_none() {
        return Ok(known); // what this node said before it was restored is no news here
    }
    post.quote_policy = remote.quote_policy;
    post.refreshed_at = app.now();
    change_poll(tx, &post, remote).await?;
    // What was said before this version was is no news; a count of guests keeps the time of its version.
    if remote.updated_at.unwrap_or(remote.published_at) >= *known.last_written() {
        update_event(app, tx, &post, remote).await?;
    }
    stamped(app, tx, &known, remote).await?;
    if let Some(edited_at) = newer {
        let version = queries::count_edits(tx, known.id).await?;
        queries::insert_edit(tx, &known, version, known.edited_at.unwrap_or(known.published_at))
            .await?;
        post.title.clone_from(&remote.title);
        post.content_html.clone_from(&remote.content_html);
        if post.local {
            post.source = html::plain_text(&remote.content_html);
        }
        post.summary.clone_from(&remote.summary);
        post.sensitive = remote.sensitive;
        post.lang.clone_from(&remote.lang);
        post.edited_at = Some(edited_at);
        let author = accounts::queries::by_id(tx, known.account_id).await?;
        queries::clear_media(tx, post.id).await?;
        put_media(app, tx, &author, &post, &remote.media).await?;
        queries::clear_tags(tx, post.id).await?;
        let tags: Vec<_> = remote.tags.iter().map(|t| (post.id, t.as_str())).collect();
        queries::put_tags(tx, &tags).await?;
        let named = accounts_named(tx, called(app, remote)).await?;
        publish::name_further(app, tx, &post, mentions(app, &named, remote)).await?;
        if post.audience.is_open() {
            search::reindex_post(tx, post.id, &publish::searchable(&post, &remote.tags)).await?;
        }
    }
    queries::update(tx, &post).await?;
    if newer.is_some_and(|edited_at| live::is_news(app, edited_at)) {
        live::tell(app, tx, &[Told::Edited(post.id)]).await?;
    }
    Ok(post)
}

/// A quote that waited for consent now carries the stamp, and a quoted member hears of it; or it has lost the stamp that it had.
async fn stamped(app: &App, tx: &mut Tx, known: &Post, remote: &RemotePost) -> Result<()> {
    if known.quote_stamp.is_some() && remote.quote_stamp.is_none() {
        return queries::set_quote(tx, known.id, None, QuoteState::Rejected, None).await;
    }
    let lacks_stamp = match known.quote_state {
        QuoteState::Pending => true,
        // A member agreed when the stamp was not on it yet.
        QuoteState::Accepted => known.quote_stamp.is_none(),
        QuoteState::None | QuoteState::Rejected => false,
    };
    if !lacks_stamp || remote.quote_stamp.is_none() {
        return Ok(());
    }
    let quoted = match &remote.quote {
        Some(uri) => queries::by_uri(tx, uri).await?,
        None => None,
    };
    let author = accounts::queries::by_id(tx, known.account_id).await?;
    let state = consent(tx, &author, remote, quoted.as_ref()).await?;
    let (id, stamp) = (quoted.as_ref().map(|q| q.id), remote.quote_stamp.as_deref());
    queries::set_quote(tx, known.id, id, state, stamp).await?;
    if state != QuoteState::Accepted {
        return want_stamp(app, tx, remote).await;
    }
    match quoted.filter(|q| q.local) {
        Some(quoted) => {
            let (to, post) = (quoted.account_id, Some(known.id));
            notifications::notify(app, tx, to, Kind::Quote, author.id, post).await
        }
        None => Ok(()),
    }
}

/// A closed post that we have came to one more member, who reads it from now on like those whom it names. False: it names them already.
pub async fn show_further(app: &App, tx: &mut Tx, post: &Post, member: Account) -> Result<bool> {
    if queries::mentions(tx, post.id).await?.iter().any(|m| m.account.id == member.id) {
        return Ok(false);
    }
    let parent = match post.in_reply_to_id {
        Some(parent) => Some(queries::by_id(tx, parent).await?),
        None => None,
    };
    let mentions = [Mention { silent: false, account: member }];
    queries::put_mentions(tx, &publish::namings(post.id, &mentions)).await?;
    publish::show(app, tx, &[Shown { post, parent: parent.as_ref(), mentions: &mentions }]).await?;
    Ok(true)
}

/// An edit of a post we do not have is taken as new while it is young; an old one concerns nobody here.
pub fn is_young(app: &App, remote: &RemotePost) -> bool {
    remote.published_at.plus(DAY) > app.now()
}
