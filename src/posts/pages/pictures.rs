//! Pictures that come with the composer: made small, stored, and kept for the next try when the text is refused.
use super::super::{actions::change, queries, types::Media};
use crate::{
    accounts::types::Account,
    app::App,
    db::Tx,
    error::{Error, Result},
    ids::{MediaId, new_id},
    media::image,
    web::{Page, upload::CheckedUpload},
};
use bytes::Bytes;
use std::sync::Arc;
use tokio::{sync::Semaphore, task::spawn_blocking};

/// Pictures that are made small at the same time: each takes a core and up to 400 MB for a second.
const AT_ONCE: usize = 2;

/// Limits how many pictures are worked on.
#[derive(Clone)]
pub(super) struct Workshop(Arc<Semaphore>);

impl Workshop {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// The pictures of a form, and what is wrong with those that are missing.
pub(super) struct Pictures {
    pub kept: Vec<Media>,
    pub problems: Vec<String>,
}

/// Takes the new pictures of the form and those of an earlier try, with their texts and focal points.
pub(super) async fn take(
    app: &App,
    workshop: &Workshop,
    author: &Account,
    page: &Page,
    form: &CheckedUpload,
) -> Result<Pictures> {
    let mut pictures = Pictures { kept: Vec::new(), problems: Vec::new() };
    let mut tx = app.db.read().await?;
    for id in form.all("media").filter(|id| !form.all("drop").any(|d| d == *id)) {
        let Ok(id) = id.parse::<MediaId>() else { continue };
        // One that was tidied away in the meantime has to be chosen again.
        match queries::media_by_id(&mut tx, id).await {
            Ok(m) if m.account_id == author.id => {
                pictures.kept.push(described(m, form, &id.to_string()));
            }
            Ok(_) | Err(Error::NotFound) => {
                pictures.problems.push(page.t("post-media-unknown").to_owned());
            }
            Err(e) => return Err(e),
        }
    }
    drop(tx);
    for n in 1..=Media::MAX_PER_POST {
        let Some(file) = form.file(&format!("image_{n}")) else { continue };
        let made = match file.bytes(app) {
            Ok(bytes) => store(app, workshop, author, bytes).await,
            Err(e) => Err(e),
        };
        match made {
            Ok(media) => pictures.kept.push(described(media, form, &n.to_string())),
            Err(Error::Invalid(key, number)) => {
                let number_of = page.count("picture-number", n);
                pictures.problems.push(format!("{number_of}: {}", page.count(key, number)));
            }
            Err(e) => return Err(e),
        }
    }
    if pictures.kept.len() > Media::MAX_PER_POST {
        pictures.problems.push(page.count("post-too-many-media", Media::MAX_PER_POST));
    }
    let too_long = |m: &Media| m.description.chars().count() > Media::MAX_DESCRIPTION;
    if pictures.kept.iter().any(too_long) {
        pictures.problems.push(page.count("media-description-too-long", Media::MAX_DESCRIPTION));
    }
    Ok(pictures)
}

fn described(mut media: Media, form: &CheckedUpload, place: &str) -> Media {
    form.text(&format!("alt_{place}")).trim().clone_into(&mut media.description);
    (media.focus_x, media.focus_y) = focus(form.text(&format!("focus_{place}")));
    media
}

/// `x,y` from -1 to 1; anything else is the middle.
fn focus(text: &str) -> (f64, f64) {
    let part = |part: &str| part.trim().parse::<f64>().ok().filter(|p| p.is_finite());
    match text.split_once(',').map(|(x, y)| (part(x), part(y))) {
        Some((Some(x), Some(y))) => (x.clamp(-1.0, 1.0), y.clamp(-1.0, 1.0)),
        _ => (0.0, 0.0),
    }
}

/// Makes one picture small and anonymous, keeps it and its row.
async fn store(app: &App, workshop: &Workshop, author: &Account, bytes: Bytes) -> Result<Media> {
    let limits = image::Limits { bytes: app.config.max_media_bytes, ..image::Limits::default() };
    let store = app.media.clone();
    let turn = workshop.0.acquire().await.map_err(|e| Error::Internal(e.to_string()))?;
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

/// Writes texts and focal points with the post itself.
pub(super) async fn describe(tx: &mut Tx, author: &Account, kept: &[Media]) -> Result<()> {
    for m in kept {
        change::describe(tx, author, m.id, &m.description, m.focus_x, m.focus_y).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_focal_point_stays_within_the_picture() {
        assert_eq!(focus("0.7,-0.7"), (0.7, -0.7));
        assert_eq!(focus("9,-9"), (1.0, -1.0));
        for nonsense in ["", "left", "NaN,0", "1"] {
            assert_eq!(focus(nonsense), (0.0, 0.0), "{nonsense}");
        }
    }
}
