//! Pages of those who look after the node: its name, sign-ups, members, other servers, the network, reports.
//!
//! Lives here: forms and what they call. Must not live here: the rules (`accounts`, `federation`, `network`).
mod hosts;
mod members;
mod network;
mod node_settings;
mod reports;
mod sign_ups;

use crate::{
    accounts::session::SignedIn,
    app::App,
    error::{Error, Result},
};
use axum::{Router, extract::FromRequestParts, http::request::Parts};

pub fn routes() -> Router<App> {
    Router::new()
        .merge(node_settings::routes())
        .merge(sign_ups::routes())
        .merge(members::routes())
        .merge(hosts::routes())
        .merge(network::routes())
        .merge(reports::routes())
}

/// An admin or owner; others are refused.
struct Admin(SignedIn);

impl FromRequestParts<App> for Admin {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let who = SignedIn::from_request_parts(parts, app).await?;
        who.require_admin()?;
        Ok(Self(who))
    }
}
