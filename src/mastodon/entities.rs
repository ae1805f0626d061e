//! The JSON of accounts, statuses and notifications as clients read it. Shapes only.
//! <https://docs.joinmastodon.org/entities/>
#![expect(clippy::indexing_slicing, reason = "a missing key of a JSON value reads as null")]
use crate::{
    accounts::{types::Account, wire::picture_url},
    app::App,
    feeds::notifications::Kind,
    posts::{
        types::{Audience, Media},
        view::{PollView, PostView},
        wire::media_url,
    },
    timelines::reading::NotificationView,
};
use serde_json::{Value, json};

pub fn account(app: &App, a: &Account) -> Value {
    let avatar =
        picture_url(app, a, a.avatar.as_ref()).unwrap_or_else(|| app.url("/assets/avatar.png"));
    let header =
        picture_url(app, a, a.header.as_ref()).unwrap_or_else(|| app.url("/assets/header.svg"));
    let fields: Vec<Value> = a
        .fields()
        .iter()
        .map(|f| json!({"name": f.name, "value": f.value, "verified_at": f.verified_at.map(crate::clock::Timestamp::iso)}))
        .collect();
    json!({
        "id": a.id, "username": a.name, "acct": a.acct(), "display_name": a.shown_name(), "note": a.bio_html,
        "url": a.url, "uri": a.uri, "avatar": avatar, "avatar_static": avatar, "header": header, "header_static": header,
        "locked": a.locked, "bot": a.kind.is_bot(), "group": a.kind == crate::accounts::types::AccountKind::Group,
        "discoverable": a.discoverable, "indexable": a.indexable, "fields": fields, "emojis": [], "roles": [],
        "created_at": a.created_at.iso(), "last_status_at": a.last_post_at.map(|t| t.iso().chars().take(10).collect::<String>()),
        "statuses_count": a.posts_count, "followers_count": a.followers_count, "following_count": a.following_count,
    })
}

fn visibility(audience: Audience) -> &'static str {
    match audience {
        Audience::Public => "public",
        Audience::Unlisted => "unlisted",
        Audience::Followers | Audience::Network | Audience::Chapter => "private",
        Audience::Direct => "direct",
    }
}

/// A status, or the wrapper around a boosted one.
pub fn status(app: &App, v: &PostView) -> Value {
    let inner = original(app, v);
    let Some(booster) = &v.booster else { return inner };
    let mut wrapper = inner.clone();
    wrapper["id"] = json!(v.cursor.to_string());
    wrapper["account"] = account(app, booster);
    wrapper["content"] = json!("");
    wrapper["reblog"] = inner;
    wrapper
}

fn original(app: &App, v: &PostView) -> Value {
    let p = &v.post;
    let mentions: Vec<Value> = v
        .mentions
        .iter()
        .map(|a| json!({"id": a.id, "username": a.name, "acct": a.acct(), "url": a.url}))
        .collect();
    let tags: Vec<Value> =
        v.tags.iter().map(|t| json!({"name": t, "url": app.url(&format!("/tags/{t}"))})).collect();
    let title = if p.title.is_empty() {
        String::new()
    } else {
        format!("<p><strong>{}</strong></p>", crate::text::html::escape(&p.title))
    };
    json!({
        "id": p.id, "uri": p.uri, "url": p.url, "account": account(app, &v.author),
        "created_at": p.published_at.iso(), "edited_at": p.edited_at.map(crate::clock::Timestamp::iso),
        "content": format!("{title}{}", p.content_html), "visibility": visibility(p.audience), "audience": p.audience,
        "sensitive": p.sensitive, "spoiler_text": p.summary,
        "language": if p.lang.is_empty() { Value::Null } else { json!(p.lang) },
        "in_reply_to_id": p.in_reply_to_id, "in_reply_to_account_id": v.reply_to.as_ref().map(|a| a.id),
        "media_attachments": v.media.iter().map(|m| media(app, m)).collect::<Vec<_>>(),
        "mentions": mentions, "tags": tags, "emojis": [], "card": null, "filtered": [], "reblog": null,
        "poll": v.poll.as_ref().map(|poll_view| poll(app, poll_view)),
        "replies_count": p.replies_count, "reblogs_count": p.boosts_count, "favourites_count": p.likes_count, "quotes_count": 0,
        "favourited": v.liked, "reblogged": v.boosted, "bookmarked": v.bookmarked, "pinned": v.pinned, "muted": false,
        "quote": v.quoted.as_ref().map(|q| json!({"state": "accepted", "quoted_status": original(app, q)})),
    })
}

pub fn media(app: &App, m: &Media) -> Value {
    let url = media_url(app, m);
    let preview = match &m.thumbnail_url {
        Some(name) if m.is_local() => app.url(&crate::media::MediaStore::web_path(name)),
        Some(address) => address.clone(),
        None => url.clone(),
    };
    let kind = match m.media_type.split('/').next() {
        Some("image") => "image",
        Some("video") => "video",
        Some("audio") => "audio",
        _ => "unknown",
    };
    json!({
        "id": m.id, "type": kind, "url": url, "preview_url": preview, "remote_url": null, "description": m.description,
        "blurhash": m.blurhash,
        "meta": {"original": {"width": m.width, "height": m.height}, "focus": {"x": m.focus_x, "y": m.focus_y}},
    })
}

fn poll(app: &App, v: &PollView) -> Value {
    let votes: i64 = v.options.iter().map(|o| o.votes).sum();
    json!({
        "id": v.poll.post_id, "expires_at": v.poll.ends_at.map(crate::clock::Timestamp::iso), "expired": v.poll.is_over(app.now()),
        "multiple": v.poll.multiple, "votes_count": votes, "voters_count": v.poll.voters_count,
        "options": v.options.iter().map(|o| json!({"title": o.title, "votes_count": o.votes})).collect::<Vec<_>>(),
        "voted": !v.own.is_empty(), "own_votes": v.own, "emojis": [],
    })
}

pub fn notification(app: &App, n: &NotificationView) -> Value {
    let kind = match n.kind {
        Kind::Mention | Kind::Reply => "mention",
        Kind::Follow => "follow",
        Kind::FollowRequest => "follow_request",
        Kind::Like => "favourite",
        Kind::Boost => "reblog",
        Kind::Quote => "quote",
        Kind::Poll => "poll",
    };
    let at = crate::clock::Timestamp(n.id >> 16).iso();
    json!({
        "id": n.id.to_string(), "type": kind, "created_at": at, "account": account(app, &n.from),
        "status": n.post.as_ref().map(|p| status(app, p)),
    })
}
