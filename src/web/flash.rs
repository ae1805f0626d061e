//! What a form's answer says on the page that follows it.
use crate::app::App;
use axum::{
    http::{HeaderMap, header},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use url::form_urlencoded;

const COOKIE: &str = "flash";
const PREFIX: &str = "flash-";

/// A message for the next page, kept by the browser until that was shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flash {
    /// A message key that begins with `flash-`; one ending in `-failed` is shown as a warning.
    pub key: String,
    /// A page of ours to look at.
    pub link: Option<String>,
    /// The key of the browser's draft that is done with (`data-sent`).
    pub sent: Option<String>,
}

impl Flash {
    pub fn new(key: &'static str) -> Self {
        Self { key: key.to_owned(), ..Self::default() }
    }

    pub fn is_bad(&self) -> bool {
        self.key.ends_with("-failed")
    }

    /// The message that the browser brought back. Only what we could have written ourselves is read.
    pub fn read(headers: &HeaderMap) -> Option<Self> {
        let jar = CookieJar::from_headers(headers);
        let mut flash = Self::default();
        for (name, value) in form_urlencoded::parse(jar.get(COOKIE)?.value().as_bytes()) {
            match name.as_ref() {
                "key" => flash.key = value.into_owned(),
                "link" => flash.link = Some(value.into_owned()).filter(|l| is_own_path(l)),
                "sent" => flash.sent = Some(value.into_owned()),
                _ => {}
            }
        }
        let plain = |c: char| c.is_ascii_lowercase() || c == '-';
        (flash.key.starts_with(PREFIX) && flash.key.chars().all(plain)).then_some(flash)
    }

    fn cookie(&self, app: &App) -> String {
        let mut value = form_urlencoded::Serializer::new(String::new());
        value.append_pair("key", &self.key);
        if let Some(link) = &self.link {
            value.append_pair("link", link);
        }
        if let Some(sent) = &self.sent {
            value.append_pair("sent", sent);
        }
        let mut cookie = cookie(value.finish());
        cookie.set_secure(app.config.domain.scheme() == "https");
        cookie.to_string()
    }

    /// Makes the browser forget it once it was shown.
    pub fn forget() -> String {
        let mut cookie = cookie(String::new());
        cookie.make_removal();
        cookie.to_string()
    }
}

fn cookie(value: String) -> Cookie<'static> {
    Cookie::build((COOKIE, value)).path("/").http_only(true).same_site(SameSite::Lax).build()
}

/// True for a path on this node, so that no link and no redirect leads elsewhere.
pub fn is_own_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains(['\\', '\r', '\n', '\t', '\0'])
}

/// `303 See Other`, perhaps with a message for the next page.
pub struct SeeOther {
    to: String,
    cookie: Option<String>,
}

impl SeeOther {
    /// A path of ours; anything else leads to the front page.
    pub fn to(path: impl Into<String>) -> Self {
        let path = path.into();
        Self { to: if is_own_path(&path) { path } else { "/".into() }, cookie: None }
    }

    #[must_use]
    pub fn saying(mut self, app: &App, flash: &Flash) -> Self {
        self.cookie = Some(flash.cookie(app));
        self
    }
}

impl IntoResponse for SeeOther {
    fn into_response(self) -> Response {
        let cookie = self.cookie.map(|c| (header::SET_COOKIE, c));
        (AppendHeaders(cookie), Redirect::to(&self.to)).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn read(cookie: &str) -> Option<Flash> {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_str(cookie).unwrap());
        Flash::read(&headers)
    }

    #[test]
    fn a_message_comes_back_with_its_link() {
        let flash = read("flash=key=flash-posted&link=%2F%40hana%2F1&sent=hana%3Anew").unwrap();
        assert_eq!(flash.link.as_deref(), Some("/@hana/1"));
        assert_eq!(flash.sent.as_deref(), Some("hana:new"));
    }

    #[test]
    fn a_cookie_that_somebody_else_wrote_says_nothing_and_leads_nowhere() {
        assert_eq!(read("flash=key=Send+us+your+password"), None);
        assert_eq!(read("flash=key=flash-%3Cb%3E"), None);
        let flash = read("flash=key=flash-posted&link=https%3A%2F%2Fevil.example").unwrap();
        assert_eq!(flash.link, None);
    }

    #[test]
    fn redirects_stay_on_this_node() {
        for path in ["https://evil.example", "//evil.example", "/\\evil.example", "", "home"] {
            assert_eq!(SeeOther::to(path).to, "/", "{path}");
        }
        assert_eq!(SeeOther::to("/home?before=1").to, "/home?before=1");
    }
}
