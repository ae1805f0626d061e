//! The end of an epoch of a log. A node that was restored from an old copy of its data begins a new epoch behind an end that peers have signed:
//! then everybody knows which entries of the old epoch count, and none can be added. Pure.
use super::entry::{Entry, Head};
use crate::{
    error::{Error, Result},
    roster::{self, Member, Roster, Signature},
    signatures::keys::ProofKey,
};
use serde::{Deserialize, Serialize};

/// The `kind` of the entry that opens an epoch.
pub const KIND: &str = "epoch";
/// Peers who sign an end; fewer only where the network has fewer.
const WITNESSES: usize = 2;

/// Where an epoch of `node`'s log ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fence {
    /// The id of the network, and the version of the roster by which witnesses are counted.
    pub network: String,
    pub roster: i64,
    pub node: String,
    pub end: Head,
}

impl Fence {
    fn canonical(&self) -> Result<Vec<u8>> {
        serde_json_canonicalizer::to_vec(self).map_err(|e| Error::Internal(e.to_string()))
    }

    pub fn sign(&self, key: &ProofKey) -> Result<String> {
        let sig = key.sign(&self.canonical()?).map_err(|e| Error::Internal(e.to_string()))?;
        Ok(roster::to_multibase(&sig))
    }

    pub fn is_signed_by(&self, member: &Member, sig: &str) -> bool {
        self.canonical().is_ok_and(|text| roster::is_signed(&member.key, &text, sig))
    }
}

/// What the first entry of a new epoch says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Opening {
    pub fence: Fence,
    pub witnesses: Vec<Signature>,
}

/// How many peers must sign.
pub fn needed(roster: &Roster) -> usize {
    WITNESSES.min(roster.members.len().saturating_sub(1))
}

impl Opening {
    /// Reads what opens an epoch of `author`'s log, and checks that enough members of the roster of that time have signed the end before it.
    pub fn of(entry: &Entry, author: &Member, rosters: &[Roster]) -> Result<Self> {
        let e = &entry.envelope;
        let refused =
            |why: &str| Error::Malformed(format!("entry {}/{}/{}: {why}", e.node, e.epoch, e.seq));
        if e.kind != KIND || e.seq != 1 {
            return Err(refused("does not open its epoch"));
        }
        let body = entry.body.as_deref().ok_or_else(|| refused("says nothing"))?;
        let opening: Self = serde_json::from_str(body)?;
        let Fence { network, roster, node, end } = &opening.fence;
        if *node != author.node || end.epoch + 1 != e.epoch || end.hash != e.prev {
            return Err(refused("names another end"));
        }
        let then = rosters.iter().find(|r| r.version == *roster && r.id == *network);
        let then = then.ok_or_else(|| refused("names a roster that is not known here"))?;
        let has_signed = |m: &&Member| {
            opening
                .witnesses
                .iter()
                .any(|w| w.node == m.node && opening.fence.is_signed_by(m, &w.sig))
        };
        if then.member(&author.node).is_none() || then.members.len() < 2 {
            return Err(refused("names a roster without it, or without peers"));
        }
        let peers = then.members.iter().filter(|m| m.node != author.node);
        if peers.filter(has_signed).count() < needed(then) {
            return Err(refused("too few peers have signed the end before it"));
        }
        Ok(opening)
    }
}
