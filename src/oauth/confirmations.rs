//! `/api/v1/emails`: a program asks for the mail that confirms an address once more, and whether the address is confirmed.
//! <https://docs.joinmastodon.org/methods/emails/>
use crate::{
    accounts::{
        actions::sign_up::{self, Application},
        queries,
        session::{Refused, ShownToken},
    },
    app::App,
    error::Error,
    http::{
        address::ClientAddress,
        api::{Api, get_with, post_with},
        described::{Empty, gives},
        fields::Fields,
    },
    mail::EmailAddress,
};
use axum::{Json, extract::State};
use schemars::JsonSchema;
use serde::Deserialize;

pub(super) fn routes() -> Api {
    Api::new()
        .route("/api/v1/emails/confirmations", post_with(again, gives::<Empty>))
        .route("/api/v1/emails/check_confirmation", get_with(check, gives::<bool>))
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Address {
    /// The right one, if the first was not.
    email: Option<String>,
}

/// The mail again, with a new code; the application stays the same, but for its address.
async fn again(
    State(app): State<App>,
    address: ClientAddress,
    ShownToken(hash): ShownToken,
    Fields(Address { email }): Fields<Address>,
) -> Result<Json<Empty>, Refused> {
    app.limits.sign_up(&address.key())?;
    let Standing::Unconfirmed(application) = standing(&app, &hash).await? else {
        return Err(Error::Forbidden("email-confirmed").into());
    };
    let application = match email {
        Some(email) => application.at(&EmailAddress::parse(&email)?),
        None => *application,
    };
    sign_up::begin(&app, &application, &address.key()).await?;
    Ok(Json(Empty {}))
}

async fn check(
    State(app): State<App>,
    ShownToken(hash): ShownToken,
) -> Result<Json<bool>, Refused> {
    Ok(Json(matches!(standing(&app, &hash).await?, Standing::Confirmed)))
}

enum Standing {
    Confirmed,
    Unconfirmed(Box<Application>),
}

/// How far somebody is who was given this token (by its hash) when they signed up. Nobody else's opens anything here.
async fn standing(app: &App, hash: &str) -> Result<Standing, Refused> {
    let mut tx = app.db.read().await?;
    if queries::holder_by_token(&mut tx, hash).await?.is_some() {
        return Ok(Standing::Confirmed);
    }
    if queries::app_token(&mut tx, hash).await?.is_some() {
        return Err(Refused::NoMember);
    }
    let application = sign_up::promised(app, &mut tx, hash).await?.ok_or(Refused::Token)?;
    Ok(Standing::Unconfirmed(Box::new(application)))
}
