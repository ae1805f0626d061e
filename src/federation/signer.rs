//! Local accounts' private keys, and what is signed with them.
use crate::{
    app::{App, Signer},
    clock::Timestamp,
    db::Tx,
    error::{Error, Result},
    fetch_optional,
    ids::AccountId,
    signatures::keys::{KeyError, ProofKey, SigningKey},
    signatures::proof,
};
use serde_json::Value;
use std::sync::Arc;

/// The keys of a local account. `Error::NotFound` when it has none (deleted, or not ours).
pub async fn of(app: &App, id: AccountId) -> Result<Arc<Signer>> {
    match app.keys.local.get(&id) {
        Some(signer) => Ok(signer),
        None => within(app, &mut app.db.read().await?, id).await,
    }
}

/// [`of`] within a transaction: whoever holds a connection waits for no second one, because all might.
pub async fn within(app: &App, tx: &mut Tx, id: AccountId) -> Result<Arc<Signer>> {
    if let Some(signer) = app.keys.local.get(&id) {
        return Ok(signer);
    }
    let row: Option<(String, Option<String>, String, String)> = fetch_optional!(
        tx,
        sqlx::query_as(
            "SELECT a.key_id, a.proof_key_id, k.rsa_private, k.ed25519_private
             FROM account a JOIN account_key k ON k.account_id = a.id WHERE a.id = $1"
        )
        .bind(id)
    );
    let (key_id, proof_key_id, rsa, ed25519) = row.ok_or(Error::NotFound)?;
    let broken = |e: KeyError| Error::Internal(format!("key of account {id}: {e}"));
    let signer = Arc::new(Signer {
        signing: SigningKey::parse(key_id.parse()?, &rsa).map_err(broken)?,
        proof: ProofKey::parse(proof_key_id.unwrap_or(key_id).parse()?, &ed25519)
            .map_err(broken)?,
    });
    app.keys.local.insert(id, signer.clone());
    Ok(signer)
}

/// Adds an FEP-8b32 proof, so that others can check the document without asking us. `created` is given in whole seconds, as strict readers
/// re-format it before they verify.
/// <https://codeberg.org/fediverse/fep/src/branch/main/fep/8b32/fep-8b32.md>
pub async fn prove(
    app: &App,
    tx: &mut Tx,
    id: AccountId,
    document: &mut Value,
    created: Timestamp,
) -> Result<()> {
    let signer = within(app, tx, id).await?;
    proof::add_proof(document, &signer.proof, &created.iso_seconds())
        .map_err(|e| Error::Internal(e.to_string()))
}
