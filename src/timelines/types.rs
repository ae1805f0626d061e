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

/// Links to the neighbours of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pager {
    pub older: Option<String>,
    /// The first page, where this one is not it.
    pub newest: Option<String>,
}

impl Pager {
    /// For the lines `ids` of `page` at `path`; `query` is what else the address says. A short page is the last one.
    pub fn of(path: &str, query: &[(&str, &str)], page: Page, ids: &[i64]) -> Self {
        let address = |before: Option<i64>| {
            let mut out = url::form_urlencoded::Serializer::new(String::new());
            out.extend_pairs(query.iter().filter(|(_, value)| !value.is_empty()));
            if let Some(before) = before {
                out.append_pair("before", &before.to_string());
            }
            let out = out.finish();
            if out.is_empty() { path.to_owned() } else { format!("{path}?{out}") }
        };
        let is_full = i64::try_from(ids.len()).is_ok_and(|n| n >= page.limit);
        Self {
            older: ids.last().filter(|_| is_full).map(|last| address(Some(*last))),
            newest: (page.before != i64::MAX).then(|| address(None)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_page_leads_on_and_a_later_page_leads_back() {
        let page = Page { limit: 2, ..Page::first() };
        let first = Pager::of("/search", &[("q", "雪 かき"), ("tab", "")], page, &[9, 7]);
        assert_eq!(first.older.unwrap(), "/search?q=%E9%9B%AA+%E3%81%8B%E3%81%8D&before=7");
        assert_eq!(first.newest, None);
        let last = Pager::of("/local", &[], Page { before: 7, ..page }, &[5]);
        assert_eq!(last, Pager { older: None, newest: Some("/local".into()) });
    }

    #[test]
    fn a_page_is_never_longer_than_forty_and_nonsense_is_refused() {
        assert_eq!(Page::parse(Some("5"), None, Some("1000")).unwrap().limit, 40);
        assert!(Page::parse(Some("x"), None, None).is_err());
        assert_eq!(Page::parse(None, None, None).unwrap(), Page::first());
    }
}
