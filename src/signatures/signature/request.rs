//! A received request as the schemes see it, and what it claims once it is read.
use axum::http::{HeaderMap, HeaderValue, Method};
use url::Url;

use super::SignatureError;
use crate::signatures::keys::{KeyKind, PublicKey};

/// Of `Signature`, `Signature-Input`, `Digest` and `Content-Digest`: real ones stay below 1 KiB.
const MAX_FIELD: usize = 8 * 1024;
const MAX_KEY_ID: usize = 2048;
/// The largest signature: RSA with 8192 bits.
const MAX_SIGNATURE: usize = 1024;
/// What one signature may cover. Fedify covers all headers it sends, about a dozen.
const MAX_PARTS: usize = 32;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// [draft-cavage-http-signatures-12](https://datatracker.ietf.org/doc/html/draft-cavage-http-signatures-12).
    Cavage,
    /// [RFC 9421](https://www.rfc-editor.org/rfc/rfc9421), with `Content-Digest` of RFC 9530.
    Rfc9421,
}

/// A request as it came in.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    pub method: &'a Method,
    /// Exactly as on the request line: percent-encoding is signed as it was written.
    pub path_and_query: &'a str,
    pub headers: &'a HeaderMap,
    /// `None` for a GET; with `Some` a digest is required.
    pub body: Option<&'a [u8]>,
    /// `:authority` of HTTP/2, which stands in for a missing Host header.
    pub authority: Option<&'a str>,
    /// Our public base URL, such as `https://yamagata.example/`.
    pub base: &'a Url,
}

impl Incoming<'_> {
    /// The values of a header as they are signed: trimmed, and repeated ones joined with a comma and a space.
    pub(super) fn field(&self, name: &str) -> Result<Option<String>, SignatureError> {
        let values: Vec<&str> =
            self.headers.get_all(name).iter().map(text).collect::<Result<_, _>>()?;
        if values.is_empty() {
            return Ok(self.authority.filter(|_| name == "host").map(str::to_owned));
        }
        Ok(Some(values.join(", ")))
    }

    /// Like [`field`](Self::field), for the headers that carry the signature or the digest.
    pub(super) fn short_field(&self, name: &'static str) -> Result<Option<String>, SignatureError> {
        let value = self.field(name)?;
        if value.as_ref().is_some_and(|value| value.len() > MAX_FIELD) {
            return Err(SignatureError::TooLong { header: name, limit: MAX_FIELD });
        }
        Ok(value)
    }

    pub(super) fn path(&self) -> &str {
        self.path_and_query.split_once('?').map_or(self.path_and_query, |(path, _)| path)
    }

    pub(super) fn query(&self) -> Option<&str> {
        self.path_and_query.split_once('?').map(|(_, query)| query)
    }

    /// The body that a digest must match, if this request needs one.
    pub(super) fn digested_body(&self) -> Option<&[u8]> {
        self.body.or_else(|| (self.method == Method::POST).then_some(&[][..]))
    }

    /// Where the Host header as received points; it must name us: a request made for another server is not for us to act on.
    ///
    /// The port may be missing: Mastodon and Misskey sign the bare name.
    pub(super) fn host(&self) -> Result<Url, SignatureError> {
        let host = self.field("host")?.ok_or(SignatureError::OtherHost)?;
        let received = Url::parse(&format!("{}://{host}/", self.base.scheme()))
            .map_err(|_e| SignatureError::OtherHost)?;
        let bare = received.port().is_none();
        let same_port =
            bare || received.port_or_known_default() == self.base.port_or_known_default();
        if received.host_str() != self.base.host_str() || !same_port {
            return Err(SignatureError::OtherHost);
        }
        Ok(received)
    }
}

/// One value of a header as it is signed: trimmed.
pub(super) fn text(value: &HeaderValue) -> Result<&str, SignatureError> {
    str::from_utf8(value.as_bytes())
        .map(str::trim)
        .map_err(|_e| SignatureError::Malformed("a signed header is not UTF-8"))
}

/// What a signature says, read and checked in all that needs no key. It is worth nothing until [`verified_by`](Self::verified_by).
#[derive(Clone, Debug)]
pub struct Claim {
    pub key_id: String,
    pub scheme: Scheme,
    kind: Option<KeyKind>,
    signature: Vec<u8>,
    messages: Vec<String>,
}

impl Claim {
    /// `kind` is what the algorithm demands, `messages` are the texts that may have been signed, likeliest first.
    pub(super) fn new(
        key_id: String,
        scheme: Scheme,
        kind: Option<KeyKind>,
        signature: Vec<u8>,
        messages: Vec<String>,
    ) -> Result<Self, SignatureError> {
        if key_id.is_empty() || key_id.len() > MAX_KEY_ID {
            return Err(SignatureError::Malformed("the key id is empty or longer than 2048 bytes"));
        }
        if signature.is_empty() || signature.len() > MAX_SIGNATURE {
            return Err(SignatureError::Malformed(
                "the signature is empty or longer than 1024 bytes",
            ));
        }
        Ok(Self { key_id, scheme, kind, signature, messages })
    }

    /// Whether `key` made the signature. Costs 0.03 ms for RSA-2048, twice that for a wrong key when there is a query.
    pub fn verified_by(&self, key: &PublicKey) -> bool {
        self.kind.is_none_or(|kind| kind == key.kind())
            && self.messages.iter().any(|message| key.verify(message.as_bytes(), &self.signature))
    }
}

/// `host` or `host:port`, without the port that the scheme implies.
pub(super) fn authority(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// Path and query as they stand on the request line.
pub(super) fn target(url: &Url) -> String {
    url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()))
}

/// Refuses lists of covered parts that are too long or name one part twice.
pub(super) fn check_parts(parts: &[String]) -> Result<(), SignatureError> {
    if parts.len() > MAX_PARTS {
        return Err(SignatureError::TooManyParts { limit: MAX_PARTS });
    }
    for (index, part) in parts.iter().enumerate() {
        if parts.iter().take(index).any(|earlier| earlier == part) {
            return Err(SignatureError::Malformed("the signature covers the same part twice"));
        }
    }
    Ok(())
}

/// Refuses a signature that does not cover `part`.
pub(super) fn require(parts: &[String], part: &'static str) -> Result<(), SignatureError> {
    if parts.iter().any(|covered| covered == part) {
        Ok(())
    } else {
        Err(SignatureError::NotCovered(part))
    }
}
