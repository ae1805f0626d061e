//! Forms with files (`multipart/form-data`).
use super::csrf::Token;
use crate::{
    app::App,
    error::{Error, Result},
    http::multipart::Multipart,
};
use axum::extract::{FromRequest, FromRequestParts, Request};
use std::ops::Deref;

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
        let (mut parts, body) = request.into_parts();
        let token = Token::from_request_parts(&mut parts, app).await?;
        let form = Multipart::from_request(Request::from_parts(parts, body), app).await?;
        token.check(form.text("csrf"))?;
        Ok(Self(form))
    }
}
