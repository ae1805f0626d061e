//! The Fedify peer and its control door (`peers/README.md`).
use super::{announced, aside, client, peers, until};
use reqwest::Client;
use serde_json::{Value, json};
use std::process::Stdio;
use tokio::process::{Child, Command};

pub const CAVAGE: &str = "draft-cavage-http-signatures-12";
pub const RFC9421: &str = "rfc9421";

/// A running peer; its first actor acts unless a request names another.
pub struct Fedify {
    pub origin: String,
    http: Client,
    _process: Child,
}

impl Fedify {
    /// Starts a peer that knocks first with `knock`. `FEDERATION_NODE` says which Node to use.
    #[expect(clippy::disallowed_methods, reason = "told by the environment where Node is")]
    pub async fn start(names: &[&str], knock: &str) -> Self {
        let node = std::env::var("FEDERATION_NODE").unwrap_or_else(|_| "node".into());
        let mut process = Command::new(node)
            .arg("peer.mjs")
            .args(names)
            .current_dir(peers("fedify"))
            .env("PORT", "0")
            .env("FIRST_KNOCK", knock)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("Node runs the Fedify peer");
        let (origin, _) = announced(&mut process).await;
        Self { origin, http: client(), _process: process }
    }

    pub fn id(&self, name: &str) -> String {
        format!("{}/users/{name}", self.origin)
    }

    /// `@name@localhost:PORT`
    pub fn handle(&self, name: &str) -> String {
        format!("@{name}@{}", self.origin.trim_start_matches("http://"))
    }

    /// A look through the control door.
    pub async fn get(&self, path: &str, query: &[(&str, &str)]) -> Value {
        let url =
            url::Url::parse_with_params(&format!("{}/control/{path}", self.origin), query).unwrap();
        let response = self.http.get(url).send().await.expect("the peer answers");
        let ok = response.status().is_success();
        let answer: Value = response.json().await.expect("JSON");
        assert!(ok, "GET {path} {query:?}: {answer}");
        answer
    }

    /// An action through the control door; returns its answer.
    pub async fn act(&self, action: &str, request: Value) -> Value {
        let url = format!("{}/control/{action}", self.origin);
        let response = self.http.post(url).json(&request).send().await.expect("the peer answers");
        let ok = response.status().is_success();
        let answer: Value = response.json().await.expect("JSON");
        assert!(ok, "{action} {request}: {answer}");
        answer
    }

    pub async fn state(&self, actor: &str) -> Value {
        self.get("state", &[("actor", actor)]).await
    }

    /// Fetches a document with a signed GET and strict JSON-LD; no term of it may be unknown to its own context.
    pub async fn fetch(&self, url: &str) -> Value {
        let fetched = self.get("fetch", &[("url", url)]).await;
        assert_eq!(fetched["unmapped"], json!([]), "{url}: terms that its context does not define");
        fetched
    }

    /// The first verified activity of a type that fits, as soon as it is there.
    pub async fn arrival(&self, kind: &str, fits: impl Fn(&Value) -> bool) -> Value {
        until(&format!("{kind} at {}", self.origin), async || {
            let received = self.get("received", &[("type", kind)]).await;
            received.as_array()?.iter().find(|entry| fits(entry)).cloned()
        })
        .await
    }

    /// The verified activity of a type about an object: named, or embedded.
    pub async fn arrival_about(&self, kind: &str, object: &str) -> Value {
        self.arrival(kind, |entry| about(entry) == Some(object)).await
    }

    /// Every HTTP signature was good, also where a proof made it unnecessary; nothing was refused but with a status that was `meant`; and the node
    /// took everything of the peer at its first knock: the second has the other signature, and would hide that the first was not understood.
    pub async fn assert_content(&self, meant: &[u64]) {
        for entry in self.get("received", &[]).await.as_array().unwrap() {
            assert_eq!(entry["httpSignature"], "verified", "{entry:#}");
        }
        for entry in self.get("rejected", &[]).await.as_array().unwrap() {
            let status = entry["status"].as_u64().unwrap_or(0);
            assert!(meant.contains(&status), "the peer refused {entry:#}");
        }
        for entry in self.get("deliveries", &[]).await.as_array().unwrap() {
            if let Some(status) = entry["status"].as_u64() {
                assert!(status < 400, "the node did not take {entry:#}");
            }
        }
    }
}

impl Drop for Fedify {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let control = format!("{}/control", self.origin);
            aside(async move {
                let mut seen = vec![format!("---- {control}")];
                for path in ["deliveries", "rejected"] {
                    let Ok(response) = client().get(format!("{control}/{path}")).send().await
                    else {
                        continue;
                    };
                    let entries: Vec<Value> = response.json().await.unwrap_or_default();
                    for e in entries {
                        let row =
                            ["at", "type", "id", "inbox", "signature", "status", "answer", "error"]
                                .map(|key| e[key].to_string());
                        seen.push(format!("{path}: {}", row.join(" ")));
                    }
                }
                seen.join("\n")
            });
        }
    }
}

/// The id of the object of a logged activity.
fn about(entry: &Value) -> Option<&str> {
    entry["object"].as_str().or_else(|| entry["object"]["id"].as_str())
}
