//! A member's new picture: made small and anonymous, and kept until a post takes it.
use super::super::{queries, types::Media};
use crate::{
    accounts::types::Account,
    app::App,
    error::Result,
    ids::{MediaId, new_id},
    media::image,
};
use bytes::Bytes;

/// Keeps the file and its row; not part of any other transaction, because the work takes a second. A picture that no post takes within a day is
/// tidied away. Errors: `media-too-large`, `media-disk-full` and what [`image::process`] says.
pub async fn keep(app: &App, author: &Account, bytes: Bytes) -> Result<Media> {
    let store = app.media.clone();
    let work = move |limits| {
        let picture = image::process(&bytes, limits)?;
        let name = store.put(&picture.bytes, picture.extension)?;
        let thumbnail = store.put(&picture.thumbnail, "jpg")?;
        Ok((picture, name, thumbnail))
    };
    let (picture, name, thumbnail) = app.workshop.make(work).await?;
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
