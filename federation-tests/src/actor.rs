//! An account of the hand-made server: its documents, and what it sends.
use crate::{Answer, Letter, Member, Node, Reply, Stranger, keys};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tsudoi::signatures::{
    keys::{GeneratedKeys, ProofKey},
    proof,
};

pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

#[derive(Clone)]
pub struct Actor {
    pub server: Stranger,
    pub name: String,
    /// The actor's id.
    pub uri: String,
    pub keys: Arc<GeneratedKeys>,
}

impl Actor {
    pub(crate) fn create(server: &Stranger, name: &str) -> Self {
        let actor = Self {
            server: server.clone(),
            name: name.to_owned(),
            uri: server.url(&format!("/users/{name}")),
            keys: keys::shared(),
        };
        actor.serves(&actor.document());
        let jrd = json!({
            "subject": format!("acct:{}", actor.handle()),
            "links": [{"rel": "self", "type": "application/activity+json", "href": actor.uri}],
        });
        let path = format!("/.well-known/webfinger?resource=acct:{}", actor.handle());
        server.serves(&path, Reply::typed("application/jrd+json", &jrd.to_string()));
        actor
    }

    /// Its name ends in another host than its address, and both hosts say so, as with a Mastodon server that has a `WEB_DOMAIN`. Returns the
    /// handle.
    pub fn goes_by_a_name_at(&self, names: &Stranger) -> String {
        let handle = format!("{}@{}", self.name, names.host());
        let jrd = json!({
            "subject": format!("acct:{handle}"),
            "links": [{"rel": "self", "type": "application/activity+json", "href": self.uri}],
        });
        let reply = Reply::typed("application/jrd+json", &jrd.to_string());
        for (server, asked) in [(&self.server, self.handle()), (names, handle.clone())] {
            let path = format!("/.well-known/webfinger?resource=acct:{asked}");
            server.serves(&path, reply.clone());
        }
        handle
    }

    pub fn handle(&self) -> String {
        format!("{}@{}", self.name, self.server.host())
    }

    pub fn key_id(&self) -> String {
        format!("{}#main-key", self.uri)
    }

    pub fn proof_key_id(&self) -> String {
        format!("{}#ed25519-key", self.uri)
    }

    /// The actor document as it is served at first.
    pub fn document(&self) -> Value {
        let uri = &self.uri;
        json!({
            "@context": [
                "https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1",
                "https://w3id.org/security/multikey/v1",
            ],
            "id": uri, "type": "Person", "preferredUsername": self.name, "name": self.name,
            "inbox": format!("{uri}/inbox"), "outbox": format!("{uri}/outbox"),
            "followers": format!("{uri}/followers"), "featured": format!("{uri}/featured"),
            "endpoints": {"sharedInbox": self.server.url("/inbox")},
            "publicKey": {"id": self.key_id(), "owner": uri, "publicKeyPem": self.keys.rsa_public_pem},
            "assertionMethod": [{
                "id": self.proof_key_id(), "type": "Multikey", "controller": uri,
                "publicKeyMultibase": self.keys.ed25519_public,
            }],
        })
    }

    /// Another actor document from now on.
    pub fn serves(&self, document: &Value) {
        self.server.serves(&format!("/users/{}", self.name), Reply::document(document));
    }

    /// An id that was never used.
    pub fn new_id(&self, kind: &str) -> String {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        format!("{}/{kind}/{}", self.uri, NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// An activity of this actor.
    pub fn activity(&self, kind: &str, object: &Value) -> Value {
        json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": self.new_id("activities"),
            "type": kind, "actor": self.uri, "object": object,
        })
    }

    /// A public note, which also stands at its address.
    pub fn note(&self, text: &str) -> Value {
        let id = self.new_id("notes");
        let note = json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": id, "type": "Note",
            "attributedTo": self.uri, "content": format!("<p>{text}</p>"), "to": [PUBLIC],
            "cc": [format!("{}/followers", self.uri)], "published": self.server.net().now().iso(),
        });
        self.publishes(&note);
        note
    }

    /// Puts a document at the address that is its id.
    pub fn publishes(&self, document: &Value) {
        let id = document["id"].as_str().unwrap();
        let path = id.strip_prefix(&self.server.url("")).expect("an address of this server");
        self.server.serves(path, Reply::document(document));
    }

    /// A note around which something is to be different.
    pub fn note_with(&self, text: &str, change: &Value) -> Value {
        let mut note = self.note(text);
        for (key, value) in change.as_object().unwrap() {
            note[key] = value.clone();
        }
        self.publishes(&note);
        note
    }

    pub fn create_of(&self, note: &Value) -> Value {
        let mut create = self.activity("Create", note);
        for key in ["to", "cc", "published"] {
            create[key] = note[key].clone();
        }
        create
    }

    /// The activity with this actor's own proof (FEP-8b32), so that anybody may bring it.
    pub fn proves(&self, activity: &Value) -> Value {
        let id = self.proof_key_id().parse().unwrap();
        let key = ProofKey::parse(id, &self.keys.ed25519_private).unwrap();
        let mut proven = activity.clone();
        proof::add_proof(&mut proven, &key, &self.server.net().now().iso_seconds()).unwrap();
        proven
    }

    /// A request to be signed by hand.
    pub fn letter(&self, to: &Node, body: &Value) -> Letter {
        Letter::new(self, to, body)
    }

    /// Posts an activity to the shared inbox, properly signed, and lets the node apply it. The activity must be answered 202.
    pub async fn sends(&self, to: &Node, activity: &Value) {
        self.server.net().advance(1_000);
        let answer = self.letter(to, activity).post().await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        to.apply().await;
    }

    /// Says a public note to a node.
    pub async fn says(&self, to: &Node, text: &str) -> Value {
        self.server.net().advance(1_000);
        let note = self.note(text);
        self.sends(to, &self.create_of(&note)).await;
        note
    }

    /// Follows a local account and has the answer delivered.
    pub async fn follows(&self, to: &Node, uri: &str) -> Value {
        let follow = self.activity("Follow", &json!(uri));
        self.sends(to, &follow).await;
        to.deliver().await;
        follow
    }

    /// A member follows this account, which says yes.
    pub async fn is_followed_by(&self, member: &Member) {
        member.follows(&self.uri).await;
        member.node.deliver().await;
        let received = self.server.received();
        let follow = received.iter().rev().find(|r| r.kind() == "Follow").unwrap().json();
        self.sends(&member.node, &self.activity("Accept", &follow)).await;
        member.node.fetch().await;
        self.server.forgets();
    }

    /// A signed GET of a document.
    pub async fn reads(&self, node: &Node, path: &str) -> Answer {
        Letter::reading(self, node, path).send().await
    }
}
