//! The command line: one file per subcommand.
mod account;
mod config;
mod demo;
mod doctor;
mod network;
mod program;
mod serve;

use crate::{
    app::App,
    clock::Clock,
    config::{Config, LogFormat},
    error::Error,
    text::Lang,
};
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use tracing_subscriber::EnvFilter;

/// Tsudoi (集い): a federated community server for a network of local chapters.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Example: tsudoi serve\n\nEvery key of tsudoi.toml is also a TSUDOI_* variable; see `tsudoi config show`."
)]
pub struct Cli {
    /// Configuration file [default: tsudoi.toml, if there is one].
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answer requests and do the background work.
    #[command(after_help = "Example: TSUDOI_DOMAIN=om.example.jp tsudoi serve")]
    Serve(serve::Serve),
    /// Do the background work only; several workers may share one PostgreSQL.
    #[command(after_help = "Example: tsudoi worker --health 127.0.0.1:8081")]
    Worker(serve::Worker),
    /// Bring the database up to date and stop.
    #[command(after_help = "Example: tsudoi migrate")]
    Migrate,
    /// Create and look after members' accounts.
    #[command(
        subcommand,
        after_help = "Example: tsudoi account create aiko --email aiko@example.jp --role owner"
    )]
    Account(account::Account),
    /// Register programs of the client API.
    #[command(
        subcommand,
        after_help = "Example: tsudoi app create 'Our reader' --redirect-uri https://reader.example.jp/callback"
    )]
    App(program::Program),
    /// Found, join and look after the network of nodes.
    #[command(
        subcommand,
        after_help = "Example: tsudoi network create 東北OM --node aomori --prefecture 青森県"
    )]
    Network(network::Network),
    /// Start a whole network of six nodes on this machine, with sample members, to try it out.
    #[command(after_help = "Example: tsudoi demo\nThen, in another shell: tsudoi demo stop iwate")]
    Demo(demo::Demo),
    /// Check or show the configuration.
    #[command(subcommand, after_help = "Example: tsudoi config check")]
    Config(config::Config),
    /// Look for what is wrong with this node and say what to do.
    #[command(after_help = "Example: tsudoi doctor")]
    Doctor(doctor::Doctor),
}

/// Carries a command out.
pub async fn run(cli: Cli) -> anyhow::Result<()> {
    let settings = || Config::load(cli.config);
    match cli.command {
        Command::Config(command) => command.run(&settings()?),
        Command::Serve(command) => {
            let settings = settings()?;
            start_log(&settings)?;
            command.run(settings).await
        }
        Command::Worker(command) => {
            let settings = settings()?;
            start_log(&settings)?;
            command.run(settings).await
        }
        Command::Migrate => {
            let app = App::open(settings()?, Clock::System).await?;
            say(&format!("{} is up to date", app.db.engine()));
            Ok(())
        }
        Command::Account(command) => command.run(settings()?).await,
        Command::App(command) => command.run(settings()?).await,
        Command::Network(command) => command.run(settings()?).await,
        Command::Doctor(command) => command.run(settings()?).await,
        // Its nodes have settings of their own.
        Command::Demo(command) => command.run().await,
    }
}

fn log_filter(config: &Config) -> anyhow::Result<EnvFilter> {
    EnvFilter::try_new(&config.log).map_err(|e| anyhow::anyhow!("log: {e}"))
}

fn start_log(config: &Config) -> anyhow::Result<()> {
    let log =
        tracing_subscriber::fmt().with_env_filter(log_filter(config)?).with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

/// Does something with the database of the node.
async fn with_app(
    config: Config,
    act: impl AsyncFnOnce(&App) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let app = App::open(config, Clock::System).await?;
    let outcome = act(&app).await;
    app.db.close().await;
    outcome.map_err(in_words)
}

/// Messages for people instead of their keys.
fn in_words(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref::<Error>() {
        Some(known) => {
            let (key, number) = known.message();
            let number = i64::try_from(number).unwrap_or(0);
            if key == "error-unavailable" || key == "error-internal" {
                return error;
            }
            anyhow::anyhow!("{}", Lang::En.count(key, number))
        }
        None => error,
    }
}

/// The answer of a command, on standard output.
#[expect(clippy::print_stdout, reason = "the command line speaks here")]
fn say(text: &str) {
    println!("{text}");
}
