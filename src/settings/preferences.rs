//! The language of pages and mails, and for whom posts are at first.
use crate::{
    accounts::{queries, session::SignedIn},
    app::App,
    error::{Error, Result},
    posts::types::Audience,
    text::Lang,
    web::{CheckedForm, Flash, Html, Page, SeeOther},
};
use askama::Template;
use axum::{Router, extract::State, routing::get};
use serde::Deserialize;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/settings/language", get(show).post(save))
}

#[derive(Template)]
#[template(path = "settings/language.html")]
struct LanguagePage {
    page: Page,
    audience: String,
}

#[derive(Deserialize)]
struct Preferences {
    lang: Lang,
    audience: String,
}

/// `GET /settings/language`
async fn show(page: Page, who: SignedIn) -> Html<LanguagePage> {
    let audience = who.member.default_audience;
    Html(LanguagePage { page: page.at("", "s-language"), audience })
}

/// `POST /settings/language`
async fn save(
    State(app): State<App>,
    who: SignedIn,
    CheckedForm(form): CheckedForm<Preferences>,
) -> Result<SeeOther> {
    let audience = Audience::from_word(&form.audience)
        .ok_or_else(|| Error::Malformed("no such audience".into()))?;
    let mut tx = app.db.begin().await?;
    queries::set_preferences(&mut tx, who.account.id, form.lang, audience.word()).await?;
    tx.commit().await?;
    Ok(SeeOther::to("/settings/language").saying(&app, &Flash::new("flash-saved")))
}

/// The message key that names an audience and says whom it reaches.
fn words(audience: Audience) -> &'static str {
    match audience {
        Audience::Public => "audience-choice-public",
        Audience::Unlisted => "audience-choice-unlisted",
        Audience::Followers => "audience-choice-followers",
        Audience::Direct => "audience-choice-direct",
        Audience::Network => "audience-choice-network",
        Audience::Chapter => "audience-choice-chapter",
    }
}
