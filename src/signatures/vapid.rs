//! The key by which a push service knows that all messages of a node come from one sender (VAPID, RFC 8292). Pure.
//!
//! <https://www.rfc-editor.org/rfc/rfc8292>
use super::keys::KeyError;
use crate::clock::{HOUR, Timestamp};
use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};

/// How long a token is good for, ms; a day is the most that services take.
const LASTS: i64 = 12 * HOUR;

/// A key pair of P-256.
pub struct Vapid(EcdsaKeyPair);

impl Vapid {
    /// A new private key: PKCS#8 DER in base64.
    pub fn generate() -> Result<String, KeyError> {
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let new = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new());
        Ok(STANDARD.encode(new.map_err(|_unspecified| KeyError::Generate)?.as_ref()))
    }

    /// Reads what [`Self::generate`] wrote.
    pub fn from_private(text: &str) -> Result<Self, KeyError> {
        let der = STANDARD.decode(text).map_err(|_not_base64| KeyError::Private)?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der);
        pair.map(Self).map_err(|_rejected| KeyError::Private)
    }

    /// The public key: an uncompressed point in URL-safe base64.
    pub fn public_key(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.public_key().as_ref())
    }

    /// A signed token for one push service (`audience` is its origin); `contact` is the node's address.
    pub fn token(&self, audience: &str, contact: &str, now: Timestamp) -> Result<String, KeyError> {
        let expires = now.plus(LASTS).0 / 1_000;
        let claims = serde_json::json!({"aud": audience, "exp": expires, "sub": contact});
        let head = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"ES256"}"#);
        let said = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signed = self.0.sign(&SystemRandom::new(), said.as_bytes());
        let signed = signed.map_err(|_unspecified| KeyError::Sign)?;
        Ok(format!("{said}.{}", URL_SAFE_NO_PAD.encode(signed.as_ref())))
    }
}
