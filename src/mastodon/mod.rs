//! A first door for programs, in the shapes of Mastodon's client API: posting, reading, following with a member's token.
//!
//! Lives here: JSON in and out. Must not live here: rules; every call ends in the same action as the page's form.
pub mod accounts;
pub mod entities;
pub mod errors;
pub mod instance;
pub mod media;
pub mod notifications;
pub mod paging;
pub mod polls;
pub mod statuses;
pub mod timelines;
pub mod writing;

use crate::app::App;
use axum::{Router, middleware};

pub fn routes(app: &App) -> Router<App> {
    Router::new()
        .merge(accounts::routes())
        .merge(instance::routes())
        .merge(media::routes(app))
        .merge(notifications::routes())
        .merge(polls::routes())
        .merge(statuses::routes())
        .merge(timelines::routes())
        .merge(writing::routes())
        .layer(middleware::from_fn(errors::in_words))
}
