//! Accounts of other servers: fetched, confirmed, kept up to date.
use super::{actions::roles, details, queries, types::Account, wire};
use crate::{
    app::App,
    db::Tx,
    error::{Error, Result},
    federation::{fetch, fetch_queue, inbound, json, webfinger},
    network::{log, membership},
    search,
    text::{handle::Handle, html},
};
use serde_json::Value;
use std::borrow::Cow;

/// The account at `uri`: our copy, or fetched now. Never called inside a transaction.
pub async fn account(app: &App, uri: &str) -> Result<Account> {
    let mut tx = app.db.read().await?;
    if let Some(known) = queries::by_uri(&mut tx, uri).await? {
        return if known.is_gone() { Err(Error::Gone) } else { Ok(known) };
    }
    drop(tx);
    refresh(app, uri).await
}

/// The account behind a handle: our copy, or found through its server.
pub async fn by_handle(app: &App, handle: &Handle) -> Result<Account> {
    let mut tx = app.db.read().await?;
    let known = queries::by_handle(&mut tx, &handle.name().to_lowercase(), handle.host()).await?;
    drop(tx);
    match known {
        Some(account) if account.is_gone() => Err(Error::Gone),
        Some(account) => Ok(account),
        None if handle.host() == app.host() => Err(Error::NotFound),
        None => {
            let (uri, _) = webfinger::resolve(app, handle).await?;
            account(app, &uri).await
        }
    }
}

/// Fetches the actor document anew and writes it down. 410 and 404 of a known account are told by the error; the caller decides.
pub async fn refresh(app: &App, uri: &str) -> Result<Account> {
    if app.is_local(uri) {
        return Err(Error::NotFound);
    }
    read(app, &fetch::object(app, uri).await?).await
}

/// Writes an actor document down that was just fetched.
pub async fn read(app: &App, document: &Value) -> Result<Account> {
    let remote = confirmed(app, document).await?;
    let mut tx = app.db.begin().await?;
    let account = put(app, &mut tx, remote.account).await?;
    tx.commit().await?;
    Ok(account)
}

/// Reads an actor document whose name its own server confirms (`WebFinger` must loop back where there is one).
async fn confirmed(app: &App, document: &Value) -> Result<wire::RemoteActor> {
    let uri =
        json::id(&document["id"]).ok_or_else(|| Error::Malformed("actor without id".into()))?;
    let name = document["preferredUsername"].as_str().unwrap_or_else(|| last_segment(uri));
    let mut tx = app.db.read().await?;
    let known = queries::by_uri(&mut tx, uri).await?;
    drop(tx);
    let handle = match known {
        Some(known) => Handle::parse(&known.handle())?,
        None => match webfinger::confirm(app, uri, name).await? {
            Some(handle) => handle,
            None => unconfirmed(app, uri, name).await?,
        },
    };
    let peer = membership::now(app).await?.is_some_and(|us| us.peer_at(handle.host()).is_some());
    let document =
        if peer { details::wire::without_lines(document) } else { Cow::Borrowed(document) };
    wire::read_actor(&document, &handle, app.now())
}

/// The name of an actor that gives itself none: `emily` of `https://remote.example/users/emily`.
fn last_segment(uri: &str) -> &str {
    uri.trim_end_matches('/').rsplit('/').next().unwrap_or(uri)
}

/// Without `WebFinger` a name is as good as the host it is on, but it cannot be taken from another account.
async fn unconfirmed(app: &App, uri: &str, name: &str) -> Result<Handle> {
    let handle = webfinger::claimed(uri, name)?;
    let mut tx = app.db.read().await?;
    match queries::by_handle(&mut tx, &handle.name().to_lowercase(), handle.host()).await? {
        Some(_) => Err(Error::NotFound),
        None => Ok(handle),
    }
}

/// Writes a remote account down: new, or over the copy we had. Counters and our own marks stay.
pub async fn put(app: &App, tx: &mut Tx, mut fresh: Account) -> Result<Account> {
    if let Some(known) = queries::by_uri(tx, &fresh.uri).await? {
        if known.is_gone() {
            return Err(Error::Gone);
        }
        fresh.id = known.id;
        let key_changed = fresh.public_key != known.public_key;
        queries::update(tx, &fresh).await?;
        if key_changed {
            app.keys.remote.invalidate(&known.key_id);
        }
        search::index_account(tx, fresh.id, &fresh.searchable()).await?;
        return queries::by_id(tx, known.id).await;
    }
    if let Some(squatter) = queries::by_handle(tx, &fresh.name, &fresh.host).await? {
        // The server gave the name to a new actor: the old one is gone.
        queries::bury(tx, squatter.id, app.now()).await?;
        queries::rename_buried(tx, squatter.id).await?;
    }
    if !queries::insert(tx, &fresh).await? {
        // Another transaction of this moment wrote it first.
        let taken = || Error::Unavailable("the name was taken a moment ago".into());
        return queries::by_uri(tx, &fresh.uri).await?.ok_or_else(taken);
    }
    search::index_account(tx, fresh.id, &fresh.searchable()).await?;
    Ok(fresh)
}

/// A profile that its own node's log brings (`Update` of an actor by itself, with the whole document): the log is the truth, nothing is fetched.
/// `None` when the activity is something else.
pub async fn logged(
    app: &App,
    tx: &mut Tx,
    host: &str,
    activity: &Value,
) -> Result<Option<Account>> {
    let (actor, object) = (&activity["actor"], &activity["object"]);
    let about_itself = json::is(activity, "Update") && json::id(object) == json::id(actor);
    if !about_itself || !object["inbox"].is_string() {
        return Ok(None);
    }
    let uri = json::id(actor).unwrap_or_default();
    let name = object["preferredUsername"].as_str().unwrap_or_else(|| last_segment(uri));
    let handle = Handle::parse(&format!("{name}@{host}"))?;
    let object = details::wire::without_lines(object);
    let remote = wire::read_actor(&object, &handle, app.now())?;
    let account = put(app, tx, remote.account).await?;
    inbound::wake_waiting(tx, &account.uri, app.now()).await?;
    Ok(Some(account))
}

/// A member's profile as this node said it before it was restored from an old copy of its data. Keys and the account itself stay as they are.
pub async fn recalled(app: &App, tx: &mut Tx, member: &Account, document: &Value) -> Result<()> {
    let handle = Handle::parse(&member.handle())?;
    let document = details::wire::without_lines(document);
    let said = wire::read_actor(&document, &handle, app.now())?.account;
    let file = |url: String| app.own_file(&url).map_or_else(|| url.clone(), str::to_owned);
    let recalled = Account {
        bio_source: html::plain_text(&said.bio_html),
        display_name: said.display_name,
        bio_html: said.bio_html,
        fields: said.fields,
        avatar: said.avatar.map(file),
        header: said.header.map(file),
        locked: said.locked,
        discoverable: said.discoverable,
        indexable: said.indexable,
        also_known_as: said.also_known_as,
        moved_to: said.moved_to,
        suspended_at: said.suspended_at,
        ..member.clone()
    };
    queries::update(tx, &recalled).await?;
    if !queries::is_suspension_unsaid(tx, recalled.id).await? {
        // What an admin decided while the log was held stands: it is newer.
        let suspended = recalled.suspended_at.is_some();
        roles::admit(app, tx, recalled.id, !suspended).await?;
        queries::note_suspension_said(tx, recalled.id, suspended).await?;
    }
    search::index_account(tx, recalled.id, &recalled.searchable()).await
}

/// The `Profile` of an account by itself, from the log of its own `node`: it takes the place of what was told before. Returns whether it is the newest
/// that the log has; an older one is left alone. Our own member's comes back after a restore: what they told only this node stays as it is.
pub async fn described(
    app: &App,
    tx: &mut Tx,
    account: &Account,
    node: &str,
    activity: &Value,
) -> Result<bool> {
    let profile = details::wire::profile_id(account);
    let newest = log::newest_about(tx, node, &profile).await?;
    if newest.as_deref() != json::id(activity) {
        return Ok(false);
    }
    details::queries::delete_shared(tx, account.id).await?;
    for detail in details::wire::read(&activity["object"], account, app.now()) {
        details::queries::put(tx, account.id, &detail).await?;
    }
    Ok(true)
}

/// An `Update` of an actor by itself: the document is fetched again, because what stands at its address is the truth.
pub async fn updated(app: &App, tx: &mut Tx, actor: &Account) -> Result<()> {
    fetch_queue::want(app, tx, fetch_queue::Kind::Actor, &actor.uri).await
}
