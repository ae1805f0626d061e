//! What others say about our members' posts is passed on to those who follow them (ActivityPub §7.1.2), so that they see the whole conversation.
use federation_tests::{Actor, Member, Network, Node, Shown, Stranger, actor::PUBLIC};
use serde_json::{Value, json};
use tsudoi::clock::{DAY, MINUTE};

/// aiko of iwate is followed by hana, who lives where the answers come from, and by rin, who lives elsewhere.
struct Scene {
    net: Network,
    iwate: Node,
    aiko: Member,
    hana: Actor,
    rin: Actor,
}

impl Scene {
    async fn new() -> Self {
        let net = Network::new();
        let iwate = net.node("iwate").await;
        let aiko = iwate.member("aiko").await;
        let hana = Stranger::start(&net, "stranger").await.actor("hana");
        let rin = Stranger::start(&net, "elsewhere").await.actor("rin");
        hana.follows(&iwate, &aiko.uri).await;
        rin.follows(&iwate, &aiko.uri).await;
        Self { net, iwate, aiko, hana, rin }
    }

    /// A post that has gone out, and nothing else is on its way.
    async fn post(&self, audience: &str) -> Shown {
        let post = self.aiko.posts_to(audience, "どう思いますか").await;
        self.iwate.deliver().await;
        self.forget();
        post
    }

    fn forget(&self) {
        self.hana.server.forgets();
        self.rin.server.forgets();
    }

    fn answer(&self, post: &Shown, change: &Value) -> Value {
        let mut note = self.hana.note_with("賛成です", &json!({"inReplyTo": post.uri()}));
        for (key, value) in change.as_object().unwrap() {
            note[key] = value.clone();
        }
        self.hana.publishes(&note);
        note
    }

    /// Hana sends it as these very bytes, and the node passes on what it passes on.
    async fn sends(&self, activity: &Value) -> Vec<u8> {
        self.net.advance(1_000);
        let bytes = serde_json::to_vec_pretty(activity).unwrap();
        let letter = self.hana.letter(&self.iwate, activity).with_bytes(&bytes);
        letter.post().await.succeeded();
        self.iwate.apply().await;
        self.iwate.deliver().await;
        bytes
    }
}

#[tokio::test]
async fn a_provable_answer_goes_to_the_authors_followers_once_as_it_came() {
    let scene = Scene::new().await;
    let post = scene.post("public").await;
    let note = scene.answer(&post, &json!({}));
    let create = scene.hana.proves(&scene.hana.create_of(&note));
    let mut newer = note.clone();
    newer["content"] = json!("やはり反対です");
    newer["updated"] = json!(scene.net.now().plus(MINUTE).iso());
    let mut update = scene.hana.activity("Update", &newer);
    update["to"] = json!([PUBLIC]);
    let update = scene.hana.proves(&update);
    let tombstone = json!({"id": note["id"], "type": "Tombstone"});
    let delete = scene.hana.proves(&scene.hana.activity("Delete", &tombstone));

    for activity in [&create, &update, &delete] {
        let bytes = scene.sends(activity).await;
        let [passed_on] = scene.rin.server.received().try_into().unwrap();
        assert_eq!(passed_on.body, bytes, "not a byte is changed");
        assert!(
            passed_on.header("signature").contains(&scene.aiko.uri),
            "signed by whom it answers"
        );
        assert!(scene.hana.server.received().is_empty(), "never back to where it came from");
        scene.forget();
        scene.sends(activity).await;
        assert!(scene.rin.server.received().is_empty(), "a repeat is not passed on again");
    }
}

/// Mastodon signs the old way and takes only that from others; it is passed on all the same.
#[tokio::test]
async fn an_answer_with_a_linked_data_signature_is_passed_on_too() {
    let scene = Scene::new().await;
    let post = scene.post("unlisted").await;
    let mut create = scene.hana.create_of(&scene.answer(&post, &json!({})));
    create["signature"] = json!({"type": "RsaSignature2017", "signatureValue": "…"});

    scene.sends(&create).await;

    assert_eq!(scene.rin.server.received_kinds(), ["Create"]);
}

#[tokio::test]
async fn what_is_closed_or_cannot_be_proven_or_is_no_answer_is_not_passed_on() {
    let scene = Scene::new().await;
    let open = scene.post("public").await;
    let closed = scene.post("followers").await;
    let followers = format!("{}/followers", scene.hana.uri);
    let of = |note: &Value| scene.hana.create_of(note);

    let unproven = of(&scene.answer(&open, &json!({})));
    let to_followers = json!({"to": [followers], "cc": [scene.aiko.uri]});
    let closed_answer = scene.hana.proves(&of(&scene.answer(&open, &to_followers)));
    let direct_answer = json!({"to": [scene.aiko.uri], "cc": []});
    let direct_answer = scene.hana.proves(&of(&scene.answer(&open, &direct_answer)));
    let answer_to_closed = scene.hana.proves(&of(&scene.answer(&closed, &json!({}))));
    let names_only = json!({"inReplyTo": null, "cc": [scene.aiko.uri]});
    let names_only = scene.hana.proves(&of(&scene.answer(&open, &names_only)));
    let like = scene.hana.proves(&scene.hana.activity("Like", &json!(open.uri())));

    for activity in [unproven, closed_answer, direct_answer, answer_to_closed, names_only, like] {
        scene.sends(&activity).await;
        assert_eq!(scene.rin.server.received_kinds(), Vec::<String>::new(), "{activity}");
    }
}

/// Or two servers could pass the same round for ever.
#[tokio::test]
async fn what_was_passed_on_to_us_is_not_passed_on_again() {
    let scene = Scene::new().await;
    let post = scene.post("public").await;
    let create = scene.hana.proves(&scene.hana.create_of(&scene.answer(&post, &json!({}))));
    let bringer = Stranger::start(&scene.net, "third").await.actor("eve");

    bringer.sends(&scene.iwate, &create).await;
    scene.iwate.deliver().await;

    let id = create["object"]["id"].as_str().unwrap();
    assert!(scene.iwate.post(id).await.is_some(), "it is proven, so it is taken");
    assert!(scene.rin.server.received().is_empty());
}

#[tokio::test]
async fn who_is_blocked_reaches_nobodys_followers() {
    let scene = Scene::new().await;
    let post = scene.post("public").await;
    scene.aiko.blocks(&scene.hana.handle()).await;
    scene.iwate.deliver().await;
    scene.forget();

    scene.sends(&scene.hana.proves(&scene.hana.create_of(&scene.answer(&post, &json!({}))))).await;

    assert!(scene.rin.server.received().is_empty());
}

/// The receiving side is a node like ours, which checks the proof.
#[tokio::test]
async fn a_follower_on_another_node_reads_the_answer_of_a_stranger() {
    let scene = Scene::new().await;
    let akita = scene.net.node("akita").await;
    let ken = akita.member("ken").await;
    ken.follows(&scene.aiko.handle()).await;
    federation_tests::settle(&[&scene.iwate, &akita]).await;
    let post = scene.aiko.posts("どう思いますか").await;
    federation_tests::settle(&[&scene.iwate, &akita]).await;

    let note = scene.answer(&post, &json!({}));
    scene.sends(&scene.hana.proves(&scene.hana.create_of(&note))).await;
    akita.apply().await;

    let (_, answers) = ken.reads_thread(post.uri()).await;
    assert_eq!(answers, ["賛成です"]);
    scene.net.advance(DAY);
    let tombstone = json!({"id": note["id"], "type": "Tombstone"});
    scene.sends(&scene.hana.proves(&scene.hana.activity("Delete", &tombstone))).await;
    akita.apply().await;
    let (_, answers) = ken.reads_thread(post.uri()).await;
    assert_eq!(answers, Vec::<String>::new());
}
