//! `tsudoi demo`: six real processes in one network. One is stopped, one is killed, the others go on, and both catch up with everything, once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]
use federation_tests::{
    chapters::NAMES,
    process::{client, tsudoi_binary, until_within},
};
use reqwest::Client;
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Six nodes start on two cores that other tests use, too; a minute is promised for catching up.
const PATIENCE: Duration = Duration::from_secs(120);

struct Demo {
    process: Child,
    data_dir: PathBuf,
    base_port: u16,
    http: Client,
    _directory: tempfile::TempDir,
}

impl Demo {
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let data_dir = directory.path().join("demo");
        let base_port = free_ports();
        let log = File::create(directory.path().join("log")).unwrap();
        let process = Command::new(tsudoi_binary())
            .args(["demo", "--ephemeral", "--base-port", &base_port.to_string(), "--data-dir"])
            .arg(&data_dir)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { process, data_dir, base_port, http: client(), _directory: directory }
    }

    fn url(&self, node: usize, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.base_port + u16::try_from(node).unwrap())
    }

    async fn is_up(&self, node: usize) -> bool {
        self.http.get(self.url(node, "/healthz")).send().await.is_ok_and(|a| a.status() == 200)
    }

    async fn comes_up(&self, node: usize) {
        let what = format!("{} answers", NAMES[node]);
        until_within(PATIENCE, &what, async || self.is_up(node).await.then_some(())).await;
    }

    /// `tsudoi demo stop|start NODE`, as from another shell.
    fn tell(&self, what: &str, node: &str) {
        let told = Command::new(tsudoi_binary())
            .args(["demo", what, node, "--data-dir"])
            .arg(&self.data_dir)
            .output()
            .unwrap();
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    }

    /// A token of the sample member.
    fn token(&self, node: usize) -> String {
        let port = self.base_port + u16::try_from(node).unwrap();
        let made = Command::new(tsudoi_binary())
            .args(["account", "token", "hanako"])
            .env("TSUDOI_DOMAIN", format!("{}.localhost:{port}", NAMES[node]))
            .env("TSUDOI_DATA_DIR", self.data_dir.join(NAMES[node]))
            .current_dir(self.data_dir.join(NAMES[node]))
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        String::from_utf8(made.stdout).unwrap().trim().to_owned()
    }

    async fn posts(&self, node: usize, text: &str) {
        let request = self.http.post(self.url(node, "/api/v1/statuses"));
        let body = json!({"status": text, "visibility": "public"});
        let answer = request.bearer_auth(self.token(node)).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    }

    /// The public posts that a node knows and whose text begins with `mark`, the oldest first.
    async fn known(&self, node: usize, token: &str, mark: &str) -> Vec<String> {
        let request = self.http.get(self.url(node, "/api/v1/timelines/public?limit=40"));
        let Ok(answer) = request.bearer_auth(token).send().await else { return Vec::new() };
        let statuses: Vec<Value> = answer.json().await.unwrap_or_default();
        let text =
            |s: &Value| s["content"].as_str().unwrap().replace("<p>", "").replace("</p>", "");
        let mut texts: Vec<String> = statuses.iter().map(text).collect();
        texts.retain(|t| t.starts_with(mark));
        texts.reverse();
        texts
    }

    async fn knows(&self, node: usize, mark: &str, expected: &[&str]) {
        let token = self.token(node);
        let what = format!("{} knows {expected:?}", NAMES[node]);
        until_within(PATIENCE, &what, async || {
            (self.known(node, &token, mark).await == expected).then_some(())
        })
        .await;
    }

    /// kill -9 of a node's process.
    fn kill(&self, node: usize) {
        let domain = format!("TSUDOI_DATA_DIR={}", self.data_dir.join(NAMES[node]).display());
        let is_it = |process: &Path| {
            let environment = fs::read(process.join("environ")).unwrap_or_default();
            environment.split(|b| *b == 0).any(|v| v == domain.as_bytes())
        };
        let processes = fs::read_dir("/proc").unwrap().flatten().map(|e| e.path());
        let found: Vec<PathBuf> = processes.filter(|p| is_it(p)).collect();
        let [process] = found.as_slice() else { panic!("{found:?}") };
        signal("-9", process.file_name().unwrap().to_str().unwrap());
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        signal("-TERM", &self.process.id().to_string());
        let _ = self.process.wait();
    }
}

fn signal(which: &str, process: &str) {
    let _ = Command::new("kill").args([which, process]).status();
}

/// The first of six ports that nobody listens at.
fn free_ports() -> u16 {
    let free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    let first = 20_000 + u16::try_from(std::process::id() % 20_000).unwrap();
    (first..60_000).step_by(6).find(|p| (*p..*p + 6).all(free)).unwrap()
}

#[tokio::test]
async fn five_go_on_while_one_is_stopped_and_one_is_killed_and_both_catch_up() {
    let mut demo = Demo::start();
    for node in 0..6 {
        demo.comes_up(node).await;
    }
    demo.posts(1, "試 岩手から").await;
    for node in 0..6 {
        demo.knows(node, "試", &["試 岩手から"]).await;
    }
    demo.tell("stop", "岩手");
    assert!(!demo.is_up(1).await);
    demo.kill(3);
    demo.posts(0, "試 青森は続けます").await;
    demo.knows(2, "試", &["試 岩手から", "試 青森は続けます"]).await;
    demo.posts(2, "試 宮城も続けます").await;
    let all = ["試 岩手から", "試 青森は続けます", "試 宮城も続けます"];
    for node in [0, 2, 4, 5] {
        demo.knows(node, "試", &all).await;
    }

    demo.tell("start", "akita");
    demo.tell("start", "iwate");
    for node in 0..6 {
        demo.knows(node, "試", &all).await;
    }

    signal("-TERM", &demo.process.id().to_string());
    assert!(demo.process.wait().unwrap().success(), "it ends well");
    for (node, name) in NAMES.iter().enumerate() {
        assert!(!demo.is_up(node).await, "{name} ended with it");
    }
    assert!(!demo.data_dir.exists(), "and leaves nothing");
}
