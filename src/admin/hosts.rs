//! Other servers: how delivery to them is going, what was given up, and whom this node does not talk to.
use super::Admin;
use crate::{
    accounts::actions::hosts::read_host,
    app::App,
    clock::Timestamp,
    error::{Error, Result},
    federation::{
        delivery::{self, DeadLetter},
        hosts::{self, HostRow},
        inbound::{self, Parked},
    },
    web::{CheckedForm, Flash, Html, Page, Problems, SeeOther, csrf::NoFields, page},
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::Deserialize;
use std::collections::{HashMap, HashSet};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/admin/hosts", get(show))
        .route("/admin/hosts/block", post(block))
        .route("/admin/dead-letters/retry", post(retry_all))
        .route("/admin/dead-letters/{id}/retry", post(retry))
}

const PAGE: i64 = 50;
const DEAD_SHOWN: i64 = 50;
const PARKED_SHOWN: i64 = 50;

#[derive(Template)]
#[template(path = "admin/hosts.html")]
struct HostsPage {
    page: Page,
    problems: Problems,
    typed: String,
    hosts: Vec<Line>,
    more: Option<String>,
    dead: Vec<DeadLetter>,
    parked: Vec<Parked>,
}

/// A host and what waits for it.
struct Line {
    host: HostRow,
    waiting: i64,
    oldest: Option<Timestamp>,
}

#[derive(Deserialize, Default)]
struct From {
    #[serde(default)]
    after: String,
}

/// `GET /admin/hosts`: hosts in trouble first, then all by name.
async fn show(
    State(app): State<App>,
    page: Page,
    _admin: Admin,
    Query(from): Query<From>,
) -> Result<Html<HostsPage>> {
    Ok(Html(load(&app, page, &from.after).await?))
}

async fn load(app: &App, page: Page, after: &str) -> Result<HostsPage> {
    let mut tx = app.db.read().await?;
    let waiting = delivery::backlog(&mut tx, 500).await?;
    let waiting: HashMap<String, (i64, Timestamp)> =
        waiting.into_iter().map(|(host, n, oldest)| (host, (n, oldest))).collect();
    let mut rows =
        if after.is_empty() { hosts::troubled(&mut tx, PAGE).await? } else { Vec::new() };
    let first: HashSet<String> = rows.iter().map(|row| row.host.clone()).collect();
    let listed = hosts::list(&mut tx, after, PAGE).await?;
    let full = i64::try_from(listed.len()).is_ok_and(|n| n == PAGE);
    let more = listed.last().filter(|_| full).map(|row| row.host.clone());
    rows.extend(listed.into_iter().filter(|row| !first.contains(&row.host)));
    let line = |host: HostRow| {
        let found = waiting.get(&host.host).copied();
        Line { waiting: found.map_or(0, |(n, _)| n), oldest: found.map(|(_, at)| at), host }
    };
    Ok(HostsPage {
        page: page.at("", "a-hosts"),
        problems: Problems::default(),
        typed: String::new(),
        hosts: rows.into_iter().map(line).collect(),
        more,
        dead: delivery::dead_letters(&mut tx, DEAD_SHOWN).await?,
        parked: inbound::parked(&mut tx, PARKED_SHOWN).await?,
    })
}

#[derive(Deserialize)]
struct BlockForm {
    host: String,
    blocked: bool,
}

/// `POST /admin/hosts/block`: no longer talks to a host, or does again.
async fn block(
    State(app): State<App>,
    page: Page,
    _admin: Admin,
    CheckedForm(form): CheckedForm<BlockForm>,
) -> Result<Response> {
    let mut problems = Problems::default();
    let own = |host: &String| hosts::holds_for(host, app.host());
    let host = match read_host(&app, &form.host) {
        Ok(host) if form.blocked && own(&host) => Err(Error::Forbidden("host-own")),
        other => other,
    };
    let Some(host) = problems.note("host", page.lang, host)? else {
        let mut template = load(&app, page, "").await?;
        (template.problems, template.typed) = (problems, form.host);
        return Ok(page::page(StatusCode::UNPROCESSABLE_ENTITY, &template));
    };
    let mut tx = app.db.begin().await?;
    hosts::set_blocked(&mut tx, &host, form.blocked).await?;
    let seen = app.seen_hosts.clone();
    tx.afterwards(move || seen.invalidate_all());
    tx.rings(&app.wake.network);
    tx.commit().await?;
    Ok(SeeOther::to("/admin/hosts").saying(&app, &Flash::new("flash-saved")).into_response())
}

/// `POST /admin/dead-letters/{id}/retry`
async fn retry(
    State(app): State<App>,
    _admin: Admin,
    Path(id): Path<i64>,
    CheckedForm(NoFields {}): CheckedForm<NoFields>,
) -> Result<SeeOther> {
    let mut tx = app.db.begin().await?;
    delivery::revive(&mut tx, id, app.now()).await?;
    tx.commit().await?;
    Ok(retried(&app))
}

/// `POST /admin/dead-letters/retry`
async fn retry_all(
    State(app): State<App>,
    _admin: Admin,
    CheckedForm(NoFields {}): CheckedForm<NoFields>,
) -> Result<SeeOther> {
    let mut tx = app.db.begin().await?;
    delivery::revive_all(&mut tx, app.now()).await?;
    tx.commit().await?;
    Ok(retried(&app))
}

fn retried(app: &App) -> SeeOther {
    app.wake.delivery.notify_one();
    SeeOther::to("/admin/hosts").saying(app, &Flash::new("flash-retried"))
}
