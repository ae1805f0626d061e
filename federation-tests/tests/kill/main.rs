//! kill -9 under load, again and again: what was promised by a 2xx is kept, once, and nothing half-written is ever there.
//!
//! `CHANCE_SEED` repeats a run's choices, `KILL_ROUNDS` changes how often the node dies (100).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::as_conversions,
    clippy::string_slice,
    clippy::print_stdout,
    clippy::too_many_lines,
    reason = "tests fail by panicking, and real processes take real time"
)]
mod crowd;
mod load;
mod network;
mod store;

use crowd::Crowd;
use federation_tests::{
    Chance,
    chance::{self, setting},
    database::Database,
    process::{Node, until_within},
};
use load::Load;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use store::Store;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_promised_survives_kill_9_on_sqlite() {
    survive("").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_promised_survives_kill_9_on_postgresql() {
    let database = Database::fresh().await;
    if !database.url.is_empty() {
        survive(&database.url).await;
    }
}

async fn survive(database: &str) {
    let seed = chance::seed();
    let rounds = setting("KILL_ROUNDS").unwrap_or(100);
    println!("KILL_ROUNDS={rounds} {database}");
    let started = Instant::now();
    let mut chance = Chance::new(seed);
    let mut node = Node::start_with(&[("TSUDOI_DATABASE_URL", database)]).await;
    let aiko = node.member("aiko").await;
    let crowd = Crowd::start(seed).await;
    crowd.follows(&aiko).await;
    let store = Store::open(&node, database).await;
    let load = Arc::new(Load::new(seed, aiko, crowd.clone()).await);
    for round in 0..rounds {
        let enough = load.promised_so_far().plus(2 + chance.below(8), round % 2 == 0);
        let work = load.begin();
        // A moment is chosen by what was promised, not by the clock alone: a slow machine dies as busy as a fast one.
        until_within(Duration::from_secs(60), "enough to be promised", async || {
            load.promised_so_far().has_reached(&enough).then_some(())
        })
        .await;
        pause(Duration::from_millis(chance.below(25))).await;
        node.kill().await;
        load.end(work).await;
        store.assert_whole(&crowd, &format!("round {round}")).await;
        // The leases of the dead process lapse after two minutes; the test does not wait for them.
        store.lapse_leases().await;
        node.resume().await;
    }
    load.repeat_what_is_unsure().await;
    let promised = load.promised();
    until_within(Duration::from_secs(150), "everything to be delivered and applied", async || {
        (store.unfinished().await == 0).then_some(())
    })
    .await;
    store.assert_whole(&crowd, "the end").await;
    crowd.assert_has(&promised.posts);
    store.assert_published_once(&promised.posts).await;
    store.assert_applied_once(&promised.notes).await;
    println!(
        "{rounds} kills in {:.0?}: {} posts delivered to {} hosts each ({} deliveries, {} repeated), {} activities applied",
        started.elapsed(),
        promised.posts.len(),
        crowd::HOSTS,
        crowd.arrivals(),
        crowd.repeats(),
        promised.notes.len(),
    );
    let load = promised.posts.len().min(promised.notes.len());
    assert!(u64::try_from(load).unwrap_or(0) > rounds, "there was hardly any load");
}

#[expect(clippy::disallowed_methods, reason = "the moment of a kill is real time")]
async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}
