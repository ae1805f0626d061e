//! A post in its conversation.
use super::super::reading::{self, Conversation};
use crate::{
    accounts::page::by_acct,
    app::App,
    error::{Error, Result},
    http::negotiate,
    ids::PostId,
    network::{
        peers::{self, Away},
        sync,
    },
    posts::{
        article::Article,
        composer::{Composer, ComposerForm, Purpose},
    },
    remote,
    text::html,
    web::{Html, Page},
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;
use std::collections::HashSet;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/@{acct}/{id}", get(thread))
}

/// Deeper answers are no longer indented, and say whom they answer instead.
const DEEPEST: usize = 3;

#[derive(Template)]
#[template(path = "timelines/thread.html")]
struct Thread {
    page: Page,
    talk: Conversation,
    people: usize,
    title: String,
    excerpt: String,
    /// What search engines read of an event.
    schema: Option<String>,
    picture: Option<String>,
    is_hidden: bool,
    /// Other sites may show it: it is ours, and visitors read it.
    is_embeddable: bool,
    /// What it answers has not arrived.
    misses_parent: bool,
    composer: Option<Composer>,
    /// How many peers have a copy, and of how many; shown to its author.
    copies: Option<(usize, usize)>,
    /// Its author's node is down.
    away: Option<Away>,
}

#[derive(Deserialize)]
struct Place {
    /// The answer behind which the page begins, in a thread of hundreds.
    after: Option<PostId>,
}

/// `GET /@name/ID`, `GET /@name@host/ID`: the thread around a post. A server that asks is led to the document.
async fn thread(
    State(app): State<App>,
    page: Page,
    Path((acct, id)): Path<(String, PostId)>,
    Query(Place { after }): Query<Place>,
    headers: HeaderMap,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let viewer = page.me.as_ref().map(|me| me.id);
    let talk = reading::conversation(&mut tx, viewer, id, after).await?;
    let author = by_acct(&app, &mut tx, &acct).await?;
    if talk.post.author.id != author.id {
        return Err(Error::NotFound);
    }
    if negotiate::wants_activity_json(&headers) {
        return Ok(Redirect::temporary(&talk.post.post.uri).into_response());
    }
    let first = talk.before.first().unwrap_or(&talk.post);
    let people: HashSet<_> = talk.after.iter().map(|(_, v)| v.author.id).collect();
    let composer = page.me.as_ref().map(|me| {
        let purpose = Purpose::Reply(id);
        Composer::new(me, purpose, page.lang.code(), app.config.max_post_chars)
            .answering(me, &talk.post)
    });
    let post = &talk.post.post;
    let text = html::plain_text(&post.content_html);
    let event = talk.post.event.as_ref();
    let words = match event {
        Some(e) => format!("{} {} {text}", e.times(&page), e.event.place),
        None if post.summary.is_empty() => text.clone(),
        None => post.summary.clone(),
    };
    let schema = event.map(|e| talk.post.told(&e.event, &text, 0).schema_org().to_string());
    let picture = talk.post.pictures().first().filter(|_| !talk.post.is_folded()).map(|m| {
        if m.is_local() { format!("{}{}", app.base_url(), m.address()) } else { m.address() }
    });
    let thread = Thread {
        people: people.len(),
        title: match event {
            Some(_) => talk.post.event_name(&page).to_owned(),
            None => page.with("thread-title", "name", talk.post.author.shown_name()),
        },
        // Nothing in it ends the element that it stands in.
        schema: schema.map(|s| s.replace('<', "\\u003c")),
        excerpt: html::one_line(&words, 200),
        picture,
        is_embeddable: post.local && post.audience.is_open(),
        is_hidden: !post.local || !author.indexable || !post.audience.is_open(),
        misses_parent: first.post.in_reply_to_uri.is_some() && first.post.in_reply_to_id.is_none(),
        composer,
        copies: match &page.me {
            Some(me) if me.id == author.id => sync::copies(&app, &mut tx, &post.uri).await?,
            _ => None,
        },
        away: peers::away(&app, &mut tx, &author.host).await?,
        page: page.at(if event.is_some() { "learn" } else { "talk" }, "thread"),
        talk,
    };
    drop(tx);
    if thread.page.me.is_some() {
        remote::look_for_replies(&app, &thread.talk.post.post).await?;
    }
    Ok(Html(thread).into_response())
}

/// How far a reply is indented; deeper ones stay at the last step.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
fn indent(depth: &usize) -> usize {
    (*depth).min(DEEPEST)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
fn is_too_deep(depth: &usize) -> bool {
    *depth > DEEPEST
}

/// `3/5`
#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates pass references")]
fn fraction(have: &usize, all: &usize) -> String {
    format!("{have}/{all}")
}
