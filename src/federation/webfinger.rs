//! Finding an account by its handle on another server (RFC 7033).
use crate::{
    app::App,
    error::{Error, Result},
    federation::{context, fetch},
    outbound,
    text::handle::Handle,
};
use activitypub_federation::fetch::webfinger::Webfinger;

/// The actor's address behind a remote handle, and the handle its server gives it (an account may live under another name).
///
/// Errors: `NotFound` when there is none, `Forbidden` when it goes by a name that is not confirmed, `Unavailable` when the server does not answer now.
pub async fn resolve(app: &App, handle: &Handle) -> Result<(String, Handle)> {
    let (uri, subject) = ask(app, handle).await?;
    if subject == *handle {
        return Ok((uri, subject));
    }
    // Another name than the one we asked for must be confirmed by the server of that name.
    match ask(app, &subject).await {
        Ok(confirmed) if confirmed == (uri, subject) => Ok(confirmed),
        Ok(_) | Err(Error::NotFound) => Err(Error::Forbidden("error-remote-refused")),
        Err(e) => Err(e),
    }
}

async fn ask(app: &App, handle: &Handle) -> Result<(String, Handle)> {
    let mut last = Error::NotFound;
    for scheme in app.reach.schemes() {
        let uri =
            format!("{scheme}://{}/.well-known/webfinger?resource=acct:{handle}", handle.host());
        match fetch::get(app, &uri, "application/jrd+json, application/json").await {
            Ok(fetched) => return read(&fetched.body, handle),
            Err(e) if e.is_transient() => last = e,
            Err(e) => return Err(e),
        }
    }
    Err(last)
}

fn read(body: &[u8], asked: &Handle) -> Result<(String, Handle)> {
    let document: Webfinger = serde_json::from_slice(body)?;
    let link = document.links.into_iter().find(|link| {
        link.rel.as_deref() == Some("self") && link.kind.as_deref().is_some_and(is_activity_type)
    });
    let href = link
        .and_then(|l| l.href)
        .ok_or_else(|| Error::Malformed("webfinger: names no actor".into()))?;
    let subject = Handle::parse(&document.subject).unwrap_or_else(|_| asked.clone());
    Ok((href.to_string(), subject))
}

fn is_activity_type(kind: &str) -> bool {
    kind == context::ACTIVITY_JSON || kind.starts_with("application/ld+json")
}

/// The handle of an actor that we met by its address, as its own server confirms it. `None` when the server does not tell names at all
/// (no `WebFinger`): such an actor goes by the name in its document.
pub async fn confirm(app: &App, actor: &str, name: &str) -> Result<Option<Handle>> {
    let claimed = claimed(actor, name)?;
    match resolve(app, &claimed).await {
        Ok((uri, handle)) if outbound::same_address(&uri, actor) => Ok(Some(handle)),
        Ok(_) => Err(Error::NotFound),
        Err(Error::NotFound) => Ok(None),
        Err(e) => Err(e),
    }
}

/// `name` at the host of `actor`.
pub fn claimed(actor: &str, name: &str) -> Result<Handle> {
    let host = outbound::authority(actor).ok_or(Error::NotFound)?;
    Handle::parse(&format!("{name}@{host}"))
}
