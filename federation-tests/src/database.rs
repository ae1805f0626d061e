//! A fresh database for each node: `SQLite` in its data directory, or one on the server that `TEST_DATABASE_URL` names.
use sqlx::{Connection, PgConnection, Postgres, QueryBuilder};
use std::{fs, path::Path};

/// The file of a node's database in its data directory.
const FILE: &str = "tsudoi.sqlite3";

/// The address of a node's own database, empty for `SQLite`. The database is dropped with this value.
pub struct Database {
    pub url: String,
    drop_on: Option<(String, String)>,
}

impl Database {
    #[expect(clippy::disallowed_methods, reason = "tells the tests which engine to use")]
    pub async fn fresh() -> Self {
        let Ok(server) = std::env::var("TEST_DATABASE_URL") else {
            return Self { url: String::new(), drop_on: None };
        };
        Self::made(server.trim_end_matches('/').to_owned(), "template1").await
    }

    async fn made(server: String, template: &str) -> Self {
        let random = tsudoi::ids::sha256_hex(tsudoi::ids::secret().as_bytes());
        let name = format!("tsudoi_{}", random.split_at(24).0);
        run(&server, &format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        Self { url: format!("{server}/{name}"), drop_on: Some((server, name)) }
    }

    /// A copy of the database of a node that has stopped, as a backup makes one.
    pub async fn copied(&self, directory: &Path, copies: &Path) -> Self {
        if let Some((server, name)) = &self.drop_on {
            return Self::made(server.clone(), name).await;
        }
        fs::copy(directory.join(FILE), copies.join(FILE)).unwrap();
        Self { url: String::new(), drop_on: None }
    }

    /// Puts a copy in the place of a stopped node's database.
    pub fn put_back(&self, copies: &Path, directory: &Path) {
        if self.drop_on.is_none() {
            for leftover in ["tsudoi.sqlite3-wal", "tsudoi.sqlite3-shm"] {
                drop(fs::remove_file(directory.join(leftover)));
            }
            fs::copy(copies.join(FILE), directory.join(FILE)).unwrap();
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some((server, name)) = self.drop_on.take() else { return };
        let dropped = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(run(&server, &format!("DROP DATABASE {name} WITH (FORCE)")));
        })
        .join();
        assert!(dropped.is_ok() || std::thread::panicking(), "the test's database was not dropped");
    }
}

async fn run(server: &str, statement: &str) {
    let mut connection = PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
    QueryBuilder::<Postgres>::new(statement).build().execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}
