//! Posts: what members write, what arrives from elsewhere, threads, polls, likes, boosts, quotes.
//!
//! Lives here: what a post is, who may read it, the `Note` and `Question` objects. Must not live here: how timelines are read (`timelines`).
pub mod types;
pub mod wire;
pub mod read;
pub mod queries;
pub mod scheduled;
pub mod seen;
pub mod view;
pub mod filters;
pub mod trends;
pub mod actions;
pub mod inbox;
pub mod collections;
pub mod event;
pub mod article;
pub mod composer;
pub mod pages;
