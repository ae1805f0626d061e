//! Fetching documents from other servers: signed by the instance actor, bounded, and only where we may go.
#![expect(clippy::indexing_slicing, reason = "a missing key of a JSON value reads as null")]
use crate::{
    app::App,
    error::{Error, Result},
    federation::{context, hosts, json, signer},
    ids::AccountId,
    outbound,
    signatures::signature::{self, Outgoing, Scheme},
};
use axum::http::{HeaderMap, Method, StatusCode, header};
use futures::StreamExt;
use serde_json::Value;
use url::Url;

/// Bodies longer than this are refused.
pub const MAX_BODY: usize = 1 << 20;
const MAX_REDIRECTS: usize = 3;

/// The account that signs all fetches; the same on every node.
pub const INSTANCE_ACTOR: AccountId = AccountId(1);

/// Fetches the `ActivityPub` document whose `id` is `uri`.
///
/// The document must call itself by the address it was fetched from; one hop to another `id` on the same host is allowed (a web address was
/// given). A host to which another one redirects speaks for itself alone. Errors: `Gone` for 410 and for a `Tombstone`, `NotFound` for 404,
/// `Unavailable` when it may work later, `Malformed` when it never will.
pub async fn object(app: &App, uri: &str) -> Result<Value> {
    let document = at_its_id(app, uri).await?;
    if json::is(&document, "Tombstone") { Err(Error::Gone) } else { Ok(document) }
}

async fn at_its_id(app: &App, uri: &str) -> Result<Value> {
    let (document, at) = activity_json(app, uri).await?;
    let Some(id) = document["id"].as_str() else {
        return Err(Error::Malformed("document without id".into()));
    };
    if !outbound::same_host(id, &at) {
        return Err(Error::Malformed("document's id is on another host".into()));
    }
    if outbound::same_address(id, &at) || outbound::same_address(id, uri) {
        return Ok(document);
    }
    let (again, at) = activity_json(app, id).await?;
    if again["id"].as_str().is_some_and(|id| outbound::same_address(id, &at)) {
        Ok(again)
    } else {
        Err(Error::Malformed("document does not stand at its id".into()))
    }
}

/// Fetches a collection or page; it need not name itself by the address it was asked at.
pub async fn collection(app: &App, uri: &str) -> Result<Value> {
    Ok(activity_json(app, uri).await?.0)
}

async fn activity_json(app: &App, uri: &str) -> Result<(Value, String)> {
    let fetched = get(app, uri, context::ACCEPT).await?;
    if !is_activity_json(&fetched.content_type) {
        if let Some(alternate) = fetched.alternate {
            let again = get(app, &alternate, context::ACCEPT).await?;
            if is_activity_json(&again.content_type) {
                return Ok((json::parse(&again.body)?, again.url));
            }
        }
        return Err(Error::Malformed(format!(
            "not an ActivityPub document: {}",
            fetched.content_type
        )));
    }
    Ok((json::parse(&fetched.body)?, fetched.url))
}

/// `application/activity+json`, or `application/ld+json` with the profile; anything else could be a file that a member uploaded.
fn is_activity_json(content_type: &str) -> bool {
    let lower = content_type.to_lowercase();
    let mut parts = lower.split(';').map(str::trim);
    match parts.next() {
        Some("application/activity+json") => true,
        Some("application/ld+json") => parts.any(|p| {
            p.starts_with("profile=") && p.contains("https://www.w3.org/ns/activitystreams")
        }),
        _ => false,
    }
}

/// What came back from a GET.
pub struct Fetched {
    pub url: String,
    pub content_type: String,
    pub body: Vec<u8>,
    /// The `ActivityPub` address that a web page names in its `Link` header.
    pub alternate: Option<String>,
}

/// A signed GET of a document or page.
pub async fn get(app: &App, uri: &str, accept: &str) -> Result<Fetched> {
    file(app, uri, accept, MAX_BODY).await
}

/// A signed GET of at most `limit` bytes that follows up to 3 redirects, each checked.
pub async fn file(app: &App, uri: &str, accept: &str, limit: usize) -> Result<Fetched> {
    let mut url = app.reach.check(uri)?;
    for _ in 0..=MAX_REDIRECTS {
        if app.is_local(url.as_str()) {
            return Err(Error::NotFound);
        }
        hosts::refuse_blocked(app, url.as_str()).await?;
        let response = send(app, &url, accept).await?;
        if response.status().is_redirection() {
            let location = response.headers().get(header::LOCATION).and_then(|v| v.to_str().ok());
            let next = location.and_then(|l| url.join(l).ok());
            let next =
                next.ok_or_else(|| Error::Malformed("redirect without an address".into()))?;
            url = app.reach.check(next.as_str())?;
            continue;
        }
        return read(url, response, limit).await;
    }
    Err(Error::Malformed("too many redirects".into()))
}

/// Signs cavage first; a server that answers 401 gets the same request signed by RFC 9421.
async fn send(app: &App, url: &Url, accept: &str) -> Result<reqwest::Response> {
    let signer = signer::of(app, INSTANCE_ACTOR).await?;
    for scheme in [Scheme::Cavage, Scheme::Rfc9421] {
        let outgoing = Outgoing { method: &Method::GET, url, body: None, extra: &[] };
        let headers = signature::sign(scheme, &signer.signing, &outgoing, app.now().system_time())
            .map_err(|e| Error::Internal(e.to_string()))?;
        let request = app.http.get(url.clone()).headers(headers).header(header::ACCEPT, accept);
        let response = request.send().await.map_err(|e| unreachable_host(&e))?;
        if response.status() != StatusCode::UNAUTHORIZED || scheme == Scheme::Rfc9421 {
            return Ok(response);
        }
    }
    Err(Error::Unavailable("not reached".into()))
}

/// Nobody answered, with all the reasons that the client gives.
pub fn unreachable_host(error: &reqwest::Error) -> Error {
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        words = format!("{words}: {inner}");
        source = inner.source();
    }
    Error::Unavailable(words)
}

async fn read(url: Url, response: reqwest::Response, limit: usize) -> Result<Fetched> {
    let status = response.status();
    match status {
        StatusCode::GONE => return Err(Error::Gone),
        StatusCode::NOT_FOUND => return Err(Error::NotFound),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            return Err(Error::Forbidden("error-remote-refused"));
        }
        s if s.is_success() => {}
        s if s.is_server_error() || matches!(s.as_u16(), 408 | 429) => {
            return Err(Error::Unavailable(format!("{url} answered {status}")));
        }
        _ => return Err(Error::Malformed(format!("{url} answered {status}"))),
    }
    let content_type = text_header(response.headers(), header::CONTENT_TYPE.as_str());
    let alternate = alternate(response.headers());
    let mut body = Vec::new();
    let mut stream = response.bytes_stream();
    while let Some(chunk) = stream.next().await {
        body.extend_from_slice(&chunk.map_err(|e| unreachable_host(&e))?);
        if body.len() > limit {
            return Err(Error::Malformed(format!("answer longer than {limit} bytes")));
        }
    }
    let alternate = alternate.or_else(|| link_in_page(&content_type, &body));
    Ok(Fetched { url: url.to_string(), content_type, body, alternate })
}

fn text_header(headers: &HeaderMap, name: &str) -> String {
    headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned()
}

/// `Link: <…>; rel="alternate"; type="application/activity+json"`.
fn alternate(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::LINK)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .find(|l| l.contains("alternate") && l.contains(context::ACTIVITY_JSON))
        .and_then(|l| Some(l.split_once('<')?.1.split_once('>')?.0.to_owned()))
}

/// `<link rel="alternate" type="application/activity+json" href="…">` in a web page, so that its address can be pasted into search.
fn link_in_page(content_type: &str, body: &[u8]) -> Option<String> {
    if !content_type.starts_with("text/html") {
        return None;
    }
    let page = String::from_utf8_lossy(body);
    let tag = page
        .split("<link ")
        .skip(1)
        .filter_map(|t| t.split('>').next())
        .find(|t| t.contains("alternate") && t.contains(context::ACTIVITY_JSON))?;
    let href = tag.split_once("href=\"")?.1.split('"').next()?;
    Some(href.replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_activitypub_media_types_are_taken_for_documents() {
        for good in [
            "application/activity+json",
            "application/activity+json; charset=utf-8",
            r#"application/ld+json; profile="https://www.w3.org/ns/activitystreams"; charset=utf-8"#,
        ] {
            assert!(is_activity_json(good), "{good}");
        }
        for bad in ["application/json", "application/ld+json", "text/html", "", "image/png"] {
            assert!(!is_activity_json(bad), "{bad}");
        }
    }
}
