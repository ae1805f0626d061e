//! `tsudoi network`: founding, inviting, joining, leaving; with or without a running server.
use super::{say, with_app};
use crate::{
    app::App,
    config::Config,
    db::Tx,
    network::{
        joining::{self, Introduction, Invitation},
        lanes, membership, status,
    },
    roster::{Membership, Roster},
    server,
};
use clap::{Args, Subcommand};
use serde_json::json;
use std::{io::Read, sync::Arc};

#[derive(Debug, Subcommand)]
pub(super) enum Network {
    /// Found a network with this node as its first member.
    #[command(
        after_help = "Example: tsudoi network create 東北OM --node aomori --prefecture 青森県"
    )]
    Create {
        /// What the network is called.
        name: String,
        #[command(flatten)]
        who: Who,
    },
    /// Print an invitation for one new node. It works once, for a week.
    #[command(after_help = "Example: tsudoi network invite > invitation.txt")]
    Invite,
    /// Join with an invitation, read from standard input.
    #[command(
        after_help = "Example: tsudoi network join --node iwate --prefecture 岩手県 --yes < invitation.txt"
    )]
    Join {
        #[command(flatten)]
        who: Who,
        /// Join; without it only what the invitation says is shown, to be compared by telephone.
        #[arg(long)]
        yes: bool,
    },
    /// Sign what another node proposes, after you have compared fingerprints with its people.
    #[command(after_help = "Example: tsudoi network approve 3f9c2a")]
    Approve {
        /// The beginning of the proposal's number, as `tsudoi network show` prints it.
        proposal: String,
    },
    /// Leave the network. The others' admins sign it.
    #[command(after_help = "Example: tsudoi network leave")]
    Leave,
    /// Propose that a node leaves the network.
    #[command(after_help = "Example: tsudoi network remove iwate")]
    Remove { node: String },
    /// List the nodes and how they do.
    #[command(after_help = "Example: tsudoi network list --json")]
    List {
        /// One JSON object a line.
        #[arg(long)]
        json: bool,
    },
    /// Show the roster in force with fingerprints, and what waits for signatures.
    #[command(after_help = "Example: tsudoi network show")]
    Show,
}

/// How this node presents itself.
#[derive(Debug, Args)]
pub(super) struct Who {
    /// A short name for good, of small letters: iwate.
    #[arg(long)]
    node: String,
    #[arg(long)]
    prefecture: String,
}

impl Who {
    fn introduction(self) -> Introduction {
        Introduction { node: self.node, prefecture: self.prefecture }
    }
}

impl Network {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<()> {
        let prepared = async |app: &App| {
            server::prepare(app).await?;
            self.act(app).await
        };
        with_app(config, prepared).await
    }

    async fn act(self, app: &App) -> anyhow::Result<()> {
        match self {
            Self::Create { name, who } => {
                let roster = joining::found(app, &name, &who.introduction()).await?;
                say(&format!(
                    "The network {} is founded. Next: tsudoi network invite",
                    roster.name
                ));
            }
            Self::Invite => {
                let mut tx = app.db.begin().await?;
                let invitation = joining::invite(app, &mut tx).await?;
                tx.commit().await?;
                say(&invitation);
            }
            Self::Join { who, yes } => join(app, who, yes).await?,
            Self::Approve { proposal } => approve(app, &proposal).await?,
            Self::Leave => {
                let us = membership::now(app).await?.ok_or_else(no_network)?;
                remove(app, us.me()).await?;
            }
            Self::Remove { node } => remove(app, &node).await?,
            Self::List { json } => list(app, json).await?,
            Self::Show => show(app).await?,
        }
        Ok(())
    }
}

fn no_network() -> anyhow::Error {
    anyhow::anyhow!("this node is in no network; see `tsudoi network create` and `join`")
}

async fn join(app: &App, who: Who, sure: bool) -> anyhow::Result<()> {
    let mut text = String::new();
    std::io::stdin().take(300_000).read_to_string(&mut text)?;
    let invitation = Invitation::parse(&text)?;
    let by = invitation.by();
    say(&format!(
        "{} invites to {}. Compare by telephone the fingerprint of {}: {}",
        by.chapter,
        invitation.roster().name,
        by.node,
        by.fingerprint()
    ));
    if !sure {
        say("If the digits are the same, give the same command again with --yes.");
        return Ok(());
    }
    if joining::join(app, &invitation, &who.introduction()).await? {
        say("This node is a member now.");
    } else {
        say(
            "Asked. This node is a member as soon as a majority of the others' admins have signed.",
        );
    }
    Ok(())
}

async fn approve(app: &App, number: &str) -> anyhow::Result<()> {
    let mut tx = app.db.begin().await?;
    let proposal = membership::proposal(&mut tx, app.now(), number).await?;
    let in_force = membership::sign(app, &mut tx, &proposal).await?;
    tx.commit().await?;
    say(if in_force { "Signed, and in force." } else { "Signed; more signatures are needed." });
    Ok(())
}

async fn remove(app: &App, node: &str) -> anyhow::Result<()> {
    let mut tx = app.db.begin().await?;
    let in_force = joining::remove(app, &mut tx, node).await?;
    tx.commit().await?;
    say(if in_force { "Done." } else { "Proposed; the others' admins must sign it, too." });
    Ok(())
}

async fn list(app: &App, as_json: bool) -> anyhow::Result<()> {
    let mut tx = app.db.read().await?;
    let us = membership::current(app, &mut tx).await?.ok_or_else(no_network)?;
    let lanes = lanes::totals(&mut tx).await?;
    for node in status::status(&mut tx, &us, app.now()).await?.nodes {
        let state = match node.state {
            _ if node.is_here => "this node".to_owned(),
            None => "never reached".to_owned(),
            Some(state) => json!(state).as_str().unwrap_or_default().to_owned(),
        };
        let member = &node.member;
        let waiting = lanes.get(&member.node).map_or(0, |(count, _)| *count);
        if as_json {
            let line = json!({"node": member.node, "chapter": member.chapter, "domain": member.domain, "state": state,
                "since": node.since, "entries": node.entries, "lacking": node.lacking, "lag": node.lag,
                "laneWaiting": waiting, "lastSeen": node.last_seen});
            say(&line.to_string());
        } else {
            say(&format!(
                "{:12} {:24} {:10} {} entries",
                member.node, member.domain, state, node.entries
            ));
        }
    }
    Ok(())
}

async fn show(app: &App) -> anyhow::Result<()> {
    let mut tx = app.db.read().await?;
    let us: Arc<Membership> = membership::current(app, &mut tx).await?.ok_or_else(no_network)?;
    say(&format!("{} (version {})", us.roster.name, us.roster.version));
    describe(&us.roster);
    proposals(app, &mut tx).await
}

async fn proposals(app: &App, tx: &mut Tx) -> anyhow::Result<()> {
    for p in membership::proposals(tx, app.now()).await? {
        let hash = p.roster.hash()?;
        let number: String = hash.chars().take(8).collect();
        let signed: Vec<&str> = p.roster.signatures.iter().map(|s| s.node.as_str()).collect();
        say(&format!("Proposal {number}, signed by {}:", signed.join(", ")));
        describe(&p.roster);
    }
    Ok(())
}

fn describe(roster: &Roster) {
    for m in &roster.members {
        say(&format!("  {:12} {} {} {}", m.node, m.chapter, m.domain, m.fingerprint()));
    }
}
