//! A line to nodes that can fail: plain TCP between a node's address and whoever speaks to it, one request to a connection.
//!
//! What passes is counted, and nothing waits: a line is as fast as this machine, or it is cut.
use crate::Reply;
use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

/// Several nodes may be behind one line.
#[derive(Clone, Default)]
pub struct Line {
    state: Arc<Mutex<State>>,
    /// One for each node behind it; they end with the line.
    doors: Arc<Mutex<JoinSet<()>>>,
}

#[derive(Default)]
struct State {
    fault: Fault,
    /// Bytes that may still pass; none: as many as want to.
    left: Option<usize>,
    calls: usize,
    carried: usize,
}

/// What becomes of a connection.
#[derive(Clone, Default)]
enum Fault {
    #[default]
    None,
    /// It is taken, and ends at once.
    Dead,
    /// It ends after so many bytes of the answer.
    Cut(usize),
    /// Somebody else answers.
    Stolen(Reply),
    /// The request arrives twice; the second answer comes back.
    Doubled,
}

impl Line {
    pub fn new() -> Self {
        Self::default()
    }

    /// Everything passes.
    pub fn works(&self) {
        self.set(Fault::None, None);
    }

    /// Connections end as soon as they begin.
    pub fn is_dead(&self) {
        self.set(Fault::Dead, None);
    }

    /// Each answer is cut off after so many bytes.
    pub fn cuts_answers_after(&self, bytes: usize) {
        self.set(Fault::Cut(bytes), None);
    }

    /// So many bytes pass from now on, in both directions together; then the line is cut, in the middle of whatever it carries.
    pub fn carries(&self, bytes: usize) {
        self.set(Fault::None, Some(bytes));
    }

    /// Somebody else answers every request: a login page, a parking page.
    pub fn is_answered_with(&self, reply: Reply) {
        self.set(Fault::Stolen(reply), None);
    }

    /// Every request arrives twice.
    pub fn doubles_requests(&self) {
        self.set(Fault::Doubled, None);
    }

    /// How many connections were tried.
    pub fn calls(&self) -> usize {
        self.state().calls
    }

    /// How many bytes have passed, in both directions together.
    pub fn carried(&self) -> usize {
        self.state().carried
    }

    fn set(&self, fault: Fault, left: Option<usize>) {
        let mut state = self.state();
        (state.fault, state.left) = (fault, left);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Whoever comes to `door` is led to `inside`.
    pub(crate) fn leads(&self, door: TcpListener, inside: SocketAddr) {
        let state = self.state.clone();
        self.doors.lock().unwrap().spawn(async move {
            let mut calls = JoinSet::new();
            while let Ok((caller, _)) = door.accept().await {
                let state = state.clone();
                calls.spawn(async move { drop(carry(&state, caller, inside).await) });
            }
        });
    }
}

async fn carry(state: &Mutex<State>, mut caller: TcpStream, inside: SocketAddr) -> io::Result<()> {
    let fault = {
        let mut state = state.lock().unwrap();
        state.calls += 1;
        state.fault.clone()
    };
    if matches!(fault, Fault::Dead) {
        return Ok(());
    }
    let request = read_request(&mut caller).await?;
    if pass(state, request.len()) < request.len() {
        return Ok(());
    }
    let answer = match &fault {
        Fault::Stolen(reply) => written(reply),
        Fault::Doubled => {
            ask(inside, &request).await?;
            ask(inside, &request).await?
        }
        _ => ask(inside, &request).await?,
    };
    let whole = match fault {
        Fault::Cut(bytes) => bytes.min(answer.len()),
        _ => answer.len(),
    };
    let passed = pass(state, whole);
    caller.write_all(&answer[..passed]).await?;
    caller.shutdown().await
}

/// How many of so many bytes pass.
fn pass(state: &Mutex<State>, bytes: usize) -> usize {
    let mut state = state.lock().unwrap();
    let passed = state.left.map_or(bytes, |left| left.min(bytes));
    state.left = state.left.map(|left| left - passed);
    state.carried += passed;
    passed
}

/// A whole request, as it is passed on: its connection is closed after the answer.
async fn read_request(caller: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut request = Vec::new();
    let head = loop {
        if let Some(end) = request.windows(4).position(|w| w == b"\r\n\r\n") {
            break end + 4;
        }
        if caller.read_buf(&mut request).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    };
    let words = String::from_utf8_lossy(&request[..head]).to_lowercase();
    let length = words.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.map_or(0, |number| number.trim().parse().unwrap());
    while request.len() < head + length {
        if caller.read_buf(&mut request).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let close = b"\r\nconnection: close".iter().copied();
    let first_line = request.windows(2).position(|w| w == b"\r\n").unwrap();
    request.splice(first_line..first_line, close);
    Ok(request)
}

async fn ask(inside: SocketAddr, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut node = TcpStream::connect(inside).await?;
    node.write_all(request).await?;
    let mut answer = Vec::new();
    node.read_to_end(&mut answer).await?;
    Ok(answer)
}

fn written(reply: &Reply) -> Vec<u8> {
    let mut lines = vec![format!("HTTP/1.1 {} Said", reply.status)];
    lines.extend(reply.headers.iter().map(|(name, value)| format!("{name}: {value}")));
    lines.push(format!("content-length: {}", reply.body.len()));
    lines.push("connection: close\r\n\r\n".into());
    [lines.join("\r\n").as_bytes(), &reply.body].concat()
}
