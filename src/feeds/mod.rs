//! Rows that tell a member what happened: home timeline entries and notifications.
//!
//! Lives here: writing and removing them, by ids alone. Must not live here: what they look like (`timelines`).
pub mod everyone;
pub mod home;
pub mod notifications;
