//! What programs send, in whichever form they please: a query, JSON, an HTML form or multipart, read into one shape.
//!
//! Mastodon's clients name nested fields as Rails does: `poll[options][]=a`, `fields_attributes[0][name]=x`.
//! <https://docs.joinmastodon.org/client/intro/#parameters>
mod lenient;
mod nested;
#[cfg(test)]
mod tests;

use super::{
    described,
    multipart::{File, Multipart},
};
use crate::{
    app::App,
    error::{Error, Result},
};
use aide::{OperationInput, generate::GenContext, openapi::Operation};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{Uri, header, request::Parts},
};
use lenient::Lenient;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The body of a request, and its query where the body does not name the field. Numbers and booleans may come as text, a list as its only
/// element or as a map numbered from 0. No body is an empty one. Nothing may be flattened into `T`. At most 2 MiB, unless the route says more;
/// 1,000 fields, five levels deep.
pub struct Fields<T>(pub T);

/// `Fields` with the files of a multipart body.
pub struct FieldsAndFiles<T>(pub T, pub Files);

/// The query alone, read like `Fields`.
pub struct Asked<T>(pub T);

/// The files of a body by the names of their fields.
#[derive(Debug, Default)]
pub struct Files(Vec<(String, File)>);

impl Files {
    pub fn get(&self, name: &str) -> Option<&File> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, file)| file)
    }
}

impl<T: JsonSchema> OperationInput for Asked<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        described::asks::<T>(context, operation);
    }
}

impl<T: JsonSchema> OperationInput for Fields<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        described::takes::<T>(context, operation);
    }
}

impl<T: JsonSchema> OperationInput for FieldsAndFiles<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        described::takes::<T>(context, operation);
    }
}

impl<T: DeserializeOwned> FromRequestParts<App> for Asked<T> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self> {
        shape(query(&parts.uri)?).map(Self)
    }
}

impl<T: DeserializeOwned> FromRequest<App> for Fields<T> {
    type Rejection = Error;
    async fn from_request(request: Request, app: &App) -> Result<Self> {
        FieldsAndFiles::from_request(request, app)
            .await
            .map(|FieldsAndFiles(fields, _)| Self(fields))
    }
}

impl<T: DeserializeOwned> FromRequest<App> for FieldsAndFiles<T> {
    type Rejection = Error;
    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let asked = query(request.uri())?;
        let content_type = request.headers().get(header::CONTENT_TYPE);
        let content_type =
            content_type.and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        let mut files = Files::default();
        let sent = if content_type.starts_with("multipart/form-data") {
            let form = Multipart::from_request(request, app).await?;
            files.0 = form.files;
            nested::tree(form.fields)?
        } else {
            let body =
                Bytes::from_request(request, app).await.map_err(|_too_long| Error::TooLarge)?;
            read(&content_type, &body)?
        };
        Ok(Self(shape(merged(asked, sent)?)?, files))
    }
}

fn query(uri: &Uri) -> Result<Value> {
    form(uri.query().unwrap_or_default().as_bytes())
}

fn form(text: &[u8]) -> Result<Value> {
    let pairs = url::form_urlencoded::parse(text);
    nested::tree(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())))
}

fn read(content_type: &str, body: &[u8]) -> Result<Value> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return form(b"");
    }
    if content_type.starts_with("application/json") {
        return Ok(serde_json::from_slice(body)?);
    }
    form(body)
}

fn merged(asked: Value, sent: Value) -> Result<Value> {
    let (Value::Object(mut all), Value::Object(sent)) = (asked, sent) else {
        return Err(Error::Malformed("the body must be an object".into()));
    };
    all.extend(sent);
    Ok(Value::Object(all))
}

/// The error names the field that does not fit.
fn shape<T: DeserializeOwned>(tree: Value) -> Result<T> {
    T::deserialize(Lenient(tree)).map_err(|e| Error::Malformed(e.to_string()))
}
