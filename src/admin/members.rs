//! Members, their roles, and whether they may sign in.
use super::Admin;
use crate::{
    accounts::{
        actions::roles,
        queries::{self, MemberRow},
        types::{Member, MemberState, Role},
    },
    app::App,
    error::Result,
    ids::AccountId,
    web::{CheckedForm, Flash, Html, Page, SeeOther},
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, State},
    routing::{get, post},
};
use serde::Deserialize;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/admin/members", get(show))
        .route("/admin/members/{id}/role", post(set_role))
        .route("/admin/members/{id}/suspended", post(set_suspended))
}

const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "admin/members.html")]
struct MembersPage {
    page: Page,
    by: Member,
    count: i64,
    query: Search,
    members: Vec<MemberRow>,
    /// The last id of this page, when there may be more.
    more: Option<AccountId>,
}

impl MembersPage {
    /// The roles that this admin may give to that member.
    fn choices(&self, member: &MemberRow) -> Vec<Role> {
        Role::ALL.into_iter().filter(|role| self.by.role.may_set(member.role, *role)).collect()
    }

    fn may_suspend(&self, member: &MemberRow) -> bool {
        member.account_id != self.by.account_id && self.by.role.may_set(member.role, member.role)
    }
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    q: String,
    #[serde(default = "from_the_start")]
    after: AccountId,
}

fn from_the_start() -> AccountId {
    AccountId(0)
}

/// `GET /admin/members?q=…&after=…`
async fn show(
    State(app): State<App>,
    page: Page,
    Admin(who): Admin,
    Query(query): Query<Search>,
) -> Result<Html<MembersPage>> {
    let mut tx = app.db.read().await?;
    let count = queries::count_members(&mut tx).await?;
    let word: String = query.q.trim().trim_start_matches('@').to_lowercase();
    let word: String = word.chars().take(100).collect();
    let members = queries::member_rows(&mut tx, false, &word, query.after, PAGE).await?;
    let full = i64::try_from(members.len()).is_ok_and(|n| n == PAGE);
    let more = members.last().filter(|_| full).map(|m| m.account_id);
    let page = page.at("", "a-members");
    Ok(Html(MembersPage { page, by: who.member, count, query, members, more }))
}

#[derive(Deserialize)]
struct NewRole {
    role: Role,
}

/// `POST /admin/members/{id}/role`
async fn set_role(
    State(app): State<App>,
    Admin(who): Admin,
    Path(id): Path<AccountId>,
    CheckedForm(form): CheckedForm<NewRole>,
) -> Result<SeeOther> {
    let mut tx = app.db.begin().await?;
    roles::set_role(&mut tx, &who.member, id, form.role).await?;
    tx.commit().await?;
    Ok(saved(&app))
}

#[derive(Deserialize)]
struct Suspended {
    suspended: bool,
}

/// `POST /admin/members/{id}/suspended`
async fn set_suspended(
    State(app): State<App>,
    Admin(who): Admin,
    Path(id): Path<AccountId>,
    CheckedForm(form): CheckedForm<Suspended>,
) -> Result<SeeOther> {
    let mut tx = app.db.begin().await?;
    roles::set_suspended(&app, &mut tx, &who.member, id, form.suspended).await?;
    tx.commit().await?;
    Ok(saved(&app))
}

fn saved(app: &App) -> SeeOther {
    SeeOther::to("/admin/members").saying(app, &Flash::new("flash-saved"))
}
