//! Pages of lists for programs: which part is asked for, and the addresses of its neighbours in the header `Link`.
//! <https://docs.joinmastodon.org/api/guidelines/#pagination>
use crate::{
    app::App,
    db::Page,
    error::{Error, Result},
    http::{described, fields::Asked},
    ids::PostId,
};
use aide::{OperationInput, generate::GenContext, openapi::Operation};
use axum::{
    Json,
    extract::{FromRequestParts, OriginalUri},
    http::{HeaderValue, Uri, header, request::Parts},
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The part of a list that a request asks for.
pub struct Paged {
    asked: Paging,
    uri: Uri,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Paging {
    /// Older than this.
    #[schemars(with = "Option<PostId>")]
    max_id: Option<i64>,
    /// Newer than this: the newest of them.
    #[schemars(with = "Option<PostId>")]
    since_id: Option<i64>,
    /// Newer than this: those right above it.
    #[schemars(with = "Option<PostId>")]
    min_id: Option<i64>,
    limit: Option<i64>,
}

impl OperationInput for Paged {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        described::asks::<Paging>(context, operation);
    }
}

impl FromRequestParts<App> for Paged {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let Asked(asked) = Asked::from_request_parts(parts, app).await?;
        Ok(Self { asked, uri: uri(parts, app).await? })
    }
}

impl Paged {
    /// A page of statuses: 20 of them, at most 40.
    pub fn statuses(&self) -> Page {
        self.page(20, 40)
    }

    /// A page of accounts or notifications: 40 of them, at most 80.
    pub fn accounts(&self) -> Page {
        self.page(40, 80)
    }

    /// `usual` items where the request names no limit; no more than `most`.
    pub fn page(&self, usual: i64, most: i64) -> Page {
        let Paging { max_id, since_id, min_id, limit } = self.asked;
        Page {
            before: max_id.unwrap_or(i64::MAX),
            after: min_id.or(since_id).unwrap_or(0),
            limit: limit.unwrap_or(usual).clamp(1, most),
            from_below: min_id.is_some(),
        }
    }

    /// The items of `page`, with links to its neighbours. `cursors` are the ids that the list is paged by, newest first, of all that was read;
    /// where they do not fill the page there is nothing older, so that a program stops asking.
    pub fn answer<T: Serialize>(
        &self,
        app: &App,
        page: Page,
        cursors: &[i64],
        items: T,
    ) -> Response {
        let mut links = Vec::new();
        let at = |name, id: &i64| address(app, &self.uri, name, &id.to_string());
        let is_full = i64::try_from(cursors.len()).is_ok_and(|n| n >= page.limit);
        if let Some(oldest) = cursors.last().filter(|_| is_full || page.from_below) {
            links.push(format!(r#"<{}>; rel="next""#, at("max_id", oldest)));
        }
        if let Some(newest) = cursors.first() {
            links.push(format!(r#"<{}>; rel="prev""#, at("min_id", newest)));
        }
        linked(items, &links)
    }
}

/// The address of a request with another place to begin.
fn address(app: &App, uri: &Uri, name: &str, place: &str) -> String {
    let query = uri.query().unwrap_or_default().as_bytes();
    let others = url::form_urlencoded::parse(query).filter(|(name, _)| {
        !matches!(name.as_ref(), "max_id" | "since_id" | "min_id" | "after" | "access_token")
    });
    let mut out = url::form_urlencoded::Serializer::new(String::new());
    out.extend_pairs(others).append_pair(name, place);
    format!("{}?{}", app.url(uri.path()), out.finish())
}

/// The part of a list that a request asks for where the list has an order of its own, and is read from its beginning to its end.
pub struct Onward {
    asked: Following,
    uri: Uri,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Following {
    /// From the `Link` of the page before.
    after: Option<String>,
    /// 20 where nothing is said; at most 40.
    limit: Option<i64>,
}

impl OperationInput for Onward {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        described::asks::<Following>(context, operation);
    }
}

impl FromRequestParts<App> for Onward {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let Asked(asked) = Asked::from_request_parts(parts, app).await?;
        Ok(Self { asked, uri: uri(parts, app).await? })
    }
}

impl Onward {
    pub fn limit(&self) -> i64 {
        self.asked.limit.unwrap_or(20).clamp(1, 40)
    }

    /// Where the page before ended, as `read` reads it.
    pub fn after<T>(&self, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
        let after = self.asked.after.as_deref().filter(|after| !after.is_empty());
        let place = after.map(|after| {
            read(after).ok_or_else(|| Error::Malformed("after: not from a Link".into()))
        });
        place.transpose()
    }

    /// The items of a page of which `places` were read, with a link to what is behind the last; none where they do not fill the page.
    pub fn answer<T: Serialize>(&self, app: &App, places: &[impl ToString], items: T) -> Response {
        let is_full = i64::try_from(places.len()).is_ok_and(|n| n >= self.limit());
        let last = places.last().filter(|_| is_full).map(ToString::to_string);
        let link = last.map(|place| address(app, &self.uri, "after", &place));
        linked(items, link.map(|link| format!(r#"<{link}>; rel="next""#)).as_slice())
    }
}

async fn uri(parts: &mut Parts, app: &App) -> Result<Uri> {
    let OriginalUri(uri) = OriginalUri::from_request_parts(parts, app)
        .await
        .map_err(|never| Error::Internal(never.to_string()))?;
    Ok(uri)
}

fn linked<T: Serialize>(items: T, links: &[String]) -> Response {
    let mut response = Json(items).into_response();
    if let Ok(value) = HeaderValue::from_str(&links.join(", "))
        && !links.is_empty()
    {
        response.headers_mut().insert(header::LINK, value);
    }
    response
}
