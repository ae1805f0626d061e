//! Text: the reader's language, our posts' Markdown, other people's HTML, handles, and words for the search index.
//!
//! Must not live here: anything that knows an account or a post.
pub mod lang;
pub mod html;
pub mod handle;
pub mod kana;
mod marks;
pub mod tokens;
pub mod markdown;

pub use handle::{Handle, LocalName};
pub use lang::Lang;
