//! What was written, changed, deleted, pinned and quoted elsewhere.
use super::{Context, Outcome, reactions::allowed, take_in};
use crate::{
    accounts,
    db::Tx,
    error::{Error, Result},
    federation::json,
    inbox::{
        batch::{Batch, Gathered},
        forward,
    },
    network::{entry::Class, membership},
    outbound,
    posts::{
        self,
        actions::{change, quote, vote},
        inbox::{New, Reason},
        read,
        types::{Audience, Post},
    },
    remote,
};

impl<'i> Context<'_, 'i> {
    pub(super) async fn create(&self, tx: &mut Tx, batch: &mut Batch<'i>) -> Result<Outcome> {
        let object = self.object();
        if let Some(uri) = object.as_str() {
            if !outbound::same_host(uri, &self.actor.uri) {
                return Ok(Outcome::Ignored("its object is on another host"));
            }
            return match self.awaited_post(tx, uri).await? {
                Ok(post) if post.account_id == self.actor.id => {
                    posts::inbox::show_fetched(self.app, tx, &post).await?;
                    Ok(Outcome::Applied)
                }
                Ok(_) => Ok(Outcome::Ignored("not theirs to show")),
                Err(outcome) => Ok(outcome),
            };
        }
        if let Some((question, answer)) = read::as_vote(object)
            && let Some(post) = posts::queries::by_uri(tx, question).await?.filter(|p| p.local)
        {
            return self.vote(tx, &post, answer).await;
        }
        if !read::is_post(object) {
            return Ok(Outcome::Ignored("of a type we do not show"));
        }
        let mut remote = read::post(object, self.activity, self.actor, self.app.now())?;
        if self.is_for_another(tx, batch, &remote).await? {
            return Ok(Outcome::Applied);
        }
        self.address_recipient(tx, &mut remote).await?;
        self.keep_in_the_network(&mut remote);
        self.gather(tx, batch, remote).await
    }

    /// The post, which is fetched only if somebody here may be waiting for it: otherwise anybody could make us fetch and keep anything.
    async fn awaited_post(&self, tx: &mut Tx, uri: &str) -> Result<Result<Post, Outcome>> {
        match self.post(tx, uri).await? {
            Err(Outcome::Waits(..)) if !self.is_awaited(tx).await? => {
                Ok(Err(Outcome::Ignored("concerns nobody here")))
            }
            found => Ok(found),
        }
    }

    /// A member follows the actor, or is addressed, or it is a node of our network that says it.
    async fn is_awaited(&self, tx: &mut Tx) -> Result<bool> {
        let addressed = ["to", "cc"].iter().flat_map(|field| json::many(&self.activity[*field]));
        let is_member = |uri: &str| self.app.is_local(uri);
        Ok(self.item.recipient_id.is_some()
            || self.item.log_class.is_some()
            || addressed.filter_map(json::id).any(is_member)
            || accounts::queries::has_local_follower(tx, self.actor.id).await?)
    }

    async fn gather(
        &self,
        tx: &mut Tx,
        batch: &mut Batch<'i>,
        remote: read::RemotePost,
    ) -> Result<Outcome> {
        if batch.is_tied_to(&remote) {
            take_in(self.app, tx, batch).await?;
        }
        let verifiable = forward::is_verifiable(self.activity);
        let reason = if self.item.log_class.is_some() { Reason::Logged } else { Reason::Sent };
        let new = New { author: self.actor.clone(), remote, reason };
        batch.gather(Gathered { item: self.item, verifiable }, new);
        Ok(Outcome::Gathered)
    }

    /// What members of the network say to each other is addressed to nobody that other servers know.
    fn keep_in_the_network(&self, remote: &mut read::RemotePost) {
        if self.item.log_class.as_deref() == Some(Class::Network.word()) {
            remote.audience = Audience::Network;
        }
    }

    /// What was posted to somebody's personal inbox is for them, even if they are not named.
    async fn address_recipient(&self, tx: &mut Tx, remote: &mut read::RemotePost) -> Result<()> {
        if let (Some(id), Audience::Direct) = (self.item.recipient_id, remote.audience) {
            let uri = accounts::queries::by_id(tx, id).await?.uri;
            if !remote.addressed.contains(&uri) {
                remote.addressed.push(uri);
            }
        }
        Ok(())
    }

    /// A closed post that others here have got before, or get in the same moment, came to the inbox of one more.
    async fn is_for_another(
        &self,
        tx: &mut Tx,
        batch: &mut Batch<'i>,
        remote: &read::RemotePost,
    ) -> Result<bool> {
        let closed = remote.audience == Audience::Direct;
        let Some(recipient) = self.item.recipient_id.filter(|_| closed) else { return Ok(false) };
        if batch.holds(&remote.uri) {
            take_in(self.app, tx, batch).await?;
        }
        let known = posts::queries::by_uri(tx, &remote.uri).await?;
        let own = |p: &Post| p.account_id == self.actor.id && p.audience == remote.audience;
        let Some(post) = known.filter(|p| own(p) && !p.is_gone()) else { return Ok(false) };
        let recipient = accounts::queries::by_id(tx, recipient).await?;
        posts::inbox::show_further(self.app, tx, &post, recipient).await
    }

    async fn vote(&self, tx: &mut Tx, post: &Post, answer: &str) -> Result<Outcome> {
        if posts::inbox::is_closed_to(self.app, tx, self.actor, post).await? {
            return Ok(Outcome::Ignored("not for them"));
        }
        match vote::vote_by_title(self.app, tx, self.actor, post, answer).await {
            Err(Error::Invalid(..)) => Ok(Outcome::Ignored("the vote does not count")),
            counted => allowed(counted),
        }
    }

    pub(super) async fn update(&self, tx: &mut Tx, batch: &mut Batch<'i>) -> Result<Outcome> {
        let object = self.object();
        let uri = self.object_id()?;
        if uri == self.actor.uri {
            if self.is_own() {
                accounts::inbox::recalled(self.app, tx, self.actor, object).await?;
            } else if self.item.log_class.is_none() {
                accounts::inbox::updated(self.app, tx, self.actor).await?;
            }
            return Ok(Outcome::Applied);
        }
        if !outbound::same_host(uri, &self.actor.uri) {
            return Ok(Outcome::Ignored("not theirs to change"));
        }
        if json::is(object, "Profile") {
            return self.describe(tx).await;
        }
        if !object.is_object() || !read::is_post(object) {
            return Ok(Outcome::Ignored("of a type we do not show"));
        }
        let mut remote = read::post(object, self.activity, self.actor, self.app.now())?;
        self.keep_in_the_network(&mut remote);
        match posts::queries::by_uri(tx, uri).await? {
            Some(known) if known.account_id != self.actor.id => {
                Ok(Outcome::Ignored("not theirs to change"))
            }
            Some(known) => {
                let post = posts::inbox::update(self.app, tx, known, &remote).await?;
                let verifiable = forward::is_verifiable(self.activity);
                forward::answer(self.app, tx, self.item, verifiable, &post).await?;
                forward::announced(self.app, tx, self.item, verifiable, &post).await?;
                Ok(Outcome::Applied)
            }
            None if posts::inbox::is_young(self.app, &remote) => {
                self.gather(tx, batch, remote).await
            }
            None if self.may_be_early(tx) => Ok(Outcome::LooksAgain),
            None => Ok(Outcome::Ignored("an edit of an old post that we do not have")),
        }
    }

    /// Another process may have its `Create`, and have looked for tombstones and newer versions before there was one.
    fn may_be_early(&self, tx: &Tx) -> bool {
        self.item.tries == 0 && tx.others_may_write()
    }

    /// What a member tells the network's nodes of themselves.
    async fn describe(&self, tx: &mut Tx) -> Result<Outcome> {
        let object = self.object();
        if !accounts::details::wire::is_profile_of(object, self.actor) {
            return Ok(Outcome::Ignored("not theirs to change"));
        }
        let us = membership::current(self.app, tx).await?;
        let by_log = self.item.log_class.as_deref() == Some(Class::Network.word());
        let node = us.as_ref().and_then(|us| us.roster.by_domain(&self.item.host));
        let Some(node) = node.filter(|_| by_log) else {
            return Ok(Outcome::Ignored("told by the log of a member node alone"));
        };
        let (actor, activity) = (self.actor, self.activity);
        let newest = accounts::inbox::described(self.app, tx, actor, &node.node, activity).await?;
        Ok(if newest { Outcome::Applied } else { Outcome::Ignored("the log has a newer one") })
    }

    pub(super) async fn delete(&self, tx: &mut Tx) -> Result<Outcome> {
        let uri = self.object_id()?;
        if uri == self.actor.uri {
            if self.is_own() {
                accounts::queries::delete_member(tx, self.actor.id).await?;
            }
            remote::remove_account(self.app, tx, self.actor).await?;
            return Ok(Outcome::Applied);
        }
        if !outbound::same_host(uri, &self.actor.uri) {
            return Ok(Outcome::Ignored("not theirs to delete"));
        }
        if let Some(quoting) = posts::queries::by_stamp(tx, uri).await?
            && self.is_quoted_by(tx, &quoting).await?
        {
            quote::withdrawn(self.app, tx, &quoting).await?;
            return Ok(Outcome::Applied);
        }
        match posts::queries::by_uri(tx, uri).await? {
            Some(post) if post.account_id == self.actor.id => {
                let verifiable = forward::is_verifiable(self.activity);
                forward::answer(self.app, tx, self.item, verifiable, &post).await?;
                forward::announced(self.app, tx, self.item, verifiable, &post).await?;
                change::remove(self.app, tx, &post).await?;
                Ok(Outcome::Applied)
            }
            Some(_) => Ok(Outcome::Ignored("not theirs to delete")),
            None => {
                // Its Create may still be on the way.
                posts::queries::put_tombstone(tx, uri, self.app.now()).await?;
                Ok(if self.may_be_early(tx) { Outcome::LooksAgain } else { Outcome::Applied })
            }
        }
    }

    /// The actor wrote what `quoting` quotes.
    async fn is_quoted_by(&self, tx: &mut Tx, quoting: &Post) -> Result<bool> {
        Ok(match quoting.quote_id {
            Some(id) => posts::queries::by_id(tx, id).await?.account_id == self.actor.id,
            None => false,
        })
    }

    /// The local post whose `QuoteRequest` is answered by the author of what it quotes.
    pub(super) async fn own_quote_request(&self, tx: &mut Tx) -> Result<Option<Post>> {
        let Some(uri) = json::id(self.object()).and_then(|id| id.strip_suffix("#quote-request"))
        else {
            return Ok(None);
        };
        let Some(post) = posts::queries::by_uri(tx, uri).await?.filter(|p| p.local) else {
            return Ok(None);
        };
        let quoted = match post.quote_id {
            Some(id) => posts::queries::by_id(tx, id).await?,
            None => return Ok(None),
        };
        Ok((quoted.account_id == self.actor.id).then_some(post))
    }

    pub(super) async fn pin(&self, tx: &mut Tx, pinned: bool) -> Result<Outcome> {
        let own = json::id(&self.activity["target"])
            .is_some_and(|t| self.actor.featured_uri.as_deref() == Some(t));
        if !own {
            return Ok(Outcome::Ignored("not the collection of pinned posts"));
        }
        if json::is(self.object(), "Hashtag") {
            return Ok(Outcome::Ignored("featured tags are not kept"));
        }
        let post = match self.awaited_post(tx, self.object_id()?).await? {
            Ok(post) if post.account_id == self.actor.id => post,
            Ok(_) => return Ok(Outcome::Ignored("not theirs to pin")),
            Err(outcome) => return Ok(outcome),
        };
        if pinned {
            posts::queries::put_pin(tx, self.actor.id, post.id, self.app.next_id()).await?;
        } else {
            posts::queries::delete_pin(tx, self.actor.id, post.id).await?;
        }
        Ok(Outcome::Applied)
    }

    pub(super) async fn quote_request(&self, tx: &mut Tx) -> Result<Outcome> {
        let Some(quoted) = posts::queries::by_uri(tx, self.object_id()?)
            .await?
            .filter(|p| p.local && !p.is_gone())
        else {
            return Ok(Outcome::Ignored("there is no such post here"));
        };
        let instrument = json::id(&self.activity["instrument"]);
        if !instrument.is_some_and(|i| outbound::same_host(i, &self.actor.uri)) {
            return Ok(Outcome::Ignored("asks for somebody else's post"));
        }
        self.take_quote(tx, &quoted).await?;
        quote::answer(self.app, tx, self.actor, &quoted, self.activity).await?;
        Ok(Outcome::Applied)
    }

    /// The quote itself, where the request holds it: it is addressed to its author's followers, so that it may not come otherwise.
    async fn take_quote(&self, tx: &mut Tx, quoted: &Post) -> Result<()> {
        let quote = &self.activity["instrument"];
        if let Ok(remote) = read::post(quote, self.activity, self.actor, self.app.now())
            && remote.quote.as_deref() == Some(quoted.uri.as_str())
        {
            posts::inbox::take(self.app, tx, self.actor, remote, Reason::Sent).await?;
        }
        Ok(())
    }
}
