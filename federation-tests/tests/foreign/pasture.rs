//! The Pasture tools: who may post here, and 524 samples of what is found in the wild.
use crate::{
    markup,
    world::{database, failed},
};
use federation_tests::process::{Node, Pasture, until_within};
use std::{collections::BTreeMap, time::Duration};

/// Alice and dean do not sign; claire and frank show their keys only to signed requests; emily and frank have no `WebFinger`.
#[tokio::test]
#[ignore = "needs the foreign peers; ./check federation"]
async fn signed_posts_are_accepted_and_unsigned_ones_are_not() {
    let node = Node::start().await;
    let aiko = node.member("aiko").await;
    let verifier = Pasture::verifier().await;
    let matrix = verifier.verify(&aiko.id).await;
    assert_eq!(matrix["webfinger"], true, "{matrix:#}");
    for (name, accepted) in [
        ("alice", false),
        ("bob", true),
        ("claire", true),
        ("dean", false),
        ("emily", true),
        ("frank", true),
    ] {
        assert_eq!(matrix[name]["post_inbox"], accepted, "{name}: {matrix:#}");
        assert_eq!(matrix[name]["get_actor"], true, "{name}: {matrix:#}");
    }
}

#[tokio::test]
#[ignore = "needs the foreign peers; ./check federation"]
async fn every_sample_is_answered_applied_or_refused_for_a_reason_and_shown_safely() {
    let node = Node::start().await;
    let aiko = node.member("aiko").await;
    let mut pasture = Pasture::samples(&aiko.id).await;
    let mut answers = BTreeMap::<String, usize>::new();
    let mut sent = 0;
    loop {
        let line = pasture.line().await;
        if line["sent"].is_u64() {
            assert_eq!(line["sent"], sent);
            break;
        }
        sent += 1;
        let status = line["status"].as_u64().unwrap_or(0);
        assert!(status == 202 || (400..500).contains(&status), "{line:#}");
        let reason = line["reason"].as_str().unwrap_or_default();
        assert!(status == 202 || !reason.is_empty(), "refused without a reason: {line:#}");
        *answers.entry(format!("{} {status} {reason}", line["kind"])).or_default() += 1;
    }
    assert_eq!(sent, 524);
    println!("answers: {answers:#?}");

    let db = database(&node).await;
    until_within(Duration::from_secs(90), "everything to be worked off", async || {
        let due = "SELECT COUNT(*) FROM inbound WHERE state = 'waiting' AND next_at <= received_at";
        let waiting: i64 = sqlx::query_scalar(due).fetch_one(&db).await.ok()?;
        let fetches: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM wanted WHERE tries = 0")
            .fetch_one(&db)
            .await
            .ok()?;
        (waiting + fetches == 0).then_some(())
    })
    .await;
    let fates: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT state, COALESCE(reason, ''), COUNT(*) FROM inbound GROUP BY 1, 2 ORDER BY 1, 2",
    )
    .fetch_all(&db)
    .await
    .unwrap();
    println!("fates: {fates:#?}");
    println!("failed: {:#?}", failed(&node).await);
    let posts: Vec<(String, String)> =
        sqlx::query_as("SELECT uri, content_html FROM post").fetch_all(&db).await.unwrap();
    assert!(posts.len() > 150, "only {} posts were kept", posts.len());
    for (uri, html) in posts {
        markup::assert_safe(&uri, &html);
    }
}
