//! Other servers: whether we may talk, how they want to be talked to, and how they have been doing.
use crate::{
    app::App,
    clock::{HOUR, MINUTE, Timestamp},
    db::Tx,
    error::{Error, Result},
    execute, execute_in, fetch_all, fetch_in, fetch_one, fetch_optional, outbound,
};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    iter::successors,
};

/// How a host is doing, as the admin page and the delivery loop see it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct HostRow {
    pub host: String,
    pub scheme: String,
    pub blocked: bool,
    pub fails: i64,
    pub down_since: Option<Timestamp>,
    pub next_at: Timestamp,
    pub last_ok_at: Option<Timestamp>,
    pub last_in_at: Option<Timestamp>,
    pub last_error: Option<String>,
}

const COLUMNS: &str = "SELECT host, scheme, blocked, fails, down_since, next_at, last_ok_at, last_in_at, last_error FROM host";

/// The longest pause between two tries at a host that does not answer.
pub const LONGEST_PAUSE: i64 = 12 * HOUR;

/// Hosts named in one statement.
const AT_ONCE: usize = 500;

/// 1 minute after the first failure, doubling up to 12 hours.
pub fn pause(fails: i64) -> i64 {
    let doublings = u32::try_from(fails.clamp(1, 20) - 1).unwrap_or(0);
    (MINUTE << doublings).min(LONGEST_PAUSE)
}

pub async fn by_names(tx: &mut Tx, hosts: &[String]) -> Result<HashMap<String, HostRow>> {
    if hosts.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<HostRow> = fetch_in!(tx, format!("{COLUMNS} WHERE host IN"), hosts, "");
    Ok(rows.into_iter().map(|row| (row.host.clone(), row)).collect())
}

/// The names by which a host may be blocked: its own, those of the domains that it belongs to, and all of these without its port.
fn names(host: &str) -> impl Iterator<Item = &str> {
    let without_port = host.rsplit_once(':').map(|(name, _)| name);
    let upwards = |name| successors(Some(name), |n: &&str| n.split_once('.').map(|(_, up)| up));
    [host].into_iter().chain(without_port).flat_map(upwards)
}

/// Whether a block of `blocked` holds for `host`: who is blocked does not come back under another name of their domain.
pub fn holds_for(blocked: &str, host: &str) -> bool {
    names(host).any(|name| name == blocked)
}

/// Those of the hosts that are blocked.
pub async fn blocked_among(tx: &mut Tx, hosts: &[String]) -> Result<HashSet<String>> {
    if hosts.is_empty() {
        return Ok(HashSet::new());
    }
    let names: BTreeSet<&str> = hosts.iter().flat_map(|host| names(host)).collect();
    let head = "SELECT host FROM host WHERE blocked = TRUE AND host IN";
    let found: Vec<(String,)> = fetch_in!(tx, head, names.into_iter().map(str::to_owned), "");
    let blocked = |host: &&String| found.iter().any(|(name,)| holds_for(name, host));
    Ok(hosts.iter().filter(blocked).cloned().collect())
}

pub async fn is_blocked(tx: &mut Tx, host: &str) -> Result<bool> {
    Ok(!blocked_among(tx, &[host.to_owned()]).await?.is_empty())
}

/// `Forbidden` when the host of `address` is blocked. Hosts that were found not blocked a moment ago are not looked up again.
pub async fn refuse_blocked(app: &App, address: &str) -> Result<()> {
    let host = outbound::authority(address).unwrap_or_default();
    if app.seen_hosts.contains_key(&host) {
        return Ok(());
    }
    let mut tx = app.db.read().await?;
    if is_blocked(&mut tx, &host).await? {
        return Err(Error::Forbidden("error-host-blocked"));
    }
    Ok(())
}

/// A blocked host gets nothing more, not even what was on its way. With the host in people's handles goes the server that they are on, which may
/// have another name. Whom else it holds for: [`holds_for`].
pub async fn set_blocked(tx: &mut Tx, host: &str, blocked: bool) -> Result<()> {
    let names = servers_of(tx, host).await?;
    for name in &names {
        execute!(
            tx,
            sqlx::query(
                "INSERT INTO host (host, blocked) VALUES ($1, $2)
                 ON CONFLICT (host) DO UPDATE SET blocked = excluded.blocked"
            )
            .bind(name)
            .bind(blocked)
        );
    }
    if !blocked {
        return Ok(());
    }
    let waiting: Vec<(String,)> = fetch_all!(
        tx,
        sqlx::query_as("SELECT DISTINCT host FROM delivery WHERE state = 'waiting'")
    );
    let is_theirs = |waiting: &String| names.iter().any(|name| holds_for(name, waiting));
    let theirs: Vec<String> = waiting.into_iter().map(|(host,)| host).filter(is_theirs).collect();
    for some in theirs.chunks(AT_ONCE) {
        execute_in!(tx, "DELETE FROM delivery WHERE state = 'waiting' AND host IN", some);
    }
    Ok(())
}

/// `host`, and where the accounts are whose handles end in it.
async fn servers_of(tx: &mut Tx, host: &str) -> Result<BTreeSet<String>> {
    let inboxes: Vec<(String,)> = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT DISTINCT COALESCE(shared_inbox, inbox) FROM account WHERE host = $1 AND local = FALSE LIMIT 5000"
        )
        .bind(host)
    );
    let servers = inboxes.iter().filter_map(|(inbox,)| outbound::authority(inbox));
    Ok(servers.chain([host.to_owned()]).collect())
}

/// They answered. The scheme that worked is remembered.
pub async fn note_success(tx: &mut Tx, host: &str, scheme: &str, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO host (host, scheme, last_ok_at) VALUES ($1, $2, $3)
             ON CONFLICT (host) DO UPDATE SET scheme = excluded.scheme, last_ok_at = excluded.last_ok_at,
                 fails = 0, down_since = NULL, next_at = 0, last_error = NULL"
        )
        .bind(host)
        .bind(scheme)
        .bind(now)
    );
    Ok(())
}

/// When any other server answered us or spoke to us last.
pub async fn last_contact(tx: &mut Tx) -> Result<Option<Timestamp>> {
    let (answered, spoke): (Option<Timestamp>, Option<Timestamp>) =
        fetch_one!(tx, sqlx::query_as("SELECT MAX(last_ok_at), MAX(last_in_at) FROM host"));
    Ok(answered.max(spoke))
}

/// They could not be reached; everything for them waits a while.
pub async fn note_failure(tx: &mut Tx, host: &str, error: &str, now: Timestamp) -> Result<()> {
    let fails: Option<(i64,)> =
        fetch_optional!(tx, sqlx::query_as("SELECT fails FROM host WHERE host = $1").bind(host));
    let fails = fails.map_or(0, |(n,)| n) + 1;
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO host (host, fails, down_since, next_at, last_error) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (host) DO UPDATE SET fails = excluded.fails, next_at = excluded.next_at,
                 down_since = COALESCE(host.down_since, excluded.down_since), last_error = excluded.last_error"
        )
        .bind(host)
        .bind(fails)
        .bind(now)
        .bind(now.plus(pause(fails)))
        .bind(error)
    );
    Ok(())
}

/// They spoke to us: note it, and if they were down, or silent for an hour, wake everything that waits for them but what they asked us to send
/// later. True when they had been silent.
pub async fn note_contact(app: &App, tx: &mut Tx, host: &str) -> Result<bool> {
    let now = app.now();
    let before: Option<(Option<Timestamp>,)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT last_in_at FROM host WHERE host = $1").bind(host)
    );
    let last = before.and_then(|(last,)| last);
    let was_silent = last.is_none_or(|last| last.plus(HOUR) <= now);
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO host (host, last_in_at) VALUES ($1, $2)
             ON CONFLICT (host) DO UPDATE SET last_in_at = excluded.last_in_at"
        )
        .bind(host)
        .bind(now)
    );
    let was_down = execute!(
        tx,
        sqlx::query("UPDATE host SET next_at = 0, fails = 0, down_since = NULL WHERE host = $1 AND fails > 0").bind(host)
    ) > 0;
    if was_down || was_silent {
        execute!(
            tx,
            sqlx::query(
                "UPDATE delivery SET next_at = $2 WHERE host = $1 AND state = 'waiting' AND next_at > $2
                   AND COALESCE(last_status, 0) <> 429"
            )
            .bind(host)
            .bind(now)
        );
        tx.rings(&app.wake.delivery);
    }
    Ok(was_silent)
}

/// Hosts that do not answer, longest first, and blocked ones.
pub async fn troubled(tx: &mut Tx, limit: i64) -> Result<Vec<HostRow>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT host, scheme, blocked, fails, down_since, next_at, last_ok_at, last_in_at, last_error FROM host
             WHERE down_since IS NOT NULL OR blocked = TRUE ORDER BY blocked, down_since, host LIMIT $1"
        )
        .bind(limit)
    ))
}

/// How many other servers this node knows.
pub async fn count(tx: &mut Tx) -> Result<i64> {
    let (count,): (i64,) = fetch_one!(tx, sqlx::query_as("SELECT COUNT(*) FROM host"));
    Ok(count)
}

/// Hosts by name.
pub async fn list(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<HostRow>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT host, scheme, blocked, fails, down_since, next_at, last_ok_at, last_in_at, last_error FROM host
             WHERE host > $1 ORDER BY host LIMIT $2"
        )
        .bind(after)
        .bind(limit)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_holds_for_what_is_below_the_name_and_for_nothing_beside_it() {
        for host in ["evil.example", "evil.example:8443", "a.b.evil.example", "a.evil.example:80"] {
            assert!(holds_for("evil.example", host), "{host}");
        }
        for host in ["devil.example", "example", "evil.example.org", "evil"] {
            assert!(!holds_for("evil.example", host), "{host}");
        }
        assert!(holds_for("evil.example:80", "a.evil.example:80"));
        assert!(!holds_for("evil.example:80", "evil.example"));
        assert!(!holds_for("1.2.3.4", "1.2.3.40"));
    }

    #[test]
    fn pauses_grow_to_half_a_day_and_no_further() {
        assert_eq!(pause(1), MINUTE);
        assert_eq!(pause(2), 2 * MINUTE);
        assert_eq!(pause(30), LONGEST_PAUSE);
    }
}
