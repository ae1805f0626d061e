//! Deleting one's account; other servers are told.
use super::{confirm::Confirmed, moving};
use crate::{
    accounts::{
        actions::{profile, roles},
        session::{self, SignedIn},
    },
    app::App,
    error::{Error, Result},
    outgoing_mail,
    posts::actions::attend,
    text::LocalName,
    web::{CheckedForm, Flash, Page, Problems, SeeOther},
};
use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::post,
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/settings/delete", post(delete))
}

#[derive(Deserialize)]
struct DeleteForm {
    /// The member's own name, typed.
    confirm: String,
}

/// `POST /settings/delete`
async fn delete(
    State(app): State<App>,
    page: Page,
    Confirmed { who, .. }: Confirmed,
    CheckedForm(form): CheckedForm<DeleteForm>,
) -> Result<Response> {
    let mut problems = Problems::default();
    let same = LocalName::parse(form.confirm.trim().trim_start_matches('@'))
        .is_ok_and(|typed| typed.as_str() == who.account.name);
    let outcome =
        if same { leave(&app, &who).await } else { Err(Error::invalid("delete-other-name")) };
    if problems.note("confirm", page.lang, outcome)?.is_none() {
        return moving::with_problem(&app, page, &who, form.confirm, problems).await;
    }
    let jar = CookieJar::new().add(session::no_cookie(&app));
    let bye = SeeOther::to("/").saying(&app, &Flash::new("flash-deleted"));
    Ok((jar, bye).into_response())
}

/// Deletes a member's account; the mail address is told. That is one transaction; nobody reads the posts from then on, and they are removed afterwards.
async fn leave(app: &App, who: &SignedIn) -> Result<()> {
    let mut tx = app.db.begin().await?;
    roles::keep_an_owner(&mut tx, &who.member).await?;
    attend::forget(app, &mut tx, who.account.id).await?;
    profile::delete(app, &mut tx, &who.account).await?;
    let lang = who.member.lang;
    let (subject, body) = (lang.t("mail-deleted-subject"), lang.t("mail-deleted-body"));
    outgoing_mail::enqueue(app, &mut tx, &who.member.email, subject, body).await?;
    tx.commit().await
}
