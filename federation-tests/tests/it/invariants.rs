//! The checker of the invariants complains when something is wrong: databases are spoilt by hand, one fault for each sentence.
use federation_tests::{
    Network, Node, Stranger,
    chapters::{chapters, talk},
    invariants,
};
use std::fs;
use tsudoi::{error::Result, execute};

async fn spoil(node: &Node, statement: &'static str) {
    async fn run(node: &Node, statement: &'static str) -> Result<u64> {
        let mut tx = node.app().db.begin().await?;
        let changed = execute!(&mut tx, sqlx::query(statement));
        tx.commit().await?;
        Ok(changed)
    }
    assert!(run(node, statement).await.unwrap() > 0, "{statement} changes nothing");
}

/// Three nodes that have said this and that to each other; aiko of the first is liked by hana of the second.
async fn world() -> (Network, Vec<Node>) {
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let all: Vec<&Node> = nodes.iter().collect();
    let aiko = nodes[0].member("aiko").await;
    let hana = nodes[1].member("hana").await;
    let first = aiko.posts("集まりませんか").await;
    let second = aiko.posts_to("network", "来週はどうでしょう").await;
    talk(&all).await;
    hana.likes(first.uri()).await;
    aiko.edits(first.uri(), "集まりましょう").await;
    hana.replies_to(second.uri(), "行きます").await;
    net.advance(60_000);
    talk(&all).await;
    invariants::hold(&all).await;
    net.breaks_the_law();
    (net, nodes)
}

/// Every one of these is complained of in a sentence that begins so and names the place.
async fn complains(nodes: &[Node], sentences: &[[&str; 2]]) {
    let all: Vec<&Node> = nodes.iter().collect();
    let broken = invariants::broken(&all).await;
    for [invariant, words] in sentences {
        let found = broken.iter().any(|b| b.starts_with(invariant) && b.contains(words));
        assert!(found, "{invariant} … {words} is not among {broken:#?}");
    }
}

#[tokio::test]
async fn a_spoilt_chain_is_found() {
    let (_net, nodes) = world().await;
    spoil(&nodes[1], "DELETE FROM log_entry WHERE node = 'aomori' AND seq = 2").await;
    spoil(&nodes[2], "UPDATE log_entry SET hash = 'ab' WHERE node = 'aomori' AND seq = 1").await;
    spoil(&nodes[2], "UPDATE log_entry SET body = '{}' WHERE node = 'iwate' AND seq = 1").await;
    spoil(&nodes[0], "UPDATE log_head SET seq = 9 WHERE node = 'iwate'").await;
    spoil(&nodes[1], "UPDATE log_head SET frozen_at = 1 WHERE node = 'iwate'").await;
    complains(
        &nodes,
        &[
            ["I4 prefix: iwate", "aomori's log, entry 1/3 stands where 2 should be"],
            ["I4 prefix: miyagi", "aomori's log, entry 1/1 has another hash than its envelope"],
            ["I4 prefix: miyagi", "aomori's log, entry 1/2 does not name the entry before it"],
            ["I4 prefix: aomori", "different hashes for entry 1/1 of aomori's log"],
            ["I4 prefix: miyagi", "the body is not the one that was signed"],
            ["I4 prefix: aomori", "its head says 9"],
            ["I4 prefix: iwate", "iwate's log is frozen without two entries"],
        ],
    )
    .await;
}

#[tokio::test]
async fn what_was_dropped_or_counted_too_early_is_found() {
    let (_net, nodes) = world().await;
    spoil(&nodes[1], "DELETE FROM inbound WHERE log_seq % 1024 = 2").await;
    spoil(&nodes[1], "UPDATE inbound SET state = 'ignored' WHERE log_seq % 1024 = 1").await;
    spoil(&nodes[2], "UPDATE log_entry SET body = NULL WHERE node = 'aomori' AND seq = 2").await;
    spoil(&nodes[0], "UPDATE peer_ack SET seq = seq + 1 WHERE peer = 'miyagi'").await;
    spoil(&nodes[0], "DELETE FROM log_entry WHERE node = 'aomori' AND seq = 4").await;
    complains(
        &nodes,
        &[
            ["I9 no silent drop: iwate", "stored entry 1/2 of aomori's log and never looked at it"],
            ["I9 no silent drop: at iwate", "is ignored without a reason"],
            ["I10 no false delivery: aomori", "of aomori's log as miyagi's, which has 4"],
            ["I3 survival: miyagi", "has entry 4 of aomori's log, which ends with 3"],
        ],
    )
    .await;
}

#[tokio::test]
async fn what_nodes_know_differently_is_found() {
    let (net, nodes) = world().await;
    let rin = Stranger::start(&net, "stranger").await.actor("rin");
    let aiko = nodes[0].url("/users/aiko");
    rin.follows(&nodes[0], &aiko).await;
    rin.server.goes_down().await;
    nodes[0].member("taro").await.follows(&rin.uri).await;
    spoil(&nodes[0], "UPDATE delivery SET expires_at = expires_at * 2").await;
    spoil(&nodes[1], "UPDATE post SET content_html = '<p>別の話</p>' WHERE edited_at IS NOT NULL")
        .await;
    spoil(&nodes[1], "UPDATE log_entry SET body = NULL WHERE node = 'aomori' AND seq = 2").await;
    spoil(&nodes[2], "DELETE FROM favourite").await;
    spoil(&nodes[2], "INSERT INTO tombstone (uri, deleted_at) SELECT uri, 1 FROM post").await;
    spoil(
        &nodes[0],
        "INSERT INTO notification (id, account_id, kind, from_id, post_id, dedupe)
         SELECT id + 1, account_id, kind, from_id, post_id, 'again ' || CAST(id AS TEXT) FROM notification",
    )
    .await;
    complains(
        &nodes,
        &[
            ["I5 order: at iwate", "says \"別の話\""],
            ["I6 convergence", "別の話"],
            ["I6 convergence", "likes"],
            ["I7 tombstones: a deleted post is there", "at miyagi"],
            ["I15 once: somebody is told twice", "at aomori"],
            ["I17 bounded: aomori", "at the stranger"],
            ["I19 history: iwate", "neither the body of entry 1/2 of aomori's log nor its erasure"],
        ],
    )
    .await;
}

#[tokio::test]
async fn a_secret_that_is_out_is_found() {
    let (net, nodes) = world().await;
    net.keeps_secret("集まりましょう", &[&nodes[0], &nodes[1], &nodes[2]]);
    net.keeps_secret("カナリア", &[&nodes[0]]);
    spoil(&nodes[0], "INSERT INTO setting (key, value) VALUES ('canary', 'カナリア')").await;
    spoil(&nodes[1], "INSERT INTO setting (key, value) VALUES ('canary', 'このカナリアは')").await;
    fs::write(nodes[2].app().config.data_dir.join("note.txt"), "「カナリア」").unwrap();
    complains(
        &nodes,
        &[
            ["I12 privacy: \"集まりましょう\" stands in the table log_entry of aomori", ""],
            ["I12 privacy: \"集まりましょう\" stands in the table log_entry of miyagi", ""],
            ["I12 privacy: \"カナリア\" stands in the table setting of iwate", ""],
            ["I12 privacy: \"カナリア\" stands in note.txt of miyagi", ""],
        ],
    )
    .await;
}

#[tokio::test]
#[should_panic(expected = "I9 no silent drop")]
async fn no_scenario_ends_with_a_broken_invariant() {
    let net = Network::new();
    let iwate = net.node("iwate").await;
    let hana = Stranger::start(&net, "stranger").await.actor("hana");
    let aiko = iwate.member("aiko").await;
    hana.follows(&iwate, &aiko.uri).await;
    spoil(&iwate, "UPDATE inbound SET state = 'ignored', reason = NULL").await;
}
