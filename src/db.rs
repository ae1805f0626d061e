//! The only door to the database: pools, transactions, and `run!`, which writes one portable query for both engines.
mod page;

pub use page::Page;

use crate::error::{Error, Result};
use sqlx::{
    ConnectOptions, Connection, PgConnection, PgPool, Postgres, Sqlite, SqliteConnection,
    SqlitePool, Transaction,
    migrate::Migrator,
    pool::PoolConnection,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    path::Path,
    str::FromStr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Notify, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

static PORTABLE: Migrator = sqlx::migrate!("./migrations");
static FOR_SQLITE: Migrator = sqlx::migrate!("./migrations/sqlite");
static FOR_POSTGRES: Migrator = sqlx::migrate!("./migrations/postgres");

/// An open database.
#[derive(Clone)]
pub struct Db {
    pools: Pools,
    changes: Arc<AtomicU64>,
}

/// `SQLite` has one writer and several readers; `PostgreSQL` one pool for both.
#[derive(Clone)]
enum Pools {
    Sqlite { writer: SqlitePool, readers: Arc<Readers> },
    Postgres(PgPool),
}

/// The connections that read `SQLite`. sqlx's pool asks a connection for a sign of life when it is taken and when it is given back; this one
/// does not, because a file does not hang up and the question costs as much as a small query.
struct Readers {
    connections: Mutex<Vec<Arc<tokio::sync::Mutex<SqliteConnection>>>>,
    turns: Arc<Semaphore>,
}

/// One of them, until it is dropped: the connection is free again before the turn ends, so that a turn always finds one.
struct Reader {
    connection: OwnedMutexGuard<SqliteConnection>,
    _turn: OwnedSemaphorePermit,
}

/// A reader waits for its statement most of the time, so that there are more of them than cores.
const READERS: u32 = 4;

/// A write transaction, or a connection that only reads.
pub struct Tx {
    on: On,
    changes: Arc<AtomicU64>,
    afterwards: Vec<Box<dyn FnOnce() + Send>>,
}

enum On {
    Sqlite(Transaction<'static, Sqlite>),
    SqliteRead(Reader),
    Postgres(Transaction<'static, Postgres>),
    PostgresRead(PoolConnection<Postgres>),
}

/// The connection of either engine; `run!` looks inside.
pub enum Conn<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

impl Db {
    /// Opens `url`, or `SQLite` in `data_dir` when `url` is empty, and brings the schema up to date.
    pub async fn open(url: &str, data_dir: &Path) -> Result<Self> {
        let pools = if url.is_empty() {
            Pools::open_sqlite(&data_dir.join("tsudoi.sqlite3")).await?
        } else {
            Pools::open_postgres(url).await?
        };
        Ok(Self { pools, changes: Arc::default() })
    }

    /// Starts a write transaction; `SQLite` takes its lock now, not at the first write.
    pub async fn begin(&self) -> Result<Tx> {
        let on = match &self.pools {
            Pools::Sqlite { writer, .. } => On::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Pools::Postgres(pool) => On::Postgres(pool.begin().await?),
        };
        Ok(Tx { on, changes: self.changes.clone(), afterwards: Vec::new() })
    }

    /// A connection for reading, outside any transaction.
    pub async fn read(&self) -> Result<Tx> {
        let on = match &self.pools {
            Pools::Sqlite { readers, .. } => On::SqliteRead(readers.take().await?),
            Pools::Postgres(pool) => On::PostgresRead(pool.acquire().await?),
        };
        Ok(Tx { on, changes: self.changes.clone(), afterwards: Vec::new() })
    }

    /// A number that is another one after each commit of this process: what was read before it changed may be out of date.
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    pub fn engine(&self) -> &'static str {
        match &self.pools {
            Pools::Sqlite { .. } => "SQLite",
            Pools::Postgres(_) => "PostgreSQL",
        }
    }

    /// Waits until all connections are given back and closed, so that nothing is cut off.
    pub async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

impl Pools {
    async fn open_sqlite(path: &Path) -> Result<Self> {
        let url = format!("sqlite://{}", path.display());
        // FULL: what a 2xx has promised survives a power cut.
        let options = SqliteConnectOptions::from_str(&url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            .statement_cache_capacity(200)
            .pragma("cache_size", "-4096")
            .pragma("temp_store", "memory");
        let writer =
            SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        migrate(&PORTABLE, &writer).await?;
        migrate(&FOR_SQLITE, &writer).await?;
        let readers = Readers::open(&options.read_only(true).pragma("cache_size", "-2048")).await?;
        Ok(Self::Sqlite { writer, readers: Arc::new(readers) })
    }

    async fn open_postgres(url: &str) -> Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(16)
            .acquire_timeout(Duration::from_secs(10))
            .connect(url)
            .await?;
        migrate(&PORTABLE, &pool).await?;
        migrate(&FOR_POSTGRES, &pool).await?;
        Ok(Self::Postgres(pool))
    }
}

impl Readers {
    async fn open(options: &SqliteConnectOptions) -> Result<Self> {
        let mut connections = Vec::new();
        for _ in 0..READERS {
            connections.push(Arc::new(tokio::sync::Mutex::new(options.connect().await?)));
        }
        let turns = Arc::new(Semaphore::new(connections.len()));
        Ok(Self { connections: Mutex::new(connections), turns })
    }

    async fn take(&self) -> Result<Reader> {
        let turn = self.turns.clone().acquire_owned().await;
        let turn = turn.map_err(|_closed| sqlx::Error::PoolClosed)?;
        let free = self.all().iter().find_map(|c| c.clone().try_lock_owned().ok());
        let connection = free.ok_or(sqlx::Error::PoolClosed)?;
        Ok(Reader { connection, _turn: turn })
    }

    fn all(&self) -> MutexGuard<'_, Vec<Arc<tokio::sync::Mutex<SqliteConnection>>>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for those that are out; who asks later gets an error.
    async fn close(&self) {
        let everyone = self.turns.acquire_many(READERS).await;
        self.turns.close();
        drop(everyone);
        let connections = std::mem::take(&mut *self.all());
        for connection in connections.into_iter().filter_map(Arc::into_inner) {
            if let Err(error) = connection.into_inner().close().await {
                tracing::warn!(%error, "a connection to the database did not close");
            }
        }
    }
}

/// Runs one folder of migrations; the other folder's versions are not ours to miss.
async fn migrate<'a, A>(folder: &'static Migrator, db: A) -> Result<()>
where
    A: sqlx::Acquire<'a>,
    <A::Connection as std::ops::Deref>::Target: sqlx::migrate::Migrate,
{
    let mut migrator = Migrator { migrations: folder.migrations.clone(), ..Migrator::DEFAULT };
    migrator.set_ignore_missing(true);
    migrator.run(db).await.map_err(|e| Error::Internal(format!("migration: {e}")))
}

impl Tx {
    pub fn conn(&mut self) -> Conn<'_> {
        match &mut self.on {
            On::Sqlite(tx) => Conn::Sqlite(tx),
            On::SqliteRead(reader) => Conn::Sqlite(&mut reader.connection),
            On::Postgres(tx) => Conn::Postgres(tx),
            On::PostgresRead(c) => Conn::Postgres(c),
        }
    }

    pub async fn commit(self) -> Result<()> {
        match self.on {
            On::Sqlite(tx) => tx.commit().await?,
            On::Postgres(tx) => tx.commit().await?,
            On::SqliteRead(_) | On::PostgresRead(_) => return Ok(()),
        }
        self.changes.fetch_add(1, Ordering::Release);
        for tell in self.afterwards {
            tell();
        }
        Ok(())
    }

    /// What is told to others of this process once this transaction is committed. Told before, they would look and find nothing.
    pub fn afterwards(&mut self, tell: impl FnOnce() + Send + 'static) {
        self.afterwards.push(Box::new(tell));
    }

    /// Wakes a loop [`Tx::afterwards`].
    pub fn rings(&mut self, bell: &Arc<Notify>) {
        let bell = bell.clone();
        self.afterwards(move || bell.notify_one());
    }

    pub async fn rollback(self) -> Result<()> {
        match self.on {
            On::Sqlite(tx) => tx.rollback().await?,
            On::Postgres(tx) => tx.rollback().await?,
            On::SqliteRead(_) | On::PostgresRead(_) => {}
        }
        Ok(())
    }

    pub fn is_sqlite(&self) -> bool {
        matches!(self.on, On::Sqlite(_) | On::SqliteRead(_))
    }

    /// The end of a `SELECT` whose rows are nobody else's until this transaction ends. `SQLite` needs none: it has one writer.
    pub fn skip_locked(&self) -> &'static str {
        if self.is_sqlite() { "" } else { "FOR UPDATE SKIP LOCKED" }
    }

    /// Whether another process may be writing what this transaction cannot see yet. `SQLite` has one writer.
    pub fn others_may_write(&self) -> bool {
        !self.is_sqlite()
    }

    /// From here on this transaction gives way: what another one holds is waited for half a second at most. Where two wait for each other, this one
    /// is undone, and not the one of a person who waits for an answer. `SQLite` has one writer, so that there is nobody to wait for.
    pub async fn gives_way(&mut self) -> Result<()> {
        if !self.is_sqlite() {
            crate::execute!(self, sqlx::query("SET LOCAL lock_timeout = 500"));
        }
        Ok(())
    }

    /// Marks a point to go back to with `undo`, so that one bad item does not spoil a batch.
    pub async fn savepoint(&mut self) -> Result<()> {
        crate::execute!(self, sqlx::query("SAVEPOINT item"));
        Ok(())
    }

    pub async fn undo(&mut self) -> Result<()> {
        crate::execute!(self, sqlx::query("ROLLBACK TO SAVEPOINT item"));
        Ok(())
    }

    pub async fn keep(&mut self) -> Result<()> {
        crate::execute!(self, sqlx::query("RELEASE SAVEPOINT item"));
        Ok(())
    }
}

/// True when a unique index or primary key refused the row.
pub fn is_taken(error: &Error) -> bool {
    matches!(error, Error::Db(sqlx::Error::Database(e)) if e.is_unique_violation())
}

/// Runs one portable query on whichever database is open.
#[macro_export]
macro_rules! run {
    ($tx:expr, |$conn:ident| $query:expr) => {
        match $tx.conn() {
            $crate::db::Conn::Sqlite($conn) => $query,
            $crate::db::Conn::Postgres($conn) => $query,
        }
    };
}

/// Executes a statement that returns no rows; the value is the number of rows it changed.
#[macro_export]
macro_rules! execute {
    ($tx:expr, $query:expr) => {
        $crate::run!($tx, |c| $query.execute(&mut *c).await?.rows_affected())
    };
}

/// At most one row, as a `FromRow` type (or a tuple).
#[macro_export]
macro_rules! fetch_optional {
    ($tx:expr, $query:expr) => {
        $crate::run!($tx, |c| $query.fetch_optional(&mut *c).await?)
    };
}

/// Exactly one row.
#[macro_export]
macro_rules! fetch_one {
    ($tx:expr, $query:expr) => {
        $crate::run!($tx, |c| $query.fetch_one(&mut *c).await?)
    };
}

/// All rows of a query that bounds them itself.
#[macro_export]
macro_rules! fetch_all {
    ($tx:expr, $query:expr) => {
        $crate::run!($tx, |c| $query.fetch_all(&mut *c).await?)
    };
}

/// A statement with a list of ids: `{head} (id, id, …) {tail}`, all rows.
#[macro_export]
macro_rules! fetch_in {
    ($tx:expr, $head:expr, $ids:expr, $tail:expr) => {
        $crate::run!($tx, |c| {
            let mut query = sqlx::QueryBuilder::new($head);
            query.push(" (");
            let mut list = query.separated(", ");
            for id in $ids {
                list.push_bind(id.clone());
            }
            query.push(") ").push($tail);
            query.build_query_as().fetch_all(&mut *c).await?
        })
    };
}

/// A statement with a list of ids that returns no rows: `{head} (id, id, …)`. Without ids nothing is done.
#[macro_export]
macro_rules! execute_in {
    ($tx:expr, $head:expr, $ids:expr) => {
        if !$ids.is_empty() {
            $crate::run!($tx, |c| {
                let mut query = sqlx::QueryBuilder::new($head);
                query.push(" (");
                let mut list = query.separated(", ");
                for id in $ids {
                    list.push_bind(id.clone());
                }
                query.push(")");
                query.build().execute(&mut *c).await?;
            });
        }
    };
}

#[cfg(test)]
mod tests;
