//! The processes of the demo's nodes.
use super::{Place, sample};
use crate::cli::say;
use anyhow::Context;
use std::{
    fmt::Write,
    fs::{self, File},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tokio::net::TcpStream;

/// How long a node may take to answer, and to end, in steps.
const STEPS: u32 = 150;
const STEP: Duration = Duration::from_millis(200);

pub(super) struct Nodes {
    all: Vec<(Place, Option<Child>)>,
}

impl Nodes {
    pub(super) fn new(places: Vec<Place>) -> Self {
        Self { all: places.into_iter().map(|p| (p, None)).collect() }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.all.iter().map(|(place, _)| place.name)
    }

    pub(super) fn runs(&self, i: usize) -> bool {
        self.all.get(i).is_some_and(|(_, child)| child.is_some())
    }

    pub(super) async fn start_all(&mut self) -> anyhow::Result<()> {
        for i in 0..self.all.len() {
            self.start(i).await?;
        }
        Ok(())
    }

    /// Starts a node and waits until it listens. One that runs is left alone.
    pub(super) async fn start(&mut self, i: usize) -> anyhow::Result<()> {
        let Some((place, child @ None)) = self.all.get_mut(i) else { return Ok(()) };
        let mut started = spawn(place)?;
        let mut tick = tokio::time::interval(STEP);
        for _ in 0..STEPS {
            tick.tick().await;
            if let Some(status) = started.try_wait()? {
                let log = fs::read_to_string(place.data_dir.join("node.log")).unwrap_or_default();
                let last: Vec<&str> = log.lines().rev().take(3).collect();
                anyhow::bail!("{} ended with {status}: {}", place.name, last.join(" / "));
            }
            if TcpStream::connect(place.bind).await.is_ok() {
                *child = Some(started);
                say(&format!("{} {} started", place.name, place.chapter));
                return Ok(());
            }
        }
        started.kill()?;
        anyhow::bail!("{} does not answer at {}", place.name, place.bind)
    }

    /// Asks a node to stop as `systemd` would, and waits; one that does not is killed.
    pub(super) fn stop(&mut self, i: usize) {
        let Some((place, child)) = self.all.get_mut(i) else { return };
        let Some(mut child) = child.take() else { return };
        terminate(&child);
        for _ in 0..STEPS {
            if matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
                say(&format!("{} {} stopped", place.name, place.chapter));
                return;
            }
            std::thread::sleep(STEP);
        }
        let _ = child.kill(); // it may have ended just now
        let _ = child.wait();
    }

    pub(super) fn stop_all(&mut self) {
        for (_, child) in &self.all {
            if let Some(child) = child {
                terminate(child); // all at once: the waiting is shared
            }
        }
        for i in 0..self.all.len() {
            self.stop(i);
        }
    }

    /// A node that ended by itself (or was killed) is told of, once.
    pub(super) fn notice_ends(&mut self) {
        for (place, child) in &mut self.all {
            let ended = child.as_mut().and_then(|c| c.try_wait().ok().flatten());
            if let Some(status) = ended {
                say(&format!("{} {} ended with {status}", place.name, place.chapter));
                *child = None;
            }
        }
    }

    pub(super) fn states(&self) -> String {
        let line = |(place, child): &(Place, Option<Child>)| {
            let state = if child.is_some() { "running" } else { "stopped" };
            format!("{:10} {} {:8} {}", place.name, place.chapter, state, place.url())
        };
        self.all.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// What a newcomer needs to begin.
    pub(super) fn introduction(&self) -> String {
        let mut text = self.states();
        let _ = write!(
            text,
            "\n\nSign in at any of them as {} with the password {}\n\
             Watch the nodes at {}/network\n\
             Then type: stop iwate, start iwate, list, quit (or `tsudoi demo stop iwate` in another shell)",
            sample::logins(),
            sample::PASSWORD,
            self.all.first().map(|(place, _)| place.url()).unwrap_or_default(),
        );
        text
    }
}

fn spawn(place: &Place) -> anyhow::Result<Child> {
    fs::create_dir_all(&place.data_dir)?;
    let log = File::create(place.data_dir.join("node.log"))?;
    let program = std::env::current_exe()?;
    Command::new(program)
        .arg("serve")
        .current_dir(&place.data_dir)
        .env("TSUDOI_DOMAIN", place.domain())
        .env("TSUDOI_BIND", place.bind.to_string())
        .env("TSUDOI_DATA_DIR", &place.data_dir)
        .env("TSUDOI_DATABASE_URL", "")
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .with_context(|| format!("starting {}", place.name))
}

/// SIGTERM, which the standard library cannot send.
fn terminate(child: &Child) {
    let _ = Command::new("kill").arg(child.id().to_string()).status(); // killed later, if this fails
}
