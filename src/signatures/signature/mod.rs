//! HTTP signatures: signing what we send and judging what we receive.
//!
//! Two schemes are spoken: draft-cavage-12, which everyone knows, and RFC 9421, which is taking its place. Everything here
//! is pure: no database, no network, and the time is a parameter. Must not live here: finding the key of a `keyId`,
//! or whether the signer may say what the body says.
mod error;
mod freshness;
mod digest;
mod request;
mod cavage;
mod rfc9421;
mod incoming;
mod outgoing;

pub use error::{SignError, SignatureError};
pub use incoming::read;
pub use outgoing::{Outgoing, sign};
pub use request::{Claim, Incoming, Scheme};

#[cfg(test)]
mod tests;
