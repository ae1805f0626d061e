//! `tsudoi demo`: six processes in one network, with a sample member each, whom the tests let post.
use super::{client, free_ports, tsudoi_binary, until_within};
use crate::chapters::NAMES;
use reqwest::Client;
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// Six nodes start on two cores that other tests use, too; a minute is promised for catching up.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Demo {
    process: Child,
    pub data_dir: PathBuf,
    base_port: u16,
    pub http: Client,
    directory: tempfile::TempDir,
}

impl Demo {
    pub fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let data_dir = directory.path().join("demo");
        let base_port = free_ports(6);
        let log = File::create(directory.path().join("log")).unwrap();
        let process = Command::new(tsudoi_binary())
            .args(["demo", "--ephemeral", "--base-port", &base_port.to_string(), "--data-dir"])
            .arg(&data_dir)
            .env("TSUDOI_RATE_LIMITS", "off")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        Self { process, data_dir, base_port, http: client(), directory }
    }

    /// SIGTERM, and whether all of it ended well.
    pub fn end(&mut self) -> bool {
        signal("-TERM", &self.process.id().to_string());
        self.process.wait().unwrap().success()
    }

    pub fn url(&self, node: usize, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port(node))
    }

    /// `NAME.localhost:PORT`.
    pub fn host(&self, node: usize) -> String {
        format!("{}.localhost:{}", NAMES[node], self.port(node))
    }

    fn port(&self, node: usize) -> u16 {
        self.base_port + u16::try_from(node).unwrap()
    }

    pub async fn is_up(&self, node: usize) -> bool {
        self.http.get(self.url(node, "/healthz")).send().await.is_ok_and(|a| a.status() == 200)
    }

    pub async fn comes_up(&self, node: usize) {
        let what = format!("{} answers", NAMES[node]);
        until_within(PATIENCE, &what, async || self.is_up(node).await.then_some(())).await;
    }

    /// `tsudoi demo stop|start NODE`, as from another shell.
    pub fn tell(&self, what: &str, node: &str) {
        let told = Command::new(tsudoi_binary())
            .args(["demo", what, node, "--data-dir"])
            .arg(&self.data_dir)
            .output()
            .unwrap();
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    }

    /// A token of the sample member.
    pub fn token(&self, node: usize) -> String {
        let made = Command::new(tsudoi_binary())
            .args(["account", "token", "hanako"])
            .env("TSUDOI_DOMAIN", self.host(node))
            .env("TSUDOI_DATA_DIR", self.data_dir.join(NAMES[node]))
            .current_dir(self.data_dir.join(NAMES[node]))
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        String::from_utf8(made.stdout).unwrap().trim().to_owned()
    }

    pub async fn posts(&self, node: usize, text: &str) {
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

    pub async fn knows(&self, node: usize, mark: &str, expected: &[&str]) {
        let token = self.token(node);
        let what = format!("{} knows {expected:?}", NAMES[node]);
        until_within(PATIENCE, &what, async || {
            (self.known(node, &token, mark).await == expected).then_some(())
        })
        .await;
    }

    /// kill -9 of a node's process.
    pub fn kill(&self, node: usize) {
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
        if std::thread::panicking() {
            let said = fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
            eprintln!("---- what the demo said ----\n{said}");
        }
        if let Ok(None) = self.process.try_wait() {
            signal("-TERM", &self.process.id().to_string());
            let _ = self.process.wait();
        }
    }
}

pub(super) fn signal(which: &str, process: &str) {
    let _ = Command::new("kill").args([which, process]).status();
}
