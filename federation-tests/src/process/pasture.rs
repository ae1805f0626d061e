//! The Pasture tools (`peers/README.md`): a verifier of actors and a sender of samples.
use super::{PATIENCE, announced, client, peers};
use serde_json::Value;
use std::process::Stdio;
use tokio::{
    io::{BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

/// A running tool.
pub struct Pasture {
    /// What it said after `READY`: the verifier's origin, or the sending actor.
    pub name: String,
    lines: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl Pasture {
    /// Starts `verify.py`.
    pub async fn verifier() -> Self {
        Self::start(&["verify.py", "localhost:0"]).await
    }

    /// Starts `send_samples.py` at the inbox of `actor`.
    pub async fn samples(actor: &str) -> Self {
        Self::start(&["send_samples.py", actor]).await
    }

    #[expect(clippy::disallowed_methods, reason = "told by the environment where Python is")]
    async fn start(arguments: &[&str]) -> Self {
        let python = std::env::var("FEDERATION_PYTHON").unwrap_or_else(|_| "python3".into());
        let mut process = Command::new(python)
            .args(arguments)
            .current_dir(peers("pasture"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("Python runs the Pasture tools");
        let (name, lines) = announced(&mut process).await;
        Self { name, lines, _process: process }
    }

    /// The verifier's matrix for an actor.
    pub async fn verify(&self, actor: &str) -> Value {
        let request = client().post(format!("{}/", self.name)).header("accept", "application/json");
        let response = request.form(&[("actor_uri", actor)]).send().await.expect("an answer");
        response.json::<Value>().await.expect("JSON")["result"].take()
    }

    /// The next line that the tool prints, as JSON.
    pub async fn line(&mut self) -> Value {
        let line =
            tokio::time::timeout(PATIENCE, self.lines.next_line()).await.expect("a line in time");
        let line = line.expect("text").expect("it has not ended");
        serde_json::from_str(&line).expect("JSON")
    }
}
