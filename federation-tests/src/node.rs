//! A whole node in this process: its own port, data directory and database, no loops.
use crate::{
    Answer, Member, Network, Reply, database::Database, invariants::Books, keys, line::Line,
    network::Home,
};
use axum::{
    extract::{Request, State},
    middleware::{self, Next},
    response::Response,
};
use reqwest::Method;
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::oneshot, task::JoinSet};
use tsudoi::{
    accounts::{
        actions::{
            create,
            tokens::{self, NewToken},
        },
        types::{Account, MemberState, Role},
    },
    app::App,
    config::{Config, Domain, Signup, Switch},
    error::Result,
    federation::delivery::{self, DeadLetter},
    fetch_all, fetch_one, fetch_optional,
    ids::AccountId,
    inbox::apply,
    jobs,
    mail::EmailAddress,
    posts::{self, actions::digest, types::Post},
    remote,
    scopes::Scopes,
    server,
    text::{Lang, LocalName},
};

#[derive(Clone)]
pub struct Node(Arc<Inner>);

struct Inner {
    /// The door for what the client API has no word for.
    app: App,
    net: Network,
    address: SocketAddr,
    server: Mutex<Option<Server>>,
    _line: Option<Line>,
    tampering: Arc<Mutex<Tampering>>,
    database: Arc<Database>,
    directory: Arc<TempDir>,
}

/// What a backup of a node holds: its database at one moment.
pub struct Backup {
    database: Arc<Database>,
    file: TempDir,
}

/// What becomes of requests to one path of a node.
#[derive(Clone, Default)]
pub enum Tampering {
    #[default]
    None,
    /// Somebody else answers in the node's place.
    Taken(&'static str, Reply),
    /// The node hears and answers, and another answer arrives.
    Garbled(&'static str, Reply),
}

struct Server {
    stop: oneshot::Sender<()>,
    tasks: JoinSet<()>,
}

impl Node {
    pub(crate) async fn start(
        net: &Network,
        name: &str,
        line: Option<&Line>,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let mut listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        if let Some(line) = line {
            let inside = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let outside = std::mem::replace(&mut listener, inside);
            line.leads(outside, listener.local_addr().unwrap());
        }
        let address = listener.local_addr().unwrap();
        let directory = Arc::new(tempfile::tempdir().unwrap());
        let database = Arc::new(Database::fresh().await);
        let mut config = Config {
            domain: Domain::try_from(format!("{name}.localhost:{port}")).unwrap(),
            bind: address,
            data_dir: directory.path().to_owned(),
            database_url: database.url.clone(),
            rate_limits: Switch::Off,
            signup: Signup::Open,
            ..Config::default()
        };
        change(&mut config);
        Self::open(net, line, listener, config, database, directory).await
    }

    async fn open(
        net: &Network,
        line: Option<&Line>,
        listener: TcpListener,
        config: Config,
        database: Arc<Database>,
        directory: Arc<TempDir>,
    ) -> Self {
        let address = config.bind;
        let app = App::open(config, net.clock.clone()).await.unwrap();
        server::prepare(&app).await.unwrap();
        let home = Home {
            host: app.host().to_owned(),
            data_dir: app.config.data_dir.clone(),
            database: database.clone(),
            _directory: directory.clone(),
        };
        net.keeps(home);
        let net = net.clone();
        let inner = Inner {
            app,
            net,
            address,
            server: Mutex::new(None),
            tampering: Arc::default(),
            _line: line.cloned(),
            database,
            directory,
        };
        let node = Self(Arc::new(inner));
        node.serve(listener);
        node
    }

    /// The process ends.
    pub async fn stops(&self) {
        self.goes_down().await;
        self.0.app.db.close().await;
    }

    /// A stopped node starts again, as a new process.
    pub async fn starts(&self) -> Self {
        self.starts_on(self.0.database.clone()).await
    }

    /// A copy of a stopped node's data.
    pub async fn backup(&self) -> Backup {
        let file = tempfile::tempdir().unwrap();
        let copied = self.0.database.copied(self.0.directory.path(), file.path()).await;
        Backup { database: Arc::new(copied), file }
    }

    /// A stopped node starts on a copy of its data.
    pub async fn starts_from(&self, backup: &Backup) -> Self {
        backup.database.put_back(backup.file.path(), self.0.directory.path());
        self.starts_on(backup.database.clone()).await
    }

    /// Nothing but the database remembers how often the node was started.
    pub fn forgets_its_starts(&self) {
        std::fs::remove_file(self.0.directory.path().join("starts")).unwrap();
    }

    async fn starts_on(&self, database: Arc<Database>) -> Self {
        let Inner { app, net, directory, address, .. } = &*self.0;
        let listener = TcpListener::bind(address).await.unwrap();
        let config = Config { database_url: database.url.clone(), ..app.config.clone() };
        Self::open(net, None, listener, config, database, directory.clone()).await
    }

    fn serve(&self, listener: TcpListener) {
        let router = server::router(&self.0.app)
            .layer(middleware::from_fn_with_state(self.0.tampering.clone(), tampered));
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let (stop, stopped) = oneshot::channel();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let stopped = async { drop(stopped.await) };
            axum::serve(listener, service).with_graceful_shutdown(stopped).await.unwrap();
        });
        *self.0.server.lock().unwrap() = Some(Server { stop, tasks });
    }

    /// Nobody listens at the node's port any more.
    pub async fn goes_down(&self) {
        let Server { stop, mut tasks } = self.0.server.lock().unwrap().take().unwrap();
        stop.send(()).unwrap();
        while tasks.join_next().await.is_some() {}
    }

    pub async fn comes_back(&self) {
        self.serve(TcpListener::bind(self.0.address).await.unwrap());
    }

    /// What becomes of requests from now on.
    pub fn tampers(&self, tampering: Tampering) {
        *self.0.tampering.lock().unwrap() = tampering;
    }

    /// A second process of the same node: nothing is shared but the database and the clock.
    pub async fn second_process(&self) -> App {
        App::open(self.0.app.config.clone(), self.0.net.clock.clone()).await.unwrap()
    }

    pub fn app(&self) -> &App {
        &self.0.app
    }

    pub fn net(&self) -> &Network {
        &self.0.net
    }

    /// What the node has written down.
    pub(crate) fn books(&self) -> Books {
        let app = &self.0.app;
        let (db, data_dir) = (app.db.clone(), app.config.data_dir.clone());
        Books { host: app.host().to_owned(), db, data_dir }
    }

    /// `NAME.localhost:PORT`.
    pub fn host(&self) -> &str {
        self.0.app.host()
    }

    pub fn url(&self, path: &str) -> String {
        self.0.app.url(path)
    }

    /// Delivers what is due; how many deliveries succeeded.
    pub async fn deliver(&self) -> usize {
        delivery::deliver_due(&self.0.app).await.unwrap()
    }

    /// Speaks to the peers of its network for whom something is due; how much moved.
    pub async fn speak(&self) -> usize {
        jobs::speak(&self.0.app).await.unwrap()
    }

    /// Applies what has arrived; how many activities were looked at.
    pub async fn apply(&self) -> usize {
        apply::apply_due(&self.0.app).await.unwrap()
    }

    /// Fetches what is wanted; how many fetches were tried.
    pub async fn fetch(&self) -> usize {
        remote::fetch_due(&self.0.app).await.unwrap()
    }

    /// Sends what is due to push services; how many messages are no longer under way.
    pub async fn pushes(&self) -> usize {
        tsudoi::mastodon::push::send_due(&self.0.app).await.unwrap()
    }

    /// Says how polls stand, and ends those whose time is over; how many had news.
    pub async fn count_polls(&self) -> usize {
        jobs::count_polls(&self.0.app).await.unwrap()
    }

    /// Says what came late, if nothing more has come for a while; how many posts that were.
    pub async fn digests(&self) -> u64 {
        digest::say_late(&self.0.app).await.unwrap()
    }

    /// A new member who can act at once.
    pub async fn member(&self, name: &str) -> Member {
        self.0.net.tick();
        let app = &self.0.app;
        let new = create::NewMember {
            name: LocalName::parse(name).unwrap(),
            display_name: String::new(),
            email: EmailAddress::parse(&format!("{name}@mail.example")).unwrap(),
            password_hash: None,
            role: Role::Member,
            state: MemberState::Active,
            reason: String::new(),
            lang: Lang::default(),
        };
        let mut tx = app.db.begin().await.unwrap();
        let account = create::create_member(app, &mut tx, new, &keys::shared()).await.unwrap();
        let all = NewToken { label: "test".into(), app: None, scopes: Scopes::all() };
        let token = tokens::issue(app, &mut tx, account.id, &all).await.unwrap();
        tx.commit().await.unwrap();
        Member::new(self.clone(), &account, token)
    }

    /// An unsigned GET, as a browser or a server that does not sign would send it.
    pub async fn get(&self, path: &str, accept: &str) -> Answer {
        let request = self.0.net.http.request(Method::GET, self.url(path)).header("accept", accept);
        Answer::of(request.send().await.unwrap()).await
    }

    /// An unsigned GET of a document.
    pub async fn document(&self, path: &str) -> Answer {
        self.get(path, "application/activity+json").await
    }

    /// The node's copy of an account.
    pub async fn account(&self, uri: &str) -> Option<Account> {
        let mut tx = self.0.app.db.read().await.unwrap();
        tsudoi::accounts::queries::by_uri(&mut tx, uri).await.unwrap()
    }

    /// The node's copy of a post that is not deleted.
    pub async fn post(&self, uri: &str) -> Option<Post> {
        let mut tx = self.0.app.db.read().await.unwrap();
        posts::queries::by_uri(&mut tx, uri).await.unwrap().filter(|p| !p.is_gone())
    }

    pub async fn pinned(&self, account: AccountId) -> Vec<String> {
        let mut tx = self.0.app.db.read().await.unwrap();
        let pinned = posts::queries::pinned(&mut tx, account).await.unwrap();
        pinned.into_iter().map(|p| p.uri).collect()
    }

    pub async fn dead_letters(&self) -> Vec<DeadLetter> {
        let mut tx = self.0.app.db.read().await.unwrap();
        delivery::dead_letters(&mut tx, 100).await.unwrap()
    }

    /// How many deliveries wait, due or not.
    pub async fn waiting(&self) -> i64 {
        let mut tx = self.0.app.db.read().await.unwrap();
        delivery::totals(&mut tx).await.unwrap().0
    }

    /// What became of an activity that was sent here: `waiting`, `done`, `ignored` or `failed`. `None`: it never came in.
    pub async fn fate(&self, activity_id: &str) -> Option<String> {
        self.fate_and_reason(activity_id).await.map(|(state, _)| state)
    }

    pub async fn fate_and_reason(&self, activity_id: &str) -> Option<(String, String)> {
        fate(&self.0.app, activity_id).await.unwrap()
    }

    /// How many activities were ever taken in.
    pub async fn arrivals(&self) -> i64 {
        arrivals(&self.0.app).await.unwrap().0
    }

    /// The addresses of all posts that are not deleted, in the order of their ids.
    pub async fn posts(&self) -> Vec<String> {
        post_uris(&self.0.app).await.unwrap().into_iter().map(|(uri,)| uri).collect()
    }
}

async fn tampered(
    State(tampering): State<Arc<Mutex<Tampering>>>,
    request: Request,
    next: Next,
) -> Response {
    let tampering = tampering.lock().unwrap().clone();
    match tampering {
        Tampering::Taken(path, reply) if request.uri().path() == path => reply.response(),
        Tampering::Garbled(path, reply) if request.uri().path() == path => {
            next.run(request).await;
            reply.response()
        }
        _ => next.run(request).await,
    }
}

async fn fate(app: &App, activity_id: &str) -> Result<Option<(String, String)>> {
    let mut tx = app.db.read().await?;
    let sql = "SELECT state, COALESCE(reason, '') FROM inbound WHERE activity_id = $1";
    Ok(fetch_optional!(&mut tx, sqlx::query_as(sql).bind(activity_id)))
}

async fn arrivals(app: &App) -> Result<(i64,)> {
    let mut tx = app.db.read().await?;
    Ok(fetch_one!(&mut tx, sqlx::query_as("SELECT COUNT(*) FROM inbound")))
}

async fn post_uris(app: &App) -> Result<Vec<(String,)>> {
    let mut tx = app.db.read().await?;
    let sql = "SELECT uri FROM post WHERE deleted_at IS NULL ORDER BY id";
    Ok(fetch_all!(&mut tx, sqlx::query_as(sql)))
}
