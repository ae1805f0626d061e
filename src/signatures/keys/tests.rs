//! Keys are made, read and written in the forms that other servers use.
use super::*;

fn key_id() -> Url {
    Url::parse("https://yamagata.example/users/aiko#main-key").unwrap()
}

/// A 1024-bit key, made with `openssl genrsa 1024 | openssl rsa -pubout`.
const WEAK_PEM: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCj+xW9VR8BZQmD9SZOinw6cPEQ
M31AOUg/G8YmHfd1+AgRGVKRB6qbo4DpoxvTqFC1wPIKO7gCQ1gesV2Wrm4CJkZH
mLDA1dpZfZsiQYCzw6f01UJeGgR7qFpBEJfMDQYVhqTq/xtuj/ziJkjf7f1Gz3QL
NaadS7FZgVeDxMQHhwIDAQAB
-----END PUBLIC KEY-----
";
/// One 2048-bit key in both forms, made with `openssl rsa -pubout` and `openssl rsa -RSAPublicKey_out`.
const SPKI_PEM: &str = "-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtebVjQt/VykQODkIzJkU
JMK9MAMieKLGgIEPLVkBebWKipzkYxMFQOkEv9ikGcACWroeWIBMVKOmt1QWiyfb
wlQM8tUdCTGcEFXEFhK2vCBmlBYaQ8CjXsXFyAjP9Xeg0CxV/naKtpGocduzpDgw
PQ6I5t7hTWD0otpoY/w1SgbKK/dy/Ul0cvagdT3qFXAiTFTEq6EIdrGlMvqbEMW3
TSxmtXqSAsH0VpcttO3OxyaOlm/tveOyRIFuvGhZdUTU4wLvXAJTU/vDnNAOqdiH
6L6tR4w4Uo7BtloB24XN/70g56u8gNcP/1Eoyffo7dyjfVSP9AhVaVNRRSj3CJkU
lQIDAQAB
-----END PUBLIC KEY-----
";
const PKCS1_PEM: &str = "-----BEGIN RSA PUBLIC KEY-----
MIIBCgKCAQEAtebVjQt/VykQODkIzJkUJMK9MAMieKLGgIEPLVkBebWKipzkYxMF
QOkEv9ikGcACWroeWIBMVKOmt1QWiyfbwlQM8tUdCTGcEFXEFhK2vCBmlBYaQ8Cj
XsXFyAjP9Xeg0CxV/naKtpGocduzpDgwPQ6I5t7hTWD0otpoY/w1SgbKK/dy/Ul0
cvagdT3qFXAiTFTEq6EIdrGlMvqbEMW3TSxmtXqSAsH0VpcttO3OxyaOlm/tveOy
RIFuvGhZdUTU4wLvXAJTU/vDnNAOqdiH6L6tR4w4Uo7BtloB24XN/70g56u8gNcP
/1Eoyffo7dyjfVSP9AhVaVNRRSj3CJkUlQIDAQAB
-----END RSA PUBLIC KEY-----
";

#[test]
fn generated_keys_verify_what_they_signed() {
    let keys = generate().unwrap();
    let rsa = SigningKey::parse(key_id(), &keys.rsa_private).unwrap();
    let ed25519 = ProofKey::parse(key_id(), &keys.ed25519_private).unwrap();
    let rsa_public = PublicKey::from_pem(&keys.rsa_public_pem).unwrap();
    let ed25519_public = PublicKey::from_multibase(&keys.ed25519_public).unwrap();

    let by_rsa = rsa.sign_rsa_sha256("集い".as_bytes()).unwrap();
    let by_ed25519 = ed25519.sign("集い".as_bytes()).unwrap();

    assert!(rsa_public.verify("集い".as_bytes(), &by_rsa));
    assert!(ed25519_public.verify("集い".as_bytes(), &by_ed25519));
    assert!(!rsa_public.verify("別の".as_bytes(), &by_rsa));
    assert!(!ed25519_public.verify("別の".as_bytes(), &by_ed25519));
    assert!(!rsa_public.verify("集い".as_bytes(), &by_ed25519));
    assert!(!ed25519_public.verify("集い".as_bytes(), &by_rsa));
    assert_eq!((rsa_public.kind(), ed25519_public.kind()), (KeyKind::Rsa, KeyKind::Ed25519));
}

#[test]
fn generated_public_keys_have_the_published_forms() {
    let keys = generate().unwrap();

    assert!(keys.rsa_public_pem.starts_with("-----BEGIN PUBLIC KEY-----\nMIIBIjAN"));
    assert!(keys.rsa_public_pem.ends_with("\n-----END PUBLIC KEY-----\n"));
    assert!(keys.rsa_public_pem.lines().all(|line| line.len() <= 64));
    assert!(keys.ed25519_public.starts_with("z6Mk"), "{}", keys.ed25519_public);
}

#[test]
fn debug_shows_no_private_key() {
    let keys = generate().unwrap();
    let rsa = SigningKey::parse(key_id(), &keys.rsa_private).unwrap();
    let ed25519 = ProofKey::parse(key_id(), &keys.ed25519_private).unwrap();

    let shown = format!("{keys:?}");

    assert!(!shown.contains(&keys.rsa_private) && !shown.contains(&keys.ed25519_private));
    let id = "https://yamagata.example/users/aiko#main-key";
    assert_eq!(format!("{rsa:?}"), format!("SigningKey {{ key_id: {id:?}, .. }}"));
    assert_eq!(format!("{ed25519:?}"), format!("ProofKey {{ verification_method: {id:?}, .. }}"));
}

#[test]
fn a_private_key_of_the_wrong_kind_is_refused() {
    let keys = generate().unwrap();

    let crossed = SigningKey::parse(key_id(), &keys.ed25519_private);
    assert_eq!(crossed.err(), Some(KeyError::Private));
    let crossed = ProofKey::parse(key_id(), &keys.rsa_private);
    assert_eq!(crossed.err(), Some(KeyError::Private));
    assert_eq!(SigningKey::parse(key_id(), "鍵").err(), Some(KeyError::Private));
}

#[test]
fn both_forms_of_an_rsa_key_are_the_same_key() {
    let spki = PublicKey::from_pem(SPKI_PEM).unwrap();

    assert_eq!(PublicKey::from_pem(PKCS1_PEM), Ok(spki.clone()));
    assert_eq!(PublicKey::from_pem(&SPKI_PEM.replace('\n', "\r\n")), Ok(spki.clone()));
    let one_line = SPKI_PEM.replace('\n', "");
    assert_eq!(PublicKey::from_pem(&one_line), Ok(spki));
}

#[test]
fn bad_public_keys_are_refused_with_the_reason() {
    let cut = SPKI_PEM.replace("MIIBIjAN", "MIIBIj");
    let ed25519 = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n-----END PUBLIC KEY-----";
    for (pem, reason) in [
        ("", KeyError::Pem),
        ("-----BEGIN PUBLIC KEY-----", KeyError::Pem),
        ("-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----", KeyError::Pem),
        ("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----", KeyError::Rsa),
        (WEAK_PEM, KeyError::Rsa),
        (ed25519, KeyError::Rsa),
        (&cut, KeyError::Pem),
        (&SPKI_PEM.repeat(30), KeyError::TooLong),
    ] {
        assert_eq!(PublicKey::from_pem(pem), Err(reason), "{pem}");
    }
    for text in ["", "z", "z6Mk", "6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2", "z0OIl"] {
        assert_eq!(PublicKey::from_multibase(text), Err(KeyError::Multikey), "{text}");
    }
    assert_eq!(PublicKey::from_multibase(&"z1".repeat(5000)), Err(KeyError::TooLong));
}
