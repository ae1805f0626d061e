//! What doors share about HTTP: what a client wants, where it comes from, who else may read, how bodies are read, documents in `ActivityPub`'s
//! media type.
pub mod negotiate;
pub mod address;
pub mod answers;
pub mod cors;
pub mod multipart;
pub mod path;
pub mod described;
pub mod api;
pub mod floods;
pub mod in_time;
pub mod fields;
