//! Search among what this node knows, and looking up what it does not know yet.
use super::{
    super::{reading, types::Pager},
    Listed, Person, people,
};
use crate::{
    accounts::{self, session::SignedIn, types::Account},
    app::App,
    db::Page as Part,
    error::{Error, Result},
    posts::{article::Article, view::PostView},
    remote::{self, Resolved},
    text::Handle,
    web::{CheckedForm, Flash, Html, Page, SeeOther},
};
use askama::Template;
use axum::{
    Router,
    extract::{Query, State},
    routing::{get, post},
};
use serde::Deserialize;
use url::form_urlencoded;

/// Longer words are not looked for.
const LONGEST: usize = 500;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/search", get(search)).route("/search/look-up", post(look_up))
}

#[derive(Deserialize)]
struct Words {
    #[serde(default)]
    q: String,
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "timelines/search.html")]
struct Search {
    page: Page,
    q: String,
    people: Vec<Listed>,
    tags: Vec<String>,
    posts: Vec<PostView>,
    pager: Pager,
    /// The words are an address or a handle elsewhere: its server can be asked.
    may_look_up: bool,
}

impl Search {
    fn is_empty(&self) -> bool {
        self.people.is_empty() && self.tags.is_empty() && self.posts.is_empty()
    }
}

/// `GET /search?q=…`: accounts, tags and posts that we know. Nothing is fetched.
async fn search(
    State(app): State<App>,
    who: SignedIn,
    page: Page,
    Query(words): Query<Words>,
) -> Result<Html<Search>> {
    let page = page.at("meet", "search");
    let part = Part::parse(words.before.as_deref())?;
    let q: String = words.q.trim().chars().take(LONGEST).collect();
    let found = if q.is_empty() {
        reading::Found::default()
    } else {
        reading::search(&app, who.account.id, &q, part).await?
    };
    let mut tx = app.db.read().await?;
    let ids: Vec<i64> = found.posts.iter().map(|v| v.post.id.0).collect();
    let pager = Pager::of("/search", &[("q", &q)], part, &ids);
    let mut known = found.accounts;
    if let Some(account) = by_handle(&app, &mut tx, &q).await? {
        known.retain(|a| a.id != account.id);
        known.insert(0, account);
    }
    let people = people::listed(&mut tx, &page, known, false).await?;
    let may_look_up = may_look_up(&q);
    Ok(Html(Search { page, q, people, tags: found.tags, posts: found.posts, pager, may_look_up }))
}

/// The account whose whole handle was typed, if we know it.
async fn by_handle(app: &App, tx: &mut crate::db::Tx, q: &str) -> Result<Option<Account>> {
    let name = q.trim_start_matches(['@', '＠']);
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Ok(None);
    }
    match accounts::page::by_acct(app, tx, name).await {
        Ok(account) => Ok(Some(account).filter(Account::is_shown)),
        Err(Error::NotFound) => Ok(None),
        Err(e) => Err(e),
    }
}

fn may_look_up(q: &str) -> bool {
    q.starts_with("https://")
        || q.starts_with("http://")
        || (q.trim_start_matches('@').contains('@') && Handle::parse(q).is_ok())
}

#[derive(Deserialize)]
struct LookUp {
    q: String,
}

/// `POST /search/look-up`: asks the other server, and leads to what it answered.
async fn look_up(
    State(app): State<App>,
    who: SignedIn,
    CheckedForm(form): CheckedForm<LookUp>,
) -> Result<SeeOther> {
    let q: String = form.q.trim().chars().take(2_048).collect();
    let found = match remote::resolve(&app, who.account.id, &q).await {
        Ok(found) => found,
        Err(e @ (Error::Db(_) | Error::Internal(_))) => return Err(e),
        Err(e) => {
            // What somebody looked for is theirs to know.
            tracing::info!(why = e.message().0, "looked up in vain");
            None
        }
    };
    match found {
        Some(Resolved::Account(account)) => Ok(SeeOther::to(account.path())),
        Some(Resolved::Post(post)) => {
            let mut tx = app.db.read().await?;
            let author = accounts::queries::by_id(&mut tx, post.account_id).await?;
            Ok(SeeOther::to(format!("{}/{}", author.path(), post.id)))
        }
        None => {
            let query: String =
                form_urlencoded::Serializer::new(String::new()).append_pair("q", &q).finish();
            let flash = Flash::new("flash-look-up-failed");
            Ok(SeeOther::to(format!("/search?{query}")).saying(&app, &flash))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_and_handles_elsewhere_can_be_looked_up() {
        for q in ["https://sample.example/@a/1", "@tatoe@miyagi.example", "tatoe@miyagi.example"] {
            assert!(may_look_up(q), "{q}");
        }
        for q in ["", "防災", "@hana", "#雪かき", "a@b c"] {
            assert!(!may_look_up(q), "{q}");
        }
    }
}
