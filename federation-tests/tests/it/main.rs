//! What must hold between servers, as sentences. Every test starts its own nodes, moves its own clock and steps the work itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod accounts;
mod api_accounts;
mod api_entities;
mod api_events;
mod api_filters;
mod api_instance;
mod api_lists;
mod api_tags;
mod administration;
mod api_notifications;
mod api_push;
mod api_streams;
mod answers;
mod api_statuses;
mod closed;
mod command_line;
mod copies;
mod delivery;
mod details;
mod dialects;
mod documented;
mod epochs;
mod events;
mod faults;
mod follow;
mod forwarding;
mod groups;
mod inbox;
mod invariants;
mod lanes;
mod mirrors;
mod network;
mod openapi;
mod pictures;
mod oauth;
mod posts;
mod serving;
mod statements;
mod suspension;
mod together;
mod web_events;
