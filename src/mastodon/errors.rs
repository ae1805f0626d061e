//! Errors for programs: `{"error": …}` in the words of the one who reads them.
use crate::{error::Shown, text::Lang};
use axum::{
    Json,
    extract::Request,
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::json;

/// The layer around the API: programs show these words to people as they are. What is wrong with a request's form, or with the server, is said
/// to whoever wrote the program, as it comes.
pub async fn in_words(request: Request, next: Next) -> Response {
    let header = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
    let lang = Lang::from_accept_language(header.unwrap_or_default());
    let response = next.run(request).await;
    let is_for_people = matches!(
        response.status(),
        StatusCode::NOT_FOUND
            | StatusCode::GONE
            | StatusCode::FORBIDDEN
            | StatusCode::UNPROCESSABLE_ENTITY
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::TOO_MANY_REQUESTS
    );
    let shown = response.extensions().get().copied().filter(|_| is_for_people);
    let Some(Shown { key, number }) = shown else { return response };
    let words = Json(json!({"error": lang.count(key, number)})).into_response();
    let (mut head, _) = response.into_parts();
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, words.into_body())
}
