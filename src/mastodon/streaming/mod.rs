//! `/api/v1/streaming`: what happens while a program looks on, by WebSocket or as server-sent events.
//! <https://docs.joinmastodon.org/methods/streaming/>
pub mod audience;
pub mod hub;
pub mod streams;

use crate::{
    accounts::session::{Program, Refused},
    app::App,
    error::{Error, Result},
    http::{fields::Asked, path::Path},
};
use axum::{
    Extension, Router,
    body::{Body, Bytes},
    extract::{
        State,
        ws::{Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use futures::stream;
use hub::{Hub, Open, Wire};
use serde::Deserialize;
use serde_json::json;
use std::{convert::Infallible, time::Duration};
use streams::Named;
use tokio::time::{Instant, interval, interval_at, timeout};

/// How often a socket is asked for a sign of life, and server-sent events give one.
const PING: Duration = Duration::from_secs(30);
const THUMP: Duration = Duration::from_secs(15);
/// How long the reader may take to hear that the stream is over.
const FAREWELL: Duration = Duration::from_secs(1);
/// The longest message that a program sends on a socket, bytes: it only names a stream.
const LONGEST: usize = 4 << 10;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/streaming", get(socket))
        .route("/api/v1/streaming/health", get(async || "OK"))
        .route("/api/v1/streaming/{*stream}", get(events))
        .layer(Extension(Hub::default()))
}

/// The member's account and the token's hash, by which the stream ends when the token is revoked.
async fn open(app: &App, hub: &Hub, program: Program, wire: Wire) -> Result<Open, Refused> {
    let Program { token, who } = program;
    let me = who.ok_or(Refused::NoMember)?.account.id;
    Ok(hub.open(app, me, &token, wire).await?)
}

/// `GET /api/v1/streaming`: a socket for many streams; 404 for whoever wants none.
async fn socket(
    State(app): State<App>,
    Extension(hub): Extension<Hub>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    program: Result<Program, Refused>,
    Asked(first): Asked<Named>,
) -> Result<Response, Refused> {
    let mut upgrade = upgrade.map_err(|_no_socket| Error::NotFound)?;
    let open = open(&app, &hub, program?, Wire::Socket).await?;
    // Browsers give up when the token, which they sent as a protocol, is not said back.
    let asked = upgrade.requested_protocols().next().cloned();
    if let Some(protocol) = asked {
        upgrade.set_selected_protocol(protocol);
    }
    let first = (!first.stream.is_empty()).then_some(first);
    // What is usual (128 KiB to read and as much to write) is for other uses: thousands are open, and little is said.
    Ok(upgrade
        .read_buffer_size(LONGEST)
        .write_buffer_size(0)
        .max_message_size(LONGEST)
        .max_frame_size(LONGEST)
        .on_upgrade(move |socket| talk(app, socket, open, first)))
}

async fn talk(app: App, mut socket: WebSocket, mut open: Open, first: Option<Named>) {
    let mut ping = interval_at(Instant::now() + PING, PING);
    if let Some(named) = first
        && let Err(error) = subscribe(&app, &open, &named).await
        && socket.send(refusal(&error)).await.is_err()
    {
        return;
    }
    loop {
        let message = tokio::select! {
            () = open.end.cancelled() => break,
            frame = open.frames.recv() => match frame {
                Some(frame) => Message::Text(frame),
                None => break,
            },
            _ = ping.tick() => Message::Ping(Bytes::new()),
            heard = socket.recv() => match heard {
                Some(Ok(Message::Text(words))) => match obey(&app, &open, &words).await {
                    Ok(()) => continue,
                    Err(error) => refusal(&error),
                },
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
        };
        // A reader who takes nothing does not keep the stream from its end.
        tokio::select! {
            sent = socket.send(message) => if sent.is_err() { return },
            () = open.end.cancelled() => break,
        }
    }
    let _ = timeout(FAREWELL, socket.send(Message::Close(None))).await; // gone already is fine
}

/// What a program says on its socket.
#[derive(Deserialize)]
struct Order {
    #[serde(rename = "type")]
    kind: String,
    #[serde(flatten)]
    named: Named,
}

async fn obey(app: &App, open: &Open, words: &str) -> Result<()> {
    let order: Order = serde_json::from_str(words)?;
    match order.kind.as_str() {
        "subscribe" => subscribe(app, open, &order.named).await,
        "unsubscribe" => {
            open.unsubscribe(&order.named.stream()?);
            Ok(())
        }
        _ => Err(Error::Malformed("type: subscribe or unsubscribe".into())),
    }
}

async fn subscribe(app: &App, open: &Open, named: &Named) -> Result<()> {
    // Boxed: room for a question to the database is not kept for as long as the stream is open.
    Box::pin(open.subscribe(app, named.stream()?)).await
}

fn refusal(error: &Error) -> Message {
    if error.status().is_server_error() {
        tracing::error!(%error, "a stream could not be opened");
    }
    let words = match error {
        Error::NotFound => "Unknown stream type".to_owned(),
        other => other.words(),
    };
    Message::text(json!({"error": words, "status": error.status().as_u16()}).to_string())
}

/// `GET /api/v1/streaming/NAME`: one stream as server-sent events; `/` in the name stands for `:`.
async fn events(
    State(app): State<App>,
    Extension(hub): Extension<Hub>,
    Path(name): Path<String>,
    Asked(asked): Asked<Named>,
    program: Program,
) -> Result<Response, Refused> {
    let stream = Named { stream: name.replace('/', ":"), ..asked }.stream()?;
    let open = open(&app, &hub, program, Wire::Events).await?;
    open.subscribe(&app, stream).await?;
    let thump = interval(THUMP);
    let frames = stream::unfold((open, thump), |(mut open, mut thump)| async move {
        let frame: Bytes = tokio::select! {
            () = open.end.cancelled() => return None,
            frame = open.frames.recv() => frame?.into(),
            _ = thump.tick() => Bytes::from_static(b":thump\n"),
        };
        Some((Ok::<_, Infallible>(frame), (open, thump)))
    });
    let head =
        [(header::CONTENT_TYPE, "text/event-stream"), (header::CACHE_CONTROL, "private, no-store")];
    Ok((head, Body::from_stream(frames)).into_response())
}
