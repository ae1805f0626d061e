//! How our posts look on the wire: `Note`, `Question`, and the activities about them. Shapes only.
#![expect(clippy::indexing_slicing, reason = "a missing key of a JSON value reads as null")]
use super::{
    queries::Boost,
    types::{Audience, Media, Poll, PollOption, Post, QuotePolicy, QuoteState},
};
use crate::{
    accounts::{types::Account, wire::activity},
    app::App,
    clock::Timestamp,
    events::{self, types::Event},
    federation::context::{PUBLIC, with_context},
    media::MediaStore,
    text::markdown,
};
use serde_json::{Value, json};
use url::Url;

/// A local post with everything that its document names.
pub struct Whole {
    pub post: Post,
    pub author: Account,
    pub mentions: Vec<(Account, bool)>,
    pub tags: Vec<String>,
    pub media: Vec<Media>,
    pub poll: Option<(Poll, Vec<PollOption>)>,
    pub event: Option<Event>,
    /// Mentions in a reply's parent are addressed through the parent's author.
    pub reply_to: Option<Account>,
}

/// `to` and `cc` by audience; `circle` is the collection of those who are meant besides the public: the followers, or the network's members.
/// <https://docs.joinmastodon.org/spec/activitypub/#properties-used>.
pub fn addressing(
    audience: Audience,
    circle: Option<&str>,
    named: &[&str],
) -> (Vec<String>, Vec<String>) {
    let named = || named.iter().map(|&n| n.to_owned());
    let circle = circle.map(str::to_owned);
    match audience {
        Audience::Public => (vec![PUBLIC.to_owned()], circle.into_iter().chain(named()).collect()),
        Audience::Unlisted => (
            circle.into_iter().collect(),
            std::iter::once(PUBLIC.to_owned()).chain(named()).collect(),
        ),
        Audience::Followers | Audience::Network => {
            (circle.into_iter().collect(), named().collect())
        }
        Audience::Direct | Audience::Chapter => (named().collect(), Vec::new()),
    }
}

/// The `Note` (or `Question` or `Event`), without `@context`.
pub fn note(app: &App, whole: &Whole) -> Value {
    let (p, author) = (&whole.post, &whole.author);
    let named: Vec<&str> = whole.mentions.iter().map(|(a, _)| a.uri.as_str()).collect();
    let network = app.url("/network/members");
    let circle = match p.audience {
        Audience::Network => Some(network.as_str()),
        _ => author.followers_uri.as_deref(),
    };
    let (to, cc) = addressing(p.audience, circle, &named);
    let uri = &p.uri;
    let mut note = json!({
        "id": uri,
        "type": if whole.poll.is_some() { "Question" } else { "Note" },
        "attributedTo": author.uri,
        "content": p.content_html,
        "published": p.published_at.iso(),
        "url": p.url,
        "to": to,
        "cc": cc,
        "sensitive": p.sensitive,
        "context": app.url(&format!("/contexts/{}", p.thread_id)),
        "tag": tags(app, whole),
        "attachment": whole.media.iter().map(|m| attachment(app, m)).collect::<Vec<_>>(),
        "replies": {
            "id": format!("{uri}/replies"), "type": "Collection",
            "first": {"type": "CollectionPage", "partOf": format!("{uri}/replies"), "next": format!("{uri}/replies?page=true"), "items": []}
        },
        "likes": {"id": format!("{uri}/likes"), "type": "Collection", "totalItems": p.likes_count},
        "shares": {"id": format!("{uri}/shares"), "type": "Collection", "totalItems": p.boosts_count},
        "interactionPolicy": {"canQuote": quote_policy(p, author)},
    });
    if !p.lang.is_empty() {
        note["contentMap"] = json!({ &p.lang: p.content_html });
    }
    if !p.summary.is_empty() {
        note["summary"] = json!(p.summary);
    }
    if let Some(parent) = &p.in_reply_to_uri {
        note["inReplyTo"] = json!(parent);
    }
    if let Some(edited) = p.edited_at {
        note["updated"] = json!(edited.iso());
    }
    if let (Some(quoted), true) = (&p.quote_uri, p.quote_state != QuoteState::Rejected) {
        for key in ["quote", "quoteUri", "_misskey_quote"] {
            note[key] = json!(quoted);
        }
        if let Some(stamp) = &p.quote_stamp {
            note["quoteAuthorization"] = json!(stamp);
        }
    }
    if let Some((poll, options)) = &whole.poll {
        add_poll(&mut note, poll, options);
    }
    if let Some(event) = &whole.event {
        events::wire::describe(&mut note, event, &p.title, &p.lang, &author.uri);
    }
    note
}

fn add_poll(note: &mut Value, poll: &Poll, options: &[PollOption]) {
    let options: Vec<Value> = options
        .iter()
        .map(|o| {
            json!({"type": "Note", "name": o.title, "replies": {"type": "Collection", "totalItems": o.votes}})
        })
        .collect();
    note[if poll.multiple { "anyOf" } else { "oneOf" }] = json!(options);
    note["votersCount"] = json!(poll.voters_count);
    if let Some(end) = poll.ends_at {
        note["endTime"] = json!(end.iso());
        if poll.closed {
            note["closed"] = json!(end.iso());
        }
    }
}

/// FEP-044f: absent would mean that nobody may quote.
/// <https://codeberg.org/fediverse/fep/src/branch/main/fep/044f/fep-044f.md>
fn quote_policy(p: &Post, author: &Account) -> Value {
    let allowed = match p.quote_policy {
        QuotePolicy::Public if p.audience.is_open() => PUBLIC,
        QuotePolicy::Followers if p.audience.is_open() => {
            author.followers_uri.as_deref().unwrap_or(&author.uri)
        }
        _ => author.uri.as_str(),
    };
    json!({"automaticApproval": [allowed]})
}

fn tags(app: &App, whole: &Whole) -> Vec<Value> {
    let mentions = whole.mentions.iter().filter(|(_, silent)| !silent).map(
        |(a, _)| json!({"type": "Mention", "href": a.uri, "name": format!("@{}", a.handle())}),
    );
    let hashtags = whole
        .tags
        .iter()
        .map(|t| json!({"type": "Hashtag", "href": tag_url(app, t), "name": format!("#{t}")}));
    mentions.chain(hashtags).collect()
}

/// The page of a tag, as posts link to it.
pub fn tag_url(app: &App, tag: &str) -> String {
    let base = app.url("/tags");
    let page = Url::parse(&base).ok().and_then(|base| markdown::tag_page(&base, tag));
    page.map_or(base, String::from)
}

/// The public address of a media name, or the remote address.
pub fn media_url(app: &App, m: &Media) -> String {
    if m.is_local() { app.url(&MediaStore::web_path(&m.url)) } else { m.url.clone() }
}

fn attachment(app: &App, m: &Media) -> Value {
    json!({
        "type": "Image", "mediaType": m.media_type, "url": media_url(app, m), "name": m.description,
        "width": m.width, "height": m.height, "blurhash": m.blurhash, "focalPoint": [m.focus_x, m.focus_y],
    })
}

/// `Create` of a post; its id follows from the post's, so that a repeat is the same activity.
pub fn create(app: &App, whole: &Whole) -> Value {
    about(app, "Create", &format!("{}/activity", whole.post.uri), whole, whole.post.published_at)
}

/// `Update` with the whole new document. A change that is no edit (a poll's counts) keeps `updated` as it was.
pub fn update(app: &App, whole: &Whole, at: Timestamp) -> Value {
    about(app, "Update", &format!("{}#updates/{}", whole.post.uri, at.0), whole, at)
}

fn about(app: &App, kind: &str, id: &str, whole: &Whole, at: Timestamp) -> Value {
    let object = note(app, whole);
    in_context(
        whole,
        json!({
            "id": id, "type": kind, "actor": whole.author.uri, "published": at.iso(),
            "to": object["to"], "cc": object["cc"], "object": object,
        }),
    )
}

/// Puts the context in front that a post's document, or an activity about it, needs.
pub fn in_context(whole: &Whole, document: Value) -> Value {
    if whole.event.is_some() { events::wire::in_context(document) } else { with_context(document) }
}

/// `Delete` with a `Tombstone`. It goes to whoever has a copy, so it is addressed to all who could read the post.
pub fn delete(post: &Post, author: &Account) -> Value {
    with_context(json!({
        "id": format!("{}#delete", post.uri), "type": "Delete", "actor": author.uri, "to": [PUBLIC],
        "object": {"id": post.uri, "type": "Tombstone"},
    }))
}

/// `Announce`, without `@context`, as it also stands in outboxes and inside `Undo`.
pub fn announce(b: &Boost, booster: &Account, author: &Account, post_uri: &str) -> Value {
    let named: Vec<&str> = if author.local { vec![] } else { vec![author.uri.as_str()] };
    let (to, cc) = addressing(b.audience, booster.followers_uri.as_deref(), &named);
    json!({
        "id": b.uri, "type": "Announce", "actor": booster.uri, "object": post_uri,
        "published": b.created_at.iso(), "to": to, "cc": cc,
    })
}

/// `Undo` of an `Announce`, to whom that went.
pub fn undo_announce(b: &Boost, booster: &Account, author: &Account, post_uri: &str) -> Value {
    let object = announce(b, booster, author, post_uri);
    let mut undo = activity("Undo", &format!("{}#undo", b.uri), &booster.uri, &object);
    undo["to"] = object["to"].clone();
    undo["cc"] = object["cc"].clone();
    undo
}

/// `Like`, without `@context`; with an emoji it is an `EmojiReact`.
pub fn like(uri: &str, actor: &str, post_uri: &str, emoji: &str) -> Value {
    if emoji.is_empty() {
        return json!({"id": uri, "type": "Like", "actor": actor, "object": post_uri});
    }
    json!({"id": uri, "type": "EmojiReact", "actor": actor, "object": post_uri, "content": emoji})
}

/// A vote: a nameless note with the chosen answer, to the author alone.
pub fn vote(id: &str, voter: &Account, question: &Post, author: &Account, title: &str) -> Value {
    with_context(json!({
        "id": format!("{id}/activity"), "type": "Create", "actor": voter.uri, "to": [author.uri],
        "object": {
            "id": id, "type": "Note", "name": title, "attributedTo": voter.uri,
            "inReplyTo": question.uri, "to": [author.uri],
        },
    }))
}

/// The stamp of FEP-044f that lets a quote be shown.
pub fn quote_authorization(stamp: &str, quoted: &Post, author: &Account, quoting: &str) -> Value {
    json!({
        "id": stamp, "type": "QuoteAuthorization", "attributedTo": author.uri,
        "interactingObject": quoting, "interactionTarget": quoted.uri,
    })
}

/// Asks a remote author whether a post may be quoted.
pub fn quote_request(app: &App, id: &str, whole: &Whole, quoted: &str) -> Value {
    with_context(json!({
        "id": id, "type": "QuoteRequest", "actor": whole.author.uri, "object": quoted, "instrument": note(app, whole),
    }))
}
