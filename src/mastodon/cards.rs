//! How an event looks to programs: in words to those that know no events, as a preview card, and in full as an extension of the status.
//! <https://docs.joinmastodon.org/entities/PreviewCard/>
use super::entities::{self, Account};
use crate::{
    app::App,
    clock::Timestamp,
    events::{
        types::{JoinMode, RsvpState, Status},
        wire,
    },
    posts::{
        types::Media,
        view::{EventView, PostView},
    },
    text::html,
};
use schemars::JsonSchema;
use serde::Serialize;
use std::borrow::Cow;

/// What a status says. Clients know neither titles nor events: both stand above the text.
pub fn content(v: &PostView) -> Cow<'_, str> {
    let p = &v.post;
    match &v.event {
        None if p.title.is_empty() => Cow::Borrowed(&p.content_html),
        None => format!("{}{}", title(&p.title), p.content_html).into(),
        Some(EventView { event, .. }) => {
            let name = title(&wire::called(event, &p.title));
            let summary = wire::summary_with_link(event, wire::words(&p.lang));
            format!("{name}{summary}{}", p.content_html).into()
        }
    }
}

fn title(text: &str) -> String {
    format!("<p><strong>{}</strong></p>", html::escape(text))
}

/// What our own nodes say of a status beside what Mastodon's do.
#[derive(Serialize, JsonSchema)]
pub struct Extension<'a> {
    event: Event<'a>,
}

/// Times are RFC 3339 in UTC; what is not known is null.
#[derive(Serialize, JsonSchema)]
struct Event<'a> {
    name: &'a str,
    starts_at: String,
    ends_at: Option<String>,
    /// By its IANA name: the clock on the wall there.
    timezone: &'a str,
    place: Option<&'a str>,
    address: Option<&'a str>,
    online_url: Option<&'a str>,
    status: Status,
    join_mode: JoinMode,
    join_url: Option<&'a str>,
    capacity: Option<i64>,
    attending: i64,
    /// Where the reader stands; null for who never asked, and for visitors.
    rsvp: Option<RsvpState>,
}

pub fn extension(v: &PostView) -> Option<Extension<'_>> {
    let EventView { event, own } = v.event.as_ref()?;
    let some = |text| Some(text).filter(|text: &&str| !text.is_empty());
    let event = Event {
        name: &v.post.title,
        starts_at: event.starts_at.iso(),
        ends_at: event.ends_at.map(Timestamp::iso),
        timezone: &event.timezone,
        place: some(&event.place),
        address: some(&event.address),
        online_url: some(&event.online_url),
        status: event.status,
        join_mode: event.join_mode,
        join_url: some(&event.join_url),
        capacity: event.capacity,
        attending: event.attending,
        rsvp: *own,
    };
    Some(Extension { event })
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PreviewCard")]
pub struct Card<'a> {
    url: &'a str,
    title: String,
    description: String,
    language: Option<&'a str>,
    #[serde(rename = "type")]
    kind: &'static str,
    author_name: &'a str,
    author_url: &'a str,
    provider_name: &'a str,
    provider_url: String,
    html: &'static str,
    width: i64,
    height: i64,
    image: Option<String>,
    image_description: &'a str,
    embed_url: &'static str,
    blurhash: Option<&'a str>,
    published_at: String,
    authors: [Author<'a>; 1],
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "PreviewCardAuthor")]
struct Author<'a> {
    name: &'a str,
    url: &'a str,
    account: Account<'a>,
}

/// The card of an event; other statuses have none.
pub fn card<'a>(app: &App, v: &'a PostView) -> Option<Card<'a>> {
    let view = v.event.as_ref()?;
    let (p, author) = (&v.post, &v.author);
    // What is to be covered shows no picture.
    let picture = v.media.iter().find(|m| m.is_image() && !p.sensitive);
    let (width, height) = picture.map_or((0, 0), entities::preview_size);
    let origin = url::Url::parse(&p.url).map(|url| url.origin().ascii_serialization());
    Some(Card {
        url: &p.url,
        title: wire::called(&view.event, &p.title),
        description: description(view, &p.lang),
        language: Some(p.lang.as_str()).filter(|lang| !lang.is_empty()),
        kind: "link",
        author_name: author.shown_name(),
        author_url: &author.url,
        provider_name: &author.host,
        provider_url: origin.unwrap_or_default(),
        html: "",
        width,
        height,
        image: picture.map(|m| entities::preview_url(app, m)),
        image_description: picture.map_or("", |m: &Media| &m.description),
        embed_url: "",
        blurhash: picture.and_then(|m| m.blurhash.as_deref()),
        published_at: p.published_at.iso(),
        authors: [Author {
            name: author.shown_name(),
            url: &author.url,
            account: entities::account(app, author),
        }],
    })
}

/// When, where, for how many, and how many have a place.
fn description(EventView { event, .. }: &EventView, lang: &str) -> String {
    let lang = wire::words(lang);
    let venue = wire::venue(event);
    let parts = [
        wire::times(event, lang),
        if venue.is_empty() { event.online_url.clone() } else { venue },
        event.capacity.map(|n| lang.count("event-capacity-of", n)).unwrap_or_default(),
        lang.count("event-card-attending", event.attending),
    ];
    parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" · ")
}
