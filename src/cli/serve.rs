//! `tsudoi serve` and `tsudoi worker`.
use super::say;
use crate::{
    app::App, clock::Clock, config::Config, jobs, network::sync, operations, outbound::Reach,
    server,
};
use clap::Args;
use std::{net::SocketAddr, time::Duration};
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
    say(&format!(
        "Tsudoi {} at {} ({})",
        env!("CARGO_PKG_VERSION"),
        app.base_url(),
        app.db.engine()
    ));
    warn(app);
    let config = &app.config;
    tracing::info!(domain = config.domain.as_str(), bind = %config.bind, database = app.db.engine(), "ready");
}

/// What an operator should know of the settings.
fn warn(app: &App) {
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
    if !app.config.signup_confirm_mail {
        tracing::warn!(
            "signup_confirm_mail is off: whoever signs up by a program need not own the mail address. For closed test nets only"
        );
    }
}

#[derive(Debug, Args)]
pub(super) struct Worker {
    /// Answer /healthz, /readyz and /metrics here, for whoever watches over it [default: nowhere].
    #[arg(long, value_name = "ADDRESS")]
    health: Option<SocketAddr>,
}

impl Worker {
    /// The loops without the doors.
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        let app = App::open(config, Clock::System).await?;
        server::begin(&app).await?;
        hear_the_network(&app).await;
        warn(&app);
        let mut tasks = JoinSet::new();
        jobs::spawn(&app, &mut tasks);
        tracing::info!(database = app.db.engine(), "working");
        match self.health {
            Some(address) => {
                let listener = TcpListener::bind(address)
                    .await
                    .map_err(|e| anyhow::anyhow!("health: cannot listen on {address}: {e}"))?;
                let doors = operations::routes().with_state(app.clone());
                axum::serve(listener, doors).with_graceful_shutdown(stop_signal()).await?;
            }
            None => stop_signal().await,
        }
        app.stopping.cancel();
        jobs::end(tasks).await;
        app.db.close().await;
        tracing::info!("stopped");
        Ok(())
    }
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
