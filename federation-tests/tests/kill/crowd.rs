//! Several servers under one roof: they follow the member, take what is sent to them, and send notes, properly signed.
use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use federation_tests::{
    Chance, keys,
    process::{Member, client, until},
};
use reqwest::Client;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};
use tokio::{net::TcpListener, task::JoinSet};
use tsudoi::signatures::keys::GeneratedKeys;

/// Servers, each with one follower.
pub(crate) const HOSTS: usize = 6;

#[derive(Clone)]
pub(crate) struct Crowd(Arc<Inner>);

struct Inner {
    port: u16,
    keys: Arc<GeneratedKeys>,
    http: Client,
    seen: Mutex<Seen>,
    chance: Mutex<Chance>,
    _server: JoinSet<()>,
}

/// What arrived: for each host and activity id the body, and how often.
#[derive(Default)]
struct Seen {
    activities: BTreeMap<(String, String), (String, usize)>,
    accepted: BTreeSet<String>,
}

impl Crowd {
    pub(crate) async fn start(seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let crowd = Arc::new_cyclic(|me: &std::sync::Weak<Inner>| {
            let router = Router::new().fallback(answer).with_state(me.clone());
            let mut server = JoinSet::new();
            server.spawn(async move { axum::serve(listener, router).await.unwrap() });
            Inner {
                port,
                keys: keys::shared(),
                http: client(),
                seen: Mutex::default(),
                chance: Mutex::new(Chance::new(seed ^ 1)),
                _server: server,
            }
        });
        Self(crowd)
    }

    pub(crate) fn host(&self, number: usize) -> String {
        format!("r{number}.localhost:{}", self.0.port)
    }

    pub(crate) fn actor(&self, number: usize) -> String {
        actor(&self.host(number))
    }

    /// Each server's actor follows the member and is accepted.
    pub(crate) async fn follows(&self, member: &Member) {
        for number in 0..HOSTS {
            let me = self.actor(number);
            let follow = json!({
                "@context": "https://www.w3.org/ns/activitystreams", "id": format!("{me}/follow"),
                "type": "Follow", "actor": me, "object": member.id,
            });
            assert_eq!(self.post(number, &member.id, &follow).await, Some(202));
        }
        until("the member to accept everybody", async || {
            (self.0.seen.lock().unwrap().accepted.len() == HOSTS).then_some(())
        })
        .await;
    }

    /// Posts an activity to the member's inbox; `None` when there was no answer.
    pub(crate) async fn post(&self, number: usize, member: &str, activity: &Value) -> Option<u16> {
        let url = url::Url::parse(&format!("{member}/inbox")).unwrap();
        let body = activity.to_string();
        let date = httpdate::fmt_http_date(SystemTime::now());
        let digest = format!("SHA-256={}", keys::sha256(body.as_bytes()));
        let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
        let signed = format!(
            "(request-target): post {}\nhost: {host}\ndate: {date}\ndigest: {digest}",
            url.path()
        );
        let signature = format!(
            r#"keyId="{}#main-key",algorithm="rsa-sha256",headers="(request-target) host date digest",signature="{}""#,
            self.actor(number),
            keys::rsa(&self.0.keys, &signed)
        );
        let request = self
            .0
            .http
            .post(url)
            .timeout(Duration::from_secs(10))
            .header("date", date)
            .header("digest", digest)
            .header("signature", signature)
            .header("content-type", "application/activity+json")
            .body(body);
        Some(request.send().await.ok()?.status().as_u16())
    }

    /// True when the activity has reached the host.
    pub(crate) fn has(&self, number: usize, activity: &str) -> bool {
        let key = (self.host(number), activity.to_owned());
        self.0.seen.lock().unwrap().activities.contains_key(&key)
    }

    /// Every host has got every post, as one activity.
    pub(crate) fn assert_has(&self, posts: &BTreeMap<String, String>) {
        let seen = self.0.seen.lock().unwrap();
        let mut by_object = BTreeMap::<(String, String), Vec<String>>::new();
        for ((host, activity), (body, _)) in &seen.activities {
            let body: Value = serde_json::from_str(body).unwrap();
            let object = body["object"]["id"].as_str().unwrap().to_owned();
            by_object.entry((host.clone(), object)).or_default().push(activity.clone());
        }
        for number in 0..HOSTS {
            for uri in posts.values() {
                let got = by_object.get(&(self.host(number), uri.clone()));
                let activities = got.map_or(0, Vec::len);
                assert_eq!(activities, 1, "{} got {uri} as {got:?}", self.host(number));
            }
        }
    }

    pub(crate) fn arrivals(&self) -> usize {
        self.0.seen.lock().unwrap().activities.values().map(|(_, times)| times).sum()
    }

    /// Arrivals of what had arrived before.
    pub(crate) fn repeats(&self) -> usize {
        self.arrivals() - self.0.seen.lock().unwrap().activities.len()
    }
}

fn actor(host: &str) -> String {
    format!("http://{host}/users/reader")
}

async fn answer(State(crowd): State<std::sync::Weak<Inner>>, request: Request) -> Response {
    let Some(crowd) = crowd.upgrade() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let host = request.headers()["host"].to_str().unwrap().to_owned();
    let (parts, body) = request.into_parts();
    let body = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
    if parts.method == "POST" {
        let wait = crowd.chance.lock().unwrap().below(15);
        crate::pause(Duration::from_millis(wait)).await;
        receive(&mut crowd.seen.lock().unwrap(), host, &body);
        return StatusCode::ACCEPTED.into_response();
    }
    let (kind, document) = match parts.uri.path() {
        "/users/reader" => ("application/activity+json", reader(&host, &crowd.keys)),
        "/.well-known/webfinger" => ("application/jrd+json", found(&host)),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    ([("content-type", kind)], document.to_string()).into_response()
}

fn receive(seen: &mut Seen, host: String, body: &str) {
    let activity: Value = serde_json::from_str(body).unwrap();
    if activity["type"] == "Accept" {
        seen.accepted.insert(host);
        return;
    }
    let key = (host, activity["id"].as_str().unwrap().to_owned());
    let (known, times) = seen.activities.entry(key).or_insert_with(|| (body.to_owned(), 0));
    assert_eq!(*known, body, "the same activity with another body");
    *times += 1;
}

fn reader(host: &str, keys: &GeneratedKeys) -> Value {
    let me = actor(host);
    json!({
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": me, "type": "Person", "preferredUsername": "reader", "inbox": format!("{me}/inbox"),
        "followers": format!("{me}/followers"),
        "endpoints": {"sharedInbox": format!("http://{host}/inbox")},
        "publicKey": {"id": format!("{me}#main-key"), "owner": me, "publicKeyPem": keys.rsa_public_pem},
    })
}

fn found(host: &str) -> Value {
    json!({
        "subject": format!("acct:reader@{host}"),
        "links": [{"rel": "self", "type": "application/activity+json", "href": actor(host)}],
    })
}
