//! `/api/v1/media` and `/api/v2/media`: pictures for the next post. They are ready when the answer comes, so that nothing is waited for.
//! <https://docs.joinmastodon.org/methods/media/>
use super::entities;
use crate::{
    accounts::session::{Bearer, SignedIn},
    app::App,
    clock::Timestamp,
    db::Tx,
    error::{Error, Result},
    http::{
        api::{Api, get_with, post_with},
        described::{Empty, gives, with_files},
        fields::{Fields, FieldsAndFiles},
        multipart,
        path::Path,
    },
    ids::MediaId,
    posts::{
        actions::{change, picture},
        queries,
        types::Media,
    },
};
use aide::transform::TransformOperation;
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Deserialize;

pub fn routes(app: &App) -> Api {
    let limit = multipart::room_for(app, 1);
    Api::new()
        .route("/api/v1/media", post_with(upload, uploaded).wrap(|served| served.layer(limit)))
        .route("/api/v2/media", post_with(upload, uploaded).wrap(|served| served.layer(limit)))
        .route(
            "/api/v1/media/{id}",
            get_with(show, gives::<entities::Attachment>)
                .put_with(describe, gives::<entities::Attachment>)
                .delete(remove),
        )
}

fn uploaded(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    with_files(gives::<entities::Attachment>(operation), &["file"])
}

/// What is said about a picture.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct About {
    description: Option<String>,
    /// `x,y`
    focus: Option<String>,
}

impl About {
    async fn write(self, tx: &mut Tx, me: &SignedIn, media: &Media) -> Result<()> {
        let text = self.description.unwrap_or_else(|| media.description.clone());
        let (x, y) = match self.focus {
            Some(focus) => Media::focus(&focus),
            None => (media.focus_x, media.focus_y),
        };
        change::describe(tx, &me.account, media.id, text.trim(), x, y).await
    }
}

async fn upload(
    State(app): State<App>,
    Bearer(me): Bearer,
    FieldsAndFiles(about, files): FieldsAndFiles<About>,
) -> Result<Response> {
    let file = files.get("file").ok_or(Error::Malformed("file: missing".into()))?;
    let length = about.description.as_deref().map_or(0, |text| text.chars().count());
    if length > Media::MAX_DESCRIPTION {
        return Err(Error::Invalid("media-description-too-long", Media::MAX_DESCRIPTION));
    }
    app.limits.post(me.account.id)?;
    let media = picture::keep(&app, &me.account, file.bytes(&app)?).await?;
    let mut tx = app.db.begin().await?;
    about.write(&mut tx, &me, &media).await?;
    let media = queries::media_by_id(&mut tx, media.id).await?;
    tx.commit().await?;
    Ok(Json(entities::attachment(&app, &media)).into_response())
}

async fn own(tx: &mut Tx, me: &SignedIn, id: MediaId) -> Result<Media> {
    let media = queries::media_by_id(tx, id).await?;
    if media.account_id == me.account.id { Ok(media) } else { Err(Error::NotFound) }
}

async fn show(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<MediaId>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let media = own(&mut tx, &me, id).await?;
    Ok(Json(entities::attachment(&app, &media)).into_response())
}

/// Only until a post has it; what a post shows is changed with the post.
async fn describe(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<MediaId>,
    Fields(about): Fields<About>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let media = own(&mut tx, &me, id).await?;
    if media.post_id.is_some() {
        return Err(Error::NotFound);
    }
    about.write(&mut tx, &me, &media).await?;
    let media = queries::media_by_id(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(entities::attachment(&app, &media)).into_response())
}

/// A picture that no post has yet is taken back; its file is tidied away later.
async fn remove(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<MediaId>,
) -> Result<Json<Empty>> {
    let mut tx = app.db.begin().await?;
    if own(&mut tx, &me, id).await?.post_id.is_some() {
        return Err(Error::invalid("media-in-use"));
    }
    queries::date_media(&mut tx, &[id], me.account.id, Timestamp(0)).await?;
    tx.commit().await?;
    Ok(Json(Empty {}))
}
