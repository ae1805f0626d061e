//! What all pages have in common: frame, style, headers, protection of forms, error pages, files.
//!
//! Must not live here: what a page is about, and who the visitor is (`accounts::page` fills the frame).
pub mod assets;
pub mod csrf;
pub mod error_page;
pub mod flash;
pub mod headers;
pub mod media;
pub mod page;
pub mod problems;
pub mod upload;

pub use csrf::CheckedForm;
pub use flash::{Flash, SeeOther};
pub use page::{Html, Me, Page};
pub use problems::Problems;

use crate::app::App;
use axum::{Router, middleware};

/// Assets and media.
pub fn routes() -> Router<App> {
    assets::routes().merge(media::routes())
}

/// What surrounds every page: refuses foreign forms, turns errors into pages, sets the headers.
///
/// For pages only: documents and inboxes of other servers have rules of their own.
pub fn layers(app: &App, pages: Router<App>) -> Router<App> {
    pages
        .layer(middleware::from_fn_with_state(app.clone(), csrf::refuse_foreign))
        .layer(middleware::from_fn_with_state(app.clone(), error_page::show))
        .layer(middleware::from_fn_with_state(app.clone(), headers::set))
}
