//! Entries as they travel together: what the reader can work out is left out. Both are hashes, which no compression makes smaller, and were more
//! than a fifth of what a page is on the line.
//!
//! An entry whose `prev` is the one before it in the list goes without, and one with its body goes without `bodyMac`. A reader takes both forms.
use super::entry::{Entry, mac};
use serde::{
    Deserialize, Deserializer, Serializer,
    de::Error as _,
    ser::{Error as _, SerializeSeq},
};
use serde_json::{Map, Value, json};

pub(super) fn serialize<S: Serializer>(entries: &[Entry], to: S) -> Result<S::Ok, S::Error> {
    let mut page = to.serialize_seq(Some(entries.len()))?;
    let mut before = None;
    for entry in entries {
        let mut fields = serde_json::to_value(entry).map_err(S::Error::custom)?;
        if let Value::Object(fields) = &mut fields {
            if before.as_ref() == Some(&entry.envelope.prev) {
                fields.remove("prev");
            }
            let known = entry.salt.as_ref().zip(entry.body.as_ref()).map(|(s, b)| mac(s, b));
            if known.as_ref() == Some(&entry.envelope.body_mac) {
                fields.remove("bodyMac");
            }
        }
        page.serialize_element(&fields)?;
        before = Some(entry.envelope.hash().map_err(S::Error::custom)?);
    }
    page.end()
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Entry>, D::Error> {
    let mut entries: Vec<Entry> = Vec::new();
    for mut fields in Vec::<Map<String, Value>>::deserialize(from)? {
        if let Some(before) = entries.last().filter(|_| !fields.contains_key("prev")) {
            let hash = before.envelope.hash().map_err(D::Error::custom)?;
            fields.insert("prev".into(), json!(hash));
        }
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        if let (None, Some(body), Some(salt)) = (text("bodyMac"), text("body"), text("salt")) {
            let mac = mac(salt, body);
            fields.insert("bodyMac".into(), json!(mac));
        }
        entries.push(Entry::deserialize(Value::Object(fields)).map_err(D::Error::custom)?);
    }
    Ok(entries)
}
