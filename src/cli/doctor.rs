//! `tsudoi doctor`: looks at what usually goes wrong, and says what to do.
use super::say;
use crate::{
    accounts::queries,
    app::App,
    clock::{Clock, HOUR},
    config::Config,
    federation::{delivery, inbound},
    outbound::Reach,
};
use clap::Args;
use serde_json::json;

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

/// One thing looked at: fine, or what is wrong and what to do.
struct Finding {
    what: &'static str,
    wrong: Option<String>,
}

impl Doctor {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        let app = App::open(config, Clock::System).await?;
        let findings = examine(&app).await?;
        let bad = findings.iter().filter(|f| f.wrong.is_some()).count();
        for f in findings {
            if self.json {
                say(&json!({"what": f.what, "ok": f.wrong.is_none(), "advice": f.wrong})
                    .to_string());
            } else {
                say(&format!("{} {}", if f.wrong.is_none() { "ok  " } else { "BAD " }, f.what));
                if let Some(advice) = f.wrong {
                    say(&format!("     {advice}"));
                }
            }
        }
        app.db.close().await;
        anyhow::ensure!(bad == 0, "{bad} thing(s) need attention");
        Ok(())
    }
}

async fn examine(app: &App) -> anyhow::Result<Vec<Finding>> {
    let mut tx = app.db.read().await?;
    let mut findings = Vec::new();
    let mut add = |what, wrong: Option<String>| findings.push(Finding { what, wrong });
    add("the database opens and is up to date", None);
    let probe = app.config.data_dir.join(".doctor");
    let writable = std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe));
    add(
        "the data directory can be written",
        writable.err().map(|e| format!("{}: {e}", app.config.data_dir.display())),
    );
    let room = app.media.has_room()?;
    add(
        "the disk has room for pictures",
        (!room).then(|| {
            let percent = app.config.media_reserve_percent;
            format!("less than {percent} % are free: pictures are refused until there is more")
        }),
    );
    let owned = queries::count_owners(&mut tx).await? > 0;
    add(
        "the node has an owner",
        (!owned).then(|| "open the set-up link that `tsudoi serve` prints".into()),
    );
    add(
        "mail leaves the node",
        app.mailer
            .folder()
            .map(|f| format!("set smtp_url; until then mails lie in {}", f.display())),
    );
    add(
        "only public servers are contacted",
        (app.reach == Reach::Anywhere)
            .then(|| "federation_allow_private is for closed test nets".into()),
    );
    let (waiting, dead, oldest) = delivery::totals(&mut tx).await?;
    let late = oldest.is_some_and(|t| t.plus(HOUR) < app.now());
    add(
        "deliveries do not pile up",
        late.then(|| format!("{waiting} wait, the oldest for more than an hour; see the hosts page of the admin area")),
    );
    add(
        "nothing was given up",
        (dead > 0).then(|| format!("{dead} dead letters; see the hosts page of the admin area")),
    );
    let (backlog, _) = inbound::totals(&mut tx).await?;
    add(
        "what comes in is worked off",
        (backlog > 1_000).then(|| format!("{backlog} activities wait; is a worker running?")),
    );
    Ok(findings)
}
