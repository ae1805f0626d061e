//! What was here before the node joined its network, said to its log: profiles, details and open posts, oldest first.
#![expect(clippy::indexing_slicing, reason = "a missing key of a JSON value reads as null")]
use super::super::{queries, types::Post, wire};
use super::publish::whole;
use crate::{
    accounts::{
        self,
        actions::{details, profile},
    },
    app::App,
    db::Tx,
    error::Result,
    federation::{outbox::Saying, signer},
    network::{
        membership,
        say::{Hearing, say},
    },
    node,
};

/// Posts of one transaction.
const CHUNK: i64 = 100;

/// Says what the log of this node does not have yet; how many profiles and posts that were. Outside a network it does nothing.
pub async fn say_missing(app: &App) -> Result<usize> {
    let Some(us) = membership::now(app).await? else { return Ok(0) };
    let mut said = introduce(app, us.me()).await? + describe(app, us.me()).await?;
    let mark = format!("{} {}", us.roster.id, us.me());
    let mut tx = app.db.read().await?;
    let done = node::logged_history(&mut tx).await?;
    drop(tx);
    if done.as_deref() == Some(mark.as_str()) {
        return Ok(said);
    }
    loop {
        let mut tx = app.db.begin().await?;
        let posts = queries::not_logged(&mut tx, us.me(), CHUNK).await?;
        for post in &posts {
            recount(app, &mut tx, post).await?;
        }
        if posts.is_empty() {
            node::mark_history_logged(&mut tx, &mark).await?;
        }
        tx.commit().await?;
        if posts.is_empty() {
            return Ok(said);
        }
        said += posts.len();
    }
}

/// Members whose profiles the log does not have: new ones, too, because keys are there only once the account is.
async fn introduce(app: &App, me: &str) -> Result<usize> {
    let mut tx = app.db.read().await?;
    let missing = accounts::queries::not_logged(&mut tx, me, CHUNK).await?;
    drop(tx);
    if missing.is_empty() {
        return Ok(0);
    }
    let mut tx = app.db.begin().await?;
    for account in &missing {
        profile::announce(app, &mut tx, account, Vec::new()).await?;
    }
    tx.commit().await?;
    Ok(missing.len())
}

/// Members who tell the network of themselves, and did so before it was one.
async fn describe(app: &App, me: &str) -> Result<usize> {
    let mut tx = app.db.read().await?;
    let missing = accounts::details::queries::not_logged(&mut tx, me, CHUNK).await?;
    drop(tx);
    if missing.is_empty() {
        return Ok(0);
    }
    let mut tx = app.db.begin().await?;
    for account in &missing {
        details::tell(app, &mut tx, account).await?;
    }
    tx.commit().await?;
    Ok(missing.len())
}

async fn recount(app: &App, tx: &mut Tx, post: &Post) -> Result<()> {
    let author = accounts::queries::by_id(tx, post.account_id).await?;
    let whole = whole(tx, post.clone(), author).await?;
    let mut document = wire::create(app, &whole);
    signer::prove(app, tx, whole.author.id, &mut document, app.now()).await?;
    let uri = document["id"].as_str().unwrap_or_default().to_owned();
    let saying = Saying::new(whole.author.id, &uri, &document, &post.uri);
    say(app, tx, &saying, Hearing::Public, []).await
}
