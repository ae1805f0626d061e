//! Joining and leaving events, and what their organisers answer.
use super::{Context, Outcome};
use crate::{
    db::Tx,
    error::Result,
    events::{self, types::RsvpState},
    federation::{inbound, json},
    posts::{self, actions::attend, types::Post},
};

impl Context<'_, '_> {
    /// The event of this node that the actor may read.
    async fn own_event(&self, tx: &mut Tx, uri: &str) -> Result<Option<Post>> {
        let post = posts::queries::by_uri(tx, uri).await?.filter(|p| p.local);
        let Some(post) = post.filter(|p| !p.is_gone()) else { return Ok(None) };
        let may_read = posts::inbox::may_read(self.app, tx, self.actor, &post).await?;
        let is_event = !events::queries::of(tx, &[post.id]).await?.is_empty();
        Ok(Some(post).filter(|_| may_read && is_event))
    }

    pub(super) async fn join(&self, tx: &mut Tx) -> Result<Outcome> {
        let Some(post) = self.own_event(tx, self.object_id()?).await? else {
            return Ok(Outcome::Ignored("there is no such event here"));
        };
        // The answer names the Join as it was sent.
        let id = json::id(&self.activity["id"]).unwrap_or(&self.item.activity_id);
        let message = json::text(&self.activity["participationMessage"]).unwrap_or_default();
        attend::joined(self.app, tx, self.actor, &post, id, message).await?;
        Ok(Outcome::Applied)
    }

    pub(super) async fn leave(&self, tx: &mut Tx, event: &str) -> Result<Outcome> {
        let Some(post) = posts::queries::by_uri(tx, event).await?.filter(|p| p.local) else {
            return Ok(Outcome::Ignored("there is no such event here"));
        };
        if events::queries::rsvp(tx, post.id, self.actor.id).await?.is_none() {
            // The Join may wait for something; it must not get a place afterwards.
            let join = self.item.activity_id.strip_suffix("#leave").unwrap_or_default();
            if inbound::cancel(tx, join, &self.actor.uri).await? {
                return Ok(Outcome::Applied);
            }
            return Ok(Outcome::Ignored("undoes nothing that we keep"));
        }
        attend::left(self.app, tx, self.actor.id, &post).await?;
        Ok(Outcome::Applied)
    }

    /// True where this answers a member's wish to attend.
    pub(super) async fn rsvp_answered(&self, tx: &mut Tx, state: RsvpState) -> Result<bool> {
        match json::id(self.object()) {
            Some(join) => attend::answered(self.app, tx, self.actor.id, join, state).await,
            None => Ok(false),
        }
    }
}
