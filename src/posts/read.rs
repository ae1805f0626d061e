//! Other servers' posts, read and bounded: `Note`, `Question`, and the longer forms that are shown as a title with a link. Pure.
#![expect(clippy::indexing_slicing, reason = "a missing key of a JSON value reads as null")]
use super::types::{Audience, QuotePolicy};
use crate::{
    accounts::{types::Account, wire::cut},
    clock::{HOUR, Timestamp},
    error::{Error, Result},
    events::{self, types::NewEvent},
    federation::{
        context::is_public,
        json::{self, MAX_URI},
    },
    outbound,
    text::html,
};
use serde_json::Value;

/// Longer texts are cut; nobody writes them by hand.
const MAX_CONTENT: usize = 200 << 10;
const MAX_SUMMARY: usize = 4_096;
const MAX_TAGS: usize = 100;
const MAX_MEDIA: usize = 8;
const MAX_OPTIONS: usize = 100;

/// A post as another server described it.
#[derive(Clone, Debug)]
pub struct RemotePost {
    pub uri: String,
    pub author: String,
    pub audience: Audience,
    /// Actors in `to` and `cc`.
    pub addressed: Vec<String>,
    pub mentioned: Vec<String>,
    pub title: String,
    pub content_html: String,
    pub summary: String,
    pub sensitive: bool,
    pub lang: String,
    pub url: String,
    pub in_reply_to: Option<String>,
    /// Its server lists replies or the whole thread, which can be asked for.
    pub has_replies: bool,
    pub quote: Option<String>,
    pub quote_stamp: Option<String>,
    pub quote_policy: QuotePolicy,
    pub tags: Vec<String>,
    pub media: Vec<RemoteMedia>,
    pub poll: Option<RemotePoll>,
    /// When and where, and how many attend.
    pub event: Option<(NewEvent, i64)>,
    pub published_at: Timestamp,
    pub updated_at: Option<Timestamp>,
    pub numbers: Numbers,
}

/// How many people like and boost a post, as its own server counts them.
#[derive(Clone, Copy, Debug)]
pub struct Numbers {
    pub likes: Option<i64>,
    pub boosts: Option<i64>,
}

#[derive(Clone, Debug)]
pub struct RemoteMedia {
    pub media_type: String,
    pub url: String,
    pub description: String,
    pub width: i64,
    pub height: i64,
    pub blurhash: Option<String>,
    pub focus: (f64, f64),
}

#[derive(Clone, Debug)]
pub struct RemotePoll {
    pub multiple: bool,
    pub options: Vec<(String, i64)>,
    pub ends_at: Option<Timestamp>,
    pub closed: bool,
    pub voters_count: i64,
}

/// A vote: a note with a name, an answered post, and nothing to show.
pub fn as_vote(object: &Value) -> Option<(&str, &str)> {
    if !json::is(object, "Note") || !json::many(&object["attachment"]).is_empty() {
        return None;
    }
    let name = json::text(&object["name"]).filter(|n| n.len() <= 1_000)?;
    let question = json::id(&object["inReplyTo"])?;
    let empty = json::text_and_lang(object, "content").0.is_none_or(|c| c.trim().is_empty());
    empty.then_some((question, name))
}

/// True for the types of object that we show as posts. A vote is none.
pub fn is_post(object: &Value) -> bool {
    const KINDS: [&str; 8] =
        ["Note", "Question", "Article", "Page", "Image", "Audio", "Video", "Event"];
    KINDS.iter().any(|kind| json::is(object, kind)) && as_vote(object).is_none()
}

/// Reads a post. `author` is the account it is attributed to; id and author must be on one host, times must be plausible.
pub fn post(
    object: &Value,
    activity: &Value,
    author: &Account,
    now: Timestamp,
) -> Result<RemotePost> {
    let refuse = |why: &str| Error::Malformed(format!("post: {why}"));
    if !is_post(object) {
        return Err(refuse("not a type of post"));
    }
    let uri = json::id(&object["id"]).ok_or_else(|| refuse("no id"))?;
    let attributed = json::id(&object["attributedTo"]).or_else(|| json::id(&activity["actor"]));
    if attributed != Some(author.uri.as_str()) || !outbound::same_host(uri, &author.uri) {
        return Err(refuse("not by the account that sent it"));
    }
    let (audience, addressed) = audience(object, activity, author);
    let (_, lang) = json::text_and_lang(object, "content");
    let title =
        json::text_and_lang(object, "name").0.map(|t| html::one_line(t, 500)).unwrap_or_default();
    let published = json::time(&object["published"]).filter(|t| t.0 > 0 && *t <= now.plus(HOUR));
    let event = events::read::event(object);
    let (warning, content_html) = warning_and_text(object, event.is_some());
    Ok(RemotePost {
        uri: uri.to_owned(),
        author: author.uri.clone(),
        audience,
        addressed,
        mentioned: mentions(object),
        title: if let Some((event, _)) = &event {
            event.name.clone()
        } else if is_short(object) {
            String::new()
        } else {
            title
        },
        content_html,
        summary: html::one_line(&html::plain_text(cut(warning, MAX_SUMMARY)), 500),
        sensitive: json::flag(&object["sensitive"]) || !warning.trim().is_empty(),
        lang: lang.filter(|l| l.len() <= 10).unwrap_or_default().to_owned(),
        // An address on another host would let its author speak for that host's pages.
        url: json::web_url(&object["url"])
            .filter(|u| u.len() <= MAX_URI && outbound::same_host(u, uri))
            .unwrap_or(uri)
            .to_owned(),
        in_reply_to: json::id(&object["inReplyTo"]).map(str::to_owned),
        has_replies: !object["replies"].is_null() || object["context"].is_string(),
        quote: ["quote", "quoteUri", "quoteUrl", "_misskey_quote"]
            .iter()
            .find_map(|key| json::id(&object[*key]))
            .map(str::to_owned),
        quote_stamp: json::id(&object["quoteAuthorization"]).map(str::to_owned),
        quote_policy: quote_policy(object, author),
        tags: hashtags(object),
        media: media(object),
        poll: poll(object),
        event,
        published_at: published.unwrap_or(now),
        updated_at: json::time(&object["updated"]).filter(|t| *t <= now.plus(HOUR)),
        numbers: numbers(object),
    })
}

/// What has no name of its own; all else is an article.
fn is_short(object: &Value) -> bool {
    json::is(object, "Note") || json::is(object, "Question")
}

/// The warning that hides a post, and its text.
///
/// `summary` is a warning where the post is short or marked as sensitive. Else it is an excerpt, and stands before the text unless that begins with it. Of
/// an event it is when and where, for those who do not read it as one.
fn warning_and_text(object: &Value, is_event: bool) -> (&str, String) {
    let said = |key: &str| json::text_and_lang(object, key).0.unwrap_or_default();
    let (summary, text) = (said("summary"), html::sanitise(cut(said("content"), MAX_CONTENT)));
    if is_event {
        return ("", text);
    }
    if is_short(object) || json::flag(&object["sensitive"]) {
        return (summary, text);
    }
    let excerpt = html::sanitise(cut(summary, MAX_SUMMARY));
    let words = |html: &str| html::one_line(&html::plain_text(html), MAX_SUMMARY);
    let begins =
        words(&text).starts_with(words(&excerpt).trim_end_matches(['[', ']', '…', '.', ' ']));
    ("", if begins { text } else { format!("{excerpt}{text}") })
}

/// mastodon.md §1.5: public in `to`, unlisted in `cc`, the followers' collection for followers, else direct.
fn audience(object: &Value, activity: &Value, author: &Account) -> (Audience, Vec<String>) {
    let read = |key: &str| {
        let own = json::ids(&object[key], 500);
        if own.is_empty() { json::ids(&activity[key], 500) } else { own }
    };
    let (to, cc) = (read("to"), read("cc"));
    let followers = author.followers_uri.as_deref();
    let names_followers = to.iter().chain(&cc).any(|u| Some(u.as_str()) == followers);
    let audience = if to.iter().any(|u| is_public(u)) {
        Audience::Public
    } else if cc.iter().any(|u| is_public(u)) {
        Audience::Unlisted
    } else if names_followers {
        Audience::Followers
    } else {
        Audience::Direct
    };
    let addressed = to
        .into_iter()
        .chain(cc)
        .filter(|u| !is_public(u) && Some(u.as_str()) != followers)
        .collect();
    (audience, addressed)
}

fn numbers(object: &Value) -> Numbers {
    let total = |key: &str| json::count(&object[key]["totalItems"]);
    Numbers { likes: total("likes"), boosts: total("shares") }
}

fn mentions(object: &Value) -> Vec<String> {
    let tags = json::many(&object["tag"]).iter().filter(|t| json::is(t, "Mention")).take(MAX_TAGS);
    tags.filter_map(|t| json::id(&t["href"])).map(str::to_owned).collect()
}

fn hashtags(object: &Value) -> Vec<String> {
    let tags = json::many(&object["tag"]).iter().filter(|t| json::is(t, "Hashtag")).take(MAX_TAGS);
    tags.filter_map(|t| t["name"].as_str())
        .map(|name| tag_key(name.trim_start_matches(['#', '＃'])))
        .filter(|t| !t.is_empty() && t.chars().count() <= 100 && !t.contains(['/', '<', '"', ' ']))
        .collect()
}

/// How a tag is stored and compared: `NFKC`, lower case.
pub fn tag_key(tag: &str) -> String {
    crate::text::tokens::fold(tag)
}

fn media(object: &Value) -> Vec<RemoteMedia> {
    let kinds = ["Document", "Image", "Video", "Audio"];
    json::many(&object["attachment"])
        .iter()
        .filter(|a| kinds.iter().any(|k| json::is(a, k)))
        .take(MAX_MEDIA)
        .filter_map(|a| {
            let url = json::web_url(&a["url"]).or_else(|| json::web_url(&a["href"]))?;
            let point = |i: usize| a["focalPoint"][i].as_f64().unwrap_or(0.0).clamp(-1.0, 1.0);
            let description =
                json::text(&a["name"]).or_else(|| json::text(&a["summary"])).unwrap_or_default();
            Some(RemoteMedia {
                media_type: a["mediaType"]
                    .as_str()
                    .unwrap_or("application/octet-stream")
                    .chars()
                    .take(100)
                    .collect(),
                url: url.to_owned(),
                description: html::one_line(description, 10_000),
                width: json::count(&a["width"]).unwrap_or(0),
                height: json::count(&a["height"]).unwrap_or(0),
                blurhash: a["blurhash"].as_str().filter(|b| b.len() < 200).map(str::to_owned),
                focus: (point(0), point(1)),
            })
        })
        .collect()
}

fn poll(object: &Value) -> Option<RemotePoll> {
    let multiple = object.get("anyOf").is_some();
    let list = json::many(&object[if multiple { "anyOf" } else { "oneOf" }]);
    let options: Vec<(String, i64)> = list
        .iter()
        .take(MAX_OPTIONS)
        .filter_map(|o| {
            let title = html::one_line(json::text(&o["name"])?, 500);
            Some((title, json::count(&o["replies"]["totalItems"]).unwrap_or(0)))
        })
        .collect();
    if options.is_empty() || !json::is(object, "Question") {
        return None;
    }
    let most = options.iter().map(|(_, votes)| votes).sum();
    let closed = object.get("closed").filter(|c| !c.is_null() && **c != Value::Bool(false));
    Some(RemotePoll {
        multiple,
        options,
        ends_at: json::time(&object["endTime"]),
        closed: closed.is_some(),
        voters_count: json::count(&object["votersCount"]).unwrap_or(most),
    })
}

fn quote_policy(object: &Value, author: &Account) -> QuotePolicy {
    let allowed = json::ids(&object["interactionPolicy"]["canQuote"]["automaticApproval"], 50);
    if allowed.iter().any(|u| is_public(u)) {
        QuotePolicy::Public
    } else if allowed.iter().any(|u| Some(u) == author.followers_uri.as_ref()) {
        QuotePolicy::Followers
    } else {
        QuotePolicy::Nobody
    }
}
