//! What a node does about other servers when it was away for long: some have given it up, and none sends again what it could not deliver then.
use super::{
    super::{queries, types::Account},
    profile,
};
use crate::{
    app::App,
    clock::DAY,
    db::Tx,
    error::Result,
    federation::{
        fetch_queue::{self, Kind},
        hosts,
        outbox::{self, Saying},
    },
    ids::AccountId,
    network::{epochs, membership},
    outbound,
    roster::Membership,
};
use std::{collections::BTreeMap, sync::atomic::Ordering};

/// Nobody was spoken to for so long, ms.
const AWAY: i64 = DAY;

/// Notices at a start that this node was away. Called before any door opens.
pub async fn notice(app: &App) -> Result<()> {
    let mut tx = app.db.read().await?;
    let last = hosts::last_contact(&mut tx).await?;
    let away = last.is_some_and(|last| last.plus(AWAY) <= app.now());
    app.was_away.store(away, Ordering::Relaxed);
    Ok(())
}

/// After such a start, says one signed `Update` to each server that follows somebody here or is followed, by an actor that it knows: Mastodon sends
/// nothing more to a server that failed it on seven days, until that server speaks to it again. And has the outboxes of those whom members follow
/// looked up. The nodes of the network tell us what we missed by themselves. A node that was restored waits until it has back what it said, because
/// its profiles may be old.
pub async fn greet(app: &App) -> Result<()> {
    if !app.was_away.load(Ordering::Relaxed) {
        return Ok(());
    }
    let mut tx = app.db.begin().await?;
    let us = membership::current(app, &mut tx).await?;
    let me = us.as_deref().map(Membership::me).unwrap_or_default();
    if epochs::held(&mut tx, me).await?.is_some() {
        return Ok(());
    }
    knock(app, &mut tx, us.as_deref()).await?;
    for uri in queries::followed_elsewhere(&mut tx).await? {
        if !is_peer(us.as_deref(), &uri) {
            fetch_queue::want(app, &mut tx, Kind::Outbox, &uri).await?;
        }
    }
    tx.commit().await?;
    app.was_away.store(false, Ordering::Relaxed);
    Ok(())
}

async fn knock(app: &App, tx: &mut Tx, us: Option<&Membership>) -> Result<()> {
    let mut doors: BTreeMap<AccountId, Vec<String>> = BTreeMap::new();
    for (known_as, inbox) in queries::acquainted_inboxes(tx).await? {
        if !is_peer(us, &inbox) {
            doors.entry(known_as).or_default().push(inbox);
        }
    }
    for (id, inboxes) in doors {
        let account: Account = queries::by_id(tx, id).await?;
        let (uri, document) = profile::update_of(app, tx, &account).await?;
        let saying = Saying::new(id, &uri, &document, &account.uri);
        outbox::enqueue(app, tx, &saying, inboxes).await?;
    }
    Ok(())
}

fn is_peer(us: Option<&Membership>, address: &str) -> bool {
    let host = outbound::authority(address).unwrap_or_default();
    us.is_some_and(|us| us.peer_at(&host).is_some())
}
