//! Fetching what is missing: posts by their address, parents, replies, outboxes, stale profiles. Network first, then one transaction.
#![expect(clippy::indexing_slicing, reason = "a missing key of a JSON value reads as null")]
use crate::{
    accounts::{self, queries::Number, types::Account},
    app::App,
    clock::{DAY, MINUTE},
    copies::ahead,
    db::Tx,
    error::{Error, Result},
    federation::{
        delivery::digest_of,
        fetch,
        fetch_queue::{self, Kind, Wanted},
        inbound, json,
    },
    feeds::home,
    ids::AccountId,
    network::{log, membership},
    outbound,
    posts::{self, inbox::Reason, read, types::Post},
    text::{Handle, html},
};
use futures::{StreamExt, future, stream};
use serde_json::Value;
use std::time::Duration;
use tokio::task::JoinSet;

/// Posts looked at in an outbox after a follow, and replies asked for at once.
const BACK_FILL: usize = 40;
const MAX_REPLIES: usize = 60;

/// What a pasted handle or address leads to.
pub enum Resolved {
    Account(Box<Account>),
    Post(Box<Post>),
}

/// Looks a handle or address up for `viewer`, at its own server if need be. `None` when the words are neither; a post that is not for the
/// viewer, and somebody who is suspended, is `NotFound`, as if there were none.
pub async fn resolve(app: &App, viewer: AccountId, words: &str) -> Result<Option<Resolved>> {
    let (words, asked_at) = (words.trim(), app.now());
    let is_address = words.starts_with("https://") || words.starts_with("http://");
    let looks_like_handle = words.trim_start_matches('@').contains('@') && !words.contains(' ');
    let found = match Handle::parse(words) {
        _ if is_address => by_address(app, words).await?,
        Ok(handle) if looks_like_handle => {
            Resolved::Account(Box::new(accounts::inbox::by_handle(app, &handle).await?))
        }
        _ => return Ok(None),
    };
    let shown = match &found {
        Resolved::Account(account) => {
            if !account.local && account.refreshed_at >= asked_at {
                // It is new here; its numbers take more requests than somebody should wait for.
                let mut tx = app.db.begin().await?;
                fetch_queue::want(app, &mut tx, Kind::Actor, &account.uri).await?;
                tx.commit().await?;
            }
            account.is_shown()
        }
        Resolved::Post(post) => {
            let mut tx = app.db.read().await?;
            posts::queries::readable_by(&mut tx, viewer.0, post.id).await?.is_some()
        }
    };
    if shown { Ok(Some(found)) } else { Err(Error::NotFound) }
}

/// An account or a post by its address, from our copy or from its server.
pub async fn by_address(app: &App, address: &str) -> Result<Resolved> {
    let mut tx = app.db.read().await?;
    if let Some(account) = accounts::queries::by_address(&mut tx, address).await? {
        if account.is_gone() {
            return Err(Error::Gone);
        }
        return Ok(Resolved::Account(Box::new(account)));
    }
    if let Some(post) = posts::queries::by_address(&mut tx, address).await? {
        return Ok(Resolved::Post(Box::new(post)));
    }
    drop(tx);
    let document = fetch::object(app, address).await?;
    if document["inbox"].is_string() {
        let uri = json::id(&document["id"]).ok_or(Error::NotFound)?;
        return accounts::inbox::refresh(app, uri).await.map(|a| Resolved::Account(Box::new(a)));
    }
    let post = take_document(app, &document, Reason::Asked).await?;
    post.map(|p| Resolved::Post(Box::new(p))).ok_or(Error::NotFound)
}

/// Fetches a post and takes it in.
pub async fn post(app: &App, uri: &str, reason: Reason) -> Result<Option<Post>> {
    let document = fetch::object(app, uri).await?;
    take_document(app, &document, reason).await
}

/// A fetched document: the post itself, or the `Create` around it (same host).
async fn take_document(app: &App, document: &Value, reason: Reason) -> Result<Option<Post>> {
    let object = if json::is(document, "Create") { &document["object"] } else { document };
    if object.is_string() {
        return Err(Error::Malformed("activity without its object".into()));
    }
    let author = json::id(&object["attributedTo"])
        .ok_or_else(|| Error::Malformed("post without author".into()))?;
    let author = accounts::inbox::account(app, author).await?;
    let remote = read::post(object, document, &author, app.now())?;
    let mut tx = app.db.begin().await?;
    let post = posts::inbox::take(app, &mut tx, &author, remote, reason).await?;
    tx.commit().await?;
    Ok(post)
}

/// Fetches under way at once, and for how many free places the queue is looked at: not for each, because it may be long.
const AT_ONCE: usize = 32;
const WORTH_A_LOOK: usize = 8;

/// No fetch takes longer, with all the requests that it needs: well before its lease ends.
const LONGEST_FETCH: Duration = Duration::from_secs(240);

/// Fetches what is due, and what becomes due meanwhile; returns how many fetches were tried once none is under way.
pub async fn fetch_due(app: &App) -> Result<usize> {
    let (mut tried, mut outcome) = (0, Ok(()));
    // Tasks of their own: claiming may wait for the connection with which one of them writes.
    let mut under_way = JoinSet::new();
    loop {
        let room = AT_ONCE.saturating_sub(under_way.len());
        if room >= WORTH_A_LOOK && !app.stopping.is_cancelled() {
            for wanted in fetch_queue::claim(app, room).await? {
                tried += 1;
                let app = app.clone();
                under_way.spawn(async move { one(&app, &wanted).await });
            }
        }
        tokio::select! {
            ended = under_way.join_next() => match ended {
                // One that failed ends no other.
                Some(ended) => {
                    outcome = outcome.and(ended.unwrap_or_else(|e| Err(Error::Internal(e.to_string()))));
                }
                None => return outcome.map(|()| tried),
            },
            () = app.wake.fetch.notified() => {}
        }
    }
}

async fn one(app: &App, wanted: &Wanted) -> Result<()> {
    let uri = wanted.uri.as_str();
    let outcome = tokio::time::timeout(LONGEST_FETCH, fetch(app, wanted)).await;
    let outcome = outcome.unwrap_or_else(|_| Err(Error::Unavailable("it took too long".into())));
    let mut tx = app.db.begin().await?;
    let is_over = match &outcome {
        Err(e) if e.is_transient() => {
            fetch_queue::retry_later(&mut tx, wanted, &e.to_string(), app.now()).await?
        }
        ended => {
            if let Err(e) = ended {
                tracing::info!(uri, error = %e, "nothing to fetch");
            }
            fetch_queue::done(&mut tx, wanted).await?;
            true
        }
    };
    if is_over {
        inbound::wake_waiting(&mut tx, uri, app.now()).await?;
        tx.rings(&app.wake.inbound);
    }
    if is_over && wanted.kind == Kind::Actor {
        accounts::queries::looked_at(&mut tx, uri, app.now()).await?;
    }
    tx.commit().await
}

async fn fetch(app: &App, Wanted { kind, uri, .. }: &Wanted) -> Result<()> {
    match kind {
        Kind::Actor => actor(app, uri).await,
        Kind::Post => wanted_post(app, uri).await,
        Kind::Outbox => outbox(app, uri).await,
        Kind::Replies => replies(app, uri).await,
        Kind::Followers => followers(app, uri).await,
        Kind::Stamp => stamp(app, uri).await,
        Kind::Picture => ahead::fetch_ahead(app, uri).await,
        Kind::Link => link(app, uri).await,
        Kind::Remains => remains(app, uri).await,
    }
}

/// A profile; when its server says that it is gone, so is our copy.
async fn actor(app: &App, uri: &str) -> Result<()> {
    match profile(app, uri).await {
        Err(Error::Gone) => {
            let mut tx = app.db.begin().await?;
            if let Some(account) =
                accounts::queries::by_uri(&mut tx, uri).await?.filter(|a| !a.local)
            {
                remove_account(app, &mut tx, &account).await?;
            }
            tx.commit().await
        }
        other => other.map(|_| ()),
    }
}

/// A profile as its own server has it, with its numbers.
async fn profile(app: &App, uri: &str) -> Result<Account> {
    let document = fetch::object(app, uri).await?;
    let account = accounts::inbox::read(app, &document).await?;
    let mut numbers = Vec::new();
    for (collection, number) in [
        ("followers", Number::Followers),
        ("following", Number::Following),
        ("outbox", Number::Posts),
    ] {
        let own = json::id(&document[collection]).filter(|c| outbound::same_host(c, uri));
        let Some(own) = own else { continue };
        // Servers may keep it to themselves.
        let Ok(list) = fetch::collection(app, own).await else { continue };
        numbers.extend(json::count(&list["totalItems"]).map(|total| (number, total)));
    }
    let mut tx = app.db.begin().await?;
    for (number, total) in numbers {
        accounts::queries::set_number(&mut tx, account.id, number, total).await?;
    }
    tx.commit().await?;
    Ok(account)
}

/// Removes our copy of a remote account. Nobody reads its posts from now on; they are removed afterwards.
pub async fn remove_account(app: &App, tx: &mut Tx, account: &Account) -> Result<()> {
    // Events before the log, as whoever answers for one of them.
    posts::actions::attend::forget(app, tx, account.id).await?;
    fetch_queue::want(app, tx, Kind::Remains, &account.uri).await?;
    accounts::queries::delete_relations(tx, account.id).await?;
    accounts::queries::bury(tx, account.id, app.now()).await?;
    crate::search::forget_account(tx, account.id).await
}

/// Posts removed in one transaction, so that others can write in between.
const PORTION: i64 = 200;

/// Removes the posts of an account that was deleted.
async fn remains(app: &App, uri: &str) -> Result<()> {
    loop {
        let mut tx = app.db.begin().await?;
        let account = accounts::queries::by_uri(&mut tx, uri).await?.filter(Account::is_gone);
        let Some(account) = account else { return Ok(()) };
        let some = posts::queries::all_by(&mut tx, account.id, PORTION).await?;
        if some.is_empty() {
            return Ok(());
        }
        for post in &some {
            // The account's own Delete tells the other servers about all of them.
            posts::actions::change::remove(app, &mut tx, post).await?;
        }
        tx.commit().await?;
    }
}

/// A post; when its server says that it is gone, so is our copy, unless it came by a log. What is not open most servers show to its readers alone: to
/// us they say that there is no such post.
async fn wanted_post(app: &App, uri: &str) -> Result<()> {
    match post(app, uri, Reason::Asked).await {
        Err(Error::Gone | Error::NotFound) => {
            let mut tx = app.db.begin().await?;
            let known = posts::queries::by_uri(&mut tx, uri).await?;
            if let Some(known) = known.filter(|p| !p.local && p.audience.is_open())
                && !is_logged(app, &mut tx, uri).await?
            {
                posts::actions::change::remove(app, &mut tx, &known).await?;
            }
            tx.commit().await
        }
        other => other.map(|_| ()),
    }
}

/// What a node of our network has said in its log it takes back there and nowhere else.
async fn is_logged(app: &App, tx: &mut Tx, uri: &str) -> Result<bool> {
    let us = membership::current(app, tx).await?;
    let host = outbound::authority(uri).unwrap_or_default();
    match us.as_ref().and_then(|us| us.peer_at(&host)) {
        Some(peer) => Ok(log::last_about(tx, &peer.node, uri).await?.is_some()),
        None => Ok(false),
    }
}

/// The newest posts of an account that a member began to follow.
async fn outbox(app: &App, actor: &str) -> Result<()> {
    let author = accounts::inbox::account(app, actor).await?;
    let Some(outbox) = author.outbox.clone() else { return Ok(()) };
    let listed = items(app, &outbox, BACK_FILL).await?;
    let is_own = |i: &&Value| json::is(i, "Create") && json::id(&i["actor"]) == Some(actor);
    let own: Vec<&Value> = listed.iter().filter(is_own).collect();
    for item in &own {
        let Ok(remote) = read::post(&item["object"], item, &author, app.now()) else { continue };
        let mut tx = app.db.begin().await?;
        posts::inbox::take(app, &mut tx, &author, remote, Reason::BackFill).await?;
        tx.commit().await?;
    }
    let ids = own.iter().filter_map(|i| i["object"].as_str()).map(str::to_owned).collect();
    back_fill_by_id(app, &author, ids).await?;
    if let Some(featured) = author.featured_uri.clone() {
        pins(app, &author, &featured).await?;
    }
    let mut tx = app.db.begin().await?;
    for follower in accounts::queries::local_followers(&mut tx, author.id, 10_000).await? {
        home::back_fill(&mut tx, follower.id, author.id).await?;
    }
    tx.commit().await
}

/// Posts of which an outbox says no more than the ids, eight at a time; those that cannot be had are left out.
async fn back_fill_by_id(app: &App, author: &Account, ids: Vec<String>) -> Result<()> {
    let mut tx = app.db.read().await?;
    let mut unknown = Vec::new();
    for uri in ids {
        let is_own = outbound::same_host(&uri, &author.uri);
        if is_own && posts::queries::by_uri(&mut tx, &uri).await?.is_none() {
            unknown.push(uri);
        }
    }
    drop(tx);
    let failed = stream::iter(unknown)
        .map(|uri| async move { post(app, &uri, Reason::BackFill).await.is_err() })
        .buffer_unordered(8)
        .filter(|failed| future::ready(*failed));
    match failed.count().await {
        0 => {}
        failed => tracing::info!(uri = author.uri, failed, "posts of an outbox cannot be had"),
    }
    Ok(())
}

/// The pinned posts, as they stand now.
async fn pins(app: &App, author: &Account, featured: &str) -> Result<()> {
    let Ok(listed) = items(app, featured, 20).await else { return Ok(()) };
    for item in listed {
        let Some(uri) = json::id(&item).filter(|u| outbound::same_host(u, &author.uri)) else {
            continue;
        };
        let found = post(app, uri, Reason::BackFill).await;
        if let Ok(Some(post)) = found.map(|p| p.filter(|p| p.account_id == author.id)) {
            let mut tx = app.db.begin().await?;
            posts::queries::put_pin(&mut tx, author.id, post.id, app.next_id()).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

/// Replies to a post and the thread around it, as its own server lists them: each is asked for from its own server.
async fn replies(app: &App, uri: &str) -> Result<()> {
    let document = fetch::object(app, uri).await?;
    take_document(app, &document, Reason::Asked).await?;
    let mut found = Vec::new();
    for list in [&document["replies"], &document["context"]] {
        let own =
            json::id(list).filter(|u| outbound::same_host(u, uri) && app.reach.check(u).is_ok());
        match own {
            Some(collection) => {
                found.extend(items(app, collection, MAX_REPLIES).await.unwrap_or_default());
            }
            None => found.extend(json::many(&list["first"]["items"]).iter().cloned()),
        }
    }
    let mut tx = app.db.begin().await?;
    for uri in found.iter().filter_map(json::id).take(2 * MAX_REPLIES) {
        let known = app.is_local(uri) || posts::queries::by_uri(&mut tx, uri).await?.is_some();
        if !known && app.reach.check(uri).is_ok() {
            fetch_queue::want(app, &mut tx, Kind::Post, uri).await?;
        }
    }
    tx.commit().await
}

/// A member reads a remote post: its server is asked for replies we may have missed, at most every quarter of an hour.
pub async fn look_for_replies(app: &App, post: &Post) -> Result<()> {
    if post.local || !post.audience.is_open() || post.refreshed_at.plus(15 * MINUTE) > app.now() {
        return Ok(());
    }
    let mut tx = app.db.begin().await?;
    fetch_queue::want(app, &mut tx, Kind::Replies, &post.uri).await?;
    tx.commit().await
}

/// The items of a collection, over at most five pages of its own host.
async fn items(app: &App, collection: &str, most: usize) -> Result<Vec<Value>> {
    let root = fetch::collection(app, collection).await?;
    let mut found = Vec::new();
    let mut page = root;
    for _ in 0..5 {
        for key in ["orderedItems", "items"] {
            found.extend(json::many(&page[key]).iter().cloned());
        }
        if found.len() >= most {
            break;
        }
        let next = match &page["first"] {
            Value::Null => &page["next"],
            first => first,
        };
        page = match next {
            Value::Object(_) => next.clone(),
            Value::String(uri) if outbound::same_host(uri, collection) => {
                fetch::collection(app, uri).await?
            }
            _ => break,
        };
    }
    found.truncate(most);
    Ok(found)
}

/// FEP-8fcf: the other server lists which of our members it thinks follow the account; both sides are made to agree.
///
/// `what` is the account's id, the list's address and the digest it should have, separated by blanks. A list that has another one was cut off, or has
/// changed meanwhile: it ends no follow.
async fn followers(app: &App, what: &str) -> Result<()> {
    let mut parts = what.split(' ');
    let (Some(actor), Some(list), Some(digest)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(Error::NotFound);
    };
    let listed = items(app, list, 10_000).await?;
    let listed: Vec<&str> =
        listed.iter().filter_map(json::id).filter(|u| app.is_local(u)).collect();
    let mut tx = app.db.begin().await?;
    let Some(account) = accounts::queries::by_uri(&mut tx, actor).await? else { return Ok(()) };
    let ours = accounts::queries::local_followers(&mut tx, account.id, 10_000).await?;
    let whole = digest_of(listed.iter().copied()).eq_ignore_ascii_case(digest);
    for follower in ours.iter().filter(|f| whole && !listed.contains(&f.uri.as_str())) {
        // They no longer count this follower: neither do we.
        accounts::actions::follow::reject(app, &mut tx, &account, follower).await?;
    }
    for uri in listed.iter().filter(|u| !ours.iter().any(|f| f.uri == **u)) {
        if let Some(stray) = accounts::queries::by_uri(&mut tx, uri).await? {
            match accounts::queries::follow(&mut tx, stray.id, account.id).await? {
                Some(_) => {
                    accounts::actions::follow::accept(app, &mut tx, &account, &stray).await?;
                }
                None => accounts::actions::follow::deny(app, &mut tx, &stray, &account).await?,
            }
        }
    }
    tx.commit().await
}

/// True when the digest in a `Collection-Synchronization` header says something else than what we know.
pub fn digests_differ(ours: &[Account], theirs: &str) -> bool {
    !digest_of(ours.iter().map(|a| a.uri.as_str())).eq_ignore_ascii_case(theirs)
}

/// The consent to a quote (FEP-044f): it must stand on the quoted author's host, be theirs, and name both posts.
async fn stamp(app: &App, uri: &str) -> Result<()> {
    let document = fetch::object(app, uri).await?;
    let refuse = || Error::Malformed("not a consent to a quote".into());
    let quoting = json::id(&document["interactingObject"]).ok_or_else(refuse)?;
    let target = json::id(&document["interactionTarget"])
        .filter(|t| outbound::same_host(t, uri) && json::is(&document, "QuoteAuthorization"))
        .ok_or_else(refuse)?;
    let mut tx = app.db.read().await?;
    let known = posts::queries::by_uri(&mut tx, target).await?;
    drop(tx);
    let quoted = match known {
        Some(known) => known,
        None => post(app, target, Reason::Asked).await?.ok_or(Error::NotFound)?,
    };
    let mut tx = app.db.begin().await?;
    let author = accounts::queries::by_id(&mut tx, quoted.account_id).await?;
    if json::id(&document["attributedTo"]) != Some(author.uri.as_str()) {
        return Err(refuse());
    }
    posts::inbox::stamp_confirmed(&mut tx, quoting, &quoted, uri).await?;
    tx.commit().await
}

/// Verifies a link of a profile: the page must link back with `rel="me"`. `uri` is the account's id and the address, separated by `#`.
async fn link(app: &App, uri: &str) -> Result<()> {
    let (id, address) = uri.split_once('#').ok_or(Error::NotFound)?;
    let id: AccountId = id.parse().ok().ok_or(Error::NotFound)?;
    let fetched = fetch::get(app, address, "text/html").await?;
    let page = String::from_utf8_lossy(&fetched.body);
    let mut tx = app.db.begin().await?;
    let mut account = accounts::queries::hold(&mut tx, id).await?;
    let is_them = |link: &String| link.trim_end_matches('/') == account.url;
    if html::rel_me(&page).iter().any(is_them) {
        let mut fields = account.fields();
        for field in fields.iter_mut().filter(|f| f.source == address) {
            field.verified_at = Some(app.now());
        }
        account.fields = serde_json::to_string(&fields)?;
        accounts::queries::update(&mut tx, &account).await?;
    }
    tx.commit().await
}

/// Asks for profiles at which nobody has looked for a week, a hundred at a time.
pub async fn refresh_stale(app: &App) -> Result<usize> {
    let mut tx = app.db.begin().await?;
    let stale = accounts::queries::stale(&mut tx, app.now().plus(-7 * DAY), 100).await?;
    for (uri,) in &stale {
        fetch_queue::want(app, &mut tx, Kind::Actor, uri).await?;
    }
    tx.commit().await?;
    Ok(stale.len())
}
