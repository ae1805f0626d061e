//! A signed request, written by hand: any part of it can be left out, altered after signing, or lied about.
use crate::{Actor, Answer, Network, Node, keys};
use reqwest::Method;
use serde_json::Value;
use std::{sync::Arc, time::SystemTime};
use tsudoi::signatures::keys::GeneratedKeys;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scheme {
    None,
    Cavage,
    /// RFC 9421 with RSA, or with Ed25519.
    Rfc9421Rsa,
    Rfc9421Ed25519,
}

#[derive(Clone)]
pub struct Letter {
    net: Network,
    method: Method,
    url: String,
    host: String,
    target: String,
    body: Vec<u8>,
    /// What is really sent, when it is not what was signed.
    sent: Option<Vec<u8>>,
    date: SystemTime,
    digest: Option<String>,
    key_id: String,
    ed25519_key_id: String,
    keys: Arc<GeneratedKeys>,
    scheme: Scheme,
    leaves_out: Vec<String>,
    extra: Vec<(String, String)>,
}

impl Letter {
    pub(crate) fn new(actor: &Actor, to: &Node, body: &Value) -> Self {
        let body = body.to_string().into_bytes();
        Self { body, method: Method::POST, ..Self::reading(actor, to, "/inbox") }
    }

    pub(crate) fn reading(actor: &Actor, node: &Node, path: &str) -> Self {
        Self {
            net: node.net().clone(),
            method: Method::GET,
            url: node.url(path),
            host: node.host().to_owned(),
            target: path.to_owned(),
            body: Vec::new(),
            sent: None,
            date: node.net().now().system_time(),
            digest: None,
            key_id: actor.key_id(),
            ed25519_key_id: actor.proof_key_id(),
            keys: actor.keys.clone(),
            scheme: Scheme::Cavage,
            leaves_out: Vec::new(),
            extra: Vec::new(),
        }
    }

    #[must_use]
    pub fn to_inbox_of(mut self, member: &crate::Member) -> Self {
        self.target = member.path("/inbox");
        self.url = member.node.url(&self.target);
        self
    }

    #[must_use]
    pub fn unsigned(mut self) -> Self {
        self.scheme = Scheme::None;
        self
    }

    #[must_use]
    pub fn by_rfc9421(mut self) -> Self {
        self.scheme = Scheme::Rfc9421Rsa;
        self
    }

    #[must_use]
    pub fn by_rfc9421_ed25519(mut self) -> Self {
        self.scheme = Scheme::Rfc9421Ed25519;
        self
    }

    /// The signature does not cover this part, which is sent all the same.
    #[must_use]
    pub fn without_covering(mut self, part: &str) -> Self {
        self.leaves_out.push(part.to_owned());
        self
    }

    /// Signed so many milliseconds from now (before, when negative).
    #[must_use]
    pub fn dated(mut self, from_now: i64) -> Self {
        self.date = self.net.now().plus(from_now).system_time();
        self
    }

    #[must_use]
    pub fn key_id(mut self, key_id: &str) -> Self {
        key_id.clone_into(&mut self.key_id);
        key_id.clone_into(&mut self.ed25519_key_id);
        self
    }

    #[must_use]
    pub fn signed_with(mut self, keys: Arc<GeneratedKeys>) -> Self {
        self.keys = keys;
        self
    }

    /// These bytes are signed and sent, whatever they are.
    #[must_use]
    pub fn with_bytes(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    /// Other bytes are sent than were signed.
    #[must_use]
    pub fn altered_to(mut self, sent: &Value) -> Self {
        self.sent = Some(sent.to_string().into_bytes());
        self
    }

    /// The digest header says this, and that is what is signed.
    #[must_use]
    pub fn with_digest(mut self, digest: &str) -> Self {
        self.digest = Some(digest.to_owned());
        self
    }

    /// Made for another server.
    #[must_use]
    pub fn for_host(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    /// A further header, covered by the signature.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.extra.push((name.to_owned(), value.to_owned()));
        self
    }

    pub async fn post(self) -> Answer {
        self.send().await
    }

    pub async fn send(self) -> Answer {
        let headers = match self.scheme {
            Scheme::None => vec![("date".to_owned(), httpdate::fmt_http_date(self.date))],
            Scheme::Cavage => self.cavage(),
            Scheme::Rfc9421Rsa | Scheme::Rfc9421Ed25519 => self.rfc9421(),
        };
        let mut request = self.net.http.request(self.method.clone(), &self.url);
        request = request.header("accept", "application/activity+json").header("host", &self.host);
        for (name, value) in headers.iter().chain(&self.extra) {
            request = request.header(name, value);
        }
        if self.method == Method::POST {
            request = request.header("content-type", "application/activity+json");
            request = request.body(self.sent.unwrap_or(self.body));
        }
        Answer::of(request.send().await.unwrap()).await
    }

    fn is_post(&self) -> bool {
        self.method == Method::POST
    }

    /// draft-cavage-12 over `(request-target) host date digest`.
    fn cavage(&self) -> Vec<(String, String)> {
        let date = httpdate::fmt_http_date(self.date);
        let target = format!("{} {}", self.method.as_str().to_lowercase(), self.target);
        let mut parts = vec![
            ("(request-target)".to_owned(), target),
            ("host".to_owned(), self.host.clone()),
            ("date".to_owned(), date.clone()),
        ];
        let mut headers = vec![("date".to_owned(), date)];
        if self.is_post() {
            let digest = format!("SHA-256={}", keys::sha256(&self.body));
            let digest = self.digest.clone().unwrap_or(digest);
            parts.push(("digest".to_owned(), digest.clone()));
            headers.push(("digest".to_owned(), digest));
        }
        parts.extend(self.extra.iter().cloned());
        parts.retain(|(name, _)| !self.leaves_out.contains(name));
        let names: Vec<&str> = parts.iter().map(|(name, _)| name.as_str()).collect();
        let lines: Vec<String> = parts.iter().map(|(n, v)| format!("{n}: {v}")).collect();
        let signature = keys::rsa(&self.keys, &lines.join("\n"));
        headers.push((
            "signature".to_owned(),
            format!(
                r#"keyId="{}",algorithm="rsa-sha256",headers="{}",signature="{signature}""#,
                self.key_id,
                names.join(" ")
            ),
        ));
        headers
    }

    /// RFC 9421 over `@method @target-uri content-digest`, with `created`.
    fn rfc9421(&self) -> Vec<(String, String)> {
        let mut parts = vec![
            ("@method".to_owned(), self.method.to_string()),
            ("@target-uri".to_owned(), self.url.clone()),
        ];
        let mut headers = Vec::new();
        if self.is_post() {
            let digest = format!("sha-256=:{}:", keys::sha256(&self.body));
            let digest = self.digest.clone().unwrap_or(digest);
            parts.push(("content-digest".to_owned(), digest.clone()));
            headers.push(("content-digest".to_owned(), digest));
        }
        parts.extend(self.extra.iter().cloned());
        parts.retain(|(name, _)| !self.leaves_out.contains(name));
        let names: Vec<String> = parts.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let created = self.date.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let created = if self.leaves_out.iter().any(|part| part == "created") {
            String::new()
        } else {
            format!(";created={created}")
        };
        let is_rsa = self.scheme == Scheme::Rfc9421Rsa;
        let key_id = if is_rsa { &self.key_id } else { &self.ed25519_key_id };
        let params = format!("({}){created};keyid=\"{key_id}\"", names.join(" "));
        let mut lines: Vec<String> = parts.iter().map(|(n, v)| format!("\"{n}\": {v}")).collect();
        lines.push(format!("\"@signature-params\": {params}"));
        let base = lines.join("\n");
        let signature =
            if is_rsa { keys::rsa(&self.keys, &base) } else { keys::ed25519(&self.keys, &base) };
        headers.push(("signature-input".to_owned(), format!("sig={params}")));
        headers.push(("signature".to_owned(), format!("sig=:{signature}:")));
        headers
    }
}
