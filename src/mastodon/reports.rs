//! `POST /api/v1/reports`: what the moderators should look at.
//! <https://docs.joinmastodon.org/methods/reports/>
use super::entities;
use crate::{
    accounts::{
        actions::report::{self, MAX_COMMENT},
        queries,
        session::Bearer,
    },
    app::App,
    error::{Error, Result},
    http::{
        api::{Api, post_with},
        described::gives,
        fields::Fields,
    },
    ids::{AccountId, PostId},
    posts,
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Posts that one report may name.
const MOST: usize = 100;

pub fn routes() -> Api {
    Api::new().route("/api/v1/reports", post_with(create, gives::<Report>))
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "NewReport")]
struct Sent {
    account_id: AccountId,
    #[serde(default)]
    status_ids: Vec<PostId>,
    #[serde(default)]
    comment: String,
    #[serde(default)]
    category: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Report<'a> {
    id: String,
    action_taken: bool,
    action_taken_at: Option<String>,
    category: &'a str,
    comment: &'a str,
    forwarded: bool,
    created_at: String,
    status_ids: &'a [PostId],
    rule_ids: [(); 0],
    target_account: entities::Account<'a>,
}

/// It stays on this node: `forward` is not followed.
async fn create(
    State(app): State<App>,
    Bearer(me): Bearer,
    Fields(sent): Fields<Sent>,
) -> Result<Response> {
    if sent.comment.chars().count() > MAX_COMMENT {
        return Err(Error::Invalid("report-comment-too-long", MAX_COMMENT));
    }
    if sent.status_ids.len() > MOST {
        return Err(Error::Malformed(format!("status_ids: at most {MOST}")));
    }
    let mut tx = app.db.begin().await?;
    let target = queries::by_id(&mut tx, sent.account_id).await?;
    let readable = posts::view::posts(&mut tx, Some(me.account.id), &sent.status_ids).await?;
    let theirs = readable.iter().filter(|v| v.author.id == target.id).count();
    if theirs < sent.status_ids.len() {
        return Err(Error::NotFound);
    }
    let (by, ids) = (&me.account, &sent.status_ids);
    let made = report::report(&app, &mut tx, by, target.id, ids, &sent.comment, None).await?;
    tx.commit().await?;
    let report = Report {
        id: made.id.to_string(),
        action_taken: false,
        action_taken_at: None,
        category: sent.category.as_deref().unwrap_or("other"),
        comment: &made.comment,
        forwarded: false,
        created_at: app.now().iso(),
        status_ids: ids,
        rule_ids: [],
        target_account: entities::account(&app, &target),
    };
    Ok(Json(report).into_response())
}
