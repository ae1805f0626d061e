//! The timeline of a tag: public posts that have it, or others beside it.
use crate::{
    db::{Page, Tx},
    error::{Error, Result},
    posts::{read::tag_key, types::Line},
    run, wants,
};
use sqlx::{Database, Encode, QueryBuilder, Type};

/// Which posts are shown.
#[derive(Clone, Debug)]
pub struct Tagged {
    /// With one of these tags,
    any: Vec<String>,
    /// with all of these,
    all: Vec<String>,
    /// and with none of these.
    none: Vec<String>,
    pub only_local: bool,
    pub only_remote: bool,
    pub only_media: bool,
}

impl Tagged {
    /// Tags that each list may name beside the first.
    const MOST: usize = 4;

    pub fn new(tag: &str) -> Self {
        let any = vec![tag_key(tag)];
        let (all, none) = (Vec::new(), Vec::new());
        Self { any, all, none, only_local: false, only_remote: false, only_media: false }
    }

    /// With other tags: one of `any`, all of `all`, none of `none`. Errors: `malformed` for more than four in a list.
    pub fn with(mut self, any: &[String], all: &[String], none: &[String]) -> Result<Self> {
        for (list, more) in [(&mut self.any, any), (&mut self.all, all), (&mut self.none, none)] {
            if more.len() > Self::MOST {
                return Err(Error::Malformed(format!("any, all, none: at most {}", Self::MOST)));
            }
            list.extend(more.iter().map(|tag| tag_key(tag)));
        }
        Ok(self)
    }
}

/// A page of it as `member` wants to see it (0: a visitor): a walk over the index of each tag, no further than a page goes.
pub async fn timeline(tx: &mut Tx, member: i64, wanted: &Tagged, page: Page) -> Result<Vec<Line>> {
    let order = if page.from_below { "ASC" } else { "DESC" };
    let mut lines: Vec<Line> = run!(tx, |c| {
        let mut query = QueryBuilder::new(
            "SELECT w.post_id AS id, w.post_id, CAST(NULL AS BIGINT) AS booster_id FROM (",
        );
        for (number, tag) in wanted.any.iter().enumerate() {
            // A post may have more than one of them.
            query.push(if number == 0 { "" } else { " UNION " });
            query.push("SELECT walk.post_id FROM (");
            select(&mut query, tag, member, wanted, page);
            query.push(format!(" ORDER BY t.post_id {order} LIMIT ")).push_bind(page.limit);
            query.push(") walk");
        }
        query.push(format!(") w ORDER BY w.post_id {order} LIMIT ")).push_bind(page.limit);
        query.build_query_as().fetch_all(&mut *c).await?
    });
    if page.from_below {
        lines.reverse();
    }
    Ok(lines)
}

/// Posts with one tag, of which `wanted` tells the rest.
fn select<DB: Database>(
    query: &mut QueryBuilder<DB>,
    tag: &str,
    member: i64,
    wanted: &Tagged,
    page: Page,
) where
    i64: Type<DB> + for<'q> Encode<'q, DB>,
    String: Type<DB> + for<'q> Encode<'q, DB>,
{
    // CROSS: SQLite joins in the order that is written, which is the order of the page, so that it need not sort.
    query.push("SELECT t.post_id FROM post_tag t CROSS JOIN post p CROSS JOIN (SELECT CAST(");
    query.push_bind(member);
    query.push(concat!(
        " AS BIGINT) AS id) viewer
         WHERE p.id = t.post_id AND p.audience = 'public' AND p.deleted_at IS NULL AND ",
        wants!("viewer.id", "p.account_id"),
        " AND t.post_id < "
    ));
    query.push_bind(page.before).push(" AND t.post_id > ").push_bind(page.after);
    query.push(" AND t.tag = ").push_bind(tag.to_owned());
    for tag in &wanted.all {
        query.push(" AND EXISTS (SELECT 1 FROM post_tag o WHERE o.post_id = p.id AND o.tag = ");
        query.push_bind(tag.clone()).push(")");
    }
    if !wanted.none.is_empty() {
        query
            .push(" AND NOT EXISTS (SELECT 1 FROM post_tag o WHERE o.post_id = p.id AND o.tag IN ");
        list(query, &wanted.none);
        query.push(")");
    }
    for (only, sql) in [
        (wanted.only_local, " AND p.local = TRUE"),
        (wanted.only_remote, " AND p.local = FALSE"),
        (wanted.only_media, " AND EXISTS (SELECT 1 FROM media m WHERE m.post_id = p.id)"),
    ] {
        query.push(if only { sql } else { "" });
    }
}

fn list<DB: Database>(query: &mut QueryBuilder<DB>, tags: &[String])
where
    String: Type<DB> + for<'q> Encode<'q, DB>,
{
    query.push("(");
    let mut listed = query.separated(", ");
    for tag in tags {
        listed.push_bind(tag.clone());
    }
    query.push(")");
}
