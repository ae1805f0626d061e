//! How accounts look on the wire: actor documents and the activities about accounts. Shapes only.
#![expect(clippy::indexing_slicing, reason = "a missing key of a JSON value reads as null")]
use super::{
    details::{self, types::Detail},
    types::{Account, AccountKind, Field},
};
use crate::{
    app::App,
    clock::Timestamp,
    error::{Error, Result},
    federation::{context, json},
    media::MediaStore,
    outbound,
    signatures::keys::PublicKey,
    text::{handle, html},
};
use serde_json::{Value, json};
use std::borrow::Cow;

/// The web address of a picture, local (by media name) or remote.
pub fn picture_url<'a>(
    app: &App,
    account: &Account,
    picture: Option<&'a String>,
) -> Option<Cow<'a, str>> {
    let ours = |name: &String| app.url(&MediaStore::web_path(name));
    picture.map(|p| if account.local { Cow::Owned(ours(p)) } else { Cow::Borrowed(p.as_str()) })
}

/// The actor document of a local account, with the details that everybody may see.
pub fn actor(app: &App, a: &Account, public: &[Detail]) -> Value {
    let uri = &a.uri;
    let fields = a.fields();
    let fields =
        fields.iter().map(|f| json!({"type": "PropertyValue", "name": f.name, "value": f.value}));
    let lines: Vec<Value> = fields.chain(details::wire::lines(public)).collect();
    let mut document = json!({
        "id": uri,
        "type": a.kind.word(),
        "preferredUsername": a.name,
        "name": a.shown_name(),
        "summary": a.bio_html,
        "url": a.url,
        "inbox": a.inbox,
        "outbox": a.outbox,
        "followers": a.followers_uri,
        "following": format!("{uri}/following"),
        "featured": a.featured_uri,
        "endpoints": {"sharedInbox": app.url("/inbox")},
        "manuallyApprovesFollowers": a.locked,
        "discoverable": a.discoverable,
        "indexable": a.indexable,
        "published": a.created_at.iso(),
        "attachment": lines,
        "alsoKnownAs": a.aliases(),
        "publicKey": {"id": a.key_id, "owner": uri, "publicKeyPem": a.public_key},
        "assertionMethod": [{
            "id": a.proof_key_id, "type": "Multikey", "controller": uri, "publicKeyMultibase": a.proof_key
        }],
    });
    for (key, picture) in [("icon", &a.avatar), ("image", &a.header)] {
        if let Some(url) = picture_url(app, a, picture.as_ref()) {
            let is_png = url.rsplit('.').next() == Some("png");
            let media_type = if is_png { "image/png" } else { "image/jpeg" };
            document[key] = json!({"type": "Image", "mediaType": media_type, "url": url});
        }
    }
    if let Some(target) = &a.moved_to {
        document["movedTo"] = json!(target);
    }
    if a.suspended_at.is_some() {
        document["suspended"] = json!(true);
    }
    context::with_context(document)
}

/// `GET` of the key alone, for servers that may not see the profile: enough to check a signature.
pub fn key_stub(a: &Account) -> Value {
    context::with_context(json!({
        "id": a.uri,
        "type": a.kind.word(),
        "preferredUsername": a.name,
        "inbox": a.inbox,
        "publicKey": {"id": a.key_id, "owner": a.uri, "publicKeyPem": a.public_key},
    }))
}

/// An activity that says something about one object.
pub fn activity(kind: &str, id: &str, actor: &str, object: &Value) -> Value {
    context::with_context(json!({"id": id, "type": kind, "actor": actor, "object": object}))
}

/// A follow as it stands inside `Accept`, `Reject` and `Undo`: with the id under which it was sent.
pub fn follow(id: &str, follower: &str, followee: &str) -> Value {
    json!({"id": id, "type": "Follow", "actor": follower, "object": followee})
}

/// An actor document as another server served it, read and bounded.
#[derive(Clone, Debug)]
pub struct RemoteActor {
    pub account: Account,
    /// The pinned posts' collection changed hands or is new: worth a look.
    pub suspended: bool,
}

const MAX_NAME: usize = 2_048;
const MAX_BIO: usize = 20 << 10;
const MAX_FIELDS: usize = 50;

/// Reads an actor document. `handle` is the one its server confirmed; `id`, inbox and key must be on the actor's own host.
pub fn read_actor(
    document: &Value,
    handle: &handle::Handle,
    now: Timestamp,
) -> Result<RemoteActor> {
    let refuse = |why: &str| Error::Malformed(format!("actor: {why}"));
    let kind = json::many(&document["type"])
        .iter()
        .find_map(|t| AccountKind::from_word(t.as_str()?))
        .ok_or_else(|| refuse("not a type of actor"))?;
    let uri = json::id(&document["id"]).ok_or_else(|| refuse("no id"))?;
    let own =
        |value: &Value| json::id(value).filter(|u| outbound::same_host(u, uri)).map(str::to_owned);
    let inbox = own(&document["inbox"]).ok_or_else(|| refuse("no inbox on its own host"))?;
    let shared =
        own(&document["endpoints"]["sharedInbox"]).or_else(|| own(&document["sharedInbox"]));
    let (key_id, public_key) =
        read_key(document, uri).ok_or_else(|| refuse("no usable publicKey"))?;
    let (proof_key_id, proof_key) = read_proof_key(document, uri).unzip();
    let bio = json::text_and_lang(document, "summary").0.unwrap_or_default();
    let name = json::text_and_lang(document, "name").0.unwrap_or_default();
    let account = Account {
        id: crate::ids::AccountId::new(now),
        uri: uri.to_owned(),
        local: false,
        kind,
        name: handle.name().to_lowercase(),
        host: handle.host().to_owned(),
        display_name: html::one_line(name, MAX_NAME),
        bio_html: html::sanitise(cut(bio, MAX_BIO)),
        bio_source: String::new(),
        url: json::web_url(&document["url"])
            .filter(|u| outbound::same_host(u, uri))
            .unwrap_or(uri)
            .to_owned(),
        inbox,
        shared_inbox: shared,
        outbox: own(&document["outbox"]),
        followers_uri: own(&document["followers"]),
        featured_uri: own(&document["featured"]),
        avatar: read_picture(&document["icon"]),
        header: read_picture(&document["image"]),
        fields: read_fields(document).to_string(),
        locked: json::flag(&document["manuallyApprovesFollowers"]),
        discoverable: json::flag(&document["discoverable"]),
        indexable: json::flag(&document["indexable"]),
        also_known_as: json!(json::ids(&document["alsoKnownAs"], 256)).to_string(),
        moved_to: json::id(&document["movedTo"]).map(str::to_owned),
        key_id,
        public_key,
        proof_key_id,
        proof_key,
        followers_count: 0,
        following_count: 0,
        posts_count: 0,
        last_post_at: None,
        created_at: json::time(&document["published"])
            .filter(|t| *t <= now && t.0 > 0)
            .unwrap_or(now),
        refreshed_at: now,
        suspended_at: json::flag(&document["suspended"]).then_some(now),
        deleted_at: None,
    };
    Ok(RemoteActor { suspended: account.suspended_at.is_some(), account })
}

/// At most ten keys that the actor `uri` owns: id and PEM.
pub fn keys<'a>(document: &'a Value, uri: &str) -> Vec<(&'a str, &'a str)> {
    let owned = json::many(&document["publicKey"]).iter().take(10).filter_map(|key| {
        let id = key["id"].as_str().filter(|id| outbound::same_host(id, uri))?;
        let pem = key["publicKeyPem"].as_str().filter(|p| p.len() < 10_000)?;
        (json::id(&key["owner"]) == Some(uri)).then_some((id, pem))
    });
    owned.collect()
}

/// The key that is kept with the actor: the first of a kind that we know, or else the first.
fn read_key(document: &Value, uri: &str) -> Option<(String, String)> {
    let keys = keys(document, uri);
    let usable = keys.iter().find(|(_, pem)| PublicKey::from_pem(pem).is_ok());
    usable.or(keys.first()).map(|(id, pem)| ((*id).to_owned(), (*pem).to_owned()))
}

fn read_proof_key(document: &Value, uri: &str) -> Option<(String, String)> {
    json::many(&document["assertionMethod"]).iter().take(10).find_map(|key| {
        let id = key["id"].as_str()?;
        let multibase = key["publicKeyMultibase"]
            .as_str()
            .filter(|k| k.starts_with("z6Mk") && k.len() < 100)?;
        let owned = json::id(&key["controller"]) == Some(uri) && outbound::same_host(id, uri);
        owned.then(|| (id.to_owned(), multibase.to_owned()))
    })
}

fn read_picture(value: &Value) -> Option<String> {
    let first = json::many(value).first()?;
    let url = json::id(&first["url"]).or_else(|| first.as_str())?;
    (url.starts_with("https://") || url.starts_with("http://")).then(|| url.to_owned())
}

fn read_fields(document: &Value) -> Value {
    let fields =
        json::many(&document["attachment"]).iter().filter(|f| json::is(f, "PropertyValue"));
    let fields: Vec<Field> = fields
        .take(MAX_FIELDS)
        .filter_map(|f| {
            Some(Field {
                name: html::one_line(json::text(&f["name"])?, 2_047),
                value: html::sanitise(cut(json::text(&f["value"])?, 2_047)),
                ..Field::default()
            })
        })
        .collect();
    json!(fields)
}

/// The beginning of a text, at most `bytes` long.
pub fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}
