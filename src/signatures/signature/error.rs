//! What can be wrong with a signed request, in words for whoever runs the other server, and with signing one.
use axum::http::header::{InvalidHeaderName, InvalidHeaderValue};
use http_signature_normalization::RequiredError;
use url::Url;

use crate::signatures::keys::KeyError;

/// Why a request was not accepted. The text is the body of the answer: 400 when [`is_malformed`](Self::is_malformed), else 401.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("the request is not signed")]
    Missing,
    #[error("malformed request: {0}")]
    Malformed(&'static str),
    #[error("malformed request: the {header} header is longer than {limit} bytes")]
    TooLong { header: &'static str, limit: usize },
    #[error("malformed request: the signature covers more than {limit} parts")]
    TooManyParts { limit: usize },
    #[error("the signature algorithm is not one of {allowed}")]
    Algorithm { allowed: &'static str },
    #[error("the signature does not cover {0}")]
    NotCovered(&'static str),
    #[error("the signature covers {0}, which the request does not have")]
    NoSuchPart(String),
    #[error("the signature covers {0}, which is not supported")]
    UnsupportedPart(String),
    #[error("(created) and (expires) can only be used with the algorithm hs2019")]
    CreatedWithoutHs2019,
    #[error("the request was made for another host")]
    OtherHost,
    #[error("the {0} header is missing")]
    NoDigest(&'static str),
    #[error("the {0} header names no digest that is supported: use SHA-256")]
    UnsupportedDigest(&'static str),
    #[error("the {0} header does not match the body")]
    DigestMismatch(&'static str),
    #[error("the Date header is not a date like Sun, 06 Nov 1994 08:49:37 GMT")]
    BadDate,
    #[error("the signature is more than 12 hours old")]
    Stale,
    #[error("the signature was made more than an hour in the future: check the clock")]
    Future,
    #[error("the signature has expired")]
    Expired,
}

impl SignatureError {
    /// Whether the headers could not be read at all, so that sending the same again can never help.
    pub fn is_malformed(&self) -> bool {
        matches!(self, Self::Malformed(_) | Self::TooLong { .. } | Self::TooManyParts { .. })
    }
}

/// Why a request could not be signed: always a fault of ours, never of the network.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("the URL has no host: {0}")]
    NoHost(Url),
    #[error("a header to be signed cannot be sent: {0}")]
    Header(#[from] InvalidHeaderValue),
    #[error("a header to be signed has no legal name: {0}")]
    HeaderName(#[from] InvalidHeaderName),
    #[error("a signature needs these headers: {0}")]
    Cavage(#[from] RequiredError),
    #[error("a signature parameter cannot be sent: {0}")]
    Rfc9421(#[from] sfv::Error),
}
