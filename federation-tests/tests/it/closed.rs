//! Posts that are for some people alone: what others do to them, and say of them.
use federation_tests::{Actor, Member, Network, Node, Reply, Shown, Stranger, actor::PUBLIC};
use serde_json::{Value, json};
use tsudoi::clock::SECOND;

/// A node, its member aiko, her follower hana of another server, and eve of yet another one.
async fn scene(net: &Network) -> (Node, Member, Actor, Actor) {
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let hana = Stranger::start(net, "stranger").await.actor("hana");
    let eve = Stranger::start(net, "elsewhere").await.actor("eve");
    hana.follows(&iwate, &aiko.uri).await;
    eve.sends(&iwate, &eve.activity("View", &json!(aiko.uri))).await;
    (iwate, aiko, hana, eve)
}

/// Everything that makes others hear of what becomes of a post: a vote, a like, an emoji, an answer and a quote.
fn reactions(by: &Actor, aiko: &Member, post: &Shown) -> Vec<Value> {
    let ballot = json!({
        "id": by.new_id("votes"), "type": "Note", "attributedTo": by.uri, "name": "土曜",
        "inReplyTo": post.uri(), "to": [aiko.uri],
    });
    let mut emoji = by.activity("EmojiReact", &json!(post.uri()));
    emoji["content"] = json!("🎉");
    let to_aiko = |key: &str| {
        let tag = json!([{"type": "Mention", "href": aiko.uri}]);
        json!({key: post.uri(), "to": [PUBLIC], "cc": [aiko.uri], "tag": tag})
    };
    vec![
        by.activity("Create", &ballot),
        by.activity("Like", &json!(post.uri())),
        emoji,
        by.create_of(&by.note_with("返事です", &to_aiko("inReplyTo"))),
        by.create_of(&by.note_with("引用です", &to_aiko("quote"))),
    ]
}

#[tokio::test]
async fn who_reacts_to_what_is_not_for_them_is_not_counted_and_is_sent_nothing() {
    let net = Network::new();
    let (iwate, aiko, hana, eve) = scene(&net).await;
    for audience in ["followers", "direct"] {
        let text = format!("@{} 土曜と日曜、どちらにしますか", hana.handle());
        let poll = json!({"options": ["土曜", "日曜"], "expires_in": 3_600});
        let post = aiko.says(json!({"status": text, "visibility": audience, "poll": poll})).await;
        iwate.deliver().await;
        hana.server.forgets();
        eve.server.forgets();

        for by in [&eve, &hana] {
            for reaction in reactions(by, &aiko, &post) {
                by.sends(&iwate, &reaction).await;
            }
        }
        net.advance(20 * SECOND);
        iwate.count_polls().await;
        aiko.edits(post.uri(), "土曜にします").await;
        iwate.deliver().await;

        assert_eq!(eve.server.received_kinds(), [""; 0], "{audience}");
        assert_eq!(hana.server.received_kinds(), ["Update", "Update"], "{audience}");
        let seen = aiko.finds_post(post.uri()).await;
        assert_eq!(seen.0["poll"]["voters_count"], 1, "{audience}: hana's");
        assert_eq!(seen.count("favourites"), 1, "{audience}: hana's");
        assert_eq!(seen.count("replies"), 1, "{audience}: hana's");
        let rang = aiko.notifications().await;
        let of_eve: Vec<&String> = rang.iter().filter(|n| n.ends_with(" eve")).collect();
        assert!(of_eve.iter().all(|n| *n == "mention eve"), "{audience}: {of_eve:?}");
    }
}

#[tokio::test]
async fn a_follower_who_was_removed_is_sent_no_new_version_but_the_deletion() {
    let net = Network::new();
    let (iwate, aiko, hana, _) = scene(&net).await;
    let poll = json!({"options": ["土曜", "日曜"], "expires_in": 3_600});
    let post = aiko
        .says(json!({"status": "どちらにしますか", "visibility": "followers", "poll": poll}))
        .await;
    for reaction in reactions(&hana, &aiko, &post) {
        hana.sends(&iwate, &reaction).await;
    }
    aiko.removes_follower(&hana.handle()).await;
    iwate.deliver().await;
    hana.server.forgets();

    aiko.edits(post.uri(), "仲間だけに").await;
    net.advance(20 * SECOND);
    iwate.count_polls().await;
    iwate.deliver().await;
    assert_eq!(hana.server.received_kinds(), [""; 0]);

    aiko.deletes(post.uri()).await;
    iwate.deliver().await;
    assert_eq!(hana.server.received_kinds(), ["Delete"], "her server has a copy");
}

#[tokio::test]
async fn the_vote_of_somebody_who_is_blocked_does_not_count() {
    let net = Network::new();
    let (iwate, aiko, hana, _) = scene(&net).await;
    let poll = aiko.asks("どちらにしますか", &["土曜", "日曜"], 3_600).await;
    aiko.blocks(&hana.handle()).await;

    let vote = reactions(&hana, &aiko, &poll).remove(0);
    hana.sends(&iwate, &vote).await;

    assert_eq!(aiko.finds_post(poll.uri()).await.0["poll"]["voters_count"], 0);
    assert_eq!(iwate.fate(vote["id"].as_str().unwrap()).await.as_deref(), Some("ignored"));
}

/// Most servers answer 404 to everybody for what is not open, deleted or not.
fn shown_to_nobody(note: &Value, by: &Actor) {
    let path = note["id"].as_str().unwrap().strip_prefix(&by.server.url("")).unwrap();
    by.server.serves(path, Reply::status(404));
}

#[tokio::test]
async fn nobody_makes_us_forget_what_its_server_shows_to_its_readers_alone() {
    let net = Network::new();
    let (iwate, aiko, hana, eve) = scene(&net).await;
    hana.is_followed_by(&aiko).await;
    for to in [format!("{}/followers", hana.uri), aiko.uri.clone()] {
        let note = hana.note_with("仲間だけに", &json!({"to": [to], "cc": []}));
        shown_to_nobody(&note, &hana);
        hana.sends(&iwate, &hana.create_of(&note)).await;
        hana.server.forgets();

        for kind in ["Update", "Delete"] {
            eve.sends(&iwate, &hana.activity(kind, &note["id"])).await;
            iwate.fetch().await;
        }

        assert!(iwate.post(note["id"].as_str().unwrap()).await.is_some(), "{to}");
        assert_eq!(hana.server.asked().len(), 0, "{to}: there is nothing to be had");
    }
}

#[tokio::test]
async fn a_closed_post_that_comes_while_it_is_asked_for_stays() {
    let net = Network::new();
    let (iwate, aiko, hana, _) = scene(&net).await;
    hana.is_followed_by(&aiko).await;
    let closed = json!({"to": [format!("{}/followers", hana.uri)], "cc": []});
    let parent = hana.note_with("仲間だけに", &closed);
    shown_to_nobody(&parent, &hana);
    let mut answer = closed.clone();
    answer["inReplyTo"] = parent["id"].clone();

    hana.sends(&iwate, &hana.create_of(&hana.note_with("つづき", &answer))).await;
    hana.sends(&iwate, &hana.create_of(&parent)).await;
    assert_eq!(iwate.fetch().await, 1, "it was asked for before it came");

    assert_eq!(iwate.posts().await.len(), 2);
    assert!(iwate.post(parent["id"].as_str().unwrap()).await.is_some());
}
