//! Saying something to everybody it is for: the network's nodes by the log or a private lane, everybody else by deliveries; in the action's
//! transaction.
use super::{
    entry::{Class, New},
    lanes,
    log::{self, Erasure},
    membership,
};
use crate::{
    app::App,
    db::Tx,
    error::Result,
    federation::outbox::{self, Saying},
    outbound,
};

/// Who may hear an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hearing {
    /// Anybody: it goes to the log, too.
    Public,
    /// Members of the network's nodes: it goes to the log and nowhere else.
    Network,
    /// Those to whose inboxes it goes; on the network's nodes by their lanes.
    Private,
}

/// Says an activity. Nothing leaves before the transaction commits.
pub async fn say<I>(
    app: &App,
    tx: &mut Tx,
    saying: &Saying<'_>,
    hearing: Hearing,
    inboxes: I,
) -> Result<()>
where
    I: IntoIterator<Item = String>,
{
    let us = membership::current(app, tx).await?;
    let is_peer = |host: &str| us.as_ref().is_some_and(|us| us.peer_at(host).is_some());
    let at_peer = |inbox: &String| outbound::authority(inbox).is_some_and(|host| is_peer(&host));
    let (peers, strangers): (Vec<String>, Vec<String>) = inboxes.into_iter().partition(at_peer);
    let class = match hearing {
        Hearing::Public => Class::Public,
        Hearing::Network => Class::Network,
        Hearing::Private => {
            if let Some(us) = us.as_ref().filter(|_| !peers.is_empty()) {
                // Everybody takes the end of the log first, so that two transactions never wait for each other.
                log::lock(tx, us.me()).await?;
                lanes::append(app, tx, us, saying, peers).await?;
            }
            return outbox::enqueue(app, tx, saying, strangers).await;
        }
    };
    if let Some(me) = membership::log_name(app, tx).await? {
        let (ap_id, obj_id, body) = (saying.uri, saying.lane, saying.body.to_string());
        log::append(app, tx, &me, New { class, kind: "ap", ap_id, obj_id, body }).await?;
        tx.rings(&app.wake.network);
    }
    match hearing {
        Hearing::Network => Ok(()),
        Hearing::Public | Hearing::Private => outbox::enqueue(app, tx, saying, strangers).await,
    }
}

/// Erases from our log what was said about an object before its newest word.
pub async fn supersede(app: &App, tx: &mut Tx, obj_id: &str) -> Result<()> {
    match membership::log_name(app, tx).await? {
        Some(me) => log::supersede(tx, &me, obj_id).await,
        None => Ok(()),
    }
}

/// Erases from our log what was said about an object that the activity `ap_id` deletes; `is_account` when it is the actor itself.
pub async fn unsay(
    app: &App,
    tx: &mut Tx,
    ap_id: &str,
    obj_id: &str,
    is_account: bool,
) -> Result<()> {
    match membership::log_name(app, tx).await? {
        Some(me) => log::erase(tx, &Erasure { node: &me, ap_id, obj_id, is_account }).await,
        None => Ok(()),
    }
}
