//! What is taken back.
use super::{Context, Outcome};
use crate::{
    accounts::{self, actions::follow},
    db::Tx,
    error::Result,
    events,
    federation::{inbound, json},
    posts::{self, actions::react},
};

impl Context<'_, '_> {
    pub(super) async fn undo(&self, tx: &mut Tx) -> Result<Outcome> {
        let object = self.object();
        if object.is_object() && json::id(&object["actor"]).is_some_and(|a| a != self.actor.uri) {
            return Ok(Outcome::Ignored("not theirs to undo"));
        }
        let uri = json::id(object).unwrap_or_default().to_owned();
        // It may wait for something; what was applied a moment ago is undone all the same.
        let cancelled = inbound::cancel(tx, &uri, &self.actor.uri).await?;
        match self.undo_applied(tx, &uri).await? {
            Outcome::Ignored(_) if cancelled => Ok(Outcome::Applied),
            outcome => Ok(outcome),
        }
    }

    async fn undo_applied(&self, tx: &mut Tx, uri: &str) -> Result<Outcome> {
        let object = self.object();
        match json::kind(object) {
            "Follow" => self.undo_follow(tx, uri, json::id(&object["object"])).await,
            "Like" | "EmojiReact" => self.undo_like(tx, uri, json::id(&object["object"])).await,
            "Announce" => self.undo_announce(tx, uri, json::id(&object["object"])).await,
            "Block" => {
                let target = json::id(&object["object"]).unwrap_or_default();
                let Some(target) = self.local_account(tx, target).await? else {
                    return Ok(Outcome::Ignored("there is no such account here"));
                };
                follow::unblock(self.app, tx, self.actor, &target).await?;
                Ok(Outcome::Applied)
            }
            "Accept" => {
                let inner = Context { activity: object, ..*self };
                Box::pin(inner.reject(tx)).await
            }
            "Join" => self.leave(tx, json::id(&object["object"]).unwrap_or_default()).await,
            "" => self.undo_by_id(tx, uri).await,
            _ => Ok(Outcome::Ignored("undoes nothing that we keep")),
        }
    }

    /// The id alone: whatever it was.
    async fn undo_by_id(&self, tx: &mut Tx, uri: &str) -> Result<Outcome> {
        if let Some(rsvp) = events::queries::rsvp_by_uri(tx, uri).await? {
            let event = posts::queries::by_id(tx, rsvp.post_id).await?;
            return self.leave(tx, &event.uri).await;
        }
        for outcome in [
            self.undo_follow(tx, uri, None).await?,
            self.undo_announce(tx, uri, None).await?,
            self.undo_like(tx, uri, None).await?,
        ] {
            if outcome == Outcome::Applied {
                return Ok(outcome);
            }
        }
        Ok(Outcome::Ignored("undoes nothing that we keep"))
    }

    async fn undo_follow(&self, tx: &mut Tx, uri: &str, followee: Option<&str>) -> Result<Outcome> {
        let row = accounts::queries::follow_by_uri(tx, uri)
            .await?
            .filter(|f| f.follower_id == self.actor.id);
        let followee = match (row, followee) {
            (Some(row), _) => Some(accounts::queries::by_id(tx, row.followee_id).await?),
            (None, Some(uri)) => self.local_account(tx, uri).await?,
            (None, None) => None,
        };
        let Some(followee) = followee else {
            return Ok(Outcome::Ignored("undoes nothing that we keep"));
        };
        follow::unfollow(self.app, tx, self.actor, &followee).await?;
        Ok(Outcome::Applied)
    }

    async fn undo_like(&self, tx: &mut Tx, uri: &str, object: Option<&str>) -> Result<Outcome> {
        let known = posts::queries::favourite_by_uri(tx, uri)
            .await?
            .filter(|(_, by, _)| *by == self.actor.id);
        let (post, emoji) = match (known, object) {
            (Some((post, _, emoji)), _) => (posts::queries::by_id(tx, post).await?, emoji),
            (None, Some(uri)) => match posts::queries::by_uri(tx, uri).await? {
                Some(post) => (post, String::new()),
                None => return Ok(Outcome::Ignored("undoes nothing that we keep")),
            },
            (None, None) => return Ok(Outcome::Ignored("undoes nothing that we keep")),
        };
        react::unlike(self.app, tx, self.actor, &post, &emoji).await?;
        Ok(Outcome::Applied)
    }

    async fn undo_announce(&self, tx: &mut Tx, uri: &str, object: Option<&str>) -> Result<Outcome> {
        let known =
            posts::queries::boost_by_uri(tx, uri).await?.filter(|b| b.account_id == self.actor.id);
        let post = match (known, object) {
            (Some(boost), _) => Some(posts::queries::by_id(tx, boost.post_id).await?),
            (None, Some(uri)) => posts::queries::by_uri(tx, uri).await?,
            (None, None) => None,
        };
        let Some(post) = post else { return Ok(Outcome::Ignored("undoes nothing that we keep")) };
        react::unboost(self.app, tx, self.actor, &post).await?;
        Ok(Outcome::Applied)
    }
}
