//! Whose request is this? Signatures of other servers, checked with keys that we know, or fetch once.
#![expect(clippy::indexing_slicing, reason = "a missing key of a JSON value reads as null")]
use crate::{
    accounts::{self, types::Account},
    app::{App, RemoteKey},
    error::{Error, Result},
    federation::{fetch, hosts, json},
    outbound,
    signatures::{
        keys::PublicKey,
        proof,
        signature::{self, Claim, Incoming, SignatureError},
    },
};
use axum::http::{HeaderMap, Method};
use serde_json::Value;
use std::sync::Arc;
use url::Url;

/// A request to check: GETs have no body.
pub struct Request<'a> {
    pub method: &'a Method,
    /// As on the request line.
    pub path_and_query: &'a str,
    pub headers: &'a HeaderMap,
    pub authority: Option<&'a str>,
    pub body: Option<&'a [u8]>,
}

/// The key that signed the request, and whose it is.
///
/// Errors: `Signature` (401), `Malformed` (400), `Forbidden` for a blocked host (403), `Unavailable` when the key could not be fetched now (503).
pub async fn signer(app: &App, request: &Request<'_>) -> Result<Arc<RemoteKey>> {
    looked_up(app, request).await?
}

/// [`signer`], with the key that cannot be had told apart from the request that is refused.
async fn looked_up(app: &App, request: &Request<'_>) -> Result<Result<Arc<RemoteKey>>> {
    let base = Url::parse(app.base_url())?;
    let incoming = Incoming {
        method: request.method,
        path_and_query: request.path_and_query,
        headers: request.headers,
        body: request.body,
        authority: request.authority,
        base: &base,
    };
    let claim = signature::read(&incoming, app.now().system_time()).map_err(|e| refused(&e))?;
    if outbound::authority(&claim.key_id).is_none() {
        return Err(Error::Malformed("keyId is not an address".into()));
    }
    hosts::refuse_blocked(app, &claim.key_id).await?;
    let wrong = || Error::Signature("the signature does not fit the key".into());
    let known = known_key(app, &claim.key_id).await?;
    if let Some(known) = &known {
        if claim.verified_by(&known.key) {
            return Ok(Ok(known.clone()));
        }
        // The key may have been changed: look once, but not for every bad signature.
        if app.keys.refetched.contains_key(&claim.key_id) {
            return Err(wrong());
        }
        app.keys.refetched.insert(claim.key_id.clone(), ());
    }
    match fetch_key(app, &claim).await {
        Ok(fetched) if claim.verified_by(&fetched.key) => Ok(Ok(fetched)),
        Ok(_) => Err(wrong()),
        Err(error) if known.is_some() => Err(error),
        Err(error) => Ok(Err(error)),
    }
}

fn refused(error: &SignatureError) -> Error {
    let words = error.to_string();
    if error.is_malformed() { Error::Malformed(words) } else { Error::Signature(words) }
}

async fn known_key(app: &App, key_id: &str) -> Result<Option<Arc<RemoteKey>>> {
    if let Some(known) = app.keys.remote.get(key_id) {
        return Ok(Some(known));
    }
    let mut tx = app.db.read().await?;
    let account = accounts::queries::by_key_id(&mut tx, key_id).await?;
    Ok(account.and_then(|a| remember(app, &a, key_id)))
}

fn remember(app: &App, account: &Account, key_id: &str) -> Option<Arc<RemoteKey>> {
    let key = if account.key_id == key_id {
        PublicKey::from_pem(&account.public_key).ok()?
    } else if account.proof_key_id.as_deref() == Some(key_id) {
        PublicKey::from_multibase(account.proof_key.as_deref()?).ok()?
    } else {
        return None;
    };
    let known = Arc::new(RemoteKey { actor: account.uri.clone(), key });
    app.keys.remote.insert(key_id.to_owned(), known.clone());
    Some(known)
}

/// Fetches the key's owner anew. The keyId is the actor with a fragment, or a document of its own that names its owner.
async fn fetch_key(app: &App, claim: &Claim) -> Result<Arc<RemoteKey>> {
    let key_id = claim.key_id.as_str();
    let address = key_id.split('#').next().unwrap_or(key_id);
    if app.is_local(address) {
        return Err(Error::Signature("signed with a key of this node".into()));
    }
    let gone = |e| match e {
        Error::Gone
        | Error::NotFound
        | Error::Malformed(_)
        | Error::Invalid(..)
        | Error::Forbidden(_) => Error::Signature(format!("the key could not be fetched: {e}")),
        other => other,
    };
    let document = fetch::collection(app, address).await.map_err(gone)?;
    // GoToSocial gives the key with the beginning of its actor around it.
    let in_actor =
        json::many(&document["publicKey"]).iter().find(|k| k["id"].as_str() == Some(key_id));
    let owner = if document["inbox"].is_string() {
        json::id(&document["id"])
    } else {
        let key = in_actor.unwrap_or(&document);
        json::id(&key["owner"]).or_else(|| json::id(&key["controller"]))
    };
    let owner = owner
        .filter(|o| outbound::same_host(o, address))
        .ok_or_else(|| Error::Signature("the key names no owner on its host".into()))?;
    app.keys.remote.invalidate(key_id);
    let account = accounts::inbox::refresh(app, owner).await.map_err(gone)?;
    let whole = Some(&document).filter(|_| address == account.uri);
    remember(app, &account, key_id)
        .or_else(|| remember_further(app, whole?, &account, key_id))
        .ok_or_else(|| Error::Signature("the owner does not list this key".into()))
}

/// With an account one key is kept. Another that its document lists is known for as long as it is remembered here.
fn remember_further(
    app: &App,
    document: &Value,
    owner: &Account,
    key_id: &str,
) -> Option<Arc<RemoteKey>> {
    let listed = accounts::wire::keys(document, &owner.uri);
    let (_, pem) = listed.into_iter().find(|(id, _)| *id == key_id)?;
    let known =
        Arc::new(RemoteKey { actor: owner.uri.clone(), key: PublicKey::from_pem(pem).ok()? });
    app.keys.remote.insert(key_id.to_owned(), known.clone());
    Some(known)
}

/// True when the document carries a proof (FEP-8b32) by its own actor.
pub async fn is_proven(app: &App, document: &Value, actor: &str) -> Result<bool> {
    let Some(method) = proof::verification_method(document) else { return Ok(false) };
    if !outbound::same_host(method.as_str(), actor) {
        return Ok(false);
    }
    hosts::refuse_blocked(app, actor).await?;
    let known = match known_key(app, method.as_str()).await? {
        Some(known) => known,
        None => match accounts::inbox::refresh(app, actor).await {
            Ok(account) => match remember(app, &account, method.as_str()) {
                Some(known) => known,
                None => return Ok(false),
            },
            Err(e) if e.is_transient() => return Err(e),
            Err(_) => return Ok(false),
        },
    };
    Ok(known.actor == actor && proof::verify(document, &known.key, app.now().system_time()).is_ok())
}

/// Who reads by a signed GET: an account of another server, or nobody in particular.
///
/// With `authorized_fetch` an unsigned request is refused, and one whose key cannot be had; a wrong signature always is. Where anybody may read, a
/// server that keeps us from reading its keys reads as anybody.
pub async fn reader(app: &App, request: &Request<'_>) -> Result<Option<Account>> {
    let signed = request.headers.contains_key("signature")
        || request.headers.contains_key("signature-input");
    if !signed {
        return if app.config.authorized_fetch {
            Err(Error::Signature("this node answers signed requests only".into()))
        } else {
            Ok(None)
        };
    }
    match looked_up(app, request).await? {
        Ok(key) => {
            let mut tx = app.db.read().await?;
            accounts::queries::by_uri(&mut tx, &key.actor).await
        }
        Err(_) if !app.config.authorized_fetch => Ok(None),
        Err(error) => Err(error),
    }
}
