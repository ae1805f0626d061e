//! The door: reads the signature of a received request, whichever scheme it uses.
use std::time::SystemTime;

use super::{Claim, Incoming, SignatureError, cavage, rfc9421};

/// Makes every check that needs no key: what is covered, digest, host, freshness, algorithm, sizes.
///
/// With a `Signature-Input` header the request is read as RFC 9421, as Mastodon 4.5 and Fedify 2.3 do: the header says that
/// `Signature` belongs to it, and no sender puts both schemes into one request. `Authorization: Signature …` is not read.
pub fn read(request: &Incoming<'_>, now: SystemTime) -> Result<Claim, SignatureError> {
    if request.headers.contains_key("signature-input") {
        rfc9421::read(request, now)
    } else {
        cavage::read(request, now)
    }
}
