//! Likes and boosts.
use super::{Context, Outcome, hearsay, is_in_network};
use crate::{
    accounts,
    db::Tx,
    error::{Error, Result},
    federation::{context, fetch_queue::Kind as Fetch, json},
    posts::{self, actions::react, types::Audience},
};

impl Context<'_, '_> {
    pub(super) async fn announce(&self, tx: &mut Tx) -> Result<Outcome> {
        let object = self.object();
        // FEP-1b12: groups announce whole activities. The inner one is hearsay; its object is what counts.
        let inner = match json::kind(object) {
            _ if object["object"].is_null() => object,
            "Create" => &object["object"],
            "Update" | "Delete" => return hearsay(self.app, tx, object).await,
            _ => return Ok(Outcome::Ignored("announces what is not shown")),
        };
        let Some(uri) = json::id(inner) else { return Ok(Outcome::Ignored("announces nothing")) };
        // What one node's member boosts of another's all nodes know, as they know who likes it.
        let ours = self.item.log_class.is_some() && is_in_network(self.app, tx, uri).await?;
        let shown = ours || accounts::queries::has_local_follower(tx, self.actor.id).await?;
        let post = match self.post(tx, uri).await? {
            Ok(post) => post,
            Err(Outcome::Waits(..)) if !shown => {
                return Ok(Outcome::Ignored("nobody here follows who boosts"));
            }
            // Fetched, it would be known when the log brings it, and nobody's followers would be shown it.
            Err(Outcome::Waits(_, uri)) if self.is_announced_in_network(tx, &uri).await? => {
                return Ok(Outcome::WaitsForLog(uri));
            }
            Err(outcome) => return Ok(outcome),
        };
        if !post.local && !self.is_own() && !shown {
            return Ok(Outcome::Ignored("nobody here follows who boosts"));
        }
        let id = self.item.activity_id.as_str();
        let is_open =
            |key: &str| json::ids(&self.activity[key], 100).iter().any(|u| context::is_public(u));
        let audience = match (is_open("to"), is_open("cc")) {
            (true, _) => Audience::Public,
            (false, true) => Audience::Unlisted,
            (false, false) => Audience::Followers,
        };
        let boost = react::RemoteBoost {
            uri: id.to_owned(),
            audience,
            published_at: json::time(&self.activity["published"]).unwrap_or_else(|| self.app.now()),
        };
        allowed(react::boost(self.app, tx, self.actor, &post, Some(boost)).await.map(|_| ()))
    }

    /// A group of a member node says what is, or will be, in the log of a member node.
    async fn is_announced_in_network(&self, tx: &mut Tx, uri: &str) -> Result<bool> {
        Ok(self.actor.is_group()
            && is_in_network(self.app, tx, &self.actor.uri).await?
            && is_in_network(self.app, tx, uri).await?)
    }

    pub(super) async fn like(&self, tx: &mut Tx) -> Result<Outcome> {
        let uri = self.object_id()?;
        let logged = self.item.log_class.is_some();
        let found = posts::queries::by_uri(tx, uri).await?;
        if found.is_none() && logged {
            return Ok(Outcome::Waits(Fetch::Post, uri.to_owned()));
        }
        let Some(post) = found.filter(|p| (p.local || logged) && !p.is_gone()) else {
            return Ok(Outcome::Ignored("likes are kept for posts of this node"));
        };
        if posts::inbox::is_closed_to(self.app, tx, self.actor, &post).await? {
            return Ok(Outcome::Ignored("not for them"));
        }
        let emoji = json::text(&self.activity["content"])
            .or_else(|| json::text(&self.activity["_misskey_reaction"]))
            .unwrap_or_default();
        // A reaction is a like with a picture; custom emoji count as plain likes.
        let emoji: String =
            if emoji.is_ascii() { String::new() } else { crate::text::html::one_line(emoji, 8) };
        let id = self.item.activity_id.as_str();
        allowed(react::like(self.app, tx, self.actor, &post, Some(id), &emoji).await)
    }
}

/// What the action forbids (a block, a closed post) is understood and left alone.
pub(super) fn allowed(result: Result<()>) -> Result<Outcome> {
    match result {
        Ok(()) => Ok(Outcome::Applied),
        Err(Error::Forbidden(_)) => Ok(Outcome::Ignored("not allowed")),
        Err(e) => Err(e),
    }
}
