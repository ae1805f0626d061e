//! How long a request may take.
use crate::error::Error;
use axum::{
    body::Body,
    extract::Request,
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::time::Duration;
use tokio::time::timeout;
use tower_http::timeout::TimeoutBody;

/// No answer is waited for longer; streams of events have begun to answer by then.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Forms with pictures, which come slowly over a telephone.
const UPLOAD: Duration = Duration::from_secs(15 * 60);

/// Between two pieces of what is sent.
const SILENCE: Duration = Duration::from_secs(30);

/// Answers 503 to what takes too long.
pub async fn answer(request: Request, next: Next) -> Response {
    let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let is_upload = content_type.is_some_and(|t| t.starts_with("multipart/"));
    let longest = if is_upload { UPLOAD } else { TIMEOUT };
    let request = request.map(|body| Body::new(TimeoutBody::new(SILENCE, body)));
    match timeout(longest, next.run(request)).await {
        Ok(answer) => answer,
        Err(_) => Error::Unavailable("it took too long".into()).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, body::Bytes, http::StatusCode, middleware, routing::post};
    use futures::stream;
    use tower::ServiceExt;

    /// What becomes of a request whose pieces come so many seconds apart.
    async fn sends(content_type: &str, pieces: u32, apart: u64) -> StatusCode {
        let router = Router::new()
            .route("/", post(async |_: Bytes| "taken"))
            .layer(middleware::from_fn(answer));
        let clock = tokio::time::interval(Duration::from_secs(apart));
        let body = stream::unfold((clock, pieces), |(mut clock, left)| async move {
            clock.tick().await;
            let left = left.checked_sub(1)?;
            Some((Ok::<_, std::io::Error>(Bytes::from_static(b"a piece")), (clock, left)))
        });
        let request = Request::post("/").header(header::CONTENT_TYPE, content_type);
        let request = request.body(Body::from_stream(body)).unwrap();
        router.oneshot(request).await.unwrap().status()
    }

    #[tokio::test(start_paused = true)]
    async fn a_form_with_pictures_may_come_slowly_and_nothing_else() {
        assert_eq!(sends("multipart/form-data; boundary=x", 30, 20).await, StatusCode::OK);
        assert_eq!(sends("text/plain", 2, 20).await, StatusCode::OK);
        assert_eq!(sends("text/plain", 30, 20).await, StatusCode::SERVICE_UNAVAILABLE);
    }

    #[tokio::test(start_paused = true)]
    async fn who_falls_silent_is_not_waited_for() {
        let silent = sends("multipart/form-data; boundary=x", 2, 40).await;
        assert_ne!(silent, StatusCode::OK);
    }
}
