//! Reports by members and other servers (`Flag`), to read.
use super::Admin;
use crate::{
    accounts::queries::{self, ReportRow},
    app::App,
    error::Result,
    ids::PostId,
    posts,
    web::{Html, Page},
};
use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    routing::get,
};
use serde::Deserialize;
use std::collections::HashMap;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/reports", get(show))
}

const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "admin/reports.html")]
struct ReportsPage {
    page: Page,
    host: String,
    reports: Vec<ReportRow>,
    /// Addresses of the posts that reports name.
    posts: HashMap<PostId, String>,
    more: Option<i64>,
}

impl ReportsPage {
    /// The address of each reported post that is still known.
    fn posts_of(&self, report: &ReportRow) -> Vec<&str> {
        ids(report).iter().filter_map(|id| self.posts.get(id)).map(String::as_str).collect()
    }

    fn handle(&self, name: &str, host: &str) -> String {
        if host == self.host { name.to_owned() } else { format!("{name}@{host}") }
    }
}

fn ids(report: &ReportRow) -> Vec<PostId> {
    serde_json::from_str(&report.posts).unwrap_or_default()
}

#[derive(Deserialize)]
struct From {
    #[serde(default = "newest")]
    before: i64,
}

fn newest() -> i64 {
    i64::MAX
}

/// `GET /admin/reports?before=…`
async fn show(
    State(app): State<App>,
    page: Page,
    _admin: Admin,
    Query(from): Query<From>,
) -> Result<Html<ReportsPage>> {
    let mut tx = app.db.read().await?;
    let reports = queries::reports(&mut tx, from.before, PAGE).await?;
    let named: Vec<PostId> = reports.iter().flat_map(ids).collect();
    let posts = posts::queries::addresses(&mut tx, &named).await?;
    let full = i64::try_from(reports.len()).is_ok_and(|n| n == PAGE);
    Ok(Html(ReportsPage {
        page: page.at("", "a-reports"),
        host: app.host().to_owned(),
        more: reports.last().filter(|_| full).map(|r| r.id),
        posts: posts.into_iter().collect(),
        reports,
    }))
}
