//! The way out: which addresses this node may talk to, and the client that enforces it when it connects.
//!
//! Guards against server-side request forgery. An address is checked twice: its form before the request, and the IP addresses it resolves
//! to at the moment of connecting (`activitypub_federation`'s validating resolver), so that a name cannot change in between.
use crate::{
    config::Config,
    error::{Error, Result},
};
use activitypub_federation::resolver::ValidatingDnsResolver;
use reqwest::{
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use url::{Host, Url};

/// How far requests may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Https to public addresses on the default port.
    Internet,
    /// A node named `localhost` or under it plays with its like: http to such names, on any port, and nothing else.
    Localhost,
    /// A closed test net: anything, said aloud at the start.
    Anywhere,
}

impl Reach {
    pub fn of(config: &Config) -> Self {
        if config.federation_allow_private {
            Self::Anywhere
        } else if config.domain.scheme() == "http" {
            Self::Localhost
        } else {
            Self::Internet
        }
    }

    /// Reads an address that a remote document or a member named, and refuses what we must not contact.
    pub fn check(self, address: &str) -> Result<Url> {
        if address.len() > 2_048 {
            return Err(Error::Malformed("address longer than 2048 bytes".into()));
        }
        let url = Url::parse(address)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Error::Malformed("address with a password".into()));
        }
        let allowed = match self {
            Self::Internet => {
                url.scheme() == "https"
                    && url.port().is_none()
                    && matches!(url.host(), Some(Host::Domain(name)) if name.contains('.') && !is_localhost(name))
            }
            Self::Localhost => {
                url.scheme() == "http"
                    && matches!(url.host(), Some(Host::Domain(name)) if is_localhost(name))
            }
            Self::Anywhere => matches!(url.scheme(), "http" | "https") && url.has_host(),
        };
        if allowed {
            Ok(url)
        } else {
            Err(Error::Malformed(format!("will not contact {}", origin(&url))))
        }
    }

    /// The schemes to try for a server of which we know only the name.
    pub fn schemes(self) -> &'static [&'static str] {
        match self {
            Self::Internet => &["https"],
            Self::Localhost => &["http"],
            Self::Anywhere => &["https", "http"],
        }
    }
}

fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

fn origin(url: &Url) -> String {
    format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default())
}

/// `host[:port]` of an address, lower case, as it stands in handles and in the `host` table.
pub fn authority(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let host = url.host_str()?.to_lowercase();
    Some(url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}")))
}

/// With what every address on the server of `address` begins, in lower case: `https://host[:port]/`.
pub fn beginning(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    Some(format!("{}://{}/", url.scheme(), authority(address)?))
}

/// True when both addresses are on the same host and port: what one server may say of its own.
pub fn same_host(a: &str, b: &str) -> bool {
    matches!((authority(a), authority(b)), (Some(a), Some(b)) if a == b)
}

/// True when both are one address, however they write it: `https://a.example` is `https://a.example/`.
pub fn same_address(a: &str, b: &str) -> bool {
    a == b || matches!((Url::parse(a), Url::parse(b)), (Ok(a), Ok(b)) if a == b)
}

/// The one client for other servers: 5 s to connect, 10 s without an answer, 30 s in all; redirects are followed by hand.
pub fn client(reach: Reach) -> anyhow::Result<reqwest::Client> {
    Ok(reqwest::Client::builder()
        .redirect(Policy::none())
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(10))
        .timeout(Duration::from_secs(30))
        // One post goes to many hosts, and once to each: a kept connection costs 50 KiB and more.
        .pool_max_idle_per_host(1)
        .pool_idle_timeout(Duration::from_secs(30))
        .no_proxy()
        .user_agent(concat!("Tsudoi/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(Arc::new(Resolver {
            reach,
            checked: ValidatingDnsResolver::new(vec![], reach == Reach::Internet),
        }))
        .build()?)
}

/// Names under `localhost` are this machine by definition (RFC 6761 §6.3); others are resolved, and checked on the internet.
struct Resolver {
    reach: Reach,
    checked: ValidatingDnsResolver,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        if self.reach != Reach::Internet && is_localhost(name.as_str()) {
            let here: Addrs = Box::new(std::iter::once(SocketAddr::from(([127, 0, 0, 1], 0))));
            return Box::pin(async move { Ok(here) });
        }
        self.checked.resolve(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[test]
    fn only_public_https_names_are_contacted_on_the_internet() {
        for good in ["https://iwate.example/users/aiko", "https://xn--wgv71a.example/"] {
            assert!(Reach::Internet.check(good).is_ok(), "{good}");
        }
        for bad in [
            "http://iwate.example/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://localhost/",
            "https://a.localhost/",
            "https://iwate.example:8443/",
            "https://user:password@iwate.example/",
            "https://intranet/",
            "file:///etc/passwd",
            "ftp://iwate.example/",
            "not an address",
        ] {
            assert!(Reach::Internet.check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_node_under_localhost_contacts_only_its_like() {
        assert!(Reach::Localhost.check("http://iwate.localhost:8081/actor").is_ok());
        for bad in ["http://127.0.0.1:8081/", "http://iwate.example/", "https://iwate.example/"] {
            assert!(Reach::Localhost.check(bad).is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_public_name_that_resolves_to_this_machine_is_refused_when_connecting() {
        let client = client(Reach::Internet).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = client.get(format!("https://localhost:{port}/")).send();
        assert!(asked.await.unwrap_err().is_connect());
        assert!(listener.accept().now_or_never().is_none(), "nobody came to the door");
    }
}
