//! Posts across nodes: who sees them, what may be done with them, and what becomes of them.
use federation_tests::{
    Browser, Member, Network, Node, Reply, Stranger, actor::PUBLIC, browser::between, settle,
};
use serde_json::{Value, json};
use tsudoi::{
    clock::{DAY, HOUR, MINUTE, SECOND},
    db::Tx,
    error::Result,
    fetch_one,
    ids::PostId,
    posts::{
        actions::react,
        inbox::{self, Reason},
        queries, read,
        types::{Audience, QuoteState},
    },
};

/// Two nodes; ken of akita follows aiko of iwate.
async fn a_follower_elsewhere(net: &Network) -> (Node, Node, Member, Member) {
    let (iwate, akita) = (net.node("iwate").await, net.node("akita").await);
    let (aiko, ken) = (iwate.member("aiko").await, akita.member("ken").await);
    ken.follows(&aiko.handle()).await;
    settle(&[&iwate, &akita]).await;
    (iwate, akita, aiko, ken)
}

#[tokio::test]
async fn a_post_reaches_the_home_of_a_follower_and_names_whom_it_mentions() {
    let net = Network::new();
    let (iwate, akita, aiko, ken) = a_follower_elsewhere(&net).await;
    let mio = akita.member("mio").await;

    let text = format!("@{} さん、盛岡で **集い** ましょう #勉強会", mio.handle());
    let post = aiko.posts(&text).await;
    assert_eq!(akita.apply().await, 0, "nothing has been delivered yet");
    settle(&[&iwate, &akita]).await;

    assert_eq!(ken.reads().await, ["@mio さん、盛岡で 集い ましょう #勉強会"]);
    assert_eq!(ken.timeline().await[0].uri(), post.uri());
    assert_eq!(mio.notifications().await, ["mention aiko"]);
    assert_eq!(ken.notifications().await, Vec::<String>::new());
    assert!(mio.reads().await.is_empty(), "mio does not follow aiko");
    let seen = ken.finds_post(post.uri()).await;
    assert!(seen.html().contains("<strong>集い</strong>"), "{}", seen.html());
    assert_eq!(seen.0["tags"][0]["name"], "勉強会");
    assert_eq!(seen.0["mentions"][0]["acct"], "mio");
}

#[tokio::test]
async fn a_followers_only_post_reaches_followers_and_nobody_else() {
    let net = Network::new();
    let (iwate, akita, aiko, ken) = a_follower_elsewhere(&net).await;
    let mio = akita.member("mio").await;

    let post = aiko.posts_to("followers", "仲間だけに").await;
    settle(&[&iwate, &akita]).await;

    assert_eq!(ken.reads().await, ["仲間だけに"]);
    assert!(mio.reads_post(post.uri()).await.is_none());
    let public = mio.call(reqwest::Method::GET, "/api/v1/timelines/public", None).await;
    assert_eq!(public.json(), json!([]));
    assert_ne!(ken.reacts("reblog", post.uri()).await.status, 200, "it is not for others");
}

/// Whoever knows the address of a post must not read by it what is not for them.
#[tokio::test]
async fn searching_for_the_address_of_a_closed_post_shows_it_to_its_readers_only() {
    let net = Network::new();
    let (iwate, akita, aiko, ken) = a_follower_elsewhere(&net).await;
    let (mio, neighbour) = (akita.member("mio").await, iwate.member("neighbour").await);

    for audience in ["followers", "direct", "chapter"] {
        let text = format!("@{} に内緒の話", ken.handle());
        let post = aiko.posts_to(audience, &text).await;
        settle(&[&iwate, &akita]).await;

        let found = mio.searches(post.uri()).await;
        assert_eq!(found["statuses"], json!([]), "{audience}, elsewhere");
        if audience != "chapter" {
            let found = neighbour.searches(post.uri()).await;
            assert_eq!(found["statuses"], json!([]), "{audience}, on the same node");
            assert!(ken.reads_post(post.uri()).await.is_some(), "{audience}, whom it is for");
        }
    }
}

#[tokio::test]
async fn a_direct_post_reaches_only_whom_it_names() {
    let net = Network::new();
    let (iwate, akita, aiko, ken) = a_follower_elsewhere(&net).await;
    let mio = akita.member("mio").await;

    let post = aiko.posts_to("direct", &format!("@{} 内緒です", mio.handle())).await;
    settle(&[&iwate, &akita]).await;

    assert_eq!(mio.notifications().await, ["mention aiko"]);
    assert!(mio.reads_post(post.uri()).await.is_some());
    assert!(ken.reads().await.is_empty(), "ken follows aiko, but is not named");
    assert!(ken.reads_post(post.uri()).await.is_none());
}

#[tokio::test]
async fn a_post_for_the_chapter_never_leaves_the_node() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, yui) = (iwate.member("aiko").await, iwate.member("yui").await);
    yui.follows(&aiko.handle()).await;
    let server = Stranger::start(&net, "stranger").await;
    let hana = server.actor("hana");
    hana.follows(&iwate, &aiko.uri).await;
    server.forgets();

    let text = format!("@{} は読めません", hana.handle());
    let post = aiko.posts_to("chapter", &text).await;
    aiko.edits(post.uri(), "やはり読めません").await;
    yui.replies_to(post.uri(), "了解").await;
    yui.likes(post.uri()).await;
    aiko.deletes(post.uri()).await;
    settle(&[&iwate]).await;

    assert_eq!(server.received().len(), 0, "{:?}", server.received_kinds());
    assert_eq!(iwate.waiting().await, 0);
    let kept = aiko.posts_to("chapter", "支部だけの話").await;
    assert_eq!(yui.reads().await[0], "支部だけの話");
    for answer in [iwate.document(kept.path()).await, hana.reads(&iwate, kept.path()).await] {
        assert_eq!(answer.status, 404);
    }
    let outbox = hana.reads(&iwate, &aiko.path("/outbox?page=true")).await;
    assert_eq!(outbox.json()["orderedItems"], json!([]));
}

#[tokio::test]
async fn an_edit_replaces_the_text_everywhere_and_keeps_the_history() {
    let net = Network::new();
    let (iwate, akita, aiko, ken) = a_follower_elsewhere(&net).await;
    let post = aiko.posts("あした集まります").await;
    settle(&[&iwate, &akita]).await;

    aiko.edits(post.uri(), "あさって集まります").await;
    settle(&[&iwate, &akita]).await;

    assert_eq!(ken.reads().await, ["あさって集まります"]);
    let seen = ken.finds_post(post.uri()).await;
    assert!(seen.0["edited_at"].is_string());
    let copy = akita.post(post.uri()).await.unwrap();
    let mut tx = akita.app().db.read().await.unwrap();
    let history = queries::edits(&mut tx, copy.id).await.unwrap();
    assert_eq!(history.len(), 1);
    assert!(history[0].0.contains("あした"), "{history:?}");
}

#[tokio::test]
async fn an_older_version_that_arrives_late_changes_nothing() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let hana = followed_stranger(&net, &aiko).await;
    let note = hana.says(&iwate, "一").await;
    let version = |text: &str, at: i64| {
        let mut newer = note.clone();
        newer["content"] = json!(text);
        newer["updated"] = json!(net.now().plus(at).iso());
        let mut update = hana.activity("Update", &newer);
        update["to"] = json!([PUBLIC]);
        update
    };
    let (second, third) = (version("二", MINUTE), version("三", 2 * MINUTE));
    net.advance(HOUR);

    hana.sends(&iwate, &third).await;
    hana.sends(&iwate, &second).await;

    assert_eq!(aiko.reads().await, ["三"]);
}

#[tokio::test]
async fn a_deleted_post_is_gone_everywhere_and_a_late_create_does_not_revive_it() {
    let net = Network::new();
    let (iwate, akita, aiko, ken) = a_follower_elsewhere(&net).await;
    let server = Stranger::start(&net, "stranger").await;
    let hana = server.actor("hana");
    hana.follows(&iwate, &aiko.uri).await;
    let post = aiko.posts("消します").await;
    settle(&[&iwate, &akita]).await;
    assert_eq!(ken.reads().await, ["消します"]);

    aiko.deletes(post.uri()).await;
    settle(&[&iwate, &akita]).await;

    assert!(ken.reads().await.is_empty());
    assert!(akita.post(post.uri()).await.is_none());
    assert_eq!(iwate.document(post.path()).await.status, 410);
    let delete = server.received().last().unwrap().json();
    assert_eq!(delete["type"], "Delete");
    assert_eq!(delete["object"], json!({"id": post.uri(), "type": "Tombstone"}));
    assert_eq!(delete["to"], json!([PUBLIC]));
}

#[tokio::test]
async fn a_create_that_comes_after_its_delete_is_not_shown() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let hana = followed_stranger(&net, &aiko).await;
    let note = hana.note("消えたはず");

    let tombstone = json!({"id": note["id"], "type": "Tombstone"});
    hana.sends(&iwate, &hana.activity("Delete", &tombstone)).await;
    hana.sends(&iwate, &hana.create_of(&note)).await;
    iwate.fetch().await;

    assert!(aiko.reads().await.is_empty());
    assert!(iwate.posts().await.is_empty());
}

/// Two processes share a PostgreSQL: one is still taking a post in when the other reads what became of it. `SQLite` has one writer.
#[tokio::test]
async fn what_overtakes_its_create_in_another_process_is_carried_out_a_moment_later() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let hana = followed_stranger(&net, &aiko).await;
    let app = iwate.app();
    if app.db.engine() == "SQLite" {
        return;
    }
    let author = iwate.account(&hana.uri).await.unwrap();
    let long_ago = net.now().plus(-2 * DAY).iso();
    for kind in ["Delete", "Update"] {
        let mut note = hana.note_with("はじめ", &json!({"published": long_ago}));
        let remote = read::post(&note, &hana.create_of(&note), &author, net.now()).unwrap();
        let mut other = app.db.begin().await.unwrap();
        inbox::take(app, &mut other, &author, remote, Reason::Sent).await.unwrap().unwrap();
        note["updated"] = json!(net.now().iso());
        note["content"] = json!("あとで");
        hana.sends(&iwate, &hana.activity(kind, &note)).await;
        other.commit().await.unwrap();

        net.advance(MINUTE);
        iwate.apply().await;

        let copy = iwate.post(note["id"].as_str().unwrap()).await;
        let words = copy.map(|p| p.content_html);
        let expected = (kind == "Update").then(|| "あとで".to_owned());
        assert_eq!(words, expected, "{kind}");
    }
}

/// A follows B, B answers C: all three nodes hold the whole conversation.
#[tokio::test]
async fn a_conversation_goes_across_three_nodes() {
    let net = Network::new();
    let (iwate, akita, aiko, ken) = a_follower_elsewhere(&net).await;
    let aomori = net.node("aomori").await;
    let mio = aomori.member("mio").await;
    let all = [&iwate, &akita, &aomori];
    mio.follows(&ken.handle()).await;
    settle(&all).await;

    let question = aiko.posts("誰か来ますか").await;
    settle(&all).await;
    let answer = ken.replies_to(question.uri(), "行きます").await;
    settle(&all).await;
    let text = format!("@{} 私も", aiko.handle());
    let thanks = mio.replies_to(answer.uri(), &text).await;
    settle(&all).await;

    for (reader, known) in [(&aiko, &iwate), (&ken, &akita), (&mio, &aomori)] {
        let (before, after) = reader.reads_thread(question.uri()).await;
        assert_eq!(
            (before, after),
            (vec![], vec!["行きます".into(), "@aiko 私も".into()]),
            "{}",
            reader.name
        );
        assert_eq!(known.post(thanks.uri()).await.unwrap().in_reply_to_uri.unwrap(), answer.uri());
    }
    assert_eq!(aiko.notifications().await[..2], ["mention mio", "mention ken"]);
    assert_eq!(iwate.post(question.uri()).await.unwrap().replies_count, 1);
    assert_eq!(akita.post(answer.uri()).await.unwrap().replies_count, 1);
}

#[tokio::test]
async fn an_orphan_is_joined_to_its_parent_when_the_parent_can_be_had() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let hana = followed_stranger(&net, &aiko).await;
    let elsewhere = Stranger::start(&net, "elsewhere").await;
    let parent = elsewhere.actor("rin").note("はじまり");
    elsewhere.goes_down().await;

    let reply = hana.note_with("つづき", &json!({"inReplyTo": parent["id"]}));
    hana.sends(&iwate, &hana.create_of(&reply)).await;
    iwate.fetch().await;
    let orphan = iwate.post(reply["id"].as_str().unwrap()).await.unwrap();
    assert_eq!(orphan.in_reply_to_id, None, "its parent's server does not answer");

    elsewhere.comes_back().await;
    net.advance(2 * MINUTE);
    settle(&[&iwate]).await;

    let (before, after) = aiko.reads_thread(reply["id"].as_str().unwrap()).await;
    assert_eq!((before, after), (vec!["はじまり".to_owned()], vec![]));
    let parent = iwate.post(parent["id"].as_str().unwrap()).await.unwrap();
    assert_eq!(parent.replies_count, 1);
}

#[tokio::test]
async fn a_boost_is_shown_to_followers_and_taken_back() {
    let net = Network::new();
    let (iwate, akita, aiko, ken) = a_follower_elsewhere(&net).await;
    let aomori = net.node("aomori").await;
    let mio = aomori.member("mio").await;
    let all = [&iwate, &akita, &aomori];
    mio.follows(&ken.handle()).await;
    settle(&all).await;
    let post = aiko.posts("広めてください").await;
    settle(&all).await;

    ken.boosts(post.uri()).await;
    settle(&all).await;

    assert_eq!(mio.reads().await, ["広めてください"], "mio does not know aiko");
    assert_eq!(mio.timeline().await[0].0["account"]["username"], "ken");
    assert_eq!(aiko.notifications().await[..1], ["reblog ken"]);
    assert_eq!(aiko.finds_post(post.uri()).await.count("reblogs"), 1);

    ken.unboosts(post.uri()).await;
    settle(&all).await;
    assert!(mio.reads().await.is_empty());
    assert_eq!(aiko.finds_post(post.uri()).await.count("reblogs"), 0);
    assert_eq!(aiko.notifications().await, ["follow ken"]);
}

#[tokio::test]
async fn a_like_is_counted_by_the_author_and_taken_back() {
    let net = Network::new();
    let (iwate, akita, aiko, ken) = a_follower_elsewhere(&net).await;
    let post = aiko.posts("よい天気").await;
    settle(&[&iwate, &akita]).await;

    ken.likes(post.uri()).await;
    ken.likes(post.uri()).await;
    settle(&[&iwate, &akita]).await;
    assert_eq!(aiko.finds_post(post.uri()).await.count("favourites"), 1);
    assert_eq!(aiko.notifications().await[..1], ["favourite ken"]);

    ken.unlikes(post.uri()).await;
    settle(&[&iwate, &akita]).await;
    assert_eq!(aiko.finds_post(post.uri()).await.count("favourites"), 0);
    assert_eq!(aiko.notifications().await, ["follow ken"]);
}

/// Misskey says every like with an emoji, Pleroma one beside the other.
#[tokio::test]
async fn whatever_emoji_somebody_reacts_with_they_like_a_post_once() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let server = Stranger::start(&net, "stranger").await;
    let hana = server.actor("hana");
    let post = aiko.posts("よい天気").await;
    let mut react = hana.activity("EmojiReact", &json!(post.uri()));
    react["content"] = json!("🍎");
    let mut misskey = hana.activity("Like", &json!(post.uri()));
    misskey["_misskey_reaction"] = json!("🎉");
    let like = hana.activity("Like", &json!(post.uri()));
    let likers = async || {
        let shown = aiko.finds_post(post.uri()).await;
        let by = aiko.gets(&format!("/api/v1/statuses/{}/favourited_by", shown.id())).await;
        (shown.count("favourites"), by.as_array().unwrap().len())
    };

    for reaction in [&react, &misskey, &like] {
        hana.sends(&iwate, reaction).await;
        assert_eq!(likers().await, (1, 1), "{reaction}");
    }
    assert_eq!(aiko.notifications().await, ["favourite hana"]);
    for (reaction, emoji) in [(&react, "🍎"), (&misskey, "🎉"), (&like, "")] {
        let mut tx = iwate.app().db.read().await.unwrap();
        let id = reaction["id"].as_str().unwrap();
        let (_, _, found) = queries::favourite_by_uri(&mut tx, id).await.unwrap().unwrap();
        assert_eq!(found, emoji);
    }

    for (reaction, left) in [(&like, 1), (&react, 1), (&misskey, 0)] {
        hana.sends(&iwate, &hana.activity("Undo", reaction)).await;
        assert_eq!(likers().await, (i64::try_from(left).unwrap(), left), "{reaction}");
        assert_eq!(aiko.notifications().await.len(), left, "{reaction}");
    }
}

#[tokio::test]
async fn a_bookmark_is_nobody_elses_business() {
    let net = Network::new();
    let (iwate, akita, aiko, ken) = a_follower_elsewhere(&net).await;
    let post = aiko.posts("あとで読む").await;
    settle(&[&iwate, &akita]).await;

    ken.bookmarks(post.uri()).await;

    assert_eq!(akita.waiting().await, 0, "nobody is told");
    assert_eq!(ken.finds_post(post.uri()).await.0["bookmarked"], true);
    assert_eq!(aiko.finds_post(post.uri()).await.0["bookmarked"], false);
    assert_eq!(aiko.notifications().await, ["follow ken"]);
}

#[tokio::test]
async fn pinned_posts_are_pinned_elsewhere_too() {
    let net = Network::new();
    let (iwate, akita, aiko, ken) = a_follower_elsewhere(&net).await;
    let post = aiko.posts("はじめまして").await;
    let closed = aiko.posts_to("followers", "仲間だけに").await;
    settle(&[&iwate, &akita]).await;

    aiko.pins(post.uri()).await;
    assert_eq!(aiko.reacts("pin", closed.uri()).await.status, 403, "only open posts");
    settle(&[&iwate, &akita]).await;
    let copy = akita.account(&aiko.uri).await.unwrap();
    assert_eq!(akita.pinned(copy.id).await, [post.uri()]);
    let featured = iwate.document(&aiko.path("/featured")).await.json();
    assert_eq!(featured["orderedItems"][0]["id"], json!(post.uri()));

    aiko.unpins(post.uri()).await;
    settle(&[&iwate, &akita]).await;
    assert!(akita.pinned(copy.id).await.is_empty());
    assert_eq!(ken.reacts("pin", post.uri()).await.status, 404, "it is not ken's");
}

#[tokio::test]
async fn nobody_pins_what_somebody_else_wrote() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let server = Stranger::start(&net, "stranger").await;
    let (hana, mallory) = (server.actor("hana"), server.actor("mallory"));
    let (own, other) = (hana.note("私の"), mallory.note("人の"));
    let collection = |name: &str, items: Value| {
        let document = json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": format!("{}/{name}", hana.uri),
            "type": "OrderedCollection", "orderedItems": items,
        });
        hana.publishes(&document);
        document
    };
    collection("outbox", json!([]));
    let featured = collection("featured", json!([own["id"], other["id"]]));

    hana.is_followed_by(&aiko).await;
    let id = iwate.account(&hana.uri).await.unwrap().id;
    assert_eq!(iwate.pinned(id).await, [own["id"].as_str().unwrap()], "read from the collection");

    let mut add = hana.activity("Add", &other["id"]);
    add["target"] = featured["id"].clone();
    hana.sends(&iwate, &add).await;
    assert_eq!(iwate.pinned(id).await.len(), 1, "added");
}

/// Bare ids, as Pleroma writes them, and embedded ones; to the author's followers alone, it is for them alone.
#[tokio::test]
async fn boosts_keep_their_audience_and_are_undone_in_either_form() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let hana = followed_stranger(&net, &aiko).await;
    let post = aiko.posts("広めてください").await;
    let followers = format!("{}/followers", hana.uri);
    for (to, cc, audience) in [
        (json!([PUBLIC]), json!([followers]), Audience::Public),
        (json!([followers]), json!(["as:Public"]), Audience::Unlisted),
        (json!(followers), json!([]), Audience::Followers),
    ] {
        let mut boost = hana.activity("Announce", &json!(post.uri()));
        (boost["to"], boost["cc"]) = (to, cc);
        for embedded in [true, false] {
            boost["id"] = json!(hana.new_id("boosts"));
            let undo = if embedded { boost.clone() } else { boost["id"].clone() };
            hana.sends(&iwate, &boost).await;
            let mut tx = iwate.app().db.read().await.unwrap();
            let id = boost["id"].as_str().unwrap();
            let kept = queries::boost_by_uri(&mut tx, id).await.unwrap().unwrap();
            assert_eq!(kept.audience, audience);
            drop(tx);
            hana.sends(&iwate, &hana.activity("Undo", &undo)).await;
            assert_eq!(iwate.post(post.uri()).await.unwrap().boosts_count, 0, "{undo}");
        }
    }
}

#[tokio::test]
async fn votes_are_counted_by_the_author_and_the_result_goes_round() {
    let net = Network::new();
    let (iwate, akita, aiko, ken) = a_follower_elsewhere(&net).await;
    let mio = akita.member("mio").await;
    mio.follows(&aiko.handle()).await;
    let poll = aiko.asks("どちらにしますか", &["土曜", "日曜"], 3_600).await;
    settle(&[&iwate, &akita]).await;

    ken.votes(poll.uri(), &[1]).await;
    settle(&[&iwate, &akita]).await;
    assert_eq!(iwate.count_polls().await, 0, "others may vote in the same moment");
    let jun = akita.member("jun").await;
    jun.votes(jun.finds_post(poll.uri()).await.uri(), &[1]).await;
    settle(&[&iwate, &akita]).await;
    net.advance(20 * SECOND);
    let arrivals = akita.arrivals().await;
    assert_eq!(iwate.count_polls().await, 1);
    settle(&[&iwate, &akita]).await;
    assert_eq!(akita.arrivals().await, arrivals + 1, "two votes, one activity");

    for member in [&aiko, &ken, &mio] {
        let seen = member.finds_post(poll.uri()).await;
        assert_eq!(seen.0["poll"]["options"][1]["votes_count"], 2, "{}", member.name);
        assert_eq!(seen.0["poll"]["options"][0]["votes_count"], 0, "{}", member.name);
        assert_eq!(seen.0["poll"]["voters_count"], 2, "{}", member.name);
        assert_eq!(seen.0["edited_at"], json!(null), "counting is no edit");
    }
    assert_eq!(iwate.post(poll.uri()).await.unwrap().replies_count, 0, "a vote is no reply");
    assert_eq!(iwate.posts().await, [poll.uri()]);

    net.advance(2 * HOUR);
    assert_eq!(iwate.count_polls().await, 1);
    akita.count_polls().await;
    settle(&[&iwate, &akita]).await;
    assert!(aiko.notifications().await.contains(&"poll aiko".to_owned()));
    assert!(ken.notifications().await.contains(&"poll aiko".to_owned()));
    assert!(!mio.notifications().await.contains(&"poll aiko".to_owned()), "mio did not vote");
    assert_eq!(ken.finds_post(poll.uri()).await.0["poll"]["expired"], true);
    assert_eq!(iwate.count_polls().await, 0, "a poll ends once");
}

/// Who voted is the author's to know, not everybody's who reads the result.
#[tokio::test]
async fn the_result_of_a_poll_reaches_its_voters_and_names_none_of_them() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let voters = Stranger::start(&net, "voters").await;
    let readers = Stranger::start(&net, "readers").await;
    let hana = voters.actor("hana");
    readers.actor("rin").follows(&iwate, &aiko.uri).await;
    let poll = aiko.asks("どちらにしますか", &["土曜", "日曜"], 3_600).await;
    let ballot = json!({
        "id": hana.new_id("votes"), "type": "Note", "attributedTo": hana.uri, "name": "土曜",
        "inReplyTo": poll.uri(), "to": [aiko.uri],
    });
    hana.sends(&iwate, &hana.activity("Create", &ballot)).await;
    iwate.deliver().await;

    for wait in [20 * SECOND, 2 * HOUR] {
        for server in [&voters, &readers] {
            server.forgets();
        }
        net.advance(wait);
        assert_eq!(iwate.count_polls().await, 1);
        iwate.deliver().await;
        for server in [&voters, &readers] {
            assert_eq!(server.received_kinds(), ["Update"], "{}", server.host());
            let update = server.received()[0].json();
            assert_eq!(update["object"]["votersCount"], 1);
            assert!(!update.to_string().contains(&hana.uri), "{update}");
        }
    }
}

#[tokio::test]
async fn a_remote_account_votes_once_and_not_after_the_end() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let server = Stranger::start(&net, "stranger").await;
    let (hana, jun) = (server.actor("hana"), server.actor("jun"));
    let poll = aiko.asks("どちらにしますか", &["土曜", "日曜"], 3_600).await;
    let ballot = |voter: &federation_tests::Actor, choice: &str| {
        voter.activity(
            "Create",
            &json!({
                "id": voter.new_id("votes"), "type": "Note", "attributedTo": voter.uri, "name": choice,
                "inReplyTo": poll.uri(), "to": [aiko.uri],
            }),
        )
    };

    for choice in ["土曜", "日曜", "月曜"] {
        hana.sends(&iwate, &ballot(&hana, choice)).await;
    }
    net.advance(2 * HOUR);
    jun.sends(&iwate, &ballot(&jun, "日曜")).await;

    let seen = aiko.finds_post(poll.uri()).await;
    assert_eq!(seen.0["poll"]["options"][0]["votes_count"], 1);
    assert_eq!(seen.0["poll"]["options"][1]["votes_count"], 0);
    assert_eq!(seen.0["poll"]["voters_count"], 1);
    assert_eq!(iwate.posts().await, [poll.uri()], "a vote is never shown");
}

/// A vote for somebody else's poll that strays here is no answer without words.
#[tokio::test]
async fn a_vote_is_never_taken_for_a_post() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let hana = followed_stranger(&net, &aiko).await;
    let question = hana.says(&iwate, "どちらですか").await;
    let vote = json!({
        "id": hana.new_id("votes"), "type": "Note", "attributedTo": hana.uri, "name": "土曜",
        "inReplyTo": question["id"], "to": [aiko.uri],
    });

    hana.sends(&iwate, &hana.activity("Create", &vote)).await;

    assert_eq!(iwate.posts().await, [question["id"].as_str().unwrap()]);
    assert!(aiko.notifications().await.is_empty());
}

/// mastodon.md §1.4: who is named without being addressed, or addressed without being named, is not called.
#[tokio::test]
async fn a_silent_mention_does_not_ring() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, ken) = (iwate.member("aiko").await, iwate.member("ken").await);
    let hana = followed_stranger(&net, &aiko).await;
    let followers = format!("{}/followers", hana.uri);
    let tag = json!([{"type": "Mention", "href": ken.uri, "name": format!("@{}", ken.handle())}]);

    for change in [
        json!({"to": [followers], "cc": [], "tag": tag}),
        json!({"to": [PUBLIC], "cc": [followers, ken.uri]}),
    ] {
        let note = hana.note_with("静かに", &change);
        hana.sends(&iwate, &hana.create_of(&note)).await;
        assert_eq!(ken.notifications().await, Vec::<String>::new(), "{change}");
    }
    let note = hana.note_with("けんさん", &json!({"cc": [followers, ken.uri], "tag": tag}));
    hana.sends(&iwate, &hana.create_of(&note)).await;
    assert_eq!(ken.notifications().await, ["mention hana"]);
    let direct = hana.note_with("内緒", &json!({"to": [ken.uri], "cc": []}));
    hana.sends(&iwate, &hana.create_of(&direct)).await;
    assert_eq!(ken.notifications().await.len(), 2, "what is for nobody else rings");
}

/// FEP-1b12: a group announces all that its members do; only new posts are shown by it.
#[tokio::test]
async fn of_what_a_group_announces_only_new_posts_are_boosts() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let group = followed_stranger(&net, &aiko).await;
    let hana = Stranger::start(&net, "elsewhere").await.actor("hana");
    let note = hana.note("はじめまして");
    let announces = async |inner: &Value| {
        let mut announce = group.activity("Announce", inner);
        announce["to"] = json!([PUBLIC]);
        group.sends(&iwate, &announce).await;
        iwate.fetch().await;
        iwate.apply().await;
    };

    announces(&hana.create_of(&note)).await;
    assert_eq!(aiko.reads().await, ["はじめまして"]);

    let other = hana.note("別の話");
    announces(&hana.activity("Like", &other["id"])).await;
    announces(&hana.activity("Dislike", &other["id"])).await;
    assert_eq!(aiko.reads().await, ["はじめまして"], "a like is no boost");

    let path = note["id"].as_str().unwrap().strip_prefix(&hana.server.url("")).unwrap().to_owned();
    hana.server.serves(&path, Reply::status(410));
    announces(&hana.activity("Delete", &note["id"])).await;
    assert!(aiko.reads().await.is_empty(), "a deletion is looked into at its origin");
}

#[tokio::test]
async fn a_quote_is_shown_with_the_authors_consent_until_it_is_revoked() {
    let net = Network::new();
    let (iwate, akita, aiko, ken) = a_follower_elsewhere(&net).await;
    aiko.follows(&ken.handle()).await;
    let post = aiko.posts("引用してください").await;
    settle(&[&iwate, &akita]).await;

    let quote = ken.quotes(post.uri(), "これです").await;
    assert_eq!(akita.post(quote.uri()).await.unwrap().quote_state, QuoteState::Pending);
    settle(&[&iwate, &akita]).await;

    for (reader, node) in [(&ken, &akita), (&aiko, &iwate)] {
        let copy = node.post(quote.uri()).await.unwrap();
        assert_eq!(copy.quote_state, QuoteState::Accepted, "{}", reader.name);
        let seen = reader.finds_post(quote.uri()).await;
        assert_eq!(seen.0["quote"]["quoted_status"]["uri"], post.uri(), "{}", reader.name);
    }
    let stamp = akita.post(quote.uri()).await.unwrap().quote_stamp.unwrap();
    let stamp_path = stamp.strip_prefix(&iwate.url("")).unwrap();
    let document = iwate.document(stamp_path).await.json();
    assert_eq!(document["type"], "QuoteAuthorization");
    assert_eq!(document["interactingObject"], quote.uri());
    assert_eq!(document["interactionTarget"], post.uri());

    aiko.revokes(quote.uri()).await;
    settle(&[&iwate, &akita]).await;
    for node in [&akita, &iwate] {
        let copy = node.post(quote.uri()).await.unwrap();
        assert_eq!(copy.quote_state, QuoteState::Rejected);
    }
    assert_eq!(iwate.document(stamp_path).await.status, 404);
    assert_eq!(ken.finds_post(quote.uri()).await.0["quote"], json!(null));
}

/// FEP-044f: the stamp is read where it stands; that an address looks like one is not enough.
#[tokio::test]
async fn a_third_server_shows_a_quote_only_while_the_quoted_author_confirms_it() {
    let net = Network::new();
    let (iwate, akita, aiko, ken) = a_follower_elsewhere(&net).await;
    let aomori = net.node("aomori").await;
    let mio = aomori.member("mio").await;
    let all = [&iwate, &akita, &aomori];
    mio.follows(&ken.handle()).await;
    settle(&all).await;
    let post = aiko.posts("引用してください").await;
    settle(&all).await;
    let quote = ken.quotes(post.uri(), "これです").await;
    settle(&all).await;
    let copy = aomori.post(quote.uri()).await.unwrap();
    assert_eq!(copy.quote_state, QuoteState::Accepted);
    let seen = mio.finds_post(quote.uri()).await;
    assert_eq!(seen.0["quote"]["quoted_status"]["uri"], post.uri());

    aiko.revokes(quote.uri()).await;
    settle(&all).await;
    let copy = aomori.post(quote.uri()).await.unwrap();
    assert_eq!(copy.quote_state, QuoteState::Rejected);
}

#[tokio::test]
async fn a_stamp_that_does_not_stand_where_it_should_is_no_consent() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let hana = followed_stranger(&net, &aiko).await;
    let eve = Stranger::start(&net, "elsewhere").await.actor("eve");
    let quoted = eve.note("引用しないで");
    let stamp = eve.server.url("/stamps/1");
    let document = |by: &str, quoting: &str, kind: &str| {
        json!({
            "@context": "https://www.w3.org/ns/activitystreams", "id": stamp, "type": kind, "attributedTo": by,
            "interactingObject": quoting, "interactionTarget": quoted["id"],
        })
    };
    let quotes = async |reply: &dyn Fn(&str) -> Reply| {
        let change = json!({"quote": quoted["id"], "quoteAuthorization": stamp});
        let quote = hana.note_with("見てください", &change);
        let uri = quote["id"].as_str().unwrap();
        eve.server.serves("/stamps/1", reply(uri));
        hana.sends(&iwate, &hana.create_of(&quote)).await;
        iwate.fetch().await;
        iwate.post(uri).await.unwrap().quote_state
    };

    let good = |uri: &str| Reply::document(&document(&eve.uri, uri, "QuoteAuthorization"));
    let missing = |_: &str| Reply::status(404);
    let other_post = |_: &str| Reply::document(&document(&eve.uri, "x", "QuoteAuthorization"));
    let other_author = |uri: &str| Reply::document(&document(&hana.uri, uri, "QuoteAuthorization"));
    let other_kind = |uri: &str| Reply::document(&document(&eve.uri, uri, "Note"));
    assert_eq!(quotes(&missing).await, QuoteState::Pending);
    assert_eq!(quotes(&other_post).await, QuoteState::Pending);
    assert_eq!(quotes(&other_author).await, QuoteState::Pending);
    assert_eq!(quotes(&other_kind).await, QuoteState::Pending);
    assert_eq!(quotes(&good).await, QuoteState::Accepted);
}

#[tokio::test]
async fn a_quote_without_consent_is_not_shown() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let hana = followed_stranger(&net, &aiko).await;
    let post = aiko.posts("引用されました").await;
    let forged = iwate.url("/users/aiko/posts/1/quotes?by=x");

    for stamp in [json!(null), json!(forged), json!(hana.new_id("stamps"))] {
        let quote =
            hana.note_with("勝手に", &json!({"quote": post.uri(), "quoteAuthorization": stamp}));
        hana.sends(&iwate, &hana.create_of(&quote)).await;
        let copy = iwate.post(quote["id"].as_str().unwrap()).await.unwrap();
        assert_ne!(copy.quote_state, QuoteState::Accepted, "{stamp}");
    }

    let closed = aiko.posts_to("followers", "引用しないで").await;
    let quoting = hana.note_with("お願い", &json!({"quote": closed.uri()}));
    let mut request = hana.activity("QuoteRequest", &json!(closed.uri()));
    request["instrument"] = quoting;
    hana.server.forgets();
    hana.sends(&iwate, &request).await;
    iwate.deliver().await;
    assert_eq!(hana.server.received_kinds(), ["Reject"]);
}

#[tokio::test]
async fn a_picture_travels_with_its_description() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let hana = followed_stranger(&net, &aiko).await;
    let picture = json!({
        "type": "Document", "mediaType": "image/jpeg", "url": hana.server.url("/apple.jpg"),
        "name": "赤いりんご", "width": 640, "height": 480, "focalPoint": [0.5, -0.5],
    });

    let note = hana.note_with("写真です", &json!({"attachment": [picture]}));
    hana.sends(&iwate, &hana.create_of(&note)).await;

    let seen = &aiko.timeline().await[0].0["media_attachments"][0];
    assert_eq!(seen["type"], "image");
    assert_eq!(seen["description"], "赤いりんご");
    assert_eq!(seen["url"], hana.server.url("/apple.jpg"));
    assert_eq!(seen["meta"]["focus"], json!({"x": 0.5, "y": -0.5}));
}

#[tokio::test]
async fn a_page_of_posts_shows_all_that_hangs_on_them() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, yui) = (iwate.member("aiko").await, iwate.member("yui").await);
    aiko.follows("yui").await;
    let asked = yui.asks("いつにしますか", &["土曜", "日曜"], 3_600).await;
    let named = yui.posts("@aiko さん、 #花巻 と #遠野 です").await;
    let answer = aiko.replies_to(named.uri(), "行きます").await;
    let quoting = aiko.quotes(named.uri(), "これです").await;
    aiko.votes(asked.uri(), &[1]).await;
    for how in ["favourite", "reblog", "bookmark"] {
        aiko.reacts(how, named.uri()).await.succeeded();
    }
    aiko.pins(answer.uri()).await;

    let seen = aiko.timeline().await;
    let find =
        |uri: &str| &seen.iter().find(|s| s.uri() == uri && s.0["reblog"].is_null()).unwrap().0;
    let marks = |uri: &str| {
        ["favourited", "reblogged", "bookmarked", "pinned"].map(|m| find(uri)[m].as_bool().unwrap())
    };
    assert_eq!(marks(named.uri()), [true, true, true, false]);
    assert_eq!(marks(answer.uri()), [false, false, false, true]);
    assert_eq!(marks(asked.uri()), [false; 4]);
    let poll = &find(asked.uri())["poll"];
    assert_eq!((&poll["own_votes"], &poll["voted"]), (&json!([1]), &json!(true)));
    assert_eq!(poll["options"][1], json!({"title": "日曜", "votes_count": 1}));
    assert_eq!(find(named.uri())["mentions"][0]["acct"], "aiko");
    let tags: Vec<&Value> =
        find(named.uri())["tags"].as_array().unwrap().iter().map(|t| &t["name"]).collect();
    assert_eq!(tags, ["花巻", "遠野"]);
    assert_eq!(find(answer.uri())["in_reply_to_account_id"], find(named.uri())["account"]["id"]);
    let quoted = &find(quoting.uri())["quote"]["quoted_status"];
    assert_eq!((&quoted["uri"], &quoted["quote"]), (&json!(named.uri()), &json!(null)));
    let boost = seen.iter().find(|s| s.0["reblog"].is_object()).unwrap();
    assert_eq!(boost.0["account"]["username"], "aiko");
    assert_eq!(boost.0["reblog"]["account"]["username"], "yui");
    assert_ne!(boost.id(), named.id());
    assert_eq!(yui.reads_post(named.uri()).await.unwrap().0["favourited"], false);
}

/// Clients rely on every key, also where there is nothing to say.
#[tokio::test]
async fn a_status_has_every_key_that_clients_expect() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let post = aiko.posts("おはよう").await.0;
    let account = &post["account"];
    let id = account["id"].as_str().unwrap();
    let picture = |name: &str| iwate.url(name);

    assert_eq!(
        *account,
        json!({
            "id": id, "username": "aiko", "acct": "aiko", "display_name": "aiko", "note": "", "url": iwate.url("/@aiko"),
            "uri": aiko.uri, "avatar": picture("/assets/avatar.png"), "avatar_static": picture("/assets/avatar.png"),
            "header": picture("/assets/header.svg"), "header_static": picture("/assets/header.svg"), "locked": false,
            "bot": false, "group": false, "discoverable": account["discoverable"], "indexable": account["indexable"],
            "fields": [], "emojis": [], "roles": [], "created_at": account["created_at"],
            "last_status_at": account["last_status_at"], "statuses_count": 1, "followers_count": 0, "following_count": 0,
        })
    );
    assert_eq!(
        post,
        json!({
            "id": post["id"], "uri": post["uri"], "url": post["url"], "account": account, "created_at": post["created_at"],
            "edited_at": null, "content": "<p>おはよう</p>", "visibility": "public", "audience": "public",
            "sensitive": false, "spoiler_text": "", "language": "ja", "in_reply_to_id": null,
            "in_reply_to_account_id": null, "media_attachments": [], "mentions": [], "tags": [], "emojis": [],
            "card": null, "application": null, "filtered": [], "reblog": null, "poll": null, "replies_count": 0, "reblogs_count": 0,
            "favourites_count": 0, "quotes_count": 0,
            "quote_approval": {"automatic": ["public"], "manual": [], "current_user": "automatic"}, "favourited": false, "reblogged": false, "bookmarked": false,
            "pinned": false, "muted": false, "quote": null,
        })
    );
    let created = post["created_at"].as_str().unwrap();
    assert_eq!(
        (created.len(), account["last_status_at"].as_str().unwrap()),
        (24, created.split('T').next().unwrap())
    );
}

/// mastodon.md §0, trap 4: what concerns nobody here is not kept, though it was answered 202.
#[tokio::test]
async fn a_public_post_that_concerns_nobody_here_is_not_kept() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let server = Stranger::start(&net, "stranger").await;
    let hana = server.actor("hana");

    hana.says(&iwate, "だれにも関係ない").await;
    assert!(iwate.posts().await.is_empty());

    let post = aiko.posts("質問です").await;
    let reply = hana.note_with("答えです", &json!({"inReplyTo": post.uri()}));
    hana.sends(&iwate, &hana.create_of(&reply)).await;
    let named = hana.note_with("あなたに", &json!({"to": [aiko.uri], "cc": []}));
    hana.sends(&iwate, &hana.create_of(&named)).await;
    assert_eq!(iwate.posts().await.len(), 3, "a reply and what is addressed are kept");
}

/// mastodon.md §0, trap 5.
#[tokio::test]
async fn all_ways_of_writing_public_are_read() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let hana = followed_stranger(&net, &aiko).await;

    for (to, cc, visibility) in [
        (json!([PUBLIC]), json!([]), "public"),
        (json!("as:Public"), json!([]), "public"),
        (json!(["Public"]), json!([]), "public"),
        (json!([format!("{}/followers", hana.uri)]), json!("as:Public"), "unlisted"),
        (json!([format!("{}/followers", hana.uri)]), json!([]), "private"),
        (json!([aiko.uri]), json!([]), "direct"),
    ] {
        let note = hana.note_with("読めますか", &json!({"to": to, "cc": cc}));
        hana.sends(&iwate, &hana.create_of(&note)).await;
        let seen = aiko.reads_post(note["id"].as_str().unwrap()).await.unwrap();
        assert_eq!(seen.0["visibility"], visibility, "{to} {cc}");
    }
}

#[tokio::test]
async fn an_edit_of_an_unknown_post_is_taken_as_new_only_while_it_is_young() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let hana = followed_stranger(&net, &aiko).await;

    for (age, shown) in [(2 * DAY, false), (HOUR, true)] {
        let published = net.now().plus(-age).iso();
        let note = hana
            .note_with("直しました", &json!({"published": published, "updated": net.now().iso()}));
        hana.sends(&iwate, &hana.activity("Update", &note)).await;
        assert_eq!(iwate.post(note["id"].as_str().unwrap()).await.is_some(), shown, "{age}");
    }
}

/// Other servers give the second only, so that many posts share one millisecond.
#[tokio::test]
async fn of_many_posts_in_one_second_none_is_lost() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let hana = followed_stranger(&net, &aiko).await;
    let author = iwate.account(&hana.uri).await.unwrap();
    let second = net.now();
    let many = 1_000; // with ids of 16 random bits, about eight of them meet

    let mut tx = iwate.app().db.begin().await.unwrap();
    for n in 0..many {
        let note = json!({
            "id": hana.server.url(&format!("/n/{n}")), "type": "Note", "attributedTo": hana.uri,
            "content": "同じ秒に", "to": [PUBLIC], "published": second.iso_seconds(),
        });
        let read = tsudoi::posts::read::post(&note, &json!({}), &author, net.now()).unwrap();
        let reason = tsudoi::posts::inbox::Reason::Sent;
        let taken = tsudoi::posts::inbox::take(iwate.app(), &mut tx, &author, read, reason).await;
        assert!(taken.unwrap().is_some(), "post {n} was not taken in");
    }
    tx.commit().await.unwrap();

    assert_eq!(iwate.posts().await.len(), many);
}

#[tokio::test]
async fn of_many_boosts_in_one_second_none_is_lost() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let hana = followed_stranger(&net, &aiko).await;
    let booster = iwate.account(&hana.uri).await.unwrap();
    let post = aiko.posts("広めてください").await;
    let template = iwate.post(post.uri()).await.unwrap();
    let many = 1_000; // with ids of 16 random bits, about eight of them meet

    let mut tx = iwate.app().db.begin().await.unwrap();
    for n in 0..many {
        let mut other = template.clone();
        other.id = tsudoi::ids::PostId(template.id.0 + 1 + n);
        other.uri = format!("{}-{n}", template.uri);
        assert_eq!(queries::insert(&mut tx, &[&other]).await.unwrap().len(), 1);
        let boost = react::RemoteBoost {
            uri: hana.server.url(&format!("/boosts/{n}")),
            audience: Audience::Public,
            published_at: net.now(),
        };
        let made = react::boost(iwate.app(), &mut tx, &booster, &other, Some(boost)).await;
        assert!(made.unwrap().is_some(), "boost {n} was dropped");
    }
    tx.rollback().await.unwrap();
}

/// An id that is no address names nothing: two servers may well use the same.
#[tokio::test]
async fn the_id_of_somebody_elses_boost_or_like_is_not_taken_over() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let hana = Stranger::start(&net, "stranger").await.actor("hana");
    let eve = Stranger::start(&net, "elsewhere").await.actor("eve");
    let post = aiko.posts("広めてください").await;

    for (kind, id) in [("Announce", "urn:uuid:1"), ("Like", "urn:uuid:2")] {
        for by in [&hana, &eve] {
            let mut activity = by.activity(kind, &json!(post.uri()));
            activity["id"] = json!(id);
            activity["to"] = json!([PUBLIC]);
            by.sends(&iwate, &activity).await;
        }
    }
    let kept = iwate.post(post.uri()).await.unwrap();
    assert_eq!((kept.boosts_count, kept.likes_count), (2, 2));

    let other = aiko.posts("これも").await;
    let mine = hana.activity("Announce", &json!(other.uri()));
    hana.sends(&iwate, &mine).await;
    let thief = iwate.account(&eve.uri).await.unwrap();
    let target = iwate.post(other.uri()).await.unwrap();
    let stolen = react::RemoteBoost {
        uri: mine["id"].as_str().unwrap().to_owned(),
        audience: Audience::Public,
        published_at: net.now(),
    };
    let mut tx = iwate.app().db.begin().await.unwrap();
    let refused = react::boost(iwate.app(), &mut tx, &thief, &target, Some(stolen)).await;
    assert!(refused.is_err(), "the id is hana's");
    tx.rollback().await.unwrap();
}

#[tokio::test]
async fn what_a_visitor_could_not_publish_is_kept_for_a_week() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let app = iwate.app();
    let mut tx = app.db.begin().await.unwrap();
    queries::put_draft(&mut tx, "hash", "{}", net.now()).await.unwrap();
    tx.commit().await.unwrap();
    let kept = async || {
        tsudoi::jobs::tidy_up(app).await.unwrap();
        let mut tx = app.db.read().await.unwrap();
        queries::draft(&mut tx, "hash").await.unwrap().is_some()
    };

    net.advance(6 * DAY);
    assert!(kept().await, "after six days it is still there");
    net.advance(DAY + HOUR);
    assert!(!kept().await, "after a week nobody comes back for it");
}

/// An account of another server that `member` follows.
async fn followed_stranger(net: &Network, member: &Member) -> federation_tests::Actor {
    let server = Stranger::start(net, "stranger").await;
    let hana = server.actor("hana");
    hana.is_followed_by(member).await;
    hana
}

#[tokio::test]
async fn an_idempotency_key_that_cannot_be_read_makes_no_post() {
    let net = Network::new();
    let node = net.node("a").await;
    let alice = node.member("alice").await;
    let token = alice.token();
    let request = net.http.post(node.url("/api/v1/statuses")).bearer_auth(token);
    let request = request.header("idempotency-key", "鍵".as_bytes());
    let answer = request.json(&json!({"status": "一度だけ"})).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert!(node.posts().await.is_empty());
}

/// Waits until another transaction waits for what `tx` has written. In `SQLite` it waits before it reads.
async fn is_waited_for(tx: &mut Tx) -> Result<()> {
    while !tx.is_sqlite() {
        let sql = "SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid";
        let (waiting,): (i64,) = fetch_one!(tx, sqlx::query_as(sql));
        if waiting > 0 {
            break;
        }
        tokio::task::yield_now().await;
    }
    Ok(())
}

#[tokio::test]
async fn what_is_sent_twice_at_the_same_moment_is_posted_once() {
    let net = Network::new();
    let node = net.node("a").await;
    let alice = node.member("alice").await;
    let first = alice.posts("一度だけ").await;
    let browser = Browser::of(&alice).await;
    let form = browser.opens("/compose").await;
    let key = between(&form.text(), "name=\"key\" value=\"", "\"");

    // The first one is about to be committed.
    let mut tx = node.app().db.begin().await.unwrap();
    let id = alice.account().await.id;
    let post = PostId(first.id().parse().unwrap());
    queries::put_idempotent(&mut tx, id, &key, post, net.now()).await.unwrap();
    let commits = async {
        is_waited_for(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
    };
    let second =
        browser.posts_form(&form, "/posts", &[("text", "一度だけ"), ("audience", "public")]);
    let (second, ()) = tokio::join!(second, commits);
    assert_eq!(second.status, 303, "{}", second.text());
    assert_eq!(node.posts().await.len(), 1);
}

#[tokio::test]
async fn who_answered_a_post_that_was_deleted_is_still_in_the_thread() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, ken, mio) =
        (iwate.member("aiko").await, iwate.member("ken").await, iwate.member("mio").await);
    let question = aiko.posts("だれか来ますか").await;
    let answer = ken.replies_to(question.uri(), "行きます").await;
    let further = mio.replies_to(answer.uri(), "わたしも").await;
    ken.deletes(answer.uri()).await;

    let (_, after) = aiko.reads_thread(question.uri()).await;
    assert_eq!(after, ["わたしも"]);
    let (before, _) = aiko.reads_thread(further.uri()).await;
    assert_eq!(before, ["だれか来ますか"]);
    let path = format!("/@mio/{}", further.id());
    let page = Browser::of(&aiko).await.opens(&path).await.text();
    assert!(!page.contains("届いていません"), "{page}");
}

/// A chain so long that a page cannot show it all.
#[tokio::test]
async fn of_four_hundred_and_fifty_answers_the_page_shows_four_hundred_and_leads_to_the_rest() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let question = aiko.posts("長い話").await;
    let mut last = question.uri().to_owned();
    for n in 1..=450 {
        last = aiko.replies_to(&last, &format!("その{n}番")).await.uri().to_owned();
    }
    let browser = Browser::of(&aiko).await;
    let path = format!("/@aiko/{}", question.id());

    let first = browser.opens(&path).await.text();
    assert!(first.contains("その400番") && !first.contains("その401番"));
    let next = between(&first, "class=\"pages\"><a class=\"button\" href=\"", "\"");
    let second = browser.opens(&next).await.text();
    assert!(second.contains("その401番") && second.contains("その450番"));
    assert!(!second.contains("class=\"pages\""), "there is no more");
    let (before, _) = aiko.reads_thread(&last).await;
    assert_eq!(before.first().unwrap(), "長い話");
    assert_eq!(before.last().unwrap(), "その449番");
}

#[tokio::test]
async fn what_one_member_could_not_send_is_not_shown_to_another_who_signs_in_at_the_same_browser() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = Browser::of(&iwate.member("aiko").await).await;
    let ken = Browser::of(&iwate.member("ken").await).await;
    let form = aiko.opens("/compose").await;
    let answer = aiko.signed_out().posts_form(&form, "/posts", &[("text", "ないしょの話")]).await;
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();

    assert!(!ken.with_cookie(&cookie).opens("/compose").await.text().contains("ないしょの話"));
    let of_aiko = aiko.with_cookie(&cookie);
    assert!(of_aiko.opens("/compose").await.text().contains("ないしょの話"));
    let other = of_aiko.opens("/compose?text=%E5%88%A5%E3%81%AE%E8%A9%B1").await.text();
    assert!(other.contains("別の話") && !other.contains("ないしょの話"), "{other}");
}

#[tokio::test]
async fn a_form_from_before_a_new_sign_in_comes_back_with_its_text_and_is_posted_when_sent_again() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let (before, now) = (Browser::of(&aiko).await, Browser::of(&aiko).await);
    let form = before.opens("/compose").await;
    let typed = [("text", "長く書いた文章"), ("audience", "public")];

    let answer = now.posts_form(&form, "/posts", &typed).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("長く書いた文章"), "{}", answer.text());
    assert!(answer.text().contains("サインインし直して"), "{}", answer.text());
    assert_eq!(aiko.reads().await.len(), 0, "nothing is done for a form without the token");

    assert_eq!(now.posts_form(&answer, "/posts", &typed).await.status, 303);
    assert_eq!(aiko.reads().await, ["長く書いた文章"]);
}

#[tokio::test]
async fn an_edit_on_the_page_leaves_a_sensitive_picture_folded_and_the_language_as_it_was() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let post =
        aiko.says(json!({"status": "Buongiorno", "sensitive": true, "language": "it"})).await;
    let browser = Browser::of(&aiko).await;
    let path = format!("/@aiko/{}/edit", post.id());
    let form = browser.opens(&path).await;
    let chosen = form.text();
    let chosen = chosen.split("<option ").find(|o| o.contains(" selected>it<"));
    assert!(chosen.is_some(), "{}", form.text());

    let typed = [("text", "Buonasera"), ("language", "it")];
    assert_eq!(browser.posts_form(&form, &path, &typed).await.status, 303);

    let seen = aiko.finds_post(post.uri()).await;
    assert_eq!((&seen.0["sensitive"], &seen.0["language"]), (&json!(true), &json!("it")));
    let call = format!("/api/v1/statuses/{}", post.id());
    let wrong = json!({"status": "x", "language": "no language at all"});
    assert_eq!(aiko.sends(reqwest::Method::PUT, &call, wrong).await.status, 422);
}

#[tokio::test]
async fn an_address_with_a_nul_is_refused_and_a_form_with_one_is_taken_without_it() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let aiko = iwate.member("aiko").await;
    let browser = Browser::of(&aiko).await;
    assert_eq!(browser.opens("/tags/a%00b").await.status, 400);
    assert_eq!(browser.opens("/search?q=a%00b").await.status, 400);
    let form = browser.opens("/compose").await;
    let typed = [("text", "前\0後"), ("audience", "public")];
    assert_eq!(browser.posts_form(&form, "/posts", &typed).await.status, 303);
    assert_eq!(aiko.reads().await, ["前後"]);
}

#[tokio::test]
async fn a_member_is_found_among_many_newer_namesakes_from_elsewhere() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let (aiko, _sato) = (iwate.member("aiko").await, iwate.member("sato").await);
    let server = Stranger::start(&net, "stranger").await;
    for n in 0..22 {
        let namesake = server.actor(&format!("sato{n}"));
        let mut document = namesake.document();
        document["name"] = json!("sato");
        namesake.serves(&document);
        namesake.sends(&iwate, &namesake.activity("View", &json!(aiko.uri))).await;
    }

    let page = Browser::of(&aiko).await.opens("/search?q=sato").await.text();

    assert!(page.contains("href=\"/@sato\""), "{page}");
}
