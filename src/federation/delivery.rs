//! The delivery loop: one lane per host, ordered per object, signed afresh at each try, until the other side has said 2xx.
use crate::{
    app::App,
    clock::{MINUTE, SECOND, Timestamp},
    db::Tx,
    error::{Error, Result},
    execute, execute_in,
    federation::{fetch, hosts, hosts::HostRow, outbox::Patience, signer},
    fetch_all, fetch_in, fetch_optional,
    ids::{self, AccountId},
    outbound,
    signatures::signature::{self, Outgoing, Scheme},
};
use axum::http::{HeaderName, Method, StatusCode, header};
use bytes::Bytes;
use futures::{StreamExt, stream};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, error::SendError, unbounded_channel},
    task::JoinSet,
};

/// Hosts that are talked to at the same time.
const MAX_HOSTS: usize = 128;
/// Deliveries taken at once.
const CLAIM: i64 = 400;
/// Deliveries claimed and not done.
const MAX_UNDER_WAY: usize = 10_000;
/// Deliveries under way at once to one host, and how many must wait for it until another connection is worth its handshake.
const PER_HOST: usize = 4;
const WORTH_A_CONNECTION: usize = 8;
/// How long a claimed delivery is ours. A process that died loses its claims after this.
const LEASE: i64 = 2 * MINUTE;
/// Both knocks with their time limit of 30 s each: what is not begun this long before the lease ends is given back.
const LONGEST_TRY: i64 = MINUTE;
/// An answer is read so far, bytes: it is a short word, or somebody's error page.
const MAX_ANSWER: usize = 64 << 10;
/// Results that arrive within this time are written together, up to so many.
const MOMENT: Duration = Duration::from_millis(10);
const LANDING: usize = 400;

#[derive(Clone, Debug, sqlx::FromRow)]
struct Due {
    id: i64,
    activity_id: i64,
    host: String,
    inbox: String,
    tries: i64,
    expires_at: Timestamp,
}

#[derive(Clone, Debug, sqlx::FromRow)]
struct Letter {
    id: i64,
    account_id: AccountId,
    /// Shared by all who send it at the same time.
    #[sqlx(try_from = "String")]
    body: Bytes,
    followers_header: bool,
}

/// What became of one try.
struct Outcome {
    due: Due,
    result: Sent,
}

enum Sent {
    Delivered(Scheme),
    /// They said no for good.
    Refused(u16, String),
    /// Try this one again after so many milliseconds.
    Later(Option<u16>, String, i64),
    /// The host does not answer: everything for it waits.
    HostDown(Option<u16>, String),
    /// Not tried, because the host did not answer another one.
    Untried,
}

/// Delivers what is due and returns how many were delivered once nothing is due or under way. Tests step the loop with it.
pub async fn deliver_due(app: &App) -> Result<usize> {
    let mut flight = Flight::new();
    let mut delivered = 0;
    loop {
        flight.take_off(app).await?;
        match flight.next(app).await {
            Some(first) => delivered += flight.land(app, first).await?,
            None => return Ok(delivered),
        }
    }
}

/// Delivers until the node stops; `poll` bounds how long a due delivery waits when no bell rang.
pub async fn run(app: &App, poll: Duration) -> Result<()> {
    let mut flight = Flight::new();
    let mut tick = tokio::time::interval(poll);
    while !app.stopping.is_cancelled() {
        flight.take_off(app).await?;
        // A bell breaks off the waiting only, never the writing down of what was delivered.
        tokio::select! {
            () = app.wake.delivery.notified() => {}
            () = app.stopping.cancelled() => {}
            _ = tick.tick() => {}
            Some(first) = flight.next(app) => drop(flight.land(app, first).await?),
        }
    }
    // What was begun is finished; what was not is given back.
    while let Some(first) = flight.next(app).await {
        flight.land(app, first).await?;
    }
    Ok(())
}

/// Deliveries under way: a task for each host, so that they go on while results are written down (they hold connections that the writing may
/// wait for). What is claimed while a host is spoken to waits for its turn there, on the same connection. The tasks end with the flight.
struct Flight {
    hosts: JoinSet<(String, UnboundedReceiver<Batch>)>,
    waiting: HashMap<String, UnboundedSender<Batch>>,
    under_way: usize,
    landed: UnboundedReceiver<Outcome>,
    landing: UnboundedSender<Outcome>,
}

/// One host's part of a claim.
struct Batch {
    scheme: Scheme,
    dues: Vec<Due>,
    letters: Arc<HashMap<i64, Letter>>,
    /// What is not begun by then is given back, because the lease ends.
    last_start: Timestamp,
}

impl Flight {
    fn new() -> Self {
        let (landing, landed) = unbounded_channel();
        Self { hosts: JoinSet::new(), waiting: HashMap::new(), under_way: 0, landed, landing }
    }

    async fn take_off(&mut self, app: &App) -> Result<()> {
        if self.hosts.len() >= MAX_HOSTS || self.under_way >= MAX_UNDER_WAY {
            return Ok(());
        }
        let last_start = app.now().plus(LEASE - LONGEST_TRY);
        let (by_host, letters, hosts) = claim(app).await?;
        for (host, dues) in by_host {
            let scheme = match hosts.get(&host).map(|h| h.scheme.as_str()) {
                Some("rfc9421") => Scheme::Rfc9421,
                _ => Scheme::Cavage,
            };
            self.under_way += dues.len();
            self.board(app, host, Batch { scheme, dues, letters: letters.clone(), last_start });
        }
        Ok(())
    }

    /// Hands a batch to the host's task, or begins one.
    fn board(&mut self, app: &App, host: String, mut batch: Batch) {
        if let Some(waiting) = self.waiting.get(&host) {
            match waiting.send(batch) {
                Ok(()) => return,
                Err(SendError(refused)) => batch = refused,
            }
        }
        let (sender, batches) = unbounded_channel();
        let _ = sender.send(batch); // its receiver is here
        self.waiting.insert(host.clone(), sender);
        self.speak(app, host, batches);
    }

    fn speak(&mut self, app: &App, host: String, mut batches: UnboundedReceiver<Batch>) {
        let (app, landing) = (app.clone(), self.landing.clone());
        self.hosts.spawn(async move {
            let down = AtomicBool::new(false);
            while let Ok(batch) = batches.try_recv() {
                to_host(&app, batch, &down, &landing).await;
            }
            (host, batches)
        });
    }

    /// The next result; `None` when nothing is under way.
    async fn next(&mut self, app: &App) -> Option<Outcome> {
        loop {
            tokio::select! {
                biased;
                outcome = self.landed.recv() => return outcome,
                ended = self.hosts.join_next() => match ended {
                    // Something was handed to it after its last look.
                    Some(Ok((host, batches))) if !batches.is_empty() => self.speak(app, host, batches),
                    Some(Ok((host, _))) => drop(self.waiting.remove(&host)),
                    Some(Err(error)) => tracing::error!(%error, "delivering to a host broke off"),
                    None => {
                        self.under_way = 0;
                        return self.landed.try_recv().ok();
                    }
                }
            }
        }
    }

    /// Gathers what else lands in the same moment, and writes all results in one transaction: soon, so that a sudden end of the process
    /// repeats little, but not one by one.
    async fn land(&mut self, app: &App, first: Outcome) -> Result<usize> {
        let mut landed = vec![first];
        let moment = tokio::time::Instant::now() + MOMENT;
        while landed.len() < LANDING {
            match tokio::time::timeout_at(moment, self.next(app)).await {
                Ok(Some(outcome)) => landed.push(outcome),
                Ok(None) | Err(_) => break,
            }
        }
        self.under_way = self.under_way.saturating_sub(landed.len());
        record(app, landed.iter()).await
    }
}

type Claimed = (BTreeMap<String, Vec<Due>>, Arc<HashMap<i64, Letter>>, HashMap<String, HostRow>);

/// Leases what is due. A delivery waits while an earlier one of its lane to the same inbox is not done. The outer condition is checked again on the locked row, so
/// that two processes never take the same.
///
/// Written so that no plan is bad: `PostgreSQL` often believes that hardly anything waits, because most deliveries are gone soon, and would join
/// the queue with itself (28 s for 10,000 rows, where this takes 16 ms).
async fn claim(app: &App) -> Result<Claimed> {
    let now = app.now();
    let mut tx = app.db.read().await?;
    let any: Option<(i64,)> = fetch_optional!(
        &mut tx,
        sqlx::query_as(
            "SELECT id FROM delivery WHERE state = 'waiting' AND next_at <= $1 AND lease_until <= $1 LIMIT 1"
        )
        .bind(now)
    );
    drop(tx);
    if any.is_none() {
        return Ok(Default::default());
    }
    let mut tx = app.db.begin().await?;
    let mut dues: Vec<Due> = fetch_all!(
        &mut tx,
        sqlx::query_as(
            "WITH due AS MATERIALIZED (
                 SELECT d.id FROM delivery d
                 WHERE d.state = 'waiting' AND d.next_at <= $2 AND d.lease_until <= $2
                   AND d.id = (SELECT MIN(e.id) FROM delivery e
                               WHERE e.host = d.host AND e.lane = d.lane AND e.inbox = d.inbox AND e.state <> 'dead')
                 ORDER BY d.next_at, d.id LIMIT $3)
             UPDATE delivery SET lease_until = $1, tries = tries + 1
             WHERE state <> 'dead' AND lease_until <= $2 AND id IN (SELECT id FROM due)
             RETURNING id, activity_id, host, inbox, tries, expires_at"
        )
        .bind(now.plus(LEASE))
        .bind(now)
        .bind(CLAIM)
    );
    if dues.is_empty() {
        return Ok(Default::default()); // it waits for an earlier one of its lane
    }
    dues.sort_by_key(|d| d.id);
    let letters = letters(&mut tx, &dues).await?;
    let names: Vec<String> = dues.iter().map(|d| d.host.clone()).collect();
    let hosts = hosts::by_names(&mut tx, &names).await?;
    tx.commit().await?;
    let mut by_host = BTreeMap::<String, Vec<Due>>::new();
    for due in dues {
        by_host.entry(due.host.clone()).or_default().push(due);
    }
    Ok((by_host, Arc::new(letters), hosts))
}

async fn letters(tx: &mut Tx, dues: &[Due]) -> Result<HashMap<i64, Letter>> {
    let mut ids: Vec<i64> = dues.iter().map(|d| d.activity_id).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Letter> = fetch_in!(
        tx,
        "SELECT id, account_id, body, followers_header FROM activity WHERE id IN",
        &ids,
        ""
    );
    Ok(rows.into_iter().map(|l| (l.id, l)).collect())
}

/// One host's deliveries, at most four at a time; after the first sign that the host is down the rest is left for later, and so is what a slow
/// host leaves no time for.
async fn to_host(
    app: &App,
    Batch { scheme, dues, letters, last_start }: Batch,
    down: &AtomicBool,
    landing: &UnboundedSender<Outcome>,
) {
    let at_once = (dues.len() / WORTH_A_CONNECTION).clamp(1, PER_HOST);
    let letters = &letters;
    let each = stream::iter(dues).for_each_concurrent(at_once, |due| async move {
        let result = match letters.get(&due.activity_id) {
            _ if down.load(Ordering::Relaxed)
                || app.now() > last_start
                || app.stopping.is_cancelled() =>
            {
                Sent::Untried
            }
            None => Sent::Refused(0, "the activity is gone".into()),
            Some(letter) => post(app, scheme, &due, letter).await,
        };
        if matches!(result, Sent::HostDown(..)) {
            down.store(true, Ordering::Relaxed);
        }
        let _ = landing.send(Outcome { due, result }); // nobody listens any more when the process stops
    });
    each.await;
}

/// Signs and posts; on 400 and 401 once more with the other signature scheme.
async fn post(app: &App, first: Scheme, due: &Due, letter: &Letter) -> Sent {
    let second = if first == Scheme::Cavage { Scheme::Rfc9421 } else { Scheme::Cavage };
    let begun = app.now();
    let mut last = Sent::Untried;
    for scheme in [first, second] {
        let mut answer = try_post(app, scheme, due, letter).await;
        // The other side may have closed a connection that was kept open, which is no sign of trouble; that a new one fails is.
        if matches!(answer, Err(Error::Unavailable(_))) && app.now() < begun.plus(SECOND) {
            answer = try_post(app, scheme, due, letter).await;
        }
        let verdict = match answer {
            Ok(response) => judge(&response, scheme, due.tries),
            Err(e) => return trouble(e),
        };
        // They could not check the first one, maybe because our key could not be fetched; that they do not know the other one settles nothing.
        let is_undecided = matches!(last, Sent::Later(Some(401), ..));
        if is_undecided && matches!(verdict, Sent::Refused(code, _) if code != 410) {
            return last;
        }
        last = verdict;
        if !matches!(last, Sent::Refused(400, _) | Sent::Later(Some(401), ..)) {
            break;
        }
    }
    last
}

fn trouble(error: Error) -> Sent {
    match error {
        Error::Unavailable(words) => Sent::HostDown(None, words),
        Error::NotFound => Sent::Refused(0, "the sender's keys are gone".into()),
        Error::Malformed(words) => Sent::Refused(0, words),
        other => Sent::Later(None, other.to_string(), MINUTE),
    }
}

struct Answer {
    status: StatusCode,
    retry_after: Option<i64>,
    words: String,
}

async fn try_post(app: &App, scheme: Scheme, due: &Due, letter: &Letter) -> Result<Answer> {
    let url = app.reach.check(&due.inbox)?;
    let signer = signer::of(app, letter.account_id).await?;
    let synchronization = if letter.followers_header {
        followers_header(app, letter.account_id, &due.inbox).await?
    } else {
        None
    };
    let extra: Vec<_> = synchronization
        .iter()
        .map(|value| (HeaderName::from_static("collection-synchronization"), value.as_str()))
        .collect();
    let outgoing =
        Outgoing { method: &Method::POST, url: &url, body: Some(&letter.body), extra: &extra };
    let headers = signature::sign(scheme, &signer.signing, &outgoing, app.now().system_time())
        .map_err(|e| Error::Internal(e.to_string()))?;
    let request = app.http.post(url).headers(headers).body(letter.body.clone());
    let mut response = request.send().await.map_err(|e| fetch::unreachable_host(&e))?;
    let status = response.status();
    let retry_after = response
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|v| v.to_str().ok()?.parse::<i64>().ok())
        .map(|s| s.clamp(1, 86_400) * 1_000);
    let mut body = Vec::new();
    while body.len() < MAX_ANSWER
        && let Ok(Some(chunk)) = response.chunk().await
    {
        body.extend_from_slice(&chunk);
    }
    let words =
        String::from_utf8_lossy(body.get(..200.min(body.len())).unwrap_or_default()).into_owned();
    Ok(Answer { status, retry_after, words })
}

/// 2xx is delivered. 4xx is final except 401, 408 and 429, and so is 501. 502–504 speak for the whole host. We follow no redirect (what is signed
/// is signed for this address), but it may lead to a page about maintenance, so that it is no refusal.
fn judge(answer: &Answer, scheme: Scheme, tries: i64) -> Sent {
    let code = answer.status.as_u16();
    let words = format!("{} {}", answer.status, answer.words.trim());
    match code {
        200..=299 => Sent::Delivered(scheme),
        502..=504 => Sent::HostDown(Some(code), words),
        300..=399 | 401 | 408 | 429 | 500 | 505..=599 => {
            let pause = answer.retry_after.unwrap_or_else(|| hosts::pause(tries));
            Sent::Later(Some(code), words, pause)
        }
        _ => Sent::Refused(code, words),
    }
}

/// The `Collection-Synchronization` header of FEP-8fcf for the followers that the account has on the server of `inbox`.
/// <https://codeberg.org/fediverse/fep/src/branch/main/fep/8fcf/fep-8fcf.md>
async fn followers_header(app: &App, account: AccountId, inbox: &str) -> Result<Option<String>> {
    let mut tx = app.db.read().await?;
    let row: Option<(Option<String>, String)> = fetch_optional!(
        &mut tx,
        sqlx::query_as("SELECT followers_uri, uri FROM account WHERE id = $1").bind(account)
    );
    let Some((Some(followers), uri)) = row else { return Ok(None) };
    let uris = followers_on(&mut tx, account, inbox).await?;
    let digest = digest_of(uris.iter().map(String::as_str));
    Ok(Some(format!(
        r#"collectionId="{followers}", url="{uri}/followers_synchronization", digest="{digest}""#
    )))
}

/// The accepted followers of a local account on the server of `address`: by their ids, because a handle may end in another host.
pub async fn followers_on(tx: &mut Tx, account: AccountId, address: &str) -> Result<Vec<String>> {
    let server = outbound::beginning(address).unwrap_or_default();
    let rows: Vec<(String,)> = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT a.uri FROM follow f JOIN account a ON a.id = f.follower_id
             WHERE f.followee_id = $1 AND f.state = 'accepted'
               AND SUBSTR(LOWER(a.uri) || '/', 1, LENGTH($2)) = $2 ORDER BY a.uri"
        )
        .bind(account)
        .bind(server)
    );
    Ok(rows.into_iter().map(|(uri,)| uri).collect())
}

/// XOR of the SHA-256 of each id, in hex.
pub fn digest_of<'a>(uris: impl Iterator<Item = &'a str>) -> String {
    let mut sum = [0_u8; 32];
    for uri in uris {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, uri.as_bytes());
        for (s, d) in sum.iter_mut().zip(digest.as_ref()) {
            *s ^= d;
        }
    }
    ids::hex(&sum)
}

/// Writes what became of each try; returns how many were delivered.
async fn record(app: &App, outcomes: impl Iterator<Item = &Outcome>) -> Result<usize> {
    let now = app.now();
    let (mut done, mut untried) = (Vec::new(), Vec::new());
    let mut up = BTreeMap::new();
    let mut down = BTreeMap::new();
    let mut tx = app.db.begin().await?;
    for Outcome { due, result } in outcomes {
        match result {
            Sent::Delivered(scheme) => {
                done.push(due.id);
                up.insert(due.host.as_str(), *scheme);
            }
            Sent::Untried => untried.push(due.id),
            Sent::HostDown(status, words) => {
                down.insert(due.host.as_str(), words.as_str());
                set_aside(&mut tx, due, *status, words, now, now.plus(hosts::pause(due.tries)))
                    .await?;
            }
            Sent::Later(status, words, pause) => {
                set_aside(&mut tx, due, *status, words, now, now.plus(*pause)).await?;
            }
            Sent::Refused(status, words) => give_up(&mut tx, due.id, Some(*status), words).await?,
        }
    }
    remove(&mut tx, &done).await?;
    release(&mut tx, &untried).await?;
    note_up(app, &mut tx, &up, now).await?;
    for (host, words) in down {
        tracing::info!(host, words, "host does not answer");
        hosts::note_failure(&mut tx, host, words, now).await?;
        app.seen_hosts.invalidate(host);
        give_up_the_old(&mut tx, host, words, now).await?;
        hold_back(&mut tx, host).await?;
    }
    tx.commit().await?;
    metrics::counter!("tsudoi_deliveries_total").increment(u64::try_from(done.len()).unwrap_or(0));
    Ok(done.len())
}

/// A host that has been well is not written down again for a minute.
async fn note_up(
    app: &App,
    tx: &mut Tx,
    up: &BTreeMap<&str, Scheme>,
    now: Timestamp,
) -> Result<()> {
    if up.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = up.keys().map(|&host| host.to_owned()).collect();
    let known = hosts::by_names(tx, &names).await?;
    for (&host, scheme) in up {
        let name = if *scheme == Scheme::Rfc9421 { "rfc9421" } else { "cavage" };
        let fresh = known.get(host).is_some_and(|h| {
            h.fails == 0 && h.scheme == name && h.last_ok_at.is_some_and(|t| t.plus(MINUTE) > now)
        });
        if !fresh {
            hosts::note_success(tx, host, name, now).await?;
            tx.rings(&app.wake.delivery);
        }
    }
    Ok(())
}

async fn set_aside(
    tx: &mut Tx,
    due: &Due,
    status: Option<u16>,
    words: &str,
    now: Timestamp,
    next: Timestamp,
) -> Result<()> {
    if due.expires_at <= now {
        return give_up(tx, due.id, status, words).await;
    }
    execute!(
        tx,
        sqlx::query(
            "UPDATE delivery SET lease_until = 0, next_at = $2, last_status = $3, last_error = $4 WHERE id = $1"
        )
        .bind(due.id)
        .bind(next)
        .bind(status.map(i64::from))
        .bind(words)
    );
    Ok(())
}

async fn give_up(tx: &mut Tx, id: i64, status: Option<u16>, words: &str) -> Result<()> {
    tracing::warn!(delivery = id, status, words, "delivery given up");
    execute!(
        tx,
        sqlx::query(
            "UPDATE delivery SET state = 'dead', last_status = $2, last_error = $3 WHERE id = $1"
        )
        .bind(id)
        .bind(status.map(i64::from))
        .bind(words)
    );
    Ok(())
}

async fn remove(tx: &mut Tx, ids: &[i64]) -> Result<()> {
    execute_in!(tx, "DELETE FROM delivery WHERE id IN", ids);
    Ok(())
}

/// Gives claims back: the tries did not take place. Where the host is down, they wait with the others.
async fn release(tx: &mut Tx, ids: &[i64]) -> Result<()> {
    execute_in!(
        tx,
        "UPDATE delivery SET lease_until = 0, tries = tries - 1, next_at = COALESCE(
             (SELECT h.next_at FROM host h WHERE h.host = delivery.host AND h.next_at > delivery.next_at), next_at)
         WHERE id IN",
        ids
    );
    Ok(())
}

/// What has waited for a host long enough is given up, whether its own turn to be tried came or not.
async fn give_up_the_old(tx: &mut Tx, host: &str, words: &str, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE delivery SET state = 'dead', last_error = $2
             WHERE host = $1 AND state = 'waiting' AND lease_until = 0 AND expires_at <= $3"
        )
        .bind(host)
        .bind(words)
        .bind(now)
    );
    Ok(())
}

/// Everything for a host that is down waits until the host's next try, so that the loop does not walk over it again and again.
async fn hold_back(tx: &mut Tx, host: &str) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE delivery SET next_at = (SELECT h.next_at FROM host h WHERE h.host = $1)
             WHERE host = $1 AND state = 'waiting' AND lease_until = 0"
        )
        .bind(host)
    );
    Ok(())
}

/// A delivery that was given up, for the admin page.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct DeadLetter {
    pub id: i64,
    pub host: String,
    pub inbox: String,
    pub uri: String,
    pub tries: i64,
    pub last_status: Option<i64>,
    pub last_error: Option<String>,
}

/// The newest dead letters.
pub async fn dead_letters(tx: &mut Tx, limit: i64) -> Result<Vec<DeadLetter>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT d.id, d.host, d.inbox, a.uri, d.tries, d.last_status, d.last_error
             FROM delivery d JOIN activity a ON a.id = d.activity_id
             WHERE d.state = 'dead' ORDER BY d.id DESC LIMIT $1"
        )
        .bind(limit)
    ))
}

/// What the sender said about the object of a lane and was refused is not said again later: it is about to be taken back.
pub async fn forget_dead(tx: &mut Tx, sender: AccountId, lane: &str) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "DELETE FROM delivery WHERE state = 'dead' AND lane = $2
               AND EXISTS (SELECT 1 FROM activity a WHERE a.id = delivery.activity_id AND a.account_id = $1)"
        )
        .bind(sender)
        .bind(lane)
    );
    Ok(())
}

/// An admin asks to try a dead letter once more, for as long as usual.
pub async fn revive(tx: &mut Tx, id: i64, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE delivery SET state = 'waiting', next_at = $2, lease_until = 0, tries = 0, expires_at = $3
             WHERE id = $1 AND state = 'dead'"
        )
        .bind(id)
        .bind(now)
        .bind(now.plus(Patience::Usual.lasts()))
    );
    Ok(())
}

/// An admin asks to try every dead letter once more, for as long as usual.
pub async fn revive_all(tx: &mut Tx, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE delivery SET state = 'waiting', next_at = $1, lease_until = 0, tries = 0, expires_at = $2
             WHERE state = 'dead'"
        )
        .bind(now)
        .bind(now.plus(Patience::Usual.lasts()))
    );
    Ok(())
}

/// How far delivery lags, for `/metrics` and the admin page: per host, what waits and since when.
pub async fn backlog(tx: &mut Tx, limit: i64) -> Result<Vec<(String, i64, Timestamp)>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT d.host, COUNT(*), CAST(MIN(a.created_at) AS BIGINT) FROM delivery d
             JOIN activity a ON a.id = d.activity_id WHERE d.state = 'waiting'
             GROUP BY d.host ORDER BY MIN(a.created_at) LIMIT $1"
        )
        .bind(limit)
    ))
}

/// Activities older than `before` with nothing left to deliver are no longer needed.
pub async fn forget_delivered(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    Ok(execute!(
        tx,
        sqlx::query(
            "DELETE FROM activity WHERE created_at < $1
               AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.activity_id = activity.id)"
        )
        .bind(before)
    ))
}

/// What waits, what was given up, and since when the oldest waits: for `/metrics`.
pub async fn totals(tx: &mut Tx) -> Result<(i64, i64, Option<Timestamp>)> {
    Ok(crate::fetch_one!(
        tx,
        sqlx::query_as(
            "SELECT (SELECT COUNT(*) FROM delivery WHERE state = 'waiting'),
                    (SELECT COUNT(*) FROM delivery WHERE state = 'dead'),
                    (SELECT CAST(MIN(a.created_at) AS BIGINT) FROM activity a
                     JOIN delivery d ON d.activity_id = a.id WHERE d.state = 'waiting')"
        )
    ))
}
