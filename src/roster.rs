//! The roster: the signed, version-numbered list of the nodes that form one network. Pure: no database, no clock, no network.
//!
//! A node is pinned by the Ed25519 key that stands here, not by DNS. A new version counts when a majority of the members of the version before
//! it have signed it, and everybody who is added has agreed. The first version is its founder's alone, so that the first two found the network.
use crate::{
    clock::Timestamp,
    config::Domain,
    ids,
    signatures::keys::{KeyError, ProofKey, PublicKey},
};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// The most nodes of one network.
pub const MAX_MEMBERS: usize = 60;
/// The longest name of a node, chapter, prefecture or network, in characters.
pub const MAX_NAME: usize = 60;

#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    #[error("a node's name is 1 to 30 small letters, digits or hyphens: {0:?}")]
    Name(String),
    #[error("{0} is empty or longer than {MAX_NAME} characters")]
    Text(&'static str),
    #[error("the domain of {0} is not a host name")]
    Domain(String),
    #[error(
        "a roster has 1 to {MAX_MEMBERS} members, each with a name, a domain and a key of its own"
    )]
    Members,
    #[error("{0} has not agreed to be a member")]
    Consent(String),
    #[error("it does not follow from the roster before it")]
    Succession,
    #[error("it is signed by {signed} of the {needed} members that are needed")]
    Signatures { signed: usize, needed: usize },
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("it cannot be put into canonical form")]
    Canonical(#[from] serde_json::Error),
}

/// A node of the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// A short name that never changes: `iwate`. It names the node's log.
    pub node: String,
    /// The chapter, for people: `岩手支部`.
    pub chapter: String,
    pub prefecture: String,
    /// Host, with the port in a test net, as in handles.
    pub domain: String,
    /// Multikey `z6Mk…`.
    pub key: String,
    /// Where the other nodes speak to it.
    pub sync_url: String,
    /// Reserved: whom backups of this node are encrypted to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vault_recipient: Option<String>,
    /// The node's own signature of its entry: nobody is a member without having agreed.
    #[serde(default)]
    pub consent: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    pub node: String,
    pub sig: String,
}

/// One version of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Roster {
    /// Random; the same in all versions.
    pub id: String,
    /// What the network is called: `東北OM`.
    pub name: String,
    /// 1, 2, 3, …
    pub version: i64,
    /// The hash of the version before; empty in the first.
    pub previous: String,
    pub members: Vec<Member>,
    /// A proposal that has not enough signatures by then is void.
    pub until: Timestamp,
    #[serde(default)]
    pub signatures: Vec<Signature>,
}

/// The roster in force at a node, and which of its members that node is.
#[derive(Debug)]
pub struct Membership {
    pub roster: Roster,
    me: String,
}

impl Membership {
    /// `None` when the node at `domain` is no member (any more).
    pub fn of(roster: Roster, domain: &str) -> Option<Self> {
        let me = roster.by_domain(domain)?.node.clone();
        Some(Self { roster, me })
    }

    /// A node that has asked to be a member and is not yet: it knows the roster, and the name that it will have.
    pub fn awaited(roster: Roster, me: String) -> Self {
        Self { roster, me }
    }

    pub fn me(&self) -> &str {
        &self.me
    }

    pub fn peers(&self) -> impl Iterator<Item = &Member> {
        self.roster.members.iter().filter(|m| m.node != self.me)
    }

    /// The other member node at `host`.
    pub fn peer_at(&self, host: &str) -> Option<&Member> {
        self.roster.by_domain(host).filter(|m| m.node != self.me)
    }
}

impl Member {
    /// What the node signs to agree: its entry, for this network.
    fn agreement(&self, network: &str) -> Result<Vec<u8>, RosterError> {
        let mut entry = self.clone();
        entry.consent = String::new();
        Ok(serde_json_canonicalizer::to_vec(&(network, entry))?)
    }

    #[must_use = "the entry with its consent is returned"]
    pub fn agree(mut self, network: &str, key: &ProofKey) -> Result<Self, RosterError> {
        self.consent = to_multibase(&key.sign(&self.agreement(network)?)?);
        Ok(self)
    }

    fn check(&self, network: &str) -> Result<(), RosterError> {
        check_name(&self.node)?;
        check_text("the chapter", &self.chapter)?;
        check_text("the prefecture", &self.prefecture)?;
        let named = Domain::try_from(self.domain.clone()).is_ok();
        if !named || self.sync_url.len() > 300 {
            return Err(RosterError::Domain(self.node.clone()));
        }
        if is_signed(&self.key, &self.agreement(network)?, &self.consent) {
            Ok(())
        } else {
            Err(RosterError::Consent(self.node.clone()))
        }
    }

    /// The key, in groups of five digits, short enough to be read over the telephone.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.key)
    }
}

impl Roster {
    /// The first version: its founder alone.
    pub fn found(name: &str, id: &str, founder: Member, until: Timestamp) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            version: 1,
            previous: String::new(),
            members: vec![founder],
            until,
            signatures: Vec::new(),
        }
    }

    /// The next version with other members, unsigned.
    pub fn next(&self, members: Vec<Member>, until: Timestamp) -> Result<Self, RosterError> {
        Ok(Self {
            version: self.version + 1,
            previous: self.hash()?,
            members,
            until,
            signatures: Vec::new(),
            ..self.clone()
        })
    }

    pub fn member(&self, node: &str) -> Option<&Member> {
        self.members.iter().find(|m| m.node == node)
    }

    pub fn by_domain(&self, domain: &str) -> Option<&Member> {
        self.members.iter().find(|m| m.domain == domain)
    }

    /// How many members make a majority.
    pub fn majority(&self) -> usize {
        self.members.len() / 2 + 1
    }

    fn unsigned(&self) -> Result<Vec<u8>, RosterError> {
        Ok(serde_json_canonicalizer::to_vec(&Self { signatures: Vec::new(), ..self.clone() })?)
    }

    /// SHA-256 of the canonical form without signatures, in hex.
    pub fn hash(&self) -> Result<String, RosterError> {
        Ok(ids::sha256_hex(&self.unsigned()?))
    }

    /// Adds (or renews) a member's signature.
    pub fn sign(&mut self, node: &str, key: &ProofKey) -> Result<(), RosterError> {
        let sig = to_multibase(&key.sign(&self.unsigned()?)?);
        self.signatures.retain(|s| s.node != node);
        self.signatures.push(Signature { node: node.to_owned(), sig });
        Ok(())
    }

    /// Takes over the signatures of another copy of the same version that are good; returns how many were new.
    pub fn join_signatures(&mut self, other: &Self, by: &Self) -> Result<usize, RosterError> {
        let text = self.unsigned()?;
        let mut new = 0;
        for s in &other.signatures {
            let known = self.signatures.iter().any(|own| own.node == s.node);
            let good = by.member(&s.node).is_some_and(|m| is_signed(&m.key, &text, &s.sig));
            if !known && good {
                self.signatures.push(s.clone());
                new += 1;
            }
        }
        Ok(new)
    }

    /// What can be checked without the version before: names, keys, and that every member agreed.
    pub fn check(&self) -> Result<(), RosterError> {
        check_text("the name of the network", &self.name)?;
        let distinct = |of: fn(&Member) -> &str| {
            self.members.iter().map(of).collect::<HashSet<_>>().len() == self.members.len()
        };
        let each_its_own = distinct(|m| &m.node) && distinct(|m| &m.domain) && distinct(|m| &m.key);
        if self.members.is_empty() || self.members.len() > MAX_MEMBERS || !each_its_own {
            return Err(RosterError::Members);
        }
        self.members.iter().try_for_each(|m| m.check(&self.id))
    }

    /// How many members of `before` have signed this version, by good signatures.
    pub fn signed_by(&self, before: &Self) -> Result<HashSet<String>, RosterError> {
        let text = self.unsigned()?;
        let good = |s: &&Signature| {
            before.member(&s.node).is_some_and(|m| is_signed(&m.key, &text, &s.sig))
        };
        Ok(self.signatures.iter().filter(good).map(|s| s.node.clone()).collect())
    }

    /// Whether this version follows `before`, signatures aside.
    pub fn follows(&self, before: &Self) -> Result<(), RosterError> {
        self.check()?;
        let succeeds = self.version == before.version + 1
            && self.id == before.id
            && self.previous == before.hash()?;
        // A node keeps its name and its key: another key is another node, which must join anew.
        let same = self
            .members
            .iter()
            .all(|m| before.member(&m.node).is_none_or(|b| b.key == m.key && b.domain == m.domain));
        if succeeds && same { Ok(()) } else { Err(RosterError::Succession) }
    }

    /// Whether this version is in force after `before`: it follows, and a majority of `before` signed it.
    pub fn succeeds(&self, before: &Self) -> Result<(), RosterError> {
        self.follows(before)?;
        let (signed, needed) = (self.signed_by(before)?.len(), before.majority());
        if signed >= needed { Ok(()) } else { Err(RosterError::Signatures { signed, needed }) }
    }
}

/// Whether a node may be called so.
pub fn check_name(name: &str) -> Result<(), RosterError> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if (1..=30).contains(&name.len()) && name.chars().all(fits) {
        Ok(())
    } else {
        Err(RosterError::Name(name.to_owned()))
    }
}

/// Whether a chapter, a prefecture or a network may be called so.
pub fn check_text(what: &'static str, text: &str) -> Result<(), RosterError> {
    let length = text.chars().count();
    if (1..=MAX_NAME).contains(&length) { Ok(()) } else { Err(RosterError::Text(what)) }
}

/// Thirty digits of a key's hash in groups of five: what two people compare on the telephone.
pub fn fingerprint(key: &str) -> String {
    let hex = ids::sha256_hex(key.as_bytes());
    let groups: Vec<String> = hex
        .as_bytes()
        .chunks(8)
        .take(6)
        .filter_map(|c| u32::from_str_radix(str::from_utf8(c).ok()?, 16).ok())
        .map(|n| format!("{:05}", n % 100_000))
        .collect();
    groups.join(" ")
}

/// A signature as it travels: base58btc multibase.
pub fn to_multibase(signature: &[u8]) -> String {
    format!("z{}", bs58::encode(signature).into_string())
}

/// Whether `sig` is the signature of `text` by the key of that Multikey.
pub fn is_signed(key: &str, text: &[u8], sig: &str) -> bool {
    let bytes = sig
        .strip_prefix('z')
        .filter(|digits| digits.len() <= 100)
        .and_then(|digits| bs58::decode(digits).into_vec().ok());
    let key = PublicKey::from_multibase(key).ok();
    matches!((key, bytes), (Some(key), Some(bytes)) if key.verify(text, &bytes))
}

#[cfg(test)]
mod tests;
