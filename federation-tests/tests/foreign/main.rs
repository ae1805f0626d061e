//! Conversations with independent ActivityPub servers, as real processes on loopback. `./check federation` runs them.
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
mod conversation;
mod consent;
mod documents;
mod events;
mod insider;
mod lives;
mod markup;
mod pasture;
mod trouble;
mod world;

/// One test for each scheme with which the peer may knock first.
#[macro_export]
macro_rules! with_both_knocks {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        mod cavage_first {
            $(#[tokio::test]
            #[ignore = "needs the foreign peers; ./check federation"]
            async fn $name() { super::$name(federation_tests::process::CAVAGE).await })*
        }
        mod rfc9421_first {
            $(#[tokio::test]
            #[ignore = "needs the foreign peers; ./check federation"]
            async fn $name() { super::$name(federation_tests::process::RFC9421).await })*
        }
    };
}
