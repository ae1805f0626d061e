//! How the nodes of the network do, as far as this one knows: for pages, the command line and the metrics.
use super::{
    entry::Head,
    epochs::{self, Hold},
    log,
    peers::{self, Peer, State},
};
use crate::{
    clock::Timestamp,
    db::Tx,
    error::Result,
    roster::{Member, Membership},
};
use std::collections::HashMap;

/// What this node knows of all nodes, itself included.
pub struct Status {
    pub nodes: Vec<NodeStatus>,
    /// How many peers have our newest entry by their own word, and so all others: no entry of ours has fewer copies.
    pub copies: usize,
    pub peers: usize,
    /// Entries of ours that no peer is known to have.
    pub uncopied: i64,
}

pub struct NodeStatus {
    pub member: Member,
    pub is_here: bool,
    /// Our copy of its log is frozen.
    pub is_frozen: bool,
    /// It is this node, and members cannot say anything to everybody now.
    pub held: Option<Hold>,
    /// `None`: it is this node, or was never reached.
    pub state: Option<State>,
    /// Since when it is up, or down.
    pub since: Option<Timestamp>,
    pub last_seen: Option<Timestamp>,
    /// How many entries of its log are here.
    pub entries: i64,
    /// How many entries of its log are known to exist, by any peer's word, and not here.
    pub lacking: i64,
    /// How many entries of our log it lacks.
    pub lag: i64,
    /// When it last said that it has something new of our log; with no lag, when it caught up.
    pub progress_at: Option<Timestamp>,
}

impl NodeStatus {
    /// The message key of how it does.
    pub fn label(&self) -> &'static str {
        match self.state {
            _ if self.is_frozen => "network-frozen",
            _ if self.held == Some(Hold::Restored) => "network-held-restored",
            _ if self.held == Some(Hold::Clock) => "network-held-clock",
            _ if self.is_here => "network-here",
            None => "network-never",
            Some(State::Up) => "network-up",
            Some(State::Suspect) => "network-suspect",
            Some(State::Down) => "network-down",
            Some(State::Catchup) => "network-catchup",
        }
    }

    pub fn is_well(&self) -> bool {
        !self.is_frozen && self.held.is_none() && (self.is_here || self.state == Some(State::Up))
    }

    /// It answers, whether it has everything or not.
    pub fn answers(&self) -> bool {
        matches!(self.state, Some(State::Up | State::Catchup))
    }
}

/// The place that a log has come to.
type Place = (i64, i64);

/// Entries between two places; of an epoch of which nothing is there, all.
fn between(has: Place, end: Place) -> i64 {
    match has {
        _ if has >= end => 0,
        (epoch, seq) if epoch == end.0 => end.1 - seq,
        _ => end.1,
    }
}

pub async fn status(tx: &mut Tx, us: &Membership, now: Timestamp) -> Result<Status> {
    let peers = peers::all(tx).await?;
    let ends: HashMap<String, (Head, bool)> = log::heads(tx)
        .await?
        .into_iter()
        .map(|(node, head, frozen)| (node, (head, frozen.is_some())))
        .collect();
    let copies = peers::copies_of(tx, us.me()).await?;
    let progress = peers::progress_on(tx, us.me()).await?;
    let known = peers::known_ends(tx).await?;
    let end = |node: &str| ends.get(node).map_or((1, 0), |(head, _)| (head.epoch, head.seq));
    let own = end(us.me());
    let held = epochs::held(tx, us.me()).await?.map(|(why, _)| why);
    let node = |member: &Member| {
        let name = member.node.as_str();
        let (is_here, peer) = (name == us.me(), peers.get(name));
        let has = copies.get(name).copied().unwrap_or_default();
        let lag = if is_here { 0 } else { between(has, own) };
        let heard = peer.filter(|p| p.last_ok_at.is_some() || p.down_since.is_some());
        let state = heard.filter(|_| !is_here).map(|p| p.state(lag > 0, now));
        NodeStatus {
            is_here,
            is_frozen: ends.get(name).is_some_and(|(_, frozen)| *frozen),
            held: held.filter(|_| is_here),
            state,
            since: peer.and_then(Peer::since),
            last_seen: peer.and_then(|p| p.last_ok_at),
            entries: end(name).1,
            lacking: between(end(name), known.get(name).copied().unwrap_or_default()),
            lag,
            progress_at: progress.get(name).copied(),
            member: member.clone(),
        }
    };
    let nodes: Vec<NodeStatus> = us.roster.members.iter().map(node).collect();
    let best = us.peers().filter_map(|m| copies.get(&m.node).copied()).max().unwrap_or_default();
    Ok(Status {
        copies: nodes.iter().filter(|n| !n.is_here && n.lag == 0).count(),
        peers: us.peers().count(),
        uncopied: between(best, own),
        nodes,
    })
}
