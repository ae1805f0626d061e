//! Nodes that form one network: founded, joined and stepped as their operators and clocks would.
use crate::{Line, Network, Node};
use tsudoi::{
    app::App,
    clock::MINUTE,
    db::Tx,
    network::{
        joining::{self, Introduction, Invitation},
        log, membership,
    },
};

/// The prefectures, as short names of nodes.
pub const NAMES: [&str; 6] = ["aomori", "iwate", "miyagi", "akita", "yamagata", "fukushima"];

fn introduction(name: &str) -> Introduction {
    Introduction { node: name.to_owned(), prefecture: format!("{name} prefecture") }
}

/// The first `count` nodes of [`NAMES`] in one network, and all know it.
pub async fn chapters(net: &Network, count: usize) -> Vec<Node> {
    let mut nodes = Vec::new();
    for name in &NAMES[..count] {
        nodes.push(net.node(name).await);
    }
    gather(&nodes).await;
    nodes
}

/// The same, each node behind a line.
pub async fn chapters_on(net: &Network, lines: &[Line]) -> Vec<Node> {
    let mut nodes = Vec::new();
    for (name, line) in NAMES.iter().zip(lines) {
        nodes.push(net.node_on(line, name).await);
    }
    gather(&nodes).await;
    nodes
}

/// The first founds a network and the others join.
async fn gather(nodes: &[Node]) {
    let (first, others) = nodes.split_first().unwrap();
    joining::found(first.app(), "東北OM", &introduction(NAMES[0])).await.unwrap();
    for (before, node) in (1..).zip(others) {
        join(&nodes[..before], first, node).await;
    }
    let all: Vec<&Node> = nodes.iter().collect();
    talk(&all).await;
}

/// `first` invites `node`, and as many of the others sign as are needed.
pub async fn join(nodes: &[Node], first: &Node, node: &Node) {
    let mut tx = first.app().db.begin().await.unwrap();
    let invitation = joining::invite(first.app(), &mut tx).await.unwrap();
    tx.commit().await.unwrap();
    let invitation = Invitation::parse(&invitation).unwrap();
    let name = node.host().split('.').next().unwrap().to_owned();
    let mut member = joining::join(node.app(), &invitation, &introduction(&name)).await.unwrap();
    for other in nodes.iter().skip(1) {
        if member {
            break;
        }
        first.net().advance(MINUTE);
        talk(&[first, other]).await;
        sign(other.app()).await;
        first.net().advance(MINUTE);
        talk(&[other, first]).await;
        member = membership::now(first.app())
            .await
            .unwrap()
            .unwrap()
            .roster
            .by_domain(node.host())
            .is_some();
    }
    assert!(member, "{name} is no member");
    let everybody: Vec<&Node> = nodes.iter().chain([node]).collect();
    first.net().advance(MINUTE);
    talk(&everybody).await;
}

/// Signs what waits for this node's signature.
pub async fn sign(app: &App) {
    let mut tx: Tx = app.db.begin().await.unwrap();
    let waiting = membership::proposals(&mut tx, app.now()).await.unwrap();
    for proposal in waiting.iter().filter(|p| !p.signed_here) {
        membership::sign(app, &mut tx, &proposal.roster).await.unwrap();
    }
    tx.commit().await.unwrap();
}

/// Every node speaks to its peers and applies what it got, until nothing moves any more.
pub async fn talk(nodes: &[&Node]) {
    for _ in 0..40 {
        let mut moved = 0;
        for node in nodes {
            moved += node.speak().await;
        }
        for node in nodes {
            moved += node.apply().await + node.deliver().await + node.fetch().await;
        }
        if moved == 0 {
            return;
        }
    }
    panic!("the nodes do not come to rest");
}

/// How many entries of each log a node has: `aomori 3, iwate 1`.
pub async fn logs(node: &Node) -> String {
    let mut tx = node.app().db.read().await.unwrap();
    let heads = log::heads(&mut tx).await.unwrap();
    let ends: Vec<String> =
        heads.iter().map(|(node, head, _)| format!("{node} {}", head.seq)).collect();
    ends.join(", ")
}
