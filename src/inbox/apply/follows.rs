//! How people stand to each other: follows and their answers, blocks, reports, moves.
use super::{Context, Outcome};
use crate::{
    accounts::{
        self,
        actions::{follow, profile, report},
        types::Account,
    },
    db::Tx,
    error::{Error, Result},
    events::types::RsvpState,
    federation::{fetch_queue::Kind as Fetch, json},
    outbound,
    posts::{self, actions::quote},
};

impl Context<'_, '_> {
    pub(super) async fn follow(&self, tx: &mut Tx) -> Result<Outcome> {
        let Some(followee) = self.local_account(tx, self.object_id()?).await? else {
            return Ok(Outcome::Ignored("there is no such account here"));
        };
        // The answer names the Follow as it was sent.
        let id = json::id(&self.activity["id"]).unwrap_or(&self.item.activity_id);
        follow::follow(self.app, tx, self.actor, &followee, Some(id)).await?;
        Ok(Outcome::Applied)
    }

    /// The follower of the Follow that is answered, if it asked this actor.
    async fn answered_follower(&self, tx: &mut Tx) -> Result<Option<Account>> {
        let object = self.object();
        if let Some(row) = match json::id(object) {
            Some(uri) => accounts::queries::follow_by_uri(tx, uri).await?,
            None => None,
        } && row.followee_id == self.actor.id
        {
            return accounts::queries::by_id(tx, row.follower_id).await.map(Some);
        }
        match json::id(&object["actor"]) {
            Some(uri) if json::is(object, "Follow") => self.local_account(tx, uri).await,
            _ => Ok(None),
        }
    }

    pub(super) async fn accept(&self, tx: &mut Tx) -> Result<Outcome> {
        if let Some(post) = self.own_quote_request(tx).await? {
            let stamp = json::id(&self.activity["result"]);
            let stamp = stamp.filter(|s| outbound::same_host(s, &self.actor.uri));
            quote::answered(self.app, tx, &post, stamp).await?;
            return Ok(Outcome::Applied);
        }
        if self.rsvp_answered(tx, RsvpState::Confirmed).await? {
            return Ok(Outcome::Applied);
        }
        let Some(follower) = self.answered_follower(tx).await? else {
            return Ok(Outcome::Ignored("accepts nothing that we asked"));
        };
        match follow::accept(self.app, tx, self.actor, &follower).await {
            Err(Error::NotFound) => Ok(Outcome::Ignored("accepts nothing that we asked")),
            other => other.map(|()| Outcome::Applied),
        }
    }

    /// A place on the waiting list of an event.
    pub(super) async fn tentative_accept(&self, tx: &mut Tx) -> Result<Outcome> {
        if self.rsvp_answered(tx, RsvpState::Waitlisted).await? {
            return Ok(Outcome::Applied);
        }
        Ok(Outcome::Ignored("accepts nothing that we asked"))
    }

    pub(super) async fn reject(&self, tx: &mut Tx) -> Result<Outcome> {
        if let Some(post) = self.own_quote_request(tx).await? {
            quote::answered(self.app, tx, &post, None).await?;
            return Ok(Outcome::Applied);
        }
        if self.rsvp_answered(tx, RsvpState::Declined).await? {
            return Ok(Outcome::Applied);
        }
        let Some(follower) = self.answered_follower(tx).await? else {
            return Ok(Outcome::Ignored("rejects nothing that we asked"));
        };
        follow::reject(self.app, tx, self.actor, &follower).await?;
        Ok(Outcome::Applied)
    }

    pub(super) async fn block(&self, tx: &mut Tx) -> Result<Outcome> {
        let Some(target) = self.local_account(tx, self.object_id()?).await? else {
            return Ok(Outcome::Ignored("there is no such account here"));
        };
        let id = self.item.activity_id.as_str();
        follow::block(self.app, tx, self.actor, &target, Some(id)).await?;
        Ok(Outcome::Applied)
    }

    /// Kept for the moderators.
    pub(super) async fn flag(&self, tx: &mut Tx) -> Result<Outcome> {
        let about = json::ids(self.object(), 100);
        let mut target = None;
        let mut posts = Vec::new();
        for uri in &about {
            if let Some(account) = self.local_account(tx, uri).await? {
                target = Some(account.id);
            } else if let Some(post) = posts::queries::by_uri(tx, uri).await?.filter(|p| p.local) {
                target = target.or(Some(post.account_id));
                posts.push(post.id);
            }
        }
        let Some(target) = target else { return Ok(Outcome::Ignored("reports nobody here")) };
        let comment = json::text(&self.activity["content"]).unwrap_or_default();
        let by = self.actor;
        let uri = Some(self.item.activity_id.as_str());
        report::report(self.app, tx, by, target, &posts, comment, uri).await?;
        Ok(Outcome::Applied)
    }

    pub(super) async fn moved(&self, tx: &mut Tx) -> Result<Outcome> {
        let target = json::id(&self.activity["target"]).unwrap_or_default();
        if self.object_id()? != self.actor.uri || target == self.actor.uri {
            return Ok(Outcome::Ignored("moves somebody else"));
        }
        let new = match accounts::queries::by_uri(tx, target).await? {
            Some(new) if new.is_gone() => {
                return Ok(Outcome::Ignored("moves to a deleted account"));
            }
            Some(new) if new.aliases().contains(&self.actor.uri) => new,
            Some(_) if self.item.tries > 1 => {
                return Ok(Outcome::Ignored("the new account does not confirm the move"));
            }
            // Our copy may be older than the confirmation.
            _ if self.app.is_local(target) || self.app.reach.check(target).is_err() => {
                return Ok(Outcome::Ignored("the new account does not confirm the move"));
            }
            _ => return Ok(Outcome::Waits(Fetch::Actor, target.to_owned())),
        };
        let mut old = Account::clone(self.actor);
        old.moved_to = Some(new.uri.clone());
        accounts::queries::update(tx, &old).await?;
        profile::follow_the_move(self.app, tx, &old, &new).await?;
        Ok(Outcome::Applied)
    }
}
