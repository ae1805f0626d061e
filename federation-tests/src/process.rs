//! Real processes for tests: a `tsudoi` node, six of them, the Fedify peer, the Pasture tools. Each is killed when its handle is dropped.
mod demo;
mod fedify;
mod pasture;
mod tsudoi;

pub use self::{
    demo::Demo,
    fedify::{CAVAGE, Fedify, RFC9421},
    pasture::Pasture,
    tsudoi::{Member, Node},
};

use reqwest::Client;
use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU16, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout},
};

/// How long a condition may take to come true.
pub const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(25);

/// Asks again and again until there is an answer.
///
/// # Panics
/// When there was none for [`PATIENCE`].
pub async fn until<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    until_within(PATIENCE, what, look).await
}

/// The same with another patience.
///
/// # Panics
/// When it ran out.
#[expect(clippy::disallowed_methods, reason = "real processes take real time")]
pub async fn until_within<T>(
    patience: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Option<T>,
) -> T {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(answer) = look().await {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited in vain for: {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Says what a failing test should be judged by; its own runtime is at its end.
fn aside(what: impl Future<Output = String> + Send + 'static) {
    let told = std::thread::spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok::<_, std::io::Error>(runtime.block_on(what))
    });
    if let Ok(Ok(words)) = told.join() {
        eprintln!("{words}");
    }
}

/// A client that reuses no connection, so that a restarted process is met afresh.
///
/// # Panics
/// When there is no TLS.
#[expect(clippy::unwrap_used, reason = "a test fails aloud")]
pub fn client() -> Client {
    Client::builder().pool_max_idle_per_host(0).timeout(PATIENCE).no_proxy().build().unwrap()
}

/// The `tsudoi` program, built from the same sources with the same profile beside the test that asks.
///
/// # Panics
/// When it cannot be built.
#[expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "cargo says by its environment what it is"
)]
pub fn tsudoi_binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        // <target>/<profile>/deps/<test>
        let test = std::env::current_exe().unwrap();
        let profile = test.parent().and_then(Path::parent).unwrap();
        let target = profile.parent().unwrap();
        let mut cargo = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()));
        // The whole workspace, so that its dependencies are those that the tests were built with.
        cargo
            .args(["build", "--quiet", "--locked", "--workspace", "--bins", "--target-dir"])
            .arg(target);
        if profile.ends_with("release") {
            cargo.arg("--release");
        }
        let built = cargo.stdin(Stdio::null()).status().unwrap();
        assert!(built.success(), "cargo build of the tsudoi program failed");
        profile.join("tsudoi")
    })
}

/// Tells a process to end (SIGTERM).
pub fn terminate(process: &Child) {
    if let Some(id) = process.id() {
        demo::signal("-TERM", &id.to_string());
    }
}

/// The lines that a process prints, and the word after `READY` in the first of them.
async fn announced(child: &mut Child) -> (String, Lines<BufReader<ChildStdout>>) {
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let first = tokio::time::timeout(PATIENCE, lines.next_line())
        .await
        .expect("it says READY in time")
        .expect("its output is text")
        .expect("it says READY before it ends");
    let ready = first.strip_prefix("READY ").expect("it says READY").to_owned();
    (ready, lines)
}

/// A folder of the peers' sources.
fn peers(folder: &str) -> PathBuf {
    // Asked at run time: another clone may have compiled this into the target folder that both use.
    let here = std::env::current_dir().expect("cargo starts tests in the folder of their package");
    here.join("peers").join(folder)
}

/// The first of `count` ports that nobody listens at, below those that the system gives to outgoing connections, so that they are still free
/// after a restart.
///
/// # Panics
/// When there are none.
pub fn free_ports(count: u16) -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id().wrapping_mul(61) % 10_000).unwrap_or(0);
    let free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    for _ in 0..10_000 {
        let port = 10_000 + (start + NEXT.fetch_add(count, Ordering::Relaxed)) % 10_000;
        if (port..port + count).all(free) {
            return port;
        }
    }
    panic!("no free port");
}
