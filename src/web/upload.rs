//! Forms with files (`multipart/form-data`).
use super::csrf::{STALE, Token};
use crate::{
    app::App,
    error::{Error, Result},
    http::multipart::Multipart,
};
use axum::extract::{FromRequest, FromRequestParts, Request};
use std::ops::Deref;

/// A form with files, and whether it has the token of the session that sends it.
#[derive(Debug, Default)]
pub struct Upload {
    form: Multipart,
    /// Not so when the member has signed in anew since it was opened: then it changes nothing, and comes back with what was typed.
    pub is_fresh: bool,
}

impl Deref for Upload {
    type Target = Multipart;
    fn deref(&self) -> &Multipart {
        &self.form
    }
}

impl FromRequest<App> for Upload {
    type Rejection = Error;
    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let (mut parts, body) = request.into_parts();
        let token = Token::from_request_parts(&mut parts, app).await?;
        // Whoever is not signed in is sent to do so first, and nobody looks at their files.
        let largest = if token.0.is_some() { app.config.max_media_bytes } else { 0 };
        let form = Multipart::read(Request::from_parts(parts, body), app, largest).await?;
        let is_fresh = token.admits(form.text("csrf"));
        Ok(Self { form, is_fresh })
    }
}

/// A form with files, checked like `CheckedForm`.
#[derive(Debug, Default)]
pub struct CheckedUpload(Multipart);

impl Deref for CheckedUpload {
    type Target = Multipart;
    fn deref(&self) -> &Multipart {
        &self.0
    }
}

impl FromRequest<App> for CheckedUpload {
    type Rejection = Error;
    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let Upload { form, is_fresh } = Upload::from_request(request, app).await?;
        if is_fresh { Ok(Self(form)) } else { Err(Error::Forbidden(STALE)) }
    }
}
