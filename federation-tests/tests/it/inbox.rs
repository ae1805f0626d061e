//! Bad input at the inbox: each kind gets the right status and changes nothing.
use federation_tests::{
    Actor, Letter, Member, Network, Node, Reply, Stranger, actor::PUBLIC, keys,
};
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use tsudoi::{
    clock::{HOUR, MINUTE},
    config::Switch,
    federation::{fetch_queue, hosts},
    signatures::keys::GeneratedKeys,
};

/// A node whose member aiko follows hana of another server; mallory lives there, too, and eve somewhere else.
struct Scene {
    net: Network,
    iwate: Node,
    aiko: Member,
    hana: Actor,
    mallory: Actor,
    eve: Actor,
}

impl Scene {
    async fn new() -> Self {
        let net = Network::new();
        let iwate = net.node("iwate").await;
        let aiko = iwate.member("aiko").await;
        let server = Stranger::start(&net, "stranger").await;
        let (hana, mallory) = (server.actor("hana"), server.actor("mallory"));
        let eve = Stranger::start(&net, "elsewhere").await.actor("eve");
        hana.is_followed_by(&aiko).await;
        Self { net, iwate, aiko, hana, mallory, eve }
    }

    /// A good activity: a new note by hana.
    fn good(&self) -> Value {
        self.hana.create_of(&self.hana.note("こんにちは"))
    }

    fn letter(&self) -> Letter {
        self.hana.letter(&self.iwate, &self.good())
    }

    /// Posts, and checks the status and that nothing was taken in.
    async fn refuses(&self, letter: Letter, status: u16, what: &str) {
        let (arrivals, posts) = (self.iwate.arrivals().await, self.iwate.posts().await);
        let answer = letter.post().await;
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
        self.iwate.apply().await;
        self.iwate.fetch().await;
        assert_eq!(self.iwate.arrivals().await, arrivals, "{what}");
        assert_eq!(self.iwate.posts().await, posts, "{what}");
    }
}

#[tokio::test]
async fn what_is_properly_signed_is_taken_in() {
    let scene = Scene::new().await;

    for letter in [
        scene.letter(),
        scene.letter().by_rfc9421(),
        scene.letter().by_rfc9421_ed25519(),
        scene.letter().to_inbox_of(&scene.aiko),
        scene.letter().to_inbox_of(&scene.aiko).by_rfc9421(),
        scene.letter().dated(-11 * HOUR),
        scene.letter().dated(50 * MINUTE),
    ] {
        letter.post().await.succeeded();
    }
    scene.iwate.apply().await;

    assert_eq!(scene.aiko.reads().await.len(), 7);
}

#[tokio::test]
async fn too_long_a_body_is_refused() {
    let scene = Scene::new().await;
    let mut long = scene.good();
    long["object"]["content"] = json!("長".repeat((1 << 20) / 3 + 1));
    let long = scene.hana.letter(&scene.iwate, &long);
    scene.refuses(long, 413, "over 1 MiB").await;

    let mut fits = scene.good();
    fits["object"]["content"] = json!("a".repeat((1 << 20) - 2_000));
    scene.hana.letter(&scene.iwate, &fits).post().await.succeeded();
}

#[tokio::test]
async fn what_is_no_activity_is_malformed() {
    let scene = Scene::new().await;
    let nested = format!("{{\"actor\":\"{}\",\"object\":{}", scene.hana.uri, "[".repeat(5_000));
    let deep = format!("{nested}{}}}", "]".repeat(5_000));
    for (body, what) in [
        (b"".as_slice(), "nothing"),
        (b"hello", "not JSON"),
        (b"{\"actor\":", "half of it"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b"[]", "a list"),
        (b"7", "a number"),
        (b"null", "null"),
        (b"{}", "no actor"),
        (br#"{"actor": 7}"#, "an actor that is a number"),
        (br#"{"actor": {"name": "hana"}}"#, "an actor without id"),
        (br#"{"actor": "https://a.example/\u0000"}"#, "an actor at no address"),
        (deep.as_bytes(), "too deep"),
    ] {
        scene.refuses(scene.letter().with_bytes(body), 400, what).await;
    }
}

/// Understood as far as possible, and never a failure of ours.
#[tokio::test]
async fn values_of_a_wrong_type_change_nothing() {
    let scene = Scene::new().await;
    let wrong = [json!(null), json!(7), json!(true), json!([]), json!({}), json!([[]]), json!("")];

    for kind in ["Create", "Update", "Delete", "Announce", "Like", "Follow", "Undo", "Move", "Add"]
    {
        for object in &wrong {
            let activity = scene.hana.activity(kind, object);
            let status = scene.hana.letter(&scene.iwate, &activity).post().await.status;
            assert_eq!(status, 202, "{activity}");
        }
    }
    for key in
        ["content", "to", "cc", "tag", "attachment", "published", "inReplyTo", "url", "summary"]
    {
        for value in &wrong {
            let mut activity = scene.good();
            activity["object"][key] = value.clone();
            let status = scene.hana.letter(&scene.iwate, &activity).post().await.status;
            assert_eq!(status, 202, "{activity}");
        }
    }
    for key in ["type", "object", "@context"] {
        for value in &wrong {
            let mut activity = scene.hana.activity("Like", &json!("about:blank"));
            activity[key] = value.clone();
            let status = scene.hana.letter(&scene.iwate, &activity).post().await.status;
            assert_eq!(status, 202, "{activity}");
        }
    }
    scene.iwate.apply().await;
    scene.iwate.fetch().await;

    assert!(scene.aiko.relation(&scene.hana.handle(), "following").await);
    assert!(scene.aiko.timeline().await.iter().all(|post| post.uri().starts_with(&scene.hana.uri)));
}

/// PostgreSQL keeps no U+0000: that must be a failure neither of ours nor of what came in the same moment.
#[tokio::test]
async fn a_nul_in_an_address_or_a_text_spoils_nothing() {
    let scene = Scene::new().await;
    let mut nameless = scene.good();
    nameless["id"] = json!(format!("{}\0", nameless["id"].as_str().unwrap()));
    let letters = [nameless, scene.good(), scene.good(), scene.good()];
    let letters = letters.map(|activity| scene.hana.letter(&scene.iwate, &activity).post());
    for answer in join_all(letters).await {
        assert_eq!(answer.status, 202, "{}", answer.text());
    }
    scene.iwate.apply().await;
    assert_eq!(scene.aiko.reads().await.len(), 4);

    let note = scene.hana.note_with(
        "前\0後",
        &json!({
            "contentMap": {"ja\0": "<p>前\0後</p>"}, "summary": "ご\0注意", "inReplyTo": "https://a.example/\0",
            "tag": [{"type": "Hashtag", "name": "#勉\0強"}, {"type": "Mention", "href": "https://a.example/\0"}],
            "attachment": [{"type": "Image", "mediaType": "image/png", "name": "絵\0", "url": scene.hana.server.url("/1.png")}],
        }),
    );
    scene.hana.sends(&scene.iwate, &scene.hana.create_of(&note)).await;
    let seen = scene.aiko.finds_post(note["id"].as_str().unwrap()).await;
    assert_eq!(seen.text(), "前\u{fffd}後");
    assert_eq!(seen.0["spoiler_text"], "ご\u{fffd}注意");

    let mut document = scene.hana.document();
    document["name"] = json!("は\0な");
    scene.hana.serves(&document);
    scene.hana.sends(&scene.iwate, &scene.hana.activity("Update", &document)).await;
    scene.iwate.fetch().await;
    let hana = scene.iwate.account(&scene.hana.uri).await.unwrap();
    assert_eq!(hana.display_name, "は\u{fffd}な");
}

#[tokio::test]
async fn a_digest_that_does_not_fit_the_body_is_refused() {
    let scene = Scene::new().await;
    let other = scene.good();
    let wrong = keys::sha256(b"something else");
    for (letter, what) in [
        (scene.letter().altered_to(&other), "altered"),
        (scene.letter().by_rfc9421().altered_to(&other), "altered, RFC 9421"),
        (scene.letter().with_digest(&format!("SHA-256={wrong}")), "wrong"),
        (scene.letter().by_rfc9421().with_digest(&format!("sha-256=:{wrong}:")), "wrong, RFC 9421"),
        (scene.letter().with_digest("MD5=XrY7u+Ae7tCTyyK7j1rNww=="), "of another kind"),
    ] {
        scene.refuses(letter, 401, what).await;
    }
}

#[tokio::test]
async fn a_signature_of_another_time_is_refused() {
    let scene = Scene::new().await;
    for (from_now, what) in [(-13 * HOUR, "stale"), (2 * HOUR, "from the future")] {
        scene.refuses(scene.letter().dated(from_now), 401, what).await;
        scene.refuses(scene.letter().by_rfc9421().dated(from_now), 401, what).await;
    }
}

#[tokio::test]
async fn a_signature_that_covers_too_little_is_refused() {
    let scene = Scene::new().await;
    for part in ["(request-target)", "host", "date", "digest"] {
        scene.refuses(scene.letter().without_covering(part), 401, part).await;
    }
    for part in ["@method", "@target-uri", "content-digest", "created"] {
        scene.refuses(scene.letter().by_rfc9421().without_covering(part), 401, part).await;
    }
}

#[tokio::test]
async fn an_unsigned_activity_is_refused() {
    let scene = Scene::new().await;
    scene.refuses(scene.letter().unsigned(), 401, "unsigned").await;
}

#[tokio::test]
async fn a_signature_made_for_another_server_or_address_is_refused() {
    let scene = Scene::new().await;
    scene.refuses(scene.letter().for_host("akita.localhost"), 401, "another host").await;
}

#[tokio::test]
async fn a_key_of_somebody_else_is_refused() {
    let scene = Scene::new().await;
    let fresh = keys::fresh();
    scene.refuses(scene.letter().signed_with(fresh.clone()), 401, "not hana's key").await;
    scene.refuses(scene.letter().by_rfc9421().signed_with(fresh), 401, "not hana's key").await;
    let unknown = scene.hana.server.url("/users/nobody#main-key");
    scene.refuses(scene.letter().key_id(&unknown), 401, "a key that is not there").await;
    let ours = format!("{}#main-key", scene.aiko.uri);
    scene.refuses(scene.letter().key_id(&ours), 401, "a key of the node").await;
    scene.refuses(scene.letter().key_id("hana"), 400, "a key id that is no address").await;
}

/// `GoToSocial` gives each key an address of its own, at which the beginning of the actor stands, without an inbox.
#[tokio::test]
async fn a_key_at_an_address_of_its_own_is_found_with_its_owner() {
    let scene = Scene::new().await;
    let rin = scene.eve.server.actor("rin");
    let id = format!("{}/main-key", rin.uri);
    let mut actor = rin.document();
    actor["publicKey"]["id"] = json!(id);
    rin.serves(&actor);
    let stub = |owner: &str| {
        let mut key = actor["publicKey"].clone();
        key["owner"] = json!(owner);
        let document = json!({
            "@context": actor["@context"], "id": rin.uri, "type": "Person",
            "preferredUsername": "rin", "publicKey": key,
        });
        Reply::document(&document)
    };
    let view = || {
        let activity = rin.activity("View", &json!("x"));
        rin.letter(&scene.iwate, &activity).key_id(&id)
    };

    scene.eve.server.serves("/users/rin/main-key", stub(&scene.hana.uri));
    scene.refuses(view(), 401, "an owner on another host").await;
    scene.eve.server.serves("/users/rin/main-key", stub(&scene.eve.uri));
    scene.refuses(view(), 401, "an owner who does not list the key").await;
    scene.eve.server.serves("/users/rin/main-key", stub(&rin.uri));
    view().post().await.succeeded();
}

/// An actor may list several keys, and the first need not be of a kind that we know.
#[tokio::test]
async fn any_key_that_its_actor_lists_signs() {
    let scene = Scene::new().await;
    let (first, second) = (keys::fresh(), keys::fresh());
    let rin = scene.eve.server.actor("rin");
    let listed = |name: &str, pem: &str| {
        let id = format!("{}#{name}", rin.uri);
        json!({"id": id, "owner": rin.uri, "publicKeyPem": pem})
    };
    let mut actor = rin.document();
    actor["publicKey"] = json!([
        listed("new-kind", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"),
        listed("first", &first.rsa_public_pem),
        listed("second", &second.rsa_public_pem),
    ]);
    rin.serves(&actor);
    let view = |name: &str, keys: &Arc<GeneratedKeys>| {
        let activity = rin.activity("View", &json!("x"));
        let letter = rin.letter(&scene.iwate, &activity).signed_with(keys.clone());
        letter.key_id(&format!("{}#{name}", rin.uri))
    };

    for (name, keys) in [("first", &first), ("second", &second), ("first", &first)] {
        view(name, keys).post().await.succeeded();
    }
    let asked = scene.eve.server.asked().len();
    view("second", &second).post().await.succeeded();
    assert_eq!(scene.eve.server.asked().len(), asked, "it is known now");
    scene.refuses(view("second", &first), 401, "the other key").await;
    scene.refuses(view("third", &second), 401, "a key that is not listed").await;
}

/// A key document on eve's server that calls hana its owner, and an actor there that claims hana's key.
#[tokio::test]
async fn a_key_that_its_owner_does_not_list_is_refused() {
    let scene = Scene::new().await;
    let id = scene.eve.server.url("/keys/1");
    for owner in [&scene.hana.uri, &scene.eve.uri] {
        let pem = &scene.eve.keys.rsa_public_pem;
        let key = json!({"id": id, "type": "Key", "owner": owner, "publicKeyPem": pem});
        scene.eve.server.serves("/keys/1", Reply::document(&key));
        let letter = scene.letter().signed_with(scene.eve.keys.clone()).key_id(&id);
        scene.refuses(letter, 401, owner).await;
    }
    let mut jun = scene.eve.server.actor("jun");
    jun.keys = keys::fresh();
    let mut claims = jun.document();
    claims["publicKey"]["id"] = json!(scene.hana.key_id());
    jun.serves(&claims);
    for key_id in [jun.key_id(), scene.hana.key_id()] {
        let letter = jun.letter(&scene.iwate, &scene.good()).key_id(&key_id);
        scene.refuses(letter, 401, "a key id on another host").await;
    }
}

/// Only what the actor itself says counts; of others' words only the address is taken, and asked at its origin.
#[tokio::test]
async fn what_another_actor_signed_is_not_believed() {
    let scene = Scene::new().await;
    let mut forged = scene.good();
    forged["object"]["id"] = json!(scene.hana.server.url("/users/hana/notes/forged"));
    forged["object"]["content"] = json!("偽物");
    let follow = scene.hana.activity("Follow", &json!(scene.aiko.uri));
    let delete = scene.hana.activity("Delete", &json!(scene.hana.uri));

    for activity in [&forged, &follow, &delete] {
        for liar in [&scene.mallory, &scene.eve] {
            liar.letter(&scene.iwate, activity).post().await.succeeded();
        }
    }
    scene.iwate.apply().await;
    scene.iwate.fetch().await;

    assert!(scene.iwate.posts().await.is_empty());
    assert!(!scene.aiko.relation(&scene.hana.handle(), "followed_by").await);
    assert!(!scene.iwate.account(&scene.hana.uri).await.unwrap().is_gone());
    let id = forged["id"].as_str().unwrap();
    assert_eq!(scene.iwate.fate(id).await, None, "the id is still free for hana herself");
}

#[tokio::test]
async fn what_another_server_passes_on_is_fetched_at_its_origin() {
    let scene = Scene::new().await;
    let mut passed_on = scene.good();
    passed_on["object"]["content"] = json!("変えられた");

    scene.eve.sends(&scene.iwate, &passed_on).await;
    scene.iwate.fetch().await;

    let copy = scene.iwate.post(passed_on["object"]["id"].as_str().unwrap()).await.unwrap();
    assert!(copy.content_html.contains("こんにちは"), "{}", copy.content_html);
}

/// A thread is read, an address is looked up, an outbox is gone through: the post is here before it is delivered.
#[tokio::test]
async fn what_was_fetched_before_it_was_sent_is_shown_and_announced_like_any_other() {
    let scene = Scene::new().await;
    let note = scene.hana.note_with(
        "愛子さん、見ましたか",
        &json!({"cc": [scene.aiko.uri], "tag": [{"type": "Mention", "href": scene.aiko.uri}]}),
    );
    let found = scene.aiko.searches(note["id"].as_str().unwrap()).await;
    assert_eq!(found["statuses"][0]["uri"], note["id"]);
    assert_eq!(scene.aiko.notifications().await, [""; 0]);

    for _ in ["once", "and again"] {
        scene.hana.sends(&scene.iwate, &scene.hana.create_of(&note)).await;
    }

    assert_eq!(scene.aiko.notifications().await, ["mention hana"]);
    assert_eq!(scene.aiko.reads().await.len(), 1);
}

/// Some servers say everything again after a restart, each under a new activity id.
#[tokio::test]
async fn what_a_member_has_put_away_does_not_come_back_when_it_is_sent_again() {
    let scene = Scene::new().await;
    let to_aiko = json!({
        "to": [scene.aiko.uri], "cc": [], "tag": [{"type": "Mention", "href": scene.aiko.uri}],
    });
    let note = scene.hana.note_with("愛子さんへ", &to_aiko);
    let conversations = async || scene.aiko.gets("/api/v1/conversations").await;
    scene.hana.sends(&scene.iwate, &scene.hana.create_of(&note)).await;
    assert_eq!(scene.aiko.notifications().await, ["mention hana"]);
    let id = conversations().await[0]["id"].as_str().unwrap().to_owned();
    scene.aiko.does("/api/v1/notifications/clear", json!({})).await;
    let path = format!("/api/v1/conversations/{id}");
    scene.aiko.call(Method::DELETE, &path, None).await.succeeded();

    scene.hana.sends(&scene.iwate, &scene.hana.create_of(&note)).await;

    assert_eq!(scene.aiko.notifications().await, [""; 0]);
    assert_eq!(conversations().await, json!([]));
    scene.hana.sends(&scene.iwate, &scene.hana.create_of(&scene.hana.note("つぎ"))).await;
    assert_eq!(scene.aiko.reads().await.len(), 2, "what is new is shown");
}

/// Or anybody could make the node fetch and keep whatever they like.
#[tokio::test]
async fn what_is_passed_on_and_concerns_nobody_here_is_not_fetched() {
    let scene = Scene::new().await;
    let known = scene.hana.says(&scene.iwate, "ご意見は").await;
    let stray = scene.mallory.note("だれも待っていない");
    let answer = scene.mallory.note_with("答えです", &json!({"inReplyTo": known["id"]}));
    scene.hana.server.forgets();

    scene.eve.sends(&scene.iwate, &scene.mallory.create_of(&stray)).await;
    let edit = scene.mallory.activity("Update", &stray);
    scene.eve.sends(&scene.iwate, &edit).await;
    let deletion = scene.mallory.activity("Delete", &stray["id"]);
    scene.eve.sends(&scene.iwate, &deletion).await;
    scene.iwate.fetch().await;
    assert!(scene.hana.server.asked().is_empty());

    scene.eve.sends(&scene.iwate, &scene.mallory.create_of(&answer)).await;
    scene.iwate.fetch().await;
    assert!(scene.iwate.post(answer["id"].as_str().unwrap()).await.is_some(), "it is an answer");
}

/// FEP-8b32: a proof by the actor is as good as its signature on the request, whoever brings it.
#[tokio::test]
async fn an_activity_with_its_actors_own_proof_may_be_brought_by_anybody() {
    let scene = Scene::new().await;
    let follow = || scene.hana.activity("Follow", &json!(scene.aiko.uri));
    let mut altered = scene.hana.proves(&follow());
    altered["to"] = json!([PUBLIC]);

    for bad in [altered, scene.eve.proves(&follow()), scene.mallory.proves(&follow())] {
        scene.eve.sends(&scene.iwate, &bad).await;
        assert!(!scene.aiko.relation(&scene.hana.handle(), "followed_by").await, "{bad}");
    }

    scene.eve.sends(&scene.iwate, &scene.hana.proves(&follow())).await;
    assert!(scene.aiko.relation(&scene.hana.handle(), "followed_by").await);
}

#[tokio::test]
async fn an_id_on_another_host_is_malformed() {
    let scene = Scene::new().await;
    let mut activity = scene.good();
    activity["id"] = json!(scene.eve.server.url("/activities/1"));
    let letter = scene.hana.letter(&scene.iwate, &activity);
    scene.refuses(letter, 400, "the activity's id").await;

    let mut ours = scene.good();
    ours["actor"] = json!(scene.aiko.uri);
    let letter = scene.hana.letter(&scene.iwate, &ours);
    scene.refuses(letter, 400, "an actor of the node").await;
}

/// mastodon.md §0, trap 8: hosts of `id`, `attributedTo` and `actor` must be one.
#[tokio::test]
async fn an_object_of_another_host_is_not_taken() {
    let scene = Scene::new().await;
    for change in [
        json!({"id": scene.eve.server.url("/notes/1")}),
        json!({"attributedTo": scene.eve.uri}),
        json!({"attributedTo": scene.mallory.uri}),
        json!({"id": scene.iwate.url("/users/aiko/posts/1")}),
    ] {
        let mut activity = scene.good();
        for (key, value) in change.as_object().unwrap() {
            activity["object"][key] = value.clone();
        }
        scene.hana.sends(&scene.iwate, &activity).await;
        let fate = scene.iwate.fate(activity["id"].as_str().unwrap()).await.unwrap();
        assert!(["ignored", "failed"].contains(&fate.as_str()), "{change}: {fate}");
        assert!(scene.iwate.posts().await.is_empty(), "{change}");
    }
}

#[tokio::test]
async fn nobody_deletes_changes_or_undoes_what_is_not_theirs() {
    let scene = Scene::new().await;
    let own = scene.aiko.posts("私の投稿").await;
    let note = scene.hana.says(&scene.iwate, "元のまま").await;
    let like = scene.hana.activity("Like", &json!(own.uri()));
    scene.hana.sends(&scene.iwate, &like).await;
    let boost = scene.hana.activity("Announce", &json!(own.uri()));
    scene.hana.sends(&scene.iwate, &boost).await;
    let mut edited = note.clone();
    edited["content"] = json!("改ざん");
    edited["updated"] = json!(scene.net.now().plus(MINUTE).iso());
    let mut edit_of_ours = edited.clone();
    edit_of_ours["id"] = json!(own.uri());
    edit_of_ours["attributedTo"] = json!(scene.mallory.uri);

    for liar in [&scene.mallory, &scene.eve] {
        for (kind, object) in [
            ("Delete", note["id"].clone()),
            ("Delete", json!({"id": note["id"], "type": "Tombstone"})),
            ("Delete", json!(own.uri())),
            ("Delete", json!(scene.aiko.uri)),
            ("Delete", json!(scene.hana.uri)),
            ("Update", edited.clone()),
            ("Update", edit_of_ours.clone()),
            ("Update", scene.hana.document()),
            ("Undo", like.clone()),
            ("Undo", like["id"].clone()),
            ("Undo", boost.clone()),
            ("Undo", boost["id"].clone()),
            ("Remove", note["id"].clone()),
            ("Move", json!(scene.hana.uri)),
        ] {
            scene.net.advance(1_000);
            liar.sends(&scene.iwate, &liar.activity(kind, &object)).await;
        }
    }
    scene.iwate.fetch().await;

    let ours = scene.iwate.post(own.uri()).await.unwrap();
    assert_eq!((ours.likes_count, ours.boosts_count), (1, 1));
    assert!(ours.content_html.contains("私の投稿"));
    let theirs = scene.iwate.post(note["id"].as_str().unwrap()).await.unwrap();
    assert!(theirs.content_html.contains("元のまま"));
    let hana = scene.iwate.account(&scene.hana.uri).await.unwrap();
    assert!(!hana.is_gone() && hana.moved_to.is_none());
    assert!(scene.aiko.relation(&scene.hana.handle(), "following").await);
}

#[tokio::test]
async fn an_answer_to_a_follow_counts_only_from_whom_was_asked() {
    let scene = Scene::new().await;
    let jun = scene.hana.server.actor("jun");
    scene.aiko.follows(&jun.handle()).await;
    scene.iwate.deliver().await;
    let follow = scene.hana.server.received().last().unwrap().json();

    for liar in [&scene.mallory, &scene.eve] {
        liar.sends(&scene.iwate, &liar.activity("Accept", &follow)).await;
        assert!(!scene.aiko.relation(&jun.handle(), "following").await);
    }
    jun.sends(&scene.iwate, &jun.activity("Accept", &follow["id"])).await;
    assert!(scene.aiko.relation(&jun.handle(), "following").await);
    for liar in [&scene.mallory, &scene.eve] {
        liar.sends(&scene.iwate, &liar.activity("Reject", &follow)).await;
        assert!(scene.aiko.relation(&jun.handle(), "following").await);
    }
}

/// mastodon.md §0, trap 8: a redirect is followed, but only to where the node may go.
#[tokio::test]
async fn a_redirect_to_a_private_address_is_not_followed() {
    let scene = Scene::new().await;
    let port = scene.eve.server.host().rsplit(':').next().unwrap().to_owned();
    for target in [
        format!("http://127.0.0.1:{port}/secret"),
        format!("http://[::1]:{port}/secret"),
        format!("http://0.0.0.0:{port}/secret"),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        scene.eve.server.serves("/users/eve", Reply::redirect(&target));
        let letter = scene.eve.letter(&scene.iwate, &scene.eve.activity("View", &json!("x")));
        scene.refuses(letter, 401, &target).await;
    }
    assert!(scene.eve.server.asked().iter().all(|r| r.target != "/secret"));

    scene.eve.server.serves("/users/eve", Reply::redirect("/users/eve"));
    let letter = scene.eve.letter(&scene.iwate, &scene.eve.activity("View", &json!("x")));
    scene.refuses(letter, 401, "round in circles").await;
}

/// An open redirect of a server lets nobody else speak for it.
#[tokio::test]
async fn a_document_on_the_host_that_was_redirected_to_is_that_hosts_own() {
    let scene = Scene::new().await;
    let address = scene.hana.server.url("/out");
    let redirects = |to: &str| scene.hana.server.serves("/out", Reply::redirect(to));
    let mut forged = scene.hana.note("言っていません");
    forged["id"] = json!(address);
    scene.eve.server.serves("/forged", Reply::document(&forged));

    redirects(&scene.eve.server.url("/forged"));
    assert_eq!(scene.aiko.searches(&address).await["statuses"], json!([]));
    assert!(scene.iwate.posts().await.is_empty());

    let note = scene.eve.note("わたしが言いました");
    redirects(note["id"].as_str().unwrap());
    let found = scene.aiko.searches(&address).await;
    assert_eq!(found["statuses"][0]["uri"], note["id"]);
    assert_eq!(found["statuses"][0]["account"]["username"], "eve");
}

/// mastodon.md §0, traps 6 and 8: a document is what calls itself by its own address, in the right media type.
#[tokio::test]
async fn a_document_that_could_be_an_upload_or_another_ones_is_no_actor() {
    let scene = Scene::new().await;
    let document = scene.eve.document();
    let (mut elsewhere, mut unnamed) = (document.clone(), document.clone());
    elsewhere["id"] = json!(scene.hana.uri);
    unnamed.as_object_mut().unwrap().remove("id");
    let mut other_inbox = document.clone();
    other_inbox["inbox"] = json!(scene.hana.server.url("/inbox"));
    for (reply, what) in [
        (Reply::typed("application/json", &document.to_string()), "plain JSON"),
        (Reply::typed("application/ld+json", &document.to_string()), "JSON-LD without profile"),
        (Reply::typed("image/png", &document.to_string()), "an upload"),
        (Reply::document(&elsewhere), "another id"),
        (Reply::document(&unnamed), "no id"),
        (Reply::document(&other_inbox), "an inbox on another host"),
    ] {
        scene.eve.server.serves("/users/eve", reply);
        let letter = scene.eve.letter(&scene.iwate, &scene.eve.activity("View", &json!("x")));
        scene.refuses(letter, 401, what).await;
    }
    scene.eve.serves(&document);
    scene.letter().post().await.succeeded();
}

/// mastodon.md §0, trap 9.
#[tokio::test]
async fn an_actor_whose_name_its_server_does_not_confirm_is_refused() {
    let scene = Scene::new().await;
    let path = format!("/.well-known/webfinger?resource=acct:{}", scene.eve.handle());
    let jrd = |kind: &str, href: &str| {
        json!({
            "subject": format!("acct:{}", scene.eve.handle()),
            "links": [{"rel": "self", "type": kind, "href": href}],
        })
    };
    let good = "application/activity+json";
    for (reply, what) in [
        (Reply::typed("application/jrd+json", &jrd(good, &scene.hana.uri).to_string()), "of hana"),
        (
            Reply::typed("application/jrd+json", &jrd("text/html", &scene.eve.uri).to_string()),
            "a page",
        ),
    ] {
        scene.eve.server.serves(&path, reply);
        let letter = scene.eve.letter(&scene.iwate, &scene.eve.activity("View", &json!("x")));
        scene.refuses(letter, 401, what).await;
    }

    // A name on somebody else's host counts only if that host says so, too.
    let mut jrd = jrd(good, &scene.eve.uri);
    jrd["subject"] = json!(format!("acct:{}", scene.hana.handle()));
    scene.eve.server.serves(&path, Reply::typed("application/jrd+json", &jrd.to_string()));
    let letter = scene.eve.letter(&scene.iwate, &scene.eve.activity("View", &json!("x")));
    scene.refuses(letter, 401, "hana's name").await;
    assert!(scene.iwate.account(&scene.eve.uri).await.is_none());
}

/// The id of a blog's only account may be `https://blog.example`, and the address of that is `https://blog.example/`.
#[tokio::test]
async fn an_actor_whose_id_is_a_bare_host_is_followed_and_heard() {
    let scene = Scene::new().await;
    let server = Stranger::start(&scene.net, "blog").await;
    let mut blog = server.actor("blog");
    blog.uri = server.url("");
    server.serves("/", Reply::document(&blog.document()));
    blog.goes_by_a_name_at(&server);
    assert_eq!(blog.uri.matches('/').count(), 2, "{}", blog.uri);

    scene.aiko.finds_account(&blog.handle()).await;
    blog.is_followed_by(&scene.aiko).await;
    blog.says(&scene.iwate, "新しい記事です").await;

    assert!(scene.aiko.relation(&blog.handle(), "following").await);
    assert_eq!(scene.aiko.reads().await, ["新しい記事です"]);
}

#[tokio::test]
async fn a_document_without_end_is_not_read_to_its_end() {
    let scene = Scene::new().await;
    let mut long = scene.eve.document();
    long["summary"] = json!("a".repeat(1 << 20));
    scene.eve.serves(&long);
    let letter = scene.eve.letter(&scene.iwate, &scene.eve.activity("View", &json!("x")));
    scene.refuses(letter, 401, "an actor over 1 MiB").await;

    let huge = scene.mallory.note_with("長い", &json!({"summary": "a".repeat(1 << 20)}));
    let boost = scene.hana.activity("Announce", &huge["id"]);
    scene.hana.sends(&scene.iwate, &boost).await;
    scene.iwate.fetch().await;
    scene.iwate.apply().await;
    assert!(scene.iwate.posts().await.is_empty(), "a post over 1 MiB");
}

#[tokio::test]
async fn tricks_with_letters_in_handles_are_refused() {
    let scene = Scene::new().await;
    for name in [
        "аiko",         // a Cyrillic а
        "aiko\u{202e}", // written from right to left
        "ai\u{200b}ko", // a space without width
        "aiko\u{fe0f}", // a variation of nothing
        "ａｉｋｏ",     // full width
        "ai ko",
        "aiko@iwate.example",
        "../aiko",
        "ai/ko",
        "<b>aiko</b>",
        "",
    ] {
        let mut document = scene.eve.document();
        document["preferredUsername"] = json!(name);
        scene.eve.serves(&document);
        let confirms = json!({
            "subject": format!("acct:{name}@{}", scene.eve.server.host()),
            "links": [{"rel": "self", "type": "application/activity+json", "href": scene.eve.uri}],
        });
        let reply = Reply::typed("application/jrd+json", &confirms.to_string());
        scene.eve.server.serves("/.well-known/webfinger", reply);
        let letter = scene.eve.letter(&scene.iwate, &scene.eve.activity("View", &json!("x")));
        scene.refuses(letter, 401, name).await;
        assert!(scene.iwate.account(&scene.eve.uri).await.is_none(), "{name:?}");
    }
}

#[tokio::test]
async fn of_html_only_the_harmless_is_kept() {
    let scene = Scene::new().await;
    let content = r#"<p onclick="steal()">こん<script>alert(1)</script><b>にちは</b>
        <img src=x onerror=alert(1)><iframe src="https://evil.example"></iframe>
        <a href="javascript:alert(1)">押して</a><style>*{display:none}</style><svg onload=alert(1)>"#;
    let note = scene.hana.note_with(
        "",
        &json!({
            "content": content, "summary": "<script>alert(2)</script>注意", "name": "<img src=x>",
        }),
    );
    let mut profile = scene.hana.document();
    profile["name"] = json!("<script>alert(3)</script>花");
    profile["summary"] = json!(content);
    profile["attachment"] =
        json!([{"type": "PropertyValue", "name": "<b>x</b>", "value": content}]);
    scene.hana.serves(&profile);

    scene.hana.sends(&scene.iwate, &scene.hana.create_of(&note)).await;
    scene.hana.sends(&scene.iwate, &scene.hana.activity("Update", &profile)).await;
    scene.iwate.fetch().await;

    let seen = &scene.aiko.timeline().await[0];
    let (account, status) = (&seen.0["account"], &seen.0);
    let value = account["fields"][0]["value"].as_str().unwrap();
    for html in [status["content"].as_str().unwrap(), account["note"].as_str().unwrap(), value] {
        assert!(
            html.contains("<b>にちは</b>") || html.contains("<strong>にちは</strong>"),
            "{html}"
        );
        for bad in [
            "script",
            "onclick",
            "onerror",
            "onload",
            "iframe",
            "javascript:",
            "style",
            "svg",
            "alert",
        ] {
            assert!(!html.contains(bad), "{bad} in {html}");
        }
    }
    assert_eq!(status["spoiler_text"], "注意");
}

#[tokio::test]
async fn a_flood_from_one_host_or_address_is_held_and_others_are_not() {
    let net = Network::new();
    let iwate = net
        .node_with("iwate", |config| {
            config.rate_limits = Switch::On;
            config.rate_limit_inbox = 3;
            config.trusted_proxies = "127.0.0.1".to_owned().try_into().unwrap();
        })
        .await;
    let hana = Stranger::start(&net, "stranger").await.actor("hana");
    let eve = Stranger::start(&net, "elsewhere").await.actor("eve");
    let view = async |by: &Actor, address: &str| {
        let letter = by.letter(&iwate, &by.activity("View", &json!("x")));
        letter.with_header("x-forwarded-for", address).post().await
    };

    let mut codes = Vec::new();
    for address in ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"] {
        codes.push(view(&hana, address).await.status);
    }
    assert_eq!(codes, [202, 202, 202, 429, 429], "one host from many addresses");
    assert_eq!(view(&eve, "192.0.2.6").await.status, 202, "another host");

    let mut nobody = hana.clone();
    nobody.keys = keys::fresh();
    codes.clear();
    for _ in 0..4 {
        codes.push(view(&nobody, "192.0.2.7").await.status);
    }
    assert_eq!(codes, [401, 401, 401, 429], "one address that signs nothing well");
    assert!(view(&nobody, "192.0.2.7").await.header("retry-after").parse::<u32>().unwrap() > 0);
    assert_eq!(view(&eve, "192.0.2.8").await.status, 202, "another address");
    assert_eq!(iwate.arrivals().await, 5);
}

#[tokio::test]
async fn a_blocked_host_is_refused() {
    let scene = Scene::new().await;
    let mut tx = scene.iwate.app().db.begin().await.unwrap();
    hosts::set_blocked(&mut tx, scene.hana.server.host(), true).await.unwrap();
    tx.commit().await.unwrap();
    // The node knew the host a moment ago; these 30 real seconds are over.
    scene.iwate.app().seen_hosts.invalidate_all();

    scene.refuses(scene.letter(), 403, "blocked").await;
    scene.refuses(scene.letter().by_rfc9421(), 403, "blocked").await;
    let read = scene.hana.reads(&scene.iwate, &scene.aiko.path("")).await;
    assert_eq!(read.status, 403, "nor does it read");
}

/// People see `@eve@names`, and so does whoever blocks: that her server has another host is nothing they need to know.
#[tokio::test]
async fn a_block_of_the_host_in_names_holds_for_the_server_behind_it() {
    let scene = Scene::new().await;
    let names = Stranger::start(&scene.net, "names").await;
    scene.eve.goes_by_a_name_at(&names);
    let view = || scene.eve.letter(&scene.iwate, &scene.eve.activity("View", &json!("x")));
    view().post().await.succeeded();
    scene.eve.follows(&scene.iwate, &scene.aiko.uri).await;
    scene.eve.server.forgets();
    let blocks = async |blocked: bool| {
        let mut tx = scene.iwate.app().db.begin().await.unwrap();
        hosts::set_blocked(&mut tx, names.host(), blocked).await.unwrap();
        tx.commit().await.unwrap();
        scene.iwate.app().seen_hosts.invalidate_all();
    };

    blocks(true).await;
    scene.refuses(view(), 403, "blocked").await;
    scene.aiko.posts("あなたには送りません").await;
    scene.iwate.deliver().await;
    assert!(scene.eve.server.received().is_empty());

    blocks(false).await;
    view().post().await.succeeded();
}

#[tokio::test]
async fn who_is_blocked_does_not_come_back_under_another_name_of_their_domain() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let eve = Stranger::start(&net, "a.b.evil").await.actor("eve");
    let devil = Stranger::start(&net, "devil").await.actor("devil");
    for actor in [&eve, &devil] {
        actor.follows(&iwate, &aiko.uri).await;
    }
    aiko.posts("まだ届いていません").await;
    assert_eq!(iwate.waiting().await, 2);

    let mut tx = iwate.app().db.begin().await.unwrap();
    hosts::set_blocked(&mut tx, "evil.localhost", true).await.unwrap();
    tx.commit().await.unwrap();
    // The node knew the host a moment ago; these 30 real seconds are over.
    iwate.app().seen_hosts.invalidate_all();

    assert_eq!(iwate.waiting().await, 1, "what was on its way to the other");
    let says = async |actor: &Actor| {
        actor.letter(&iwate, &actor.activity("View", &json!("x"))).post().await.status
    };
    assert_eq!((says(&eve).await, says(&devil).await), (403, 202));
    aiko.posts("あなたには送りません").await;
    assert_eq!(iwate.waiting().await, 2);
}

/// What a blocked host says comes in by no other way, either: neither brought by somebody else, nor fetched.
#[tokio::test]
async fn what_a_blocked_host_says_is_not_taken_from_others() {
    let scene = Scene::new().await;
    scene.eve.is_followed_by(&scene.aiko).await;
    let mut tx = scene.iwate.app().db.begin().await.unwrap();
    hosts::set_blocked(&mut tx, scene.hana.server.host(), true).await.unwrap();
    tx.commit().await.unwrap();
    scene.iwate.app().seen_hosts.invalidate_all();
    scene.hana.server.forgets();

    let proven = scene.hana.proves(&scene.good());
    scene.refuses(scene.eve.letter(&scene.iwate, &proven), 403, "proven, but blocked").await;
    scene.eve.sends(&scene.iwate, &scene.good()).await;
    let boost = scene.eve.activity("Announce", &scene.hana.note("広めて")["id"]);
    scene.eve.sends(&scene.iwate, &boost).await;
    scene.iwate.fetch().await;
    scene.iwate.apply().await;

    assert!(scene.iwate.posts().await.is_empty());
    assert!(scene.hana.server.asked().is_empty(), "it is not even asked");
}

/// The account is gone at its origin; whoever brings the news is not believed, but makes us look.
#[tokio::test]
async fn news_of_a_deleted_account_brought_by_others_make_us_look_at_its_origin() {
    let scene = Scene::new().await;
    scene.hana.says(&scene.iwate, "最後のことば").await;
    let delete = scene.hana.activity("Delete", &json!(scene.hana.uri));
    scene.eve.sends(&scene.iwate, &delete).await;
    scene.iwate.fetch().await;
    assert!(!scene.iwate.account(&scene.hana.uri).await.unwrap().is_gone(), "she is still there");

    scene.hana.server.serves("/users/hana", Reply::status(410));
    let delete = scene.hana.activity("Delete", &json!(scene.hana.uri));
    scene.eve.sends(&scene.iwate, &delete).await;
    scene.iwate.fetch().await;

    assert!(scene.iwate.account(&scene.hana.uri).await.unwrap().is_gone());
    assert!(scene.iwate.posts().await.is_empty());
}

/// Not everybody answers 410 for what is gone.
#[tokio::test]
async fn a_tombstone_that_is_served_like_a_document_takes_the_post_away() {
    let scene = Scene::new().await;
    let note = scene.hana.says(&scene.iwate, "消える一言").await;
    let delete = scene.hana.activity("Delete", &note["id"]);
    scene.eve.sends(&scene.iwate, &delete).await;
    scene.iwate.fetch().await;
    assert_eq!(scene.iwate.posts().await.len(), 1, "it is still there");

    scene.hana.publishes(&json!({
        "@context": note["@context"], "id": note["id"], "type": "Tombstone",
    }));
    scene.eve.sends(&scene.iwate, &scene.hana.activity("Delete", &note["id"])).await;
    scene.iwate.fetch().await;

    assert!(scene.iwate.posts().await.is_empty());
}

/// Two Updates within seconds: the document was read before the second change.
#[tokio::test]
async fn a_profile_that_changes_while_it_is_fetched_is_fetched_once_more() {
    let scene = Scene::new().await;
    let app = scene.iwate.app();
    let changes = async || {
        let update = scene.hana.activity("Update", &json!(scene.hana.uri));
        scene.hana.sends(&scene.iwate, &update).await;
    };
    changes().await;
    let under_way = fetch_queue::claim(app, 32).await.unwrap();
    assert_eq!(under_way.len(), 1);

    changes().await;
    assert_eq!(scene.iwate.fetch().await, 0, "not twice at the same time");
    let mut tx = app.db.begin().await.unwrap();
    fetch_queue::done(&mut tx, &under_way[0]).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(scene.iwate.fetch().await, 1);
    assert_eq!(scene.iwate.fetch().await, 0);
}

#[tokio::test]
async fn an_unknown_type_is_understood_and_left_alone() {
    let scene = Scene::new().await;
    for kind in ["View", "Listen", "Dislike", "Join", "Offer", "FeatureRequest", "なにか"] {
        let activity = scene.hana.activity(kind, &json!(scene.aiko.uri));
        scene.hana.sends(&scene.iwate, &activity).await;
        let fate = scene.iwate.fate(activity["id"].as_str().unwrap()).await;
        assert_eq!(fate.as_deref(), Some("ignored"), "{kind}");
    }
}

/// mastodon.md §0, trap 7, from the receiving side.
#[tokio::test]
async fn what_does_not_speak_activitystreams_is_left_alone() {
    let scene = Scene::new().await;
    for context in [json!(null), json!("https://schema.org"), json!([{"as": "x"}])] {
        let mut activity = scene.good();
        activity["@context"] = context;
        scene.hana.sends(&scene.iwate, &activity).await;
    }
    assert!(scene.iwate.posts().await.is_empty());
}

#[tokio::test]
async fn a_repeated_activity_is_answered_202_and_applied_once() {
    let scene = Scene::new().await;
    let post = scene.aiko.posts("すきですか").await;
    let like = scene.hana.activity("Like", &json!(post.uri()));
    let undo = scene.hana.activity("Undo", &like);

    for activity in [&like, &like, &undo, &like] {
        scene.hana.letter(&scene.iwate, activity).post().await.succeeded();
        let personal = scene.hana.letter(&scene.iwate, activity).to_inbox_of(&scene.aiko);
        personal.post().await.succeeded();
        scene.iwate.apply().await;
    }

    let kept = scene.iwate.post(post.uri()).await.unwrap();
    assert_eq!(kept.likes_count, 0, "the repeat after the undo changes nothing");
}

/// With `bto`, or when it is for a list of people, the inboxes alone tell whom a post is for.
#[tokio::test]
async fn a_post_that_names_nobody_is_for_all_to_whose_inboxes_it_came() {
    let scene = Scene::new().await;
    let (yui, ken) = (scene.iwate.member("yui").await, scene.iwate.member("ken").await);
    let other = scene.iwate.member("other").await;
    let note = scene.hana.note_with("みなさんだけに", &json!({"to": [], "cc": []}));
    let create = scene.hana.create_of(&note);
    let sends = async |member: &Member| {
        let letter = scene.hana.letter(&scene.iwate, &create);
        letter.to_inbox_of(member).post().await.succeeded();
    };

    sends(&scene.aiko).await;
    sends(&yui).await;
    scene.iwate.apply().await;
    sends(&ken).await;
    sends(&yui).await;
    scene.iwate.apply().await;

    let uri = note["id"].as_str().unwrap();
    for member in [&scene.aiko, &yui, &ken] {
        assert_eq!(member.reads().await, ["みなさんだけに"], "{}", member.name);
        assert_eq!(member.notifications().await, ["mention hana"], "{}", member.name);
    }
    assert!(other.reads_post(uri).await.is_none());
}

#[tokio::test]
async fn deletes_and_updates_of_unknown_accounts_cost_nothing() {
    let scene = Scene::new().await;
    scene.eve.server.serves("/users/eve", Reply::status(410));
    for kind in ["Delete", "Update"] {
        let about_itself = scene.eve.activity(kind, &json!(scene.eve.uri));
        let letter = scene.eve.letter(&scene.iwate, &about_itself);
        scene.refuses(letter, 202, kind).await;
    }
    assert!(scene.eve.server.asked().is_empty(), "the gone account is not asked for");
}

#[tokio::test]
async fn a_rotated_key_is_accepted_after_one_look() {
    let scene = Scene::new().await;
    let mut rotated = scene.hana.clone();
    rotated.keys = keys::fresh();
    rotated.serves(&rotated.document());
    // The node looked at the old key less than a real minute ago; that minute is over.
    scene.iwate.app().keys.refetched.invalidate_all();
    scene.hana.server.forgets();

    let note = rotated.says(&scene.iwate, "鍵を変えました").await;
    let asked = scene.hana.server.asked().len();
    assert!(asked > 0);
    assert_eq!(scene.aiko.reads().await, ["鍵を変えました"]);
    rotated.says(&scene.iwate, "もう一度").await;
    assert_eq!(scene.hana.server.asked().len(), asked, "the new key is known now");
    let with_the_old_key = scene.hana.letter(&scene.iwate, &scene.hana.activity("Delete", &note));
    scene.refuses(with_the_old_key, 401, "the old key").await;
    scene.refuses(scene.letter(), 401, "the old key").await;
    let looked = scene.hana.server.asked().len();
    scene.refuses(scene.letter(), 401, "the old key").await;
    assert_eq!(scene.hana.server.asked().len(), looked, "not looked at for every bad signature");
}

/// mastodon.md §0, trap 1, from our side: what may pass is no 4xx, or the other server gives up for ever.
#[tokio::test]
async fn a_key_that_cannot_be_had_now_is_a_503() {
    let scene = Scene::new().await;
    let view = || scene.eve.letter(&scene.iwate, &scene.eve.activity("View", &json!("x")));
    for status in [500, 502, 503, 429] {
        scene.eve.server.serves("/users/eve", Reply::status(status));
        scene.refuses(view(), 503, &status.to_string()).await;
    }
    scene.eve.server.goes_down().await;
    scene.refuses(view(), 503, "down").await;

    scene.eve.server.comes_back().await;
    scene.eve.serves(&scene.eve.document());
    view().post().await.succeeded();
}

#[tokio::test]
async fn a_known_key_needs_no_fetch() {
    let scene = Scene::new().await;
    scene.hana.server.goes_down().await;
    scene.letter().post().await.succeeded();
    assert_eq!(scene.iwate.second_process().await.keys.remote.entry_count(), 0);
}

#[tokio::test]
async fn an_inbox_that_is_not_there_is_404_and_one_of_a_deleted_member_410() {
    let scene = Scene::new().await;
    let yui = scene.iwate.member("yui").await;
    yui.leaves().await;
    scene.refuses(scene.letter().to_inbox_of(&yui), 410, "deleted").await;
    let mut nobody = yui.clone();
    nobody.name = "nobody".into();
    scene.refuses(scene.letter().to_inbox_of(&nobody), 404, "unknown").await;
}

#[tokio::test]
async fn a_suspended_account_says_nothing_more() {
    let scene = Scene::new().await;
    let mut suspended = scene.hana.document();
    suspended["suspended"] = json!(true);
    scene.hana.serves(&suspended);
    scene.hana.sends(&scene.iwate, &scene.hana.activity("Update", &suspended)).await;
    scene.iwate.fetch().await;

    scene.hana.sends(&scene.iwate, &scene.good()).await;

    assert!(scene.iwate.posts().await.is_empty());

    let back = scene.hana.document();
    scene.hana.serves(&back);
    scene.hana.sends(&scene.iwate, &scene.hana.activity("Update", &back)).await;
    scene.iwate.fetch().await;
    scene.hana.sends(&scene.iwate, &scene.good()).await;

    assert_eq!(scene.iwate.posts().await.len(), 1, "until its server takes it back");
}

#[tokio::test]
async fn a_report_from_elsewhere_is_kept_for_the_moderators() {
    let scene = Scene::new().await;
    let post = scene.aiko.posts("困った投稿").await;
    let kept = scene.iwate.post(post.uri()).await.unwrap().id;
    let nobody = scene.iwate.url("/users/nobody");
    let reports = async || {
        let mut tx = scene.iwate.app().db.read().await.unwrap();
        tsudoi::accounts::queries::reports(&mut tx, i64::MAX, 10).await.unwrap()
    };
    let mut about_nobody = scene.hana.activity("Flag", &json!([nobody, scene.eve.uri]));
    about_nobody["content"] = json!("だれでもない");
    let mut flag = scene.hana.activity("Flag", &json!([scene.aiko.uri, post.uri()]));
    flag["content"] = json!("規約違反です<script>");

    scene.hana.sends(&scene.iwate, &about_nobody).await;
    assert!(reports().await.is_empty());
    scene.hana.sends(&scene.iwate, &flag).await;
    let [report] = reports().await.try_into().unwrap();

    assert_eq!((report.target_name.as_str(), report.reporter_name.as_str()), ("aiko", "hana"));
    assert!(report.comment.starts_with("規約違反です"), "{}", report.comment);
    let posts: Vec<tsudoi::ids::PostId> = serde_json::from_str(&report.posts).unwrap();
    assert_eq!(posts, [kept], "as the moderators' page reads them");
}
