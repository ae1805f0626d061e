//! The keys of accounts: making, reading, signing and verifying with them.
//!
//! Every local account has an RSA-2048 pair (HTTP signatures, which everyone verifies) and an Ed25519 pair
//! (proofs inside documents, [FEP-521a](https://w3id.org/fep/521a)). Must not live here: where keys are stored or fetched.
use std::fmt;

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rand::SystemRandom,
    rsa::{self, KeySize},
    signature::{
        ED25519, Ed25519KeyPair, KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
        UnparsedPublicKey,
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use url::Url;

/// The largest PEM or multibase text that is looked at; an 8192-bit RSA key is 1.5 KiB of PEM.
const MAX_TEXT: usize = 8 * 1024;
/// RSA keys from 2048 to 8192 bits, in bytes of the modulus.
const RSA_MODULUS: std::ops::RangeInclusive<usize> = 256..=1024;
/// Multicodec `ed25519-pub` as an unsigned varint, in front of the 32 bytes of a Multikey.
const ED25519_PUB: [u8; 2] = [0xed, 0x01];

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("a key could not be generated")]
    Generate,
    #[error("the private key cannot be read")]
    Private,
    #[error("the private key could not sign")]
    Sign,
    #[error("the public key is longer than {MAX_TEXT} bytes")]
    TooLong,
    #[error("the public key is not a PEM block named PUBLIC KEY or RSA PUBLIC KEY")]
    Pem,
    #[error("the public key is not an RSA key of 2048 to 8192 bits")]
    Rsa,
    #[error("the public key is not an Ed25519 Multikey (z6Mk…)")]
    Multikey,
}

/// The two new key pairs of an account, in the forms that are stored and published.
pub struct GeneratedKeys {
    /// PKCS#8 DER in base64.
    pub rsa_private: String,
    /// `SubjectPublicKeyInfo` in PEM, for `publicKey.publicKeyPem`.
    pub rsa_public_pem: String,
    /// PKCS#8 DER in base64.
    pub ed25519_private: String,
    /// Multikey `z6Mk…`, for `assertionMethod.publicKeyMultibase`.
    pub ed25519_public: String,
}

impl fmt::Debug for GeneratedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GeneratedKeys")
            .field("rsa_public_pem", &self.rsa_public_pem)
            .field("ed25519_public", &self.ed25519_public)
            .finish_non_exhaustive()
    }
}

/// Makes the keys of a new account.
///
/// Blocks for about 80 ms of CPU (up to several times that when unlucky): call it from `spawn_blocking`.
pub fn generate() -> Result<GeneratedKeys, KeyError> {
    let failed = |_| KeyError::Generate;
    let rsa = RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
    let rsa_private: Pkcs8V1Der<'_> = rsa.as_der().map_err(failed)?;
    let rsa_public: PublicKeyX509Der<'_> = rsa.public_key().as_der().map_err(failed)?;
    let ed25519 = Ed25519KeyPair::generate().map_err(failed)?;
    Ok(GeneratedKeys {
        rsa_private: STANDARD.encode(rsa_private.as_ref()),
        rsa_public_pem: to_pem(rsa_public.as_ref()),
        ed25519_private: STANDARD.encode(ed25519.to_pkcs8v1().map_err(failed)?.as_ref()),
        ed25519_public: to_multibase(ed25519.public_key().as_ref()),
    })
}

/// An account's RSA key, ready to sign requests.
///
/// Parsing checks the key and costs 0.43 ms, more than a signature: keep the parsed value, shared in an `Arc`.
pub struct SigningKey {
    key_id: Url,
    pair: RsaKeyPair,
}

impl SigningKey {
    /// `key_id` is the URL that peers fetch the public half from, `rsa_private` is [`GeneratedKeys::rsa_private`].
    pub fn parse(key_id: Url, rsa_private: &str) -> Result<Self, KeyError> {
        let der = STANDARD.decode(rsa_private).map_err(|_e| KeyError::Private)?;
        let pair = RsaKeyPair::from_pkcs8(&der).map_err(|_e| KeyError::Private)?;
        Ok(Self { key_id, pair })
    }

    pub fn key_id(&self) -> &Url {
        &self.key_id
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256; 0.5 ms of CPU.
    pub fn sign_rsa_sha256(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_e| KeyError::Sign)?;
        Ok(signature)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("key_id", &self.key_id.as_str()).finish_non_exhaustive()
    }
}

/// An account's Ed25519 key, ready to make proofs. Cheap to share in an `Arc`, like [`SigningKey`].
pub struct ProofKey {
    verification_method: Url,
    pair: Ed25519KeyPair,
}

impl ProofKey {
    /// `verification_method` is the id of the Multikey, `ed25519_private` is [`GeneratedKeys::ed25519_private`].
    pub fn parse(verification_method: Url, ed25519_private: &str) -> Result<Self, KeyError> {
        let der = STANDARD.decode(ed25519_private).map_err(|_e| KeyError::Private)?;
        let pair = Ed25519KeyPair::from_pkcs8(&der).map_err(|_e| KeyError::Private)?;
        Ok(Self { verification_method, pair })
    }

    pub fn verification_method(&self) -> &Url {
        &self.verification_method
    }

    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signature = self.pair.try_sign(message).map_err(|_e| KeyError::Sign)?;
        Ok(signature.as_ref().to_vec())
    }
}

impl fmt::Debug for ProofKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProofKey")
            .field("verification_method", &self.verification_method.as_str())
            .finish_non_exhaustive()
    }
}

/// Which of the two kinds of signature a key makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rsa,
    Ed25519,
}

/// Somebody's public key. Holding one means: the text was a key of a kind and size that we accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// `SubjectPublicKeyInfo` in DER, 2048 to 8192 bits.
    Rsa(Vec<u8>),
    Ed25519([u8; 32]),
}

impl PublicKey {
    /// Reads `publicKeyPem`: `SubjectPublicKeyInfo`, or the bare PKCS#1 form that some servers publish.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        if pem.len() > MAX_TEXT {
            return Err(KeyError::TooLong);
        }
        let der = pem_block(pem, "PUBLIC KEY").or_else(|| pem_block(pem, "RSA PUBLIC KEY"));
        let der = der.ok_or(KeyError::Pem)?;
        let key = rsa::PublicKey::from_der(&der).map_err(|_e| KeyError::Rsa)?;
        if !RSA_MODULUS.contains(&key.modulus_len()) {
            return Err(KeyError::Rsa);
        }
        let spki: PublicKeyX509Der<'_> = key.as_der().map_err(|_e| KeyError::Rsa)?;
        Ok(Self::Rsa(spki.as_ref().to_vec()))
    }

    /// Reads `publicKeyMultibase` of a Multikey: base58btc of the Ed25519 code and the 32 bytes.
    pub fn from_multibase(text: &str) -> Result<Self, KeyError> {
        if text.len() > MAX_TEXT {
            return Err(KeyError::TooLong);
        }
        let digits = text.strip_prefix('z').ok_or(KeyError::Multikey)?;
        let bytes = bs58::decode(digits).into_vec().map_err(|_e| KeyError::Multikey)?;
        let key = bytes.strip_prefix(&ED25519_PUB).ok_or(KeyError::Multikey)?;
        Ok(Self::Ed25519(key.try_into().map_err(|_e| KeyError::Multikey)?))
    }

    pub fn kind(&self) -> KeyKind {
        match self {
            Self::Rsa(_) => KeyKind::Rsa,
            Self::Ed25519(_) => KeyKind::Ed25519,
        }
    }

    /// Whether `signature` is this key's signature of `message`.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa(spki) => UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, spki)
                .verify(message, signature)
                .is_ok(),
            Self::Ed25519(key) => {
                UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok()
            }
        }
    }
}

fn to_multibase(ed25519_public: &[u8]) -> String {
    let digits = bs58::encode([&ED25519_PUB, ed25519_public].concat()).into_string();
    format!("z{digits}")
}

fn to_pem(spki: &[u8]) -> String {
    let mut pem = String::from("-----BEGIN PUBLIC KEY-----\n");
    for (index, digit) in STANDARD.encode(spki).chars().enumerate() {
        if index > 0 && index.is_multiple_of(64) {
            pem.push('\n');
        }
        pem.push(digit);
    }
    pem.push_str("\n-----END PUBLIC KEY-----\n");
    pem
}

/// The bytes of the block of that name, however its lines are broken.
fn pem_block(pem: &str, name: &str) -> Option<Vec<u8>> {
    let (_, after) = pem.split_once(&format!("-----BEGIN {name}-----"))?;
    let (digits, _) = after.split_once(&format!("-----END {name}-----"))?;
    let digits: String = digits.split_whitespace().collect();
    STANDARD.decode(digits).ok()
}

#[cfg(test)]
mod tests;
