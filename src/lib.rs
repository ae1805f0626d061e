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
pub mod mail;
pub mod media;
