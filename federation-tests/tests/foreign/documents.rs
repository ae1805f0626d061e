//! What the node serves, read with strict JSON-LD.
use crate::{
    insider::Insider,
    with_both_knocks,
    world::{World, picture, uri},
};
use federation_tests::process::Node;
use serde_json::json;

with_both_knocks!(
    every_document_is_strict_json_ld,
    the_node_is_found_by_handle_and_describes_itself,
    a_picture_with_japanese_text_is_seen_and_answered_everywhere,
);

async fn every_document_is_strict_json_ld(knock: &str) {
    let world = World::of_friends(knock).await;
    let (aiko, peer) = (&world.aiko, &world.peer);
    let insider = Insider::of(&world.node, "aiko").await;
    insider.update_profile("愛子", "支部の書記です", &picture()).await;
    let media = insider.upload(&picture(), "空の色").await;
    let mention = peer.handle("mika");
    let note = aiko
        .publish(
            &format!("{mention} #遠足 の写真 https://example.com/"),
            json!({"media_ids": [media], "spoiler_text": "空", "language": "ja"}),
        )
        .await;
    let poll = json!({"options": ["はい", "いいえ"], "expires_in": 3600, "multiple": true});
    let question = aiko.publish("行きますか？", json!({"poll": poll})).await;
    aiko.publish("行きます", json!({"in_reply_to_id": question["id"]})).await;
    aiko.react(&note, "pin").await;
    let (note, question, origin) = (uri(&note), uri(&question), world.node.origin());
    let person = peer.fetch(&aiko.id).await;
    assert_eq!(person["type"], "Person");
    let context = person_context(&peer.fetch(&note).await);
    for (url, kind) in [
        (format!("{origin}/actor"), "Application"),
        (format!("{origin}/actor/outbox"), "OrderedCollection"),
        (note.clone(), "Note"),
        (format!("{note}/activity"), "Create"),
        (format!("{note}/likes"), "Collection"),
        (format!("{note}/shares"), "Collection"),
        (question.clone(), "Question"),
        (format!("{question}/replies"), "Collection"),
        (context, "Collection"),
        (format!("{}/outbox", aiko.id), "OrderedCollection"),
        (format!("{}/followers", aiko.id), "OrderedCollection"),
        (format!("{}/following", aiko.id), "OrderedCollection"),
        (format!("{}/featured", aiko.id), "OrderedCollection"),
        (format!("{}/followers_synchronization", aiko.id), "OrderedCollection"),
    ] {
        let fetched = peer.fetch(&url).await;
        assert_eq!(fetched["type"], kind, "{url}");
        assert_eq!(fetched["id"], json!(url), "{url}");
        if let Some(first) = fetched["document"]["first"].as_str() {
            let page = peer.fetch(first).await;
            assert_eq!(page["type"], format!("{kind}Page"), "{first}");
            assert_eq!(page["id"], json!(first));
            assert_eq!(page["document"]["partOf"], json!(url), "{first}");
        }
    }
    world.assert_content().await;
}

fn person_context(fetched: &serde_json::Value) -> String {
    fetched["document"]["context"].as_str().expect("a context collection").to_owned()
}

async fn the_node_is_found_by_handle_and_describes_itself(knock: &str) {
    let world = World::of_strangers(knock).await;
    let (aiko, peer) = (&world.aiko, &world.peer);
    let found = peer.get("lookup", &[("handle", &aiko.handle)]).await;
    assert_eq!(found["id"], json!(aiko.id));
    assert_eq!(found["webfinger"]["subject"], json!(format!("acct:aiko@{}", world.node.domain)));
    let described = peer.get("nodeinfo", &[("url", &world.node.origin())]).await;
    for version in described.as_array().unwrap() {
        assert_eq!(version["parsed"]["software"]["name"], "tsudoi", "{version}");
    }
    assert_eq!(described.as_array().unwrap().len(), 2);
    let mika = aiko.account(&peer.handle("mika")).await;
    assert_eq!(mika["uri"], json!(peer.id("mika")));
}

/// The main job: a picture with Japanese text is seen by a member of another node and by a follower elsewhere; both answer, and
/// the author reads both answers.
async fn a_picture_with_japanese_text_is_seen_and_answered_everywhere(knock: &str) {
    let world = World::of_friends(knock).await;
    let (aiko, peer) = (&world.aiko, &world.peer);
    let other = Node::start().await;
    let haru = other.member("haru").await;
    haru.relate("follow", &aiko.handle).await;
    aiko.hears("follow", |n| n["account"]["uri"] == haru.id).await;

    let insider = Insider::of(&world.node, "aiko").await;
    let media = insider.upload(&picture(), "夕焼けの空、雲が赤い").await;
    let text = "秋の遠足🍁\n\n髙橋さんと𠮷野さんも一緒でした。「がんばろう」";
    let post = aiko.publish(text, json!({"media_ids": [media], "language": "ja"})).await;

    let arrived = peer.arrival_about("Create", &uri(&post)).await;
    let note = &arrived["object"];
    assert!(note["contentMap"]["ja"].as_str().unwrap().contains("𠮷野さん"));
    let attachment = &note["attachment"][0];
    assert_eq!(attachment["name"], "夕焼けの空、雲が赤い");
    assert_eq!(
        world.fetch_picture(attachment["url"].as_str().unwrap()).await,
        attachment["mediaType"]
    );
    let seen = haru.sees_uri(&uri(&post)).await;
    assert!(seen["content"].as_str().unwrap().contains("「がんばろう」"));
    assert_eq!(seen["media_attachments"][0]["description"], "夕焼けの空、雲が赤い");

    let from_haru = haru.publish("きれいですね", json!({"in_reply_to_id": seen["id"]})).await;
    let from_mika = peer
        .act("post", json!({"content": "いいですね", "inReplyTo": post["uri"], "language": "ja"}))
        .await;
    for reply in [&from_haru["uri"], &from_mika["id"]] {
        aiko.hears("mention", |n| n["status"]["uri"] == *reply).await;
    }
    let thread =
        aiko.get(&format!("/api/v1/statuses/{}/context", post["id"].as_str().unwrap())).await;
    let read: Vec<&str> = thread["descendants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["content"].as_str().unwrap())
        .collect();
    assert!(read.iter().any(|c| c.contains("きれいですね")), "{read:?}");
    assert!(read.iter().any(|c| c.contains("いいですね")), "{read:?}");
    world.assert_content().await;
}
