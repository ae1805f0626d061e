//! Accounts: profiles, pins, blocks, moves, farewells.
use crate::{
    insider::Insider,
    with_both_knocks,
    world::{World, id, picture, uri},
};
use federation_tests::process::until;
use serde_json::json;

with_both_knocks!(
    a_profile_with_its_picture_arrives_both_ways,
    pins_arrive_both_ways,
    a_block_ends_both_follows_both_ways,
    a_member_moves_and_their_follower_comes_along,
    a_followed_person_moves_and_the_member_comes_along,
    a_deleted_member_is_gone_for_everybody,
    a_deleted_person_is_gone_for_members,
);

async fn a_profile_with_its_picture_arrives_both_ways(knock: &str) {
    let world = World::of_friends(knock).await;
    let (aiko, peer) = (&world.aiko, &world.peer);
    let insider = Insider::of(&world.node, "aiko").await;
    insider.update_profile("愛子", "支部の書記です", &picture()).await;
    let update = peer.arrival_about("Update", &aiko.id).await;
    assert_eq!(update["object"]["name"], "愛子");
    assert!(update["object"]["summary"].as_str().unwrap().contains("支部の書記です"));
    let icon = update["object"]["icon"]["url"].as_str().unwrap();
    assert_eq!(world.fetch_picture(icon).await, update["object"]["icon"]["mediaType"]);

    peer.act("updateProfile", json!({"name": "みか", "summary": "<p>散歩<script>1</script></p>"}))
        .await;
    until("the new name", async || {
        let mika = aiko.account(&peer.id("mika")).await;
        (mika["display_name"] == "みか" && mika["note"] == "<p>散歩</p>").then_some(())
    })
    .await;
    world.assert_content().await;
}

async fn pins_arrive_both_ways(knock: &str) {
    let world = World::of_friends(knock).await;
    let (aiko, peer) = (&world.aiko, &world.peer);
    let ours = aiko.publish("集合は九時", json!({})).await;
    peer.arrival_about("Create", &uri(&ours)).await;
    aiko.react(&ours, "pin").await;
    peer.arrival_about("Add", &uri(&ours)).await;
    let featured = peer.fetch(&format!("{}/featured", aiko.id)).await;
    assert!(featured["document"]["orderedItems"].to_string().contains(&uri(&ours)));
    aiko.react(&ours, "unpin").await;
    peer.arrival_about("Remove", &uri(&ours)).await;

    let theirs = peer.act("post", json!({"content": "集合は十時"})).await;
    aiko.sees_uri(&id(&theirs)).await;
    peer.act("pin", json!({"id": theirs["id"]})).await;
    world.counts("SELECT COUNT(*) FROM pin", 1).await;
    peer.act("unpin", json!({"id": theirs["id"]})).await;
    world.counts("SELECT COUNT(*) FROM pin", 0).await;
    world.assert_content().await;
}

async fn a_block_ends_both_follows_both_ways(knock: &str) {
    let world = World::of_friends(knock).await;
    let (aiko, peer) = (&world.aiko, &world.peer);
    aiko.relate("block", &peer.id("mika")).await;
    until("mika to be blocked", async || {
        let state = peer.state("mika").await;
        let alone = state["followers"] == json!([]) && state["following"] == json!([]);
        (state["blockedBy"] == json!([aiko.id]) && alone).then_some(())
    })
    .await;
    world.counts("SELECT COUNT(*) FROM follow", 0).await;
    aiko.relate("unblock", &peer.id("mika")).await;
    until("mika to be free again", async || {
        (peer.state("mika").await["blockedBy"] == json!([])).then_some(())
    })
    .await;

    world.befriend().await;
    peer.act("block", json!({"target": aiko.id})).await;
    world.counts("SELECT COUNT(*) FROM block", 1).await;
    world.counts("SELECT COUNT(*) FROM follow", 0).await;
    peer.act("unblock", json!({"target": aiko.id})).await;
    world.counts("SELECT COUNT(*) FROM block", 0).await;
    world.assert_content().await;
}

async fn a_member_moves_and_their_follower_comes_along(knock: &str) {
    let world = World::of_friends(knock).await;
    let (aiko, peer) = (&world.aiko, &world.peer);
    let new = world.node.member("aiko_new").await;
    Insider::of(&world.node, "aiko_new").await.set_aliases(std::slice::from_ref(&aiko.id)).await;
    Insider::of(&world.node, "aiko").await.move_to(&new.id).await;
    let moved = peer.arrival_about("Move", &aiko.id).await;
    assert_eq!(moved["json"]["target"], json!(new.id));
    until("mika to follow the new account", async || {
        let state = peer.state("mika").await;
        let following = state["following"].as_array()?;
        following.iter().any(|f| f["id"] == new.id && f["state"] == "accepted").then_some(())
    })
    .await;
    assert_eq!(peer.fetch(&aiko.id).await["document"]["movedTo"], json!(new.id));
    world.assert_content().await;
}

async fn a_followed_person_moves_and_the_member_comes_along(knock: &str) {
    let world = World::of_friends(knock).await;
    let (aiko, peer) = (&world.aiko, &world.peer);
    let (old, new) = (peer.id("mika"), peer.id("mika_new"));
    peer.act("setAlsoKnownAs", json!({"actor": "mika_new", "aliases": [old]})).await;
    peer.act("move", json!({"target": new})).await;
    until("aiko to follow the new account", async || {
        (peer.state("mika_new").await["followers"] == json!([aiko.id])).then_some(())
    })
    .await;
    until("aiko to leave the old account", async || {
        (peer.state("mika").await["followers"] == json!([])).then_some(())
    })
    .await;
    world.assert_content().await;
}

async fn a_deleted_member_is_gone_for_everybody(knock: &str) {
    let world = World::of_friends(knock).await;
    let (aiko, peer) = (&world.aiko, &world.peer);
    let post = aiko.publish("お世話になりました", json!({})).await;
    peer.arrival_about("Create", &uri(&post)).await;
    Insider::of(&world.node, "aiko").await.delete_account().await;
    peer.arrival_about("Delete", &aiko.id).await;
    until("mika to have nobody", async || {
        let state = peer.state("mika").await;
        (state["followers"] == json!([]) && state["following"] == json!([])).then_some(())
    })
    .await;
    assert_eq!(world.fetch_unsigned(&aiko.id).await, 410);
    assert_eq!(world.fetch_unsigned(&uri(&post)).await, 410);
    world.assert_content().await;
}

async fn a_deleted_person_is_gone_for_members(knock: &str) {
    let world = World::of_friends(knock).await;
    let (aiko, peer) = (&world.aiko, &world.peer);
    let post = peer.act("post", json!({"content": "さようなら"})).await;
    aiko.sees_uri(&id(&post)).await;
    peer.act("deleteActor", json!({})).await;
    world.counts("SELECT COUNT(*) FROM follow", 0).await;
    world.counts("SELECT COUNT(*) FROM post WHERE NOT local AND deleted_at IS NULL", 0).await;
    assert_eq!(aiko.get("/api/v1/timelines/home").await, json!([]));
    world.assert_content().await;
}
