//! Editing with history, deleting, pinning.
use super::{
    super::{
        actions::{change, publish},
        article::Article,
        composer::{Composer, Purpose, Typed},
        queries,
        types::Media,
        view::PostView,
    },
    lost,
    pictures::{self, Pictures},
    shown,
    write::ComposePage,
};
use crate::{
    accounts::session::SignedIn,
    app::App,
    clock::Timestamp,
    error::{Error, Result},
    http::{address::ClientAddress, multipart},
    ids::PostId,
    web::{CheckedForm, Flash, Html, Page, SeeOther, csrf::NoFields, page::page, upload::Upload},
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};

pub(super) fn routes(app: &App) -> Router<App> {
    Router::new()
        .route(
            "/@{acct}/{id}/edit",
            get(edit_form).post(edit).layer(multipart::room_for(app, Media::MAX_PER_POST)),
        )
        .route("/@{acct}/{id}/history", get(history))
        .route("/@{acct}/{id}/delete", get(confirm_delete).post(delete))
        .route("/@{acct}/{id}/pin", post(pin))
        .route("/@{acct}/{id}/unpin", post(unpin))
}

/// Only the author; to everybody else there is no such page.
async fn own(app: &App, page: &Page, acct: &str, id: PostId) -> Result<PostView> {
    let mut tx = app.db.read().await?;
    let view = shown(app, &mut tx, page.me.as_ref(), acct, id).await?;
    if page.is_me(&view.author.id) { Ok(view) } else { Err(Error::NotFound) }
}

fn composer(app: &App, page: &Page, view: &PostView) -> Result<Composer> {
    let me = page.me.as_ref().ok_or(Error::Unauthenticated)?;
    let purpose = Purpose::Edit(view.post.id);
    Ok(Composer {
        text: view.post.source.clone(),
        warning: view.post.summary.clone(),
        pictures: view.media.clone(),
        ..Composer::new(me, purpose, &view.post.lang, app.config.max_post_chars).of_event(view)
    })
}

/// `GET /@name/ID/edit`.
async fn edit_form(
    State(app): State<App>,
    who: SignedIn,
    page: Page,
    Path((acct, id)): Path<(String, PostId)>,
    headers: HeaderMap,
) -> Result<Html<ComposePage>> {
    let view = own(&app, &page, &acct, id).await?;
    let mut composer = composer(&app, &page, &view)?;
    let mut tx = app.db.read().await?;
    if let Some(kept) =
        lost::find(&app, &mut tx, &who, &headers).await?.filter(|k| k.edit == Some(id))
    {
        composer.fill(&kept);
    }
    Ok(Html(ComposePage { page: page.at("talk", ""), composer, quoted: None, is_refused: false }))
}

/// `POST /@name/ID/edit`: a new version; the former one goes into the history.
async fn edit(
    State(app): State<App>,
    shown: Page,
    who: Result<SignedIn>,
    Path((acct, id)): Path<(String, PostId)>,
    headers: HeaderMap,
    address: ClientAddress,
    form: Upload,
) -> Result<Response> {
    let typed = Typed { edit: Some(id), ..Typed::read(&form) };
    let Ok(who) = who else {
        let form = format!("/@{acct}/{id}/edit");
        return lost::keep(&app, &typed, &form, &headers, address).await;
    };
    let view = own(&app, &shown, &acct, id).await?;
    let pictures = if form.is_fresh {
        pictures::take(&app, &who.account, &shown, &form).await?
    } else {
        Pictures { kept: view.media.clone(), ..Pictures::default() }
    };
    let problem = if !form.is_fresh {
        Some(Error::Forbidden("post-stale-form"))
    } else if pictures.problems.is_empty() {
        match save(&app, &who, &view, &typed, &pictures, &headers).await {
            Ok(jar) => {
                let draft = composer(&app, &shown, &view)?.draft;
                let flash = Flash { sent: Some(draft), ..Flash::new("flash-post-saved") };
                return Ok((jar, SeeOther::to(view.path()).saying(&app, &flash)).into_response());
            }
            Err(e @ (Error::Invalid(..) | Error::Forbidden(_))) => Some(e),
            Err(e) => return Err(e),
        }
    } else {
        None
    };
    let mut composer = composer(&app, &shown, &view)?;
    composer.fill(&typed);
    composer.pictures = pictures.kept;
    composer.picture_problems = pictures.problems;
    if let Some(problem) = problem {
        composer.refuse(&shown, problem)?;
    }
    let answer =
        ComposePage { page: shown.at("talk", ""), composer, quoted: None, is_refused: true };
    Ok(page(StatusCode::UNPROCESSABLE_ENTITY, &answer))
}

async fn save(
    app: &App,
    who: &SignedIn,
    view: &PostView,
    typed: &Typed,
    pictures: &Pictures,
    headers: &HeaderMap,
) -> Result<axum_extra::extract::CookieJar> {
    let kept = pictures.kept.iter();
    let edit = change::Edit {
        text: typed.text.clone(),
        summary: typed.warning.clone(),
        // The page has no field for it.
        sensitive: view.post.sensitive && view.post.summary.is_empty(),
        lang: typed.language.clone(),
        media: kept.map(|m| (m.id, m.description.clone(), m.focus_x, m.focus_y)).collect(),
        event: typed.event()?,
    };
    let named = publish::resolve_mentions(app, &edit.text).await;
    let mut tx = app.db.begin().await?;
    change::edit(app, &mut tx, &who.account, view.post.id, edit, &named).await?;
    let jar = lost::forget(app, &mut tx, headers).await?;
    tx.commit().await?;
    Ok(jar)
}

/// One version of a text.
struct Version {
    html: String,
    warning: String,
    written_at: Timestamp,
}

#[derive(Template)]
#[template(path = "posts/history.html")]
struct History {
    page: Page,
    v: PostView,
    /// Newest first; the present one is not among them.
    former: Vec<Version>,
}

/// `GET /@name/ID/history`: every version, newest first.
async fn history(
    State(app): State<App>,
    page: Page,
    Path((acct, id)): Path<(String, PostId)>,
) -> Result<Html<History>> {
    let mut tx = app.db.read().await?;
    let v = shown(&app, &mut tx, page.me.as_ref(), &acct, id).await?;
    let mut former: Vec<Version> = queries::edits(&mut tx, id)
        .await?
        .into_iter()
        .map(|(html, warning, written_at)| Version { html, warning, written_at })
        .collect();
    former.reverse();
    Ok(Html(History { page: page.at("talk", ""), v, former }))
}

#[derive(Template)]
#[template(path = "posts/delete.html")]
struct ConfirmDelete {
    page: Page,
    v: PostView,
}

/// `GET /@name/ID/delete`: asks first.
async fn confirm_delete(
    State(app): State<App>,
    _: SignedIn,
    page: Page,
    Path((acct, id)): Path<(String, PostId)>,
) -> Result<Html<ConfirmDelete>> {
    let v = own(&app, &page, &acct, id).await?;
    Ok(Html(ConfirmDelete { page: page.at("talk", ""), v }))
}

async fn delete(
    State(app): State<App>,
    who: SignedIn,
    Path((_, id)): Path<(String, PostId)>,
    CheckedForm(NoFields {}): CheckedForm<NoFields>,
) -> Result<SeeOther> {
    let mut tx = app.db.begin().await?;
    change::delete(&app, &mut tx, &who.account, id).await?;
    tx.commit().await?;
    Ok(SeeOther::to("/home").saying(&app, &Flash::new("flash-post-deleted")))
}

async fn pin(
    State(app): State<App>,
    who: SignedIn,
    Path((_, id)): Path<(String, PostId)>,
    CheckedForm(NoFields {}): CheckedForm<NoFields>,
) -> Result<SeeOther> {
    set_pin(&app, &who, id, true).await
}

async fn unpin(
    State(app): State<App>,
    who: SignedIn,
    Path((_, id)): Path<(String, PostId)>,
    CheckedForm(NoFields {}): CheckedForm<NoFields>,
) -> Result<SeeOther> {
    set_pin(&app, &who, id, false).await
}

async fn set_pin(app: &App, who: &SignedIn, id: PostId, pinned: bool) -> Result<SeeOther> {
    let mut tx = app.db.begin().await?;
    change::pin(app, &mut tx, &who.account, id, pinned).await?;
    tx.commit().await?;
    let flash = Flash::new(if pinned { "flash-pinned" } else { "flash-unpinned" });
    Ok(SeeOther::to(who.account.path()).saying(app, &flash))
}
