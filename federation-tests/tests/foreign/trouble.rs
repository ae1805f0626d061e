//! A peer that fails for a while, and servers that answer only signed requests.
use crate::{
    with_both_knocks,
    world::{World, id, uri},
};
use federation_tests::process::{Node, until};
use serde_json::json;

with_both_knocks!(
    a_peer_that_was_down_gets_everything_later_in_order,
    a_node_that_was_down_gets_everything_later,
    with_authorized_fetch_on_both_sides_everything_still_flows,
);

async fn a_peer_that_was_down_gets_everything_later_in_order(knock: &str) {
    let world = World::of_friends(knock).await;
    let (aiko, peer) = (&world.aiko, &world.peer);
    peer.act("failure", json!({"status": 503})).await;
    let mut sent = Vec::new();
    for number in ["一", "二", "三"] {
        sent.push(aiko.publish(&format!("{number}番目"), json!({})).await);
    }
    until("the first failure", async || {
        let rejected = peer.get("rejected", &[]).await;
        (!rejected.as_array()?.is_empty()).then_some(())
    })
    .await;
    aiko.delete(&sent[2]).await;
    peer.act("failure", json!({})).await;
    // A sign of life wakes what waits for the host.
    let sign = peer.act("post", json!({"content": "戻りました"})).await;
    aiko.sees_uri(&id(&sign)).await;
    for post in &sent {
        peer.arrival_about("Create", &uri(post)).await;
    }
    let deletion = peer.arrival_about("Delete", &uri(&sent[2])).await;
    let creation = peer.arrival_about("Create", &uri(&sent[2])).await;
    assert!(creation["at"].as_str() < deletion["at"].as_str());
    let rejected = peer.get("rejected", &[]).await;
    assert!(rejected.as_array().unwrap().len() < 12, "the host was hammered: {rejected:#}");
    world.assert_content_but(&[503]).await;
}

async fn a_node_that_was_down_gets_everything_later(knock: &str) {
    let mut world = World::of_friends(knock).await;
    world.node.kill().await;
    let sent = world.peer.act("post", json!({"content": "聞こえますか"})).await;
    until("a failed try", async || {
        let tries = world.peer.get("deliveries", &[("type", "Create")]).await;
        tries.as_array()?.iter().any(|t| !t["error"].is_null()).then_some(())
    })
    .await;
    world.node.resume().await;
    world.aiko.sees_uri(&id(&sent)).await;
    world.assert_content().await;
}

async fn with_authorized_fetch_on_both_sides_everything_still_flows(knock: &str) {
    let world = World::with(knock, &[("TSUDOI_AUTHORIZED_FETCH", "true")]).await;
    let (aiko, peer) = (&world.aiko, &world.peer);
    peer.act("policy", json!({"authorizedFetch": true})).await;
    let other = Node::start_with(&[("TSUDOI_AUTHORIZED_FETCH", "true")]).await;
    let haru = other.member("haru").await;
    haru.relate("follow", &aiko.handle).await;
    aiko.hears("follow", |n| n["account"]["uri"] == haru.id).await;
    world.befriend().await;

    let ours = aiko.publish("署名つき", json!({})).await;
    peer.arrival_about("Create", &uri(&ours)).await;
    haru.sees_uri(&uri(&ours)).await;
    assert_eq!(peer.fetch(&uri(&ours)).await["type"], "Note");
    assert_eq!(world.fetch_unsigned(&uri(&ours)).await, 401);
    assert_eq!(world.fetch_unsigned(&format!("{}/outbox", aiko.id)).await, 401);
    assert_eq!(world.fetch_unsigned(&format!("{}/actor", world.node.origin())).await, 200);

    let theirs = peer.act("post", json!({"content": "こちらも", "inReplyTo": ours["uri"]})).await;
    aiko.hears("mention", |n| n["status"]["uri"] == theirs["id"]).await;
    assert_eq!(world.fetch_unsigned(&id(&theirs)).await, 401);
    // Haru has never met mika: the thread is completed with signed requests.
    assert_eq!(haru.status(&id(&theirs)).await["uri"], theirs["id"]);
    world.assert_content().await;
}
