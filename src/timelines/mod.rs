//! Reading: home, this node, everything known, hashtags, profiles, notifications, search.
//!
//! Lives here: which lines a page shows and how it is paged. Must not live here: how lines get there (`feeds`).
pub mod types;
pub mod queries;
pub mod reading;
pub mod notices;
pub mod tagged;
pub mod privacy;
pub mod pages;
