//! Profiles: our members' and our copies of remote ones.
use super::{
    super::{queries, types::Pager},
    Place,
};
use crate::{
    accounts::{
        self,
        details::{
            self,
            types::{Audience, Detail},
        },
        page::by_acct,
        types::{Account, AccountKind, Relationship, Role},
    },
    app::App,
    db::Tx,
    error::{Error, Result},
    http::negotiate,
    network::peers::{self, Away},
    posts::{
        self,
        article::Article,
        view::{self, PostView},
    },
    text::html,
    web::{Html, Page},
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use serde::Deserialize;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/@{acct}", get(profile))
}

#[derive(Template)]
#[template(path = "timelines/profile.html")]
struct Profile {
    page: Page,
    who: Account,
    relation: Relationship,
    role: Option<Role>,
    /// The page of the account it moved to.
    moved_to: Option<Account>,
    tab: &'static str,
    pinned: Vec<PostView>,
    posts: Vec<PostView>,
    pager: Pager,
    excerpt: String,
    /// What the reader may see.
    details: Vec<Detail>,
    /// Its node is down.
    away: Option<Away>,
}

#[derive(Deserialize)]
struct Shown {
    tab: Option<String>,
    before: Option<String>,
}

/// `GET /@name`, `GET /@name@host`. A server that asks is led to the document.
async fn profile(
    State(app): State<App>,
    page: Page,
    Path(acct): Path<String>,
    Query(shown): Query<Shown>,
    headers: HeaderMap,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let who = by_acct(&app, &mut tx, &acct).await?;
    if who.local && who.kind == AccountKind::Application {
        return Err(Error::NotFound);
    }
    if who.is_gone() {
        return Err(Error::Gone);
    }
    if negotiate::wants_activity_json(&headers) {
        return Ok(Redirect::temporary(&who.uri).into_response());
    }
    if !who.is_shown() {
        return Err(Error::Gone);
    }
    let tab = match shown.tab.as_deref() {
        Some("replies") => "replies",
        Some("media") => "media",
        Some("pinned") => "pinned",
        _ => "posts",
    };
    let (pinned, posts, pager) = lines(&mut tx, &page, &who, tab, &shown).await?;
    let relation = match &page.me {
        Some(me) => accounts::queries::relationship(&mut tx, me.id, who.id).await?,
        None => Relationship::default(),
    };
    let role = if who.local {
        accounts::queries::member(&mut tx, who.id).await.ok().map(|m| m.role)
    } else {
        None
    };
    let moved_to = match &who.moved_to {
        Some(uri) => accounts::queries::by_uri(&mut tx, uri).await?,
        None => None,
    };
    let details = details::shown::to(&mut tx, page.me.as_ref().map(|me| me.id), &who).await?;
    let excerpt = html::one_line(&html::plain_text(&who.bio_html), 200);
    let page = page.at("meet", "profile");
    let away = peers::away(&app, &mut tx, &who.host).await?;
    let profile = Profile {
        page,
        who,
        relation,
        role,
        moved_to,
        tab,
        pinned,
        posts,
        pager,
        excerpt,
        details,
        away,
    };
    Ok(Html(profile).into_response())
}

/// The posts of a tab; on the first page the pinned ones come first and are not repeated.
async fn lines(
    tx: &mut Tx,
    page: &Page,
    who: &Account,
    tab: &'static str,
    shown: &Shown,
) -> Result<(Vec<PostView>, Vec<PostView>, Pager)> {
    let part = Place { before: shown.before.clone() }.part()?;
    let viewer = page.me.as_ref().map(|me| me.id);
    let number = viewer.map_or(0, |v| v.0);
    let is_first = shown.before.is_none() && (tab == "posts" || tab == "pinned");
    let pinned = if is_first {
        let ids: Vec<_> =
            posts::queries::pinned(tx, who.id).await?.into_iter().map(|p| p.id).collect();
        view::posts(tx, viewer, &ids).await?
    } else {
        Vec::new()
    };
    let kind = match tab {
        "replies" => queries::Shown { replies: true, ..queries::Shown::default() },
        "media" => queries::Shown { replies: true, only_media: true, ..queries::Shown::default() },
        "pinned" => return Ok((pinned, Vec::new(), Pager::default())),
        _ => queries::Shown { boosts: true, ..queries::Shown::default() },
    };
    let lines = queries::profile(tx, number, who.id, kind, part).await?;
    let mut posts = view::lines(tx, viewer, &lines).await?;
    posts.retain(|v| pinned.iter().all(|p| p.post.id != v.post.id));
    let ids: Vec<i64> = lines.iter().map(|l| l.id).collect();
    let query = [("tab", if tab == "posts" { "" } else { tab })];
    Ok((pinned, posts, Pager::of(&who.path(), &query, part, &ids)))
}

impl Profile {
    fn is_me(&self) -> bool {
        self.page.is_me(&self.who.id)
    }

    fn words<'d>(&self, detail: &'d Detail) -> &'d str {
        detail.words(self.page.lang)
    }

    fn role_key(&self) -> Option<&'static str> {
        match self.role? {
            Role::Member => None,
            Role::Moderator => Some("badge-moderator"),
            Role::Admin => Some("badge-admin"),
            Role::Owner => Some("badge-owner"),
        }
    }

    fn is_hidden(&self) -> bool {
        !self.who.local || !self.who.indexable || !self.who.discoverable
    }
}
