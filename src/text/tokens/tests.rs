//! Documents and queries meet, on both databases' terms.
use super::*;
use crate::{db::Db, error::Error, ids};

/// True when the FTS5 query, read as what it means, finds the document.
fn finds(query: &str, document: &str) -> bool {
    let words = tokens(document);
    super::query(query).iter().all(|term| match term {
        Term::Phrase(pairs) => words.windows(pairs.len()).any(|window| window == pairs.as_slice()),
        Term::Prefix(prefix) => words.iter().any(|word| word.starts_with(prefix.as_str())),
    })
}

#[test]
fn a_run_of_japanese_becomes_pairs_and_its_last_character() {
    assert_eq!(tokens("釜石"), ["釜石", "石"]);
    assert_eq!(tokens("Rust入門、第2回!"), ["rust", "入門", "門", "第", "2", "回"]);
    assert_eq!(tokens("サーバー・人々"), ["サー", "ーバ", "バー", "ー", "人々", "々"]);
}

#[test]
fn every_japanese_word_is_found_where_it_stands_and_nowhere_else() {
    let document = "山形大学と市民の勉強会を釜石でひらきました。ﾎﾞﾗﾝﾃｨｱ募集、ＲＵＳＴ入門。鮭";
    for found in
        ["釜石", "勉強会", "石", "鮭", "ました", "ボランティア", "rust", "Ｒｕｓ", "入門 市民"]
    {
        assert!(finds(found, document), "{found}");
    }
    for missed in ["山形市", "会釜", "石釜", "ust", "会を開", "仙台", "釜石 仙台"] {
        assert!(!finds(missed, document), "{missed}");
    }
}

#[test]
fn queries_are_written_for_each_database() {
    let words = "勉強会 Rust 石";
    assert_eq!(sqlite_query(words).unwrap(), r#""勉強 強会" AND "rust"* AND "石"*"#);
    assert_eq!(postgres_query(words).unwrap(), "('勉強' <-> '強会') & 'rust':* & '石':*");
    assert_eq!(postgres_document("釜石 rust"), "'釜石':1 '石':2 'rust':3");
    assert_eq!(sqlite_document("釜石 rust"), "釜石 石 rust");
}

#[test]
fn nothing_in_a_query_is_an_operator() {
    for hostile in
        ["\"", "'", "\\", "a' | 'b", "a\" OR \"b", "NEAR(a, b)", "a\0b", "x:* & !y", "^a *"]
    {
        let terms = query(hostile).len();
        let sqlite = sqlite_query(hostile).unwrap_or_default();
        let postgres = postgres_query(hostile).unwrap_or_default();
        assert_eq!(sqlite.matches('"').count(), 2 * terms, "{sqlite}");
        assert_eq!(postgres.matches('\'').count(), 2 * terms, "{postgres}");
        for text in [sqlite, postgres, sqlite_document(hostile), postgres_document(hostile)] {
            assert!(!text.contains(['\\', '\0', '|', '!', '^', ';']), "{text}");
        }
    }
    assert_eq!(sqlite_query("「」、。 !?"), None);
    assert_eq!(postgres_query(""), None);
}

#[test]
fn a_document_never_outgrows_the_index() {
    assert_eq!(tokens(&"会".repeat(100_000)).len(), MAX_TOKENS);
    let long = "a".repeat(1_000_000);
    assert_eq!(tokens(&long), ["a".repeat(MAX_WORD)]);
    let many: Vec<String> = (0..20_000).map(|n| format!("{n:a>60}")).collect();
    assert!(postgres_document(&many.join(" ")).len() < 1 << 20);
    assert!(query(&"a b ".repeat(1_000)).len() <= MAX_QUERY_RUNS);
}

#[test]
fn folding_joins_widths_and_cases_and_keeps_the_kana_apart() {
    assert_eq!(fold("Ｔｓｕｄｏｉ ﾂﾄﾞｲ"), "tsudoi ツドイ");
    assert_eq!(fold("か\u{3099}"), "が");
    assert_ne!(fold("さくら"), fold("サクラ"));
}

/// The index of a new SQLite database with these documents; their places are their ids.
async fn index(documents: &[&str]) -> (Db, std::path::PathBuf) {
    let folder = std::env::temp_dir().join(format!("tsudoi-tokens-{}", ids::secret()));
    std::fs::create_dir(&folder).unwrap();
    let db = Db::open("", &folder).await.unwrap();
    let mut tx = db.begin().await.unwrap();
    for (id, document) in (0_i64..).zip(documents) {
        put(&mut tx, id, document).await.unwrap();
    }
    tx.commit().await.unwrap();
    (db, folder)
}

async fn put(tx: &mut crate::db::Tx, id: i64, document: &str) -> Result<(), Error> {
    let insert = "INSERT INTO post_search (rowid, body) VALUES ($1, $2)";
    crate::execute!(tx, sqlx::query(insert).bind(id).bind(sqlite_document(document)));
    Ok(())
}

async fn matches(db: &Db, words: &str) -> Result<Vec<i64>, Error> {
    let mut tx = db.read().await?;
    let select = "SELECT rowid FROM post_search WHERE post_search MATCH $1 ORDER BY rowid";
    let query = sqlite_query(words).unwrap_or_else(|| "\"\"".into());
    let found: Vec<(i64,)> = crate::fetch_all!(tx, sqlx::query_as(select).bind(&query));
    Ok(found.into_iter().map(|(id,)| id).collect())
}

#[tokio::test]
async fn the_database_finds_what_the_words_say() {
    let documents = ["山形大学と市民の勉強会", "山形市でRust入門 勉強中", "釜石の鮭"];
    let (db, folder) = index(&documents).await;
    for (words, found) in [
        ("山形市", &[1][..]),
        ("勉強会", &[0]),
        ("勉強", &[0, 1]),
        ("ＲＵＳ 入門", &[1]),
        ("鮭", &[2]),
        ("石", &[2]),
        ("市", &[0, 1]),
        ("仙台", &[]),
        ("\" OR 1 --", &[]),
        ("鮭\" NOT \"釜石", &[]),
        ("NEAR(山形 勉強)", &[]),
        ("a\0b 'x' \\ ^ * :", &[]),
    ] {
        assert_eq!(matches(&db, words).await.unwrap(), found, "{words:?}");
    }
    db.close().await;
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_whole_word_is_not_found_within_a_longer_one_unless_it_is_japanese() {
    let text = fold("Ｃａｔｓ と concat、東京都知事");
    assert!(contains(&text, "cat", false));
    assert!(!contains(&text, "cat", true));
    assert!(contains(&text, "cats", true) && contains(&text, "concat", true));
    assert!(contains(&text, "京都", true) && contains(&text, "東京都", true));
    assert!(!contains(&text, "", false));
    assert!(contains(&fold("東京catは"), "cat", true));
}
