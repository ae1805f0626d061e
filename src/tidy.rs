//! The architecture, as a test: imports point upward in `lib.rs` and inside a feature; every file says what lives there.
use std::{
    fs,
    path::{Path, PathBuf},
};

/// The roles of a feature's files, in the order in which they may know each other.
const ROLES: [&str; 11] = [
    "types",
    "wire",
    "read",
    "queries",
    "view",
    "actions",
    "inbox",
    "collections",
    "session",
    "api",
    "pages",
];

fn sources(under: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(under).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push((path.clone(), fs::read_to_string(&path).unwrap()));
        }
    }
    found
}

/// The top modules of `lib.rs`, in their order.
fn modules() -> Vec<String> {
    let lib = fs::read_to_string("src/lib.rs").unwrap();
    lib.lines()
        .filter_map(|l| Some(l.trim().strip_prefix("pub mod ")?.strip_suffix(';')?.to_owned()))
        .collect()
}

/// The top modules that a file names: `crate::x`, and the first words inside `use crate::{…}`.
fn named(text: &str) -> Vec<String> {
    let code: String =
        text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let word =
        |s: &str| s.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found: Vec<String> = code.split("crate::").skip(1).map(word).collect();
    for list in code.split("use crate::{").skip(1).filter_map(|u| u.split(';').next()) {
        let mut depth = 0_usize;
        for part in list.split(',') {
            if depth == 0 {
                found.push(word(part.trim()));
            }
            depth = (depth + part.matches('{').count()).saturating_sub(part.matches('}').count());
        }
    }
    found
}

#[test]
fn a_module_imports_only_from_modules_above_it() {
    let order = modules();
    let mut wrong = Vec::new();
    for (path, text) in sources(Path::new("src")) {
        let inside = path.strip_prefix("src").unwrap();
        let top = inside.components().next().unwrap().as_os_str().to_str().unwrap();
        let top = top.strip_suffix(".rs").unwrap_or(top);
        let Some(rank) = order.iter().position(|m| m == top) else { continue };
        for name in named(&text) {
            if order.iter().position(|m| *m == name).is_some_and(|other| other > rank) {
                wrong.push(format!("{}: {top} must not know {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn inside_a_feature_files_import_only_from_the_roles_above_them() {
    let mut wrong = Vec::new();
    for feature in ["accounts", "posts", "timelines"] {
        for (path, text) in sources(&Path::new("src").join(feature)) {
            let role = |p: &Path| {
                ROLES
                    .iter()
                    .position(|r| p.iter().any(|c| Path::new(c).with_extension("") == Path::new(r)))
            };
            let Some(rank) = role(path.strip_prefix("src").unwrap()) else { continue };
            for (later, name) in ROLES.iter().enumerate().filter(|(i, _)| *i > rank) {
                let names = text.contains(&format!("crate::{feature}::{name}"))
                    || text.contains(&format!("super::{name}::"));
                if names && later > rank {
                    wrong.push(format!("{}: must not know {name}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_lives_there_and_none_is_called_helper() {
    let mut wrong = Vec::new();
    for (path, text) in sources(Path::new("src")) {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let is_test = name == "tests";
        if !text.starts_with("//!") && !is_test {
            wrong.push(format!("{}: begins without //!", path.display()));
        }
        if ["util", "helper", "common", "misc", "manager"].iter().any(|w| name.starts_with(w)) {
            wrong.push(format!("{}: what lives there?", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pages_know_no_sql_actions_know_no_http_and_words_wait_for_nothing() {
    let mut wrong = Vec::new();
    for (path, text) in sources(Path::new("src")) {
        let shown = path.display().to_string();
        let is = |role: &str| {
            shown.ends_with(&format!("/{role}.rs")) || shown.contains(&format!("/{role}/"))
        };
        let forbidden: &[&str] = match () {
            () if is("pages") => &["sqlx::"],
            () if is("actions") => &["axum::"],
            () if is("types") || is("wire") || is("read") => &["async fn", "sqlx::query"],
            () => &[],
        };
        wrong.extend(
            forbidden.iter().filter(|f| text.contains(**f)).map(|f| format!("{shown}: names {f}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
