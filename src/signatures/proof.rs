//! Proofs inside documents: who wrote this, whoever brought it
//! ([FEP-8b32](https://w3id.org/fep/8b32), cryptosuite [eddsa-jcs-2022](https://www.w3.org/TR/vc-di-eddsa/#eddsa-jcs-2022)).
//!
//! Must not live here: whether the key belongs to the actor that the document names; that is the reader's check.
use std::time::SystemTime;

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Map, Value, json};
use url::Url;

use super::keys::{KeyError, KeyKind, ProofKey, PublicKey};

const PROOF_TYPE: &str = "DataIntegrityProof";
const CRYPTOSUITE: &str = "eddsa-jcs-2022";
const PURPOSE: &str = "assertionMethod";
const CONTEXT: &str = "@context";
/// 64 bytes have at most 88 digits in base 58.
const MAX_PROOF_VALUE: usize = 100;

#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    #[error("the document is not a JSON object")]
    NotAnObject,
    #[error("the document has no proof of the cryptosuite eddsa-jcs-2022")]
    Missing,
    #[error("the proof is not made for assertionMethod")]
    Purpose,
    #[error("the proofValue is not 64 bytes in base58btc multibase")]
    Value,
    #[error("the proof's @context is not the beginning of the document's")]
    Context,
    #[error("the proof's expires is not a time")]
    BadExpires,
    #[error("the proof has expired")]
    Expired,
    #[error("the proof was not made by this key for this document")]
    Wrong,
    #[error("the document cannot be put into canonical form")]
    Canonical(#[from] serde_json::Error),
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Adds the proof to a finished document, replacing one that is there. Whatever is changed afterwards breaks it.
///
/// `created` is RFC 3339 in UTC without fractions (`2026-11-22T10:00:00Z`): Fedify formats the time anew before it verifies.
pub fn add_proof(document: &mut Value, key: &ProofKey, created: &str) -> Result<(), ProofError> {
    let document = document.as_object_mut().ok_or(ProofError::NotAnObject)?;
    let mut config = Map::new();
    config.insert("type".to_owned(), json!(PROOF_TYPE));
    config.insert("cryptosuite".to_owned(), json!(CRYPTOSUITE));
    config.insert("created".to_owned(), json!(created));
    config.insert("verificationMethod".to_owned(), json!(key.verification_method()));
    config.insert("proofPurpose".to_owned(), json!(PURPOSE));
    if let Some(context) = document.get(CONTEXT) {
        config.insert(CONTEXT.to_owned(), context.clone());
    }
    let signature = key.sign(&hash(&config, &unsecured(document))?)?;
    let value = format!("z{}", bs58::encode(signature).into_string());
    config.insert("proofValue".to_owned(), Value::String(value));
    document.insert("proof".to_owned(), Value::Object(config));
    Ok(())
}

/// Where the key is that the document says it is proved by.
pub fn verification_method(document: &Value) -> Option<Url> {
    let method = find(document.as_object()?)?.get("verificationMethod")?;
    Url::parse(method.as_str()?).ok()
}

/// Checks the document's proof with the key of its [`verification_method`].
///
/// The caller checks that the key's controller is the document's actor or author.
pub fn verify(document: &Value, key: &PublicKey, now: SystemTime) -> Result<(), ProofError> {
    let document = document.as_object().ok_or(ProofError::NotAnObject)?;
    let proof = find(document).ok_or(ProofError::Missing)?;
    if text(proof, "proofPurpose") != Some(PURPOSE) {
        return Err(ProofError::Purpose);
    }
    check_expires(proof, now)?;
    let signature = signature(proof)?;
    if key.kind() != KeyKind::Ed25519 {
        return Err(ProofError::Wrong);
    }

    let mut config = proof.clone();
    config.remove("proofValue");
    let mut unsecured = unsecured(document);
    if let Some(context) = proof.get(CONTEXT) {
        if !begins_with(document.get(CONTEXT), context) {
            return Err(ProofError::Context);
        }
        unsecured.insert(CONTEXT.to_owned(), context.clone());
    }
    if key.verify(&hash(&config, &unsecured)?, &signature) {
        return Ok(());
    }
    // Some put the document's @context into what they sign but leave it out of the proof that they send; Fedify verifies
    // only this way.
    if let (None, Some(context)) = (proof.get(CONTEXT), document.get(CONTEXT)) {
        config.insert(CONTEXT.to_owned(), context.clone());
        if key.verify(&hash(&config, &unsecured)?, &signature) {
            return Ok(());
        }
    }
    Err(ProofError::Wrong)
}

/// The first proof that we can check; there may be others for other cryptosuites.
fn find(document: &Map<String, Value>) -> Option<&Map<String, Value>> {
    let proofs = match document.get("proof")? {
        Value::Array(proofs) => proofs.as_slice(),
        one => std::slice::from_ref(one),
    };
    proofs.iter().filter_map(Value::as_object).find(|proof| {
        text(proof, "type") == Some(PROOF_TYPE) && text(proof, "cryptosuite") == Some(CRYPTOSUITE)
    })
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}

fn check_expires(proof: &Map<String, Value>, now: SystemTime) -> Result<(), ProofError> {
    let Some(expires) = proof.get("expires") else { return Ok(()) };
    let expires = expires.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let expires = expires.ok_or(ProofError::BadExpires)?;
    if SystemTime::from(expires) < now { Err(ProofError::Expired) } else { Ok(()) }
}

fn signature(proof: &Map<String, Value>) -> Result<Vec<u8>, ProofError> {
    let value = text(proof, "proofValue").filter(|value| value.len() <= MAX_PROOF_VALUE);
    let digits = value.and_then(|value| value.strip_prefix('z')).ok_or(ProofError::Value)?;
    let bytes = bs58::decode(digits).into_vec().map_err(|_e| ProofError::Value)?;
    if bytes.len() == 64 { Ok(bytes) } else { Err(ProofError::Value) }
}

/// The document as it was before it was secured: without proofs, and without the linked data signature that comes after them.
fn unsecured(document: &Map<String, Value>) -> Map<String, Value> {
    let mut document = document.clone();
    document.remove("proof");
    document.remove("signature");
    document
}

/// Whether the document's contexts start with those of the proof, in the same order.
fn begins_with(document: Option<&Value>, proof: &Value) -> bool {
    fn list(context: &Value) -> &[Value] {
        context.as_array().map_or(std::slice::from_ref(context), Vec::as_slice)
    }
    document.is_some_and(|document| list(document).starts_with(list(proof)))
}

/// What is signed: the digests of the canonical proof options and of the canonical document.
fn hash(config: &Map<String, Value>, document: &Map<String, Value>) -> Result<Vec<u8>, ProofError> {
    let config = digest(&SHA256, &serde_json_canonicalizer::to_vec(config)?);
    let document = digest(&SHA256, &serde_json_canonicalizer::to_vec(document)?);
    Ok([config.as_ref(), document.as_ref()].concat())
}

#[cfg(test)]
mod tests;
