//! What the member tells of themselves, field by field, and to whom.
use crate::{
    accounts::{
        actions::details,
        details::{
            queries,
            types::{Affiliation, Audience, Detail, DetailField, Wanted},
        },
        session::SignedIn,
    },
    app::App,
    clock::Timestamp,
    error::{Error, Result},
    web::{CheckedForm, Flash, Html, Page, Problems, SeeOther, page},
};
use askama::Template;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use std::collections::HashMap;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/settings/details", get(show).post(save))
}

#[derive(Template)]
#[template(path = "settings/details.html")]
struct DetailsPage {
    page: Page,
    problems: Problems,
    rows: Vec<Row>,
}

/// A field as it is typed, and what is kept of it.
struct Row {
    typed: Wanted,
    /// When the member chose what is kept.
    chosen_at: Option<Timestamp>,
}

impl DetailsPage {
    fn new(page: Page, typed: Vec<Wanted>, kept: &[Detail], problems: Problems) -> Self {
        let row = |typed: Wanted| {
            let chosen_at = kept.iter().find(|d| d.field == typed.field).map(|d| d.chosen_at);
            Row { typed, chosen_at }
        };
        let rows = typed.into_iter().map(row).collect();
        Self { page: page.at("", "s-details"), problems, rows }
    }
}

impl Row {
    fn name(&self) -> &'static str {
        self.typed.field.word()
    }

    /// The message key of what to know about the field, or nothing.
    fn hint(&self) -> &'static str {
        match self.typed.field {
            DetailField::Reading => "detail-reading-hint",
            DetailField::Municipality => "detail-municipality-hint",
            DetailField::Skills => "detail-skills-hint",
            _ => "",
        }
    }

    /// What a browser may fill in by itself.
    fn autocomplete(&self) -> &'static str {
        match self.typed.field {
            DetailField::Name => "name",
            DetailField::Organisation => "organization",
            DetailField::Position => "organization-title",
            _ => "off",
        }
    }
}

async fn kept(app: &App, who: &SignedIn) -> Result<Vec<Detail>> {
    queries::seen_by(&mut app.db.read().await?, Audience::Staff, who.account.id).await
}

/// `GET /settings/details`
async fn show(State(app): State<App>, page: Page, who: SignedIn) -> Result<Html<DetailsPage>> {
    let details = kept(&app, &who).await?;
    let typed = DetailField::ALL.map(|field| Wanted::of(field, &details)).to_vec();
    Ok(Html(DetailsPage::new(page, typed, &details, Problems::default())))
}

/// `POST /settings/details`
async fn save(
    State(app): State<App>,
    page: Page,
    who: SignedIn,
    CheckedForm(form): CheckedForm<HashMap<String, String>>,
) -> Result<Response> {
    let typed = |name: &str| form.get(name).map(|text| text.trim().to_owned()).unwrap_or_default();
    let mut wanted = Vec::new();
    for field in DetailField::ALL {
        let audience = Audience::from_word(&typed(&format!("{}-audience", field.word())))
            .ok_or_else(|| Error::Malformed("no such audience".into()))?;
        wanted.push(Wanted { field, value: typed(field.word()), audience });
    }
    let mut problems = Problems::default();
    for Wanted { field, value, .. } in &wanted {
        problems.note(field.word(), page.lang, field.check(value))?;
    }
    if problems.is_empty() {
        let mut tx = app.db.begin().await?;
        details::set(&app, &mut tx, who.account.id, wanted).await?;
        tx.commit().await?;
        let saved = SeeOther::to("/settings/details").saying(&app, &Flash::new("flash-saved"));
        return Ok(saved.into_response());
    }
    let details = kept(&app, &who).await?;
    let template = DetailsPage::new(page, wanted, &details, problems);
    Ok(page::page(StatusCode::UNPROCESSABLE_ENTITY, &template))
}
