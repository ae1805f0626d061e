//! `/net/v1`: where the nodes of the network speak to this one. Every request and every answer is a signed message ([`super::message`]).
use super::{
    epochs, joining, lanes, log, membership,
    message::{Heads, Join, Lane, Page, Pull, Push, Said, Sealed, Tail, Witness, Witnessed, seal},
    peers, sync,
};
use crate::{
    app::App,
    error::{Error, Result},
    http::address::ClientAddress,
    roster::{Member, Membership},
};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, FromRequest, FromRequestParts, Request, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::post,
};
use flate2::read::GzDecoder;
use serde::{Serialize, de::DeserializeOwned};
use std::{io::Read, sync::Arc};
use tower_http::{CompressionLevel, compression::CompressionLayer};

/// The longest request, bytes, packed and unpacked.
const MAX_PACKED: usize = 2 << 20;
const MAX_REQUEST: u64 = 4 << 20;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/net/v1/heads", post(heads))
        .route("/net/v1/log", post(take))
        .route("/net/v1/log/read", post(read))
        .route("/net/v1/lane", post(lane))
        .route("/net/v1/witness", post(witness))
        .route("/net/v1/tail", post(tail))
        .route("/net/v1/join", post(join))
        .layer(DefaultBodyLimit::max(MAX_PACKED))
        // Better packed than pages for browsers: three weeks over a thin line are a fifth less.
        .layer(CompressionLayer::new().quality(CompressionLevel::Default))
}

/// A request of a peer, known by its key.
struct Heard<T> {
    us: Arc<Membership>,
    peer: Member,
    content: T,
}

fn unpack(headers: &HeaderMap, body: &Bytes) -> Result<Vec<u8>> {
    let packed = headers.get(header::CONTENT_ENCODING).is_some_and(|v| v == "gzip");
    let mut text = Vec::new();
    let read = if packed {
        GzDecoder::new(body.as_ref()).take(MAX_REQUEST + 1).read_to_end(&mut text)
    } else {
        body.as_ref().take(MAX_REQUEST + 1).read_to_end(&mut text)
    };
    read.map_err(|e| Error::Malformed(format!("gzip: {e}")))?;
    if u64::try_from(text.len()).is_ok_and(|n| n <= MAX_REQUEST) {
        Ok(text)
    } else {
        Err(Error::TooLarge)
    }
}

/// The message of whoever speaks, within the limits.
struct Spoken {
    us: Arc<Membership>,
    sealed: Sealed,
}

impl FromRequest<App> for Spoken {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> std::result::Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let Ok(address) = ClientAddress::from_request_parts(&mut parts, app).await;
        let headers = parts.headers.clone();
        let body = Bytes::from_request(Request::from_parts(parts, body), app).await;
        let body = body.map_err(IntoResponse::into_response)?;
        let spoken = async {
            app.limits.inbox(&address.key())?;
            let us = membership::current_or_awaited(app).await?;
            let sealed = Sealed::read(&unpack(&headers, &body)?)?;
            Ok::<_, Error>(Self { us, sealed })
        };
        spoken.await.map_err(IntoResponse::into_response)
    }
}

/// A peer speaks of what only members do, and we are one.
impl<T: DeserializeOwned + Send> FromRequest<App> for Heard<T> {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> std::result::Result<Self, Response> {
        let Spoken { us, sealed } = Spoken::from_request(request, app).await?;
        let heard = async {
            let heard = known(app, us, sealed).await?;
            sync::ours(app).await?;
            Ok::<_, Error>(heard)
        };
        heard.await.map_err(IntoResponse::into_response)
    }
}

/// A message of a peer.
async fn known<T: DeserializeOwned>(
    app: &App,
    us: Arc<Membership>,
    sealed: Sealed,
) -> Result<Heard<T>> {
    let stranger = || Error::Signature("not a node of this network".into());
    let peer = us.roster.member(sealed.from()).filter(|m| m.node != us.me()).cloned();
    let peer = peer.ok_or_else(stranger)?;
    let content = sealed.open(&peer.key, us.me(), app.now())?;
    note_contact(app, &peer.node).await?;
    Ok(Heard { us, peer, content })
}

/// A peer that was away is back: it is asked at once what it lacks.
async fn note_contact(app: &App, peer: &str) -> Result<()> {
    let mut tx = app.db.read().await?;
    let away = peers::all(&mut tx).await?.get(peer).is_some_and(|p| p.fails > 0);
    drop(tx);
    if away {
        let mut tx = app.db.begin().await?;
        peers::note_contact(&mut tx, peer).await?;
        tx.commit().await?;
        app.wake.network.notify_one();
    }
    Ok(())
}

async fn answer<T: Serialize>(app: &App, us: &str, to: &str, content: &T) -> Result<Response> {
    let key = membership::key(app).await?;
    let text = seal(content, us, to, app.now(), &key.proof)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text).into_response())
}

/// What the peer has, for what we have: each is the other's acknowledgement.
async fn heads(State(app): State<App>, spoken: Spoken) -> Result<Response> {
    let Spoken { us, sealed } = spoken;
    if us.roster.member(sealed.from()).is_none() {
        return farewell(&app, &us, sealed).await;
    }
    let Heard { us, peer, content } = known::<Heads>(&app, us, sealed).await?;
    let theirs = sync::heard(&app, &peer, content, false).await?;
    let mut tx = app.db.read().await?;
    // A node that joined later lacks the versions before, too.
    let has = if theirs.oldest > 1 { 0 } else { theirs.roster };
    let ours = sync::heads(&app, &mut tx, has).await?;
    drop(tx);
    answer(&app, us.me(), &peer.node, &ours).await
}

/// A node that is no member any more learns so from the roster, and nothing else.
async fn farewell(app: &App, us: &Membership, sealed: Sealed) -> Result<Response> {
    let name = sealed.from().to_owned();
    let mut tx = app.db.read().await?;
    let former = membership::former(&mut tx, &name).await?;
    let stranger = || Error::Signature("not a node of this network".into());
    let former = former.ok_or_else(stranger)?;
    let theirs: Heads = sealed.open(&former.key, us.me(), app.now())?;
    let rosters = membership::since(&mut tx, theirs.roster).await?;
    drop(tx);
    let content = Heads { roster: us.roster.version, rosters, ..Heads::default() };
    answer(app, us.me(), &name, &content).await
}

/// New entries of the peer's own log.
async fn take(State(app): State<App>, heard: Heard<Push>) -> Result<Response> {
    let Heard { us, peer, content } = heard;
    sync::take(&app, &peer, content.entries).await?;
    let mut tx = app.db.read().await?;
    let ours = sync::heads(&app, &mut tx, i64::MAX).await?;
    drop(tx);
    answer(&app, us.me(), &peer.node, &ours).await
}

/// A page of any log that we have.
async fn read(State(app): State<App>, heard: Heard<Pull>) -> Result<Response> {
    let Heard { us, peer, content } = heard;
    if us.roster.member(&content.node).is_none() {
        return Err(Error::NotFound);
    }
    let mut tx = app.db.read().await?;
    let entries =
        log::page(&mut tx, &content.node, content.epoch, content.after, content.limit).await?;
    drop(tx);
    answer(&app, us.me(), &peer.node, &Page { entries }).await
}

/// The next items of the peer's private lane to us.
async fn lane(State(app): State<App>, heard: Heard<Lane>) -> Result<Response> {
    let Heard { us, peer, content } = heard;
    let mut tx = app.db.begin().await?;
    let acked = lanes::take(&app, &mut tx, &peer, &content).await?;
    tx.rings(&app.wake.inbound);
    tx.commit().await?;
    answer(&app, us.me(), &peer.node, &acked).await
}

/// The peer was restored from an old copy and asks to sign where its epoch ends.
async fn witness(State(app): State<App>, heard: Heard<Witness>) -> Result<Response> {
    let Heard { us, peer, content } = heard;
    let sig = epochs::witness(&app, &us, &peer, &content).await?;
    answer(&app, us.me(), &peer.node, &Witnessed { sig }).await
}

/// What this node said before it was restored, and only the peer has.
async fn tail(State(app): State<App>, heard: Heard<Tail>) -> Result<Response> {
    let Heard { us, peer, content } = heard;
    let me = us.roster.member(us.me()).ok_or(Error::NotFound)?;
    content.entries.iter().try_for_each(|e| e.check(me))?;
    let mut tx = app.db.begin().await?;
    epochs::say_again(&app, &mut tx, me, &content.entries).await?;
    tx.commit().await?;
    answer(&app, us.me(), &peer.node, &Said { count: content.entries.len() }).await
}

/// A node that was invited. It is no member yet: its own key, which is in the request, says that it is the one that will be.
async fn join(
    State(app): State<App>,
    address: ClientAddress,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response> {
    app.limits.sign_in(&address.key())?;
    let us = sync::ours(&app).await?;
    let text = unpack(&headers, &body)?;
    let key = serde_json::from_slice::<serde_json::Value>(&text)
        .ok()
        .and_then(|m| Some(m.pointer("/content/member/key")?.as_str()?.to_owned()))
        .ok_or_else(|| Error::Malformed("no key".into()))?;
    let request: Join = Sealed::read(&text)?.open(&key, us.me(), app.now())?;
    if !joining::is_invited(&app, &request).await? {
        return Err(Error::Forbidden("network-invitation-used"));
    }
    joining::confirm(&app, &request.member).await?;
    let mut tx = app.db.begin().await?;
    joining::admit(&app, &mut tx, &request).await?;
    tx.commit().await?;
    app.wake.network.notify_one();
    let mut tx = app.db.read().await?;
    let ours = sync::heads(&app, &mut tx, us.roster.version).await?;
    drop(tx);
    answer(&app, us.me(), &request.member.node, &ours).await
}
