//! The configuration: `tsudoi.toml`, then `TSUDOI_*` variables, checked once at the start.
//!
//! The only place that reads the environment.
use figment::{
    Figment,
    providers::{Env, Format, Toml},
};
use ipnet::IpNet;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{net::SocketAddr, path::PathBuf};

/// Every setting of a node. Key `x_y` of the file is `TSUDOI_X_Y` in the environment.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Public name of the node, with a port only under `localhost`.
    pub domain: Domain,
    /// Where to listen for plain HTTP.
    pub bind: SocketAddr,
    /// Database, media, mails without a mail server.
    pub data_dir: PathBuf,
    /// `postgres://…`; empty means `SQLite` in the data directory.
    pub database_url: String,
    /// Log filter, e.g. `info,tsudoi=debug`.
    pub log: String,
    pub log_format: LogFormat,
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Proxies,
    /// `smtps://user:password@host` or `smtp://host:port`; empty means mails become files.
    pub smtp_url: String,
    /// Sender of mails; empty means `tsudoi@DOMAIN`.
    pub mail_from: String,
    pub signup: Signup,
    /// Whoever signs up by a program first confirms the mail address.
    pub signup_confirm_mail: bool,
    pub rate_limits: Switch,
    /// Requests a minute from one address to pages and forms.
    pub rate_limit_requests: u32,
    /// Sign-in, sign-up and code attempts a minute from one address.
    pub rate_limit_sign_in: u32,
    /// Activities a minute from one host.
    pub rate_limit_inbox: u32,
    /// Posts an hour by one member.
    pub rate_limit_posts: u32,
    /// Lets a test net of names on loopback federate.
    pub federation_allow_private: bool,
    /// Answer only signed requests for posts and profiles.
    pub authorized_fetch: bool,
    /// Days after which a session ends if unused.
    pub session_days: u32,
    /// Characters in a post.
    pub max_post_chars: usize,
    /// Bytes of one uploaded picture.
    pub max_media_bytes: usize,
    /// Percent of the disk that pictures leave free, for words and the network's logs.
    pub media_reserve_percent: u8,
    /// Megabytes of pictures a day that are fetched from member nodes before anybody looks at them, and of those that are here.
    pub pictures_ahead_daily_mb: u32,
    pub pictures_ahead_mb: u32,
    pub timezone: Zone,
    /// Where the source of this very program lies, for the foot of every page (AGPL §13).
    pub source_url: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            domain: Domain("localhost:8080".into()),
            bind: SocketAddr::from(([127, 0, 0, 1], 8080)),
            data_dir: "data".into(),
            database_url: String::new(),
            log: "info".into(),
            log_format: LogFormat::Text,
            trusted_proxies: Proxies::default(),
            smtp_url: String::new(),
            mail_from: String::new(),
            signup: Signup::Approval,
            signup_confirm_mail: true,
            rate_limits: Switch::On,
            rate_limit_requests: 300,
            rate_limit_sign_in: 20,
            rate_limit_inbox: 6_000,
            rate_limit_posts: 120,
            federation_allow_private: false,
            authorized_fetch: false,
            session_days: 90,
            max_post_chars: 3_000,
            max_media_bytes: 16 << 20,
            media_reserve_percent: 5,
            pictures_ahead_daily_mb: 200,
            pictures_ahead_mb: 4_000,
            timezone: Zone(TimeZone::get("Asia/Tokyo").unwrap_or(TimeZone::UTC)),
            source_url: env!("CARGO_PKG_REPOSITORY").into(),
        }
    }
}

impl Config {
    /// Reads `file` (or `tsudoi.toml` if there is one), then the environment.
    pub fn load(file: Option<PathBuf>) -> anyhow::Result<Self> {
        let mut figment = Figment::new();
        if let Some(path) = &file {
            anyhow::ensure!(path.is_file(), "no configuration file at {}", path.display());
        }
        figment = figment.merge(Toml::file(file.unwrap_or_else(|| "tsudoi.toml".into())));
        let config: Self = figment.merge(Env::prefixed("TSUDOI_")).extract().map_err(explain)?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.database_url.is_empty() || self.database_url.starts_with("postgres"),
            "database_url: must begin with postgres:// (leave it empty for SQLite)"
        );
        anyhow::ensure!(
            (1..=100_000).contains(&self.max_post_chars),
            "max_post_chars: from 1 to 100000"
        );
        anyhow::ensure!(
            (1 << 10..=256 << 20).contains(&self.max_media_bytes),
            "max_media_bytes: from 1 KiB to 256 MiB"
        );
        for (key, limit) in [
            ("rate_limit_requests", self.rate_limit_requests),
            ("rate_limit_sign_in", self.rate_limit_sign_in),
            ("rate_limit_inbox", self.rate_limit_inbox),
            ("rate_limit_posts", self.rate_limit_posts),
        ] {
            anyhow::ensure!(
                limit >= 1,
                "{key}: at least 1 (rate_limits = \"off\" switches all of them off)"
            );
        }
        anyhow::ensure!(
            self.domain.scheme() == "http"
                || self.federation_allow_private
                || !self.domain.as_str().contains(':'),
            "domain: without a port; other servers reach a node at https://DOMAIN alone"
        );
        anyhow::ensure!(self.media_reserve_percent <= 100, "media_reserve_percent: from 0 to 100");
        anyhow::ensure!((1..=3_650).contains(&self.session_days), "session_days: from 1 to 3650");
        anyhow::ensure!(
            self.smtp_url.is_empty()
                || self.smtp_url.starts_with("smtp://")
                || self.smtp_url.starts_with("smtps://"),
            "smtp_url: must begin with smtp:// or smtps://"
        );
        anyhow::ensure!(
            self.source_url.starts_with("https://") || self.source_url.starts_with("http://"),
            "source_url: must begin with https:// or http://"
        );
        Ok(())
    }

    /// `https://DOMAIN`, or http under `localhost`.
    pub fn base_url(&self) -> String {
        format!("{}://{}", self.domain.scheme(), self.domain.as_str())
    }

    pub fn sender(&self) -> String {
        if self.mail_from.is_empty() {
            format!("tsudoi@{}", self.domain.host())
        } else {
            self.mail_from.clone()
        }
    }
}

/// Names the key and says what is wrong with its value.
fn explain(error: figment::Error) -> anyhow::Error {
    let lines: Vec<String> = error
        .into_iter()
        .map(|e| {
            let source = e.metadata.as_ref().map(|m| m.name.to_string()).unwrap_or_default();
            format!("{}: {} ({source})", e.path.join("."), e.kind)
        })
        .collect();
    anyhow::anyhow!("configuration: {}", lines.join("; "))
}

/// The authority of public addresses: a host name as it stands in addresses (lower case, ASCII), and a port only under `localhost` or in a test net.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Domain(String);

impl Domain {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name without a port.
    pub fn host(&self) -> &str {
        self.0.split(':').next().unwrap_or(&self.0)
    }

    /// `http` for `localhost` and names under `.localhost`, else `https`.
    pub fn scheme(&self) -> &'static str {
        let host = self.host();
        if host == "localhost" || host.ends_with(".localhost") { "http" } else { "https" }
    }
}

impl TryFrom<String> for Domain {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let url =
            url::Url::parse(&format!("https://{text}/")).map_err(|e| format!("domain: {e}"))?;
        let plain =
            url.path() == "/" && url.username().is_empty() && !text.contains(['/', '?', '#']);
        match url.host() {
            Some(url::Host::Domain(host)) if plain => Ok(Self(match url.port() {
                Some(port) => format!("{host}:{port}"),
                None => host.to_owned(),
            })),
            _ => Err("domain: a bare name such as om.example.jp".into()),
        }
    }
}
impl From<Domain> for String {
    fn from(d: Domain) -> Self {
        d.0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Signup {
    Open,
    Approval,
    Closed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Switch {
    On,
    Off,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

/// Addresses or networks, separated by commas.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Proxies(pub Vec<IpNet>);

impl TryFrom<String> for Proxies {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let each = text.split(',').map(str::trim).filter(|t| !t.is_empty()).map(|t| {
            t.parse::<IpNet>().or_else(|_| t.parse::<std::net::IpAddr>().map(IpNet::from)).map_err(
                |e| format!("trusted_proxies: {t:?} is neither an address nor a network ({e})"),
            )
        });
        each.collect::<Result<_, _>>().map(Self)
    }
}
impl From<Proxies> for String {
    fn from(p: Proxies) -> Self {
        p.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
    }
}

/// A time zone by its IANA name, for dates on pages.
#[derive(Clone, Debug)]
pub struct Zone(pub TimeZone);

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let name = String::deserialize(d)?;
        TimeZone::get(&name).map(Self).map_err(serde::de::Error::custom)
    }
}
impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.0.iana_name().unwrap_or("UTC"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(toml: &str) -> anyhow::Result<Config> {
        let config: Config = Figment::new().merge(Toml::string(toml)).extract().map_err(explain)?;
        config.check()?;
        Ok(config)
    }

    #[test]
    fn a_node_needs_no_configuration() {
        let config = read("").unwrap();
        assert_eq!(config.base_url(), "http://localhost:8080");
    }

    #[test]
    fn public_addresses_are_https_except_under_localhost() {
        for (domain, base) in [
            ("om.example.jp", "https://om.example.jp"),
            ("Iwate.localhost:8081", "http://iwate.localhost:8081"),
            ("localhost.example.jp", "https://localhost.example.jp"),
            ("om.example.jp:443", "https://om.example.jp"),
            ("集い.example.jp", "https://xn--n8jv002a.example.jp"),
        ] {
            assert_eq!(read(&format!("domain = {domain:?}")).unwrap().base_url(), base);
        }
    }

    #[test]
    fn a_wrong_key_or_value_is_named() {
        for (toml, named) in [
            ("domian = 'x'", "domian"),
            ("bind = 'here'", "bind"),
            ("domain = 'https://x/'", "domain"),
            ("domain = '203.0.113.5'", "domain"),
            ("domain = 'om.example.jp:8443'", "domain"),
            ("rate_limit_requests = 0", "rate_limits"),
            ("trusted_proxies = '10.0.0.0/8, proxy'", "proxy"),
            ("max_post_chars = 0", "max_post_chars"),
            ("source_url = 'javascript:alert(1)'", "source_url"),
            ("timezone = 'Asia/Nowhere'", "timezone"),
        ] {
            let error = read(toml).unwrap_err().to_string();
            assert!(error.contains(named), "{toml}: {error}");
        }
    }
}
