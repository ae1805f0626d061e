//! Events: when and where people meet, and who attends. A post with such a part is an event; what is said about it is the post's.
pub mod calendar;
pub mod queries;
pub mod read;
pub mod types;
pub mod wire;
