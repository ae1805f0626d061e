//! Web Push: a program is told of notifications through a push service, which the test plays, and reads what only it can read.
use aws_lc_rs::{
    aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    agreement::{self, ECDH_P256, PrivateKey, UnparsedPublicKey},
    hkdf::{HKDF_SHA256, KeyType, Salt},
    signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey as Verifier},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use federation_tests::{Answer, Member, Network, Node, Reply, Stranger, stranger::Received};
use reqwest::Method;
use serde_json::{Value, json};
use tsudoi::clock::{DAY, MINUTE};

const SUBSCRIPTION: &str = "/api/v1/push/subscription";

/// What a program keeps for itself.
struct Phone {
    key: PrivateKey,
    auth: [u8; 16],
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn derive(salt: &[u8], input: &[u8], info: &[u8], length: usize) -> Vec<u8> {
    let mut out = vec![0; length];
    let extracted = Salt::new(HKDF_SHA256, salt).extract(input);
    extracted.expand(&[info], Length(length)).unwrap().fill(&mut out).unwrap();
    out
}

fn opened(key: &[u8], nonce: &[u8], sealed: &[u8]) -> Vec<u8> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, key).unwrap());
    let nonce = Nonce::try_assume_unique_for_key(nonce).unwrap();
    let mut sealed = sealed.to_vec();
    key.open_in_place(nonce, Aad::empty(), &mut sealed).unwrap().to_vec()
}

impl Phone {
    fn new() -> Self {
        Self { key: PrivateKey::generate(&ECDH_P256).unwrap(), auth: [7; 16] }
    }

    fn point(&self) -> Vec<u8> {
        self.key.compute_public_key().unwrap().as_ref().to_vec()
    }

    fn shared(&self, theirs: &[u8]) -> Vec<u8> {
        let theirs = UnparsedPublicKey::new(&ECDH_P256, theirs);
        agreement::agree(&self.key, theirs, (), |secret| Ok(secret.to_vec())).unwrap()
    }

    /// RFC 8291 and RFC 8188, from the other end.
    fn reads(&self, body: &[u8]) -> Value {
        let (salt, rest) = body.split_at(16);
        assert_eq!(rest[..5], [0, 0, 16, 0, 65], "one record, and a key of 65 bytes");
        let (theirs, sealed) = rest[5..].split_at(65);
        let info = [b"WebPush: info\0", self.point().as_slice(), theirs].concat();
        let input = derive(&self.auth, &self.shared(theirs), &info, 32);
        let key = derive(salt, &input, b"Content-Encoding: aes128gcm\0", 16);
        let nonce = derive(salt, &input, b"Content-Encoding: nonce\0", 12);
        let plain = opened(&key, &nonce, sealed);
        assert_eq!(plain.last(), Some(&2), "the last record");
        serde_json::from_slice(&plain[..plain.len() - 1]).unwrap()
    }

    /// draft-ietf-webpush-encryption-04.
    fn reads_the_old_way(&self, told: &Received) -> Value {
        let part = |header: &str, name: &str| -> Vec<u8> {
            let parts = told.header(header).split(';').find_map(|p| p.strip_prefix(name));
            BASE64.decode(parts.unwrap()).unwrap()
        };
        let (salt, theirs) = (part("encryption", "salt="), part("crypto-key", "dh="));
        let context =
            [b"P-256\0\0\x41", self.point().as_slice(), b"\0\x41", theirs.as_slice()].concat();
        let input = derive(&self.auth, &self.shared(&theirs), b"Content-Encoding: auth\0", 32);
        let info = |what: &str| [what.as_bytes(), b"\0", &context].concat();
        let key = derive(&salt, &input, &info("Content-Encoding: aesgcm"), 16);
        let nonce = derive(&salt, &input, &info("Content-Encoding: nonce"), 12);
        let plain = opened(&key, &nonce, &told.body);
        assert_eq!(plain[..2], [0, 0], "no padding");
        serde_json::from_slice(&plain[2..]).unwrap()
    }

    fn subscription(&self, endpoint: &str, standard: bool, data: &Value) -> Value {
        let keys = json!({
            "p256dh": BASE64.encode(self.point()),
            "auth": BASE64.encode(self.auth),
        });
        json!({
            "subscription": {"endpoint": endpoint, "keys": keys, "standard": standard},
            "data": data,
        })
    }
}

struct Scene {
    net: Network,
    iwate: Node,
    aiko: Member,
    ken: Member,
    service: Stranger,
    phone: Phone,
}

impl Scene {
    async fn new() -> Self {
        let net = Network::new();
        let iwate = net.node("iwate").await;
        let (aiko, ken) = (iwate.member("aiko").await, iwate.member("ken").await);
        let service = Stranger::start(&net, "push").await;
        Self { net, iwate, aiko, ken, service, phone: Phone::new() }
    }

    async fn subscribes(&self, standard: bool, data: Value) -> Answer {
        let asked = self.phone.subscription(&self.service.url("/to/aiko"), standard, &data);
        self.aiko.call(Method::POST, SUBSCRIPTION, Some(asked)).await
    }

    /// What the service got, read by the phone.
    fn told(&self) -> Vec<Value> {
        self.service.received().iter().map(|r| self.phone.reads(&r.body)).collect()
    }
}

#[tokio::test]
async fn a_phone_is_told_of_a_mention_and_nobody_on_the_way_can_read_it() {
    let scene = Scene::new().await;
    let shown = scene.subscribes(true, json!({"alerts": {"mention": true}})).await;
    let shown = shown.succeeded().json();
    assert_eq!(shown["standard"], true);
    assert_eq!(shown["alerts"]["mention"], true);
    assert_eq!(shown["alerts"]["follow"], false);
    assert_eq!(shown["policy"], "all");
    assert!(shown["id"].as_i64().unwrap() < 1 << 31);

    scene.ken.posts("@aiko おはよう").await;
    assert_eq!(scene.service.received().len(), 0, "nothing leaves before the job runs");
    assert_eq!(scene.iwate.pushes().await, 1);
    let [told] = scene.service.received().try_into().unwrap();
    assert_eq!(told.target, "/to/aiko");
    assert_eq!(told.header("content-encoding"), "aes128gcm");
    assert_eq!(told.header("ttl"), "172800");
    let message = scene.phone.reads(&told.body);
    assert_eq!(message["notification_type"], "mention");
    assert_eq!(message["preferred_locale"], "ja");
    assert_eq!(message["title"], "kenさんの投稿にあなたの名前があります");
    assert_eq!(message["body"], "@aiko おはよう");
    let listed = scene.aiko.call(Method::GET, "/api/v1/notifications", None).await.json();
    assert_eq!(message["notification_id"].to_string(), listed[0]["id"].as_str().unwrap());
    assert_eq!(message["icon"], listed[0]["account"]["avatar"]);
    assert_eq!(scene.iwate.pushes().await, 0, "it is told once");
}

/// RFC 8292: the service knows the node again by its key, and the token is for this service alone.
#[tokio::test]
async fn every_message_is_signed_with_the_key_that_the_program_was_given() {
    let scene = Scene::new().await;
    let given = scene.subscribes(true, json!({"alerts": {"follow": true}})).await.json();
    let given = given["server_key"].as_str().unwrap();
    scene.ken.follows(&scene.aiko.handle()).await;
    scene.iwate.pushes().await;
    let told = &scene.service.received()[0];
    let authorization = told.header("authorization").strip_prefix("vapid t=").unwrap();
    let (token, key) = authorization.split_once(", k=").unwrap();
    assert_eq!(key, given);
    let (said, signature) = token.rsplit_once('.').unwrap();
    let verifier = Verifier::new(&ECDSA_P256_SHA256_FIXED, BASE64.decode(key).unwrap());
    verifier.verify(said.as_bytes(), &BASE64.decode(signature).unwrap()).unwrap();
    let (_, claims) = said.split_once('.').unwrap();
    let claims: Value = serde_json::from_slice(&BASE64.decode(claims).unwrap()).unwrap();
    assert_eq!(claims["aud"], scene.service.url(""));
    assert_eq!(claims["sub"], scene.iwate.url(""));
    let lasts = claims["exp"].as_i64().unwrap() - scene.net.now().0 / 1_000;
    assert!((1..=24 * 3_600).contains(&lasts), "{lasts}");

    let other = scene.iwate.second_process().await;
    let same = tsudoi::push::key(&other).await.unwrap();
    assert_eq!(same.public_key(), given, "another process has the same key");
}

#[tokio::test]
async fn an_older_program_reads_the_older_encryption() {
    let scene = Scene::new().await;
    scene.subscribes(false, json!({"alerts": {"follow": true}})).await.succeeded();
    scene.ken.follows(&scene.aiko.handle()).await;
    scene.iwate.pushes().await;
    let [told] = scene.service.received().try_into().unwrap();
    assert_eq!(told.header("content-encoding"), "aesgcm");
    assert!(told.header("authorization").starts_with("WebPush "));
    assert!(told.header("crypto-key").contains(";p256ecdsa="));
    assert_eq!(scene.phone.reads_the_old_way(&told)["notification_type"], "follow");
}

#[tokio::test]
async fn a_program_is_told_of_what_it_asked_for_by_whom_it_asked_for() {
    let scene = Scene::new().await;
    let post = scene.aiko.posts("みなさんへ").await;
    scene.subscribes(true, json!({"alerts": {"favourite": true}})).await.succeeded();
    scene.ken.boosts(post.uri()).await;
    assert_eq!(scene.iwate.pushes().await, 0, "boosts were not asked for");
    scene.ken.likes(post.uri()).await;
    assert_eq!(scene.iwate.pushes().await, 1);

    let changed = json!({"data": {"alerts": {"mention": true}, "policy": "followed"}});
    let changed = scene.aiko.call(Method::PUT, SUBSCRIPTION, Some(changed)).await.succeeded();
    assert_eq!(changed.json()["policy"], "followed");
    scene.service.forgets();
    scene.ken.posts("@aiko 一").await;
    assert_eq!(scene.iwate.pushes().await, 0, "aiko does not follow ken");
    scene.aiko.follows(&scene.ken.handle()).await;
    scene.ken.posts("@aiko 二").await;
    scene.iwate.pushes().await;
    assert_eq!(scene.told()[0]["body"], "@aiko 二");

    let none = json!({"data": {"alerts": {"mention": true}, "policy": "none"}});
    scene.aiko.call(Method::PUT, SUBSCRIPTION, Some(none)).await.succeeded();
    scene.ken.posts("@aiko 三").await;
    assert_eq!(scene.iwate.pushes().await, 0);
}

#[tokio::test]
async fn a_phone_is_told_of_posts_of_those_whom_its_member_follows_so() {
    let scene = Scene::new().await;
    let follow = format!("/api/v1/accounts/{}/follow", scene.aiko.id_of(&scene.ken).await);
    scene.aiko.does(&follow, json!({"notify": true})).await;
    scene.subscribes(true, json!({"alerts": {"status": true}})).await.succeeded();
    scene.ken.posts("@aiko 一").await;
    assert_eq!(scene.iwate.pushes().await, 0, "mentions were not asked for");
    scene.ken.posts("二").await;
    assert_eq!(scene.iwate.pushes().await, 1);
    let told = &scene.told()[0];
    assert_eq!((&told["notification_type"], &told["body"]), (&json!("status"), &json!("二")));
}

#[tokio::test]
async fn a_service_that_fails_is_tried_again_and_one_that_knows_nobody_is_left_alone() {
    let scene = Scene::new().await;
    scene.subscribes(true, json!({"alerts": {"mention": true}})).await.succeeded();
    scene.service.answers_next_post(Reply::status(503));
    scene.ken.posts("@aiko 一").await;
    assert_eq!(scene.iwate.pushes().await, 0);
    assert_eq!(scene.iwate.pushes().await, 0, "it is not due yet");
    assert_eq!(scene.service.received().len(), 1);
    scene.net.advance(MINUTE);
    assert_eq!(scene.iwate.pushes().await, 1);
    assert_eq!(scene.told()[1]["body"], "@aiko 一");

    scene.service.answers_next_post(Reply::status(410));
    scene.ken.posts("@aiko 二").await;
    scene.iwate.pushes().await;
    assert_eq!(scene.aiko.call(Method::GET, SUBSCRIPTION, None).await.status, 404);
    scene.ken.posts("@aiko 三").await;
    scene.net.advance(DAY);
    assert_eq!(scene.iwate.pushes().await, 0);
}

#[tokio::test]
async fn what_was_taken_back_before_it_was_sent_is_not_told() {
    let scene = Scene::new().await;
    scene.subscribes(true, json!({"alerts": {"mention": true}})).await.succeeded();
    let post = scene.ken.posts("@aiko まちがい").await;
    scene.ken.deletes(post.uri()).await;
    scene.iwate.pushes().await;
    assert_eq!(scene.service.received().len(), 0);
}

#[tokio::test]
async fn a_subscription_ends_with_its_program_and_with_its_token() {
    let scene = Scene::new().await;
    assert_eq!(scene.aiko.call(Method::GET, SUBSCRIPTION, None).await.status, 404);
    let alerts = json!({"alerts": {"mention": true}});
    scene.subscribes(true, alerts.clone()).await.succeeded();
    scene.aiko.call(Method::GET, SUBSCRIPTION, None).await.succeeded();
    scene.aiko.call(Method::DELETE, SUBSCRIPTION, None).await.succeeded();
    assert_eq!(scene.aiko.call(Method::GET, SUBSCRIPTION, None).await.status, 404);
    scene.ken.posts("@aiko 一").await;
    assert_eq!(scene.iwate.pushes().await, 0);

    scene.subscribes(true, alerts).await.succeeded();
    scene.ken.posts("@aiko 二").await;
    let app = scene.iwate.app();
    let mut tx = app.db.begin().await.unwrap();
    let hash = tsudoi::ids::hash_secret(scene.aiko.token());
    let me = scene.aiko.account().await.id;
    tsudoi::accounts::actions::tokens::revoke(&mut tx, me, &hash).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(scene.iwate.pushes().await, 0, "what was under way goes with the token");
    assert_eq!(scene.service.received().len(), 0);
}

#[tokio::test]
async fn only_addresses_that_a_node_may_contact_and_keys_that_are_keys_are_taken() {
    let scene = Scene::new().await;
    for endpoint in ["http://127.0.0.1:9/", "http://10.0.0.1/", "file:///etc/passwd", ""] {
        let asked = scene.phone.subscription(endpoint, true, &json!({}));
        let refused = scene.aiko.call(Method::POST, SUBSCRIPTION, Some(asked)).await;
        assert_eq!(refused.status, 400, "{endpoint}");
    }
    let mut asked = scene.phone.subscription(&scene.service.url("/"), true, &json!({}));
    asked["subscription"]["keys"]["p256dh"] = json!("AAAA");
    let refused = scene.aiko.call(Method::POST, SUBSCRIPTION, Some(asked)).await;
    assert_eq!(refused.status, 422);
    assert_eq!(scene.aiko.call(Method::GET, SUBSCRIPTION, None).await.status, 404);
}
