//! A member's face and banner: made small, without their metadata, and kept.
use crate::{
    accounts::queries,
    app::App,
    error::Result,
    http::multipart::File,
    ids::AccountId,
    media::image::{Limits, Picture},
};

/// Keeps what `make` makes of an uploaded picture, and returns its name. A picture that no profile shows a day later is tidied away. Errors: `media-…`.
pub async fn keep(
    app: &App,
    of: AccountId,
    file: Option<&File>,
    make: fn(&[u8], Limits) -> Result<Picture>,
) -> Result<Option<String>> {
    let Some(file) = file else { return Ok(None) };
    let (bytes, store) = (file.bytes(app)?, app.media.clone());
    let work = move |limits| {
        let picture = make(&bytes, limits)?;
        store.put(&picture.bytes, picture.extension)
    };
    let name = app.workshop.make(work).await?;
    let mut tx = app.db.begin().await?;
    queries::let_go_of_picture(&mut tx, of, &name, app.next_id(), app.now()).await?;
    tx.commit().await?;
    Ok(Some(name))
}
