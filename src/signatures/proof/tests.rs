//! Proofs of FEP-8b32: the published vectors, and what must not pass.
use aws_lc_rs::signature::Ed25519KeyPair;
use base64::{Engine, engine::general_purpose::STANDARD};

use super::*;

/// The pair of the test vectors in FEP-8b32 and in vc-di-eddsa, as `secretKeyMultibase` and `publicKeyMultibase`.
const SECRET: &str = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq";
const PUBLIC: &str = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2";

fn public() -> PublicKey {
    PublicKey::from_multibase(PUBLIC).unwrap()
}

fn proof_key(verification_method: &str) -> ProofKey {
    let bytes = bs58::decode(SECRET.strip_prefix('z').unwrap()).into_vec().unwrap();
    let pair = Ed25519KeyPair::from_seed_unchecked(&bytes[2..]).unwrap();
    let pkcs8 = STANDARD.encode(pair.to_pkcs8v1().unwrap());
    ProofKey::parse(Url::parse(verification_method).unwrap(), &pkcs8).unwrap()
}

fn now() -> SystemTime {
    httpdate::parse_http_date("Sun, 22 Nov 2026 10:00:00 GMT").unwrap()
}

fn note() -> Value {
    json!({
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2"],
        "id": "https://yamagata.example/posts/1",
        "type": "Note",
        "attributedTo": "https://yamagata.example/users/aiko",
        "content": "<p>芋煮会🍲</p>",
        "location": { "latitude": 38.25, "altitude": 1e21 }
    })
}

fn signed_note() -> Value {
    let mut note = note();
    let key = proof_key("https://yamagata.example/users/aiko#ed25519-key");
    add_proof(&mut note, &key, "2026-11-22T10:00:00Z").unwrap();
    note
}

/// <https://codeberg.org/fediverse/fep/src/branch/main/fep/8b32/fep-8b32.feature>
#[test]
fn the_vector_of_fep_8b32_verifies() {
    let document = json!({
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v1"],
        "type": "Create",
        "actor": "https://server.example/users/alice",
        "object": { "type": "Note", "content": "Hello world" },
        "proof": {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-jcs-2022",
            "verificationMethod": "https://server.example/users/alice#ed25519-key",
            "proofPurpose": "assertionMethod",
            "proofValue": "z3sXaxjKs4M3BRicwWA9peyNPJvJqxtGsDmpt1jjoHCjgeUf71TRFz56osPSfDErszyLp5Ks1EhYSgpDaNM977Rg2",
            "created": "2023-02-24T23:36:38Z"
        }
    });

    let method = verification_method(&document).unwrap();

    assert_eq!(method.as_str(), "https://server.example/users/alice#ed25519-key");
    verify(&document, &public(), now()).unwrap();
}

/// <https://www.w3.org/TR/vc-di-eddsa/#representation-eddsa-jcs-2022>
#[test]
fn the_vector_of_vc_di_eddsa_is_made_byte_for_byte() {
    let mut document = json!({
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"],
        "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
        "type": ["VerifiableCredential", "AlumniCredential"],
        "name": "Alumni Credential",
        "description": "A minimum viable example of an Alumni Credential.",
        "issuer": "https://vc.example/issuers/5678",
        "validFrom": "2023-01-01T00:00:00Z",
        "credentialSubject": { "id": "did:example:abcdefgh", "alumniOf": "The School of Examples" }
    });
    let key = proof_key(&format!("did:key:{PUBLIC}#{PUBLIC}"));

    add_proof(&mut document, &key, "2023-02-24T23:36:38Z").unwrap();

    assert_eq!(
        document["proof"]["proofValue"],
        "z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX"
    );
    verify(&document, &public(), now()).unwrap();
}

/// Made with `@fedify/fedify` 2.3.6: `signObject(create, key, keyId, { created })`, then `toJsonLd({ format: "compact" })`.
#[test]
fn a_proof_made_by_fedify_verifies() {
    let document: Value = serde_json::from_str(include_str!("fixtures/fedify.json")).unwrap();
    let key =
        PublicKey::from_multibase("z6MkgU8AZ84qDAu3uwh4prXbYKEC99eDG7YHCiwQjqg1AB2J").unwrap();

    verify(&document, &key, now()).unwrap();
}

#[test]
fn a_proof_that_leaves_out_the_context_it_was_made_with_verifies() {
    let mut document = signed_note();
    document["proof"].as_object_mut().unwrap().remove("@context");

    verify(&document, &public(), now()).unwrap();
}

#[test]
fn our_proof_verifies_and_is_found_again() {
    let document = signed_note();

    let method = verification_method(&document).unwrap();

    assert_eq!(method.as_str(), "https://yamagata.example/users/aiko#ed25519-key");
    verify(&document, &public(), now()).unwrap();
}

#[test]
fn a_linked_data_signature_added_later_does_not_break_the_proof() {
    let mut document = signed_note();
    document["signature"] = json!({ "type": "RsaSignature2017", "signatureValue": "…" });

    verify(&document, &public(), now()).unwrap();
}

#[test]
fn a_context_added_behind_the_signed_ones_does_not_break_the_proof() {
    let mut document = signed_note();
    document["@context"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "toot": "http://joinmastodon.org/ns#" }));

    verify(&document, &public(), now()).unwrap();
}

#[test]
fn the_proof_is_found_among_proofs_of_other_cryptosuites() {
    let mut document = signed_note();
    let other = json!({ "type": "DataIntegrityProof", "cryptosuite": "mldsa44-jcs-2024" });
    document["proof"] = json!([other, document["proof"]]);

    verify(&document, &public(), now()).unwrap();
}

#[test]
fn a_new_proof_replaces_the_old_one() {
    let mut document = signed_note();
    document["content"] = json!("<p>変更</p>");
    let key = proof_key("https://yamagata.example/users/aiko#ed25519-key");

    add_proof(&mut document, &key, "2026-11-22T10:00:01Z").unwrap();

    assert!(document["proof"].is_object());
    verify(&document, &public(), now()).unwrap();
}

#[test]
fn whatever_is_changed_breaks_the_proof() {
    for (pointer, value) in [
        ("/content", json!("<p>別の話</p>")),
        ("/location/latitude", json!(38.26)),
        ("/attributedTo", json!("https://akita.example/users/mallory")),
        ("/proof/created", json!("2026-11-22T10:00:01Z")),
        ("/proof/verificationMethod", json!("https://akita.example/users/mallory#key")),
        ("/proof/proofValue", json!(format!("z{}", bs58::encode([7; 64]).into_string()))),
    ] {
        let mut document = signed_note();
        *document.pointer_mut(pointer).unwrap() = value;

        let result = verify(&document, &public(), now());

        assert!(matches!(result, Err(ProofError::Wrong)), "{pointer}: {result:?}");
    }
    let mut document = signed_note();
    document["to"] = json!("https://www.w3.org/ns/activitystreams#Public");
    assert!(matches!(verify(&document, &public(), now()), Err(ProofError::Wrong)));
}

#[test]
fn another_key_does_not_verify() {
    let keys = super::super::keys::generate().unwrap();
    let other = PublicKey::from_multibase(&keys.ed25519_public).unwrap();
    let rsa = PublicKey::from_pem(&keys.rsa_public_pem).unwrap();

    assert!(matches!(verify(&signed_note(), &other, now()), Err(ProofError::Wrong)));
    assert!(matches!(verify(&signed_note(), &rsa, now()), Err(ProofError::Wrong)));
}

#[test]
fn proofs_that_cannot_count_are_refused_with_the_reason() {
    type Check = fn(&ProofError) -> bool;
    let table: [(&str, Value, Check); 9] = [
        ("/proof/type", json!("Ed25519Signature2020"), |e| matches!(e, ProofError::Missing)),
        ("/proof/cryptosuite", json!("eddsa-rdfc-2022"), |e| matches!(e, ProofError::Missing)),
        ("/proof", json!("https://yamagata.example/proof"), |e| matches!(e, ProofError::Missing)),
        ("/proof/proofPurpose", json!("authentication"), |e| matches!(e, ProofError::Purpose)),
        ("/proof/proofValue", json!("u7QGw"), |e| matches!(e, ProofError::Value)),
        ("/proof/proofValue", json!("z2HnFSSPPBzR36zd"), |e| matches!(e, ProofError::Value)),
        ("/proof/proofValue", json!("z".repeat(10_000)), |e| matches!(e, ProofError::Value)),
        ("/proof/@context", json!("https://w3id.org/security/data-integrity/v2"), |e| {
            matches!(e, ProofError::Context)
        }),
        ("/@context", json!("https://www.w3.org/ns/activitystreams"), |e| {
            matches!(e, ProofError::Context)
        }),
    ];
    for (pointer, value, expected) in table {
        let mut document = signed_note();
        *document.pointer_mut(pointer).unwrap() = value.clone();

        let error = verify(&document, &public(), now()).unwrap_err();

        assert!(expected(&error), "{pointer} = {value}: {error:?}");
    }
    assert!(matches!(verify(&json!([]), &public(), now()), Err(ProofError::NotAnObject)));
    assert!(matches!(verify(&note(), &public(), now()), Err(ProofError::Missing)));
    assert_eq!(verification_method(&note()), None);
}

#[test]
fn an_expired_proof_is_refused() {
    for (expires, expected) in [
        ("2026-11-22T09:59:59Z", "the proof has expired"),
        ("2026-11-22T10:00:01Z", "the proof was not made by this key for this document"),
        ("tomorrow", "the proof's expires is not a time"),
    ] {
        let mut document = signed_note();
        document["proof"]["expires"] = json!(expires);

        let error = verify(&document, &public(), now()).unwrap_err();

        assert_eq!(error.to_string(), expected, "{expires}");
    }
}
