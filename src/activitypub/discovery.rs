//! How accounts and the node are found: `WebFinger` (RFC 7033), host-meta (RFC 6415), `NodeInfo` 2.0 and 2.1.
#![expect(clippy::indexing_slicing, reason = "a missing key of a JSON value reads as null")]
use crate::{
    accounts::{self, types::Account, wire::picture_url},
    app::App,
    clock::DAY,
    config::Signup,
    error::{Error, Result},
    federation::{context::ACTIVITY_JSON, fetch::INSTANCE_ACTOR},
    node, posts,
    text::Handle,
};
use activitypub_federation::fetch::webfinger::{Webfinger, WebfingerLink};
use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Deserialize;
use serde_json::{Value, json};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/.well-known/webfinger", get(webfinger))
        .route("/.well-known/host-meta", get(host_meta))
        .route("/.well-known/nodeinfo", get(nodeinfo_links))
        .route("/nodeinfo/{version}", get(nodeinfo))
}

#[derive(Deserialize)]
struct Resource {
    #[serde(default)]
    resource: String,
}

fn typed(mut response: Response, content_type: &'static str) -> Response {
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// `acct:name@host`, the actor's id, or its web page. Unknown: 404; deleted: 410; neither form: 400.
async fn webfinger(State(app): State<App>, Query(query): Query<Resource>) -> Result<Response> {
    let account = find(&app, query.resource.trim()).await?;
    if account.is_gone() {
        return Err(Error::Gone);
    }
    let mut document = serde_json::to_value(describe(&app, &account))?;
    // The library writes what is absent as null, which RFC 7033 does not know.
    for link in
        document["links"].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut)
    {
        link.retain(|_, value| !value.is_null());
    }
    let document = document.to_string();
    Ok(typed(document.into_response(), "application/jrd+json; charset=utf-8"))
}

async fn find(app: &App, resource: &str) -> Result<Account> {
    let mut tx = app.db.read().await?;
    let account = if resource.starts_with("https://") || resource.starts_with("http://") {
        accounts::queries::by_address(&mut tx, resource).await?
    } else {
        let acct = resource.strip_prefix("acct:").unwrap_or(resource);
        if names_the_node(app, acct.strip_prefix('@').unwrap_or(acct)) {
            return accounts::queries::by_id(&mut tx, INSTANCE_ACTOR).await;
        }
        let malformed = |_| Error::Malformed("resource: acct:name@host or an address".into());
        let handle = Handle::parse(resource).map_err(malformed)?;
        accounts::queries::by_handle(&mut tx, &handle.name().to_lowercase(), handle.host()).await?
    };
    account.filter(|a| a.local).ok_or(Error::NotFound)
}

/// `host@host`: the instance actor. Who knows the host with its port may write it so on both sides, although no handle looks like that.
fn names_the_node(app: &App, acct: &str) -> bool {
    acct.split_once('@').is_some_and(|(name, host)| {
        let is_us = name.eq_ignore_ascii_case(app.host())
            || name.eq_ignore_ascii_case(app.config.domain.host());
        is_us && host.eq_ignore_ascii_case(app.host())
    })
}

fn describe(app: &App, account: &Account) -> Webfinger {
    let link = |rel: &str, kind: Option<&str>, href: &str| WebfingerLink {
        rel: Some(rel.to_owned()),
        kind: kind.map(str::to_owned),
        href: href.parse().ok(),
        ..WebfingerLink::default()
    };
    let template = |rel: &str, path: &str| WebfingerLink {
        rel: Some(rel.to_owned()),
        template: Some(app.url(path)),
        ..WebfingerLink::default()
    };
    let mut links = vec![
        link("http://webfinger.net/rel/profile-page", Some("text/html"), &account.url),
        link("self", Some(ACTIVITY_JSON), &account.uri),
        template("http://ostatus.org/schema/1.0/subscribe", "/authorize_interaction?uri={uri}"),
        template("https://w3id.org/fep/3b86/Object", "/authorize_interaction?uri={object}"),
        template("https://w3id.org/fep/3b86/Follow", "/authorize_interaction?uri={object}"),
    ];
    if let Some(avatar) = picture_url(app, account, account.avatar.as_ref()) {
        links.push(link("http://webfinger.net/rel/avatar", None, &avatar));
    }
    Webfinger {
        subject: format!("acct:{}", account.handle()),
        aliases: [&account.url, &account.uri].iter().filter_map(|u| u.parse().ok()).collect(),
        links,
        ..Webfinger::default()
    }
}

async fn host_meta(State(app): State<App>) -> Response {
    let template = app.url("/.well-known/webfinger?resource={uri}");
    let document = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0"><Link rel="lrdd" template="{template}"/></XRD>
"#
    );
    typed(document.into_response(), "application/xrd+xml; charset=utf-8")
}

async fn nodeinfo_links(State(app): State<App>) -> Response {
    let link = |version: &str| {
        json!({
            "rel": format!("http://nodeinfo.diaspora.software/ns/schema/{version}"),
            "href": app.url(&format!("/nodeinfo/{version}")),
        })
    };
    typed(Json(json!({"links": [link("2.0"), link("2.1")]})).into_response(), "application/json")
}

async fn nodeinfo(State(app): State<App>, Path(version): Path<String>) -> Result<Response> {
    let content_type = match version.as_str() {
        "2.0" => r#"application/json; profile="http://nodeinfo.diaspora.software/ns/schema/2.0#""#,
        "2.1" => r#"application/json; profile="http://nodeinfo.diaspora.software/ns/schema/2.1#""#,
        _ => return Err(Error::NotFound),
    };
    let document = about(&app, &version).await?;
    Ok(typed(Json(document).into_response(), content_type))
}

async fn about(app: &App, version: &str) -> Result<Value> {
    let profile = node::profile(app).await?;
    let mut tx = app.db.read().await?;
    let now = app.now();
    let mut document = json!({
        "version": version,
        "software": {"name": "tsudoi", "version": env!("CARGO_PKG_VERSION")},
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "usage": {
            "users": {
                "total": accounts::queries::count_members(&mut tx).await?,
                "activeMonth": accounts::queries::active_since(&mut tx, now.plus(-30 * DAY)).await?,
                "activeHalfyear": accounts::queries::active_since(&mut tx, now.plus(-180 * DAY)).await?,
            },
            "localPosts": posts::queries::count_local(&mut tx).await?,
        },
        "openRegistrations": app.config.signup == Signup::Open,
        "metadata": {"nodeName": profile.name, "nodeDescription": profile.description, "chapter": profile.chapter},
    });
    if version == "2.1" {
        document["software"]["repository"] = json!(app.config.source_url);
    }
    Ok(document)
}
