//! Uploaded pictures, at the name of their content.
use crate::{
    app::App,
    error::{Error, Result},
};
use axum::{
    Router,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};

pub fn routes() -> Router<App> {
    Router::new().route("/media/{a}/{b}/{file}", get(media))
}

/// `GET /media/…`: never changes under its name; other servers' pages may show it; nothing in it runs.
async fn media(
    State(app): State<App>,
    Path((a, b, file)): Path<(String, String, String)>,
) -> Result<Response> {
    let path = app.media.path(&format!("{a}/{b}/{file}"))?;
    let kind = match file.rsplit('.').next() {
        Some("jpg") => "image/jpeg",
        Some("png") => "image/png",
        _ => return Err(Error::NotFound),
    };
    let bytes = tokio::fs::read(&path).await.map_err(|_missing| Error::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, bytes).into_response())
}
