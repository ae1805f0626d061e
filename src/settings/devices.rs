//! Where the member is signed in: browsers, and programs with a token.
use super::confirm::Present;
use crate::{
    accounts::actions::{
        sign_in::{self, Session},
        tokens::{self, ApiToken},
    },
    app::App,
    clock::Timestamp,
    error::Result,
    web::{CheckedForm, Flash, Html, Page, SeeOther, csrf::NoFields},
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    routing::{get, post},
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/settings/devices", get(show))
        .route("/settings/devices/end", post(end_others))
        .route("/settings/devices/{hash}/end", post(end))
        .route("/settings/programs/{hash}/end", post(revoke))
}

#[derive(Template)]
#[template(path = "settings/devices.html")]
struct DevicesPage {
    page: Page,
    devices: Vec<Device>,
    /// Each with what it may do, in words.
    programs: Vec<(ApiToken, Vec<String>)>,
}

struct Device {
    hash: String,
    /// What the browser says it is; empty when that says nothing.
    name: String,
    last_seen_at: Timestamp,
    is_this: bool,
}

/// `GET /settings/devices`
async fn show(State(app): State<App>, page: Page, at: Present) -> Result<Html<DevicesPage>> {
    let mut tx = app.db.read().await?;
    let id = at.who.account.id;
    let sessions = sign_in::sessions(&mut tx, id).await?;
    let programs = tokens::list(&mut tx, id).await?;
    let with_rights = |token: ApiToken| {
        let rights = token.scopes.words(page.lang);
        (token, rights)
    };
    let programs = programs.into_iter().map(with_rights).collect();
    let mut devices: Vec<Device> = sessions.into_iter().map(|s| device(s, &at.session)).collect();
    devices.sort_by_key(|d| !d.is_this);
    Ok(Html(DevicesPage { page: page.at("", "s-devices"), devices, programs }))
}

fn device(session: Session, this: &Session) -> Device {
    Device {
        name: describe(&session.user_agent),
        last_seen_at: session.last_seen_at,
        is_this: session.token_hash == this.token_hash,
        hash: session.token_hash,
    }
}

/// `Firefox · Windows`, as far as the browser says.
fn describe(user_agent: &str) -> String {
    const BROWSERS: [(&str, &str); 6] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("CrOS", "ChromeOS"),
        ("Mac OS X", "Mac"),
        ("Linux", "Linux"),
    ];
    let find = |known: &[(&str, &'static str)]| {
        known.iter().find(|(sign, _)| user_agent.contains(sign)).map(|(_, name)| *name)
    };
    [find(&BROWSERS), find(&SYSTEMS)].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// `POST /settings/devices/{hash}/end`
async fn end(
    State(app): State<App>,
    at: Present,
    Path(hash): Path<String>,
    CheckedForm(NoFields {}): CheckedForm<NoFields>,
) -> Result<SeeOther> {
    let mut tx = app.db.begin().await?;
    sign_in::close_session(&mut tx, at.who.account.id, &hash).await?;
    tx.commit().await?;
    Ok(back(&app))
}

/// `POST /settings/devices/end`: signs out everywhere else.
async fn end_others(
    State(app): State<App>,
    at: Present,
    CheckedForm(NoFields {}): CheckedForm<NoFields>,
) -> Result<SeeOther> {
    let mut tx = app.db.begin().await?;
    sign_in::close_other_sessions(&mut tx, &at.session).await?;
    tx.commit().await?;
    Ok(back(&app))
}

/// `POST /settings/programs/{hash}/end`
async fn revoke(
    State(app): State<App>,
    at: Present,
    Path(hash): Path<String>,
    CheckedForm(NoFields {}): CheckedForm<NoFields>,
) -> Result<SeeOther> {
    let mut tx = app.db.begin().await?;
    tokens::revoke(&mut tx, at.who.account.id, &hash).await?;
    tx.commit().await?;
    Ok(back(&app))
}

fn back(app: &App) -> SeeOther {
    SeeOther::to("/settings/devices").saying(app, &Flash::new("flash-signed-out"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_called_as_their_owners_call_them() {
        for (user_agent, name) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
                "Firefox · Windows",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
                "Chrome · Android",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari · iPhone",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                "Edge · Windows",
            ),
            ("curl/8.0", ""),
        ] {
            assert_eq!(describe(user_agent), name);
        }
    }
}
