//! Keyset paging: a page begins at an id, so that it costs the same at the end of a long list, and nothing is shown twice when something is added.
use crate::error::{Error, Result};

/// Which part of a list is asked for: keyset paging by id, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Older than this.
    pub before: i64,
    /// Newer than this.
    pub after: i64,
    pub limit: i64,
    /// Those right above `after`, not the newest: a client that fills a gap from below. Newest first all the same.
    pub from_below: bool,
}

impl Page {
    pub const USUAL: i64 = 20;

    /// Reads the `before` of a page's address.
    pub fn parse(before: Option<&str>) -> Result<Self> {
        let before = match before.map(str::trim) {
            None | Some("") => i64::MAX,
            Some(t) => t.parse().map_err(|e| Error::Malformed(format!("{t:?}: {e}")))?,
        };
        Ok(Self { before, ..Self::first() })
    }

    pub fn first() -> Self {
        Self { before: i64::MAX, after: 0, limit: Self::USUAL, from_below: false }
    }
}

/// The rows of a page, newest first: `$head` is the statement without its order, `$by` the id to page by, `$limit` the number of the last
/// value, which is bound here.
#[macro_export]
macro_rules! fetch_page {
    ($tx:expr, $page:expr, ($($head:expr),+ $(,)?) by $by:literal limit $limit:literal $(, $value:expr)* $(,)?) => {{
        let sql = if $page.from_below {
            concat!($($head,)+ " ORDER BY ", $by, " ASC LIMIT ", $limit)
        } else {
            concat!($($head,)+ " ORDER BY ", $by, " DESC LIMIT ", $limit)
        };
        let mut rows: Vec<_> =
            $crate::fetch_all!($tx, sqlx::query_as(sql)$(.bind($value))*.bind($page.limit));
        if $page.from_below {
            rows.reverse();
        }
        rows
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_in_an_address_is_refused() {
        assert!(Page::parse(Some("x")).is_err());
        assert_eq!(Page::parse(Some("5")).unwrap(), Page { before: 5, ..Page::first() });
        assert_eq!(Page::parse(None).unwrap(), Page::first());
    }
}
