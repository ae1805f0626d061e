//! Messages that only the subscriber can read: RFC 8291 (`aes128gcm`), and the draft that came before it (`aesgcm`) for older programs. Pure.
//!
//! <https://www.rfc-editor.org/rfc/rfc8291>, <https://datatracker.ietf.org/doc/html/draft-ietf-webpush-encryption-04>
use crate::error::{Error, Result};
use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey},
    error::Unspecified,
    hkdf::{HKDF_SHA256, KeyType, Salt},
};
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// The longest message, bytes: with what encryption adds it fits into the 4,096 that every push service takes.
pub const MAX_MESSAGE: usize = 3_000;
/// An uncompressed point of P-256, bytes.
const POINT: usize = 65;
const AUTH: usize = 16;
const SALT: usize = 16;
/// The size of a record; there is never more than one.
const RECORD: u32 = 4_096;

/// URL-safe base64; programs write it with and without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// URL-safe base64 without padding.
pub fn base64url(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

/// What a subscriber gave us to write to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Its public key, a point of P-256.
    point: [u8; POINT],
    /// The secret that it shares with us.
    auth: [u8; AUTH],
}

impl Recipient {
    /// Reads `p256dh` and `auth` as programs send them. Errors: `push-keys`, when they are no such keys.
    pub fn parse(p256dh: &str, auth: &str) -> Result<Self> {
        let wrong = || Error::invalid("push-keys");
        let bytes = |text: &str| -> Result<Vec<u8>> {
            // Some write it in the other alphabet.
            let text = text.trim().replace('+', "-").replace('/', "_");
            BASE64.decode(text).map_err(|_not_base64| wrong())
        };
        let point: [u8; POINT] = bytes(p256dh)?.try_into().map_err(|_length| wrong())?;
        let auth = bytes(auth)?.try_into().map_err(|_length| wrong())?;
        // A point that is not on the curve is found here and not when the first notification is sent.
        let key = UnparsedPublicKey::new(&ECDH_P256, point);
        agreement::ParsedPublicKey::try_from(key).map_err(|_rejected| wrong())?;
        Ok(Self { point, auth })
    }
}

/// An encrypted message: the body of the request, and what its headers say.
pub struct Sealed {
    pub body: Vec<u8>,
    /// `aes128gcm` says all in the body.
    pub salt: String,
    /// Our public key for this message.
    pub key: String,
}

/// Encrypts a message for one reading by RFC 8291.
pub fn aes128gcm(to: &Recipient, message: &[u8]) -> Result<Sealed> {
    seal_aes128gcm(to, message, &ephemeral()?, rand::random()).map_err(failed)
}

/// Encrypts a message by the draft that programs of before 2017 know.
pub fn aesgcm(to: &Recipient, message: &[u8]) -> Result<Sealed> {
    seal_aesgcm(to, message, &ephemeral()?, rand::random()).map_err(failed)
}

fn ephemeral() -> Result<PrivateKey> {
    PrivateKey::generate(&ECDH_P256).map_err(failed)
}

fn failed(_: Unspecified) -> Error {
    Error::Internal("a push message could not be encrypted".into())
}

fn seal_aes128gcm(
    to: &Recipient,
    message: &[u8],
    ours: &PrivateKey,
    salt: [u8; SALT],
) -> Result<Sealed, Unspecified> {
    let our_point = ours.compute_public_key()?;
    let info: [&[u8]; 3] = [b"WebPush: info\0", &to.point, our_point.as_ref()];
    let input = shared(to, ours, &info)?;
    let key = derive(&salt, &input, &[b"Content-Encoding: aes128gcm\0"], 16)?;
    let nonce = derive(&salt, &input, &[b"Content-Encoding: nonce\0"], 12)?;
    // The last record ends with a 2.
    let sealed = seal(&key, &nonce, [message, &[2]].concat())?;
    let length = u8::try_from(POINT).map_err(|_never| Unspecified)?;
    let head: [&[u8]; 4] = [&salt, &RECORD.to_be_bytes(), &[length], our_point.as_ref()];
    Ok(Sealed {
        body: [head.concat(), sealed].concat(),
        salt: base64url(&salt),
        key: base64url(our_point.as_ref()),
    })
}

fn seal_aesgcm(
    to: &Recipient,
    message: &[u8],
    ours: &PrivateKey,
    salt: [u8; SALT],
) -> Result<Sealed, Unspecified> {
    let our_point = ours.compute_public_key()?;
    let input = shared(to, ours, &[b"Content-Encoding: auth\0"])?;
    let length = u16::try_from(POINT).map_err(|_never| Unspecified)?.to_be_bytes();
    let context: [&[u8]; 5] = [b"P-256\0", &length, &to.point, &length, our_point.as_ref()];
    let context = context.concat();
    let key = derive(&salt, &input, &[b"Content-Encoding: aesgcm\0", &context], 16)?;
    let nonce = derive(&salt, &input, &[b"Content-Encoding: nonce\0", &context], 12)?;
    // In front stands the length of the padding: none.
    let body = seal(&key, &nonce, [&[0, 0], message].concat())?;
    Ok(Sealed { body, salt: base64url(&salt), key: base64url(our_point.as_ref()) })
}

/// The secret that both sides know: of both keys, and of the one that the subscriber chose.
fn shared(to: &Recipient, ours: &PrivateKey, info: &[&[u8]]) -> Result<Vec<u8>, Unspecified> {
    let theirs = UnparsedPublicKey::new(&ECDH_P256, to.point);
    agreement::agree(ours, theirs, Unspecified, |secret| derive(&to.auth, secret, info, 32))
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn derive(
    salt: &[u8],
    input: &[u8],
    info: &[&[u8]],
    length: usize,
) -> Result<Vec<u8>, Unspecified> {
    let mut out = vec![0; length];
    let extracted = Salt::new(HKDF_SHA256, salt).extract(input);
    extracted.expand(info, Length(length))?.fill(&mut out)?;
    Ok(out)
}

fn seal(key: &[u8], nonce: &[u8], mut message: Vec<u8>) -> Result<Vec<u8>, Unspecified> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, key)?);
    let nonce = Nonce::try_assume_unique_for_key(nonce)?;
    key.seal_in_place_append_tag(nonce, Aad::empty(), &mut message)?;
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        BASE64.decode(text).unwrap()
    }

    fn recipient() -> Recipient {
        Recipient::parse(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "BTBZMqHH6r4Tts7J_aSIgg",
        )
        .unwrap()
    }

    /// RFC 8291 §5 and appendix A.
    #[test]
    fn the_example_of_the_rfc_is_encrypted_byte_for_byte() {
        let ours = PrivateKey::from_private_key(
            &ECDH_P256,
            &bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"),
        )
        .unwrap();
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let message = b"When I grow up, I want to be a watermelon";
        let sealed = seal_aes128gcm(&recipient(), message, &ours, salt).unwrap();
        assert_eq!(
            base64url(&sealed.body),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml\
             mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT\
             pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
    }

    #[test]
    fn keys_are_read_in_either_alphabet_and_with_padding_or_not_at_all() {
        let padded = "BCVxsr7N/eNgVRqvHtD0zTZsEc6+VV+JvLexhqUzORcxaOzi6+AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4=";
        assert_eq!(Recipient::parse(padded, "BTBZMqHH6r4Tts7J/aSIgg==").unwrap(), recipient());
        let off_the_curve = base64url(&[4; POINT]);
        for (p256dh, auth) in [
            ("", ""),
            (padded, ""),
            (padded, "short"),
            ("BCVxsr7N", "BTBZMqHH6r4Tts7J_aSIgg"),
            (&off_the_curve, "BTBZMqHH6r4Tts7J_aSIgg"),
        ] {
            let wrong = Recipient::parse(p256dh, auth);
            assert!(matches!(wrong, Err(Error::Invalid("push-keys", _))), "{p256dh:?} {auth:?}");
        }
    }
}
