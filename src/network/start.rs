//! What a node asks itself when it starts: is this the newest copy of my data, and can it be as late as the clock says?
use super::{
    epochs::{self, Hold},
    membership, peers,
};
use crate::{
    app::App,
    clock::{DAY, MINUTE, Timestamp},
    db::Tx,
    error::{Error, Result},
    fetch_one, node,
};
use std::{fs, io::ErrorKind};

/// The file in the data directory that counts starts, as the database does. A database that has counted fewer is an old copy.
const STARTS: &str = "starts";
/// How far the clock may be behind the newest entry, ms.
const BEHIND: i64 = MINUTE;
/// How long a node may have been away; a clock that says it was longer is believed when a peer agrees, ms.
const AWAY: i64 = 90 * DAY;

/// Counts this start, and holds the node's log when its data are an old copy or the time cannot be right. Called before any door opens.
pub async fn check(app: &App) -> Result<()> {
    let path = app.config.data_dir.join(STARTS);
    let in_file: i64 = match fs::read_to_string(&path) {
        Ok(text) => text.trim().parse().unwrap_or(0),
        Err(e) if e.kind() == ErrorKind::NotFound => 0,
        Err(e) => return Err(Error::Internal(format!("{}: {e}", path.display()))),
    };
    let mut tx = app.db.begin().await?;
    let before = node::starts(&mut tx).await?;
    let starts = before.max(in_file) + 1;
    node::set_starts(&mut tx, starts).await?;
    if let Some(us) = membership::current(app, &mut tx).await?.filter(|us| us.peers().count() > 0) {
        peers::ask_all(&mut tx).await?;
        if before < in_file {
            epochs::hold(app, &mut tx, us.me(), Hold::Restored).await?;
        }
        if is_plausible(&mut tx, app.now()).await? {
            epochs::release(&mut tx, us.me(), Hold::Clock).await?;
        } else {
            epochs::hold(app, &mut tx, us.me(), Hold::Clock).await?;
        }
    }
    tx.commit().await?;
    fs::write(&path, starts.to_string())
        .map_err(|e| Error::Internal(format!("{}: {e}", path.display())))
}

/// Whether the clock is not before the newest entry of any log, nor longer after it than a node is away.
async fn is_plausible(tx: &mut Tx, now: Timestamp) -> Result<bool> {
    let (newest,): (Option<Timestamp>,) = fetch_one!(
        tx,
        sqlx::query_as(
            "SELECT MAX(e.received_at) FROM log_head h
             JOIN log_entry e ON e.node = h.node AND e.epoch = h.epoch AND e.seq = h.seq"
        )
    );
    Ok(newest.is_none_or(|newest| now.plus(BEHIND) > newest && now < newest.plus(AWAY)))
}
