//! Events with an independent server: a place is asked for and given, both ways.
use crate::{
    insider::Insider,
    with_both_knocks,
    world::{World, id},
};
use serde_json::json;
use tsudoi::events::types::{EventWords, RsvpState};

with_both_knocks!(a_place_at_our_event_is_given_to_them, a_place_at_their_event_is_given_to_us);

async fn a_place_at_our_event_is_given_to_them(knock: &str) {
    let world = World::of_friends(knock).await;
    let peer = &world.peer;
    let words = EventWords {
        name: "勉強会".into(),
        starts_at: "2199-06-12T18:30".into(),
        timezone: "Asia/Tokyo".into(),
        place: "公民館".into(),
        capacity: "1".into(),
        ..EventWords::default()
    };
    let ours = Insider::of(&world.node, "aiko").await.plan("空き店舗の話", &words).await;
    let told = peer.arrival_about("Create", &ours).await;
    assert_eq!(told["object"]["type"], "Event");
    let read = peer.fetch(&ours).await;
    assert_eq!(read["type"], "Event");
    let understood = read["understood"].to_string();
    for word in ["勉強会", "2199-06-12T09:30:00Z", "公民館"] {
        assert!(understood.contains(word), "{word} in {understood}");
    }
    assert_eq!(read["unmapped"], json!([]), "words without a meaning in the context");

    let join = peer.act("join", json!({"event": ours})).await;
    let answer = peer.arrival("Accept", |e| e["object"]["id"] == join["id"]).await;
    assert_eq!(answer["object"]["type"], "Join");
    world.counts("SELECT attending FROM event", 1).await;
    peer.act("leave", json!({"event": ours})).await;
    world.counts("SELECT attending FROM event", 0).await;
    world.assert_content().await;
}

async fn a_place_at_their_event_is_given_to_us(knock: &str) {
    let world = World::of_friends(knock).await;
    let (aiko, peer) = (&world.aiko, &world.peer);
    let plan = json!({
        "name": "山歩き", "content": "雨なら中止です", "place": "登山口",
        "startTime": "2199-06-12T00:00:00Z", "endTime": "2199-06-12T06:00:00Z",
    });
    let theirs = peer.act("event", plan).await;
    let seen = aiko.sees_uri(&id(&theirs)).await;
    world
        .counts(
            "SELECT COUNT(*) FROM event WHERE place = '登山口' AND starts_at = 7240579200000",
            1,
        )
        .await;

    // Fedify has no word for how to get in; somebody else's software on the same server may.
    world.counts("SELECT COUNT(*) FROM event WHERE join_mode = 'closed'", 1).await;
    let mut document = peer.fetch(&id(&theirs)).await["document"].clone();
    document["joinMode"] = json!("free");
    let update = json!({
        "@context": "https://www.w3.org/ns/activitystreams", "id": format!("{}#opened", id(&theirs)), "type": "Update",
        "actor": document["attributedTo"], "to": document["to"], "object": document,
    });
    let inbox = format!("http://{}/inbox", world.node.domain);
    let sent = peer.act("raw", json!({"inbox": inbox, "activity": update})).await;
    assert_eq!(sent["status"], 202, "{sent}");
    world.counts("SELECT COUNT(*) FROM event WHERE join_mode = 'free'", 1).await;

    let insider = Insider::of(&world.node, "aiko").await;
    assert_eq!(insider.join(&seen).await, RsvpState::Queued);
    let join = peer.arrival_about("Join", &id(&theirs)).await;
    assert_eq!(join["actor"], aiko.id);
    world.counts("SELECT COUNT(*) FROM rsvp WHERE state = 'confirmed'", 1).await;
    insider.leave(&seen).await;
    peer.arrival_about("Leave", &id(&theirs)).await;
    world.counts("SELECT COUNT(*) FROM rsvp WHERE state = 'cancelled'", 1).await;
    world.assert_content().await;
}
