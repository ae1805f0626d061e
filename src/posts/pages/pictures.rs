//! Pictures that come with the composer: made small, stored, and kept for the next try when the text is refused.
use super::super::{
    actions::{change, picture},
    queries,
    types::Media,
};
use crate::{
    accounts::types::Account,
    app::App,
    db::Tx,
    error::{Error, Result},
    http::multipart::Multipart,
    ids::MediaId,
    web::Page,
};

/// The pictures of a form, and what is wrong with those that are missing.
#[derive(Default)]
pub(super) struct Pictures {
    pub kept: Vec<Media>,
    pub problems: Vec<String>,
}

/// Takes the new pictures of the form and those of an earlier try, with their texts and focal points.
pub(super) async fn take(
    app: &App,
    author: &Account,
    page: &Page,
    form: &Multipart,
) -> Result<Pictures> {
    let mut pictures = Pictures::default();
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
            Ok(bytes) => picture::keep(app, author, bytes).await,
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

fn described(mut media: Media, form: &Multipart, place: &str) -> Media {
    form.text(&format!("alt_{place}")).trim().clone_into(&mut media.description);
    (media.focus_x, media.focus_y) = Media::focus(form.text(&format!("focus_{place}")));
    media
}

/// Writes texts and focal points with the post itself.
pub(super) async fn describe(tx: &mut Tx, author: &Account, kept: &[Media]) -> Result<()> {
    for m in kept {
        change::describe(tx, author, m.id, &m.description, m.focus_x, m.focus_y).await?;
    }
    Ok(())
}
