//! `/api/v1/instance`, `/api/v2/instance` and what hangs on them: what the node is and what it takes.
//! <https://docs.joinmastodon.org/methods/instance/>
use super::entities;
use crate::{
    accounts::{self, types::Account},
    app::App,
    clock::DAY,
    config::Signup,
    db::Tx,
    error::Result,
    federation::hosts,
    node,
    posts::{
        self,
        types::{Media, NewPoll},
    },
    push,
    text::Lang,
};
use axum::{Json, Router, extract::State, routing::get};
use serde_json::{Value, json};

/// Programs look at the number in front for what they may ask.
const VERSION: &str = concat!("4.5.0 (compatible; Tsudoi ", env!("CARGO_PKG_VERSION"), ")");
/// Mastodon 4.5: quotes and grouped notifications.
const API_VERSION: i64 = 7;
const PICTURES: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/instance", get(v1))
        .route("/api/v2/instance", get(v2))
        .route("/api/v1/instance/peers", get(peers))
        .route("/api/v1/instance/rules", get(nothing))
        .route("/api/v1/instance/domain_blocks", get(nothing))
        .route("/api/v1/instance/translation_languages", get(no_translations))
        .route("/api/v1/instance/languages", get(languages))
        .route("/api/v1/instance/extended_description", get(extended_description))
        .route("/api/v1/custom_emojis", get(nothing))
        .route("/api/v1/announcements", get(nothing))
}

/// What this node never has.
async fn nothing() -> Json<[(); 0]> {
    Json([])
}

async fn no_translations() -> Json<Value> {
    Json(json!({}))
}

async fn languages() -> Json<Value> {
    Json(json!([{"code": "ja", "name": "日本語"}, {"code": "en", "name": "English"}]))
}

async fn extended_description(State(app): State<App>) -> Result<Json<Value>> {
    let profile = node::profile(&app).await?;
    let html = crate::text::html::escape(&profile.description).replace('\n', "<br>");
    Ok(Json(json!({"updated_at": app.now().iso(), "content": format!("<p>{html}</p>")})))
}

/// The servers this node has spoken with.
async fn peers(State(app): State<App>) -> Result<Json<Vec<String>>> {
    const MOST: i64 = 5_000;
    let mut tx = app.db.read().await?;
    let hosts = hosts::list(&mut tx, "", MOST).await?;
    Ok(Json(hosts.into_iter().filter(|h| !h.blocked).map(|h| h.host).collect()))
}

/// Limits and abilities, the same in both versions.
fn configuration(app: &App) -> Value {
    let config = &app.config;
    let pixels = crate::media::image::Limits::default().pixels;
    json!({
        "accounts": {
            "max_featured_tags": 10, "max_pinned_statuses": posts::actions::change::MOST_PINS,
            "max_display_name_length": Account::MAX_DISPLAY_NAME, "max_note_length": Account::MAX_BIO,
            "max_profile_fields": Account::MAX_FIELDS, "profile_field_name_limit": Account::MAX_FIELD,
            "profile_field_value_limit": Account::MAX_FIELD,
        },
        "statuses": {
            "max_characters": config.max_post_chars, "max_media_attachments": Media::MAX_PER_POST,
            "characters_reserved_per_url": 23,
        },
        "media_attachments": {
            "description_limit": Media::MAX_DESCRIPTION, "supported_mime_types": PICTURES,
            "image_size_limit": config.max_media_bytes, "image_matrix_limit": pixels,
            "video_size_limit": 0, "video_frame_rate_limit": 0, "video_matrix_limit": 0,
        },
        "polls": {
            "max_options": NewPoll::MAX_OPTIONS, "max_characters_per_option": NewPoll::MAX_OPTION,
            "min_expiration": 300, "max_expiration": NewPoll::LONGEST / 1_000,
        },
        "translation": {"enabled": false},
    })
}

fn streaming(app: &App) -> String {
    app.base_url().replacen("http", "ws", 1)
}

/// Whom to ask: the longest-serving owner.
async fn contact(app: &App, tx: &mut Tx) -> Result<Value> {
    let owner = accounts::queries::first_owner(tx).await?;
    let shown = owner.as_ref().map(|a| json!(entities::account(app, a)));
    Ok(shown.unwrap_or(Value::Null))
}

fn lang_codes() -> Vec<&'static str> {
    Lang::ALL.into_iter().map(Lang::code).collect()
}

async fn v2(State(app): State<App>) -> Result<Json<Value>> {
    let profile = node::profile(&app).await?;
    let key = push::key(&app).await?.public_key();
    let mut tx = app.db.read().await?;
    let active = accounts::queries::active_since(&mut tx, app.now().plus(-30 * DAY)).await?;
    let mut configuration = configuration(&app);
    if let Some(more) = configuration.as_object_mut() {
        more.insert("urls".into(), json!({
            "streaming": streaming(&app), "status": null, "about": app.url("/about"), "privacy_policy": null,
            "terms_of_service": null,
        }));
        more.insert(
            "timelines_access".into(),
            json!({
                "live_feeds": {"local": "public", "remote": "authenticated"},
                "hashtag_feeds": {"local": "public", "remote": "public"},
                "trending_link_feeds": {"local": "disabled", "remote": "disabled"},
            }),
        );
        more.insert("limited_federation".into(), json!(false));
        more.insert("vapid".into(), json!({"public_key": key}));
    }
    let icon = |size: u32| json!({"src": app.url(&format!("/assets/icon-{size}.png")), "size": format!("{size}x{size}")});
    Ok(Json(json!({
        "domain": app.host(), "title": profile.name, "version": VERSION, "source_url": app.config.source_url,
        "description": profile.description, "usage": {"users": {"active_month": active}},
        "thumbnail": {"url": app.url("/assets/icon-512.png"), "blurhash": null, "versions": {}},
        "icon": [icon(192), icon(512)], "languages": lang_codes(), "configuration": configuration,
        "registrations": {
            "enabled": app.config.signup != Signup::Closed, "approval_required": app.config.signup == Signup::Approval,
            "reason_required": app.config.signup == Signup::Approval, "message": null, "min_age": null,
            "url": app.url("/sign-up"),
        },
        "api_versions": {"mastodon": API_VERSION},
        "contact": {"email": "", "account": contact(&app, &mut tx).await?},
        "rules": [],
    })))
}

async fn v1(State(app): State<App>) -> Result<Json<Value>> {
    let profile = node::profile(&app).await?;
    let mut tx = app.db.read().await?;
    Ok(Json(json!({
        "uri": app.host(), "title": profile.name, "short_description": profile.description,
        "description": profile.description, "email": "", "version": VERSION,
        "urls": {"streaming_api": streaming(&app)},
        "stats": {
            "user_count": accounts::queries::count_members(&mut tx).await?,
            "status_count": posts::queries::count_local(&mut tx).await?,
            "domain_count": hosts::count(&mut tx).await?,
        },
        "thumbnail": app.url("/assets/icon-512.png"), "languages": lang_codes(),
        "registrations": app.config.signup != Signup::Closed,
        "approval_required": app.config.signup == Signup::Approval, "invites_enabled": false,
        "configuration": configuration(&app), "max_toot_chars": app.config.max_post_chars,
        "contact_account": contact(&app, &mut tx).await?, "rules": [],
    })))
}
