//! What must be true of all nodes together after every scenario, looked up in their databases and files.
//!
//! The numbers are those of the network's specification: I2 and I9 nothing is dropped or taken twice, I3 and I4 every copy is the beginning of one
//! chain, I5 order, I6 convergence, I7 what is deleted stays deleted, I10 acknowledgements are true, I11 epochs that ended do not grow,
//! I12 privacy, I15 nobody is told twice, I17 deliveries to strangers end, I19 every copy can be given out.
mod effects;
mod logs;
mod secrets;
mod state;

use crate::Node;
use logs::Logs;
use std::path::PathBuf;
use tsudoi::{
    clock::{Clock, Timestamp},
    db::Db,
    error::Result,
};

/// What one node has written down.
pub(crate) struct Books {
    pub host: String,
    pub db: Db,
    pub data_dir: PathBuf,
}

/// Words that only some nodes may know.
#[derive(Clone)]
pub(crate) struct Secret {
    pub words: String,
    /// Hosts.
    pub known_to: Vec<String>,
}

/// Stops the test, and says which invariants do not hold, at which node, for which entry.
pub async fn hold(nodes: &[&Node]) {
    expect_none(&broken(nodes).await);
}

/// The invariants that do not hold, each as a sentence; none is well.
pub async fn broken(nodes: &[&Node]) -> Vec<String> {
    let net = nodes[0].net();
    let books: Vec<Books> = nodes.iter().map(|node| node.books()).collect();
    of(&books, &net.secrets(), net.now()).await.unwrap()
}

/// The same for nodes of real processes on `SQLite`: their hosts, and where each keeps its data.
pub async fn broken_on_disk(nodes: &[(String, PathBuf)]) -> Vec<String> {
    let mut books = Vec::new();
    for (host, data_dir) in nodes {
        let db = Db::open("", data_dir).await.unwrap();
        books.push(Books { host: host.clone(), db, data_dir: data_dir.clone() });
    }
    of(&books, &[], Clock::System.now()).await.unwrap()
}

pub(crate) fn expect_none(broken: &[String]) {
    let sentences = broken.join("\n  ");
    assert!(broken.is_empty(), "{} invariants do not hold:\n  {sentences}", broken.len());
}

/// A digest of what this node knows of the posts, likes and boosts of the network's members, whatever way it came.
pub async fn state(node: &Node) -> String {
    let books = node.books();
    let logs = Logs::read(&books).await.unwrap();
    let lines = state::lines(&books, &logs).await.unwrap();
    let text: Vec<&str> = lines.iter().map(String::as_str).collect();
    tsudoi::ids::sha256_hex(text.join("\n").as_bytes())
}

pub(crate) async fn of(books: &[Books], secrets: &[Secret], now: Timestamp) -> Result<Vec<String>> {
    let mut broken = Vec::new();
    let mut all = Vec::new();
    for one in books {
        all.push((one, Logs::read(one).await?));
    }
    for (books, logs) in &all {
        logs::check(books, logs, now, &mut broken).await?;
        effects::check(books, logs, now, &mut broken).await?;
    }
    logs::compare(&all, &mut broken);
    state::compare(&all, &mut broken).await?;
    secrets::check(books, secrets, &mut broken).await?;
    Ok(broken)
}
