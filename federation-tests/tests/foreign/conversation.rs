//! Node and Fedify peer talk: everything that a member can say arrives there verified, and the other way round.
use crate::{
    insider::Insider,
    with_both_knocks,
    world::{World, id, uri},
};
use federation_tests::process::{Node, until};
use serde_json::{Value, json};

with_both_knocks!(
    follows_are_accepted_both_ways,
    posts_of_every_audience_arrive_both_ways,
    edits_and_deletions_arrive_both_ways,
    a_thread_runs_across_three_servers,
    likes_reactions_and_boosts_come_and_go_both_ways,
);

async fn follows_are_accepted_both_ways(knock: &str) {
    let world = World::of_friends(knock).await;
    let (aiko, peer) = (&world.aiko, &world.peer);
    let state = peer.state("mika").await;
    assert_eq!(state["followers"], json!([aiko.id]));
    assert_eq!(state["following"][0]["id"], json!(aiko.id));
    aiko.hears("follow", |n| n["account"]["uri"] == peer.id("mika")).await;
    assert_eq!(peer.arrival("Accept", |_| true).await["httpSignature"], "verified");

    aiko.relate("unfollow", &peer.id("mika")).await;
    until("mika to lose aiko", async || {
        (peer.state("mika").await["followers"] == json!([])).then_some(())
    })
    .await;
    peer.act("unfollow", json!({"target": aiko.id})).await;
    until("aiko to lose mika", async || {
        (aiko.account(&aiko.handle).await["followers_count"] == 0).then_some(())
    })
    .await;
    world.assert_content().await;
}

async fn posts_of_every_audience_arrive_both_ways(knock: &str) {
    let world = World::of_friends(knock).await;
    let (aiko, peer) = (&world.aiko, &world.peer);
    for audience in ["public", "unlisted", "private", "direct"] {
        let text = format!("{} こんにちは、{audience}です", peer.handle("mika"));
        let sent = aiko.publish(&text, json!({"visibility": audience, "language": "ja"})).await;
        let arrived = peer.arrival_about("Create", &uri(&sent)).await;
        assert_eq!(arrived["httpSignature"], "verified");
        // Anybody may check what is open to anybody; the rest carries no proof that could be shown around.
        let open = matches!(audience, "public" | "unlisted");
        let by = if open { "object-integrity-proof" } else { "http-signature" };
        assert_eq!(arrived["verifiedBy"], by, "{audience}");
        let synchronised = arrived["collectionSynchronization"].is_string();
        assert_eq!(synchronised, audience == "private", "{audience}");
        assert!(arrived["understood"].to_string().contains(audience));
    }
    for (audience, shown) in [
        ("public", "public"),
        ("unlisted", "unlisted"),
        ("followers", "private"),
        ("direct", "direct"),
    ] {
        let post = json!({
            "content": format!("やあ、{audience}"), "to": audience, "mentions": [aiko.handle], "language": "ja",
        });
        let sent = peer.act("post", post).await;
        let heard = aiko.hears("mention", |n| n["status"]["uri"] == sent["id"]).await;
        let status = &heard["status"];
        assert_eq!(status["visibility"], shown);
        assert!(content(status).contains(audience), "{status}");
        assert_eq!(status["language"], "ja");
        if audience != "direct" {
            aiko.sees_uri(&id(&sent)).await;
        }
    }
    world.assert_content().await;
}

async fn edits_and_deletions_arrive_both_ways(knock: &str) {
    let world = World::of_friends(knock).await;
    let (aiko, peer) = (&world.aiko, &world.peer);
    let sent = aiko.publish("明日は晴れ", json!({})).await;
    peer.arrival_about("Create", &uri(&sent)).await;
    Insider::of(&world.node, "aiko").await.edit(&sent, "明日は雨").await;
    let edit = peer.arrival_about("Update", &uri(&sent)).await;
    assert!(edit["object"]["content"].as_str().unwrap().contains("明日は雨"));
    assert!(edit["object"]["updated"].as_str() > edit["object"]["published"].as_str());
    aiko.delete(&sent).await;
    let deletion = peer.arrival_about("Delete", &uri(&sent)).await;
    assert_eq!(deletion["object"]["type"], "Tombstone");
    assert_eq!(world.fetch_unsigned(&uri(&sent)).await, 410);

    let received = peer.act("post", json!({"content": "明日は晴れ"})).await;
    aiko.sees_uri(&id(&received)).await;
    peer.act("edit", json!({"id": received["id"], "content": "明日は雪"})).await;
    let edited = aiko
        .sees("the edit", |s| s["uri"] == received["id"] && content(s).contains("明日は雪"))
        .await;
    assert!(edited["edited_at"].is_string());
    peer.act("delete", json!({"id": received["id"]})).await;
    until("aiko to lose the post", async || {
        let home = aiko.get("/api/v1/timelines/home").await;
        home.as_array()?.iter().all(|s| s["uri"] != received["id"]).then_some(())
    })
    .await;
    world.assert_content().await;
}

/// Aiko writes on one node, haru answers from another, mika answers haru from the peer: everybody reads everything.
async fn a_thread_runs_across_three_servers(knock: &str) {
    let world = World::of_friends(knock).await;
    let (aiko, peer) = (&world.aiko, &world.peer);
    let other = Node::start().await;
    let haru = other.member("haru").await;
    haru.relate("follow", &aiko.handle).await;
    aiko.hears("follow", |n| n["account"]["uri"] == haru.id).await;

    let root = aiko.publish("三つの支部で話しましょう", json!({})).await;
    peer.arrival_about("Create", &uri(&root)).await;
    let seen = haru.sees_uri(&uri(&root)).await;
    let reply =
        haru.publish(&format!("{} はい", aiko.handle), json!({"in_reply_to_id": seen["id"]})).await;
    aiko.hears("mention", |n| n["status"]["uri"] == reply["uri"]).await;

    let answer = peer
        .act(
            "post",
            json!({"content": "こちらも", "inReplyTo": reply["uri"], "mentions": [aiko.id]}),
        )
        .await;
    haru.hears("mention", |n| n["status"]["uri"] == answer["id"]).await;
    aiko.hears("mention", |n| n["status"]["uri"] == answer["id"]).await;
    for (reader, known) in [(aiko, &root), (&haru, &seen)] {
        let path = format!("/api/v1/statuses/{}/context", known["id"].as_str().unwrap());
        until("the whole thread", async || {
            let thread = reader.get(&path).await;
            let uris: Vec<&Value> =
                thread["descendants"].as_array()?.iter().map(|s| &s["uri"]).collect();
            (uris == [&reply["uri"], &answer["id"]]).then_some(())
        })
        .await;
    }
    world.assert_content().await;
}

async fn likes_reactions_and_boosts_come_and_go_both_ways(knock: &str) {
    let world = World::of_friends(knock).await;
    let (aiko, peer) = (&world.aiko, &world.peer);
    let theirs = peer.act("post", json!({"content": "桜が咲きました"})).await;
    let seen = aiko.sees_uri(&id(&theirs)).await;
    aiko.react(&seen, "favourite").await;
    aiko.react(&seen, "reblog").await;
    Insider::of(&world.node, "aiko").await.emoji(&seen, "🌸").await;
    let like = peer.arrival_about("Like", &id(&theirs)).await;
    let boost = peer.arrival_about("Announce", &id(&theirs)).await;
    let reaction = peer.arrival_about("EmojiReact", &id(&theirs)).await;
    assert_eq!(reaction["json"]["content"], "🌸");
    assert_eq!(peer.fetch(&id(&boost)).await["type"], "Announce");
    aiko.react(&seen, "unfavourite").await;
    aiko.react(&seen, "unreblog").await;
    for undone in [&like, &boost] {
        let undo = peer.arrival_about("Undo", &id(undone)).await;
        assert_eq!(undo["object"]["type"], undone["type"]);
    }

    let ours = aiko.publish("梅も咲きました", json!({})).await;
    peer.arrival_about("Create", &uri(&ours)).await;
    peer.act("like", json!({"object": ours["uri"]})).await;
    peer.act("emojiReact", json!({"object": ours["uri"], "emoji": "🌸"})).await;
    peer.act("boost", json!({"object": ours["uri"]})).await;
    aiko.hears("favourite", |n| n["status"]["uri"] == ours["uri"]).await;
    aiko.hears("reblog", |n| n["status"]["uri"] == ours["uri"]).await;
    aiko.counts(&ours, "favourites_count", 1).await;
    aiko.counts(&ours, "reblogs_count", 1).await;
    assert_eq!(world.count("SELECT COUNT(*) FROM favourite WHERE emoji = '🌸'").await, 2);
    peer.act("unlike", json!({"object": ours["uri"]})).await;
    peer.act("unreact", json!({"object": ours["uri"], "emoji": "🌸"})).await;
    peer.act("unboost", json!({"object": ours["uri"]})).await;
    aiko.counts(&ours, "favourites_count", 0).await;
    aiko.counts(&ours, "reblogs_count", 0).await;
    world.counts("SELECT COUNT(*) FROM favourite WHERE emoji = '🌸'", 1).await;
    world.assert_content().await;
}

fn content(status: &Value) -> &str {
    status["content"].as_str().expect("a content")
}
