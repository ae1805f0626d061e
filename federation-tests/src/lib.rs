//! The harness of the tests that need more than one server: whole nodes in this process, members with words, and a hand-made stranger.
//!
//! Lives here: starting, stepping and asking, and what is true at the end of every scenario ([`invariants`]). Must not live here: what should come
//! out of one scenario; that is what the tests say.
//!
//! Nothing runs by itself. A node delivers, applies and fetches only when it is told to, and time stands still until somebody acts or moves it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a harness fails by panicking: that is how a test fails"
)]

pub mod actor;
pub mod answer;
pub mod browser;
pub mod chance;
mod contract;
pub mod chapters;
pub mod database;
pub mod invariants;
pub mod keys;
pub mod letter;
pub mod line;
pub mod listener;
pub mod member;
pub mod network;
pub mod node;
pub mod process;
pub mod shown;
pub mod stranger;

pub use actor::Actor;
pub use answer::Answer;
pub use browser::Browser;
pub use chance::Chance;
pub use letter::Letter;
pub use line::Line;
pub use listener::Listener;
pub use member::Member;
pub use network::{Network, settle};
pub use node::{Node, Tampering};
pub use shown::Shown;
pub use stranger::{Received, Reply, Stranger};
