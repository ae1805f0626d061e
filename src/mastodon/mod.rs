//! A first door for programs, in the shapes of Mastodon's client API: posting, reading, following with a member's token.
//!
//! Lives here: JSON in and out. Must not live here: rules; every call ends in the same action as the page's form.
pub mod accounts;
pub mod entities;
pub mod statuses;
pub mod timelines;

use crate::app::App;
use axum::Router;

pub fn routes() -> Router<App> {
    Router::new().merge(accounts::routes()).merge(statuses::routes()).merge(timelines::routes())
}
