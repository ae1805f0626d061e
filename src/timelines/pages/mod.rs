//! Pages that show many posts or people: timelines, threads, profiles, notifications, search.
mod events;
mod front;
mod lists;
mod network;
mod notifications;
mod people;
mod profile;
mod relations;
mod search;
mod thread;

use crate::{
    accounts::types::{Account, Relationship},
    app::App,
    db::Page as Part,
    error::Result,
    text::html,
    web::Page,
};
use askama::Template;
use axum::Router;
use serde::Deserialize;

pub use front::PRIVACY;

pub fn routes() -> Router<App> {
    Router::new()
        .merge(front::routes())
        .merge(lists::routes())
        .merge(events::routes())
        .merge(network::routes())
        .merge(thread::routes())
        .merge(profile::routes())
        .merge(people::routes())
        .merge(relations::routes())
        .merge(search::routes())
        .merge(notifications::routes())
}

/// Which part of a list: `?before=ID`.
#[derive(Deserialize)]
struct Place {
    before: Option<String>,
}

impl Place {
    fn part(&self) -> Result<Part> {
        Part::parse(self.before.as_deref())
    }
}

/// Somebody in a list.
#[derive(Template)]
#[template(path = "timelines/person.html")]
struct Person<'a> {
    page: &'a Page,
    one: &'a Listed,
}

/// An account with what its reader can do with it.
struct Listed {
    account: Account,
    relation: Relationship,
    /// It asks to follow the reader.
    asks: bool,
}

impl<'a> Person<'a> {
    fn new(page: &'a Page, one: &'a Listed) -> Self {
        Self { page, one }
    }

    fn bio(&self) -> String {
        html::one_line(&html::plain_text(&self.one.account.bio_html), 120)
    }
}
