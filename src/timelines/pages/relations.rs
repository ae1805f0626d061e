//! Following, blocking, muting; requests to follow; following from elsewhere.
use super::{super::types::Pager, Listed, Person, Place, people};
use crate::{
    accounts::{
        actions::follow,
        page::by_acct,
        queries,
        session::SignedIn,
        types::{Account, FollowState, Mute},
    },
    app::App,
    error::{Error, Result},
    posts,
    web::{CheckedForm, Flash, Html, Page, SeeOther, csrf::NoFields},
};
use askama::Template;
use axum::{
    Router,
    extract::{FromRequest, FromRequestParts, Path, Query, Request, State},
    http::header,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use url::form_urlencoded;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/@{acct}/follow", post(async |b: Button| b.press(Verb::Follow).await))
        .route("/@{acct}/unfollow", post(async |b: Button| b.press(Verb::Unfollow).await))
        .route("/@{acct}/block", post(async |b: Button| b.press(Verb::Block).await))
        .route("/@{acct}/unblock", post(async |b: Button| b.press(Verb::Unblock).await))
        .route("/@{acct}/mute", post(async |b: Button| b.press(Verb::Mute).await))
        .route("/@{acct}/unmute", post(async |b: Button| b.press(Verb::Unmute).await))
        .route("/follow-requests", get(requests))
        .route(
            "/follow-requests/{acct}/accept",
            post(async |b: Button| b.press(Verb::Accept).await),
        )
        .route(
            "/follow-requests/{acct}/reject",
            post(async |b: Button| b.press(Verb::Reject).await),
        )
        .route("/authorize_interaction", get(interaction))
}

#[derive(Clone, Copy)]
enum Verb {
    Follow,
    Unfollow,
    Block,
    Unblock,
    Mute,
    Unmute,
    Accept,
    Reject,
}

/// A button beside somebody's name, pressed by a member.
struct Button {
    app: App,
    me: Account,
    acct: String,
    /// The page that the button stood on.
    back: Option<String>,
}

impl FromRequest<App> for Button {
    type Rejection = Error;
    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let (mut parts, body) = request.into_parts();
        let Path(acct): Path<String> = Path::from_request_parts(&mut parts, app)
            .await
            .map_err(|_not_an_address| Error::NotFound)?;
        let who = SignedIn::from_request_parts(&mut parts, app).await?;
        let referer = parts.headers.get(header::REFERER).and_then(|v| v.to_str().ok());
        let back = referer.and_then(|r| r.strip_prefix(app.base_url())).map(str::to_owned);
        let request = Request::from_parts(parts, body);
        let CheckedForm(NoFields {}) = CheckedForm::from_request(request, app).await?;
        Ok(Self { app: app.clone(), me: who.account, acct, back })
    }
}

impl Button {
    /// Does it, and goes back to where the button stood.
    async fn press(self, verb: Verb) -> Result<SeeOther> {
        let (app, me) = (&self.app, &self.me);
        let mut tx = app.db.begin().await?;
        let other = by_acct(app, &mut tx, &self.acct).await?;
        let said = match verb {
            Verb::Follow => match follow::follow(app, &mut tx, me, &other, None).await? {
                FollowState::Accepted => "flash-followed",
                FollowState::Pending => "flash-follow-asked",
            },
            Verb::Unfollow => {
                follow::unfollow(app, &mut tx, me, &other).await?;
                "flash-unfollowed"
            }
            Verb::Block => {
                follow::block(app, &mut tx, me, &other, None).await?;
                "flash-blocked"
            }
            Verb::Unblock => {
                follow::unblock(app, &mut tx, me, &other).await?;
                "flash-unblocked"
            }
            Verb::Mute => {
                follow::mute(app, &mut tx, me, &other, Mute::ENTIRELY).await?;
                "flash-muted"
            }
            Verb::Unmute => {
                queries::delete_mute(&mut tx, me.id, other.id).await?;
                "flash-unmuted"
            }
            Verb::Accept => {
                follow::accept(app, &mut tx, me, &other).await?;
                "flash-accepted"
            }
            Verb::Reject => {
                follow::reject(app, &mut tx, me, &other).await?;
                "flash-rejected"
            }
        };
        tx.commit().await?;
        let back = self.back.unwrap_or_else(|| other.path());
        Ok(SeeOther::to(back).saying(app, &Flash::new(said)))
    }
}

#[derive(Template)]
#[template(path = "timelines/requests.html")]
struct Requests {
    page: Page,
    people: Vec<Listed>,
    pager: Pager,
}

/// `GET /follow-requests`: who waits for a yes.
async fn requests(
    State(app): State<App>,
    who: SignedIn,
    page: Page,
    Query(place): Query<Place>,
) -> Result<Html<Requests>> {
    let part = place.part()?;
    let mut tx = app.db.read().await?;
    let state = FollowState::Pending;
    let found = queries::followers(&mut tx, who.account.id, state, part.before, part.limit).await?;
    let ids: Vec<i64> = found.iter().map(|l| l.cursor).collect();
    let accounts = found.into_iter().map(|l| l.account).collect();
    let people = people::listed(&mut tx, &page, accounts, true).await?;
    let pager = Pager::of("/follow-requests", &[], part, &ids);
    Ok(Html(Requests { page: page.at("meet", "requests"), people, pager }))
}

#[derive(Deserialize)]
struct Interaction {
    #[serde(default)]
    uri: String,
}

/// `GET /authorize_interaction?uri=…`: other servers send our members here to follow or answer somebody of theirs.
///
/// What we know is shown at once; else the member is asked whether to look it up, since a GET changes nothing.
async fn interaction(
    State(app): State<App>,
    _: SignedIn,
    Query(Interaction { uri }): Query<Interaction>,
) -> Result<Response> {
    let wanted = uri.strip_prefix("acct:").unwrap_or(&uri);
    let mut tx = app.db.read().await?;
    if let Some(account) = queries::by_address(&mut tx, wanted).await?.filter(|a| !a.is_gone()) {
        return Ok(Redirect::to(&account.path()).into_response());
    }
    if let Some(post) = posts::queries::by_address(&mut tx, wanted).await? {
        let author = queries::by_id(&mut tx, post.account_id).await?;
        return Ok(Redirect::to(&format!("{}/{}", author.path(), post.id)).into_response());
    }
    let query: String =
        form_urlencoded::Serializer::new(String::new()).append_pair("q", wanted).finish();
    Ok(Redirect::to(&format!("/search?{query}")).into_response())
}
