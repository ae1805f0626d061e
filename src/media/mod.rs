//! Pictures: made small and anonymous, and kept by their content.
//!
//! Must not live here: whose picture it is, and who may see it.
pub mod image;
mod store;
pub mod workshop;

pub use store::MediaStore;
