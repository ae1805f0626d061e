//! `GET /api/oembed`: a post as other sites show it inside their pages. <https://oembed.com/>, <https://docs.joinmastodon.org/methods/oembed/>
use crate::{
    app::App,
    clock::{DAY, SECOND},
    error::{Error, Result},
    http::{
        api::{Api, get_with},
        described::gives,
        fields::Asked,
    },
    mastodon::cards,
    node,
    posts::{
        self,
        view::{self, PostView},
    },
    text::Lang,
};
use askama::Template;
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Pixels, where the page that asks names no smaller width.
const WIDTH: u32 = 400;

pub fn routes() -> Api {
    Api::new().route("/api/oembed", get_with(embed, gives::<Embed>))
}

#[derive(Deserialize, JsonSchema)]
struct What {
    /// The post's page or its id.
    url: String,
    maxwidth: Option<u32>,
    format: Option<String>,
}

/// What is shown: version 1.0 of the format, of the type `rich`.
#[derive(Serialize, JsonSchema)]
struct Embed<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    version: &'static str,
    author_name: &'a str,
    author_url: &'a str,
    provider_name: &'a str,
    provider_url: &'a str,
    /// Seconds.
    cache_age: i64,
    html: String,
    width: u32,
    /// As high as the words need.
    height: Option<u32>,
}

/// The quotation: it stands by itself, without a script or a picture from here.
#[derive(Template)]
#[template(path = "mastodon/oembed.html")]
struct Quotation<'a> {
    v: &'a PostView,
    day: String,
}

impl Quotation<'_> {
    /// The same words that programs show.
    fn content(&self) -> Cow<'_, str> {
        cards::content(self.v)
    }
}

/// A post of this node that visitors may read. Others' posts are for their own servers to show.
async fn embed(State(app): State<App>, Asked(what): Asked<What>) -> Result<Response> {
    // oEmbed would have 501 here; a 5xx is a fault of ours everywhere else.
    if what.format.is_some_and(|format| !matches!(format.as_str(), "" | "json")) {
        return Err(Error::Malformed("format: only json is given".into()));
    }
    let node = node::profile(&app).await?;
    let mut tx = app.db.read().await?;
    let post = posts::queries::by_address(&mut tx, &what.url).await?.filter(|post| post.local);
    let v = view::post(&mut tx, None, post.ok_or(Error::NotFound)?.id).await?;
    drop(tx);
    let lang = v.post.lang.parse().unwrap_or(Lang::default());
    let day = lang.day(&v.post.published_at.zoned(&app.config.timezone.0));
    let html = Quotation { v: &v, day }.render();
    let embed = Embed {
        kind: "rich",
        version: "1.0",
        author_name: v.author.shown_name(),
        author_url: &v.author.url,
        provider_name: &node.name,
        provider_url: app.base_url(),
        cache_age: DAY / SECOND,
        html: html.map_err(|e| Error::Internal(format!("template: {e}")))?,
        width: what.maxwidth.unwrap_or(WIDTH).clamp(1, WIDTH),
        height: None,
    };
    Ok(Json(embed).into_response())
}
