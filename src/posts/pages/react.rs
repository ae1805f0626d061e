//! Likes, boosts, bookmarks, votes: buttons below a post.
use super::{
    super::{
        actions::{react, vote},
        article::Article,
        types::Post,
    },
    readable, shown,
};
use crate::{
    accounts::session::SignedIn,
    app::App,
    db::Tx,
    error::{Error, Result},
    ids::PostId,
    web::{CheckedForm, Flash, Html, Page, SeeOther, csrf::NoFields},
};
use axum::{
    Router,
    extract::{FromRequestParts, Path, Request, State},
    http::{header, request::Parts},
    response::{IntoResponse, Response},
    routing::post,
};
use serde::Deserialize;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/@{acct}/{id}/like", post(async |r: Button| r.press(Verb::Like).await))
        .route("/@{acct}/{id}/unlike", post(async |r: Button| r.press(Verb::Unlike).await))
        .route("/@{acct}/{id}/boost", post(async |r: Button| r.press(Verb::Boost).await))
        .route("/@{acct}/{id}/unboost", post(async |r: Button| r.press(Verb::Unboost).await))
        .route("/@{acct}/{id}/bookmark", post(async |r: Button| r.press(Verb::Bookmark).await))
        .route("/@{acct}/{id}/unbookmark", post(async |r: Button| r.press(Verb::Unbookmark).await))
        .route("/@{acct}/{id}/vote", post(answer_poll))
}

#[derive(Clone, Copy)]
enum Verb {
    Like,
    Unlike,
    Boost,
    Unboost,
    Bookmark,
    Unbookmark,
}

/// A button of a post, pressed by a member.
struct Button {
    app: App,
    who: SignedIn,
    page: Page,
    at: At,
}

/// Which post, and what the answer should be.
pub(super) struct At {
    pub acct: String,
    pub id: PostId,
    /// The page that the button stood on.
    back: Option<String>,
    /// A script sent it and wants the post alone.
    pub is_swap: bool,
}

impl FromRequestParts<App> for At {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let Path((acct, id)): Path<(String, PostId)> =
            Path::from_request_parts(parts, app)
                .await
                .map_err(|_not_an_address| Error::NotFound)?;
        let header = |name: &str| parts.headers.get(name).and_then(|v| v.to_str().ok());
        let referer = header(header::REFERER.as_str());
        let back = referer.and_then(|r| r.strip_prefix(app.base_url())).map(str::to_owned);
        Ok(Self { acct, id, back, is_swap: header("sec-fetch-dest") == Some("empty") })
    }
}

impl axum::extract::FromRequest<App> for Button {
    type Rejection = Error;
    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let (mut parts, body) = request.into_parts();
        let at = At::from_request_parts(&mut parts, app).await?;
        let who = SignedIn::from_request_parts(&mut parts, app).await?;
        let page = Page::from_request_parts(&mut parts, app).await?;
        let request = Request::from_parts(parts, body);
        let CheckedForm(NoFields {}) = CheckedForm::from_request(request, app).await?;
        Ok(Self { app: app.clone(), who, page, at })
    }
}

impl Button {
    /// Does it; pressing twice changes nothing more.
    async fn press(self, verb: Verb) -> Result<Response> {
        let (app, by) = (&self.app, &self.who.account);
        let mut tx = app.db.begin().await?;
        let post = readable(app, &mut tx, by.id.0, &self.at.acct, self.at.id).await?;
        match verb {
            Verb::Like => react::like(app, &mut tx, by, &post, None, "").await?,
            Verb::Unlike => react::unlike(app, &mut tx, by, &post, "").await?,
            Verb::Boost => {
                react::boost(app, &mut tx, by, &post, None).await?;
            }
            Verb::Unboost => react::unboost(app, &mut tx, by, &post).await?,
            Verb::Bookmark => react::bookmark(app, &mut tx, by, &post, true).await?,
            Verb::Unbookmark => react::bookmark(app, &mut tx, by, &post, false).await?,
        }
        answered(app, tx, &self.page, &self.at, None).await
    }
}

#[derive(Deserialize)]
struct Ballot {
    #[serde(default)]
    choice: Vec<i64>,
}

/// `POST …/vote`: one ballot each.
async fn answer_poll(
    State(app): State<App>,
    who: SignedIn,
    page: Page,
    at: At,
    CheckedForm(ballot): CheckedForm<Ballot>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let post: Post = readable(&app, &mut tx, who.account.id.0, &at.acct, at.id).await?;
    match vote::vote(&app, &mut tx, &who.account, &post, &ballot.choice).await {
        Ok(()) => {}
        // No choice, or a poll that ended while it was looked at: back to the post, which shows how it stands.
        Err(Error::Invalid(..)) => {
            return answered(&app, tx, &page, &at, Some("flash-vote-failed")).await;
        }
        Err(e) => return Err(e),
    }
    answered(&app, tx, &page, &at, None).await
}

/// The post alone for a script; else back to the page that the button stood on.
pub(super) async fn answered(
    app: &App,
    tx: Tx,
    page: &Page,
    at: &At,
    failed: Option<&'static str>,
) -> Result<Response> {
    tx.commit().await?;
    if at.is_swap {
        if failed.is_some() {
            return Err(Error::invalid("poll-choice"));
        }
        let mut tx = app.db.read().await?;
        let view = shown(app, &mut tx, page.me.as_ref(), &at.acct, at.id).await?;
        return Ok(Html(Article::new(page, &view)).into_response());
    }
    let own = format!("/@{}/{}", at.acct, at.id);
    let back = at.back.clone().unwrap_or(own);
    let see = SeeOther::to(format!("{back}#p{}", at.id));
    Ok(match failed {
        Some(key) => see.saying(app, &Flash::new(key)).into_response(),
        None => see.into_response(),
    })
}
