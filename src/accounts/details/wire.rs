//! How details stand in documents: the public ones among an actor's lines, the shared ones in the `Profile` that the network's nodes are told.
//! Shapes only.
#![expect(clippy::indexing_slicing, reason = "a missing key of a JSON value reads as null")]
use super::{
    super::types::Account,
    types::{Audience, Detail, DetailField},
};
use crate::{
    app::App,
    clock::Timestamp,
    federation::{
        context::{PUBLIC, is_public, with_context},
        json,
    },
    text::{Lang, html},
};
use serde_json::{Value, json};
use std::borrow::Cow;

/// Our own terms. The values of `propertyID` begin with it.
const NAMESPACE: &str = "https://tsudoi.example/ns#";
/// Lines of a `Profile` that are read.
const MAX_LINES: usize = 50;
/// The name of all members of the network, below a node's address.
const MEMBERS: &str = "/network/members";

/// The id of the `Profile` of an account.
pub fn profile_id(account: &Account) -> String {
    format!("{}#profile", account.uri)
}

/// Lines for an actor document, as other servers show them; the labels are Japanese, as most of our readers are.
pub fn lines(details: &[Detail]) -> impl Iterator<Item = Value> {
    details.iter().map(|d| line(d, d.words(Lang::Ja)))
}

/// `value` is HTML in every `PropertyValue` that servers show.
fn line(detail: &Detail, value: &str) -> Value {
    json!({
        "type": "PropertyValue",
        "propertyID": format!("{NAMESPACE}{}", detail.field.word()),
        "name": Lang::Ja.t(detail.field.label()),
        "value": html::escape(value),
    })
}

/// An actor document without the lines that are details: the network's nodes have them from the `Profile`.
pub fn without_lines(document: &Value) -> Cow<'_, Value> {
    let lines = json::many(&document["attachment"]);
    if !lines.iter().any(|line| field(line).is_some()) {
        return Cow::Borrowed(document);
    }
    let others: Vec<Value> = lines.iter().filter(|l| field(l).is_none()).cloned().collect();
    let mut document = document.clone();
    document["attachment"] = json!(others);
    Cow::Owned(document)
}

/// Which detail a line is, if it is one.
fn field(line: &Value) -> Option<DetailField> {
    let word = json::id(&line["propertyID"])?.strip_prefix(NAMESPACE)?;
    DetailField::from_word(word).filter(|_| json::is(line, "PropertyValue"))
}

/// The `Update` that tells the network's nodes all that they may know of a member. `details` are the shared ones.
/// <https://www.w3.org/TR/activitystreams-vocabulary/#dfn-profile>
pub fn update(app: &App, account: &Account, id: &str, details: &[Detail], now: Timestamp) -> Value {
    let members = app.url(MEMBERS);
    let told = details.iter().map(|d| {
        let mut line = line(d, &d.value);
        line["audience"] = json!(if d.audience == Audience::Public { PUBLIC } else { &members });
        line["updated"] = json!(d.chosen_at.iso());
        line
    });
    with_context(json!({
        "id": id,
        "type": "Update",
        "actor": account.uri,
        "to": [members],
        "object": {
            "id": profile_id(account),
            "type": "Profile",
            "attributedTo": account.uri,
            "describes": account.uri,
            "updated": now.iso(),
            "attachment": told.collect::<Vec<_>>(),
        },
    }))
}

/// Whether an object is the `Profile` of this account.
pub fn is_profile_of(object: &Value, account: &Account) -> bool {
    json::id(object) == Some(&profile_id(account))
        && json::id(&object["describes"]) == Some(&account.uri)
}

/// What a `Profile` tells. A line that this version does not know, or that could not be written here, is left out.
pub fn read(object: &Value, account: &Account, now: Timestamp) -> Vec<Detail> {
    let lines = json::many(&object["attachment"]).iter().take(MAX_LINES);
    let mut told: Vec<Detail> = lines.filter_map(|line| read_line(line, account, now)).collect();
    told.sort_by_key(|d| d.field);
    told.dedup_by_key(|d| d.field);
    told
}

fn read_line(line: &Value, account: &Account, now: Timestamp) -> Option<Detail> {
    let field = field(line)?;
    let audience = match json::id(&line["audience"])? {
        uri if is_public(uri) => Audience::Public,
        uri if is_members_of(uri, account) => Audience::Network,
        _ => return None,
    };
    let value = field.check(&html::plain_text(json::text(&line["value"])?)).ok()?;
    let chosen_at = json::time(&line["updated"]).filter(|t| *t <= now && t.0 > 0).unwrap_or(now);
    (!value.is_empty()).then_some(Detail { field, value, audience, chosen_at })
}

/// The members of the network, in the words of the account's own node.
fn is_members_of(uri: &str, account: &Account) -> bool {
    let node = uri.strip_suffix(MEMBERS).filter(|node| !node.is_empty());
    let rest = node.and_then(|node| account.uri.strip_prefix(node));
    rest.is_some_and(|rest| rest.starts_with('/'))
}
