//! A program that listens to a node's streams: by a socket, or to server-sent events.
use crate::{Member, Node};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message, client::IntoClientRequest, http::Request},
};

/// Real time: how long a test waits for what must come before it fails.
const PATIENCE: Duration = Duration::from_secs(20);

pub struct Listener(WebSocketStream<TcpStream>);

impl Listener {
    /// A socket opened with this query (`stream=user`, or nothing) and the member's token.
    pub async fn of(member: &Member, query: &str) -> Self {
        let authorization = format!("Bearer {}", member.token());
        let headers = [("authorization", authorization.as_str())];
        Self::opens(&member.node, query, &headers).await.unwrap().0
    }

    /// A socket with these headers, and the protocol that the node agreed to; or the status with which it refused.
    pub async fn opens(
        node: &Node,
        query: &str,
        headers: &[(&str, &str)],
    ) -> Result<(Self, String), u16> {
        let path = format!("/api/v1/streaming?{query}");
        let url = node.url(&path).replace("http://", "ws://");
        let mut request: Request<()> = url.into_client_request().unwrap();
        for (name, value) in headers {
            let name = name.parse::<axum::http::HeaderName>().unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
        // Every name under `localhost` is this machine; not every system knows.
        let port = node.app().config.bind.port();
        let line = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        match client_async(request, line).await {
            Ok((socket, answer)) => {
                let protocol = answer.headers().get("sec-websocket-protocol");
                let protocol = protocol.map_or("", |v| v.to_str().unwrap()).to_owned();
                Ok((Self(socket), protocol))
            }
            Err(Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(other) => panic!("{other}"),
        }
    }

    /// Says something on the socket.
    pub async fn sends(&mut self, words: Value) {
        self.0.send(Message::text(words.to_string())).await.unwrap();
    }

    /// Says something on the socket, and waits until the node has heard it.
    pub async fn says(&mut self, words: Value) {
        self.sends(words).await;
        // What is said on one socket is heard in order: the answer to nonsense comes behind it.
        self.sends(json!({"type": "nonsense"})).await;
        let heard = self.hears_anything().await;
        assert!(heard["error"].as_str().unwrap().contains("type"), "{heard}");
    }

    /// Subscribes to a stream without a tag.
    pub async fn subscribes(&mut self, stream: &str) {
        self.says(json!({"type": "subscribe", "stream": stream})).await;
    }

    /// The next frame.
    pub async fn hears_anything(&mut self) -> Value {
        loop {
            let next = timeout(PATIENCE, self.0.next()).await.expect("nothing was heard");
            match next.expect("the stream is over").unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The next event: its stream, its name, and its payload (parsed, if it is JSON).
    pub async fn hears(&mut self) -> (Vec<String>, String, Value) {
        let mut frame = self.hears_anything().await;
        let stream = serde_json::from_value(frame["stream"].take()).unwrap();
        let event = frame["event"].as_str().unwrap().to_owned();
        let payload = frame["payload"].as_str().unwrap_or_default();
        let parsed = serde_json::from_str(payload);
        (stream, event, parsed.unwrap_or_else(|_| Value::from(payload)))
    }

    /// The next event's name and text: the text of a status, or the payload.
    pub async fn hears_text(&mut self) -> (String, String) {
        let (_, event, payload) = self.hears().await;
        let text = match payload["content"].as_str() {
            Some(html) => html.replace("<p>", "").replace("</p>", ""),
            None => payload.to_string(),
        };
        (event, text)
    }

    /// Waits until the node closes the socket.
    pub async fn is_closed(mut self) {
        loop {
            match timeout(PATIENCE, self.0.next()).await.expect("the stream goes on") {
                None | Some(Err(_) | Ok(Message::Close(_))) => return,
                Some(Ok(_)) => {}
            }
        }
    }
}
