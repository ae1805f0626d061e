//! Posts that are for some people alone: what others do to them, and say of them.
use federation_tests::{
    Actor, Browser, Member, Network, Node, Reply, Shown, Stranger, actor::PUBLIC,
};
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

#[tokio::test]
async fn a_tag_that_stands_in_closed_posts_alone_is_offered_to_their_author_and_to_nobody_else() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, ken) = (iwate.member("aiko").await, iwate.member("ken").await);
    for audience in ["direct", "followers", "chapter", "unlisted"] {
        aiko.posts_to(audience, "相談があります #解雇通知").await;
    }
    aiko.posts("お知らせ #解説会").await;
    let offered = async |member: &Member| {
        let browser = Browser::of(member).await;
        let completed: Value = browser.opens("/complete?q=%23%E8%A7%A3").await.json();
        let searched = member.searches("解").await["hashtags"].clone();
        [completed, searched].map(|found| found.to_string())
    };
    for found in offered(&ken).await {
        assert!(found.contains("解説会") && !found.contains("解雇通知"), "{found}");
    }
    for found in offered(&aiko).await {
        assert!(found.contains("解説会") && found.contains("解雇通知"), "{found}");
    }
}

#[tokio::test]
async fn a_direct_post_from_somebody_whom_the_member_has_shut_out_is_not_at_home() {
    let net = Network::new();
    let (iwate, aiko, hana, _) = scene(&net).await;
    let ken = iwate.member("ken").await;
    for how in ["mute", "block"] {
        aiko.relates(how, &hana.handle()).await.succeeded();
        aiko.relates(how, &ken.handle()).await.succeeded();
        let tag = json!([{"type": "Mention", "href": aiko.uri}]);
        let note = hana.note_with("聞いて", &json!({"to": [aiko.uri], "cc": [], "tag": tag}));
        hana.sends(&iwate, &hana.create_of(&note)).await;
        ken.tries_to_say(json!({"status": "@aiko 聞いて", "visibility": "direct"})).await;
        assert_eq!(aiko.reads().await, Vec::<String>::new(), "{how}");
    }
    aiko.posts_to("direct", "自分への覚え書き").await;
    assert_eq!(aiko.reads().await, ["自分への覚え書き"]);
}

#[tokio::test]
async fn who_is_muted_or_blocked_stands_in_no_timeline_of_this_node() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, ken, mio) =
        (iwate.member("aiko").await, iwate.member("ken").await, iwate.member("mio").await);
    ken.posts("けんの投稿").await;
    mio.posts("みおの投稿").await;
    aiko.relates("mute", &ken.handle()).await.succeeded();

    let page = Browser::of(&aiko).await.opens("/local").await.text();
    assert!(page.contains("みおの投稿") && !page.contains("けんの投稿"), "{page}");
    let listed = aiko.gets("/api/v1/timelines/public?local=true").await.to_string();
    assert!(listed.contains("みおの投稿") && !listed.contains("けんの投稿"), "{listed}");
    assert_eq!(aiko.gets("/api/v1/timelines/public?local=true&only_media=true").await, json!([]));
    let visitor = iwate.get("/local", "text/html").await.text();
    assert!(visitor.contains("けんの投稿"), "{visitor}");
}
