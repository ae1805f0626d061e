//! The frame of every page: who reads it, in which language, on which node.
use super::{assets, flash::Flash};
use crate::{
    app::NodeProfile, clock::Timestamp, error::Error, ids::AccountId, roster::Membership,
    text::Lang,
};
use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use fluent_bundle::types::FluentNumber;
use jiff::tz::TimeZone;
use std::sync::Arc;

/// Where one signs in, joins and signs out.
pub const SIGN_IN: &str = "/login";
pub const SIGN_UP: &str = "/sign-up";
pub const SIGN_OUT: &str = "/logout";

/// What `web/layout.html` needs. A template embeds it as its field `page`; a handler gets it as an extractor (`accounts::page`).
#[derive(Clone, Debug)]
pub struct Page {
    pub lang: Lang,
    /// The signed-in member.
    pub me: Option<Me>,
    pub node: Arc<NodeProfile>,
    /// The network that the node is a member of.
    pub network: Option<Arc<Membership>>,
    /// `https://…` without a slash at the end.
    pub base_url: String,
    pub domain: String,
    pub now: Timestamp,
    pub zone: TimeZone,
    /// What was asked for, with its query.
    pub path: String,
    /// The place in the header that is marked: `talk`, `learn`, `meet` or nothing.
    pub place: &'static str,
    /// The page among those of its place, as the templates name it.
    pub here: &'static str,
    pub flash: Option<Flash>,
    /// People can ask to join.
    pub may_join: bool,
    /// Where the program's source lies.
    pub source_url: String,
}

/// The member who reads the page.
#[derive(Clone, Debug)]
pub struct Me {
    pub id: AccountId,
    pub name: String,
    pub shown_name: String,
    /// The address of the picture.
    pub avatar: String,
    pub csrf: String,
    pub may_administer: bool,
    pub default_audience: String,
    /// The node is in a network, so that posts for its members can be written.
    pub in_network: bool,
    /// Notifications and follow requests that wait.
    pub unread: i64,
    pub requests: i64,
}

impl Page {
    /// Marks where in the navigation the page stands.
    #[must_use]
    pub fn at(mut self, place: &'static str, here: &'static str) -> Self {
        self.place = place;
        self.here = here;
        self
    }

    /// A message in the reader's language.
    pub fn t<'k>(&self, key: &'k str) -> &'k str {
        self.lang.t(key)
    }

    /// A message with a number (`$count`).
    pub fn count(&self, key: &str, n: impl Into<FluentNumber>) -> String {
        self.lang.count(key, n)
    }

    /// A message with one argument.
    pub fn with(&self, key: &str, name: &str, value: impl AsRef<str>) -> String {
        self.lang.with(key, name, value)
    }

    pub fn date(&self, at: &Timestamp) -> String {
        self.lang.date(&at.zoned(&self.zone))
    }

    pub fn day(&self, at: &Timestamp) -> String {
        self.lang.day(&at.zoned(&self.zone))
    }

    /// The address of a file of `web/assets`.
    pub fn asset(&self, name: &str) -> &'static str {
        assets::address(name)
    }

    /// The token that forms carry; empty for visitors.
    pub fn csrf(&self) -> &str {
        self.me.as_ref().map_or("", |me| me.csrf.as_str())
    }

    pub fn is_me(&self, id: &AccountId) -> bool {
        self.me.as_ref().is_some_and(|me| me.id == *id)
    }

    /// The language of the other readers.
    pub fn other_lang(&self) -> Lang {
        match self.lang {
            Lang::Ja => Lang::En,
            Lang::En => Lang::Ja,
        }
    }

    pub fn sign_in(&self) -> &'static str {
        SIGN_IN
    }

    pub fn sign_up(&self) -> &'static str {
        SIGN_UP
    }

    pub fn sign_out(&self) -> &'static str {
        SIGN_OUT
    }
}

/// A rendered page.
pub struct Html<T>(pub T);

impl<T: Template> IntoResponse for Html<T> {
    fn into_response(self) -> Response {
        page(StatusCode::OK, &self.0)
    }
}

/// A page with a status of its own: a form that comes back with problems (422), an error.
pub fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => {
            let kind = HeaderValue::from_static("text/html; charset=utf-8");
            (status, [(header::CONTENT_TYPE, kind)], html).into_response()
        }
        Err(e) => Error::Internal(format!("template: {e}")).into_response(),
    }
}
