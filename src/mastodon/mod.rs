//! A first door for programs, in the shapes of Mastodon's client API: posting, reading, following with a member's token.
//!
//! Lives here: JSON in and out. Must not live here: rules; every call ends in the same action as the page's form.
pub mod accounts;
pub mod cards;
pub mod conversations;
pub mod details;
pub mod discover;
pub mod domain_blocks;
pub mod entities;
pub mod errors;
pub mod events;
pub mod filters;
pub mod instance;
pub mod lists;
pub mod markers;
pub mod media;
pub mod notifications;
pub mod oembed;
pub mod paging;
pub mod people;
pub mod polls;
pub mod profile;
pub mod push;
pub mod relationships;
pub mod reports;
pub mod statuses;
pub mod streaming;
pub mod tags;
pub mod texts;
pub mod timelines;
pub mod writing;

use crate::{app::App, http::api::Api};
use axum::middleware;

pub fn routes(app: &App) -> Api {
    Api::new()
        .merge(accounts::routes())
        .merge(conversations::routes())
        .merge(details::routes())
        .merge(discover::routes())
        .merge(domain_blocks::routes())
        .merge(events::routes())
        .merge(filters::routes())
        .merge(instance::routes())
        .merge(lists::routes())
        .merge(markers::routes())
        .merge(media::routes(app))
        .merge(notifications::routes())
        .merge(oembed::routes())
        .merge(people::routes())
        .merge(polls::routes())
        .merge(profile::routes(app))
        .merge(push::routes())
        .merge(relationships::routes())
        .merge(reports::routes())
        .merge(statuses::routes())
        .merge(streaming::routes())
        .merge(tags::routes())
        .merge(texts::routes())
        .merge(timelines::routes())
        .merge(writing::routes())
        .wrap(|served| served.layer(middleware::from_fn(errors::in_words)))
}
