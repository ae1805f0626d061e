//! The reader's language, its messages (`locales/*/*.ftl`) and its dates.
use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent, types::FluentNumber};
use jiff::{Zoned, civil::Weekday};
use std::{
    collections::{BTreeSet, HashMap},
    str::FromStr,
    sync::{LazyLock, Mutex},
};
use unic_langid::LanguageIdentifier;

/// A language in which every message exists.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    sqlx::Type,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
pub enum Lang {
    #[default]
    Ja,
    En,
}

impl Lang {
    pub const ALL: [Self; 2] = [Self::Ja, Self::En];

    /// What the browser asks for; Japanese unless it prefers English to Japanese.
    pub fn from_accept_language(header: &str) -> Self {
        let mut best = (0, Self::Ja);
        for range in header.split(',').take(20) {
            let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
            let primary = tag.trim().split('-').next().unwrap_or_default().to_lowercase();
            let Ok(lang) = primary.parse() else { continue };
            let weight = weight(parameters);
            if weight > best.0 {
                best = (weight, lang);
            }
        }
        best.1
    }

    /// The ISO 639-1 code, as in `lang="ja"`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ja => "ja",
            Self::En => "en",
        }
    }

    /// A message without arguments. An unknown key comes back as it is, and is logged once.
    pub fn t(self, key: &str) -> &str {
        match self.catalogue().plain.get(key) {
            Some(text) => text,
            None => missing(self, key),
        }
    }

    /// A message that may mention a number as `$count`, by the language's plural rules.
    pub fn count(self, key: &str, n: impl Into<FluentNumber>) -> String {
        self.format(key, &[("count", FluentValue::Number(n.into()))])
    }

    /// A message with one argument.
    pub fn with(self, key: &str, name: &str, value: impl AsRef<str>) -> String {
        self.format(key, &[(name, value.as_ref().into())])
    }

    /// `2026年11月22日(日) 13:30` or `Sun 22 Nov 2026, 13:30`.
    pub fn date(self, time: &Zoned) -> String {
        let separator = if self == Self::Ja { " " } else { ", " };
        format!("{}{separator}{}", self.day(time), time.strftime("%H:%M"))
    }

    /// `2026年11月22日(日)` or `Sun 22 Nov 2026`.
    pub fn day(self, time: &Zoned) -> String {
        match self {
            Self::Ja => {
                let weekday = match time.weekday() {
                    Weekday::Monday => '月',
                    Weekday::Tuesday => '火',
                    Weekday::Wednesday => '水',
                    Weekday::Thursday => '木',
                    Weekday::Friday => '金',
                    Weekday::Saturday => '土',
                    Weekday::Sunday => '日',
                };
                format!("{}年{}月{}日({weekday})", time.year(), time.month(), time.day())
            }
            Self::En => time.strftime("%a %-d %b %Y").to_string(),
        }
    }

    fn catalogue(self) -> &'static Catalogue {
        match self {
            Self::Ja => &JA,
            Self::En => &EN,
        }
    }

    fn format(self, key: &str, arguments: &[(&str, FluentValue<'_>)]) -> String {
        let bundle = &self.catalogue().bundle;
        let Some(pattern) = bundle.get_message(key).and_then(|m| m.value()) else {
            return missing(self, key).to_owned();
        };
        let arguments: FluentArgs<'_> = arguments.iter().cloned().collect();
        bundle.format_pattern(pattern, Some(&arguments), &mut Vec::new()).into_owned()
    }
}

impl FromStr for Lang {
    type Err = String;
    fn from_str(code: &str) -> Result<Self, String> {
        match code {
            "ja" => Ok(Self::Ja),
            "en" => Ok(Self::En),
            other => Err(format!("no language {other:?}: ja or en")),
        }
    }
}

/// The weight of a language range in thousandths; unreadable ones weigh nothing.
fn weight(parameters: &str) -> u16 {
    let Some((_, q)) = parameters.split_once("q=") else { return 1_000 };
    let (whole, fraction) = q.trim().split_once('.').unwrap_or((q.trim(), ""));
    match whole {
        "1" => 1_000,
        "0" => format!("{fraction:0<3}").parse().map_or(0, |thousandths: u16| thousandths.min(999)),
        _ => 0,
    }
}

/// The files of one language: who writes a feature's pages keeps its words in the feature's file.
macro_rules! files {
    ($lang:literal) => {
        [
            include_str!(concat!("locales/", $lang, "/tsudoi.ftl")),
            include_str!(concat!("locales/", $lang, "/web.ftl")),
            include_str!(concat!("locales/", $lang, "/accounts.ftl")),
            include_str!(concat!("locales/", $lang, "/posts.ftl")),
            include_str!(concat!("locales/", $lang, "/oauth.ftl")),
            include_str!(concat!("locales/", $lang, "/privacy.ftl")),
        ]
    };
}

const JA_FILES: [&str; 6] = files!("ja");
const EN_FILES: [&str; 6] = files!("en");

static JA: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read(Lang::Ja, &JA_FILES));
static EN: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read(Lang::En, &EN_FILES));

struct Catalogue {
    bundle: concurrent::FluentBundle<FluentResource>,
    /// Messages without arguments, rendered once.
    plain: HashMap<String, String>,
}

impl Catalogue {
    fn read(lang: Lang, files: &[&str]) -> Self {
        let id: LanguageIdentifier = lang.code().parse().unwrap_or_default();
        let mut bundle = concurrent::FluentBundle::new_concurrent(vec![id]);
        // Isolation marks around arguments would end up in titles, mails and addresses.
        bundle.set_use_isolating(false);
        for file in files {
            let resource =
                FluentResource::try_new((*file).to_owned()).unwrap_or_else(|(rest, errors)| {
                    tracing::error!(lang = lang.code(), ?errors, "broken messages");
                    rest
                });
            if let Err(errors) = bundle.add_resource(resource) {
                tracing::error!(lang = lang.code(), ?errors, "messages given twice");
            }
        }
        let mut plain = HashMap::new();
        for key in files.iter().flat_map(|file| keys(file)) {
            let Some(pattern) = bundle.get_message(key).and_then(|m| m.value()) else { continue };
            let mut errors = Vec::new();
            let text = bundle.format_pattern(pattern, None, &mut errors).into_owned();
            if errors.is_empty() {
                plain.insert(key.to_owned(), text);
            }
        }
        Self { bundle, plain }
    }
}

/// The message keys of a Fluent file: they alone begin at the start of a line and are followed by `=`.
fn keys(source: &str) -> impl Iterator<Item = &str> {
    source
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .filter_map(|line| Some(line.split_once('=')?.0.trim_end()))
}

fn missing(lang: Lang, key: &str) -> &str {
    static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    if let Ok(mut told) = TOLD.lock()
        && told.len() < 100
        && told.insert(key.to_owned())
    {
        tracing::error!(key, lang = lang.code(), "no such message");
    }
    key
}

#[cfg(test)]
mod tests;
