//! How the member stands to others: `/api/v1/accounts/relationships` and what changes it.
//! <https://docs.joinmastodon.org/entities/Relationship/>
use super::entities;
use crate::{
    accounts::{
        actions::follow,
        queries,
        relations::{self, FollowChoices, Standing},
        session::{Bearer, SignedIn},
        types::{Account, Mute},
    },
    app::App,
    clock::{SECOND, Timestamp},
    db::Tx,
    error::{Error, Result},
    http::{
        api::{Api, get_with, post_with},
        described::gives,
        fields::{Asked, Fields},
        path::Path,
    },
    ids::AccountId,
    posts::types::check_lang,
};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Accounts that one request may ask about.
const MOST: usize = 80;
const MAX_NOTE: usize = 2_000;
const MAX_LANGS: usize = 20;

pub fn routes() -> Api {
    Api::new()
        .route(
            "/api/v1/accounts/relationships",
            get_with(relationships, gives::<Vec<Relationship>>),
        )
        .route(
            "/api/v1/accounts/familiar_followers",
            get_with(familiar, gives::<Vec<FamiliarFollowers>>),
        )
        .route("/api/v1/accounts/{id}/{relation}", post_with(relate, gives::<Relationship>))
        .route("/api/v1/follow_requests/{id}/{answer}", post_with(answer, gives::<Relationship>))
}

#[derive(Serialize, JsonSchema)]
pub struct Relationship<'a> {
    id: AccountId,
    following: bool,
    showing_reblogs: bool,
    notifying: bool,
    languages: Option<Vec<&'a str>>,
    followed_by: bool,
    blocking: bool,
    blocked_by: bool,
    muting: bool,
    muting_notifications: bool,
    muting_expires_at: Option<String>,
    requested: bool,
    requested_by: bool,
    domain_blocking: bool,
    endorsed: bool,
    note: &'a str,
}

pub fn relationship(s: &Standing) -> Relationship<'_> {
    let langs: Vec<&str> = s.langs.split(',').filter(|lang| !lang.is_empty()).collect();
    Relationship {
        id: s.id,
        following: s.relation.following,
        showing_reblogs: s.boosts,
        notifying: s.tells,
        languages: (!langs.is_empty()).then_some(langs),
        followed_by: s.relation.followed_by,
        blocking: s.relation.blocking,
        blocked_by: s.relation.blocked_by,
        muting: s.relation.muting,
        muting_notifications: s.mutes_notifications,
        muting_expires_at: s.mute_expires_at.map(Timestamp::iso),
        requested: s.relation.requested,
        requested_by: s.requested_by,
        domain_blocking: s.host_blocked,
        endorsed: s.endorsed,
        note: &s.note,
    }
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct Which {
    id: Vec<AccountId>,
    with_suspended: bool,
}

impl Which {
    fn ids(&self) -> &[AccountId] {
        self.id.get(..MOST).unwrap_or(&self.id)
    }
}

/// In the order in which they were asked for; who is not there is left out.
async fn relationships(
    State(app): State<App>,
    Bearer(me): Bearer,
    Asked(which): Asked<Which>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let found =
        relations::standings(&mut tx, me.account.id, which.ids(), which.with_suspended).await?;
    let found: HashMap<AccountId, Standing> = found.into_iter().map(|s| (s.id, s)).collect();
    let list: Vec<_> =
        which.ids().iter().filter_map(|id| found.get(id)).map(relationship).collect();
    Ok(Json(list).into_response())
}

#[derive(Serialize, JsonSchema)]
struct FamiliarFollowers<'a> {
    id: AccountId,
    accounts: Vec<entities::Account<'a>>,
}

/// Followers of each whom the member follows, too.
async fn familiar(
    State(app): State<App>,
    Bearer(me): Bearer,
    Asked(which): Asked<Which>,
) -> Result<Response> {
    let mut tx = app.db.read().await?;
    let found = relations::familiar(&mut tx, me.account.id, which.ids()).await?;
    let of = |id: AccountId| FamiliarFollowers {
        id,
        accounts: found
            .iter()
            .filter(|f| f.followed == id)
            .map(|f| entities::account(&app, &f.account))
            .collect(),
    };
    let list: Vec<_> = which.ids().iter().map(|id| of(*id)).collect();
    Ok(Json(list).into_response())
}

/// What the verbs below can be told.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct How {
    reblogs: Option<bool>,
    notify: Option<bool>,
    languages: Option<Vec<String>>,
    notifications: Option<bool>,
    /// Seconds; 0 for ever.
    duration: u32,
    comment: String,
}

impl How {
    fn follow(&self) -> Result<FollowChoices> {
        let langs = self.languages.as_ref().map(|langs| langs_between_commas(langs)).transpose()?;
        Ok(FollowChoices { boosts: self.reblogs, tells: self.notify, langs })
    }

    fn mute(&self, now: Timestamp) -> Mute {
        let until = now.plus(i64::from(self.duration) * SECOND);
        Mute {
            notifications: self.notifications.unwrap_or(true),
            until: (self.duration > 0).then_some(until),
        }
    }
}

fn langs_between_commas(langs: &[String]) -> Result<String> {
    if langs.len() > MAX_LANGS {
        return Err(Error::Malformed(format!("languages: at most {MAX_LANGS}")));
    }
    langs.iter().try_for_each(|lang| check_lang(lang))?;
    let langs: Vec<&str> = langs.iter().map(String::as_str).filter(|l| !l.is_empty()).collect();
    Ok(if langs.is_empty() { String::new() } else { format!(",{},", langs.join(",")) })
}

/// `pin` and `unpin` are the old names of `endorse` and `unendorse`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Relation {
    Follow,
    Unfollow,
    Block,
    Unblock,
    Mute,
    Unmute,
    RemoveFromFollowers,
    Endorse,
    Unendorse,
    Pin,
    Unpin,
    Note,
}

async fn relate(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path((id, relation)): Path<(AccountId, Relation)>,
    Fields(how): Fields<How>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let other: Account = queries::by_id(&mut tx, id).await?;
    let (tx_, mine) = (&mut tx, &me.account);
    match relation {
        Relation::Follow => {
            let choices = how.follow()?;
            follow::follow(&app, tx_, mine, &other, None).await?;
            relations::set_follow_choices(tx_, mine.id, id, &choices).await?;
        }
        Relation::Unfollow => follow::unfollow(&app, tx_, mine, &other).await?,
        Relation::Block => follow::block(&app, tx_, mine, &other, None).await?,
        Relation::Unblock => follow::unblock(&app, tx_, mine, &other).await?,
        Relation::Mute => follow::mute(&app, tx_, mine, &other, how.mute(app.now())).await?,
        Relation::Unmute => queries::delete_mute(tx_, mine.id, id).await?,
        Relation::RemoveFromFollowers => follow::reject(&app, tx_, mine, &other).await?,
        Relation::Endorse | Relation::Pin => follow::endorse(&app, tx_, mine, &other).await?,
        Relation::Unendorse | Relation::Unpin => {
            relations::delete_endorsement(tx_, mine.id, id).await?;
        }
        Relation::Note => {
            if how.comment.chars().count() > MAX_NOTE {
                return Err(Error::Invalid("note-too-long", MAX_NOTE));
            }
            relations::put_note(tx_, mine.id, id, how.comment.trim()).await?;
        }
    }
    let mut standing = standing(&mut tx, &me, id).await?;
    if relation == Relation::Follow && standing.relation.requested && !other.local && !other.locked
    {
        // The other server will say yes, and clients show what they are told here.
        (standing.relation.following, standing.relation.requested) = (true, false);
    }
    tx.commit().await?;
    Ok(Json(relationship(&standing)).into_response())
}

async fn standing(tx: &mut Tx, me: &SignedIn, other: AccountId) -> Result<Standing> {
    let found = relations::standings(tx, me.account.id, &[other], true).await?;
    found.into_iter().next().ok_or(Error::NotFound)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Authorize,
    Reject,
}

async fn answer(
    State(app): State<App>,
    Bearer(me): Bearer,
    Path((id, answer)): Path<(AccountId, Answer)>,
) -> Result<Response> {
    let mut tx = app.db.begin().await?;
    let follower = queries::by_id(&mut tx, id).await?;
    match answer {
        Answer::Authorize => follow::accept(&app, &mut tx, &me.account, &follower).await?,
        Answer::Reject => follow::reject(&app, &mut tx, &me.account, &follower).await?,
    }
    let standing = standing(&mut tx, &me, id).await?;
    tx.commit().await?;
    Ok(Json(relationship(&standing)).into_response())
}
