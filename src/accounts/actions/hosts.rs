//! A member wants to see nobody of a whole host.
use super::{
    super::{relations, types::Account},
    follow,
};
use crate::{
    app::App,
    db::Tx,
    error::{Error, Result},
    feeds::{home, notifications},
};

/// A host as people write it, `@host` and addresses included, in the form of `account.host`. Errors: `host-not-a-host`, `host-own`.
pub fn read_host(app: &App, text: &str) -> Result<String> {
    let text = text.trim().trim_start_matches('@');
    let text = text.split_once("://").map_or(text, |(_, rest)| rest);
    let not_a_host = || Error::invalid("host-not-a-host");
    let parsed = url::Url::parse(&format!("https://{text}")).map_err(|_e| not_a_host())?;
    let name = parsed.host_str().filter(|host| host.len() <= 253).ok_or_else(not_a_host)?;
    let host = parsed.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"));
    if host == app.host() { Err(Error::invalid("host-own")) } else { Ok(host) }
}

/// Nobody of `host` comes into the member's timelines and notifications any more; follows end both ways, which is told.
pub async fn block_host(app: &App, tx: &mut Tx, by: &Account, host: &str) -> Result<()> {
    relations::put_host_block(tx, by.id, host, app.next_id()).await?;
    for other in relations::acquainted_at(tx, by.id, host).await? {
        follow::unfollow(app, tx, by, &other).await?;
        follow::reject(app, tx, by, &other).await?;
    }
    home::forget_host(tx, by.id, host).await?;
    notifications::forget_host(tx, by.id, host).await
}

/// Follows do not come back by themselves.
pub async fn unblock_host(tx: &mut Tx, by: &Account, host: &str) -> Result<()> {
    relations::delete_host_block(tx, by.id, host).await
}
