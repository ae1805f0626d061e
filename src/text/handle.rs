//! Handles: `name@host` of an account anywhere, and the names that members of this node may have.
use crate::{
    error::{Error, Result},
    text::html,
};
use std::{fmt, str::FromStr};
use unicode_normalization::UnicodeNormalization;

/// A handle anywhere in the fediverse. The name is kept as written; the host is lower-case ASCII, with a port if it is not 443.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Handle {
    name: String,
    host: String,
}

impl Handle {
    const MAX_NAME: usize = 100;
    const MAX_TEXT: usize = 400;

    /// Reads `@name@host[:port]`, `name@host` or `acct:name@host`.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let text = text.strip_prefix("acct:").unwrap_or(text);
        let text = text.strip_prefix('@').unwrap_or(text);
        if text.len() > Self::MAX_TEXT {
            return Err(Error::invalid("handle-form"));
        }
        let (name, host) = text.split_once('@').ok_or(Error::invalid("handle-form"))?;
        if name.len() > Self::MAX_NAME || !is_name(name) {
            return Err(Error::invalid("handle-name"));
        }
        Ok(Self { name: name.to_owned(), host: host_key(host)? })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn host(&self) -> &str {
        &self.host
    }

    /// The form in which handles are compared and stored: all lower-case.
    pub fn key(&self) -> String {
        self.to_string().to_ascii_lowercase()
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.host)
    }
}

impl FromStr for Handle {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

/// `[A-Za-z0-9_]+([.-]+[A-Za-z0-9_]+)*`: what other servers call their accounts.
fn is_name(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.starts_with(inner)
        && name.ends_with(inner)
        && name.chars().all(|c| inner(c) || matches!(c, '.' | '-'))
}

/// A host as it is compared: lower-case ASCII (punycode, so that look-alikes show), no address, port 443 left out.
pub(crate) fn host_key(text: &str) -> Result<String> {
    let bad = || Error::invalid("handle-host");
    let (name, port) = text.split_once(':').map_or((text, None), |(n, p)| (n, Some(p)));
    // The URL standard would percent-decode and silently drop invisible characters.
    let tricky =
        |c: char| html::is_hidden(c) || c.is_whitespace() || matches!(c, '%' | '@' | '/' | '\\');
    if name.chars().any(tricky) {
        return Err(bad());
    }
    let Ok(url::Host::Domain(ascii)) = url::Host::parse(name) else { return Err(bad()) };
    if ascii.len() > 253 || ascii.split('.').any(|label| label.is_empty() || label.len() > 63) {
        return Err(bad());
    }
    let Some(port) = port else { return Ok(ascii) };
    match port.parse::<u16>() {
        Ok(443) => Ok(ascii),
        Ok(number) if number > 0 && number.to_string() == port => Ok(format!("{ascii}:{number}")),
        _ => Err(bad()),
    }
}

/// The name of an account of this node: 1–30 of `a-z`, `0-9` and `_`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalName(String);

impl LocalName {
    pub const MAX: usize = 30;

    /// Names that addresses of the node, well-known mailboxes or our own actors use.
    const RESERVED: [&str; 50] = [
        "about",
        "abuse",
        "account",
        "accounts",
        "activities",
        "activity",
        "actor",
        "admin",
        "administrator",
        "all",
        "anonymous",
        "api",
        "assets",
        "auth",
        "chapter",
        "everyone",
        "follow",
        "groups",
        "guest",
        "help",
        "here",
        "host",
        "hostmaster",
        "inbox",
        "info",
        "instance",
        "login",
        "logout",
        "mail",
        "media",
        "moderator",
        "network",
        "nobody",
        "noreply",
        "oauth",
        "outbox",
        "owner",
        "postmaster",
        "relay",
        "root",
        "search",
        "security",
        "settings",
        "setup",
        "support",
        "system",
        "tags",
        "tsudoi",
        "users",
        "webmaster",
    ];

    /// Reads a name; capitals and full-width letters, which phones like to type, become plain ones.
    pub fn parse(text: &str) -> Result<Self> {
        let name: String = text.trim().nfkc().take(100).collect::<String>().to_lowercase();
        let legal = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '_');
        if name.is_empty() || name.len() > Self::MAX || !name.chars().all(legal) {
            return Err(Error::Invalid("handle-local-name", Self::MAX));
        }
        Ok(Self(name))
    }

    /// A name that somebody wants for a new account: not a reserved one.
    pub fn choose(text: &str) -> Result<Self> {
        let name = Self::parse(text)?;
        if Self::RESERVED.contains(&name.as_str()) {
            return Err(Error::invalid("handle-reserved"));
        }
        Ok(name)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LocalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for LocalName {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_read_in_every_usual_form() {
        for (text, shown) in [
            ("@aiko@om.example.jp", "aiko@om.example.jp"),
            ("aiko@om.example.jp", "aiko@om.example.jp"),
            ("acct:aiko@om.example.jp", "aiko@om.example.jp"),
            (" @Aiko@OM.Example.JP ", "Aiko@om.example.jp"),
            ("a.b-c_d@x.example", "a.b-c_d@x.example"),
            ("_@x.example", "_@x.example"),
            ("aiko@iwate.localhost:8081", "aiko@iwate.localhost:8081"),
            ("aiko@om.example.jp:443", "aiko@om.example.jp"),
            ("aiko@集い.example", "aiko@xn--n8jv002a.example"),
            ("aiko@ｏｍ.example", "aiko@om.example"),
        ] {
            assert_eq!(Handle::parse(text).unwrap().to_string(), shown, "{text:?}");
        }
        assert_eq!(Handle::parse("Aiko@X.example").unwrap().key(), "aiko@x.example");
    }

    #[test]
    fn tricks_and_typing_errors_are_refused_with_the_part_that_is_wrong() {
        for (text, key) in [
            ("", "handle-form"),
            ("aiko", "handle-form"),
            ("@@x.example", "handle-name"),
            ("愛子@x.example", "handle-name"),
            (".aiko@x.example", "handle-name"),
            ("aiko-@x.example", "handle-name"),
            ("ai ko@x.example", "handle-name"),
            ("aiko@", "handle-host"),
            ("aiko@x.example@evil.example", "handle-host"),
            ("aiko@x.example/path", "handle-host"),
            ("aiko@x .example", "handle-host"),
            ("aiko@x..example", "handle-host"),
            ("aiko@x.example.", "handle-host"),
            ("aiko@ex\u{ad}ample.jp", "handle-host"),
            ("aiko@ex\u{200b}ample.jp", "handle-host"),
            ("aiko@\u{202e}elpmaxe.jp", "handle-host"),
            ("aiko@%65xample.jp", "handle-host"),
            ("aiko@127.0.0.1", "handle-host"),
            ("aiko@0x7f.1", "handle-host"),
            ("aiko@[::1]", "handle-host"),
            ("aiko@x.example:0", "handle-host"),
            ("aiko@x.example:080", "handle-host"),
            ("aiko@x.example:65536", "handle-host"),
            ("aiko@x.example:", "handle-host"),
        ] {
            assert_eq!(Handle::parse(text).unwrap_err().message().0, key, "{text:?}");
        }
        let long = format!("{}@x.example", "a".repeat(101));
        assert_eq!(Handle::parse(&long).unwrap_err().message().0, "handle-name");
        let host = format!("a@{}.example", "b".repeat(64));
        assert_eq!(Handle::parse(&host).unwrap_err().message().0, "handle-host");
    }

    #[test]
    fn members_names_are_plain_and_short() {
        assert_eq!(LocalName::parse(" Ａｉｋｏ_2 ").unwrap().as_str(), "aiko_2");
        for text in ["", "あいこ", "ai.ko", "ai-ko", "a b", &"a".repeat(31)] {
            assert_eq!(LocalName::parse(text).unwrap_err().message(), ("handle-local-name", 30));
        }
    }

    #[test]
    fn nobody_signs_up_as_the_server() {
        assert_eq!(LocalName::choose("Admin").unwrap_err().message().0, "handle-reserved");
        assert!(LocalName::parse("actor").is_ok());
        assert!(LocalName::choose("aiko").is_ok());
    }
}
