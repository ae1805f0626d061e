//! The messages are complete in both languages, and the sources use exactly them.
use super::*;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Beginnings of keys that are put together at run time, so that no source file holds them whole.
const BUILT_AT_RUN_TIME: [&str; 1] = ["scope-"];

/// All files of a language, one after the other.
fn all_files() -> [(Lang, String); 2] {
    [(Lang::Ja, JA_FILES.join("\n")), (Lang::En, EN_FILES.join("\n"))]
}

/// Every key with the names of its arguments.
fn messages(source: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut messages = BTreeMap::<&str, BTreeSet<&str>>::new();
    let mut current = None;
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        if let Some(key) = keys(line).next() {
            assert!(messages.insert(key, BTreeSet::new()).is_none(), "{key} is there twice");
            current = Some(key);
        }
        for part in line.split('$').skip(1) {
            let name = part.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap();
            messages.get_mut(current.unwrap()).unwrap().insert(name);
        }
    }
    messages
}

/// All sources and templates: path and text.
fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs" || e == "html") {
                found.push((path.clone(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    walk(Path::new("src"), &mut found);
    assert!(found.len() > 5);
    found
}

/// The string literals that stand first in the parentheses of `call`.
fn first_arguments<'s>(source: &'s str, call: &str) -> Vec<&'s str> {
    let after = source.split(call).skip(1);
    after
        .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next())
        .filter(|key| !key.is_empty())
        .collect()
}

#[test]
fn both_languages_have_the_same_messages_with_the_same_arguments() {
    for (ja, en) in JA_FILES.iter().zip(&EN_FILES) {
        assert_eq!(messages(ja), messages(en));
    }
    let [(_, ja), (_, en)] = &all_files();
    assert!(messages(ja).len() > 5);
    assert_eq!(messages(ja), messages(en));
}

#[test]
fn every_message_can_be_read() {
    for (lang, source) in &all_files() {
        assert!(FluentResource::try_new(source.clone()).is_ok(), "{lang:?}");
        for (key, arguments) in messages(source) {
            let plain = lang.catalogue().plain.contains_key(key);
            assert_eq!(plain, arguments.is_empty(), "{lang:?} {key}");
        }
    }
}

#[test]
fn every_message_that_the_sources_name_exists_with_these_arguments() {
    let [(_, ja), _] = &all_files();
    let messages = messages(ja);
    let calls: [(&str, &[&str]); 6] = [
        (".t", &[]),
        (".count", &["count"]),
        (".with", &["*"]),
        ("Error::invalid", &[]),
        ("Error::Invalid", &["count"]),
        ("Forbidden", &[]),
    ];
    for (path, source) in sources() {
        for (call, allowed) in calls {
            for key in first_arguments(&source, &format!("{call}(")) {
                let place = format!("{} {call}({key:?})", path.display());
                let arguments = messages.get(key).unwrap_or_else(|| panic!("{place}: no message"));
                let fits = arguments.len() <= allowed.len()
                    && arguments.iter().all(|a| allowed.contains(a) || allowed.contains(&"*"));
                assert!(fits, "{place}: takes {arguments:?}");
            }
        }
        if path.ends_with("src/error.rs") {
            let literals = source.split('"').skip(1).step_by(2);
            let named: Vec<&str> = literals.filter(|l| l.starts_with("error-")).collect();
            assert!(named.len() >= 8, "{named:?}");
            for key in named {
                assert!(messages.contains_key(key), "error.rs: no message {key:?}");
            }
        }
    }
}

#[test]
fn every_message_is_used() {
    let sources = sources();
    let [(_, ja), _] = &all_files();
    for key in messages(ja).keys() {
        let literal = format!("\"{key}\"");
        let used = BUILT_AT_RUN_TIME.iter().any(|prefix| key.starts_with(prefix))
            || sources.iter().any(|(_, source)| source.contains(&literal));
        assert!(used, "{key} is used nowhere");
    }
}

#[test]
fn japanese_unless_english_is_preferred() {
    for (header, lang) in [
        ("", Lang::Ja),
        ("ja", Lang::Ja),
        ("en-US,en;q=0.9", Lang::En),
        ("en;q=0.8, ja;q=0.9", Lang::Ja),
        ("ja-JP,ja;q=0.9,en-US;q=0.8,en;q=0.7", Lang::Ja),
        ("fr-FR,fr;q=0.9,en;q=0.5", Lang::En),
        ("fr", Lang::Ja),
        ("*", Lang::Ja),
        ("en;q=0", Lang::Ja),
        ("en;q=0.25, ja;q=0.3", Lang::Ja),
        ("en;q=x", Lang::Ja),
    ] {
        assert_eq!(Lang::from_accept_language(header), lang, "{header:?}");
    }
}

#[test]
fn dates_are_written_as_people_write_them() {
    let time: Zoned = "2026-11-22T13:30:00+09:00[Asia/Tokyo]".parse().unwrap();
    assert_eq!(Lang::Ja.date(&time), "2026年11月22日(日) 13:30");
    assert_eq!(Lang::En.date(&time), "Sun 22 Nov 2026, 13:30");
    assert_eq!(Lang::Ja.day(&time), "2026年11月22日(日)");
    let early: Zoned = "2026-03-02T09:05:00+09:00[Asia/Tokyo]".parse().unwrap();
    assert_eq!(Lang::En.date(&early), "Mon 2 Mar 2026, 09:05");
}

#[test]
fn english_counts_in_singular_and_plural() {
    let key = "handle-local-name";
    assert!(Lang::En.count(key, 1).contains("1 letter,"), "{}", Lang::En.count(key, 1));
    assert!(Lang::En.count(key, 30_usize).contains("30 letters,"));
    assert!(Lang::Ja.count(key, 30_i64).contains("30文字"));
}

#[test]
fn an_unknown_key_is_shown_instead_of_a_failure() {
    let key = "no-such-message";
    assert_eq!(Lang::Ja.t(key), key);
    assert_eq!(Lang::En.with(key, "name", "x"), key);
}

#[test]
fn languages_are_stored_by_their_code() {
    for lang in Lang::ALL {
        assert_eq!(lang.code().parse(), Ok(lang));
        assert_eq!(serde_json::to_value(lang).unwrap(), lang.code());
    }
}
