//! What Mastodon has no word for: the details of members, each with its audience. Our own addresses, in the manner of the rest.
use crate::{
    accounts::{
        actions::details,
        details::{
            queries, shown,
            types::{Audience, Detail, DetailField, Wanted},
        },
        queries as people,
        session::{Bearer, Reader},
    },
    app::App,
    error::Result,
    http::{
        api::{Api, get},
        fields::Fields,
        path::Path,
    },
    ids::AccountId,
};
use axum::{Json, extract::State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::IgnoredAny};
use std::collections::BTreeMap;

pub fn routes() -> Api {
    Api::new()
        .route("/api/tsudoi/v1/profile", get(own).patch(change))
        .route("/api/tsudoi/v1/accounts/{id}/profile", get(show))
}

/// What somebody tells of themselves.
#[derive(Serialize, JsonSchema)]
struct MemberProfile {
    id: AccountId,
    details: MemberDetails,
}

/// Each field; `null` where the reader sees nothing.
#[derive(Default, Serialize, JsonSchema)]
struct MemberDetails {
    name: Option<MemberDetail>,
    reading: Option<MemberDetail>,
    affiliation: Option<MemberDetail>,
    organisation: Option<MemberDetail>,
    position: Option<MemberDetail>,
    municipality: Option<MemberDetail>,
    skills: Option<MemberDetail>,
    interests: Option<MemberDetail>,
    word: Option<MemberDetail>,
}

#[derive(Serialize, JsonSchema)]
struct MemberDetail {
    value: String,
    audience: Audience,
    /// When the member chose this.
    chosen_at: String,
}

impl MemberDetails {
    fn of(details: Vec<Detail>) -> Self {
        let mut all = Self::default();
        for Detail { field, value, audience, chosen_at } in details {
            let place = match field {
                DetailField::Name => &mut all.name,
                DetailField::Reading => &mut all.reading,
                DetailField::Affiliation => &mut all.affiliation,
                DetailField::Organisation => &mut all.organisation,
                DetailField::Position => &mut all.position,
                DetailField::Municipality => &mut all.municipality,
                DetailField::Skills => &mut all.skills,
                DetailField::Interests => &mut all.interests,
                DetailField::Word => &mut all.word,
            };
            *place = Some(MemberDetail { value, audience, chosen_at: chosen_at.iso() });
        }
        all
    }
}

async fn own_profile(app: &App, id: AccountId) -> Result<Json<MemberProfile>> {
    let mut tx = app.db.read().await?;
    let details = queries::seen_by(&mut tx, Audience::Staff, id).await?;
    Ok(Json(MemberProfile { id, details: MemberDetails::of(details) }))
}

/// `GET /api/tsudoi/v1/profile`: all that the member tells anybody.
async fn own(State(app): State<App>, Bearer(me): Bearer) -> Result<Json<MemberProfile>> {
    own_profile(&app, me.account.id).await
}

/// Fields by their names. What is not named stays as it is.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Changes {
    details: BTreeMap<DetailField, Change>,
    /// Where the token is shown in the query.
    #[serde(default, rename = "access_token")]
    #[schemars(skip)]
    _token: Option<IgnoredAny>,
}

/// An empty value takes the field back.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Change {
    value: Option<String>,
    audience: Option<Audience>,
}

/// `PATCH /api/tsudoi/v1/profile`
async fn change(
    State(app): State<App>,
    Bearer(me): Bearer,
    Fields(sent): Fields<Changes>,
) -> Result<Json<MemberProfile>> {
    let id = me.account.id;
    let mut tx = app.db.begin().await?;
    let kept = queries::seen_by(&mut tx, Audience::Staff, id).await?;
    let wanted = sent.details.into_iter().map(|(field, change)| {
        let was = Wanted::of(field, &kept);
        Wanted {
            field,
            value: change.value.unwrap_or(was.value),
            audience: change.audience.unwrap_or(was.audience),
        }
    });
    details::set(&app, &mut tx, id, wanted.collect()).await?;
    tx.commit().await?;
    own_profile(&app, id).await
}

/// `GET /api/tsudoi/v1/accounts/{id}/profile`: what this reader may see of somebody.
async fn show(
    State(app): State<App>,
    Reader(reader): Reader,
    Path(id): Path<AccountId>,
) -> Result<Json<MemberProfile>> {
    let mut tx = app.db.read().await?;
    let person = people::by_id(&mut tx, id).await?;
    person.may_speak()?;
    let details = shown::to(&mut tx, reader, &person).await?;
    Ok(Json(MemberProfile { id, details: MemberDetails::of(details) }))
}
