//! I12: private words are in no log, and in no database or file of a node that has no business with them.
use super::{Books, Secret};
use std::{collections::BTreeMap, fs, path::Path};
use tsudoi::{error::Result, fetch_all, run};

pub(super) async fn check(
    books: &[Books],
    secrets: &[Secret],
    broken: &mut Vec<String>,
) -> Result<()> {
    for secret in secrets {
        for one in books {
            let knows = secret.known_to.contains(&one.host);
            let words = &secret.words;
            for table in tables_with(one, words).await? {
                if !knows || table == "log_entry" {
                    let place = format!("the table {table} of {}", one.host);
                    broken.push(format!("I12 privacy: {words:?} stands in {place}"));
                }
            }
            if !knows {
                for file in files_with(&one.data_dir, words.as_bytes()) {
                    broken.push(format!("I12 privacy: {words:?} stands in {file} of {}", one.host));
                }
            }
        }
    }
    Ok(())
}

/// The tables that have a row with these words.
async fn tables_with(books: &Books, words: &str) -> Result<Vec<String>> {
    let mut tx = books.db.read().await?;
    let columns = if tx.is_sqlite() {
        "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
         WHERE m.type = 'table' AND c.type = 'TEXT' AND m.name NOT LIKE '%search%'"
    } else {
        "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT) FROM information_schema.columns
         WHERE table_schema = current_schema() AND data_type = 'text'"
    };
    let columns: Vec<(String, String)> = fetch_all!(&mut tx, sqlx::query_as(columns));
    let mut by_table = BTreeMap::<String, Vec<String>>::new();
    for (table, column) in columns {
        by_table.entry(table).or_default().push(column);
    }
    let pattern = format!("%{words}%");
    let mut found = Vec::new();
    for (table, columns) in by_table {
        let (rows,): (i64,) = run!(&mut tx, |c| {
            let mut query = sqlx::QueryBuilder::new("SELECT COUNT(*) FROM ");
            query.push(&table).push(" WHERE ");
            let mut any = query.separated(" OR ");
            for column in &columns {
                any.push(format!("\"{column}\" LIKE ")).push_bind_unseparated(&pattern);
            }
            query.build_query_as().fetch_one(&mut *c).await?
        });
        if rows > 0 {
            found.push(table);
        }
    }
    Ok(found)
}

/// The files of a folder, and of those in it, that have these bytes.
fn files_with(folder: &Path, bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, bytes));
        } else if fs::read(&path).unwrap().windows(bytes.len()).any(|part| part == bytes) {
            found.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    found
}
