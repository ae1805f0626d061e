//! A member's face and banner: made small, without their metadata, and kept.
use crate::{
    app::App,
    error::Result,
    http::multipart::File,
    media::image::{Limits, Picture},
};

/// Keeps what `make` makes of an uploaded picture, and returns its name. Opens no transaction. Errors: `media-…`.
pub async fn keep(
    app: &App,
    file: Option<&File>,
    make: fn(&[u8], Limits) -> Result<Picture>,
) -> Result<Option<String>> {
    let Some(file) = file else { return Ok(None) };
    let (bytes, store) = (file.bytes(app)?, app.media.clone());
    let work = move |limits| {
        let picture = make(&bytes, limits)?;
        store.put(&picture.bytes, picture.extension).map(Some)
    };
    app.workshop.make(work).await
}
