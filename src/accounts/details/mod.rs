//! The details of members: what they tell of themselves beside the free lines of a profile, each for an audience that they choose.
//!
//! Lives here: the fields and their limits, who may see which, how they stand in documents. Must not live here: what changes them (`actions`).
pub mod types;
pub mod wire;
pub mod queries;
pub mod shown;
