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
    text::handle::host_key,
};

/// The name of another server as people write it, in the form of `account.host`. Errors: `host-form`, `host-own`.
pub fn read_host(app: &App, text: &str) -> Result<String> {
    let host = host_key(text.trim()).map_err(|_no_host| Error::invalid("host-form"))?;
    if host == app.host() { Err(Error::Forbidden("host-own")) } else { Ok(host) }
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
