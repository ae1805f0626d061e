//! A member's own pages: profile, details, mail address, password, devices, language, moving house, leaving.
//!
//! Lives here: forms and what they call. Must not live here: the rules (`accounts`), what others see (`posts`, profiles).
mod confirm;
mod details;
mod devices;
mod email;
mod leaving;
mod moving;
mod password;
mod preferences;
mod profile;

use crate::{app::App, web::SeeOther};
use axum::{Router, routing::get};

pub fn routes(app: &App) -> Router<App> {
    Router::new()
        .route("/settings", get(async || SeeOther::to("/settings/profile")))
        .merge(profile::routes(app))
        .merge(details::routes())
        .merge(email::routes())
        .merge(password::routes())
        .merge(devices::routes())
        .merge(preferences::routes())
        .merge(moving::routes())
        .merge(leaving::routes())
        .merge(confirm::routes())
}
