//! Changing what a member tells of themselves; the network and other servers hear what is for them in the same transaction.
use super::{
    super::{
        details::{
            queries,
            types::{Audience, Detail, Wanted},
            wire,
        },
        queries as people,
        types::Account,
    },
    profile,
};
use crate::{
    app::App,
    db::Tx,
    error::Result,
    federation::{outbox::Saying, signer},
    ids::AccountId,
    network::say::{Hearing, say, supersede},
};

/// Writes down what a member wants to tell; a field with nothing in it is taken back, one that is not named stays. What reaches others is said to
/// them only when it changes. Errors: those of `DetailField::check`, `account-suspended`, and what keeps the node's log.
pub async fn set(app: &App, tx: &mut Tx, id: AccountId, wanted: Vec<Wanted>) -> Result<()> {
    let account = people::by_id(tx, id).await?;
    account.may_speak()?;
    let before = queries::seen_by(tx, Audience::Staff, id).await?;
    for Wanted { field, value, audience } in wanted {
        let value = field.check(&value)?;
        let said = |d: &Detail| d.field == field && d.value == value && d.audience == audience;
        if value.is_empty() {
            queries::delete(tx, id, field).await?;
        } else if !before.iter().any(said) {
            let detail = Detail { field, value, audience, chosen_at: app.now() };
            queries::put(tx, id, &detail).await?;
        }
    }
    let after = queries::seen_by(tx, Audience::Staff, id).await?;
    if !same(Audience::Public, &before, &after) {
        let inboxes = people::follower_inboxes(tx, id).await?;
        profile::announce(app, tx, &account, inboxes).await?;
    }
    if !same(Audience::Network, &before, &after) {
        tell(app, tx, &account).await?;
    }
    Ok(())
}

/// Whether those of an audience see no change.
fn same(audience: Audience, before: &[Detail], after: &[Detail]) -> bool {
    let seen = |d: &&Detail| d.audience >= audience;
    before.iter().filter(seen).eq(after.iter().filter(seen))
}

/// Tells the network's nodes all that they may know of a member, and erases from our log what it said before. A node that never was in one tells nobody.
pub async fn tell(app: &App, tx: &mut Tx, account: &Account) -> Result<()> {
    let shared = queries::seen_by(tx, Audience::Network, account.id).await?;
    // Below the account's own id, so that it is erased with the account.
    let id = format!("{}/profile#updates/{}", account.uri, app.next_id());
    let mut document = wire::update(app, account, &id, &shared, app.now());
    signer::prove(app, tx, account.id, &mut document, app.now()).await?;
    let profile = wire::profile_id(account);
    let saying = Saying::new(account.id, &id, &document, &profile);
    say(app, tx, &saying, Hearing::Network, []).await?;
    supersede(app, tx, &profile).await
}
