//! Filters: words and posts of which a member is warned. They are applied on the server; what to do about a hit is left to the client.
use super::{
    seen::{self, Test},
    view::PostView,
};
use crate::{
    clock::Timestamp,
    db::Tx,
    error::{Error, Result},
    execute, fetch_all, fetch_one, fetch_optional,
    ids::{AccountId, PostId},
    text::{html, tokens},
};
use serde::{Deserialize, Serialize};
use std::{collections::HashMap, fmt::Write, sync::Arc};

/// Where a client applies a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "FilterContext")]
pub enum Context {
    Home,
    Notifications,
    Public,
    Thread,
    Account,
}

impl Context {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Home, "home"),
        (Self::Notifications, "notifications"),
        (Self::Public, "public"),
        (Self::Thread, "thread"),
        (Self::Account, "account"),
    ];
}

/// What a client does with a hit.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, sqlx::Type, Serialize, Deserialize, schemars::JsonSchema,
)]
#[sqlx(type_name = "TEXT", rename_all = "lowercase")]
#[serde(rename_all = "lowercase")]
pub enum FilterAction {
    Warn,
    Hide,
    Blur,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Filter {
    pub id: i64,
    pub account_id: AccountId,
    pub title: String,
    /// Words of [`Context`] between commas.
    contexts: String,
    pub action: FilterAction,
    pub expires_at: Option<Timestamp>,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Keyword {
    pub id: i64,
    pub filter_id: i64,
    pub keyword: String,
    pub whole_word: bool,
}

#[derive(Clone, Debug, sqlx::FromRow)]
pub struct FilteredPost {
    pub id: i64,
    pub filter_id: i64,
    pub post_id: PostId,
}

/// Why a post is filtered.
#[derive(Clone, Debug)]
pub struct Hit {
    pub filter: Arc<Filter>,
    pub keywords: Vec<String>,
    /// The post itself was chosen.
    pub chosen: bool,
}

impl Filter {
    /// Filters of one member, keywords of one filter, characters of a title and of a keyword.
    pub const MOST: i64 = 100;
    pub const MAX_KEYWORDS: i64 = 100;
    pub const MAX_TITLE: usize = 200;
    pub const MAX_KEYWORD: usize = 200;

    /// A new filter that warns everywhere until it is taken away.
    pub fn new(id: i64, account_id: AccountId) -> Self {
        let (title, action) = (String::new(), FilterAction::Warn);
        Self { id, account_id, title, contexts: String::new(), action, expires_at: None }
    }

    pub fn contexts(&self) -> Vec<Context> {
        let has = |word: &str| self.contexts.split(',').any(|c| c == word);
        Context::ALL.into_iter().filter(|(_, word)| has(word)).map(|(context, _)| context).collect()
    }

    pub fn set_contexts(&mut self, contexts: &[Context]) {
        let chosen = Context::ALL.into_iter().filter(|(context, _)| contexts.contains(context));
        self.contexts = chosen.map(|(_, word)| word).collect::<Vec<_>>().join(",");
    }

    pub fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    fn check(&self) -> Result<()> {
        if self.title.trim().is_empty() {
            return Err(Error::invalid("filter-title-empty"));
        }
        if self.title.chars().count() > Self::MAX_TITLE {
            return Err(Error::Invalid("filter-title-too-long", Self::MAX_TITLE));
        }
        if self.contexts.is_empty() {
            return Err(Error::invalid("filter-context-empty"));
        }
        Ok(())
    }
}

// actions

/// Makes or changes a filter. Errors: `filter-…`, `filters-too-many`.
pub async fn save(tx: &mut Tx, filter: &Filter) -> Result<()> {
    filter.check()?;
    let known = by_id(tx, filter.account_id, filter.id).await?;
    if known.is_none() && count(tx, filter.account_id).await? >= Filter::MOST {
        return Err(Error::Invalid("filters-too-many", usize::try_from(Filter::MOST).unwrap_or(0)));
    }
    put(tx, filter).await
}

/// Makes or changes a keyword. Errors: `keyword-empty`, `keyword-too-long`, `keywords-too-many`.
pub async fn save_keyword(tx: &mut Tx, k: &Keyword) -> Result<()> {
    if k.keyword.trim().is_empty() {
        return Err(Error::invalid("keyword-empty"));
    }
    if k.keyword.chars().count() > Filter::MAX_KEYWORD {
        return Err(Error::Invalid("keyword-too-long", Filter::MAX_KEYWORD));
    }
    put_keyword(tx, k).await?;
    if count_keywords(tx, k.filter_id).await? > Filter::MAX_KEYWORDS {
        let most = usize::try_from(Filter::MAX_KEYWORDS).unwrap_or(0);
        return Err(Error::Invalid("keywords-too-many", most));
    }
    Ok(())
}

// applying

/// Puts into each view which filters of `viewer` it meets. One's own posts meet none.
pub async fn apply(
    tx: &mut Tx,
    viewer: AccountId,
    views: &mut HashMap<PostId, PostView>,
) -> Result<()> {
    let ids: Vec<PostId> = views.keys().copied().collect();
    let tests = seen::tests(tx, viewer, &ids).await?;
    let filters: Vec<(Arc<Filter>, Vec<Sought>)> = tests
        .chunk_by(|a, b| a.filter.id == b.filter.id)
        .filter_map(|of_one| {
            let filter = Arc::new(of_one.first()?.filter.clone());
            Some((filter, of_one.iter().filter_map(Sought::of).collect()))
        })
        .collect();
    for view in views.values_mut().filter(|v| v.post.account_id != viewer) {
        let text = tokens::fold(&words_of(view));
        for (filter, sought) in &filters {
            let chosen =
                sought.iter().any(|s| matches!(s, Sought::Post(id) if *id == view.post.id));
            let keywords: Vec<String> = sought.iter().filter_map(|s| s.met_in(&text)).collect();
            if chosen || !keywords.is_empty() {
                view.filtered.push(Hit { filter: filter.clone(), keywords, chosen });
            }
        }
    }
    Ok(())
}

/// What a filter looks for.
enum Sought {
    Word { keyword: String, folded: String, whole: bool },
    Post(PostId),
}

impl Sought {
    fn of(test: &Test) -> Option<Self> {
        if let Some(post) = test.post_id {
            return Some(Self::Post(post));
        }
        let keyword = test.keyword.clone()?;
        let folded = tokens::fold(keyword.trim());
        Some(Self::Word { keyword, folded, whole: test.whole_word.unwrap_or_default() })
    }

    /// The keyword, if it stands in the text.
    fn met_in(&self, text: &str) -> Option<String> {
        match self {
            Self::Word { keyword, folded, whole } if tokens::contains(text, folded, *whole) => {
                Some(keyword.clone())
            }
            _ => None,
        }
    }
}

/// All that a reader of the post meets.
fn words_of(v: &PostView) -> String {
    let body = html::plain_text(&v.post.content_html);
    let mut text = format!("{}\n{}\n{body}", v.post.title, v.post.summary);
    for media in &v.media {
        let _ = write!(text, "\n{}", media.description);
    }
    for option in v.poll.iter().flat_map(|p| &p.options) {
        let _ = write!(text, "\n{}", option.title);
    }
    text
}

// SQL

pub async fn all(tx: &mut Tx, of: AccountId) -> Result<Vec<Filter>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as("SELECT * FROM filter WHERE account_id = $1 ORDER BY id LIMIT $2")
            .bind(of)
            .bind(Filter::MOST)
    ))
}

pub async fn by_id(tx: &mut Tx, of: AccountId, id: i64) -> Result<Option<Filter>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as("SELECT * FROM filter WHERE id = $1 AND account_id = $2").bind(id).bind(of)
    ))
}

async fn count(tx: &mut Tx, of: AccountId) -> Result<i64> {
    let (n,): (i64,) = fetch_one!(
        tx,
        sqlx::query_as("SELECT COUNT(*) FROM filter WHERE account_id = $1").bind(of)
    );
    Ok(n)
}

async fn put(tx: &mut Tx, f: &Filter) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO filter (id, account_id, title, contexts, action, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (id) DO UPDATE SET title = excluded.title, contexts = excluded.contexts,
                 action = excluded.action, expires_at = excluded.expires_at"
        )
        .bind(f.id)
        .bind(f.account_id)
        .bind(&f.title)
        .bind(&f.contexts)
        .bind(f.action)
        .bind(f.expires_at)
    );
    Ok(())
}

pub async fn delete(tx: &mut Tx, id: i64) -> Result<()> {
    for sql in [
        "DELETE FROM filter_keyword WHERE filter_id = $1",
        "DELETE FROM filter_post WHERE filter_id = $1",
        "DELETE FROM filter WHERE id = $1",
    ] {
        execute!(tx, sqlx::query(sql).bind(id));
    }
    Ok(())
}

/// The keywords of all filters of a member.
pub async fn keywords(tx: &mut Tx, of: AccountId) -> Result<Vec<Keyword>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT k.* FROM filter f JOIN filter_keyword k ON k.filter_id = f.id
             WHERE f.account_id = $1 ORDER BY k.id LIMIT 2000"
        )
        .bind(of)
    ))
}

pub async fn keyword(tx: &mut Tx, of: AccountId, id: i64) -> Result<Option<Keyword>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT k.* FROM filter_keyword k JOIN filter f ON f.id = k.filter_id WHERE k.id = $2 AND f.account_id = $1"
        )
        .bind(of)
        .bind(id)
    ))
}

async fn count_keywords(tx: &mut Tx, filter: i64) -> Result<i64> {
    let (n,): (i64,) = fetch_one!(
        tx,
        sqlx::query_as("SELECT COUNT(*) FROM filter_keyword WHERE filter_id = $1").bind(filter)
    );
    Ok(n)
}

async fn put_keyword(tx: &mut Tx, k: &Keyword) -> Result<()> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO filter_keyword (id, filter_id, keyword, whole_word) VALUES ($1, $2, $3, $4)
             ON CONFLICT (id) DO UPDATE SET keyword = excluded.keyword, whole_word = excluded.whole_word"
        )
        .bind(k.id)
        .bind(k.filter_id)
        .bind(&k.keyword)
        .bind(k.whole_word)
    );
    Ok(())
}

pub async fn delete_keyword(tx: &mut Tx, id: i64) -> Result<()> {
    execute!(tx, sqlx::query("DELETE FROM filter_keyword WHERE id = $1").bind(id));
    Ok(())
}

/// The newest thousand posts that a member's filters name.
pub async fn posts(tx: &mut Tx, of: AccountId) -> Result<Vec<FilteredPost>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT p.* FROM filter f JOIN filter_post p ON p.filter_id = f.id
             WHERE f.account_id = $1 ORDER BY p.id DESC LIMIT 1000"
        )
        .bind(of)
    ))
}

pub async fn post(tx: &mut Tx, of: AccountId, id: i64) -> Result<Option<FilteredPost>> {
    Ok(fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT p.* FROM filter_post p JOIN filter f ON f.id = p.filter_id WHERE p.id = $2 AND f.account_id = $1"
        )
        .bind(of)
        .bind(id)
    ))
}

/// Names a post in a filter; the row that there is, if it names it already.
pub async fn put_post(tx: &mut Tx, p: &FilteredPost) -> Result<FilteredPost> {
    execute!(
        tx,
        sqlx::query("INSERT INTO filter_post (id, filter_id, post_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(p.id)
            .bind(p.filter_id)
            .bind(p.post_id)
    );
    Ok(fetch_one!(
        tx,
        sqlx::query_as("SELECT * FROM filter_post WHERE filter_id = $1 AND post_id = $2")
            .bind(p.filter_id)
            .bind(p.post_id)
    ))
}

pub async fn delete_post(tx: &mut Tx, id: i64) -> Result<()> {
    execute!(tx, sqlx::query("DELETE FROM filter_post WHERE id = $1").bind(id));
    Ok(())
}
