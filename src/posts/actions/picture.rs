//! A member's new picture: made small and anonymous, and kept until a post takes it.
use super::super::{queries, types::Media};
use crate::{
    accounts::types::Account,
    app::App,
    error::{Error, Result},
    ids::{MediaId, new_id},
    media::image,
};
use bytes::Bytes;
use tokio::task::spawn_blocking;

/// Keeps the file and its row; not part of any other transaction, because the work takes a second. A picture that no post takes within a day is
/// tidied away. Errors: `media-too-large`, `media-disk-full` and what [`image::process`] says.
pub async fn keep(app: &App, author: &Account, bytes: Bytes) -> Result<Media> {
    let limits = image::Limits { bytes: app.config.max_media_bytes, ..image::Limits::default() };
    let store = app.media.clone();
    let turn = app.workshop.acquire().await.map_err(|e| Error::Internal(e.to_string()))?;
    let (picture, name, thumbnail) = spawn_blocking(move || {
        let picture = image::process(&bytes, limits)?;
        let name = store.put(&picture.bytes, picture.extension)?;
        let thumbnail = store.put(&picture.thumbnail, "jpg")?;
        Ok::<_, Error>((picture, name, thumbnail))
    })
    .await
    .map_err(|e| Error::Internal(e.to_string()))??;
    drop(turn);
    let media = Media {
        id: MediaId(new_id(app.now())),
        account_id: author.id,
        post_id: None,
        media_type: picture.media_type.to_owned(),
        url: name,
        thumbnail_url: Some(thumbnail),
        width: i64::from(picture.width),
        height: i64::from(picture.height),
        blurhash: Some(picture.blurhash),
        description: String::new(),
        focus_x: 0.0,
        focus_y: 0.0,
    };
    let mut tx = app.db.begin().await?;
    queries::insert_media(&mut tx, &media, 0, app.now()).await?;
    tx.commit().await?;
    Ok(media)
}
