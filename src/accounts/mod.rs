//! Accounts: people and services, local and remote; members who sign in; who follows, blocks and mutes whom.
//!
//! Lives here: profiles, sign-up and sign-in, relations between accounts, their activities. Must not live here: posts, timelines.
pub mod types;
pub mod details;
pub mod wire;
pub mod queries;
pub mod relations;
pub mod related;
pub mod lists;
pub mod actions;
pub mod inbox;
pub mod collections;
pub mod session;
pub mod pages;
pub mod page;
