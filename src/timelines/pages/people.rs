//! Lists of people: this node's directory, followers, whom somebody follows.
use super::{super::types::Pager, Listed, Person, Place};
use crate::{
    accounts::{
        page::by_acct,
        queries, related,
        types::{Account, FollowState},
    },
    app::App,
    db::Tx,
    error::{Error, Result},
    ids::AccountId,
    web::{Html, Page},
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, State},
    routing::get,
};
use std::collections::HashMap;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/people", get(directory))
        .route("/@{acct}/followers", get(followers))
        .route("/@{acct}/following", get(following))
}

#[derive(Template)]
#[template(path = "timelines/people.html")]
struct People {
    page: Page,
    title: String,
    /// Number of people, where it is known.
    total: Option<i64>,
    listed: Vec<Listed>,
    pager: Pager,
}

/// The reader's relation to each account.
pub(super) async fn listed(
    tx: &mut Tx,
    page: &Page,
    accounts: Vec<Account>,
    asks: bool,
) -> Result<Vec<Listed>> {
    let ids: Vec<AccountId> = accounts.iter().map(|a| a.id).collect();
    let relations = match &page.me {
        Some(me) => queries::relationships(tx, me.id, &ids).await?,
        None => HashMap::new(),
    };
    let relation = |id| relations.get(&id).copied().unwrap_or_default();
    let listed = |account: Account| Listed { relation: relation(account.id), account, asks };
    Ok(accounts.into_iter().map(listed).collect())
}

/// `GET /people`: members who want to be found.
async fn directory(
    State(app): State<App>,
    page: Page,
    Query(place): Query<Place>,
) -> Result<Html<People>> {
    let part = place.part()?;
    let mut tx = app.db.read().await?;
    let accounts = queries::directory(&mut tx, part.before, part.limit).await?;
    let ids: Vec<i64> = accounts.iter().map(|a| a.id.0).collect();
    let people = listed(&mut tx, &page, accounts, false).await?;
    let title = page.with("people-title", "name", &page.node.name);
    let pager = Pager::of("/people", &[], part, &ids);
    Ok(Html(People { page: page.at("meet", "people"), title, total: None, listed: people, pager }))
}

async fn followers(
    State(app): State<App>,
    page: Page,
    Path(acct): Path<String>,
    Query(place): Query<Place>,
) -> Result<Html<People>> {
    follows(&app, page, &acct, &place, true).await
}

async fn following(
    State(app): State<App>,
    page: Page,
    Path(acct): Path<String>,
    Query(place): Query<Place>,
) -> Result<Html<People>> {
    follows(&app, page, &acct, &place, false).await
}

async fn follows(
    app: &App,
    page: Page,
    acct: &str,
    place: &Place,
    followers: bool,
) -> Result<Html<People>> {
    let part = place.part()?;
    let mut tx = app.db.read().await?;
    let of = by_acct(app, &mut tx, acct).await?;
    if !of.is_shown() {
        return Err(Error::Gone);
    }
    let me = page.me.as_ref().map(|me| me.id);
    let found = if !related::are_shown_to(&mut tx, of.id, me).await? {
        Vec::new()
    } else if followers {
        let state = FollowState::Accepted;
        queries::followers(&mut tx, of.id, state, part.before, part.limit).await?
    } else {
        queries::following(&mut tx, of.id, part.before, part.limit).await?
    };
    let ids: Vec<i64> = found.iter().map(|l| l.cursor).collect();
    let accounts = found.into_iter().map(|l| l.account).filter(Account::is_shown).collect();
    let people = listed(&mut tx, &page, accounts, false).await?;
    let (key, here, total) = if followers {
        ("followers-title", "followers", of.followers_count)
    } else {
        ("following-title", "following", of.following_count)
    };
    let title = page.with(key, "name", of.shown_name());
    let pager = Pager::of(&format!("{}/{here}", of.path()), &[], part, &ids);
    let here = if page.is_me(&of.id) { here } else { "" };
    Ok(Html(People {
        page: page.at("meet", here),
        title,
        total: Some(total),
        listed: people,
        pager,
    }))
}
