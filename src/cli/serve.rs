//! `tsudoi serve` and `tsudoi worker`.
use super::say;
use crate::{
    accounts::actions::{create, returning},
    app::App,
    clock::Clock,
    config::Config,
    jobs,
    network::sync,
    outbound::Reach,
    server,
};
use clap::Args;
use std::time::Duration;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    task::JoinSet,
};

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Answer requests only; a `tsudoi worker` does the background work.
    #[arg(long)]
    without_worker: bool,
}

impl Serve {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        let listener = TcpListener::bind(config.bind)
            .await
            .map_err(|e| anyhow::anyhow!("bind: cannot listen on {}: {e}", config.bind))?;
        let app = App::open(config, Clock::System).await?;
        let setup = server::prepare(&app).await?;
        hear_the_network(&app).await;
        greet(&app);
        if let Some(link) = setup {
            say(&format!("Nobody owns this node yet. Open this link once to set it up:\n  {link}"));
        }
        server::serve(app, listener, !self.without_worker, stop_signal()).await?;
        tracing::info!("stopped");
        Ok(())
    }
}

/// How long a start waits for the nodes of the network.
const HEARING: Duration = Duration::from_secs(5);

/// Before anybody can write: a node that was restored from an old copy gets the end of its own log back from those who have it, because whoever
/// writes a second history is frozen by the others. Nobody may answer: then the node starts all the same.
async fn hear_the_network(app: &App) {
    if let Ok(Err(e)) = tokio::time::timeout(HEARING, sync::sync_due(app)).await {
        tracing::warn!(error = %e, "the network could not be asked");
    }
}

fn greet(app: &App) {
    let config = &app.config;
    say(&format!(
        "Tsudoi {} at {} ({})",
        env!("CARGO_PKG_VERSION"),
        app.base_url(),
        app.db.engine()
    ));
    if let Some(folder) = app.mailer.folder() {
        say(&format!(
            "No mail server is configured (smtp_url): mails are written to {}",
            folder.display()
        ));
    }
    if app.reach == Reach::Anywhere {
        tracing::warn!(
            "federation_allow_private is on: this node contacts any address. For closed test nets only"
        );
    }
    if !config.signup_confirm_mail {
        tracing::warn!(
            "signup_confirm_mail is off: whoever signs up by a program need not own the mail address. For closed test nets only"
        );
    }
    tracing::info!(domain = config.domain.as_str(), bind = %config.bind, database = app.db.engine(), "ready");
}

/// The loops without the doors.
pub(super) async fn work(config: Config) -> anyhow::Result<()> {
    let app = App::open(config, Clock::System).await?;
    create::ensure_instance_actor(&app).await?;
    returning::notice(&app).await?;
    tracing::info!(database = app.db.engine(), "working");
    let mut tasks = JoinSet::new();
    jobs::spawn(&app, &mut tasks);
    stop_signal().await;
    tasks.shutdown().await;
    app.db.close().await;
    Ok(())
}

/// SIGTERM or Ctrl-C.
pub(super) async fn stop_signal() {
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = terminate => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
