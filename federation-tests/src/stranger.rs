//! A server made by hand: it says what it is told to say, and remembers what it is told.
use crate::{Actor, Network};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, request::Parts},
    response::Response,
};
use serde_json::Value;
use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    net::TcpListener,
    sync::{oneshot, watch},
    task::JoinSet,
};

#[derive(Clone)]
pub struct Stranger(Arc<Inner>);

struct Inner {
    pub net: Network,
    host: String,
    address: SocketAddr,
    state: Arc<Mutex<Mind>>,
    server: Mutex<Option<(oneshot::Sender<()>, JoinSet<()>)>>,
}

/// What the server knows, says and has heard.
#[derive(Default)]
struct Mind {
    documents: HashMap<String, Reply>,
    /// Answers to the next POSTs, then `inbox`.
    next: VecDeque<Reply>,
    inbox: Option<Reply>,
    received: Vec<Received>,
    gate: Option<Arc<Gate>>,
}

/// Holds answers until it is opened.
#[derive(Default)]
struct Gate {
    waiting: watch::Sender<usize>,
    is_open: watch::Sender<bool>,
    most: AtomicUsize,
}

impl Gate {
    async fn pass(&self) {
        self.waiting.send_modify(|waiting| *waiting += 1);
        self.most.fetch_max(*self.waiting.borrow(), Ordering::Relaxed);
        self.is_open.subscribe().wait_for(|open| *open).await.unwrap();
        self.waiting.send_modify(|waiting| *waiting -= 1);
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    /// A document in `application/activity+json`.
    pub fn document(body: &Value) -> Self {
        Self::typed("application/activity+json", &body.to_string())
    }

    pub fn typed(content_type: &str, body: &str) -> Self {
        Self::file(content_type, body.as_bytes())
    }

    pub fn file(content_type: &str, body: &[u8]) -> Self {
        Self { body: body.to_owned(), ..Self::status(200).with("content-type", content_type) }
    }

    pub fn redirect(to: &str) -> Self {
        Self::status(302).with("location", to)
    }

    pub(crate) fn response(self) -> Response {
        let mut response = Response::builder().status(self.status);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        response.body(Body::from(self.body)).unwrap()
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Received {
    pub method: Method,
    /// Path and query.
    pub target: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Received {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Stranger {
    /// A server named `NAME.localhost` with a port of its own.
    pub async fn start(net: &Network, name: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stranger = Self(Arc::new(Inner {
            net: net.clone(),
            host: format!("{name}.localhost:{}", address.port()),
            address,
            state: Arc::default(),
            server: Mutex::new(None),
        }));
        stranger.serve(listener);
        stranger
    }

    fn serve(&self, listener: TcpListener) {
        let router = Router::new().fallback(answer).with_state(self.0.state.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let stopped = async { drop(stopped.await) };
            axum::serve(listener, router).with_graceful_shutdown(stopped).await.unwrap();
        });
        *self.0.server.lock().unwrap() = Some((stop, tasks));
    }

    /// Connections are refused.
    pub async fn goes_down(&self) {
        let (stop, mut tasks) = self.0.server.lock().unwrap().take().unwrap();
        stop.send(()).unwrap();
        while tasks.join_next().await.is_some() {}
    }

    pub async fn comes_back(&self) {
        self.serve(TcpListener::bind(self.0.address).await.unwrap());
    }

    pub fn net(&self) -> &Network {
        &self.0.net
    }

    pub fn host(&self) -> &str {
        &self.0.host
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.0.host)
    }

    /// An account of this server, with its documents.
    pub fn actor(&self, name: &str) -> Actor {
        Actor::create(self, name)
    }

    /// What stands at a path (with its query) from now on.
    pub fn serves(&self, path: &str, reply: Reply) {
        self.0.state.lock().unwrap().documents.insert(path.to_owned(), reply);
    }

    /// How POSTs are answered from now on; 202 unless told otherwise.
    pub fn answers_posts(&self, reply: Reply) {
        self.0.state.lock().unwrap().inbox = Some(reply);
    }

    /// How the next POST is answered; may be called several times.
    pub fn answers_next_post(&self, reply: Reply) {
        self.0.state.lock().unwrap().next.push_back(reply);
    }

    /// Every POST, in the order in which they came.
    pub fn received(&self) -> Vec<Received> {
        self.requests(&Method::POST)
    }

    /// The types of all activities that came, in order.
    pub fn received_kinds(&self) -> Vec<String> {
        self.received().iter().map(Received::kind).collect()
    }

    /// Every GET, in the order in which they came.
    pub fn asked(&self) -> Vec<Received> {
        self.requests(&Method::GET)
    }

    fn requests(&self, method: &Method) -> Vec<Received> {
        let state = self.0.state.lock().unwrap();
        state.received.iter().filter(|r| r.method == *method).cloned().collect()
    }

    /// From now on answers are held back, until [`Stranger::lets_go`].
    pub fn holds_answers(&self) {
        self.0.state.lock().unwrap().gate = Some(Arc::default());
    }

    /// Waits until so many answers are held back at the same time.
    pub async fn holds(&self, answers: usize) {
        let gate = self.gate();
        gate.waiting.subscribe().wait_for(|waiting| *waiting >= answers).await.unwrap();
    }

    /// Gives the answers that are held back, and holds none any more.
    pub fn lets_go(&self) {
        self.gate().is_open.send_replace(true);
    }

    /// How many requests were here at the same time, since answers were held back.
    pub fn most_at_once(&self) -> usize {
        self.gate().most.load(Ordering::Relaxed)
    }

    fn gate(&self) -> Arc<Gate> {
        self.0.state.lock().unwrap().gate.clone().unwrap()
    }

    /// Forgets what came so far.
    pub fn forgets(&self) {
        self.0.state.lock().unwrap().received.clear();
    }
}

async fn answer(State(state): State<Arc<Mutex<Mind>>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 16 << 20).await.unwrap().to_vec();
    let target = parts.uri.path_and_query().map_or("/", |t| t.as_str()).to_owned();
    let (reply, gate) = say(&mut state.lock().unwrap(), parts, target, body);
    if let Some(gate) = gate {
        gate.pass().await;
    }
    reply.response()
}

fn say(
    state: &mut Mind,
    parts: Parts,
    target: String,
    body: Vec<u8>,
) -> (Reply, Option<Arc<Gate>>) {
    let reply = if parts.method == Method::POST {
        let next = state.next.pop_front().or_else(|| state.inbox.clone());
        next.unwrap_or_else(|| Reply::status(202))
    } else {
        let exact = state.documents.get(&target).or_else(|| state.documents.get(parts.uri.path()));
        exact.cloned().unwrap_or_else(|| Reply::status(404))
    };
    state.received.push(Received { method: parts.method, target, headers: parts.headers, body });
    (reply, state.gate.clone())
}
