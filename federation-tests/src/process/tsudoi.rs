//! A `tsudoi` process of its own data directory, its members, and the library on the same database for what has no door yet.
use super::{aside, client, free_ports, tsudoi_binary, until};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use sqlx::SqlitePool;
use std::{fs::File, path::Path, process::Stdio};
use tempfile::TempDir;
use tokio::{
    io::AsyncWriteExt,
    process::{Child, Command},
};
use tsudoi::{app::App, clock::Clock, config::Config};

/// A node. Killed (SIGKILL) and forgotten when dropped.
pub struct Node {
    /// `localhost:PORT`
    pub domain: String,
    bind: String,
    folder: TempDir,
    settings: Vec<(String, String)>,
    process: Option<Child>,
    http: Client,
}

impl Node {
    /// Starts a node named `localhost:PORT` on `SQLite`.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The same with further settings (`TSUDOI_…`).
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        let mut node = Self::prepare(settings);
        node.resume().await;
        node
    }

    /// A node that is not running yet.
    pub fn prepare(settings: &[(&str, &str)]) -> Self {
        let port = free_ports(1);
        let settings = settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Self {
            domain: format!("localhost:{port}"),
            bind: format!("127.0.0.1:{port}"),
            folder: tempfile::tempdir().expect("a folder"),
            settings,
            process: None,
            http: client(),
        }
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.domain)
    }

    pub fn data_dir(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(tsudoi_binary());
        command
            .args(arguments)
            .current_dir(self.data_dir())
            .env("TSUDOI_DOMAIN", &self.domain)
            .env("TSUDOI_BIND", &self.bind)
            .env("TSUDOI_DATA_DIR", self.data_dir())
            .env("TSUDOI_RATE_LIMITS", "off")
            .env("TSUDOI_FEDERATION_ALLOW_PRIVATE", "true")
            .envs(self.settings.iter().map(|(k, v)| (k, v)))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Starts the process (again) and waits until it is ready.
    pub async fn resume(&mut self) {
        let log = File::options().create(true).append(true).open(self.log()).expect("a log file");
        let mut process = self
            .command(&["serve"])
            .stdout(log.try_clone().expect("a log file"))
            .stderr(log)
            .spawn()
            .expect("tsudoi starts");
        let url = format!("{}/readyz", self.origin());
        until("the node to be ready", async || {
            assert!(
                process.try_wait().expect("a child").is_none(),
                "tsudoi ended: {}",
                self.tail()
            );
            self.http.get(&url).send().await.ok().filter(|r| r.status().is_success())
        })
        .await;
        self.process = Some(process);
    }

    /// SIGKILL, and waits until it is dead.
    pub async fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().await.expect("a child");
        }
    }

    fn log(&self) -> std::path::PathBuf {
        self.data_dir().join("process.log")
    }

    /// The end of the node's log.
    fn tail(&self) -> String {
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines.split_at(lines.len().saturating_sub(60)).1.join("\n")
    }

    /// Makes a member with the command line and signs them in with a token.
    pub async fn member(&self, name: &str) -> Member {
        let mail = format!("{name}@members.example");
        self.say(&["account", "create", name, "--email", &mail]).await;
        let token = self.say(&["account", "token", name]).await;
        Member {
            name: name.to_owned(),
            id: format!("{}/users/{name}", self.origin()),
            handle: format!("@{name}@{}", self.domain),
            origin: self.origin(),
            token,
            http: client(),
        }
    }

    async fn say(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().await.expect("tsudoi runs");
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Runs a command to its end; whether it went well, and what it said to either output. Its input has this text and stays open.
    pub async fn runs(&self, arguments: &[&str], input: &str) -> (bool, String) {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("tsudoi runs");
        let mut stdin = process.stdin.take().expect("an input");
        stdin.write_all(input.as_bytes()).await.expect("it reads");
        let output = process.wait_with_output().await.expect("tsudoi ends");
        drop(stdin);
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).trim().to_owned())
    }

    /// Starts another process beside the node, on the same data.
    pub fn starts(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().expect("tsudoi starts")
    }

    /// The library on the node's database, as a second process: for what has no door yet.
    pub async fn library(&self) -> App {
        let setting =
            |key: &str| self.settings.iter().find(|(k, _)| k == key).map(|(_, v)| v.clone());
        let config = Config {
            domain: self.domain.clone().try_into().expect("a domain"),
            data_dir: self.data_dir().to_owned(),
            database_url: setting("TSUDOI_DATABASE_URL").unwrap_or_default(),
            federation_allow_private: true,
            ..Config::default()
        };
        App::open(config, Clock::System).await.expect("the database opens")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("---- log of {} ----\n{}", self.domain, self.tail());
            let file = self.data_dir().join("tsudoi.sqlite3");
            aside(async move { traffic(&file).await.unwrap_or_else(|e| e.to_string()) });
        }
    }
}

/// What a node got and sent, and how the hosts are that it talks to.
async fn traffic(file: &Path) -> Result<String, sqlx::Error> {
    let db = SqlitePool::connect(&format!("sqlite://{}", file.display())).await?;
    let rows: Vec<String> = sqlx::query_scalar(
        "SELECT received_at || ' got ' || activity_id || ' ' || state || ', tries ' || tries || ', ' || COALESCE(reason, '') FROM inbound
         UNION ALL SELECT a.id || ' sent ' || a.uri || ' to ' || d.inbox || ' ' || d.state || ', tries ' || d.tries || ', '
             || COALESCE(d.last_error, '') FROM delivery d JOIN activity a ON a.id = d.activity_id
         UNION ALL SELECT 'host ' || host || ', fails ' || fails || ', ' || COALESCE(last_error, '') FROM host",
    )
    .fetch_all(&db)
    .await?;
    Ok(rows.join("\n"))
}

/// A member with a token.
pub struct Member {
    pub name: String,
    /// The actor id.
    pub id: String,
    pub handle: String,
    origin: String,
    token: String,
    http: Client,
}

impl Member {
    /// A request as this member; the status and what was answered.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> (StatusCode, Value) {
        let mut request =
            self.http.request(method, format!("{}{path}", self.origin)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.expect("the node answers");
        let status = response.status();
        (status, response.json().await.unwrap_or_default())
    }

    /// A POST as this member by another client, to be filled in.
    pub fn request(&self, http: &Client, path: &str) -> reqwest::RequestBuilder {
        http.post(format!("{}{path}", self.origin)).bearer_auth(&self.token)
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, answer) = self.ask(Method::GET, path, None).await;
        assert!(status.is_success(), "GET {path}: {status} {answer}");
        answer
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.ask(Method::POST, path, Some(&body)).await;
        assert!(status.is_success(), "POST {path} {body}: {status} {answer}");
        answer
    }

    /// Publishes a status; `more` adds to or overrides the fields.
    pub async fn publish(&self, text: &str, more: Value) -> Value {
        let mut status = json!({"status": text, "visibility": "public"});
        if let (Some(fields), Value::Object(more)) = (status.as_object_mut(), more) {
            fields.extend(more);
        }
        self.post("/api/v1/statuses", status).await
    }

    pub async fn delete(&self, status: &Value) {
        let path = format!("/api/v1/statuses/{}", text(&status["id"]));
        let (code, answer) = self.ask(Method::DELETE, &path, None).await;
        assert!(code.is_success(), "DELETE {path}: {code} {answer}");
    }

    /// `favourite`, `reblog`, `pin` …
    pub async fn react(&self, status: &Value, what: &str) -> Value {
        self.post(&format!("/api/v1/statuses/{}/{what}", text(&status["id"])), json!({})).await
    }

    /// `follow`, `block` … another account, named by handle or address.
    pub async fn relate(&self, what: &str, whom: &str) -> Value {
        let account = self.account(whom).await;
        self.post(&format!("/api/v1/accounts/{}/{what}", text(&account["id"])), json!({})).await
    }

    /// An account by handle or address, looked up at its own server if need be.
    pub async fn account(&self, whom: &str) -> Value {
        let found = self.search(whom).await;
        assert!(found["accounts"][0].is_object(), "{whom} is not found: {found}");
        found["accounts"][0].clone()
    }

    /// A status by its address, looked up at its own server if need be.
    pub async fn status(&self, uri: &str) -> Value {
        let found = self.search(uri).await;
        assert!(found["statuses"][0].is_object(), "{uri} is not found: {found}");
        found["statuses"][0].clone()
    }

    async fn search(&self, words: &str) -> Value {
        let query: String =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("q", words).finish();
        self.get(&format!("/api/v2/search?resolve=true&{query}")).await
    }

    /// The first status of the home timeline that fits, as soon as it is there.
    pub async fn sees(&self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        until(&format!("{} to see {what}", self.name), async || {
            let home = self.get("/api/v1/timelines/home?limit=40").await;
            home.as_array()?.iter().find(|status| fits(status)).cloned()
        })
        .await
    }

    pub async fn sees_uri(&self, uri: &str) -> Value {
        self.sees(uri, |status| status["uri"] == uri).await
    }

    /// Waits until a figure of a status is `expected`.
    pub async fn counts(&self, status: &Value, figure: &str, expected: i64) {
        let path = format!("/api/v1/statuses/{}", text(&status["id"]));
        until(&format!("{figure} to be {expected}"), async || {
            (self.get(&path).await[figure] == expected).then_some(())
        })
        .await;
    }

    /// The first notification of a type that fits.
    pub async fn hears(&self, kind: &str, fits: impl Fn(&Value) -> bool) -> Value {
        until(&format!("{} to hear of a {kind}", self.name), async || {
            let heard = self.get("/api/v1/notifications?limit=40").await;
            heard.as_array()?.iter().find(|n| n["type"] == kind && fits(n)).cloned()
        })
        .await
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}
