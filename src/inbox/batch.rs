//! The activities of one transaction: their actors are read together, and new posts are gathered and taken in together, because a statement for
//! many costs little more than a statement for one.
//!
//! Whatever may depend on a gathered post must have them taken in first.
use crate::{
    accounts::{self, types::Account},
    app::App,
    db::Tx,
    error::Result,
    federation::inbound::Inbound,
    posts::{self, inbox::New, read::RemotePost, types::Post},
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

#[derive(Default)]
pub struct Batch<'a> {
    /// By address. No activity in between has changed them.
    actors: HashMap<String, Arc<Account>>,
    gathered: Vec<(Gathered<'a>, New)>,
    /// The gathered posts, and the posts that those answer or quote.
    posts: HashSet<String>,
    named: HashSet<String>,
    /// Activities that are done, to be marked together.
    pub applied: Vec<i64>,
}

/// An activity whose post waits to be taken in.
pub struct Gathered<'a> {
    pub item: &'a Inbound,
    pub verifiable: bool,
}

impl<'a> Batch<'a> {
    pub async fn of(tx: &mut Tx, items: &[Inbound]) -> Result<Self> {
        let mut uris: Vec<String> = items.iter().map(|item| item.actor.clone()).collect();
        uris.sort();
        uris.dedup();
        let actors = accounts::queries::by_uris(tx, &uris).await?;
        let actors = actors.into_iter().map(|a| (a.uri.clone(), Arc::new(a))).collect();
        Ok(Self { actors, ..Self::default() })
    }

    /// The actor at an address, if we know it.
    pub async fn actor(&mut self, tx: &mut Tx, uri: &str) -> Result<Option<Arc<Account>>> {
        if let Some(actor) = self.actors.get(uri) {
            return Ok(Some(actor.clone()));
        }
        let actor = accounts::queries::by_uri(tx, uri).await?.map(Arc::new);
        self.actors.extend(actor.iter().map(|a| (uri.to_owned(), a.clone())));
        Ok(actor)
    }

    /// The actor at an address, for an activity that may change it: the next one reads it again.
    pub async fn actor_to_change(
        &mut self,
        tx: &mut Tx,
        uri: &str,
    ) -> Result<Option<Arc<Account>>> {
        self.actors.remove(uri);
        Ok(accounts::queries::by_uri(tx, uri).await?.map(Arc::new))
    }

    /// True when the post at `uri` is among those gathered.
    pub fn holds(&self, uri: &str) -> bool {
        self.posts.contains(uri)
    }

    /// True when `remote` is, answers or quotes a gathered post, or one of them answers or quotes it.
    pub fn is_tied_to(&self, remote: &RemotePost) -> bool {
        let names = [Some(&remote.uri), remote.in_reply_to.as_ref(), remote.quote.as_ref()];
        self.named.contains(&remote.uri) || names.into_iter().flatten().any(|uri| self.holds(uri))
    }

    /// Adds a post; the batch is not tied to it.
    pub fn gather(&mut self, activity: Gathered<'a>, new: New) {
        self.posts.insert(new.remote.uri.clone());
        self.named
            .extend([&new.remote.in_reply_to, &new.remote.quote].into_iter().flatten().cloned());
        self.gathered.push((activity, new));
    }

    /// Takes the gathered posts in. `None`: the post is not kept.
    pub async fn take_in(
        &mut self,
        app: &App,
        tx: &mut Tx,
    ) -> Result<Vec<(Gathered<'a>, Option<Post>)>> {
        let (activities, new): (Vec<_>, Vec<_>) = self.gathered.drain(..).unzip();
        self.let_go();
        let uris: Vec<String> = new.iter().map(|n| n.remote.uri.clone()).collect();
        let mut kept = Box::pin(posts::inbox::take_all(app, tx, new)).await?;
        Ok(activities.into_iter().zip(uris).map(|(a, uri)| (a, kept.remove(&uri))).collect())
    }

    /// Forgets what was gathered.
    pub fn let_go(&mut self) {
        self.gathered.clear();
        self.posts.clear();
        self.named.clear();
    }
}
