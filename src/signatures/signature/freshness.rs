//! How old a signature may be.
//!
//! More liberal than Mastodon (about an hour): old peers sign with a coarse clock and retry without signing again.
//! The inbox remembers activity ids, so a replay within the window changes nothing.
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::SignatureError;

const MAX_AGE: Duration = Duration::from_hours(12);
/// How far the two clocks may differ.
const CLOCK_SKEW: Duration = Duration::from_hours(1);

/// Reads Unix seconds. Refuses what the system's time cannot hold, instead of overflowing.
pub(super) fn from_unix(seconds: u64) -> Result<SystemTime, SignatureError> {
    UNIX_EPOCH
        .checked_add(Duration::from_secs(seconds))
        .ok_or(SignatureError::Malformed("created or expires is not a time"))
}

pub(super) fn check_signed_at(
    signed_at: SystemTime,
    now: SystemTime,
) -> Result<(), SignatureError> {
    match now.duration_since(signed_at) {
        Ok(age) if age > MAX_AGE => Err(SignatureError::Stale),
        Err(ahead) if ahead.duration() > CLOCK_SKEW => Err(SignatureError::Future),
        _ => Ok(()),
    }
}

/// The skew counts here too, as at Mastodon: some peers let a signature expire after seconds.
pub(super) fn check_expires(expires: SystemTime, now: SystemTime) -> Result<(), SignatureError> {
    match now.duration_since(expires) {
        Ok(late) if late > CLOCK_SKEW => Err(SignatureError::Expired),
        _ => Ok(()),
    }
}
