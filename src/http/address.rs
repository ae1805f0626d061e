//! The address a request comes from, also behind a reverse proxy that we trust.
use crate::app::App;
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::request::Parts,
};
use std::{
    convert::Infallible,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

/// The client's address. `X-Forwarded-For` counts only from a trusted proxy, read from the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// What floods are counted by: the address, or for IPv6 the network of 64 bits that one customer has.
    pub fn key(&self) -> String {
        match self.0.to_canonical() {
            IpAddr::V4(v4) => v4.to_string(),
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        }
    }
}

impl aide::OperationInput for ClientAddress {}

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| {
                peer.ip().to_canonical()
            });
        // A proxy may add a line of its own, which comes last, instead of lengthening the one that the client sent.
        let lines = parts.headers.get_all("x-forwarded-for").iter();
        let forwarded: Vec<&str> = lines.map(|line| line.to_str().unwrap_or_default()).collect();
        let trusted = |ip: &IpAddr| app.config.trusted_proxies.0.iter().any(|net| net.contains(ip));
        Ok(Self(origin(peer, &forwarded.join(","), trusted)))
    }
}

/// The rightmost address that is no trusted proxy; what stands left of it could be invented.
fn origin(peer: IpAddr, forwarded: &str, trusted: impl Fn(&IpAddr) -> bool) -> IpAddr {
    let mut at = peer;
    for hop in forwarded.rsplit(',') {
        if !trusted(&at) {
            break;
        }
        match hop.trim().parse::<IpAddr>() {
            Ok(ip) => at = ip.to_canonical(),
            Err(_) => break,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trusted_proxy_may_say_where_a_request_comes_from() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let proxy = |at: &IpAddr| *at == ip("10.0.0.1");
        assert_eq!(origin(ip("203.0.113.9"), "198.51.100.7", proxy), ip("203.0.113.9"));
        assert_eq!(origin(ip("10.0.0.1"), "1.2.3.4, 198.51.100.7", proxy), ip("198.51.100.7"));
        assert_eq!(origin(ip("10.0.0.1"), "nonsense", proxy), ip("10.0.0.1"));
        assert_eq!(ClientAddress(ip("2001:db8:1:2:3::4")).key(), "2001:db8:1:2::/64");
    }
}
