//! What a program says about itself, and what it proves. Pure.
use crate::{
    error::{Error, Result},
    scopes::Scopes,
};
use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use std::fmt;
use subtle::ConstantTimeEq;
use url::Url;

/// Where the member's browser goes with the code: an address of the web, an app's own scheme, or [`RedirectUri::OUT_OF_BAND`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUri(String);

impl RedirectUri {
    /// The member reads the code off our page and types it.
    pub const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";
    pub const MAX: usize = 2_000;
    /// They would run in our page, or show what somebody else wrote.
    const FORBIDDEN: [&str; 6] = ["data", "vbscript", "javascript", "blob", "about", "file"];

    pub fn parse(text: &str) -> Result<Self> {
        let wrong = || Error::invalid("oauth-redirect-form");
        if text.len() > Self::MAX || !text.chars().all(|c| c.is_ascii_graphic()) {
            return Err(wrong());
        }
        let url = Url::parse(text).ok().filter(|url| url.fragment().is_none()).ok_or_else(wrong)?;
        let is_web = matches!(url.scheme(), "http" | "https");
        if Self::FORBIDDEN.contains(&url.scheme()) || is_web && url.host_str().is_none() {
            return Err(wrong());
        }
        Ok(Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_out_of_band(&self) -> bool {
        self.0 == Self::OUT_OF_BAND
    }

    /// `https`, `tusky`, …
    pub fn scheme(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }

    /// The address with what the program is told.
    pub fn with(&self, told: &[(&str, &str)]) -> String {
        let told = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(told).finish();
        let sign = if self.0.contains('?') { '&' } else { '?' };
        format!("{}{sign}{told}", self.0)
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a program says about itself when it registers.
#[derive(Clone, Debug)]
pub struct Registration {
    pub name: String,
    pub website: Option<String>,
    pub redirect_uris: Vec<RedirectUri>,
    pub scopes: Scopes,
}

impl Registration {
    pub const MAX_NAME: usize = 100;
    pub const MAX_REDIRECTS: usize = 20;

    /// `redirect_uris`: one or several, with spaces or line ends between them.
    pub fn parse(name: &str, website: &str, redirect_uris: &str, scopes: &str) -> Result<Self> {
        let (name, website) = (name.trim(), website.trim());
        if name.is_empty() || name.chars().count() > Self::MAX_NAME {
            return Err(Error::Invalid("oauth-name-form", Self::MAX_NAME));
        }
        let is_web = |url: Url| matches!(url.scheme(), "http" | "https");
        let is_page = website.len() <= RedirectUri::MAX && Url::parse(website).is_ok_and(is_web);
        if !website.is_empty() && !is_page {
            return Err(Error::invalid("oauth-website-form"));
        }
        let redirect_uris: Vec<_> =
            redirect_uris.split_whitespace().map(RedirectUri::parse).collect::<Result<_>>()?;
        if redirect_uris.is_empty() || redirect_uris.len() > Self::MAX_REDIRECTS {
            return Err(Error::Invalid("oauth-redirect-count", Self::MAX_REDIRECTS));
        }
        Ok(Self {
            name: name.to_owned(),
            website: Some(website.to_owned()).filter(|w| !w.is_empty()),
            redirect_uris,
            scopes: Scopes::parse(scopes)?,
        })
    }
}

/// What a program will prove when it fetches its token (RFC 7636): the SHA-256 of a secret of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge(String);

impl Challenge {
    /// None at all is no challenge; every method but `S256` is refused.
    pub fn parse(challenge: &str, method: &str) -> Option<Result<Self>> {
        if challenge.is_empty() && method.is_empty() {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(challenge.trim_end_matches('='));
        let is_right = method == "S256" && bytes.is_ok_and(|b| b.len() == 32);
        let challenge = challenge.trim_end_matches('=').to_owned();
        Some(if is_right {
            Ok(Self(challenge))
        } else {
            Err(Error::Malformed("code_challenge: only S256".into()))
        })
    }

    /// As the database has it.
    pub fn kept(challenge: String) -> Self {
        Self(challenge)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for the secret that the challenge was made of.
    pub fn is_met_by(&self, verifier: &str) -> bool {
        let made = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        made.as_bytes().ct_eq(self.0.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_come_back_by_the_web_by_their_own_scheme_or_not_at_all() {
        for good in [
            "https://phanpy.example/?a=b",
            "http://127.0.0.1:5000/callback",
            "tusky://callback",
            "icecubesapp:",
            RedirectUri::OUT_OF_BAND,
        ] {
            assert_eq!(RedirectUri::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "callback",
            "/callback",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "https://a.example/#part",
            "https://a.example/\r\nx: y",
            "https://",
        ] {
            assert!(RedirectUri::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_a_program_is_told_is_added_to_its_own_query() {
        let told = |uri: &str| RedirectUri::parse(uri).unwrap().with(&[("code", "a b")]);
        assert_eq!(told("https://a.example/x"), "https://a.example/x?code=a+b");
        assert_eq!(told("https://a.example/x?y=z"), "https://a.example/x?y=z&code=a+b");
        assert_eq!(told("tusky://callback"), "tusky://callback?code=a+b");
    }

    /// RFC 7636, appendix B.
    #[test]
    fn a_challenge_is_met_by_its_secret_alone() {
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        let parsed = Challenge::parse(challenge, "S256").unwrap().unwrap();
        assert!(parsed.is_met_by("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
        assert!(!parsed.is_met_by("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXl"));
        assert!(!parsed.is_met_by(challenge));
        assert!(Challenge::parse(challenge, "plain").unwrap().is_err());
        assert!(Challenge::parse(challenge, "").unwrap().is_err());
        assert!(Challenge::parse("short", "S256").unwrap().is_err());
        assert!(Challenge::parse("", "").is_none());
    }

    #[test]
    fn a_registration_has_a_name_and_a_way_back() {
        let way = "https://a.example/";
        assert!(Registration::parse("Tusky", "", way, "read write").is_ok());
        assert!(Registration::parse(" ", "", way, "").is_err());
        assert!(Registration::parse("x", "javascript:alert(1)", way, "").is_err());
        assert!(Registration::parse("x", "", " ", "").is_err());
        assert!(Registration::parse("x", "", way, "everything").is_err());
        let two = Registration::parse("x", "", "https://a.example/\nurn:ietf:wg:oauth:2.0:oob", "");
        assert_eq!(two.unwrap().redirect_uris.len(), 2);
    }
}
