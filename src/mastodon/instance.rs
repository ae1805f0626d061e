//! `/api/v1/instance`, `/api/v2/instance` and what hangs on them: what the node is and what it takes.
//! <https://docs.joinmastodon.org/methods/instance/>
use super::{entities, tags::MOST_FEATURED};
use crate::{
    accounts::{self, types::Account},
    app::App,
    clock::DAY,
    config::Signup,
    error::Result,
    federation::hosts,
    http::{
        api::{Api, get, get_with},
        described::{Empty, gives},
    },
    node,
    posts::{
        self,
        types::{Media, NewPoll},
    },
    push,
    text::Lang,
    timelines::pages::PRIVACY,
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeMap;

/// Programs look at the number in front for what they may ask.
const VERSION: &str = concat!("4.5.0 (compatible; Tsudoi ", env!("CARGO_PKG_VERSION"), ")");
/// Mastodon 4.5: quotes and grouped notifications.
const API_VERSION: i64 = 7;
const PICTURES: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];

pub fn routes() -> Api {
    Api::new()
        .route("/api/v1/instance", get_with(v1, gives::<V1>))
        .route("/api/v2/instance", get_with(v2, gives::<V2>))
        .route("/api/v1/instance/peers", get(peers))
        .route("/api/v1/instance/rules", get(nothing))
        .route("/api/v1/instance/domain_blocks", get(nothing))
        .route("/api/v1/instance/translation_languages", get(no_translations))
        .route("/api/v1/instance/languages", get(languages))
        .route("/api/v1/custom_emojis", get(nothing))
        .route("/api/v1/announcements", get(nothing))
}

/// What this node never has.
async fn nothing() -> Json<[(); 0]> {
    Json([])
}

/// From which languages to which: none.
async fn no_translations() -> Json<BTreeMap<String, Vec<String>>> {
    Json(BTreeMap::new())
}

#[derive(Serialize, JsonSchema)]
struct Language {
    code: &'static str,
    name: &'static str,
}

async fn languages() -> Json<[Language; 2]> {
    Json([Language { code: "ja", name: "日本語" }, Language { code: "en", name: "English" }])
}

/// The servers this node has spoken with.
async fn peers(State(app): State<App>) -> Result<Json<Vec<String>>> {
    const MOST: i64 = 5_000;
    let mut tx = app.db.read().await?;
    let hosts = hosts::list(&mut tx, "", MOST).await?;
    let mut names: Vec<String> = hosts.into_iter().map(|h| h.host).collect();
    let blocked = hosts::blocked_among(&mut tx, &names).await?;
    names.retain(|name| !blocked.contains(name));
    Ok(Json(names))
}

/// Limits and abilities; `more` than the first version knew.
#[derive(Serialize, JsonSchema)]
struct Configuration {
    accounts: AccountLimits,
    statuses: StatusLimits,
    media_attachments: MediaLimits,
    polls: PollLimits,
    translation: Enabled,
    #[serde(flatten)]
    more: Option<More>,
}

#[derive(Serialize, JsonSchema)]
struct AccountLimits {
    max_featured_tags: usize,
    max_pinned_statuses: usize,
    max_display_name_length: usize,
    max_note_length: usize,
    max_profile_fields: usize,
    profile_field_name_limit: usize,
    profile_field_value_limit: usize,
}

#[derive(Serialize, JsonSchema)]
struct StatusLimits {
    max_characters: usize,
    max_media_attachments: usize,
    characters_reserved_per_url: usize,
}

#[derive(Serialize, JsonSchema)]
struct MediaLimits {
    description_limit: usize,
    supported_mime_types: [&'static str; 4],
    image_size_limit: usize,
    image_matrix_limit: u64,
    video_size_limit: usize,
    video_frame_rate_limit: usize,
    video_matrix_limit: usize,
}

#[derive(Serialize, JsonSchema)]
struct PollLimits {
    max_options: usize,
    max_characters_per_option: usize,
    /// Seconds.
    min_expiration: i64,
    max_expiration: i64,
}

#[derive(Serialize, JsonSchema)]
struct Enabled {
    enabled: bool,
}

#[derive(Serialize, JsonSchema)]
struct More {
    urls: Urls,
    timelines_access: TimelinesAccess,
    limited_federation: bool,
    vapid: Vapid,
}

#[derive(Serialize, JsonSchema)]
struct Urls {
    streaming: String,
    status: Option<String>,
    about: String,
    privacy_policy: Option<String>,
    terms_of_service: Option<String>,
}

#[derive(Serialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "the names that programs know")]
struct TimelinesAccess {
    live_feeds: Access,
    hashtag_feeds: Access,
    trending_link_feeds: Access,
}

/// `public`, `authenticated` or `disabled`.
#[derive(Serialize, JsonSchema)]
struct Access {
    local: &'static str,
    remote: &'static str,
}

#[derive(Serialize, JsonSchema)]
struct Vapid {
    public_key: String,
}

fn configuration(app: &App, more: Option<More>) -> Configuration {
    let config = &app.config;
    Configuration {
        accounts: AccountLimits {
            max_featured_tags: MOST_FEATURED,
            max_pinned_statuses: posts::actions::change::MOST_PINS,
            max_display_name_length: Account::MAX_DISPLAY_NAME,
            max_note_length: Account::MAX_BIO,
            max_profile_fields: Account::MAX_FIELDS,
            profile_field_name_limit: Account::MAX_FIELD,
            profile_field_value_limit: Account::MAX_FIELD,
        },
        statuses: StatusLimits {
            max_characters: config.max_post_chars,
            max_media_attachments: Media::MAX_PER_POST,
            characters_reserved_per_url: 23,
        },
        media_attachments: MediaLimits {
            description_limit: Media::MAX_DESCRIPTION,
            supported_mime_types: PICTURES,
            image_size_limit: config.max_media_bytes,
            image_matrix_limit: crate::media::image::Limits::default().pixels,
            video_size_limit: 0,
            video_frame_rate_limit: 0,
            video_matrix_limit: 0,
        },
        polls: PollLimits {
            max_options: NewPoll::MAX_OPTIONS,
            max_characters_per_option: NewPoll::MAX_OPTION,
            min_expiration: NewPoll::SHORTEST / 1_000,
            max_expiration: NewPoll::LONGEST / 1_000,
        },
        translation: Enabled { enabled: false },
        more,
    }
}

fn streaming(app: &App) -> String {
    app.base_url().replacen("http", "ws", 1)
}

fn lang_codes() -> Vec<&'static str> {
    Lang::ALL.into_iter().map(Lang::code).collect()
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Instance")]
struct V2<'a> {
    domain: &'a str,
    title: &'a str,
    version: &'static str,
    source_url: &'a str,
    description: &'a str,
    usage: Usage,
    thumbnail: Thumbnail,
    icon: [Icon; 2],
    languages: Vec<&'static str>,
    configuration: Configuration,
    registrations: Registrations,
    api_versions: ApiVersions,
    contact: Contact<'a>,
    rules: [(); 0],
}

#[derive(Serialize, JsonSchema)]
struct Usage {
    users: Users,
}

#[derive(Serialize, JsonSchema)]
struct Users {
    active_month: i64,
}

#[derive(Serialize, JsonSchema)]
struct Thumbnail {
    url: String,
    blurhash: Option<String>,
    versions: Empty,
}

#[derive(Serialize, JsonSchema)]
struct Icon {
    src: String,
    size: String,
}

#[derive(Serialize, JsonSchema)]
struct Registrations {
    enabled: bool,
    approval_required: bool,
    reason_required: bool,
    message: Option<String>,
    min_age: Option<i64>,
    url: String,
}

#[derive(Serialize, JsonSchema)]
struct ApiVersions {
    mastodon: i64,
}

/// Whom to ask: the longest-serving owner.
#[derive(Serialize, JsonSchema)]
struct Contact<'a> {
    email: &'static str,
    account: Option<entities::Account<'a>>,
}

async fn v2(State(app): State<App>) -> Result<Response> {
    let profile = node::profile(&app).await?;
    let key = push::key(&app).await?.public_key();
    let mut tx = app.db.read().await?;
    let active = accounts::queries::active_since(&mut tx, app.now().plus(-30 * DAY)).await?;
    let owner = accounts::queries::first_owner(&mut tx).await?;
    drop(tx);
    let more = More {
        urls: Urls {
            streaming: streaming(&app),
            status: None,
            about: app.url("/about"),
            privacy_policy: Some(app.url(PRIVACY)),
            terms_of_service: None,
        },
        timelines_access: TimelinesAccess {
            live_feeds: Access { local: "public", remote: "authenticated" },
            hashtag_feeds: Access { local: "public", remote: "public" },
            trending_link_feeds: Access { local: "disabled", remote: "disabled" },
        },
        limited_federation: false,
        vapid: Vapid { public_key: key },
    };
    let icon = |size: u32| Icon {
        src: app.url(&format!("/assets/icon-{size}.png")),
        size: format!("{size}x{size}"),
    };
    let instance = V2 {
        domain: app.host(),
        title: &profile.name,
        version: VERSION,
        source_url: &app.config.source_url,
        description: &profile.description,
        usage: Usage { users: Users { active_month: active } },
        thumbnail: Thumbnail {
            url: app.url("/assets/icon-512.png"),
            blurhash: None,
            versions: Empty {},
        },
        icon: [icon(192), icon(512)],
        languages: lang_codes(),
        configuration: configuration(&app, Some(more)),
        registrations: Registrations {
            enabled: app.config.signup != Signup::Closed,
            approval_required: app.config.signup == Signup::Approval,
            reason_required: app.config.signup == Signup::Approval,
            message: None,
            min_age: None,
            url: app.url("/sign-up"),
        },
        api_versions: ApiVersions { mastodon: API_VERSION },
        contact: Contact { email: "", account: owner.as_ref().map(|a| entities::account(&app, a)) },
        rules: [],
    };
    Ok(Json(instance).into_response())
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "V1Instance")]
struct V1<'a> {
    uri: &'a str,
    title: &'a str,
    short_description: &'a str,
    description: &'a str,
    email: &'static str,
    version: &'static str,
    urls: StreamingUrl,
    stats: Stats,
    thumbnail: String,
    languages: Vec<&'static str>,
    registrations: bool,
    approval_required: bool,
    invites_enabled: bool,
    configuration: Configuration,
    /// As old programs look for it.
    max_toot_chars: usize,
    contact_account: Option<entities::Account<'a>>,
    rules: [(); 0],
}

#[derive(Serialize, JsonSchema)]
struct StreamingUrl {
    streaming_api: String,
}

#[derive(Serialize, JsonSchema)]
#[expect(clippy::struct_field_names, reason = "the names that programs know")]
struct Stats {
    user_count: i64,
    status_count: i64,
    domain_count: i64,
}

async fn v1(State(app): State<App>) -> Result<Response> {
    let profile = node::profile(&app).await?;
    let mut tx = app.db.read().await?;
    let stats = Stats {
        user_count: accounts::queries::count_members(&mut tx).await?,
        status_count: posts::queries::count_local(&mut tx).await?,
        domain_count: hosts::count(&mut tx).await?,
    };
    let owner = accounts::queries::first_owner(&mut tx).await?;
    drop(tx);
    let instance = V1 {
        uri: app.host(),
        title: &profile.name,
        short_description: &profile.description,
        description: &profile.description,
        email: "",
        version: VERSION,
        urls: StreamingUrl { streaming_api: streaming(&app) },
        stats,
        thumbnail: app.url("/assets/icon-512.png"),
        languages: lang_codes(),
        registrations: app.config.signup != Signup::Closed,
        approval_required: app.config.signup == Signup::Approval,
        invites_enabled: false,
        configuration: configuration(&app, None),
        max_toot_chars: app.config.max_post_chars,
        contact_account: owner.as_ref().map(|a| entities::account(&app, a)),
        rules: [],
    };
    Ok(Json(instance).into_response())
}
