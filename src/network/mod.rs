//! The network of nodes: one signed log per node, a copy of each at every node, and any of them may die.
//!
//! Lives here: the roster in force, the logs, how nodes tell each other what they have (`docs/NETWORK.md`). Must not live here: what an activity
//! means; a peer's entries become rows of the same raw store as everybody's activities and are applied by the same code.
pub mod entry;
pub mod fence;
mod packed;
pub mod message;
pub mod lanes;
pub mod membership;
pub mod log;
pub mod epochs;
pub mod say;
pub mod peers;
pub mod status;
pub mod joining;
pub mod start;
pub mod sync;
pub mod door;
