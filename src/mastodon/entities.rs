//! The JSON of accounts, statuses and notifications as clients read it. Shapes only: they borrow from what was read and are written out at once.
//! <https://docs.joinmastodon.org/entities/>
use super::{
    cards::{self, Card, Extension},
    filters::{self, FilterResult},
};
use crate::{
    accounts::{
        types::{self, AccountKind},
        wire::picture_url,
    },
    app::App,
    clock::Timestamp,
    ids::{AccountId, MediaId, PostId},
    media::image,
    posts::{
        self,
        types::{Audience, QuotePolicy},
        view::{PollView, PostView},
        wire::{media_url, tag_url},
    },
};
use schemars::JsonSchema;
use serde::Serialize;
use std::borrow::Cow;

/// What this node never has: written as `[]`.
type Nothing = [(); 0];

#[derive(Serialize, JsonSchema)]
pub struct Account<'a> {
    id: AccountId,
    username: &'a str,
    acct: Cow<'a, str>,
    display_name: &'a str,
    note: &'a str,
    url: &'a str,
    uri: &'a str,
    avatar: Cow<'a, str>,
    avatar_static: Cow<'a, str>,
    header: Cow<'a, str>,
    header_static: Cow<'a, str>,
    locked: bool,
    bot: bool,
    group: bool,
    discoverable: bool,
    indexable: bool,
    fields: Vec<Field>,
    emojis: Nothing,
    roles: Nothing,
    created_at: String,
    last_status_at: Option<String>,
    statuses_count: i64,
    followers_count: i64,
    following_count: i64,
    /// Only for the member who asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<Source<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
}

#[derive(Serialize, JsonSchema)]
pub struct Field {
    name: String,
    value: String,
    verified_at: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Source<'a> {
    note: &'a str,
    fields: Vec<Field>,
    privacy: &'static str,
    language: &'a str,
    sensitive: bool,
    indexable: bool,
    discoverable: bool,
    follow_requests_count: i64,
}

/// What one may do on this node, as clients show it. The node's rules go by the member's role, not by this.
#[derive(Serialize, JsonSchema)]
struct Role {
    id: &'static str,
    name: &'static str,
    color: &'static str,
    permissions: &'static str,
    highlighted: bool,
}

pub fn account<'a>(app: &App, a: &'a types::Account) -> Account<'a> {
    let picture = |picture: Option<&'a String>, default: &str| -> Cow<'a, str> {
        picture_url(app, a, picture).unwrap_or_else(|| app.url(default).into())
    };
    let avatar = picture(a.avatar.as_ref(), "/assets/avatar.png");
    let header = picture(a.header.as_ref(), "/assets/header.svg");
    let field = |f: types::Field| Field {
        name: f.name,
        value: f.value,
        verified_at: f.verified_at.map(Timestamp::iso),
    };
    Account {
        id: a.id,
        username: &a.name,
        acct: if a.local { Cow::Borrowed(&a.name) } else { a.handle().into() },
        display_name: a.shown_name(),
        note: &a.bio_html,
        url: &a.url,
        uri: &a.uri,
        avatar_static: avatar.clone(),
        avatar,
        header_static: header.clone(),
        header,
        locked: a.locked,
        bot: a.kind.is_bot(),
        group: a.kind == AccountKind::Group,
        discoverable: a.discoverable,
        indexable: a.indexable,
        fields: a.fields().into_iter().map(field).collect(),
        emojis: [],
        roles: [],
        created_at: format!("{}T00:00:00.000Z", a.created_at.iso_date()),
        last_status_at: a.last_post_at.map(Timestamp::iso_date),
        statuses_count: a.posts_count,
        followers_count: a.followers_count,
        following_count: a.following_count,
        source: None,
        role: None,
    }
}

/// The lines of a profile as they were written.
pub fn sources(a: &types::Account) -> Vec<Field> {
    let field = |f: types::Field| Field {
        name: f.name,
        value: f.source,
        verified_at: f.verified_at.map(Timestamp::iso),
    };
    a.fields().into_iter().map(field).collect()
}

/// The account of the member who asks, with how they write; `requests` wait for a yes.
pub fn own_account<'a>(
    app: &App,
    a: &'a types::Account,
    member: &'a types::Member,
    requests: i64,
) -> Account<'a> {
    let audience = Audience::from_word(&member.default_audience).unwrap_or(Audience::Public);
    let source = Source {
        note: &a.bio_source,
        fields: sources(a),
        privacy: visibility(audience),
        language: member.writes_in(),
        sensitive: member.default_sensitive,
        indexable: a.indexable,
        discoverable: a.discoverable,
        follow_requests_count: requests,
    };
    let role = Role {
        id: member.role.word(),
        name: member.role.word(),
        color: "",
        permissions: "0",
        highlighted: false,
    };
    Account { source: Some(source), role: Some(role), ..account(app, a) }
}

#[derive(Serialize, JsonSchema)]
pub struct Status<'a> {
    id: PostId,
    uri: &'a str,
    url: &'a str,
    account: Account<'a>,
    created_at: String,
    edited_at: Option<String>,
    content: Cow<'a, str>,
    visibility: &'static str,
    audience: Audience,
    sensitive: bool,
    spoiler_text: &'a str,
    language: Option<&'a str>,
    in_reply_to_id: Option<PostId>,
    in_reply_to_account_id: Option<AccountId>,
    media_attachments: Vec<Attachment<'a>>,
    mentions: Vec<Mention<'a>>,
    tags: Vec<Tag<'a>>,
    emojis: Nothing,
    card: Option<Card<'a>>,
    application: Option<()>,
    filtered: Vec<FilterResult<'a>>,
    reblog: Option<Box<Status<'a>>>,
    poll: Option<Poll<'a>>,
    replies_count: i64,
    reblogs_count: i64,
    favourites_count: i64,
    quotes_count: i64,
    quote_approval: QuoteApproval,
    favourited: bool,
    reblogged: bool,
    bookmarked: bool,
    pinned: bool,
    muted: bool,
    quote: Option<Quote<'a>>,
    /// Only where there is something to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    tsudoi: Option<Extension<'a>>,
    /// Only for the author who deletes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
struct Mention<'a> {
    id: AccountId,
    username: &'a str,
    acct: String,
    url: &'a str,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StatusTag")]
pub struct Tag<'a> {
    name: &'a str,
    url: String,
}

pub fn tag<'a>(app: &App, name: &'a str) -> Tag<'a> {
    Tag { name, url: tag_url(app, name) }
}

/// Who may quote: the groups that may without being asked back, and those that have to ask.
#[derive(Serialize, JsonSchema)]
struct QuoteApproval {
    automatic: &'static [&'static str],
    manual: Nothing,
    current_user: &'static str,
}

fn quote_approval(post: &posts::types::Post) -> QuoteApproval {
    let policy = if post.audience.is_open() { post.quote_policy } else { QuotePolicy::Nobody };
    let (automatic, current_user): (&[_], _) = match policy {
        QuotePolicy::Public => (&["public"], "automatic"),
        QuotePolicy::Followers => (&["followers"], "unknown"),
        QuotePolicy::Nobody => (&[], "denied"),
    };
    QuoteApproval { automatic, manual: [], current_user }
}

#[derive(Serialize, JsonSchema)]
struct Quote<'a> {
    state: &'static str,
    quoted_status: Box<Status<'a>>,
}

/// An audience by the word of a client or by ours.
pub fn audience(word: &str) -> Option<Audience> {
    Audience::from_word(if word == "private" { "followers" } else { word })
}

/// Clients know four words: what only some may read is `private` to them.
pub fn visibility(audience: Audience) -> &'static str {
    match audience {
        Audience::Public => "public",
        Audience::Unlisted => "unlisted",
        Audience::Followers | Audience::Network | Audience::Chapter => "private",
        Audience::Direct => "direct",
    }
}

/// A former or the present text of a status.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StatusEdit")]
pub struct Version<'a> {
    content: &'a str,
    spoiler_text: &'a str,
    sensitive: bool,
    created_at: String,
    account: Account<'a>,
    media_attachments: Vec<Attachment<'a>>,
    emojis: Nothing,
}

/// Pictures are not kept with former versions: each shows those of today.
pub fn version<'a>(
    app: &App,
    v: &'a PostView,
    html: &'a str,
    warning: &'a str,
    written_at: Timestamp,
) -> Version<'a> {
    Version {
        content: html,
        spoiler_text: warning,
        sensitive: v.post.sensitive,
        created_at: written_at.iso(),
        account: account(app, &v.author),
        media_attachments: v.media.iter().map(|m| attachment(app, m)).collect(),
        emojis: [],
    }
}

pub fn statuses<'a>(app: &App, views: &'a [PostView]) -> Vec<Status<'a>> {
    views.iter().map(|v| status(app, v)).collect()
}

/// A status, or the wrapper around a boosted one, on which nothing hangs: that is the boosted one's.
pub fn status<'a>(app: &App, v: &'a PostView) -> Status<'a> {
    let inner = original(app, v);
    let Some(booster) = &v.booster else { return inner };
    Status { id: PostId(v.cursor), reblog: Some(Box::new(inner)), ..bare(app, v, booster) }
}

/// A status that is gone, with what its author wrote, to be written anew.
pub fn deleted_status<'a>(app: &App, v: &'a PostView) -> Status<'a> {
    Status { text: Some(&v.post.source), ..status(app, v) }
}

fn original<'a>(app: &App, v: &'a PostView) -> Status<'a> {
    let mention = |a: &'a types::Account| Mention {
        id: a.id,
        username: &a.name,
        acct: a.acct(),
        url: &a.url,
    };
    let quote =
        |q: &'a PostView| Quote { state: "accepted", quoted_status: Box::new(original(app, q)) };
    Status {
        content: cards::content(v),
        media_attachments: v.media.iter().map(|m| attachment(app, m)).collect(),
        mentions: v.mentions.iter().map(|a| mention(a)).collect(),
        tags: v.tags.iter().map(|t| tag(app, t)).collect(),
        card: cards::card(app, v),
        poll: v.poll.as_ref().map(|view| poll(app, view)),
        quote: v.quoted.as_deref().map(quote),
        tsudoi: cards::extension(v),
        ..bare(app, v, &v.author)
    }
}

/// A status without its content.
fn bare<'a>(app: &App, v: &'a PostView, by: &'a types::Account) -> Status<'a> {
    let p = &v.post;
    Status {
        id: p.id,
        uri: &p.uri,
        url: &p.url,
        account: account(app, by),
        created_at: p.published_at.iso(),
        edited_at: p.edited_at.map(Timestamp::iso),
        content: "".into(),
        visibility: visibility(p.audience),
        audience: p.audience,
        sensitive: p.sensitive,
        spoiler_text: &p.summary,
        language: Some(p.lang.as_str()).filter(|lang| !lang.is_empty()),
        in_reply_to_id: p.in_reply_to_id,
        in_reply_to_account_id: v.reply_to.as_ref().map(|a| a.id),
        media_attachments: Vec::new(),
        mentions: Vec::new(),
        tags: Vec::new(),
        emojis: [],
        card: None,
        application: None,
        filtered: filters::results(app, p.id, &v.filtered),
        reblog: None,
        poll: None,
        replies_count: p.replies_count,
        reblogs_count: p.boosts_count,
        favourites_count: p.likes_count,
        quotes_count: v.quotes_count,
        quote_approval: quote_approval(p),
        favourited: v.liked,
        reblogged: v.boosted,
        bookmarked: v.bookmarked,
        pinned: v.pinned,
        muted: v.muted,
        quote: None,
        tsudoi: None,
        text: None,
    }
}

/// A picture or other file of a post, or one that waits for its post.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MediaAttachment")]
pub struct Attachment<'a> {
    id: MediaId,
    #[serde(rename = "type")]
    kind: &'static str,
    url: String,
    preview_url: String,
    remote_url: Option<()>,
    description: &'a str,
    blurhash: Option<&'a str>,
    meta: Meta,
}

#[derive(Serialize, JsonSchema)]
struct Meta {
    original: Size,
    small: Size,
    focus: Focus,
}

#[derive(Serialize, JsonSchema)]
struct Size {
    width: i64,
    height: i64,
    /// `1280x720`
    #[serde(rename = "size")]
    words: String,
    aspect: f64,
}

impl Size {
    #[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "pixels of one side")]
    fn new(width: i64, height: i64) -> Self {
        let aspect = width as f64 / height.max(1) as f64;
        Self { width, height, words: format!("{width}x{height}"), aspect }
    }
}

#[derive(Serialize, JsonSchema)]
struct Focus {
    x: f64,
    y: f64,
}

/// The small picture that stands for it.
pub fn preview_url(app: &App, m: &posts::types::Media) -> String {
    match &m.thumbnail_url {
        Some(name) if m.is_local() => app.url(&crate::media::MediaStore::web_path(name)),
        Some(address) => address.clone(),
        None => media_url(app, m),
    }
}

/// Its width and height.
pub fn preview_size(m: &posts::types::Media) -> (i64, i64) {
    image::thumbnail_size(m.width, m.height)
}

pub fn attachment<'a>(app: &App, m: &'a posts::types::Media) -> Attachment<'a> {
    let small = preview_size(m);
    let kind = match m.media_type.split('/').next() {
        Some("image") => "image",
        Some("video") => "video",
        Some("audio") => "audio",
        _ => "unknown",
    };
    Attachment {
        id: m.id,
        kind,
        url: media_url(app, m),
        preview_url: preview_url(app, m),
        remote_url: None,
        description: &m.description,
        blurhash: m.blurhash.as_deref(),
        meta: Meta {
            original: Size::new(m.width, m.height),
            small: Size::new(small.0, small.1),
            focus: Focus { x: m.focus_x, y: m.focus_y },
        },
    }
}

#[derive(Serialize, JsonSchema)]
pub struct Poll<'a> {
    id: PostId,
    expires_at: Option<String>,
    expired: bool,
    multiple: bool,
    votes_count: i64,
    voters_count: i64,
    options: Vec<PollOption<'a>>,
    voted: bool,
    own_votes: &'a [i64],
    emojis: Nothing,
}

#[derive(Serialize, JsonSchema)]
struct PollOption<'a> {
    title: &'a str,
    votes_count: i64,
}

pub fn poll<'a>(app: &App, v: &'a PollView) -> Poll<'a> {
    Poll {
        id: v.poll.post_id,
        expires_at: v.poll.ends_at.map(Timestamp::iso),
        expired: v.poll.is_over(app.now()),
        multiple: v.poll.multiple,
        votes_count: v.options.iter().map(|o| o.votes).sum(),
        voters_count: v.poll.voters_count,
        options: v
            .options
            .iter()
            .map(|o| PollOption { title: &o.title, votes_count: o.votes })
            .collect(),
        voted: !v.own.is_empty(),
        own_votes: &v.own,
        emojis: [],
    }
}
