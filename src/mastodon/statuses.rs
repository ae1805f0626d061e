//! `/api/v1/statuses`: posting, reading, reacting. A repeated `Idempotency-Key` gives the post that the first call made.
use super::entities::{self, Status};
use crate::{
    accounts::session::{Bearer, SignedIn},
    app::App,
    clock::SECOND,
    db::{self, Tx},
    error::{Error, Result},
    http::fields::Fields,
    ids::{MediaId, PostId},
    posts::{
        actions::{change, publish, react},
        queries,
        types::{Audience, Draft, NewPoll, Post},
        view,
    },
    remote,
    timelines::reading,
};
use axum::{
    Json, Router,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/statuses", post(create))
        .route("/api/v1/statuses/{id}", get(show).delete(delete))
        .route("/api/v1/statuses/{id}/context", get(context))
        .route("/api/v1/statuses/{id}/{reaction}", post(reaction))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NewStatus {
    status: String,
    visibility: Option<String>,
    spoiler_text: String,
    sensitive: bool,
    language: Option<String>,
    in_reply_to_id: Option<PostId>,
    quoted_status_id: Option<PostId>,
    media_ids: Vec<MediaId>,
    poll: Option<NewPollFields>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NewPollFields {
    options: Vec<String>,
    /// Seconds.
    expires_in: i64,
    multiple: bool,
}

impl NewStatus {
    fn draft(&self, me: &SignedIn) -> Result<Draft> {
        let word = self.visibility.as_deref().unwrap_or(&me.member.default_audience);
        let word = if word == "private" { "followers" } else { word };
        let poll = |p: &NewPollFields| {
            NewPoll::parse(&p.options, p.multiple, p.expires_in.saturating_mul(SECOND))
        };
        Ok(Draft {
            text: self.status.clone(),
            audience: Audience::from_word(word)
                .ok_or_else(|| Error::Malformed("visibility".into()))?,
            summary: self.spoiler_text.clone(),
            sensitive: self.sensitive,
            lang: self.language.clone().unwrap_or_else(|| me.member.lang.code().to_owned()),
            media: self.media_ids.clone(),
            in_reply_to: self.in_reply_to_id,
            quote: self.quoted_status_id,
            poll: self.poll.as_ref().map(poll).transpose()?,
            ..Draft::default()
        })
    }
}

async fn create(
    State(app): State<App>,
    Bearer(me): Bearer,
    headers: HeaderMap,
    Fields(sent): Fields<NewStatus>,
) -> Result<Response> {
    let key = headers.get("idempotency-key").map(|v| v.to_str()).transpose();
    // Left aside, it would let a repeat make a second post.
    let key = key.map_err(|_e| Error::Malformed("Idempotency-Key: not ASCII".into()))?;
    let key = key.map(str::trim).filter(|k| !k.is_empty());
    if key.is_some_and(|k| k.len() > 255) {
        return Err(Error::Malformed("Idempotency-Key: at most 255 characters".into()));
    }
    let draft = sent.draft(&me)?;
    draft.check(app.config.max_post_chars)?;
    if let Some(known) = repeated(&app, &me, key).await? {
        return shown(&app, &me, known).await;
    }
    app.limits.post(me.account.id)?;
    let named = publish::resolve_mentions(&app, &draft.text).await;
    let mut tx = app.db.begin().await?;
    let made = publish::publish(&app, &mut tx, &me.account, draft, &named).await?;
    if let Some(key) = key {
        match queries::put_idempotent(&mut tx, me.account.id, key, made.id, app.now()).await {
            Err(e) if db::is_taken(&e) => {
                // The first call was committed while this one was on its way: this one made nothing.
                tx.rollback().await?;
                let known = repeated(&app, &me, Some(key))
                    .await?
                    .ok_or(Error::Unavailable("try again".into()))?;
                return shown(&app, &me, known).await;
            }
            other => other?,
        }
    }
    tx.commit().await?;
    shown(&app, &me, made.id).await
}

async fn repeated(app: &App, me: &SignedIn, key: Option<&str>) -> Result<Option<PostId>> {
    let Some(key) = key else { return Ok(None) };
    let mut tx = app.db.read().await?;
    queries::idempotent(&mut tx, me.account.id, key).await
}

async fn shown(app: &App, me: &SignedIn, id: PostId) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let view = view::post(&mut tx, Some(me.account.id), id).await?;
    Ok(Json(entities::status(app, &view)).into_response())
}

async fn readable(tx: &mut Tx, me: &SignedIn, id: PostId) -> Result<Post> {
    queries::readable_by(tx, me.account.id.0, id).await?.ok_or(Error::NotFound)
}

async fn show(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<PostId>,
) -> Result<Response> {
    shown(&app, &me, id).await
}

#[derive(Serialize)]
struct Context<'a> {
    ancestors: Vec<Status<'a>>,
    descendants: Vec<Status<'a>>,
}

async fn context(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<PostId>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let thread = reading::conversation(&mut tx, Some(me.account.id), id).await?;
    drop(tx);
    remote::look_for_replies(&app, &thread.post.post).await?;
    let status = |v| entities::status(&app, v);
    let context = Context {
        ancestors: thread.before.iter().map(status).collect(),
        descendants: thread.after.iter().map(|(_, v)| status(v)).collect(),
    };
    Ok(Json(context).into_response())
}

async fn delete(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<PostId>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let view = view::post(&mut tx, Some(me.account.id), id).await?;
    change::delete(&app, &mut tx, &me.account, id).await?;
    tx.commit().await?;
    Ok(Json(entities::deleted_status(&app, &view)).into_response())
}

async fn reaction(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path((id, what)): Path<(PostId, String)>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let post = readable(&mut tx, &me, id).await?;
    match what.as_str() {
        "favourite" => react::like(&app, &mut tx, &me.account, &post, None, "").await?,
        "unfavourite" => react::unlike(&app, &mut tx, &me.account, &post, "").await?,
        "reblog" => drop(react::boost(&app, &mut tx, &me.account, &post, None).await?),
        "unreblog" => react::unboost(&app, &mut tx, &me.account, &post).await?,
        "bookmark" => react::bookmark(&app, &mut tx, &me.account, &post, true).await?,
        "unbookmark" => react::bookmark(&app, &mut tx, &me.account, &post, false).await?,
        "pin" => change::pin(&app, &mut tx, &me.account, id, true).await?,
        "unpin" => change::pin(&app, &mut tx, &me.account, id, false).await?,
        _ => return Err(Error::NotFound),
    }
    tx.commit().await?;
    shown(&app, &me, id).await
}
