//! How things travel between servers: fetching, signing, storing what came in, delivering what goes out.
//!
//! Lives here: transport, addresses, retries, hosts. Must not live here: what a post or a profile means.
pub mod context;
pub mod json;
pub mod hosts;
pub mod signer;
pub mod fetch;
pub mod webfinger;
pub mod outbox;
pub mod delivery;
pub mod inbound;
pub mod fetch_queue;
