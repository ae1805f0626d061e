//! Pages of a timeline. Pure.
use crate::db::Page;

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
}
