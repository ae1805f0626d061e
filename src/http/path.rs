//! The parts of an address that a handler reads.
use crate::{
    app::App,
    error::{Error, Result},
};
use aide::OperationInput;
use axum::{
    extract::{self, FromRequestParts},
    http::request::Parts,
};
use serde::de::DeserializeOwned;

/// Parts of the address, as axum reads them. Where one cannot be read, nothing stands at that address.
pub struct Path<T>(pub T);

// They are described by the address itself (`openapi`).
impl<T> OperationInput for Path<T> {}

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Path<T> {
    type Rejection = Error;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let read = extract::Path::from_request_parts(parts, app).await;
        read.map(|extract::Path(values)| Self(values))
            .map_err(|_not_such_an_address| Error::NotFound)
    }
}
