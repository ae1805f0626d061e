//! How fast a node of a network catches up: `cargo bench -p federation-tests --bench network`. Prints figures of docs/PERFORMANCE.md.
//!
//! Three nodes in this process, without loops: one is away while the others' members write as much as 680 members do in three weeks
//! (`BENCH_ENTRIES=14280`), and returns. `BENCH_OLD=1000000` entries lie in every node's copies before. Then it prints what a peer costs.
//! `BENCH_DATABASE_URL` becomes `TEST_DATABASE_URL` of the harness for `PostgreSQL`.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a benchmark reports and stops at the first surprise"
)]
use federation_tests::{
    Member, Network, Node,
    chapters::{chapters, talk},
};
use flate2::{Compression, write::GzEncoder};
use std::{
    collections::HashMap,
    io::Write,
    time::{Duration, Instant},
};
use tsudoi::{
    clock::MINUTE,
    network::{log, message::Page},
    posts::{
        actions::publish,
        types::{Audience, Draft},
    },
};

/// Posts of one transaction.
const CHUNK: usize = 100;

#[tokio::main]
async fn main() {
    let entries = setting("BENCH_ENTRIES", 14_280);
    let net = Network::new();
    let nodes = chapters(&net, 3).await;
    let (aomori, iwate, miyagi) = (&nodes[0], &nodes[1], &nodes[2]);
    let authors = [aomori.member("aiko").await, miyagi.member("hana").await];
    talk(&[aomori, iwate, miyagi]).await;
    let old = setting("BENCH_OLD", 0);
    if old > 0 {
        net.breaks_the_law(); // what is no chain is found
        for node in &nodes {
            fill(node, old).await;
        }
    }
    let before = size(iwate);
    iwate.goes_down().await;

    let begun = Instant::now();
    for author in &authors {
        write(&net, author, entries / 2).await;
    }
    line("written", entries, begun);

    iwate.comes_back().await;
    net.advance(10 * MINUTE);
    let begun = Instant::now();
    let mut stored = 0;
    loop {
        let moved = iwate.speak().await;
        stored += moved;
        if moved == 0 {
            break;
        }
        net.advance(MINUTE);
    }
    line("stored at the node that returns", stored, begun);
    let applying = Instant::now();
    let applied = iwate.apply().await;
    line("applied there", applied, applying);
    line("both", applied, begun);
    println!("posts there: {}", iwate.posts().await.len());
    wire(iwate).await;
    let grown = size(iwate).saturating_sub(before);
    if grown > 0 {
        println!("disk: {} bytes an entry, log, post and index together", grown / entries as u64);
    }
    talk(&[aomori, iwate, miyagi]).await;
    peers(&net, aomori, &authors[0]).await;
}

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

/// Entries of a node that is no member any more, as old as the hills, whose chain nobody looks at.
async fn fill(node: &Node, count: usize) {
    let mut tx = node.app().db.begin().await.unwrap();
    let sql = "INSERT INTO log_entry (node, epoch, seq, hash, class, kind, ap_id, obj_id, envelope, body, salt, received_at)
         WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $1)
         SELECT 'akita', 1, i, 'hash' || i, 'public', 'ap', 'https://akita.example/a/' || i, 'https://akita.example/o/' || i,
             $2, $2 || $2, 'salt', 0 FROM n WHERE i <= $1";
    let text = "x".repeat(600);
    tsudoi::run!(&mut tx, |c| {
        sqlx::query(sql)
            .bind(i64::try_from(count).unwrap())
            .bind(text)
            .execute(&mut *c)
            .await
            .unwrap();
    });
    tx.commit().await.unwrap();
}

/// What two peers cost: when nobody has anything to say, and when there is a post for each.
async fn peers(net: &Network, node: &Node, author: &Member) {
    const ROUNDS: usize = 100;
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        net.advance(MINUTE);
        node.speak().await;
    }
    line("conversations with nothing to say", 2 * ROUNDS, begun);
    let mut spent = Duration::ZERO;
    for _ in 0..ROUNDS {
        net.advance(MINUTE);
        write(net, author, 1).await;
        let begun = Instant::now();
        node.speak().await;
        spent += begun.elapsed();
    }
    rate("conversations with one post", 2 * ROUNDS, spent);
}

fn line(what: &str, count: usize, begun: Instant) {
    rate(what, count, begun.elapsed());
}

fn rate(what: &str, count: usize, took: Duration) {
    let seconds = took.as_secs_f64();
    println!("{what}: {count} in {seconds:.1} s, {:.0}/s", count as f64 / seconds);
}

/// What members write, in some words each.
async fn write(net: &Network, author: &Member, count: usize) {
    let app = author.node.app();
    let mut tx = app.db.read().await.unwrap();
    let account = tsudoi::accounts::queries::by_uri(&mut tx, &author.uri).await.unwrap().unwrap();
    drop(tx);
    for chunk in (0..count).collect::<Vec<_>>().chunks(CHUNK) {
        let mut tx = app.db.begin().await.unwrap();
        for i in chunk {
            net.advance(100);
            let text = format!(
                "{i}番目の投稿です。来週の勉強会は商店街の空き店舗をテーマに開きます。会場は公民館、参加費は無料です。"
            );
            let draft =
                Draft { text, audience: Audience::Public, lang: "ja".into(), ..Draft::default() };
            publish::publish(app, &mut tx, &account, draft, &HashMap::new()).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
}

/// What a page weighs on the wire.
async fn wire(node: &Node) {
    let mut tx = node.app().db.read().await.unwrap();
    let entries = log::page(&mut tx, "aomori", 1, 0, log::PAGE.into()).await.unwrap();
    let count = entries.len();
    let text = serde_json::to_vec(&Page { entries }).unwrap();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    gzip.write_all(&text).unwrap();
    let packed = gzip.finish().unwrap().len();
    println!(
        "wire: {} bytes an entry, {} as JSON, in pages of {count}",
        packed / count,
        text.len() / count
    );
}

/// The bytes of the node's database in its data directory (`SQLite`).
fn size(node: &Node) -> u64 {
    let file = node.app().config.data_dir.join("tsudoi.sqlite3");
    let bytes = |name: &std::path::Path| std::fs::metadata(name).map_or(0, |m| m.len());
    bytes(&file) + bytes(&file.with_extension("sqlite3-wal"))
}
