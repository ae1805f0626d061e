//! Editing and deleting posts, and pinning them to a profile.
#![expect(clippy::indexing_slicing, reason = "a missing key of a JSON value reads as null")]
use super::super::{
    queries::{self, Counter},
    types::{Audience, Media, Mention, Post, check_lang, check_text},
    wire,
};
use super::{
    attend,
    publish::{may_be_named, name_further, put_tags, render, searchable, send, whole},
};
use crate::{
    accounts::{self, types::Account, wire::activity},
    app::App,
    db::Tx,
    error::{Error, Result},
    events::{self, types::NewEvent},
    federation::{
        delivery,
        outbox::{Patience, Saying},
    },
    feeds::{
        everyone, home,
        live::{self, Told},
        notifications,
    },
    ids::{MediaId, PostId},
    network::{
        membership,
        say::{Hearing, say, unsay},
    },
    search,
    text::html,
};
use serde_json::json;
use std::collections::HashMap;

/// What an edit can change.
pub struct Edit {
    pub text: String,
    pub summary: String,
    pub sensitive: bool,
    pub lang: String,
    /// The pictures that stay, in order, with their descriptions and focal points.
    pub media: Vec<(MediaId, String, f64, f64)>,
    /// For an event: when and where now. Nothing: as before.
    pub event: Option<NewEvent>,
}

/// Replaces a member's own post by a new version; the former one stays readable in the history.
pub async fn edit(
    app: &App,
    tx: &mut Tx,
    author: &Account,
    id: PostId,
    edit: Edit,
    named: &HashMap<String, Account>,
) -> Result<Post> {
    let mut post = own(tx, author, id).await?;
    check_text(&edit.text, &edit.summary, app.config.max_post_chars)?;
    if !edit.lang.is_empty() {
        check_lang(&edit.lang)?;
    }
    let known = events::queries::lock(tx, id).await?;
    if edit.text.trim().is_empty() && edit.media.is_empty() && known.is_none() {
        return Err(Error::invalid("post-empty"));
    }
    if known.is_some() && !edit.summary.trim().is_empty() {
        return Err(Error::invalid("event-no-warning"));
    }
    if edit.media.len() > Media::MAX_PER_POST {
        return Err(Error::Invalid("post-too-many-media", Media::MAX_PER_POST));
    }
    let now = app.now();
    let version = queries::count_edits(tx, id).await?;
    queries::insert_edit(tx, &post, version, post.edited_at.unwrap_or(post.published_at)).await?;
    let quoted = match post.quote_id {
        Some(quoted) => queries::by_id(tx, quoted).await.ok(),
        None => None,
    };
    post.content_html = render(app, &edit.text, named, quoted.as_ref());
    post.source = edit.text;
    if let (Some(known), Some(event)) = (&known, &edit.event) {
        post.title.clone_from(&event.name);
        attend::change(app, tx, &post, known, event).await?;
    }
    post.summary = html::one_line(&edit.summary, super::super::types::Draft::MAX_SUMMARY);
    post.sensitive = edit.sensitive || !post.summary.is_empty();
    post.lang = edit.lang;
    // Two edits in one millisecond would be one for other servers.
    post.edited_at = Some(post.edited_at.map_or(now, |last| now.max(last.plus(1))));
    post.refreshed_at = now;
    queries::update(tx, &post).await?;
    replace_media(tx, author, &post, &edit.media).await?;
    let us = membership::current(app, tx).await?;
    let may = |a: &&Account| may_be_named(us.as_deref(), post.audience, a);
    let named = named.values().filter(may).cloned();
    let named = named.map(|account| Mention { account, silent: false }).collect();
    name_further(app, tx, &post, named).await?;
    queries::clear_tags(tx, post.id).await?;
    let tags = put_tags(tx, &post).await?;
    search::reindex_post(tx, post.id, &searchable(&post, &tags)).await?;
    live::tell(app, tx, &[Told::Edited(post.id)]).await?;
    let whole = whole(tx, post, author.clone()).await?;
    if whole.post.audience.leaves_the_node() {
        let document = wire::update(app, &whole, whole.post.edited_at.unwrap_or(now));
        send(app, tx, &whole, document, Patience::Usual).await?;
    }
    Ok(whole.post)
}

async fn replace_media(
    tx: &mut Tx,
    author: &Account,
    post: &Post,
    media: &[(MediaId, String, f64, f64)],
) -> Result<()> {
    let kept: Vec<MediaId> = media.iter().map(|(id, ..)| *id).collect();
    for old in queries::media_of(tx, &[post.id]).await? {
        if !kept.contains(&old.id) {
            queries::detach_media(tx, old.id).await?;
        }
    }
    for (position, (id, text, x, y)) in (0_i64..).zip(media) {
        if !queries::attach_media(tx, *id, author.id, post.id, position).await? {
            return Err(Error::invalid("post-media-unknown"));
        }
        describe(tx, author, *id, text, *x, *y).await?;
    }
    Ok(())
}

/// Sets the alternative text (at most 1,500 characters) and focal point of one's own picture.
pub async fn describe(
    tx: &mut Tx,
    author: &Account,
    id: MediaId,
    text: &str,
    x: f64,
    y: f64,
) -> Result<()> {
    let media = queries::media_by_id(tx, id).await?;
    if media.account_id != author.id {
        return Err(Error::NotFound);
    }
    if text.chars().count() > Media::MAX_DESCRIPTION {
        return Err(Error::Invalid("media-description-too-long", Media::MAX_DESCRIPTION));
    }
    queries::describe_media(tx, id, text, x.clamp(-1.0, 1.0), y.clamp(-1.0, 1.0)).await
}

/// A post of one's own; until the transaction ends nobody else changes or deletes it.
pub(super) async fn own(tx: &mut Tx, author: &Account, id: PostId) -> Result<Post> {
    queries::hold_own(tx, author.id, id).await?.ok_or(Error::NotFound)
}

/// Deletes a member's own post and tells everybody who may hold a copy. Errors: `event-has-guests`, who hear of it only when it is cancelled first.
pub async fn delete(app: &App, tx: &mut Tx, author: &Account, id: PostId) -> Result<()> {
    let post = own(tx, author, id).await?;
    let whole = whole(tx, post, author.clone()).await?;
    if whole.event.as_ref().is_some_and(|e| e.attending > 0 && e.takes_rsvps(app.now())) {
        return Err(Error::invalid("event-has-guests"));
    }
    if whole.post.audience.leaves_the_node() {
        let document = wire::delete(&whole.post, author);
        let uri = document["id"].as_str().unwrap_or_default().to_owned();
        delivery::forget_dead(tx, author.id, &whole.post.uri).await?;
        send(app, tx, &whole, document, Patience::Long).await?;
        unsay(app, tx, &uri, &whole.post.uri, false).await?;
    }
    remove(app, tx, &whole.post).await
}

/// Removes a post, local or remote, with all that hangs on it. What was deleted stays deleted.
pub async fn remove(app: &App, tx: &mut Tx, post: &Post) -> Result<()> {
    let now = app.now();
    queries::put_tombstone(tx, &post.uri, now).await?;
    if post.is_gone() {
        return Ok(());
    }
    super::announce::withdraw(app, tx, post).await?;
    home::remove(tx, post.id.0).await?;
    everyone::remove(tx, post.id).await?;
    notifications::remove_post(tx, post.id).await?;
    search::forget_post(tx, post.id).await?;
    queries::bury(tx, post.id, now).await?;
    live::tell(app, tx, &[Told::Deleted(post.id)]).await?;
    queries::count_posts(tx, &[(post.account_id, -1, now)]).await?;
    if let Some(parent) = post.in_reply_to_id {
        queries::count(tx, parent, Counter::Replies, -1).await?;
    }
    Ok(())
}

/// Posts pinned to a profile.
pub const MOST_PINS: usize = 5;

/// Pins an open post of one's own to the profile, or takes it down; followers' servers are told.
pub async fn pin(app: &App, tx: &mut Tx, author: &Account, id: PostId, pinned: bool) -> Result<()> {
    let post = own(tx, author, id).await?;
    if pinned {
        if !matches!(post.audience, Audience::Public | Audience::Unlisted) {
            return Err(Error::Forbidden("pin-not-open"));
        }
        let already = queries::pinned(tx, author.id).await?;
        if already.iter().any(|p| p.id == id) {
            return Ok(());
        }
        if already.len() >= MOST_PINS {
            return Err(Error::Invalid("pin-too-many", MOST_PINS));
        }
        queries::put_pin(tx, author.id, id, app.next_id()).await?;
    } else if queries::delete_pin(tx, author.id, id).await? == 0 {
        return Ok(());
    }
    let kind = if pinned { "Add" } else { "Remove" };
    let uri = format!("{}#pins/{}", author.uri, app.next_id());
    let mut document = activity(kind, &uri, &author.uri, &json!(post.uri));
    document["target"] = json!(author.featured_uri);
    let inboxes = accounts::queries::follower_inboxes(tx, author.id).await?;
    let saying = Saying::new(author.id, &uri, &document, &post.uri);
    say(app, tx, &saying, Hearing::Public, inboxes).await
}
