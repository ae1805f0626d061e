//! Fills the frame of pages with who reads them, and lets readers choose their language.
use super::{
    queries,
    session::{SignedIn, Visitor},
    types::Account,
};
use crate::{
    app::App,
    config::Signup,
    db::Tx,
    error::{Error, Result},
    feeds::notifications,
    media::MediaStore,
    network::membership,
    node,
    text::{Handle, Lang},
    web::{Flash, Me, Page, SeeOther, assets, csrf, error_page::wanted},
};
use axum::{
    Router,
    extract::{Form, FromRequestParts, OriginalUri, State},
    http::request::Parts,
    response::IntoResponse,
    routing::post,
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use serde::Deserialize;
use std::hash::{DefaultHasher, Hash, Hasher};

impl Account {
    /// The address of the picture on this node.
    pub fn avatar_url(&self) -> String {
        self.picture(self.avatar.as_deref(), "avatars", "avatar.svg")
    }

    pub fn header_url(&self) -> String {
        self.picture(self.header.as_deref(), "headers", "header.svg")
    }

    /// A local file by its media name, a remote one by our copy (`copies`), whose address changes when the remote one does.
    fn picture(&self, picture: Option<&str>, copies: &str, ours: &str) -> String {
        match picture {
            None => assets::address(ours).to_owned(),
            Some(name) if self.local => MediaStore::web_path(name),
            Some(address) => {
                let mut version = DefaultHasher::new();
                address.hash(&mut version);
                format!("/copies/{copies}/{}?v={:x}", self.id, version.finish())
            }
        }
    }
}

/// The account of an address: `name` of this node, or `name@host` that we have a copy of.
pub async fn by_acct(app: &App, tx: &mut Tx, acct: &str) -> Result<Account> {
    let (name, host) = if acct.contains('@') {
        let handle = Handle::parse(acct).map_err(|_not_a_handle| Error::NotFound)?;
        (handle.name().to_lowercase(), handle.host().to_owned())
    } else {
        (acct.to_lowercase(), app.host().to_owned())
    };
    queries::by_handle(tx, &name, &host).await?.ok_or(Error::NotFound)
}

impl FromRequestParts<App> for Page {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        let me = match &visitor.who {
            Some(who) => Some(me(app, who).await?),
            None => None,
        };
        let asked = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |uri| &uri.0);
        let path = wanted(&parts.method, asked, &parts.headers, app.base_url());
        let node = node::profile(app).await?;
        let network = membership::now(app).await?;
        Ok(Self {
            lang: visitor.lang,
            me,
            may_join: node.is_set_up && app.config.signup != Signup::Closed,
            node,
            network,
            source_url: app.config.source_url.clone(),
            base_url: app.base_url().to_owned(),
            domain: app.host().to_owned(),
            now: app.now(),
            zone: app.config.timezone.0.clone(),
            path,
            place: "",
            here: "",
            flash: Flash::read(&parts.headers),
        })
    }
}

async fn me(app: &App, who: &SignedIn) -> Result<Me> {
    let mut tx = app.db.read().await?;
    Ok(Me {
        id: who.account.id,
        name: who.account.name.clone(),
        shown_name: who.account.shown_name().to_owned(),
        avatar: who.account.avatar_url(),
        csrf: who.csrf().to_owned(),
        may_administer: who.member.role.may_administer(),
        default_audience: who.member.default_audience.clone(),
        in_network: membership::current(app, &mut tx).await?.is_some(),
        unread: notifications::unread(&mut tx, who.account.id).await?,
        requests: queries::count_follow_requests(&mut tx, who.account.id).await?,
    })
}

impl FromRequestParts<App> for csrf::Token {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        Ok(Self(visitor.who.map(|who| who.csrf().to_owned())))
    }
}

pub fn routes() -> Router<App> {
    Router::new().route("/language", post(choose_language))
}

#[derive(Deserialize)]
struct Choice {
    lang: Lang,
    #[serde(default)]
    next: String,
}

/// `POST /language`: a visitor's choice is kept in a cookie, a member's also with the account.
async fn choose_language(
    State(app): State<App>,
    visitor: Visitor,
    Form(choice): Form<Choice>,
) -> Result<impl IntoResponse> {
    if let Some(who) = &visitor.who {
        let mut tx = app.db.begin().await?;
        let audience = &who.member.default_audience;
        queries::set_preferences(&mut tx, who.account.id, choice.lang, audience).await?;
        tx.commit().await?;
    }
    let cookie = Cookie::build(("lang", choice.lang.code()))
        .path("/")
        .http_only(true)
        .secure(app.config.domain.scheme() == "https")
        .same_site(SameSite::Lax)
        .permanent()
        .build();
    Ok((CookieJar::new().add(cookie), SeeOther::to(choice.next)))
}
