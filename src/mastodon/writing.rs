//! Writing statuses: new ones, edited ones, and those that wait for their time. A repeated `Idempotency-Key` gives the post that the first call
//! made.
use super::{
    entities::{self, Attachment},
    paging::Paged,
    statuses::shown,
};
use crate::{
    accounts::session::{Bearer, SignedIn},
    app::App,
    clock::{SECOND, Timestamp},
    db::Tx,
    error::{Error, Result},
    http::{
        api::{Api, get_with, post_with, put_with},
        described::{Empty, gives},
        fields::Fields,
        path::Path,
    },
    ids::{MediaId, PostId},
    posts::{
        actions::{change, publish, schedule},
        queries,
        scheduled::{self, Scheduled},
        types::{Audience, Draft, Media, NewPoll, QuotePolicy},
        view::{self, PostView},
    },
};
use axum::{
    Json,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub fn routes() -> Api {
    Api::new()
        .route("/api/v1/statuses", post_with(create, gives::<Written>))
        .route("/api/v1/statuses/{id}", put_with(edit, gives::<entities::Status>))
        .route("/api/v1/scheduled_statuses", get_with(waiting, gives::<Vec<ScheduledStatus>>))
        .route(
            "/api/v1/scheduled_statuses/{id}",
            get_with(one, gives::<ScheduledStatus>)
                .put_with(reschedule, gives::<ScheduledStatus>)
                .delete(cancel),
        )
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct NewStatus {
    status: String,
    visibility: Option<String>,
    spoiler_text: String,
    sensitive: Option<bool>,
    language: Option<String>,
    in_reply_to_id: Option<PostId>,
    quoted_status_id: Option<PostId>,
    quote_approval_policy: Option<QuotePolicy>,
    media_ids: Vec<MediaId>,
    poll: Option<PollFields>,
    scheduled_at: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct PollFields {
    options: Vec<String>,
    /// Seconds.
    expires_in: i64,
    multiple: bool,
}

impl NewStatus {
    /// `private` are the followers; our own audiences have their own names. How open an answer may be is the action's rule.
    fn draft(&self, me: &SignedIn) -> Result<Draft> {
        let poll = |p: &PollFields| {
            NewPoll::parse(&p.options, p.multiple, p.expires_in.saturating_mul(SECOND))
        };
        Ok(Draft {
            event: None,
            text: self.status.clone(),
            audience: audience(me, self.visibility.as_deref())?,
            summary: self.spoiler_text.clone(),
            sensitive: self.sensitive.unwrap_or(me.member.default_sensitive),
            lang: self.language.clone().unwrap_or_else(|| me.member.writes_in().to_owned()),
            media: self.media_ids.clone(),
            in_reply_to: self.in_reply_to_id,
            quote: self.quoted_status_id,
            quote_policy: self.quote_approval_policy.unwrap_or(QuotePolicy::Public),
            poll: self.poll.as_ref().map(poll).transpose()?,
        })
    }

    fn due(&self) -> Result<Option<Timestamp>> {
        self.scheduled_at.as_deref().filter(|text| !text.is_empty()).map(time).transpose()
    }
}

/// Who is to read it: as the member usually writes, where nothing is said.
pub(super) fn audience(me: &SignedIn, word: Option<&str>) -> Result<Audience> {
    entities::audience(word.unwrap_or(&me.member.default_audience))
        .ok_or_else(|| Error::Malformed("visibility: no such word".into()))
}

fn time(text: &str) -> Result<Timestamp> {
    Timestamp::parse(text).ok_or_else(|| Error::Malformed("scheduled_at: not a time".into()))
}

/// The `Idempotency-Key` of a request.
fn key(headers: &HeaderMap) -> Result<Option<&str>> {
    let key = headers.get("idempotency-key").map(|v| v.to_str()).transpose();
    // Left aside, it would let a repeat make a second post.
    let key = key.map_err(|_e| Error::Malformed("Idempotency-Key: not ASCII".into()))?;
    let key = key.map(str::trim).filter(|k| !k.is_empty());
    if key.is_some_and(|k| k.len() > 255) {
        return Err(Error::Malformed("Idempotency-Key: at most 255 characters".into()));
    }
    Ok(key)
}

async fn create(
    State(app): State<App>,
    Bearer(me): Bearer,
    headers: HeaderMap,
    Fields(sent): Fields<NewStatus>,
) -> Result<Response> {
    let draft = sent.draft(&me)?;
    once(&app, &me, &headers, draft, || sent.due()).await
}

/// Publishes a draft, at once or when it is due; but for a repeat of the same call, which gives what the first one made.
pub(super) async fn once(
    app: &App,
    me: &SignedIn,
    headers: &HeaderMap,
    draft: Draft,
    due: impl FnOnce() -> Result<Option<Timestamp>>,
) -> Result<Response> {
    let key = key(headers)?;
    draft.check(app.config.max_post_chars)?;
    if let Some(known) = repeated(app, me, key).await? {
        return made(app, me, known).await;
    }
    app.limits.post(me.account.id)?;
    let due = due()?;
    let named = match due {
        Some(_) => std::collections::HashMap::new(),
        None => publish::resolve_mentions(app, &draft.text).await,
    };
    let mut tx = app.db.begin().await?;
    let id = match due {
        Some(due) => schedule::schedule(app, &mut tx, &me.account, draft, due).await?.id,
        None => publish::publish(app, &mut tx, &me.account, draft, &named).await?.id.0,
    };
    if let Some(key) = key {
        let (member, now) = (me.account.id, app.now());
        let first = queries::put_idempotent(&mut tx, member, key, PostId(id), now).await?;
        if first != PostId(id) {
            tx.rollback().await?;
            return made(app, me, first).await;
        }
    }
    tx.commit().await?;
    made(app, me, PostId(id)).await
}

async fn repeated(app: &App, me: &SignedIn, key: Option<&str>) -> Result<Option<PostId>> {
    let Some(key) = key else { return Ok(None) };
    let mut tx = app.db.read().await?;
    queries::idempotent(&mut tx, me.account.id, key).await
}

/// The status, or the one that waits.
async fn made(app: &App, me: &SignedIn, id: PostId) -> Result<Response> {
    let mut tx = app.db.read().await?;
    match scheduled::by_id(&mut tx, me.account.id, id.0).await {
        Ok(waiting) => answer(app, &mut tx, &waiting).await,
        Err(Error::NotFound) => {
            drop(tx);
            shown(app, Some(me.account.id), id).await
        }
        Err(e) => Err(e),
    }
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct EditedStatus {
    status: Option<String>,
    spoiler_text: Option<String>,
    sensitive: Option<bool>,
    language: Option<String>,
    /// Without it the pictures stay as they are.
    media_ids: Option<Vec<MediaId>>,
    media_attributes: Vec<MediaAttributes>,
    poll: Option<PollFields>,
}

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct MediaAttributes {
    id: MediaId,
    description: Option<String>,
    focus: Option<String>,
}

/// A new version. What is not named stays; the choices of a poll cannot be changed, because people have voted for them.
async fn edit(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<PostId>,
    Fields(sent): Fields<EditedStatus>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let v = view::post(&mut tx, Some(me.account.id), id).await?;
    if let Some(poll) = &sent.poll
        && !v.poll.as_ref().is_some_and(|p| p.options.iter().map(|o| &o.title).eq(&poll.options))
    {
        return Err(Error::invalid("poll-not-editable"));
    }
    let media = pictures(&mut tx, &v, sent.media_ids, &sent.media_attributes).await?;
    drop(tx);
    let edit = change::Edit {
        text: sent.status.unwrap_or_else(|| v.post.source.clone()),
        summary: sent.spoiler_text.unwrap_or_else(|| v.post.summary.clone()),
        sensitive: sent.sensitive.unwrap_or(v.post.sensitive),
        lang: sent.language.unwrap_or_else(|| v.post.lang.clone()),
        media,
        event: None,
    };
    let named = publish::resolve_mentions(&app, &edit.text).await;
    let mut tx = app.db.begin().await?;
    change::edit(&app, &mut tx, &me.account, id, edit, &named).await?;
    tx.commit().await?;
    shown(&app, Some(me.account.id), id).await
}

/// The pictures of an edited status: those named, else those that it has.
pub(super) async fn pictures(
    tx: &mut Tx,
    v: &PostView,
    named: Option<Vec<MediaId>>,
    said: &[MediaAttributes],
) -> Result<Vec<(MediaId, String, f64, f64)>> {
    let kept = named.unwrap_or_else(|| v.media.iter().map(|m| m.id).collect());
    let found = queries::media_by_ids(tx, &kept).await?;
    let one = |id: &MediaId| {
        let one = found.iter().find(|m| m.id == *id).ok_or(Error::invalid("post-media-unknown"))?;
        Ok(described(one, said))
    };
    kept.iter().map(one).collect()
}

fn described(media: &Media, all: &[MediaAttributes]) -> (MediaId, String, f64, f64) {
    let said = all.iter().find(|a| a.id == media.id);
    let text =
        said.and_then(|a| a.description.clone()).unwrap_or_else(|| media.description.clone());
    let (x, y) =
        said.and_then(|a| a.focus.as_deref()).map_or((media.focus_x, media.focus_y), Media::focus);
    (media.id, text, x, y)
}

#[derive(Serialize, JsonSchema)]
struct ScheduledStatus<'a> {
    id: String,
    scheduled_at: String,
    params: Params<'a>,
    media_attachments: Vec<Attachment<'a>>,
    /// Ours: the message key that says why it was not published.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ScheduledStatusParams")]
struct Params<'a> {
    text: &'a str,
    visibility: &'static str,
    audience: Audience,
    spoiler_text: &'a str,
    sensitive: bool,
    language: &'a str,
    media_ids: &'a [MediaId],
    in_reply_to_id: Option<PostId>,
    quoted_status_id: Option<PostId>,
    poll: Option<PollParams<'a>>,
    idempotency: Option<()>,
    with_rate_limit: bool,
    application_id: i64,
    scheduled_at: Option<()>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ScheduledStatusPoll")]
struct PollParams<'a> {
    options: &'a [String],
    /// Seconds.
    expires_in: i64,
    multiple: bool,
    hide_totals: bool,
}

/// A new status, or the one that waits for its time.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "described; either is written by itself")]
enum Written<'a> {
    Now(Box<entities::Status<'a>>),
    Later(Box<ScheduledStatus<'a>>),
}

fn scheduled_status<'a>(app: &App, s: &'a Scheduled, media: &'a [Media]) -> ScheduledStatus<'a> {
    let d = &s.draft;
    let own = d.media.iter().filter_map(|id| media.iter().find(|m| m.id == *id));
    let poll = d.poll.as_ref().map(|p| PollParams {
        options: &p.options,
        expires_in: p.lasts / SECOND,
        multiple: p.multiple,
        hide_totals: false,
    });
    ScheduledStatus {
        id: s.id.to_string(),
        scheduled_at: s.due_at.iso(),
        params: Params {
            text: &d.text,
            visibility: entities::visibility(d.audience),
            audience: d.audience,
            spoiler_text: &d.summary,
            sensitive: d.sensitive,
            language: &d.lang,
            media_ids: &d.media,
            in_reply_to_id: d.in_reply_to,
            quoted_status_id: d.quote,
            poll,
            idempotency: None,
            with_rate_limit: false,
            application_id: 0,
            scheduled_at: None,
        },
        media_attachments: own.map(|m| entities::attachment(app, m)).collect(),
        problem: s.problem.as_deref(),
    }
}

async fn answer(app: &App, tx: &mut Tx, s: &Scheduled) -> Result<Response> {
    let media = queries::media_by_ids(tx, &s.draft.media).await?;
    Ok(Json(scheduled_status(app, s, &media)).into_response())
}

async fn waiting(State(app): State<App>, Bearer(me): Bearer, paged: Paged) -> Result<Response> {
    let (mut tx, page) = (app.db.read().await?, paged.statuses());
    let all = scheduled::of(&mut tx, me.account.id, page).await?;
    let ids: Vec<MediaId> = all.iter().flat_map(|s| s.draft.media.iter().copied()).collect();
    let media = queries::media_by_ids(&mut tx, &ids).await?;
    let cursors: Vec<i64> = all.iter().map(|s| s.id).collect();
    let items: Vec<_> = all.iter().map(|s| scheduled_status(&app, s, &media)).collect();
    Ok(paged.answer(&app, page, &cursors, items))
}

async fn one(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<PostId>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let waiting = scheduled::by_id(&mut tx, me.account.id, id.0).await?;
    answer(&app, &mut tx, &waiting).await
}

#[derive(Deserialize, JsonSchema)]
struct NewTime {
    scheduled_at: String,
}

async fn reschedule(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<PostId>,
    Fields(sent): Fields<NewTime>,
) -> Result<Response> {
    let due = time(&sent.scheduled_at)?;
    let mut tx = app.db.begin().await?;
    let waiting = schedule::reschedule(&app, &mut tx, me.account.id, id.0, due).await?;
    let answer = answer(&app, &mut tx, &waiting).await?;
    tx.commit().await?;
    Ok(answer)
}

async fn cancel(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path(id): Path<PostId>,
) -> Result<Json<Empty>> {
    let mut tx = app.db.begin().await?;
    schedule::cancel(&app, &mut tx, me.account.id, id.0).await?;
    tx.commit().await?;
    Ok(Json(Empty {}))
}
