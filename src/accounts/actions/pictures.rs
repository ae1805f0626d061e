//! A member's face and banner: made small, without their metadata, and kept.
use crate::{
    app::App,
    error::{Error, Result},
    http::multipart::File,
    media::image::{Limits, Picture},
};

/// Keeps what `make` makes of an uploaded picture, and returns its name. Opens no transaction. Errors: `media-…`.
pub async fn keep(
    app: &App,
    file: Option<&File>,
    make: fn(&[u8], Limits) -> Result<Picture>,
) -> Result<Option<String>> {
    let limits = Limits { bytes: app.config.max_media_bytes, ..Limits::default() };
    let Some(file) = file else { return Ok(None) };
    let bytes = file.bytes(app)?;
    let store = app.media.clone();
    let work = move || {
        let picture = make(&bytes, limits)?;
        store.put(&picture.bytes, picture.extension).map(Some)
    };
    let _turn = app.workshop.acquire().await.map_err(|e| Error::Internal(e.to_string()))?;
    tokio::task::spawn_blocking(work).await.map_err(|e| Error::Internal(e.to_string()))?
}
