//! The member's own profile and how they write: the same action and checks as the settings page.
use super::entities;
use crate::{
    accounts::{
        actions::{pictures, profile},
        queries, relations,
        session::{Bearer, SignedIn},
        types::{Account, Member, ProfileChange},
        wire::picture_url,
    },
    app::App,
    error::{Error, Result},
    http::{
        api::{Api, delete_with, get, patch_with},
        described::{gives, with_files},
        fields::{FieldsAndFiles, Files},
        multipart,
    },
    ids::AccountId,
    media::image,
    posts::types::{Audience, check_lang},
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

pub fn routes(app: &App) -> Api {
    let room = multipart::room_for(app, 2);
    Api::new()
        .route(
            "/api/v1/accounts/update_credentials",
            patch_with(update, |op| {
                with_files(gives::<entities::Account>(op), &["avatar", "header"])
            }),
        )
        .route(
            "/api/v1/profile",
            get(show).patch_with(update_profile, |op| with_files(op, &["avatar", "header"])),
        )
        .wrap(|served| served.layer(room))
        .route("/api/v1/profile/avatar", delete_with(remove_avatar, gives::<entities::Account>))
        .route("/api/v1/profile/header", delete_with(remove_header, gives::<entities::Account>))
        .route("/api/v1/preferences", get(preferences))
}

/// What is not named stays as it is.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Update {
    display_name: Option<String>,
    note: Option<String>,
    locked: Option<bool>,
    bot: Option<bool>,
    discoverable: Option<bool>,
    indexable: Option<bool>,
    fields_attributes: Option<Vec<Line>>,
    source: Posting,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Line {
    name: String,
    value: String,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Posting {
    privacy: Option<String>,
    sensitive: Option<bool>,
    language: Option<String>,
}

impl Update {
    /// What the profile says then, if it says what it says now in `account`.
    fn change(&self, account: &Account) -> ProfileChange {
        let was = ProfileChange::of(account);
        let line = |l: &Line| (l.name.trim().to_owned(), l.value.trim().to_owned());
        let lines = self.fields_attributes.as_ref();
        ProfileChange {
            display_name: self.display_name.as_ref().map_or(was.display_name, |n| n.trim().into()),
            bio: self.note.clone().unwrap_or(was.bio),
            fields: lines.map_or(was.fields, |lines| lines.iter().map(line).collect()),
            locked: self.locked.unwrap_or(was.locked),
            discoverable: self.discoverable.unwrap_or(was.discoverable),
            indexable: self.indexable.unwrap_or(was.indexable),
            bot: self.bot.unwrap_or(was.bot),
            avatar: was.avatar,
            header: was.header,
        }
    }
}

impl Posting {
    fn is_empty(&self) -> bool {
        self.privacy.is_none() && self.sensitive.is_none() && self.language.is_none()
    }

    /// Puts it into `member`, within the limits.
    fn put(&self, member: &mut Member) -> Result<()> {
        if let Some(word) = &self.privacy {
            let audience = entities::audience(word);
            let audience = audience.ok_or_else(|| Error::Malformed("source[privacy]".into()))?;
            audience.word().clone_into(&mut member.default_audience);
        }
        if let Some(lang) = &self.language {
            check_lang(lang)?;
            member.post_lang.clone_from(lang);
        }
        member.default_sensitive = self.sensitive.unwrap_or(member.default_sensitive);
        Ok(())
    }
}

async fn change(app: &App, mut me: SignedIn, sent: Update, files: &Files) -> Result<SignedIn> {
    let writes = !sent.source.is_empty();
    sent.source.put(&mut me.member)?;
    sent.change(&me.account).check()?;
    let id = me.account.id;
    let avatar = pictures::keep(app, id, files.get("avatar"), image::avatar).await?;
    let header = pictures::keep(app, id, files.get("header"), image::header).await?;
    let mut tx = app.db.begin().await?;
    if writes {
        let Member { account_id, default_audience, default_sensitive, post_lang, .. } = &me.member;
        relations::set_posting(
            &mut tx,
            *account_id,
            default_audience,
            *default_sensitive,
            post_lang,
        )
        .await?;
    }
    me.account = profile::update(app, &mut tx, id, |now| {
        let change = sent.change(now);
        ProfileChange {
            avatar: avatar.or(change.avatar),
            header: header.or(change.header),
            ..change
        }
    })
    .await?;
    tx.commit().await?;
    Ok(me)
}

/// The member's own account, with what only they see.
pub(super) async fn own(app: &App, me: &SignedIn) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let requests = queries::count_follow_requests(&mut tx, me.account.id).await?;
    Ok(Json(entities::own_account(app, &me.account, &me.member, requests)).into_response())
}

/// `PATCH /api/v1/accounts/update_credentials`
async fn update(
    State(app): State<App>,
    Bearer(me): Bearer,
    FieldsAndFiles(sent, files): FieldsAndFiles<Update>,
) -> Result<Response> {
    let me = change(&app, me, sent, &files).await?;
    own(&app, &me).await
}

/// The profile as its owner edits it: what was written, not what it became.
/// <https://docs.joinmastodon.org/entities/Profile/>
#[derive(Serialize, JsonSchema)]
struct Profile {
    id: AccountId,
    display_name: String,
    note: String,
    fields: Vec<entities::Field>,
    avatar: Option<String>,
    avatar_static: Option<String>,
    avatar_description: &'static str,
    header: Option<String>,
    header_static: Option<String>,
    header_description: &'static str,
    locked: bool,
    bot: bool,
    hide_collections: bool,
    discoverable: bool,
    indexable: bool,
    show_media: bool,
    show_media_replies: bool,
    show_featured: bool,
    attribution_domains: [(); 0],
}

fn profile_of(app: &App, a: &Account) -> Profile {
    let picture = |kept: Option<&String>| picture_url(app, a, kept).map(Cow::into_owned);
    let (avatar, header) = (picture(a.avatar.as_ref()), picture(a.header.as_ref()));
    Profile {
        id: a.id,
        display_name: a.display_name.clone(),
        note: a.bio_source.clone(),
        fields: entities::sources(a),
        avatar_static: avatar.clone(),
        avatar,
        avatar_description: "",
        header_static: header.clone(),
        header,
        header_description: "",
        locked: a.locked,
        bot: a.kind.is_bot(),
        hide_collections: false,
        discoverable: a.discoverable,
        indexable: a.indexable,
        show_media: true,
        show_media_replies: true,
        show_featured: true,
        attribution_domains: [],
    }
}

async fn show(State(app): State<App>, Bearer(me): Bearer) -> Json<Profile> {
    Json(profile_of(&app, &me.account))
}

async fn update_profile(
    State(app): State<App>,
    Bearer(me): Bearer,
    FieldsAndFiles(sent, files): FieldsAndFiles<Update>,
) -> Result<Json<Profile>> {
    let me = change(&app, me, sent, &files).await?;
    Ok(Json(profile_of(&app, &me.account)))
}

async fn remove_avatar(State(app): State<App>, Bearer(mut me): Bearer) -> Result<Response> {
    me.account.avatar = None;
    save(&app, &me).await
}

async fn remove_header(State(app): State<App>, Bearer(mut me): Bearer) -> Result<Response> {
    me.account.header = None;
    save(&app, &me).await
}

async fn save(app: &App, me: &SignedIn) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    profile::save(app, &mut tx, &me.account).await?;
    tx.commit().await?;
    own(app, me).await
}

#[derive(Serialize, JsonSchema)]
struct Preferences {
    #[serde(rename = "posting:default:visibility")]
    visibility: &'static str,
    #[serde(rename = "posting:default:sensitive")]
    sensitive: bool,
    #[serde(rename = "posting:default:language")]
    language: String,
    #[serde(rename = "posting:default:quote_policy")]
    quote_policy: &'static str,
    #[serde(rename = "reading:expand:media")]
    media: &'static str,
    #[serde(rename = "reading:expand:spoilers")]
    spoilers: bool,
    #[serde(rename = "reading:autoplay:gifs")]
    gifs: bool,
}

/// How clients begin a new post, and how they show what is read.
async fn preferences(Bearer(me): Bearer) -> Json<Preferences> {
    let audience = Audience::from_word(&me.member.default_audience).unwrap_or(Audience::Public);
    Json(Preferences {
        visibility: entities::visibility(audience),
        sensitive: me.member.default_sensitive,
        language: me.member.writes_in().to_owned(),
        quote_policy: "public",
        media: "default",
        spoilers: false,
        gifs: false,
    })
}
