//! The only door to the database: pools, transactions, and `run!`, which writes one portable query for both engines.
use crate::error::{Error, Result};
use sqlx::{
    PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction,
    migrate::Migrator,
    pool::PoolConnection,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    path::Path,
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

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
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    Postgres(PgPool),
}

/// A write transaction, or a connection that only reads.
pub struct Tx {
    on: On,
    changes: Arc<AtomicU64>,
}

enum On {
    Sqlite(Transaction<'static, Sqlite>),
    SqliteRead(PoolConnection<Sqlite>),
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
        Ok(Tx { on, changes: self.changes.clone() })
    }

    /// A connection for reading, outside any transaction.
    pub async fn read(&self) -> Result<Tx> {
        let on = match &self.pools {
            Pools::Sqlite { readers, .. } => On::SqliteRead(readers.acquire().await?),
            Pools::Postgres(pool) => On::PostgresRead(pool.acquire().await?),
        };
        Ok(Tx { on, changes: self.changes.clone() })
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
            .pragma("cache_size", "-8192")
            .pragma("temp_store", "memory");
        let writer =
            SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        migrate(&PORTABLE, &writer).await?;
        migrate(&FOR_SQLITE, &writer).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options.read_only(true).pragma("cache_size", "-2048"))
            .await?;
        Ok(Self::Sqlite { writer, readers })
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
            On::SqliteRead(c) => Conn::Sqlite(c),
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
        Ok(())
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
