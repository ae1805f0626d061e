//! Pages of a timeline. Pure.
use crate::error::{Error, Result};

/// Which part of a list is asked for: keyset paging by id, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Older than this.
    pub before: i64,
    /// Newer than this.
    pub after: i64,
    pub limit: i64,
}

impl Page {
    pub const USUAL: i64 = 20;
    pub const MOST: i64 = 40;

    /// Reads `max_id`, `since_id`/`min_id` and `limit` as clients send them; `limit` is cut to 40.
    pub fn parse(max_id: Option<&str>, min_id: Option<&str>, limit: Option<&str>) -> Result<Self> {
        let number = |text: Option<&str>, otherwise: i64| match text.map(str::trim) {
            None | Some("") => Ok(otherwise),
            Some(t) => t.parse::<i64>().map_err(|e| Error::Malformed(format!("{t:?}: {e}"))),
        };
        Ok(Self {
            before: number(max_id, i64::MAX)?,
            after: number(min_id, 0)?,
            limit: number(limit, Self::USUAL)?.clamp(1, Self::MOST),
        })
    }

    pub fn first() -> Self {
        Self { before: i64::MAX, after: 0, limit: Self::USUAL }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_never_longer_than_forty_and_nonsense_is_refused() {
        assert_eq!(Page::parse(Some("5"), None, Some("1000")).unwrap().limit, 40);
        assert!(Page::parse(Some("x"), None, None).is_err());
        assert_eq!(Page::parse(None, None, None).unwrap(), Page::first());
    }
}
