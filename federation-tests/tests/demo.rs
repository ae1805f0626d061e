//! `tsudoi demo`: six real processes in one network. One is stopped, one is killed, the others go on, and both catch up with everything, once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]
use federation_tests::{chapters::NAMES, process::Demo};

#[tokio::test]
async fn five_go_on_while_one_is_stopped_and_one_is_killed_and_both_catch_up() {
    let mut demo = Demo::start();
    for node in 0..6 {
        demo.comes_up(node).await;
    }
    demo.posts(1, "試 岩手から").await;
    for node in 0..6 {
        demo.knows(node, "試", &["試 岩手から"]).await;
    }
    demo.tell("stop", "岩手");
    assert!(!demo.is_up(1).await);
    demo.kill(3);
    demo.posts(0, "試 青森は続けます").await;
    demo.knows(2, "試", &["試 岩手から", "試 青森は続けます"]).await;
    demo.posts(2, "試 宮城も続けます").await;
    let all = ["試 岩手から", "試 青森は続けます", "試 宮城も続けます"];
    for node in [0, 2, 4, 5] {
        demo.knows(node, "試", &all).await;
    }

    demo.tell("start", "akita");
    demo.tell("start", "iwate");
    for node in 0..6 {
        demo.knows(node, "試", &all).await;
    }

    assert!(demo.end(), "it ends well");
    for (node, name) in NAMES.iter().enumerate() {
        assert!(!demo.is_up(node).await, "{name} ended with it");
    }
    assert!(!demo.data_dir.exists(), "and leaves nothing");
}
