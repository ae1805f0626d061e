//! Tsudoi (集い): a federated `ActivityPub` community server for a network of local chapters.
//!
//! Modules stand in dependency order: a module imports only from modules above it (`tidy.rs` checks). Reading this list downwards is
//! reading the architecture.

// ground: knows nothing of communities
pub mod error;
pub mod clock;
pub mod ids;
pub mod config;
pub mod db;
pub mod text;
pub mod signatures;
pub mod roster;
pub mod mail;
pub mod media;
pub mod outbound;
pub mod remembered;
pub mod app;
pub mod node;
pub mod outgoing_mail;
pub mod push;
pub mod search;

// how things travel, not what they mean
pub mod federation;
pub mod http;
pub mod web;
pub mod network;

// features, each may use those above it
pub mod feeds;
pub mod scopes;
pub mod accounts;
pub mod events;
pub mod posts;
pub mod copies;
pub mod remote;
pub mod timelines;
pub mod settings;
pub mod admin;
pub mod oauth;

// doors
pub mod authenticate;
pub mod inbox;
pub mod activitypub;
pub mod mastodon;
pub mod openapi;
pub mod operations;
pub mod jobs;
pub mod server;
pub mod cli;
#[cfg(test)]
mod tidy;
