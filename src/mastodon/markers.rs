//! `/api/v1/markers`: how far the member has read at home and in the notifications. What a program has read there is read on the pages, too.
//! <https://docs.joinmastodon.org/methods/markers/>
use crate::{
    accounts::session::Bearer,
    app::App,
    db::Tx,
    error::Result,
    feeds::{
        markers::{self, Marker},
        notifications,
    },
    http::{
        api::{Api, get},
        fields::{Asked, Fields},
    },
    ids::{AccountId, PostId},
};
use axum::{Json, extract::State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const HOME: &str = "home";
const NOTIFICATIONS: &str = "notifications";

pub fn routes() -> Api {
    Api::new().route("/api/v1/markers", get(show).post(save))
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Marker")]
struct Entity {
    last_read_id: String,
    version: i64,
    updated_at: String,
}

/// By the names of the timelines.
type Answer = BTreeMap<String, Entity>;

/// Those of the named timelines that the member has begun to read.
async fn answer(tx: &mut Tx, me: AccountId, timelines: &[String]) -> Result<Json<Answer>> {
    let mut answer = Answer::new();
    for Marker { timeline, last_read_id, version, updated_at } in markers::of(tx, me).await? {
        if timelines.contains(&timeline) {
            let marker = Entity {
                last_read_id: last_read_id.to_string(),
                version,
                updated_at: updated_at.iso(),
            };
            answer.insert(timeline, marker);
        }
    }
    Ok(Json(answer))
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Wanted {
    timeline: Vec<String>,
}

async fn show(
    State(app): State<App>,
    Bearer(me): Bearer,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Answer>> {
    let mut tx = app.db.read().await?;
    answer(&mut tx, me.account.id, &wanted.timeline).await
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Read {
    home: Option<Place>,
    notifications: Option<Place>,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Place {
    #[schemars(with = "PostId")]
    last_read_id: i64,
}

async fn save(
    State(app): State<App>,
    Bearer(me): Bearer,
    Fields(read): Fields<Read>,
) -> Result<Json<Answer>> {
    let (id, now) = (me.account.id, app.now());
    let mut tx = app.db.begin().await?;
    let mut changed = Vec::new();
    for (timeline, place) in [(HOME, read.home), (NOTIFICATIONS, read.notifications)] {
        let Some(Place { last_read_id }) = place else { continue };
        markers::set(&mut tx, id, timeline, last_read_id, now).await?;
        if timeline == NOTIFICATIONS {
            notifications::mark_read(&mut tx, id, last_read_id).await?;
        }
        changed.push(timeline.to_owned());
    }
    let answer = answer(&mut tx, id, &changed).await?;
    tx.commit().await?;
    Ok(answer)
}
