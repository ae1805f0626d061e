//! The parts of an address that a handler reads.
use super::described;
use crate::{
    app::App,
    error::{Error, Result},
};
use aide::{OperationInput, generate::GenContext, openapi::Operation};
use axum::{
    extract::{self, FromRequestParts, rejection::PathRejection},
    http::request::Parts,
};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

/// Parts of the address, as axum reads them. Where one cannot be read, nothing stands at that address.
pub struct Path<T>(pub T);

impl<T: JsonSchema> OperationInput for Path<T> {
    fn operation_input(context: &mut GenContext, operation: &mut Operation) {
        described::stands_at::<T>(context, operation);
    }
}

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        match extract::Path::from_request_parts(parts, app).await {
            Ok(extract::Path(values)) => Ok(Self(values)),
            Err(PathRejection::FailedToDeserializePathParams(_)) => Err(Error::NotFound),
            Err(other) => Err(Error::Internal(other.to_string())),
        }
    }
}
