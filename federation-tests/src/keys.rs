//! Keys for members and strangers, and signing with them by our own hand, so that the node's verifier is not tested against its own signer.
use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{Ed25519KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::sync::{
    Arc, LazyLock,
    atomic::{AtomicUsize, Ordering},
};
use tsudoi::signatures::keys::{GeneratedKeys, generate};

/// Making an RSA key takes a tenth of a second, so that accounts of all tests share a few.
static SHARED: LazyLock<Vec<Arc<GeneratedKeys>>> =
    LazyLock::new(|| (0..4).map(|_| fresh()).collect());

/// Keys that other accounts may have, too.
pub fn shared() -> Arc<GeneratedKeys> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    SHARED[NEXT.fetch_add(1, Ordering::Relaxed) % SHARED.len()].clone()
}

/// Keys that nobody else has.
pub fn fresh() -> Arc<GeneratedKeys> {
    Arc::new(generate().unwrap())
}

/// `rsa-sha256` in base64.
pub fn rsa(keys: &GeneratedKeys, message: &str) -> String {
    let der = STANDARD.decode(&keys.rsa_private).unwrap();
    let pair = RsaKeyPair::from_pkcs8(&der).unwrap();
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
    STANDARD.encode(signature)
}

/// Ed25519 in base64.
pub fn ed25519(keys: &GeneratedKeys, message: &str) -> String {
    let der = STANDARD.decode(&keys.ed25519_private).unwrap();
    STANDARD.encode(Ed25519KeyPair::from_pkcs8(&der).unwrap().sign(message.as_bytes()))
}

/// SHA-256 in base64.
pub fn sha256(bytes: &[u8]) -> String {
    STANDARD.encode(digest(&SHA256, bytes))
}
