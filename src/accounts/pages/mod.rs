//! Pages before one is in: signing up, signing in, the first run. A handler parses, calls an action, answers.
mod setup;
mod sign_in;
mod sign_up;

use crate::{app::App, error::Error};
use axum::{
    Router,
    http::{HeaderMap, header},
};
use serde::Deserialize;

pub fn routes() -> Router<App> {
    sign_in::routes().merge(sign_up::routes()).merge(setup::routes())
}

/// What the address of a code page carries. The mail's link brings the code along; it only fills the form.
#[derive(Deserialize)]
pub struct CodeLink {
    #[serde(default)]
    pub token: String,
    #[serde(default)]
    pub code: String,
    #[serde(default)]
    pub next: String,
}

impl CodeLink {
    /// The six digits, or what was typed instead, cut to what the field takes.
    pub fn prefilled(&self) -> String {
        self.code.chars().take(12).collect()
    }
}

fn user_agent(headers: &HeaderMap) -> &str {
    headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default()
}

/// True when the applicant has an account that waits for an admin's yes.
fn is_waiting(error: &Error) -> bool {
    matches!(error, Error::Forbidden("sign-in-pending"))
}
