//! An entry of a node's log: what is signed, chained and checked. Pure.
//!
//! Chain and signature cover the body by its salted digest only, so that a body can be erased for good and the chain still holds.
use crate::{
    error::{Error, Result},
    ids, outbound,
    roster::{self, Member},
    signatures::keys::ProofKey,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The longest body, bytes: as for any activity.
pub const MAX_BODY: usize = 1 << 20;
/// The longest id or other word, bytes: both databases index them.
const MAX_WORD: usize = 2_000;
/// The version of the envelope that we write.
const VERSION: i64 = 1;

/// Who may see an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Anybody.
    Public,
    /// Members of the network's nodes.
    Network,
}

impl Class {
    pub fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Network => "network",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Public, Self::Network].into_iter().find(|c| c.word() == word)
    }
}

/// What the chain and the signature cover.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    pub v: i64,
    /// Whose log.
    pub node: String,
    pub epoch: i64,
    /// 1, 2, 3, … without a gap within an epoch.
    pub seq: i64,
    /// The hash of the entry before; empty in the first.
    pub prev: String,
    /// When it was written, RFC 3339.
    pub at: String,
    /// The word of a [`Class`]; what is not understood is kept and passed on, and shown to nobody.
    pub class: String,
    /// `ap` for an activity. What is not understood is kept and passed on.
    pub kind: String,
    /// The id of the activity and of what it is about.
    pub ap_id: String,
    pub obj_id: String,
    /// HMAC-SHA256 of the body with the salt, in hex.
    pub body_mac: String,
    /// What later versions add is covered, too.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// An entry as it travels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    #[serde(flatten)]
    pub envelope: Envelope,
    /// The activity in the very text that goes to everybody else. Absent when it was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    /// By the node's key, over the canonical envelope.
    pub sig: String,
}

/// What is to be written.
pub struct New<'a> {
    pub class: Class,
    pub kind: &'a str,
    pub ap_id: &'a str,
    pub obj_id: &'a str,
    pub body: String,
}

/// The end of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub epoch: i64,
    pub seq: i64,
    pub hash: String,
}

impl Envelope {
    pub fn canonical(&self) -> Result<Vec<u8>> {
        serde_json_canonicalizer::to_vec(self).map_err(|e| Error::Internal(e.to_string()))
    }

    /// SHA-256 of the canonical form, in hex: what the next entry names.
    pub fn hash(&self) -> Result<String> {
        Ok(ids::sha256_hex(&self.canonical()?))
    }
}

impl Entry {
    /// The entry that follows `head` in `node`'s log.
    pub fn write(
        new: New<'_>,
        node: &str,
        head: &Head,
        at: String,
        key: &ProofKey,
    ) -> Result<Self> {
        if new.body.len() > MAX_BODY {
            return Err(Error::TooLarge);
        }
        let salt = ids::secret();
        let envelope = Envelope {
            v: VERSION,
            node: node.to_owned(),
            epoch: head.epoch,
            seq: head.seq + 1,
            prev: head.hash.clone(),
            at,
            class: new.class.word().to_owned(),
            kind: new.kind.to_owned(),
            ap_id: new.ap_id.to_owned(),
            obj_id: new.obj_id.to_owned(),
            body_mac: mac(&salt, &new.body),
            more: Map::new(),
        };
        let sig = key.sign(&envelope.canonical()?).map_err(|e| Error::Internal(e.to_string()))?;
        let (body, salt) = (Some(new.body), Some(salt));
        Ok(Self { envelope, body, salt, sig: roster::to_multibase(&sig) })
    }

    /// Checks everything that needs no other entry: the signature by `author`, whose log it is, and that the body is the one that was signed.
    pub fn check(&self, author: &Member) -> Result<()> {
        let e = &self.envelope;
        let refused = |why: &str| {
            Err(Error::Malformed(format!("entry {}/{}/{}: {why}", e.node, e.epoch, e.seq)))
        };
        if e.node != author.node || e.epoch < 1 || e.seq < 1 {
            return refused("is of another log");
        }
        let on_its_host = |id: &str| outbound::authority(id).is_some_and(|h| h == author.domain);
        if e.kind == "ap" && !on_its_host(&e.ap_id) {
            return refused("the activity is of another host");
        }
        let words = [&e.prev, &e.at, &e.class, &e.kind, &e.ap_id, &e.obj_id, &e.body_mac];
        let salt = self.salt.as_ref().into_iter();
        if words.into_iter().chain(salt).any(|w| w.len() > MAX_WORD || w.contains(char::is_control))
        {
            return refused("a field is too long or has control characters");
        }
        if !roster::is_signed(&author.key, &e.canonical()?, &self.sig) {
            return refused("the signature is not by its node");
        }
        match (&self.body, &self.salt) {
            (None, _) => Ok(()), // erased
            (Some(body), _) if body.len() > MAX_BODY || body.contains('\0') => {
                refused("the body is too long, or no text")
            }
            (Some(body), Some(salt)) if mac(salt, body) == e.body_mac => Ok(()),
            _ => refused("the body is not the one that was signed"),
        }
    }

    /// What is kept of it when the body is erased, and beside it: the envelope with its signature.
    pub fn bare(&self) -> Result<String> {
        let bare = Self { body: None, salt: None, ..self.clone() };
        Ok(serde_json::to_string(&bare)?)
    }

    pub fn head(&self) -> Result<Head> {
        let (epoch, seq) = (self.envelope.epoch, self.envelope.seq);
        Ok(Head { epoch, seq, hash: self.envelope.hash()? })
    }
}

/// HMAC-SHA256 of a body, in hex.
pub(super) fn mac(salt: &str, body: &str) -> String {
    use aws_lc_rs::hmac;
    let key = hmac::Key::new(hmac::HMAC_SHA256, salt.as_bytes());
    let tag = hmac::sign(&key, body.as_bytes());
    ids::hex(tag.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signatures::keys;

    fn iwate() -> (Member, ProofKey) {
        let generated = keys::generate().unwrap();
        let id = "https://iwate.example/actor#ed25519-key".parse().unwrap();
        let key = ProofKey::parse(id, &generated.ed25519_private).unwrap();
        let member = Member {
            node: "iwate".into(),
            chapter: "岩手支部".into(),
            prefecture: "岩手県".into(),
            domain: "iwate.example".into(),
            key: generated.ed25519_public,
            sync_url: "https://iwate.example/net/v1".into(),
            vault_recipient: None,
            consent: String::new(),
        };
        (member, key)
    }

    fn first(key: &ProofKey) -> Entry {
        let new = New {
            class: Class::Public,
            kind: "ap",
            ap_id: "https://iwate.example/a/1",
            obj_id: "https://iwate.example/n/1",
            body: r#"{"type":"Create"}"#.into(),
        };
        let head = Head { epoch: 1, ..Head::default() };
        Entry::write(new, "iwate", &head, "2026-11-22T10:00:00.000Z".into(), key).unwrap()
    }

    #[test]
    fn an_entry_is_its_nodes_word_and_survives_the_wire() {
        let (member, key) = iwate();
        let text = serde_json::to_string(&first(&key)).unwrap();
        let entry: Entry = serde_json::from_str(&text).unwrap();
        entry.check(&member).unwrap();
        assert_eq!((entry.envelope.seq, entry.envelope.prev.as_str()), (1, ""));
    }

    #[test]
    fn another_body_another_node_or_another_hosts_activity_is_refused() {
        let (member, key) = iwate();
        let good = first(&key);
        let mut other = good.clone();
        other.body = Some(r#"{"type":"Delete"}"#.into());
        assert!(other.check(&member).is_err(), "another body");
        let mut other = good.clone();
        other.envelope.at = "2026-11-23T10:00:00.000Z".into();
        assert!(other.check(&member).is_err(), "another envelope");
        assert!(good.check(&iwate().0).is_err(), "another key");
        let (stranger, stranger_key) = iwate();
        let mut foreign = first(&stranger_key);
        foreign.envelope.ap_id = "https://akita.example/a/1".into();
        let signature = stranger_key.sign(&foreign.envelope.canonical().unwrap()).unwrap();
        foreign.sig = roster::to_multibase(&signature);
        assert!(foreign.check(&stranger).is_err(), "another host's activity, well signed");
    }

    #[test]
    fn an_erased_body_leaves_a_chain_that_holds() {
        let (member, key) = iwate();
        let entry = first(&key);
        let bare: Entry = serde_json::from_str(&entry.bare().unwrap()).unwrap();
        bare.check(&member).unwrap();
        assert_eq!(bare.head().unwrap(), entry.head().unwrap());
        assert!(!entry.bare().unwrap().contains("Create"));
    }

    #[test]
    fn what_a_later_version_adds_is_kept_and_covered() {
        let (member, key) = iwate();
        let mut later = first(&key);
        later.envelope.kind = "lease".into();
        later.envelope.more.insert("holder".into(), "miyagi".into());
        let signature = key.sign(&later.envelope.canonical().unwrap()).unwrap();
        later.sig = roster::to_multibase(&signature);
        let again: Entry = serde_json::from_str(&later.bare().unwrap()).unwrap();
        again.check(&member).unwrap();
        assert_eq!(again.envelope.more["holder"], "miyagi");
    }
}
