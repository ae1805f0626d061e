//! Polls and quotes: what needs the other side's word.
use crate::{
    insider::Insider,
    with_both_knocks,
    world::{World, id, uri},
};
use federation_tests::process::until;
use serde_json::json;

with_both_knocks!(
    a_poll_of_ours_counts_their_vote,
    a_poll_of_theirs_counts_our_vote,
    a_quote_of_ours_is_stamped_until_it_is_revoked,
    a_quote_of_theirs_is_stamped_until_it_is_revoked,
    a_refused_quote_is_not_shown,
);

async fn a_poll_of_ours_counts_their_vote(knock: &str) {
    let world = World::of_friends(knock).await;
    let (aiko, peer) = (&world.aiko, &world.peer);
    let poll = json!({"options": ["山", "海"], "expires_in": 3600});
    let ours = aiko.publish("どこへ行く？", json!({"poll": poll})).await;
    let asked = peer.arrival_about("Create", &uri(&ours)).await;
    assert_eq!(asked["object"]["type"], "Question");
    assert_eq!(peer.fetch(&uri(&ours)).await["type"], "Question");
    peer.act("vote", json!({"question": ours["uri"], "choices": ["海"]})).await;
    peer.act("vote", json!({"question": ours["uri"], "choices": ["山"]})).await;
    let counted = peer
        .arrival("Update", |e| e["object"]["id"] == ours["uri"] && e["object"]["votersCount"] == 1)
        .await;
    assert_eq!(counted["object"]["oneOf"][1]["replies"]["totalItems"], 1);
    world.counts("SELECT COUNT(*) FROM inbound WHERE reason = 'the vote does not count'", 1).await;
    let status = aiko.status(&uri(&ours)).await;
    assert_eq!(status["poll"]["voters_count"], 1);
    assert_eq!(status["replies_count"], 0, "a vote is no reply");
    world.assert_content().await;
}

async fn a_poll_of_theirs_counts_our_vote(knock: &str) {
    let world = World::of_friends(knock).await;
    let (aiko, peer) = (&world.aiko, &world.peer);
    let poll = json!({"question": "何を食べる？", "options": ["そば", "うどん", "鍋"], "multiple": true, "endsInSeconds": 3600});
    let theirs = peer.act("poll", poll).await;
    let seen = aiko.sees_uri(&id(&theirs)).await;
    assert_eq!(seen["poll"]["multiple"], true);
    Insider::of(&world.node, "aiko").await.vote(&seen, &[0, 2]).await;
    let expected = json!({"そば": [aiko.id], "うどん": [], "鍋": [aiko.id]});
    until("both votes to be counted", async || {
        (peer.state("mika").await["pollResults"][id(&theirs)] == expected).then_some(())
    })
    .await;
    aiko.sees("the count", |s| s["uri"] == theirs["id"] && s["poll"]["voters_count"] == 1).await;
    world.assert_content().await;
}

async fn a_quote_of_ours_is_stamped_until_it_is_revoked(knock: &str) {
    let world = World::of_friends(knock).await;
    let (aiko, peer) = (&world.aiko, &world.peer);
    let theirs = peer.act("post", json!({"content": "大事なお知らせ"})).await;
    let seen = aiko.sees_uri(&id(&theirs)).await;
    let ours = aiko.publish("読んでください", json!({"quoted_status_id": seen["id"]})).await;
    let request = peer.arrival_about("QuoteRequest", &id(&theirs)).await;
    assert_eq!(request["json"]["instrument"]["id"], ours["uri"]);
    let stamped = peer
        .arrival("Update", |e| {
            e["object"]["id"] == ours["uri"] && e["object"]["quoteAuthorization"].is_string()
        })
        .await;
    let stamp = stamped["object"]["quoteAuthorization"].clone();
    assert_eq!(peer.state("mika").await["stamps"]["issued"][0]["id"], stamp);
    assert_eq!(aiko.status(&uri(&ours)).await["quote"]["quoted_status"]["uri"], theirs["id"]);

    peer.act("revokeQuote", json!({"stamp": stamp})).await;
    peer.arrival("Update", |e| {
        e["object"]["id"] == ours["uri"]
            && e["object"]["quoteAuthorization"].is_null()
            && e["at"].as_str() > stamped["at"].as_str()
    })
    .await;
    assert!(aiko.status(&uri(&ours)).await["quote"].is_null());
    world.assert_content().await;
}

async fn a_quote_of_theirs_is_stamped_until_it_is_revoked(knock: &str) {
    let world = World::of_friends(knock).await;
    let (aiko, peer) = (&world.aiko, &world.peer);
    let ours = aiko.publish("大事なお知らせ", json!({})).await;
    peer.arrival_about("Create", &uri(&ours)).await;
    let theirs =
        peer.act("quote", json!({"object": ours["uri"], "content": "読んでください"})).await;
    let stamp = until("the stamp", async || {
        peer.state("mika").await["stamps"]["received"][0]["id"].as_str().map(str::to_owned)
    })
    .await;
    assert_eq!(peer.fetch(&stamp).await["type"], "QuoteAuthorization");
    let seen = aiko
        .sees("the quote", |s| s["uri"] == theirs["id"] && s["quote"]["state"] == "accepted")
        .await;
    assert_eq!(seen["quote"]["quoted_status"]["uri"], ours["uri"]);
    aiko.hears("quote", |n| n["status"]["uri"] == theirs["id"]).await;

    Insider::of(&world.node, "aiko").await.revoke_quote(&seen).await;
    until("the peer to lose the stamp", async || {
        (peer.state("mika").await["stamps"]["received"][0]["revoked"] == true).then_some(())
    })
    .await;
    assert!(matches!(world.fetch_unsigned(&stamp).await, 404 | 410));
    aiko.sees("the quote gone", |s| s["uri"] == theirs["id"] && s["quote"].is_null()).await;
    world.assert_content().await;
}

async fn a_refused_quote_is_not_shown(knock: &str) {
    let world = World::of_friends(knock).await;
    let (aiko, peer) = (&world.aiko, &world.peer);
    peer.act("policy", json!({"quote": "reject"})).await;
    let theirs = peer.act("post", json!({"content": "引用はご遠慮ください"})).await;
    let seen = aiko.sees_uri(&id(&theirs)).await;
    let ours = aiko.publish("読んでください", json!({"quoted_status_id": seen["id"]})).await;
    peer.arrival_about("QuoteRequest", &id(&theirs)).await;
    world.counts("SELECT COUNT(*) FROM post WHERE local AND quote_state = 'rejected'", 1).await;
    assert!(aiko.status(&uri(&ours)).await["quote"].is_null());
    world.assert_content().await;
}
