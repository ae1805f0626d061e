//! A node that is measured: the release build as a process of its own, its CPU time and memory, what fills its database, and who reads from it.
//!
//! Lives here: what the benchmarks share. Must not live here: what one of them measures.
use axum::http::Method;
use futures::future;
use serde_json::Value;
use sqlx::Connection;
use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};
use tsudoi::{clock::Timestamp, ids};

/// Requests at a time.
pub(crate) const CONCURRENCY: usize = 32;
/// How long one address is asked for.
const WHILE: Duration = Duration::from_secs(4);

/// The node under test; killed when it is dropped.
pub(crate) struct Node {
    binary: PathBuf,
    child: Option<Child>,
    port: u16,
    pub(crate) base: String,
    pub(crate) domain: String,
    pub(crate) dir: tempfile::TempDir,
    database: String,
    pub(crate) http: reqwest::Client,
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Says what is measured, and how many posts `BENCH_POSTS` asks for.
pub(crate) fn begin(default: i64) -> i64 {
    let engine = if std::env::var("BENCH_DATABASE_URL").is_ok() { "PostgreSQL" } else { "SQLite" };
    println!(
        "Tsudoi {} on {engine}, {} cores",
        env!("CARGO_PKG_VERSION"),
        std::thread::available_parallelism().unwrap()
    );
    std::env::var("BENCH_POSTS").ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

/// The address of a new database on the server that `BENCH_DATABASE_URL` names; empty for `SQLite`.
async fn fresh_database() -> String {
    let Ok(server) = std::env::var("BENCH_DATABASE_URL") else { return String::new() };
    let mut connection = sqlx::PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
    let name = format!("bench_{}_{}", std::process::id(), ids::new_id(Timestamp(0)));
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&mut connection)
        .await
        .unwrap();
    format!("{server}/{name}")
}

impl Node {
    /// Starts a node with a new database.
    pub(crate) async fn start(binary: PathBuf) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut node = Self {
            binary,
            child: None,
            port,
            base: format!("http://127.0.0.1:{port}"),
            domain: format!("bench.localhost:{port}"),
            dir: tempfile::tempdir().unwrap(),
            database: fresh_database().await,
            http: reqwest::Client::builder().pool_max_idle_per_host(64).build().unwrap(),
        };
        node.serve(node.command()).await;
        node
    }

    /// The program with the settings of this node.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .env("TSUDOI_DOMAIN", &self.domain)
            .env("TSUDOI_BIND", format!("127.0.0.1:{}", self.port))
            .env("TSUDOI_DATA_DIR", self.dir.path())
            .env("TSUDOI_DATABASE_URL", &self.database)
            .env("TSUDOI_RATE_LIMITS", "off")
            .env("TSUDOI_LOG", "error")
            .stdout(Stdio::null());
        command
    }

    /// Starts the process (again) and waits until it is ready.
    pub(crate) async fn serve(&mut self, mut command: Command) {
        self.child = Some(command.arg("serve").spawn().unwrap());
        for _ in 0..20_000 {
            let ready = self.http.get(format!("{}/readyz", self.base)).send().await;
            if ready.is_ok_and(|r| r.status().is_success()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        panic!("the node did not start");
    }

    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// What a command of the program says.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.command().args(arguments).stdout(Stdio::piped()).output().unwrap();
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Makes a member, and a token for them.
    pub(crate) fn member(&self, name: &str, role: &str) -> String {
        let mail = format!("{name}@sample.example");
        self.run(&["account", "create", name, "--email", &mail, "--role", role]);
        self.run(&["account", "token", name])
    }

    fn of_process(&self, file: &str) -> String {
        let process = self.child.as_ref().unwrap().id();
        std::fs::read_to_string(format!("/proc/{process}/{file}")).unwrap()
    }

    /// CPU seconds used so far, user and system.
    pub(crate) fn cpu(&self) -> f64 {
        let stat = self.of_process("stat");
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
        ticks / 100.0
    }

    /// Present and highest resident memory, MiB.
    pub(crate) fn memory(&self) -> (f64, f64) {
        let status = self.of_process("status");
        let field = |name: &str| {
            let line = status.lines().find(|l| l.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1_024.0
        };
        (field("VmRSS"), field("VmHWM"))
    }

    pub(crate) async fn api(&self, method: Method, path: &str, token: &str, body: Value) -> Value {
        let request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(token)
            .json(&body);
        let response = request.send().await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
        response.json().await.unwrap()
    }

    /// Runs statements on the node's database, each with the number `n`: what years of use leave behind.
    pub(crate) async fn fill(&self, statements: Vec<String>, n: i64) {
        let statements = statements.into_iter().map(sqlx::AssertSqlSafe);
        if self.database.is_empty() {
            let file = self.dir.path().join("tsudoi.sqlite3");
            let url = format!("sqlite://{}", file.display());
            let mut c = sqlx::SqliteConnection::connect(&url).await.unwrap();
            let quick = "PRAGMA busy_timeout = 20000; PRAGMA synchronous = OFF; PRAGMA cache_size = -200000";
            sqlx::raw_sql(quick).execute(&mut c).await.unwrap();
            for statement in statements {
                sqlx::query(statement).bind(n).execute(&mut c).await.unwrap();
            }
        } else {
            let mut c = sqlx::PgConnection::connect(&self.database).await.unwrap();
            for statement in statements {
                sqlx::query(statement).bind(n).execute(&mut c).await.unwrap();
            }
            // The server does so by itself a minute later.
            sqlx::raw_sql("ANALYZE").execute(&mut c).await.unwrap();
        }
    }
}

/// What came of asking for one address again and again.
pub(crate) struct Reading {
    /// How long each request took.
    pub(crate) took: Vec<Duration>,
    /// Seconds in all, and of the node's CPU.
    pub(crate) wall: f64,
    pub(crate) cpu: f64,
}

/// Asks for one address again and again. Where `path` ends in `=`, each request gets another number behind it, so that no answer can be given
/// again and each one is read from the database.
pub(crate) async fn read(node: &Node, path: &str, accept: &str, token: Option<&str>) -> Reading {
    let (begun, cpu) = (Instant::now(), node.cpu());
    let until = begun + WHILE;
    let asked = AtomicUsize::new(0);
    let readers = (0..CONCURRENCY).map(|_| async {
        let mut took = Vec::new();
        while Instant::now() < until {
            let number = asked.fetch_add(1, Ordering::Relaxed);
            let number = if path.ends_with('=') { number.to_string() } else { String::new() };
            let address = format!("{}{path}{number}", node.base);
            let mut request = node.http.get(address).header("accept", accept);
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            let sent = Instant::now();
            let response = request.send().await.unwrap();
            assert!(response.status().is_success(), "{path}: {}", response.status());
            response.bytes().await.unwrap();
            took.push(sent.elapsed());
        }
        took
    });
    let took = future::join_all(readers).await.concat();
    Reading { took, wall: begun.elapsed().as_secs_f64(), cpu: node.cpu() - cpu }
}
