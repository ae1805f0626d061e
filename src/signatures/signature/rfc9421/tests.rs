//! RFC 9421 against its own vectors.
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use url::Url;

use super::*;
use crate::signatures::keys::PublicKey;

/// [RFC 9421 B.2.6](https://www.rfc-editor.org/rfc/rfc9421#appendix-B.2.6). It covers too little for an inbox (no digest, no query),
/// so the parts of `read` are called one by one.
#[test]
fn the_ed25519_vector_of_the_rfc_verifies() {
    let input = concat!(
        r#"sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length")"#,
        r#";created=1618884473;keyid="test-key-ed25519""#,
    );
    let signature = "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:";
    let headers: HeaderMap = [
        ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
        ("content-type", "application/json"),
        ("content-length", "18"),
    ]
    .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
    .into_iter()
    .collect();
    let base = Url::parse("https://example.com/").unwrap();
    let request = Incoming {
        method: &Method::POST,
        path_and_query: "/foo?param=Value&Pet=dog",
        headers: &headers,
        body: Some(br#"{"hello": "world"}"#),
        authority: None,
        base: &base,
    };
    let inputs: Dictionary = Parser::new(input).parse().unwrap();
    let signatures: Dictionary = Parser::new(signature).parse().unwrap();
    let spki = STANDARD.decode("MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=");
    let key = PublicKey::Ed25519(spki.unwrap()[12..].try_into().unwrap());

    let candidate = Candidate::parse(&inputs["sig-b26"], &signatures["sig-b26"]).unwrap();
    let parts: Vec<_> = candidate
        .covered
        .iter()
        .map(|part| (part.as_str(), part_value(&request, "example.com", part).unwrap()))
        .collect();
    let text = signature_base(&parts, &serialized(candidate.list));

    assert_eq!(
        text,
        concat!(
            "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n",
            "\"@method\": POST\n",
            "\"@path\": /foo\n",
            "\"@authority\": example.com\n",
            "\"content-type\": application/json\n",
            "\"content-length\": 18\n",
            "\"@signature-params\": (\"date\" \"@method\" \"@path\" \"@authority\" \"content-type\" \"content-length\")",
            ";created=1618884473;keyid=\"test-key-ed25519\"",
        )
    );
    assert!(key.verify(text.as_bytes(), candidate.signature));
    let digest = "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:";
    assert_eq!(digest::check_content_digest(digest, br#"{"hello": "world"}"#), Ok(()));
}
