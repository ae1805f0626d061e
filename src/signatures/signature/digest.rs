//! The digest of the body: `Digest` (RFC 3230, with draft-cavage) and `Content-Digest` (RFC 9530, with RFC 9421).
use aws_lc_rs::digest::{SHA256, SHA512, digest};
use base64::{Engine, engine::general_purpose::STANDARD};
use sfv::{Dictionary, ListEntry, Parser};

use super::SignatureError;

pub(super) const DIGEST: &str = "Digest";
pub(super) const CONTENT_DIGEST: &str = "Content-Digest";

pub(super) fn digest_value(body: &[u8]) -> String {
    format!("SHA-256={}", STANDARD.encode(digest(&SHA256, body)))
}

pub(super) fn content_digest_value(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(digest(&SHA256, body)))
}

/// Checks `Digest: SHA-256=…`; other algorithms beside it are not looked at.
pub(super) fn check_digest(value: &str, body: &[u8]) -> Result<(), SignatureError> {
    let mut known = value.split(',').filter_map(|part| {
        let (name, digits) = part.trim().split_once('=')?;
        name.trim().eq_ignore_ascii_case("sha-256").then_some(digits.trim())
    });
    let digits = known.next().ok_or(SignatureError::UnsupportedDigest(DIGEST))?;
    let claimed = STANDARD
        .decode(digits)
        .map_err(|_e| SignatureError::Malformed("the Digest header is not base64"))?;
    if known.next().is_some() {
        return Err(SignatureError::Malformed("the Digest header names SHA-256 twice"));
    }
    if claimed != digest(&SHA256, body).as_ref() {
        return Err(SignatureError::DigestMismatch(DIGEST));
    }
    Ok(())
}

/// Checks `Content-Digest: sha-256=:…:`. Of SHA-256 and SHA-512 at least one must be there, and all that are there must match.
pub(super) fn check_content_digest(value: &str, body: &[u8]) -> Result<(), SignatureError> {
    const MALFORMED: SignatureError =
        SignatureError::Malformed("the Content-Digest header is not a dictionary of digests");
    let digests: Dictionary = Parser::new(value).parse().map_err(|_e| MALFORMED)?;
    let mut matched = false;
    for (name, algorithm) in [("sha-256", &SHA256), ("sha-512", &SHA512)] {
        let Some(entry) = digests.get(name) else { continue };
        let ListEntry::Item(item) = entry else { return Err(MALFORMED) };
        let claimed = item.bare_item.as_byte_sequence().ok_or(MALFORMED)?;
        if claimed != digest(algorithm, body).as_ref() {
            return Err(SignatureError::DigestMismatch(CONTENT_DIGEST));
        }
        matched = true;
    }
    if matched { Ok(()) } else { Err(SignatureError::UnsupportedDigest(CONTENT_DIGEST)) }
}
