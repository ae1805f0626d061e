//! What every door and every job shares.
use crate::{
    clock::{Clock, Timestamp},
    config::{Config, Switch},
    db::Db,
    error::{Error, Result},
    ids::{self, AccountId},
    mail::Mailer,
    media::{MediaStore, workshop::Workshop},
    outbound::{self, Reach},
    remembered::Remembered,
    roster::Membership,
    signatures::{
        keys::{ProofKey, PublicKey, SigningKey},
        vapid::Vapid,
    },
};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter, clock::DefaultClock,
    middleware::StateInformationMiddleware, state::keyed::DefaultKeyedStateStore,
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::{
    num::NonZeroU32,
    ops::Deref,
    sync::{Arc, LazyLock, atomic::AtomicBool},
    time::Duration,
};
use tokio::sync::{Notify, OnceCell, Semaphore, broadcast};
use tokio_util::sync::CancellationToken;

/// Copies of other servers' pictures that are fetched at the same time, because somebody looks at them.
const COPIES_AT_ONCE: usize = 8;

/// Counters are per process, as Prometheus expects them.
static METRICS: LazyLock<PrometheusHandle> = LazyLock::new(|| {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let _ = metrics::set_global_recorder(recorder); // somebody who embeds the node may have set one
    handle
});

/// The node. Cheap to clone; handlers and jobs hold it by reference.
#[derive(Clone)]
pub struct App(Arc<Inner>);

pub struct Inner {
    pub config: Config,
    pub db: Db,
    pub clock: Clock,
    pub mailer: Mailer,
    pub media: MediaStore,
    /// Other servers' pictures, under names made of their addresses.
    pub copies: MediaStore,
    /// Pictures of other member nodes that this one keeps for all, under their own names.
    pub originals: MediaStore,
    /// Which of the copies we have (the name) or could not get a moment ago (none).
    pub copied: moka::future::Cache<String, Option<String>>,
    /// Members' pictures are made here, and apart from them, so that neither waits for the other, copies of other servers' pictures.
    pub workshop: Workshop,
    pub copying: Workshop,
    /// Whoever fetches a copy for somebody who waits for it takes a turn until it is made: each holds a file in memory.
    pub copies_under_way: Semaphore,
    /// For requests to other servers: no redirects, addresses checked when connecting.
    pub http: reqwest::Client,
    pub reach: Reach,
    pub wake: Wake,
    /// This process started after so long that other servers may have given the node up, and they were not spoken to yet.
    pub was_away: AtomicBool,
    /// Accounts whose notifications or timeline changed, for pages that listen.
    pub live: broadcast::Sender<AccountId>,
    /// The process is about to end: streams must not keep it, and the loops take no more work.
    pub stopping: CancellationToken,
    pub keys: KeyCache,
    pub limits: Limits,
    /// Hosts that were found not blocked, and whose contact was noted, a moment ago: spares two look-ups for each activity.
    pub seen_hosts: moka::sync::Cache<String, ()>,
    /// The memberships (network and name) whose groups this process has seen to a while ago.
    pub groups_made: moka::sync::Cache<String, ()>,
    /// How the node presents itself.
    pub profile: Remembered<Arc<NodeProfile>>,
    /// The network that this node is a member of.
    pub membership: Remembered<Option<Arc<Membership>>>,
    /// The name under which it keeps its log, also when it is no member any more.
    pub log_name: Remembered<Option<Arc<str>>>,
    /// What is talked about (`posts::trends`).
    pub trends: Remembered<Arc<dyn std::any::Any + Send + Sync>>,
    /// The node's key for push services, once it was read.
    pub vapid: OnceCell<Arc<Vapid>>,
    pub metrics: PrometheusHandle,
    base_url: String,
}

impl Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

/// What the owner wrote about the node.
#[derive(Clone, Debug, Default)]
pub struct NodeProfile {
    pub name: String,
    pub chapter: String,
    pub description: String,
    /// The one-time set-up link has been used, or an owner was made by the command line.
    pub is_set_up: bool,
}

/// Bells for the loops: work was committed, look now. Missing one costs nothing but a second. Inside a transaction, see
/// [`Tx::rings`](crate::db::Tx::rings).
#[derive(Default)]
pub struct Wake {
    pub inbound: Arc<Notify>,
    pub delivery: Arc<Notify>,
    pub mail: Arc<Notify>,
    pub fetch: Arc<Notify>,
    pub network: Arc<Notify>,
    pub push: Arc<Notify>,
    /// For open streams: the one bell that rings in a process without jobs, too.
    pub live: Arc<Notify>,
}

/// A local account's keys, parsed once (0.4 ms).
pub struct Signer {
    pub signing: SigningKey,
    pub proof: ProofKey,
}

/// A remote key and whose it is.
#[derive(Clone)]
pub struct RemoteKey {
    pub actor: String,
    pub key: PublicKey,
}

/// Parsed keys. Both kinds are checked against the truth when they fail: our own never change, a remote one is fetched again.
pub struct KeyCache {
    pub local: moka::sync::Cache<AccountId, Arc<Signer>>,
    pub remote: moka::sync::Cache<String, Arc<RemoteKey>>,
    /// Keys that were fetched again a moment ago, so that a flood of bad signatures does not become a flood of fetches.
    pub refetched: moka::sync::Cache<String, ()>,
}

impl Default for KeyCache {
    fn default() -> Self {
        Self {
            local: moka::sync::Cache::new(2_000),
            remote: moka::sync::Cache::builder()
                .max_capacity(20_000)
                .time_to_live(Duration::from_secs(3_600))
                .build(),
            refetched: moka::sync::Cache::builder()
                .max_capacity(20_000)
                .time_to_live(Duration::from_secs(60))
                .build(),
        }
    }
}

/// What an address may still ask for.
#[derive(Clone, Copy, Debug)]
pub struct Left {
    /// Requests at once, and a minute.
    pub limit: u32,
    pub remaining: u32,
    /// When nothing is asked meanwhile all is back after this time, ms.
    pub whole_after: i64,
}

impl Left {
    fn of(quota: Quota, remaining: u32) -> Self {
        let limit = quota.burst_size().get();
        let missing = limit.saturating_sub(remaining);
        let whole_after = quota.replenish_interval().saturating_mul(missing).as_millis();
        Self { limit, remaining, whole_after: i64::try_from(whole_after).unwrap_or(i64::MAX) }
    }
}

/// Floods are refused per address, host or member. Counted per process: a second process doubles what is allowed, no more.
pub struct Limits {
    requests: Option<
        RateLimiter<
            String,
            DefaultKeyedStateStore<String>,
            DefaultClock,
            StateInformationMiddleware,
        >,
    >,
    sign_in: Option<DefaultKeyedRateLimiter<String>>,
    inbox: Option<DefaultKeyedRateLimiter<String>>,
    posts: Option<DefaultKeyedRateLimiter<AccountId>>,
    registrations: Option<DefaultKeyedRateLimiter<String>>,
    sign_ups: Option<DefaultKeyedRateLimiter<String>>,
}

impl Limits {
    fn new(config: &Config) -> Self {
        let on = config.rate_limits == Switch::On;
        let per_minute = |n: u32| Quota::per_minute(NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN));
        let per_hour = |n: u32| Quota::per_hour(NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN));
        let five = NonZeroU32::MIN.saturating_add(4);
        // One comes back after a fifth of the time.
        let five_in = |minutes: u64| {
            let period = Duration::from_secs(minutes * 60 / 5);
            Quota::with_period(period).unwrap_or(Quota::per_hour(five)).allow_burst(five)
        };
        Self {
            requests: on.then(|| {
                RateLimiter::keyed(per_minute(config.rate_limit_requests)).with_middleware()
            }),
            sign_in: on.then(|| RateLimiter::keyed(per_minute(config.rate_limit_sign_in))),
            inbox: on.then(|| RateLimiter::keyed(per_minute(config.rate_limit_inbox))),
            posts: on.then(|| RateLimiter::keyed(per_hour(config.rate_limit_posts))),
            registrations: on.then(|| RateLimiter::keyed(five_in(10))),
            sign_ups: on.then(|| RateLimiter::keyed(five_in(30))),
        }
    }

    /// Counts a request; `Ok(None)` where nothing is counted, an error where too many came.
    pub fn request(&self, address: &str) -> Result<Option<Left>, Left> {
        let Some(limiter) = &self.requests else { return Ok(None) };
        match limiter.check_key(&address.to_owned()) {
            Ok(now) => Ok(Some(Left::of(now.quota(), now.remaining_burst_capacity()))),
            Err(not_yet) => Err(Left::of(not_yet.quota(), 0)),
        }
    }

    pub fn sign_in(&self, address: &str) -> Result<()> {
        admit(self.sign_in.as_ref(), &address.to_owned())
    }

    /// Programs that one address registers: five in ten minutes.
    pub fn register(&self, address: &str) -> Result<()> {
        admit(self.registrations.as_ref(), &address.to_owned())
    }

    /// People whom programs at one address sign up: five in half an hour.
    pub fn sign_up(&self, address: &str) -> Result<()> {
        admit(self.sign_ups.as_ref(), &address.to_owned())
    }

    pub fn inbox(&self, host: &str) -> Result<()> {
        admit(self.inbox.as_ref(), &host.to_owned())
    }

    pub fn post(&self, member: AccountId) -> Result<()> {
        admit(self.posts.as_ref(), &member)
    }

    /// Forgets keys that have not been seen for a while.
    pub fn tidy_up(&self) {
        if let Some(limiter) = &self.requests {
            limiter.retain_recent();
        }
        let by_address = [&self.sign_in, &self.inbox, &self.registrations, &self.sign_ups];
        for limiter in by_address.into_iter().flatten() {
            limiter.retain_recent();
        }
        if let Some(limiter) = &self.posts {
            limiter.retain_recent();
        }
    }
}

fn admit<K: std::hash::Hash + Eq + Clone>(
    limiter: Option<&DefaultKeyedRateLimiter<K>>,
    key: &K,
) -> Result<()> {
    match limiter.map(|l| l.check_key(key)) {
        Some(Err(_)) => Err(Error::TooMany),
        _ => Ok(()),
    }
}

impl App {
    /// Opens everything a node needs. The clock is given, so that tests can move it.
    pub async fn open(config: Config, clock: Clock) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&config.data_dir)?;
        let db = Db::open(&config.database_url, &config.data_dir).await?;
        let reach = Reach::of(&config);
        let store =
            |folder| MediaStore::new(config.data_dir.join(folder), config.media_reserve_percent);
        Ok(Self(Arc::new(Inner {
            mailer: Mailer::new(&config, clock.clone())?,
            media: store("media"),
            copies: store("media/copies"),
            originals: store("media/originals"),
            copied: moka::future::Cache::builder()
                .max_capacity(20_000)
                .time_to_live(Duration::from_secs(300))
                .build(),
            workshop: Workshop::new(config.max_media_bytes),
            copying: Workshop::new(config.max_media_bytes),
            copies_under_way: Semaphore::new(COPIES_AT_ONCE),
            http: outbound::client(reach)?,
            reach,
            wake: Wake::default(),
            was_away: AtomicBool::new(false),
            live: broadcast::channel(1_024).0,
            stopping: CancellationToken::new(),
            keys: KeyCache::default(),
            limits: Limits::new(&config),
            seen_hosts: moka::sync::Cache::builder()
                .max_capacity(20_000)
                .time_to_live(Duration::from_secs(30))
                .build(),
            groups_made: moka::sync::Cache::builder()
                .max_capacity(10)
                .time_to_live(Duration::from_secs(3_600))
                .build(),
            profile: Remembered::default(),
            membership: Remembered::default(),
            log_name: Remembered::default(),
            trends: Remembered::lasting(Duration::from_secs(300)),
            vapid: OnceCell::new(),
            metrics: METRICS.clone(),
            base_url: config.base_url(),
            config,
            db,
            clock,
        })))
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new id that sorts now.
    pub fn next_id(&self) -> i64 {
        ids::new_id(self.now())
    }

    /// The public address of `path` (which begins with `/`).
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    /// The name of a file of our own media folder, by its address.
    pub fn own_file<'a>(&self, url: &'a str) -> Option<&'a str> {
        url.strip_prefix(&self.base_url)?.strip_prefix(&MediaStore::web_path(""))
    }

    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The host (and port) part of every local handle.
    pub fn host(&self) -> &str {
        self.config.domain.as_str()
    }

    /// True when `uri` is one of ours.
    pub fn is_local(&self, uri: &str) -> bool {
        uri.strip_prefix(&self.base_url)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
    }
}
