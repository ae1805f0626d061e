//! Node and Fedify peer talk: everything that a member can say arrives there verified, and the other way round.
use crate::{
    with_both_knocks,
    world::{World, id},
};
use federation_tests::process::until;
use serde_json::json;

with_both_knocks!(follows_are_accepted_both_ways, posts_of_every_audience_arrive_both_ways,);

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
        let arrived = peer.arrival_about("Create", sent["uri"].as_str().unwrap()).await;
        assert_eq!(arrived["httpSignature"], "verified");
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
        let sent = peer
            .act("post", json!({"content": format!("やあ、{audience}"), "to": audience, "mentions": [aiko.handle], "language": "ja"}))
            .await;
        let status =
            aiko.hears("mention", |n| n["status"]["uri"] == sent["id"]).await["status"].clone();
        assert_eq!(status["visibility"], shown);
        assert!(status["content"].as_str().unwrap().contains(audience), "{status}");
        assert_eq!(status["language"], "ja");
        if audience != "direct" {
            aiko.sees_uri(&id(&sent)).await;
        }
    }
    world.assert_content().await;
}
