//! What nodes say to each other: JSON signed by the speaker's key, which the roster pins. Neither DNS nor TLS is trusted for it.
//!
//! An answer that is not such a message (a parking page, a log-in portal, another server) is no answer at all.
use super::{
    entry::{Entry, Head},
    fence::Fence,
    packed,
};
use crate::{
    clock::{HOUR, Timestamp},
    error::{Error, Result},
    roster::{self, Member, Roster},
    signatures::keys::ProofKey,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A message is good for so long before and after its time, ms.
const FRESH: u64 = HOUR.unsigned_abs();

/// Entries or items of one page, and how many bytes it may have (one always goes).
pub const PAGE: u16 = 500;
pub const PAGE_BYTES: usize = 512 << 10;

/// The first of `rows`, as many as make a page by their bytes; one always goes.
pub fn page_of<T>(rows: Vec<T>, bytes: impl Fn(&T) -> usize) -> Vec<T> {
    let mut all = 0;
    let fits = |(place, row): &(usize, T)| {
        all += bytes(row);
        *place == 0 || all <= PAGE_BYTES
    };
    rows.into_iter().enumerate().take_while(fits).map(|(_, row)| row).collect()
}

/// What a node has: an acknowledgement of everything up to there.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Heads {
    /// Of the speaker's own log and of its copies of the others'.
    pub heads: BTreeMap<String, Head>,
    /// Which version of the roster the speaker has, the oldest that it has, and what it proposes.
    pub roster: i64,
    #[serde(default, skip_serializing_if = "is_first")]
    pub oldest: i64,
    #[serde(default)]
    pub proposals: Vec<Roster>,
    /// Versions of the roster that the other side does not have yet.
    #[serde(default)]
    pub rosters: Vec<Roster>,
}

/// Whoever has the first version, or says nothing of it, lacks none before it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_first(version: &i64) -> bool {
    *version <= 1
}

/// New entries of the speaker's own log. Answered with [`Heads`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Push {
    #[serde(with = "packed")]
    pub entries: Vec<Entry>,
}

/// Asks for entries of any log after a place. Answered with [`Page`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Pull {
    pub node: String,
    pub epoch: i64,
    pub after: i64,
    pub limit: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Page {
    #[serde(with = "packed")]
    pub entries: Vec<Entry>,
}

/// The next items of the private lane from the speaker to the reader. Answered with [`Acked`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Lane {
    /// Random; another one when the speaker has another history.
    pub lane: String,
    /// The number before the first item. The speaker has nothing up to there any more.
    pub after: i64,
    /// Numbered `after` + 1, `after` + 2, ….
    pub items: Vec<Item>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Item {
    /// The reader's inboxes to which it goes: shared, or of one member.
    pub inboxes: Vec<String>,
    /// The activity in the very text in which it would be delivered.
    pub body: String,
}

/// What a node has of the lane to it: an acknowledgement of everything up to there.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Acked {
    pub lane: String,
    pub acked: i64,
    /// SHA-256 of the body of the last item, in hex; empty when it is not known.
    pub last: String,
}

/// Asks for a signature of the end of an epoch of the speaker's own log. Answered with [`Witnessed`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Witness {
    pub fence: Fence,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Witnessed {
    pub sig: String,
}

/// Entries of the reader's own log that are beyond the end of an epoch: the reader says them again. Answered with [`Said`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tail {
    #[serde(with = "packed")]
    pub entries: Vec<Entry>,
}

/// The entries are in the speaker's log now.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Said {
    pub count: usize,
}

/// A new node that was invited asks to be a member. Answered with [`Heads`] that carry the rosters.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Join {
    pub token: String,
    pub member: Member,
}

/// Signs `content` as `from`'s word to `to`, at `now`.
pub fn seal<T: Serialize>(
    content: &T,
    from: &str,
    to: &str,
    now: Timestamp,
    key: &ProofKey,
) -> Result<String> {
    let mut message = json!({"from": from, "to": to, "at": now, "content": content});
    let text = canonical(&message)?;
    let sig = key.sign(&text).map_err(|e| Error::Internal(e.to_string()))?;
    if let Some(fields) = message.as_object_mut() {
        fields.insert("sig".into(), json!(roster::to_multibase(&sig)));
    }
    Ok(message.to_string())
}

/// A message that was read but not yet believed.
pub struct Sealed {
    message: Value,
    from: String,
    to: String,
    at: Timestamp,
    sig: String,
}

impl Sealed {
    pub fn read(text: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        struct Outside {
            from: String,
            to: String,
            at: Timestamp,
            sig: String,
        }
        let wrong = |e: serde_json::Error| Error::Malformed(format!("not a message: {e}"));
        let mut message: Value = serde_json::from_slice(text).map_err(wrong)?;
        let Outside { from, to, at, sig } = Outside::deserialize(&message).map_err(wrong)?;
        if let Some(fields) = message.as_object_mut() {
            fields.remove("sig");
        }
        Ok(Self { message, from, to, at, sig })
    }

    /// The name that the speaker gives itself.
    pub fn from(&self) -> &str {
        &self.from
    }

    /// Its content, once it is known to be the word of the holder of `key`, to us, now.
    pub fn open<T: DeserializeOwned>(self, key: &str, to: &str, now: Timestamp) -> Result<T> {
        if !roster::is_signed(key, &canonical(&self.message)?, &self.sig) {
            return Err(Error::Signature("the message is not signed by that node".into()));
        }
        if self.to != to {
            return Err(Error::Signature("the message is for another node".into()));
        }
        if self.at.0.abs_diff(now.0) > FRESH {
            return Err(Error::Signature("the message is too old, or a clock is wrong".into()));
        }
        let content = self.message.get("content").cloned().unwrap_or_default();
        serde_json::from_value(content).map_err(|e| Error::Malformed(e.to_string()))
    }
}

fn canonical(message: &Value) -> Result<Vec<u8>> {
    serde_json_canonicalizer::to_vec(message).map_err(|e| Error::Internal(e.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signatures::keys;

    #[test]
    fn a_message_is_one_nodes_word_to_another_for_an_hour() {
        let generated = keys::generate().unwrap();
        let id = "https://iwate.example/actor#ed25519-key".parse().unwrap();
        let key = ProofKey::parse(id, &generated.ed25519_private).unwrap();
        let (now, public) = (Timestamp(10 * HOUR), generated.ed25519_public.as_str());
        let pull = Pull { node: "akita".into(), epoch: 1, after: 0, limit: 10 };
        let text = seal(&pull, "iwate", "miyagi", now, &key).unwrap();
        let open = |text: &str, to: &str, at: Timestamp, key: &str| {
            Sealed::read(text.as_bytes())?.open::<Pull>(key, to, at)
        };
        assert_eq!(open(&text, "miyagi", now, public).unwrap().node, "akita");
        assert!(open(&text, "akita", now, public).is_err(), "for somebody else");
        assert!(open(&text, "miyagi", now.plus(2 * HOUR), public).is_err(), "too old");
        assert!(open(&text.replace("akita", "iwate"), "miyagi", now, public).is_err(), "altered");
        let other = keys::generate().unwrap().ed25519_public;
        assert!(open(&text, "miyagi", now, &other).is_err(), "by somebody else");
    }
}
