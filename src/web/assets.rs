//! Style, script and drawings, embedded in the program.
use crate::{app::App, error::Error, ids};
use axum::{
    Router,
    extract::{Path, RawQuery},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::RustEmbed;
use std::{collections::HashMap, sync::LazyLock};

#[derive(RustEmbed)]
#[folder = "src/web/assets"]
struct Assets;

/// Each file's address with the hash of its content, so that a browser may keep it for ever.
static ADDRESSES: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let address = |name: &str| Some(format!("/assets/{name}?v={}", version(name)?));
    Assets::iter().filter_map(|name| Some((name.to_string(), address(&name)?))).collect()
});

fn version(name: &str) -> Option<String> {
    let file = Assets::get(name)?;
    Some(ids::sha256_hex(&file.data).chars().take(12).collect())
}

/// The address of an asset.
pub fn address(name: &str) -> &'static str {
    ADDRESSES.get(name).map_or("", String::as_str)
}

pub fn routes() -> Router<App> {
    Router::new().route("/assets/{name}", get(asset))
}

/// `GET /assets/{name}`: with the right version for ever, without one for a day.
async fn asset(
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let Some(file) = Assets::get(&name) else { return Error::NotFound.into_response() };
    let version = version(&name).unwrap_or_default();
    let tag = format!("\"{version}\"");
    let cache = if query.is_some_and(|q| q == format!("v={version}")) {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=86400"
    };
    let caching = [(header::CACHE_CONTROL, cache.to_owned()), (header::ETAG, tag.clone())];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, caching).into_response();
    }
    let kind = file.metadata.mimetype().to_owned();
    (caching, [(header::CONTENT_TYPE, kind)], file.data).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_carries_the_hash_of_the_content() {
        let style = address("style.css");
        assert!(style.starts_with("/assets/style.css?v="), "{style}");
        assert_ne!(style.split('=').next_back(), address("app.js").split('=').next_back());
        assert_eq!(address("nothing.css"), "");
    }
}
