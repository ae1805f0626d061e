//! Requests as they travel: signed by us, by hand, or by Fedify, and then perhaps tampered with.
use std::{
    sync::LazyLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use base64::{Engine, engine::general_purpose::STANDARD};
use url::Url;

use super::*;
use crate::signatures::keys::{GeneratedKeys, ProofKey, PublicKey, SigningKey, generate};

const BODY: &str = r#"{"type":"Create","name":"芋煮会"}"#;
const INBOX: &str = "https://yamagata.example/users/aiko/inbox";
const HOUR: Duration = Duration::from_hours(1);
const BOTH: [Scheme; 2] = [Scheme::Cavage, Scheme::Rfc9421];

static KEYS: LazyLock<GeneratedKeys> = LazyLock::new(|| generate().unwrap());

fn key_id() -> Url {
    Url::parse("https://akita.example/users/ken#main-key").unwrap()
}

fn signing_key() -> SigningKey {
    SigningKey::parse(key_id(), &KEYS.rsa_private).unwrap()
}

fn rsa() -> PublicKey {
    PublicKey::from_pem(&KEYS.rsa_public_pem).unwrap()
}

fn ed25519() -> PublicKey {
    PublicKey::from_multibase(&KEYS.ed25519_public).unwrap()
}

fn now() -> SystemTime {
    httpdate::parse_http_date("Sun, 22 Nov 2026 10:00:00 GMT").unwrap()
}

/// A request on its way to `yamagata.example`.
#[derive(Clone)]
struct Sent {
    method: Method,
    target: String,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
    base: Url,
}

impl Sent {
    fn signed(scheme: Scheme, method: Method, url: &str, body: Option<&str>) -> Self {
        let url = Url::parse(url).unwrap();
        let body = body.map(str::as_bytes);
        let request = Outgoing { method: &method, url: &url, body, extra: &[] };
        let headers = sign(scheme, &signing_key(), &request, now()).unwrap();
        let target = url.as_str().replacen(&url.origin().ascii_serialization(), "", 1);
        let base = url.join("/").unwrap();
        Self { method, target, headers, body: body.map(<[u8]>::to_vec), base }
    }

    fn post(scheme: Scheme) -> Self {
        Self::signed(scheme, Method::POST, INBOX, Some(BODY))
    }

    fn get(scheme: Scheme, url: &str) -> Self {
        Self::signed(scheme, Method::GET, url, None)
    }

    /// A request whose signature headers are put in by hand.
    fn by_hand(method: Method, target: &str, headers: &[(&str, &str)]) -> Self {
        let base = Url::parse("https://yamagata.example/").unwrap();
        let mut sent =
            Self { method, target: target.to_owned(), headers: HeaderMap::new(), body: None, base };
        for (name, value) in headers {
            sent = sent.and(name, value);
        }
        sent
    }

    /// A GET with this cavage header, and Host and Date as they should be.
    fn with_signature(header: &str) -> Self {
        let headers = [
            ("host", "yamagata.example"),
            ("date", "Sun, 22 Nov 2026 10:00:00 GMT"),
            ("signature", header),
        ];
        Self::by_hand(Method::GET, "/users/aiko", &headers)
    }

    /// A GET with this `Signature-Input`.
    fn with_input(input: &str) -> Self {
        let headers = [
            ("host", "yamagata.example"),
            ("signature-input", input),
            ("signature", "sig1=:AAAA:, sig2=:AAAA:"),
        ];
        Self::by_hand(Method::GET, "/users/aiko?page=1", &headers)
    }

    /// With one more header.
    fn and(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::try_from(name).unwrap();
        self.headers.append(name, HeaderValue::try_from(value).unwrap());
        self
    }

    /// With another value for a header.
    fn but(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, HeaderValue::try_from(value).unwrap());
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    fn read_at(&self, time: SystemTime) -> Result<Claim, SignatureError> {
        let request = Incoming {
            method: &self.method,
            path_and_query: &self.target,
            headers: &self.headers,
            body: self.body.as_deref(),
            authority: None,
            base: &self.base,
        };
        read(&request, time)
    }

    fn read(&self) -> Result<Claim, SignatureError> {
        self.read_at(now())
    }

    fn error(&self) -> SignatureError {
        self.read().map(|claim| claim.key_id).unwrap_err()
    }

    /// Whether it is accepted, with the right key.
    fn verified(&self) -> bool {
        self.read().unwrap().verified_by(&rsa())
    }
}

// --- what we sign ---

#[test]
fn what_we_sign_is_accepted_with_our_key_and_no_other() {
    let stranger = PublicKey::from_pem(&generate().unwrap().rsa_public_pem).unwrap();
    for scheme in BOTH {
        for sent in [Sent::post(scheme), Sent::get(scheme, "https://yamagata.example/users/aiko")] {
            let claim = sent.read().unwrap();

            assert_eq!(claim.key_id, key_id().as_str());
            assert_eq!(claim.scheme, scheme);
            assert!(claim.verified_by(&rsa()), "{scheme:?} {}", sent.method);
            assert!(!claim.verified_by(&stranger));
            assert!(!claim.verified_by(&ed25519()));
        }
    }
}

#[test]
fn a_post_covers_what_mastodon_demands() {
    let cavage = Sent::post(Scheme::Cavage);
    let expected = concat!(
        r#"keyId="https://akita.example/users/ken#main-key",algorithm="rsa-sha256","#,
        r#"headers="(request-target) content-type date digest host",signature=""#,
    );
    assert!(cavage.header("signature").starts_with(expected), "{}", cavage.header("signature"));
    assert_eq!(cavage.header("host"), "yamagata.example");
    assert_eq!(cavage.header("date"), "Sun, 22 Nov 2026 10:00:00 GMT");
    assert_eq!(cavage.header("content-type"), "application/activity+json");
    assert!(cavage.header("digest").starts_with("SHA-256="));

    let rfc9421 = Sent::post(Scheme::Rfc9421);
    assert_eq!(
        rfc9421.header("signature-input"),
        concat!(
            r#"sig1=("@method" "@target-uri" "content-digest" "content-type");created=1795341600;"#,
            r#"keyid="https://akita.example/users/ken#main-key";alg="rsa-v1_5-sha256""#,
        )
    );
    assert!(rfc9421.header("content-digest").starts_with("sha-256=:"));
    assert!(!rfc9421.headers.contains_key("digest"));
}

#[test]
fn a_further_header_is_sent_and_covered() {
    for scheme in BOTH {
        let url = Url::parse(INBOX).unwrap();
        let name = HeaderName::from_static("collection-synchronization");
        let extra = [(name, r#"collectionId="https://akita.example/users/ken/followers""#)];
        let request = Outgoing {
            method: &Method::POST,
            url: &url,
            body: Some(BODY.as_bytes()),
            extra: &extra,
        };
        let headers = sign(scheme, &signing_key(), &request, now()).unwrap();
        let sent = Sent { headers, ..Sent::post(scheme) };

        assert!(sent.verified());
        assert!(!sent.but("collection-synchronization", "changed").verified(), "{scheme:?}");
    }
}

#[test]
fn a_port_belongs_to_the_host_unless_the_scheme_implies_it() {
    for scheme in BOTH {
        let odd = Sent::get(scheme, "http://yamagata.localhost:8080/users/aiko");
        assert_eq!(odd.header("host"), "yamagata.localhost:8080");
        assert!(odd.verified());

        let implied = Sent::get(scheme, "https://yamagata.example:443/users/aiko");
        assert_eq!(implied.header("host"), "yamagata.example");
        assert!(implied.verified());
    }
}

#[test]
fn a_url_without_a_host_cannot_be_signed_for() {
    let url = Url::parse("did:key:z6Mk").unwrap();
    let request = Outgoing { method: &Method::GET, url: &url, body: None, extra: &[] };

    let error = sign(Scheme::Cavage, &signing_key(), &request, now()).unwrap_err();

    assert_eq!(error.to_string(), "the URL has no host: did:key:z6Mk");
}

// --- what was changed on the way ---

#[test]
fn whatever_is_changed_on_the_way_is_noticed() {
    for scheme in BOTH {
        let sent = Sent::post(scheme);
        let other_body = Sent { body: Some(b"{}".to_vec()), ..sent.clone() };
        assert!(matches!(other_body.error(), SignatureError::DigestMismatch(_)), "{scheme:?}");
        assert!(!Sent { target: "/inbox".into(), ..sent.clone() }.verified(), "{scheme:?}");
        assert!(!Sent { method: Method::PUT, ..sent.clone() }.verified(), "{scheme:?}");
        assert!(!sent.clone().but("content-type", "text/html").verified(), "{scheme:?}");
    }
    let redated = Sent::post(Scheme::Cavage).but("date", "Sun, 22 Nov 2026 10:00:01 GMT");
    assert!(!redated.verified());
    let sent = Sent::post(Scheme::Rfc9421);
    let redated = sent.header("signature-input").replace("1795341600", "1795341601");
    assert!(!sent.but("signature-input", &redated).verified());
}

#[test]
fn a_body_needs_its_digest() {
    for (scheme, name) in [(Scheme::Cavage, "digest"), (Scheme::Rfc9421, "content-digest")] {
        let sent = Sent::post(scheme);

        assert!(matches!(sent.clone().without(name).error(), SignatureError::NoDigest(_)));
        let (first, _) = sent.header(name).split_once('=').unwrap();
        let unknown = sent.header(name).replacen(first, "unixsum", 1);
        let unknown = sent.clone().but(name, &unknown);
        assert!(matches!(unknown.error(), SignatureError::UnsupportedDigest(_)), "{scheme:?}");
    }
    let mut empty = Sent::get(Scheme::Cavage, INBOX);
    empty.method = Method::POST;
    assert_eq!(empty.error(), SignatureError::NotCovered("digest"));
    let mut empty = Sent::get(Scheme::Rfc9421, INBOX);
    empty.method = Method::POST;
    assert_eq!(empty.error(), SignatureError::NotCovered("content-digest"));
}

#[test]
fn a_digest_is_read_however_it_is_written() {
    let sum = digest::digest_value(BODY.as_bytes()).replace("SHA-256=", "");
    let body = BODY.as_bytes();
    for value in [
        format!("SHA-256={sum}"),
        format!("sha-256={sum}"),
        format!("MD5=abc, SHA-256={sum}"),
        format!("SHA-256={sum},SHA-512=abc"),
    ] {
        assert_eq!(digest::check_digest(&value, body), Ok(()), "{value}");
    }
    for value in
        ["SHA-256=AAAA", "SHA-256=", "sha-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="]
    {
        let mismatch = Err(SignatureError::DigestMismatch("Digest"));
        assert_eq!(digest::check_digest(value, body), mismatch, "{value}");
    }
    for value in [format!("SHA-256={sum}, SHA-256={sum}"), "SHA-256=:)".into()] {
        assert!(digest::check_digest(&value, body).unwrap_err().is_malformed(), "{value}");
    }

    for value in [format!("sha-256=:{sum}:"), format!("unixsum=1, sha-256=:{sum}:")] {
        assert_eq!(digest::check_content_digest(&value, body), Ok(()), "{value}");
    }
    let one_wrong = format!("sha-256=:{sum}:, sha-512=:AAAA:");
    let mismatch = Err(SignatureError::DigestMismatch("Content-Digest"));
    assert_eq!(digest::check_content_digest(&one_wrong, body), mismatch);
    for value in ["sha-256=1", "sha-256", "sha-256=(:AAAA:)", "=", "sha-256=:AA"] {
        assert!(digest::check_content_digest(value, body).unwrap_err().is_malformed(), "{value}");
    }
}

// --- when it was made ---

#[test]
fn a_signature_is_good_for_twelve_hours_and_a_clock_may_be_an_hour_fast() {
    let second = Duration::from_secs(1);
    for scheme in BOTH {
        let sent = Sent::post(scheme);
        for (time, expected) in [
            (now() + 12 * HOUR, None),
            (now() + 12 * HOUR + second, Some(SignatureError::Stale)),
            (now() - HOUR, None),
            (now() - HOUR - second, Some(SignatureError::Future)),
            (UNIX_EPOCH, Some(SignatureError::Future)),
        ] {
            assert_eq!(sent.read_at(time).err(), expected, "{scheme:?} {time:?}");
        }
    }
}

#[test]
fn a_time_that_cannot_be_is_refused() {
    let huge = u64::MAX;
    for header in [
        format!(
            r#"keyId="k",algorithm="hs2019",created={huge},headers="(request-target) host (created)",signature="AAAA""#
        ),
        r#"keyId="k",created=-1,headers="(request-target) host (created)",signature="AAAA""#.into(),
        r#"keyId="k",expires=soon,headers="(request-target) host date",signature="AAAA""#.into(),
    ] {
        assert!(Sent::with_signature(&header).error().is_malformed(), "{header}");
    }
    for created in ["-1", "1.5", "\"1795341600\"", "@1795341600"] {
        let input = format!(r#"sig1=("@method" "@target-uri");created={created};keyid="k""#);
        assert!(Sent::with_input(&input).error().is_malformed(), "{input}");
    }
    let header = r#"keyId="k",headers="(request-target) host date",signature="AAAA""#;
    let no_date = Sent::with_signature(header).but("date", "yesterday");
    assert_eq!(no_date.error(), SignatureError::BadDate);
}

#[test]
fn expires_is_honoured() {
    let at = |expires: u64| {
        let header = format!(
            r#"keyId="k",algorithm="hs2019",created=1795341600,expires={expires},headers="(request-target) host (created) (expires)",signature="AAAA""#
        );
        let input = format!(
            r#"sig1=("@method" "@target-uri");created=1795341600;expires={expires};keyid="k""#
        );
        [Sent::with_signature(&header), Sent::with_input(&input)]
            .map(|sent| sent.read_at(now() + 2 * HOUR).err())
    };

    assert_eq!(at(1_795_341_660), [Some(SignatureError::Expired), Some(SignatureError::Expired)]);
    assert_eq!(at(1_795_341_600 + 7200), [None, None]);
}

// --- what it covers ---

#[test]
fn a_cavage_signature_that_covers_too_little_is_refused() {
    for (covered, missing) in [
        ("host date", "(request-target)"),
        ("(request-target) date", "host"),
        ("(request-target) host", "date or (created)"),
    ] {
        let header = format!(r#"keyId="k",headers="{covered}",signature="AAAA""#);
        let error = Sent::with_signature(&header).error();

        assert_eq!(error, SignatureError::NotCovered(missing), "{covered}");
        assert!(!error.is_malformed());
    }
    // Without `headers` only (created) is covered.
    let error = Sent::with_signature(r#"keyId="k",created=1795341600,signature="AAAA""#).error();
    assert_eq!(error, SignatureError::NotCovered("(request-target)"));
    let sent = Sent::post(Scheme::Cavage);
    let header = sent.header("signature").replace(" digest", "");
    assert_eq!(sent.but("signature", &header).error(), SignatureError::NotCovered("digest"));
}

#[test]
fn an_rfc9421_signature_that_covers_too_little_is_refused() {
    for (covered, missing) in [
        (r#""@target-uri""#, "@method"),
        (r#""@method""#, "@target-uri"),
        (r#""@method" "@authority" "@path""#, "@target-uri"),
        (r#""@method" "@path" "@query""#, "@target-uri"),
        (r#""@method" "@authority" "@query""#, "@target-uri"),
    ] {
        let input = format!(r#"sig1=({covered});created=1795341600;keyid="k""#);

        assert_eq!(
            Sent::with_input(&input).error(),
            SignatureError::NotCovered(missing),
            "{input}"
        );
    }
    let without_time = Sent::with_input(r#"sig1=("@method" "@target-uri");keyid="k""#);
    assert_eq!(without_time.error(), SignatureError::NotCovered("created"));
    let in_parts = r#"sig1=("@method" "@authority" "@path" "@query");created=1795341600;keyid="k""#;
    assert!(Sent::with_input(in_parts).read().is_ok());
    let sent = Sent::post(Scheme::Rfc9421);
    let input = sent.header("signature-input").replace(r#" "content-digest""#, "");
    let error = sent.but("signature-input", &input).error();
    assert_eq!(error, SignatureError::NotCovered("content-digest"));
}

#[test]
fn a_covered_part_must_be_there_and_be_one_we_can_read() {
    for (covered, expected) in [
        ("x-nothing", SignatureError::NoSuchPart("x-nothing".into())),
        ("(created)", SignatureError::NoSuchPart("(created)".into())),
        ("x,y", SignatureError::NoSuchPart("x,y".into())),
        ("signature", SignatureError::UnsupportedPart("signature".into())),
        ("authorization", SignatureError::UnsupportedPart("authorization".into())),
        ("date", SignatureError::Malformed("the signature covers the same part twice")),
    ] {
        let header =
            format!(r#"keyId="k",headers="(request-target) host date {covered}",signature="AAAA""#);
        assert_eq!(Sent::with_signature(&header).error(), expected);
    }
    for (covered, expected) in [
        (r#""x-nothing""#, SignatureError::NoSuchPart("x-nothing".into())),
        (r#""@status""#, SignatureError::UnsupportedPart("@status".into())),
        (r#""@method""#, SignatureError::Malformed("the signature covers the same part twice")),
    ] {
        let input =
            format!(r#"sig1=("@method" "@target-uri" {covered});created=1795341600;keyid="k""#);
        assert_eq!(Sent::with_input(&input).error(), expected);
    }
}

// --- for whom it was made ---

#[test]
fn a_request_made_for_another_host_is_refused() {
    for scheme in BOTH {
        for host in [
            "akita.example",
            "yamagata.example.evil.example",
            "yamagata.example:8080",
            "",
            "[",
            "a, b",
        ] {
            let sent = Sent::post(scheme).but("host", host);
            assert_eq!(sent.error(), SignatureError::OtherHost, "{scheme:?} {host:?}");
        }
        assert_eq!(Sent::post(scheme).without("host").error(), SignatureError::OtherHost);
        let twice = Sent::post(scheme).and("host", "akita.example");
        assert_eq!(twice.error(), SignatureError::OtherHost);
    }
}

#[test]
fn the_host_is_taken_as_the_peer_wrote_it() {
    for host in ["yamagata.localhost", "YAMAGATA.localhost", "yamagata.localhost:8080"] {
        let message = format!(
            "(request-target): get /users/aiko\nhost: {host}\ndate: Sun, 22 Nov 2026 10:00:00 GMT"
        );
        let signature = STANDARD.encode(signing_key().sign_rsa_sha256(message.as_bytes()).unwrap());
        let header = format!(
            r#"keyId="k",algorithm="rsa-sha256",headers="(request-target) host date",signature="{signature}""#
        );
        let mut sent = Sent::with_signature(&header).but("host", host);
        sent.base = Url::parse("http://yamagata.localhost:8080/").unwrap();

        assert!(sent.verified(), "{host}");
    }
}

#[test]
fn a_target_uri_may_leave_out_our_port_as_the_host_header_does() {
    for (host, uri) in [
        ("yamagata.localhost", "http://yamagata.localhost/users/aiko"),
        ("yamagata.localhost", "http://yamagata.localhost:8080/users/aiko"),
        ("yamagata.localhost:8080", "http://yamagata.localhost:8080/users/aiko"),
    ] {
        let params = r#"("@method" "@target-uri");created=1795341600;keyid="k""#;
        let message =
            format!("\"@method\": GET\n\"@target-uri\": {uri}\n\"@signature-params\": {params}");
        let signature = STANDARD.encode(signing_key().sign_rsa_sha256(message.as_bytes()).unwrap());
        let mut sent = Sent::with_input(&format!("sig1={params}"))
            .but("host", host)
            .but("signature", &format!("sig1=:{signature}:"));
        sent.target = "/users/aiko".into();
        sent.base = Url::parse("http://yamagata.localhost:8080/").unwrap();

        assert!(sent.verified(), "{host} {uri}");
    }
}

#[test]
fn http2_authority_stands_in_for_the_host_header() {
    for scheme in BOTH {
        let sent = Sent::post(scheme).without("host");
        let request = Incoming {
            method: &sent.method,
            path_and_query: &sent.target,
            headers: &sent.headers,
            body: sent.body.as_deref(),
            authority: Some("yamagata.example"),
            base: &sent.base,
        };

        assert!(read(&request, now()).unwrap().verified_by(&rsa()), "{scheme:?}");
    }
}

// --- the query ---

#[test]
fn a_query_may_be_left_out_of_a_cavage_signature_but_not_be_changed() {
    let with = Sent::get(Scheme::Cavage, "https://yamagata.example/users/aiko?page=1");
    let without = Sent::get(Scheme::Cavage, "https://yamagata.example/users/aiko");
    assert!(with.verified());

    assert!(Sent { target: "/users/aiko?page=1".into(), ..without }.verified());
    assert!(!Sent { target: "/users/aiko?page=2".into(), ..with.clone() }.verified());
    assert!(!Sent { target: "/users/aiko".into(), ..with }.verified());
}

#[test]
fn a_query_belongs_to_an_rfc9421_signature() {
    let with = Sent::get(Scheme::Rfc9421, "https://yamagata.example/users/aiko?page=1");
    let without = Sent::get(Scheme::Rfc9421, "https://yamagata.example/users/aiko");
    assert!(with.verified());

    assert!(!Sent { target: "/users/aiko?page=1".into(), ..without }.verified());
    assert!(!Sent { target: "/users/aiko?page=2".into(), ..with }.verified());
}

#[test]
fn percent_encoding_is_verified_as_it_was_written() {
    for scheme in BOTH {
        let sent = Sent::get(scheme, "https://yamagata.example/tags/%E9%9b%86%e3%81%84?q=%7E");
        assert_eq!(sent.target, "/tags/%E9%9b%86%e3%81%84?q=%7E");

        assert!(sent.verified(), "{scheme:?}");
        let recoded = Sent { target: sent.target.replace("%7E", "~"), ..sent };
        assert!(!recoded.verified(), "{scheme:?}");
    }
}

// --- how it is written ---

#[test]
fn a_cavage_header_is_read_however_it_is_written() {
    let message = "(request-target): get /users/aiko\nhost: yamagata.example\n(created): 1795341600\nx-list: a, b";
    let signature = STANDARD.encode(signing_key().sign_rsa_sha256(message.as_bytes()).unwrap());
    let covered = "(request-target) host (created) x-list";
    for header in [
        format!(
            r#"keyId="https://a.example/k,1",algorithm="hs2019",created=1795341600,headers="{covered}",signature="{signature}""#
        ),
        format!(
            r#"keyId="https://a.example/k,1", algorithm="hs2019", created="1795341600", headers="{covered}", signature="{signature}""#
        ),
        format!(
            r#"signature = "{signature}" , headers="{covered}",created=1795341600 ,keyId="https://a.example/k,1""#
        ),
        format!(
            r#"KeyId="https://a.example/k,1",Algorithm=HS2019,created=1795341600,headers="(Request-Target)  HOST (created) X-List",signature="{signature}","#
        ),
    ] {
        let sent = Sent::with_signature(&header).and("x-list", " a").and("X-List", "b ");

        let claim = sent.read().unwrap();

        assert_eq!(claim.key_id, "https://a.example/k,1");
        assert!(claim.verified_by(&rsa()), "{header}");
    }
}

#[test]
fn a_key_id_with_a_space_is_kept_whole() {
    let header =
        r#"keyId="acct:ken @akita.example",headers="(request-target) host date",signature="AAAA""#;

    assert_eq!(Sent::with_signature(header).read().unwrap().key_id, "acct:ken @akita.example");
}

#[test]
fn headers_that_cannot_be_read_are_malformed() {
    let long_key = format!(
        r#"keyId="{}",headers="(request-target) host date",signature="AAAA""#,
        "k".repeat(2049)
    );
    let long = format!(r#"keyId="k",signature="{}""#, "A".repeat(9000));
    let many = format!(
        r#"keyId="k",headers="(request-target) host date {}",signature="AAAA""#,
        "x ".repeat(40)
    );
    let big_signature = format!(
        r#"keyId="k",headers="(request-target) host date",signature="{}""#,
        "AAAA".repeat(400)
    );
    for header in [
        "",
        "Signature",
        r#"keyId="k""#,
        r#"signature="AAAA""#,
        r#"keyId="k",signature="AAA""#,
        r#"keyId="k",signature="AA AA""#,
        r#"keyId="k",signature="AAAA"#,
        r#"keyId="k" signature="AAAA""#,
        r#"keyId="k",keyId="l",signature="AAAA""#,
        r#"keyId="",headers="(request-target) host date",signature="AAAA""#,
        r#"keyId="k",headers="(request-target) host date",signature="""#,
        &long_key,
        &long,
        &many,
        &big_signature,
    ] {
        let error = Sent::with_signature(header).error();
        assert!(error.is_malformed(), "{header}: {error}");
    }
    let many = (0..40).map(|n| format!("\"x-{n}\"")).collect::<Vec<_>>().join(" ");
    for input in [
        "",
        "sig1",
        "sig1=",
        r#"sig1="@method""#,
        r#"sig1=("@method" "@target-uri""#,
        r#"sig1=("@method" "@target-uri");created=1795341600"#,
        r#"sig1=("@method" "@target-uri");created=1795341600;keyid=k"#,
        r#"sig1=("@method" "@target-uri";req);created=1795341600;keyid="k""#,
        r#"sig1=(@method);created=1795341600;keyid="k""#,
        r#"sig3=("@method" "@target-uri");created=1795341600;keyid="k""#,
        &format!(r#"sig1=("@method" {many});created=1795341600;keyid="k""#),
        &format!(r#"sig1=("@method");created=1795341600;keyid="{}""#, "k".repeat(9000)),
    ] {
        let error = Sent::with_input(input).error();
        assert!(error.is_malformed(), "{input}: {error}");
    }
    let mut not_utf8 = Sent::post(Scheme::Cavage);
    not_utf8.headers.insert("content-type", HeaderValue::from_bytes(&[0xff]).unwrap());
    assert!(not_utf8.error().is_malformed());
}

#[test]
fn an_unsigned_request_is_missing_its_signature() {
    let unsigned = Sent::by_hand(Method::GET, "/users/aiko", &[("host", "yamagata.example")]);
    assert_eq!(unsigned.error(), SignatureError::Missing);

    let header = r#"Signature keyId="k",headers="(request-target) host date",signature="AAAA""#;
    assert_eq!(unsigned.clone().and("authorization", header).error(), SignatureError::Missing);

    let half = unsigned.and("signature-input", r#"sig1=("@method");created=1;keyid="k""#);
    assert_eq!(half.error(), SignatureError::Missing);
}

#[test]
fn authorization_never_takes_the_place_of_the_signature() {
    let sent = Sent::get(Scheme::Cavage, "https://yamagata.example/users/aiko");

    assert!(sent.and("authorization", "Bearer something").verified());
}

#[test]
fn of_several_signatures_the_first_that_can_be_read_counts() {
    let sent = Sent::get(Scheme::Rfc9421, "https://yamagata.example/users/aiko");
    let input = sent.header("signature-input").to_owned();
    let signature = sent.header("signature").to_owned();

    let behind_unreadable = sent
        .clone()
        .but("signature-input", &format!("other=(\"@method\";req);created=1, {input}"))
        .but("signature", &format!("other=:AAAA:, {signature}"));
    assert!(behind_unreadable.verified());
    let before_another = sent
        .clone()
        .but("signature-input", &format!("{input}, sig2=(\"@method\");created=1;keyid=\"k\""))
        .but("signature", &format!("sig2=:AAAA:, {signature}"));
    assert!(before_another.verified());
    let behind_another = sent
        .but(
            "signature-input",
            &format!("sig0=(\"@method\");created=1795341600;keyid=\"k\", {input}"),
        )
        .but("signature", &format!("{signature}, sig0=:AAAA:"));
    assert_eq!(behind_another.error(), SignatureError::NotCovered("@target-uri"));

    let cavage = Sent::get(Scheme::Cavage, "https://yamagata.example/users/aiko");
    let good = cavage.header("signature").to_owned();
    assert!(cavage.but("signature", "nothing").and("signature", &good).verified());
}

// --- with which key ---

#[test]
fn an_ed25519_key_verifies_in_both_schemes() {
    let key = ProofKey::parse(key_id(), &KEYS.ed25519_private).unwrap();
    let message = "(request-target): get /users/aiko\nhost: yamagata.example\ndate: Sun, 22 Nov 2026 10:00:00 GMT";
    let signature = STANDARD.encode(key.sign(message.as_bytes()).unwrap());
    let cavage = |algorithm: &str| {
        let header = format!(
            r#"keyId="k",{algorithm}headers="(request-target) host date",signature="{signature}""#
        );
        Sent::with_signature(&header).read().unwrap().verified_by(&ed25519())
    };
    assert!(cavage(r#"algorithm="hs2019","#));
    assert!(cavage(""));
    assert!(!cavage(r#"algorithm="rsa-sha256","#));

    let rfc9421 = |algorithm: &str| {
        let params = format!(
            r#"("@method" "@authority" "@path" "@query");created=1795341600;keyid="k"{algorithm}"#
        );
        let message = format!(
            "\"@method\": GET\n\"@authority\": yamagata.example\n\"@path\": /users/aiko\n\"@query\": ?page=1\n\"@signature-params\": {params}"
        );
        let signature = STANDARD.encode(key.sign(message.as_bytes()).unwrap());
        let sent = Sent::with_input(&format!("sig1={params}"));
        let sent = sent.but("signature", &format!("sig1=:{signature}:"));
        sent.read().unwrap().verified_by(&ed25519())
    };
    assert!(rfc9421(r#";alg="ed25519""#));
    assert!(rfc9421(""));
    assert!(!rfc9421(r#";alg="rsa-v1_5-sha256""#));
}

#[test]
fn other_algorithms_are_refused() {
    for name in ["rsa-sha1", "rsa-sha512", "hmac-sha256", "none", ""] {
        let header = format!(
            r#"keyId="k",algorithm="{name}",headers="(request-target) host date",signature="AAAA""#
        );
        let error = Sent::with_signature(&header).error();
        assert!(matches!(error, SignatureError::Algorithm { .. }), "{name}: {error}");
    }
    for name in [r#""hmac-sha256""#, r#""rsa-pss-sha512""#, "ed25519", "1"] {
        let input =
            format!(r#"sig1=("@method" "@target-uri");created=1795341600;keyid="k";alg={name}"#);
        let error = Sent::with_input(&input).error();
        assert!(matches!(error, SignatureError::Algorithm { .. }), "{name}: {error}");
    }
    let header = r#"keyId="k",algorithm="rsa-sha256",created=1795341600,headers="(request-target) host (created)",signature="AAAA""#;
    assert_eq!(Sent::with_signature(header).error(), SignatureError::CreatedWithoutHs2019);
}

// --- what others sign ---

#[derive(serde::Deserialize)]
struct Foreign {
    public_key_spki: String,
    requests: Vec<ForeignRequest>,
}

#[derive(serde::Deserialize)]
struct ForeignRequest {
    spec: String,
    method: String,
    url: String,
    body: Option<String>,
    headers: std::collections::BTreeMap<String, String>,
}

/// The file says how it was made.
#[test]
fn what_fedify_signs_is_accepted() {
    let foreign: Foreign = serde_json::from_str(include_str!("fixtures/fedify.json")).unwrap();
    let pem =
        format!("-----BEGIN PUBLIC KEY-----{}-----END PUBLIC KEY-----", foreign.public_key_spki);
    let key = PublicKey::from_pem(&pem).unwrap();
    assert_eq!(foreign.requests.len(), 4);

    for request in foreign.requests {
        let headers: Vec<_> =
            request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let method = Method::try_from(request.method.as_str()).unwrap();
        let target = request.url.replacen("https://yamagata.example", "", 1);
        let mut sent = Sent::by_hand(method, &target, &headers);
        sent.body = request.body.map(String::into_bytes);

        let claim = sent.read().unwrap();

        assert_eq!(claim.key_id, "https://fedify.example/users/rin#main-key");
        assert_eq!(claim.scheme == Scheme::Rfc9421, request.spec == "rfc9421");
        assert!(claim.verified_by(&key), "{} {}", request.spec, request.method);
        assert!(!claim.verified_by(&rsa()));
    }
}
