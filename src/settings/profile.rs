//! The member's profile: names, pictures, lines, and who may find them.
use crate::{
    accounts::{
        actions::{pictures, profile},
        session::SignedIn,
        types::{Account, ProfileChange},
    },
    app::App,
    error::Result,
    http::multipart,
    media::image,
    web::{Flash, Html, Page, Problems, SeeOther, page, upload::CheckedUpload},
};
use askama::Template;
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};

pub(super) fn routes(app: &App) -> Router<App> {
    Router::new()
        .route("/settings/profile", get(show).post(save).layer(multipart::room_for(app, 2)))
}

#[derive(Template)]
#[template(path = "settings/profile.html")]
struct ProfilePage {
    page: Page,
    problems: Problems,
    form: ProfileChange,
    now: Account,
    max_mib: usize,
}

impl ProfilePage {
    fn new(app: &App, page: Page, now: Account, form: ProfileChange, problems: Problems) -> Self {
        let max_mib = (app.config.max_media_bytes >> 20).max(1);
        let mut template = Self { page: page.at("", "s-profile"), problems, form, now, max_mib };
        // As many lines to fill in as there may be.
        template.form.fields.resize(Account::MAX_FIELDS, (String::new(), String::new()));
        template
    }
}

/// `GET /settings/profile`
async fn show(State(app): State<App>, page: Page, who: SignedIn) -> Html<ProfilePage> {
    let form = ProfileChange::of(&who.account);
    Html(ProfilePage::new(&app, page, who.account, form, Problems::default()))
}

/// `POST /settings/profile`
async fn save(
    State(app): State<App>,
    page: Page,
    who: SignedIn,
    form: CheckedUpload,
) -> Result<Response> {
    let mut problems = Problems::default();
    let stays = |name: &str| form.text(name) != "1";
    let change = ProfileChange {
        display_name: form.text("name").trim().to_owned(),
        bio: form.text("bio").to_owned(),
        fields: form
            .all("field_name")
            .zip(form.all("field_value"))
            .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
            .collect(),
        locked: form.text("locked") == "1",
        discoverable: form.text("discoverable") == "1",
        indexable: form.text("indexable") == "1",
        bot: who.account.kind.is_bot(),
        avatar: who.account.avatar.clone().filter(|_| stays("remove_avatar")),
        header: who.account.header.clone().filter(|_| stays("remove_header")),
    };
    let as_typed = change.clone();
    for (field, outcome) in change.checks() {
        problems.note(field, page.lang, outcome)?;
    }
    let (mut new_avatar, mut new_header) = (None, None);
    if problems.is_empty() {
        let id = who.account.id;
        let avatar = pictures::keep(&app, id, form.file("avatar"), image::avatar).await;
        new_avatar = problems.note("avatar", page.lang, avatar)?.flatten();
        let header = pictures::keep(&app, id, form.file("header"), image::header).await;
        new_header = problems.note("header", page.lang, header)?.flatten();
    }
    if problems.is_empty() {
        let mut tx = app.db.begin().await?;
        profile::update(&app, &mut tx, who.account.id, |now| ProfileChange {
            avatar: new_avatar.or(now.avatar.clone().filter(|_| stays("remove_avatar"))),
            header: new_header.or(now.header.clone().filter(|_| stays("remove_header"))),
            bot: now.kind.is_bot(),
            ..change
        })
        .await?;
        tx.commit().await?;
        let saved = SeeOther::to("/settings/profile").saying(&app, &Flash::new("flash-saved"));
        return Ok(saved.into_response());
    }
    let template = ProfilePage::new(&app, page, who.account, as_typed, problems);
    Ok(page::page(StatusCode::UNPROCESSABLE_ENTITY, &template))
}
