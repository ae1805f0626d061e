//! OAuth 2 for programs: they register, a member allows them something, and they get a token.
//!
//! Lives here: registration, the page that asks the member, grants, revoking, sign-up by a program. Must not live here: what a token opens
//! (`scopes`), whose request it is (`accounts::session`).
//!
//! RFC 6749 (the code and the client's own grant), RFC 7636 (PKCE, S256 only), RFC 7009 (revoking), RFC 8414 (the server's description), in the
//! shapes of Mastodon: <https://docs.joinmastodon.org/methods/oauth/>.
pub mod types;
pub mod clients;
pub mod grants;
mod answers;
mod authorize;
mod confirmations;
mod description;
mod registration;
mod sign_up;
mod token;

use crate::{app::App, http::api::Api};
use axum::Router;

/// For programs of any origin.
pub fn routes() -> Api {
    Api::new()
        .merge(registration::routes())
        .merge(token::routes())
        .merge(sign_up::routes())
        .merge(confirmations::routes())
}

/// What programs read before they begin.
pub fn documents() -> Router<App> {
    description::routes()
}

/// For the member's browser.
pub fn pages() -> Router<App> {
    authorize::routes()
}
