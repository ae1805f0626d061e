//! `tsudoi demo`: a whole network on this machine, to be watched while nodes stop and return.
mod nodes;
mod sample;

use super::say;
use anyhow::Context;
use clap::{Args, Subcommand};
use nodes::Nodes;
use std::{
    fs,
    io::{BufRead, IsTerminal},
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::mpsc::{self, Receiver},
    time::Duration,
};

/// How often commands and processes are looked at.
const TICK: Duration = Duration::from_millis(200);
/// How long `demo stop` and `demo start` wait for the demo to obey.
const PATIENCE: u32 = 300;

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// How many nodes, 2 to 6.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u16).range(2..=6))]
    nodes: u16,
    /// Where the nodes keep their data.
    #[arg(long, global = true, default_value = "demo-data", value_name = "DIR")]
    data_dir: PathBuf,
    /// Node number i (from 0) listens on this port plus i of 127.0.0.1.
    #[arg(long, default_value_t = 8100)]
    base_port: u16,
    /// Remove the data at the end.
    #[arg(long)]
    ephemeral: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Stop a node of the running demo: iwate, or 岩手.
    #[command(after_help = "Example: tsudoi demo stop iwate")]
    Stop { node: String },
    /// Start a node of the running demo again.
    #[command(after_help = "Example: tsudoi demo start iwate")]
    Start { node: String },
}

/// What somebody wants of the running demo.
enum Wish {
    Stop(usize),
    Start(usize),
    List,
    Quit,
}

impl Demo {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        match &self.command {
            Some(Command::Stop { node }) => self.ask("stop", node).await,
            Some(Command::Start { node }) => self.ask("start", node).await,
            None => self.play().await,
        }
    }

    async fn play(&self) -> anyhow::Result<()> {
        fs::create_dir_all(control(&self.data_dir))?;
        let data_dir = fs::canonicalize(&self.data_dir)?;
        let places = sample::places(&data_dir, self.nodes, self.base_port)?;
        if !data_dir.join("ready").exists() {
            say("Preparing the nodes and their sample members …");
            sample::prepare(&places).await?;
            fs::write(data_dir.join("ready"), "")?;
        }
        let mut nodes = Nodes::new(places);
        let outcome = self.supervise(&mut nodes).await;
        nodes.stop_all();
        if self.ephemeral {
            fs::remove_dir_all(&data_dir).context("removing the data")?;
        }
        outcome
    }

    async fn supervise(&self, nodes: &mut Nodes) -> anyhow::Result<()> {
        nodes.start_all().await?;
        say(&nodes.introduction());
        let typed = Self::listen();
        let mut tick = tokio::time::interval(TICK);
        let stop = super::serve::stop_signal();
        tokio::pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => return Ok(()),
                _ = tick.tick() => {}
            }
            nodes.notice_ends();
            let mut wishes: Vec<Wish> = self.asked(nodes);
            wishes
                .extend(typed.iter().flat_map(Receiver::try_iter).filter_map(|l| wish(nodes, &l)));
            for wish in wishes {
                match wish {
                    Wish::Stop(i) => nodes.stop(i),
                    Wish::Start(i) => nodes.start(i).await?,
                    Wish::List => say(&nodes.states()),
                    Wish::Quit => return Ok(()),
                }
            }
            self.obeyed(nodes);
        }
    }

    /// Lines typed on the terminal; without one there are none.
    fn listen() -> Option<Receiver<String>> {
        if !std::io::stdin().is_terminal() {
            return None;
        }
        let (to, from) = mpsc::channel();
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines().map_while(Result::ok) {
                if to.send(line).is_err() {
                    return;
                }
            }
        });
        Some(from)
    }

    /// What `demo stop` and `demo start` of another shell left in the data directory.
    fn asked(&self, nodes: &Nodes) -> Vec<Wish> {
        let mut wishes = Vec::new();
        for (i, name) in nodes.names().enumerate() {
            match fs::read_to_string(control(&self.data_dir).join(name)).as_deref() {
                Ok("stop") if nodes.runs(i) => wishes.push(Wish::Stop(i)),
                Ok("start") if !nodes.runs(i) => wishes.push(Wish::Start(i)),
                _ => {}
            }
        }
        wishes
    }

    /// Takes away the wishes that are fulfilled, which is how the other shell learns of it.
    fn obeyed(&self, nodes: &Nodes) {
        for (i, name) in nodes.names().enumerate() {
            let file = control(&self.data_dir).join(name);
            let done = match fs::read_to_string(&file).as_deref() {
                Ok("stop") => !nodes.runs(i),
                Ok("start") => nodes.runs(i),
                _ => false,
            };
            if done {
                let _ = fs::remove_file(&file); // looked at again in a moment
            }
        }
    }

    /// Asks the running demo and waits until it has obeyed.
    async fn ask(&self, what: &str, node: &str) -> anyhow::Result<()> {
        let name = sample::name_of(node)
            .with_context(|| format!("there is no node {node}; try iwate or 岩手"))?;
        let file = control(&self.data_dir).join(name);
        fs::write(&file, what).with_context(|| {
            format!("no demo has its data in {} (see --data-dir)", self.data_dir.display())
        })?;
        let mut tick = tokio::time::interval(TICK);
        for _ in 0..PATIENCE {
            tick.tick().await;
            if !file.exists() {
                say(&format!("{name}: {}", if what == "stop" { "stopped" } else { "started" }));
                return Ok(());
            }
        }
        fs::remove_file(&file)?;
        anyhow::bail!("the demo did not answer; is it running?")
    }
}

fn control(data_dir: &Path) -> PathBuf {
    data_dir.join("control")
}

fn wish(nodes: &Nodes, line: &str) -> Option<Wish> {
    let mut words = line.split_whitespace();
    let verb = words.next()?;
    let node = words.next().and_then(sample::name_of);
    let node = node.and_then(|name| nodes.names().position(|n| n == name));
    let wish = match (verb, node) {
        ("stop", Some(i)) => Some(Wish::Stop(i)),
        ("start", Some(i)) => Some(Wish::Start(i)),
        ("list", _) => Some(Wish::List),
        ("quit" | "exit", _) => Some(Wish::Quit),
        _ => None,
    };
    if wish.is_none() {
        say("stop NODE, start NODE, list or quit; for example: stop iwate");
    }
    wish
}

/// One node of the demo.
pub(super) struct Place {
    name: &'static str,
    /// `岩手`
    chapter: &'static str,
    prefecture: &'static str,
    bind: SocketAddr,
    data_dir: PathBuf,
}

impl Place {
    fn domain(&self) -> String {
        format!("{}.localhost:{}", self.name, self.bind.port())
    }

    fn url(&self) -> String {
        format!("http://{}", self.domain())
    }
}
