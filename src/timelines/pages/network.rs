//! How the nodes of the network do: for everybody, because a member of a node that is down asks another one.
use crate::{
    app::App,
    clock::Timestamp,
    error::{Error, Result},
    network::{
        log,
        peers::{self, State as PeerState},
    },
    roster::Member,
    web::{Html, Page},
};
use askama::Template;
use axum::{Router, extract::State, routing::get};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/network", get(show))
}

#[derive(Template)]
#[template(path = "timelines/network.html")]
struct NetworkPage {
    page: Page,
    name: String,
    nodes: Vec<Line>,
}

/// One node.
struct Line {
    member: Member,
    address: String,
    is_here: bool,
    /// The message key of its state.
    state: &'static str,
    since: Option<Timestamp>,
    last_seen: Option<Timestamp>,
    /// How many entries of its log are here.
    entries: i64,
    /// How many entries of this node's log it lacks.
    lag: i64,
}

/// `GET /network`.
async fn show(State(app): State<App>, page: Page) -> Result<Html<NetworkPage>> {
    let us = page.network.clone().ok_or(Error::NotFound)?;
    let mut tx = app.db.read().await?;
    let peers = peers::all(&mut tx).await?;
    let heads = log::heads(&mut tx).await?;
    let copies = peers::copies_of(&mut tx, us.me()).await?;
    let of = |node: &str| heads.iter().find(|(n, ..)| n == node);
    let own = of(us.me()).map_or(0, |(_, head, _)| head.seq);
    let nodes = us.roster.members.iter().map(|member| {
        let is_here = member.node == us.me();
        let peer = peers.get(&member.node);
        let lag = own - copies.get(&member.node).map_or(0, |(_, seq)| *seq);
        let lag = if is_here { 0 } else { lag.max(0) };
        let copy = of(&member.node);
        let frozen = copy.is_some_and(|(_, _, frozen)| frozen.is_some());
        let state = match peer.map(|p| p.state(lag > 0, app.now())) {
            _ if is_here => "network-here",
            _ if frozen => "network-frozen",
            None => "network-never",
            Some(PeerState::Up) => "network-up",
            Some(PeerState::Suspect) => "network-suspect",
            Some(PeerState::Down) => "network-down",
            Some(PeerState::Catchup) => "network-catchup",
        };
        Line {
            address: member.sync_url.trim_end_matches("/net/v1").to_owned(),
            member: member.clone(),
            is_here,
            state,
            since: peer.and_then(|p| p.down_since),
            last_seen: peer.and_then(|p| p.last_ok_at),
            entries: copy.map_or(0, |(_, head, _)| head.seq),
            lag,
        }
    });
    let (nodes, name) = (nodes.collect(), us.roster.name.clone());
    Ok(Html(NetworkPage { page: page.at("talk", "nodes"), name, nodes }))
}
