//! Pictures of member nodes are fetched when their post is taken in, within a budget, so that they are there when their node is not; and two nodes
//! keep each picture as its own node offers it, for the others and for good.
use super::{ACCEPT, make};
use crate::{
    app::App,
    clock::{DAY, Timestamp},
    db::Tx,
    error::{Error, Result},
    execute,
    federation::fetch,
    fetch_all, fetch_one, fetch_optional, ids,
    media::{MediaStore, image},
    network::membership,
    outbound, posts,
    roster::{Member, Roster},
};
use tokio::task::spawn_blocking;
use url::form_urlencoded;

/// Where a keeper gives what it keeps.
pub(super) const ORIGINALS: &str = "/copies/originals";
/// How many nodes keep a picture besides its own.
const KEEPERS: usize = 2;
/// Kept pictures whose posts are gone that are deleted at a time.
const FORGOTTEN_AT_ONCE: i64 = 1_000;

/// The name of a file in the media folder of the node that published it: it is the SHA-256 of the file, so that whoever gives the file is believed
/// in nothing. `None` for other addresses.
pub(super) fn name(address: &str) -> Option<&str> {
    let (_, name) = address.split_once("/media/")?;
    MediaStore::new("".into(), 0).path(name).is_ok().then_some(name)
}

/// Whether these are the bytes that the name promises.
fn fits(name: &str, bytes: &[u8]) -> bool {
    name.contains(&format!("/{}.", ids::sha256_hex(bytes)))
}

/// The nodes that keep a picture: of the members other than its own, those whose name and its address have the lowest SHA-256 together. Everybody
/// comes to the same answer.
fn keepers<'a>(roster: &'a Roster, author: &Member, address: &str) -> Vec<&'a Member> {
    let mut others: Vec<&Member> =
        roster.members.iter().filter(|m| m.node != author.node).collect();
    others.sort_by_cached_key(|m| ids::sha256_hex(format!("{} {address}", m.node).as_bytes()));
    others.truncate(KEEPERS);
    others
}

/// The picture from a node that keeps it. Errors: `NotFound` when none has it now.
pub(super) async fn from_keepers(app: &App, address: &str, limit: usize) -> Result<Vec<u8>> {
    let us = membership::now(app).await?.ok_or(Error::NotFound)?;
    let host = outbound::authority(address).ok_or(Error::NotFound)?;
    let author = us.peer_at(&host).ok_or(Error::NotFound)?;
    let name = name(address).ok_or(Error::NotFound)?;
    let query: String =
        form_urlencoded::Serializer::new(String::new()).append_pair("of", address).finish();
    for keeper in keepers(&us.roster, author, address) {
        let base = keeper.sync_url.trim_end_matches("/net/v1");
        let kept = if keeper.node == us.me() {
            tokio::fs::read(app.originals.path(name)?).await.map_err(|_missing| Error::NotFound)
        } else {
            let url = format!("{base}{ORIGINALS}?{query}");
            fetch::file(app, &url, ACCEPT, limit).await.map(|file| file.body)
        };
        match kept {
            Ok(bytes) if fits(name, &bytes) => return Ok(bytes),
            Ok(_) => tracing::warn!(keeper = keeper.node, address, "a kept picture is another one"),
            Err(e) => tracing::debug!(keeper = keeper.node, error = %e, "no kept picture"),
        }
    }
    Err(Error::NotFound)
}

/// Fetches a picture that was asked for when its post came. Errors: `Unavailable` when its node and those that keep it do not answer, or the budget
/// is used up; it is tried again later.
pub async fn fetch_ahead(app: &App, address: &str) -> Result<()> {
    let Some(us) = membership::now(app).await? else { return Ok(()) };
    let host = outbound::authority(address);
    let Some(author) = host.as_deref().and_then(|h| us.peer_at(h)) else { return Ok(()) };
    let mut tx = app.db.read().await?;
    let is_gone = posts::queries::media_by_url(&mut tx, address).await?.is_none();
    if is_gone || is_noted(&mut tx, address).await? {
        return Ok(());
    }
    refuse_over_budget(app, &mut tx).await?;
    drop(tx);
    let file = super::file(app, address, app.config.max_media_bytes).await?;
    let kept = keepers(&us.roster, author, address).iter().any(|m| m.node == us.me());
    let original = name(address).filter(|name| kept && fits(name, &file)).map(str::to_owned);
    let (bytes, kept) = (i64::try_from(file.len()).unwrap_or(i64::MAX), original.is_some());
    // What is no picture is not kept.
    make(app, address, file.clone(), image::process).await?;
    if let Some(original) = original {
        let store = app.originals.clone();
        let work = move || store.keep(&original, &file);
        spawn_blocking(work).await.map_err(|e| Error::Internal(e.to_string()))??;
    }
    let mut tx = app.db.begin().await?;
    execute!(
        &mut tx,
        sqlx::query(
            "INSERT INTO picture_ahead (url, bytes, kept, fetched_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
        )
        .bind(address)
        .bind(bytes)
        .bind(kept)
        .bind(app.now())
    );
    tx.commit().await
}

async fn is_noted(tx: &mut Tx, address: &str) -> Result<bool> {
    let row: Option<(String,)> = fetch_optional!(
        tx,
        sqlx::query_as("SELECT url FROM picture_ahead WHERE url = $1").bind(address)
    );
    Ok(row.is_some())
}

/// Several that are fetched at the same moment may go over it together by as many pictures.
async fn refuse_over_budget(app: &App, tx: &mut Tx) -> Result<()> {
    let (day, all): (i64, i64) = fetch_one!(
        tx,
        sqlx::query_as(
            "SELECT CAST(COALESCE(SUM(CASE WHEN fetched_at > $1 THEN bytes ELSE 0 END), 0) AS BIGINT),
                CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM picture_ahead"
        )
        .bind(app.now().plus(-DAY))
    );
    let config = &app.config;
    let of = |megabytes: u32| i64::from(megabytes) << 20;
    if day < of(config.pictures_ahead_daily_mb) && all < of(config.pictures_ahead_mb) {
        Ok(())
    } else {
        Err(Error::Unavailable("the budget for pictures is used up".into()))
    }
}

/// Copies older than `month` are files no more and count no more; kept pictures go when their post does.
pub(super) async fn forget(app: &App, month: Timestamp) -> Result<()> {
    let mut tx = app.db.begin().await?;
    execute!(
        &mut tx,
        sqlx::query("DELETE FROM picture_ahead WHERE kept = FALSE AND fetched_at < $1").bind(month)
    );
    let gone: Vec<(String,)> = fetch_all!(
        &mut tx,
        sqlx::query_as(
            "DELETE FROM picture_ahead WHERE url IN (
                SELECT a.url FROM picture_ahead a WHERE a.kept = TRUE
                    AND NOT EXISTS (SELECT 1 FROM media m WHERE m.url = a.url) LIMIT $1)
             RETURNING url"
        )
        .bind(FORGOTTEN_AT_ONCE)
    );
    tx.commit().await?;
    let store = app.originals.clone();
    let work =
        move || gone.iter().filter_map(|(url,)| name(url)).try_for_each(|name| store.delete(name));
    spawn_blocking(work).await.map_err(|e| Error::Internal(e.to_string()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_the_one_that_its_address_promises_or_nothing() {
        let hash = ids::sha256_hex(b"sky");
        let name_of_sky = MediaStore::name(&hash, "jpg");
        let address = format!("https://iwate.example/media/{name_of_sky}");
        assert_eq!(name(&address), Some(name_of_sky.as_str()));
        assert!(fits(&name_of_sky, b"sky"));
        assert!(!fits(&name_of_sky, b"another sky"));
        for other in ["https://iwate.example/sky.jpg", "https://iwate.example/media/../sky.jpg"] {
            assert_eq!(name(other), None, "{other}");
        }
    }
}
