//! Writing a post: new, in answer, around a quote, or an event.
use super::{
    super::{
        actions::publish,
        composer::{Composer, ComposerForm, Purpose, Typed},
        queries,
        types::{Draft, Media, NewPoll, Post},
        view,
    },
    lost,
    pictures::{self, Pictures},
};
use crate::{
    accounts::session::SignedIn,
    app::App,
    clock::SECOND,
    db::Tx,
    error::{Error, Result},
    http::{address::ClientAddress, multipart},
    ids::PostId,
    web::{Flash, Html, Me, Page, SeeOther, page::page, upload::Upload},
};
use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

pub(super) fn routes(app: &App) -> Router<App> {
    Router::new()
        .route("/compose", get(compose))
        .route("/events/new", get(open_event))
        .route("/posts", post(create).layer(multipart::room_for(app, Media::MAX_PER_POST)))
}

#[derive(Template)]
#[template(path = "posts/compose.html")]
pub(super) struct ComposePage {
    pub page: Page,
    pub composer: Composer,
    pub quoted: Option<view::PostView>,
    pub is_refused: bool,
}

impl ComposePage {
    fn title(&self) -> &str {
        self.page.t(match self.composer.purpose {
            _ if self.is_refused => "compose-refused-title",
            Purpose::Event => "event-open-title",
            Purpose::Edit(_) if self.composer.event.is_some() => "event-edit-title",
            _ => "compose-title",
        })
    }
}

#[derive(Deserialize)]
struct Wanted {
    reply: Option<PostId>,
    quote: Option<PostId>,
    text: Option<String>,
}

/// `GET /compose`: an empty form, one for an answer (`reply`) or a quote (`quote`), or what was written when the session had ended.
async fn compose(
    State(app): State<App>,
    who: SignedIn,
    page: Page,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
) -> Result<Html<ComposePage>> {
    let page = page.at("talk", "");
    let mut tx = app.db.read().await?;
    let kept = lost::find(&app, &mut tx, &who, &headers).await?;
    let typed = Typed { in_reply_to: wanted.reply, quote: wanted.quote, ..Typed::default() };
    // Who asks for something else gets that.
    let asked = typed.purpose();
    let fits = |k: &Typed| asked == Purpose::New || k.purpose() == asked;
    let kept = kept.filter(|k| wanted.text.is_none() && k.edit.is_none() && k.event.is_none());
    let kept = kept.filter(fits);
    let purpose = kept.as_ref().unwrap_or(&typed).purpose();
    let mut composer = prepare(&app, &mut tx, &page, purpose).await?;
    match kept {
        Some(kept) => composer.fill(&kept),
        None => composer.text.push_str(&wanted.text.unwrap_or_default()),
    }
    let quoted = quoted(&mut tx, &who, purpose).await?;
    Ok(Html(ComposePage { page, composer, quoted, is_refused: false }))
}

#[derive(Deserialize)]
struct Former {
    from: Option<PostId>,
}

/// `GET /events/new`: an empty form, one like an event of one's own (`from`), or what was written when the session had ended.
async fn open_event(
    State(app): State<App>,
    who: SignedIn,
    page: Page,
    Query(Former { from }): Query<Former>,
    headers: HeaderMap,
) -> Result<Html<ComposePage>> {
    let page = page.at("learn", "");
    let mut tx = app.db.read().await?;
    let mut composer = prepare(&app, &mut tx, &page, Purpose::Event).await?;
    if let Some(id) = from {
        let former = view::post(&mut tx, Some(who.account.id), id).await?;
        if former.post.account_id != who.account.id || former.event.is_none() {
            return Err(Error::NotFound);
        }
        composer = composer.repeating(&former);
    }
    let kept = lost::find(&app, &mut tx, &who, &headers).await?;
    if let Some(kept) = kept.filter(|k| k.purpose() == Purpose::Event) {
        composer.fill(&kept);
    }
    Ok(Html(ComposePage { page, composer, quoted: None, is_refused: false }))
}

/// An empty form for a purpose; the post it answers or quotes must be readable.
pub(super) async fn prepare(
    app: &App,
    tx: &mut Tx,
    page: &Page,
    purpose: Purpose,
) -> Result<Composer> {
    let me = page.me.as_ref().ok_or(Error::Unauthenticated)?;
    let composer = Composer::new(me, purpose, page.lang.code(), app.config.max_post_chars);
    if purpose == Purpose::Event {
        return Ok(composer.opening(page.zone.iana_name()));
    }
    let (Purpose::Reply(id) | Purpose::Quote(id)) = purpose else { return Ok(composer) };
    let other = view::post(tx, Some(me.id), id).await?;
    Ok(match purpose {
        Purpose::Reply(_) => composer.answering(me, &other),
        _ => Composer { other: other.author.shown_name().to_owned(), ..composer },
    })
}

async fn quoted(tx: &mut Tx, who: &SignedIn, purpose: Purpose) -> Result<Option<view::PostView>> {
    let (Purpose::Quote(id) | Purpose::Reply(id)) = purpose else { return Ok(None) };
    match view::post(tx, Some(who.account.id), id).await {
        Ok(view) => Ok(Some(view)),
        Err(Error::NotFound) => Ok(None),
        Err(e) => Err(e),
    }
}

/// `POST /posts`: publishes, or comes back with the text, the pictures and what is wrong.
async fn create(
    State(app): State<App>,
    page: Page,
    who: Result<SignedIn>,
    headers: HeaderMap,
    address: ClientAddress,
    form: Upload,
) -> Result<Response> {
    let typed = Typed::read(&form);
    let is_event = typed.purpose() == Purpose::Event;
    let page = if is_event { page.at("learn", "") } else { page.at("talk", "") };
    let form_at = if is_event { "/events/new" } else { "/compose" };
    let Ok(who) = who else {
        return lost::keep(&app, &typed, form_at, &headers, address).await;
    };
    if !form.is_fresh {
        let stale = Some(Error::Forbidden("post-stale-form"));
        return refused(&app, &who, page, &typed, Pictures::default(), stale).await;
    }
    if let Err(problem) = app.limits.post(who.account.id) {
        return refused(&app, &who, page, &typed, Pictures::default(), Some(problem)).await;
    }
    let pictures = pictures::take(&app, &who.account, &page, &form).await?;
    if !pictures.problems.is_empty() {
        let text = text_problem(&app, &who, &typed, &pictures);
        return refused(&app, &who, page, &typed, pictures, text).await;
    }
    match publish(&app, &who, &typed, &pictures, &headers).await {
        Ok((post, jar)) => {
            let me = page.me.as_ref().ok_or(Error::Unauthenticated)?;
            Ok((jar, published(&app, me, &typed, &post)).into_response())
        }
        Err(problem @ (Error::Invalid(..) | Error::Forbidden(_))) => {
            refused(&app, &who, page, &typed, pictures, Some(problem)).await
        }
        Err(e) => Err(e),
    }
}

/// What is wrong besides the pictures, so that everything is said at once. That there is no text may be because of a missing picture.
fn text_problem(app: &App, who: &SignedIn, typed: &Typed, pictures: &Pictures) -> Option<Error> {
    let checked = draft(typed, pictures, who).and_then(|d| d.check(app.config.max_post_chars));
    checked.err().filter(|_| typed.event.is_some() || !typed.text.trim().is_empty())
}

async fn publish(
    app: &App,
    who: &SignedIn,
    typed: &Typed,
    pictures: &Pictures,
    headers: &HeaderMap,
) -> Result<(Post, CookieJar)> {
    let draft = draft(typed, pictures, who)?;
    draft.check(app.config.max_post_chars)?;
    let named = publish::resolve_mentions(app, &draft.text).await;
    let mut tx = app.db.begin().await?;
    if let Some(id) = queries::idempotent(&mut tx, who.account.id, &typed.key).await? {
        // The form was sent twice.
        let post = queries::by_id(&mut tx, id).await?;
        return Ok((post, CookieJar::new()));
    }
    pictures::describe(&mut tx, &who.account, &pictures.kept).await?;
    let post = publish::publish(app, &mut tx, &who.account, draft, &named).await?;
    if !typed.key.is_empty() {
        let (member, now) = (who.account.id, app.now());
        let first = queries::put_idempotent(&mut tx, member, &typed.key, post.id, now).await?;
        if first != post.id {
            // It was sent twice at the same moment.
            tx.rollback().await?;
            let post = queries::by_id(&mut app.db.read().await?, first).await?;
            return Ok((post, CookieJar::new()));
        }
    }
    let jar = lost::forget(app, &mut tx, headers).await?;
    tx.commit().await?;
    Ok((post, jar))
}

fn draft(typed: &Typed, pictures: &Pictures, who: &SignedIn) -> Result<Draft> {
    let written = typed.options.iter().any(|o| !o.trim().is_empty());
    let poll = if written {
        Some(NewPoll::parse(&typed.options, typed.multiple, typed.ends.saturating_mul(SECOND))?)
    } else {
        None
    };
    let audience = super::super::types::Audience::from_word(&typed.audience)
        .ok_or_else(|| Error::Malformed("no such audience".into()))?;
    Ok(Draft {
        event: typed.event()?,
        text: typed.text.clone(),
        audience,
        summary: typed.warning.clone(),
        sensitive: false,
        lang: if typed.language.is_empty() {
            who.member.lang.code().to_owned()
        } else {
            typed.language.clone()
        },
        media: pictures.kept.iter().map(|m| m.id).collect(),
        in_reply_to: typed.in_reply_to,
        quote: typed.quote,
        quote_policy: typed.quote_policy(),
        poll,
    })
}

/// A new post leads home; an answer to where it stands in its thread, and an event to its page.
fn published(app: &App, me: &Me, typed: &Typed, post: &Post) -> SeeOther {
    let path = format!("/@{}/{}", me.name, post.id);
    let done = Composer::new(me, typed.purpose(), "", 0).draft;
    let mut flash = Flash { sent: Some(done), ..Flash::new("flash-posted") };
    if typed.event.is_some() {
        flash.key = "flash-event-opened".into();
        return SeeOther::to(path).saying(app, &flash);
    }
    if typed.in_reply_to.is_some() {
        return SeeOther::to(format!("{path}#p{}", post.id)).saying(app, &flash);
    }
    flash.link = Some(path);
    SeeOther::to("/home").saying(app, &flash)
}

async fn refused(
    app: &App,
    who: &SignedIn,
    shown: Page,
    typed: &Typed,
    pictures: Pictures,
    problem: Option<Error>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let me = shown.me.as_ref().ok_or(Error::Unauthenticated)?;
    let mut composer = match prepare(app, &mut tx, &shown, typed.purpose()).await {
        Ok(composer) => composer,
        // What it answered was deleted in the meantime; the text is still worth keeping.
        Err(Error::NotFound) => {
            Composer::new(me, Purpose::New, shown.lang.code(), app.config.max_post_chars)
        }
        Err(e) => return Err(e),
    };
    composer.fill(typed);
    composer.pictures = pictures.kept;
    composer.picture_problems = pictures.problems;
    if let Some(problem) = problem {
        composer.refuse(&shown, problem)?;
    }
    let quoted = quoted(&mut tx, who, typed.purpose()).await?;
    let answer = ComposePage { page: shown, composer, quoted, is_refused: true };
    Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &answer))
}
