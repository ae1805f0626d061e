//! Changing, moving and deleting an account; other servers are told in the same transaction.
use super::super::{
    details::{self, types::Audience},
    queries, relations,
    types::{Account, AccountKind, Field, ProfileChange},
    wire,
};
use crate::{
    app::App,
    db::Tx,
    error::{Error, Result},
    federation::{
        context, fetch_queue,
        outbox::{Patience, Saying},
        signer,
    },
    ids::AccountId,
    network::say::{Hearing, say, unsay},
    search,
    text::{html, markdown},
};
use serde_json::{Value, json};

/// Saves what `change` makes of a member's profile as it is now, and sends it to everybody who follows them.
pub async fn update(
    app: &App,
    tx: &mut Tx,
    id: AccountId,
    change: impl FnOnce(&Account) -> ProfileChange + Send,
) -> Result<Account> {
    let mut a = queries::hold(tx, id).await?;
    let mut change = change(&a);
    change.fields.retain(|(name, value)| !name.trim().is_empty() && !value.trim().is_empty());
    let render =
        |source: &str| html::sanitise(&markdown::render(source, &|_| None, &app.url("/tags")));
    a.display_name = html::one_line(&change.display_name, Account::MAX_DISPLAY_NAME);
    a.bio_html = render(&change.bio);
    a.bio_source = change.bio;
    let known = a.fields();
    let fields: Vec<Field> =
        change.fields.into_iter().map(|(name, value)| field(&name, value, &known)).collect();
    for source in fields.iter().filter(|f| f.verified_at.is_none()).map(|f| f.source.as_str()) {
        if source.starts_with("https://") || source.starts_with("http://") {
            fetch_queue::want(app, tx, fetch_queue::Kind::Link, &format!("{}#{source}", a.id))
                .await?;
        }
    }
    a.fields = json!(fields).to_string();
    (a.locked, a.discoverable, a.indexable) =
        (change.locked, change.discoverable, change.indexable);
    a.kind = if change.bot { AccountKind::Service } else { AccountKind::Person };
    (a.avatar, a.header) = (change.avatar, change.header);
    save(app, tx, &a).await?;
    Ok(a)
}

/// A line of the profile; an address that was verified stays so until it changes.
fn field(name: &str, value: String, known: &[Field]) -> Field {
    let is_link = value.starts_with("https://") || value.starts_with("http://");
    let shown = html::one_line(&value, Account::MAX_FIELD);
    let escaped = shown
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;");
    let html = if is_link {
        format!(r#"<a href="{escaped}" rel="me nofollow noopener noreferrer">{escaped}</a>"#)
    } else {
        escaped
    };
    let verified_at = known.iter().find(|f| f.source == value).and_then(|f| f.verified_at);
    Field {
        name: html::one_line(name, Account::MAX_FIELD),
        value: html,
        source: value,
        verified_at,
    }
}

/// Writes the account and tells its followers; a picture that it shows no more is tidied away. Errors: `account-suspended`, also when that happened
/// after `a` was read.
pub async fn save(app: &App, tx: &mut Tx, a: &Account) -> Result<()> {
    let before = queries::by_id(tx, a.id).await?;
    for picture in before.pictures().filter(|picture| a.pictures().all(|p| p != *picture)) {
        queries::let_go_of_picture(tx, a.id, picture, app.next_id(), app.now()).await?;
    }
    queries::update(tx, a).await?;
    queries::by_id(tx, a.id).await?.may_speak()?;
    search::index_account(tx, a.id, &a.searchable()).await?;
    let inboxes = queries::follower_inboxes(tx, a.id).await?;
    announce(app, tx, a, inboxes).await
}

/// Says what the profile says, to the network's nodes and to `inboxes`.
pub async fn announce(app: &App, tx: &mut Tx, a: &Account, inboxes: Vec<String>) -> Result<()> {
    let (id, document) = update_of(app, tx, a).await?;
    tell(app, tx, a, &id, &document, Patience::Usual, inboxes).await
}

/// An `Update` with all that the profile says: its id and the activity.
pub async fn update_of(app: &App, tx: &mut Tx, a: &Account) -> Result<(String, Value)> {
    let public = details::queries::seen_by(tx, Audience::Public, a.id).await?;
    let id = format!("{}#updates/{}", a.uri, app.next_id());
    let mut document = context::with_context(json!({
        "id": id, "type": "Update", "actor": a.uri, "to": [context::PUBLIC], "object": wire::actor(app, a, &public),
    }));
    signer::prove(app, tx, a.id, &mut document, app.now()).await?;
    Ok((id, document))
}

/// Says that this account lives on as `target`, which must name it among its aliases.
pub async fn move_to(app: &App, tx: &mut Tx, account: &Account, target: &Account) -> Result<()> {
    if !target.aliases().contains(&account.uri) {
        return Err(Error::Forbidden("move-not-confirmed"));
    }
    let mut a = queries::hold(tx, account.id).await?;
    a.moved_to = Some(target.uri.clone());
    save(app, tx, &a).await?;
    let id = format!("{}#moves/{}", a.uri, app.next_id());
    let document = context::with_context(json!({
        "id": id, "type": "Move", "actor": a.uri, "object": a.uri, "target": target.uri, "to": [a.followers_uri],
    }));
    let inboxes = queries::follower_inboxes(tx, a.id).await?;
    tell(app, tx, &a, &id, &document, Patience::Long, inboxes).await?;
    follow_the_move(app, tx, &a, target).await
}

/// Every member who follows `old` follows `new` instead, and in the same way. Used for moves of local and of remote accounts.
pub async fn follow_the_move(app: &App, tx: &mut Tx, old: &Account, new: &Account) -> Result<()> {
    for follower in queries::local_followers(tx, old.id, 10_000).await? {
        let follows_both = queries::follow(tx, follower.id, new.id).await?.is_some();
        match super::follow::follow(app, tx, &follower, new, None).await {
            Ok(_) if follows_both => {}
            Ok(_) => relations::copy_follow_choices(tx, follower.id, old.id, new.id).await?,
            Err(Error::Forbidden(_)) => {}
            Err(e) => return Err(e),
        }
        super::follow::unfollow(app, tx, &follower, old).await?;
    }
    Ok(())
}

/// Names the accounts from which this one may take over followers.
pub async fn set_aliases(
    app: &App,
    tx: &mut Tx,
    account: &Account,
    aliases: &[String],
) -> Result<()> {
    let mut a = queries::hold(tx, account.id).await?;
    a.also_known_as = json!(aliases).to_string();
    save(app, tx, &a).await
}

/// Removes a local account: a `Delete` to every server we know of that may have a copy, then everything that signs in.
///
/// The keys stay until the deliveries are done; the profile is empty at once, and nobody reads the posts, which are removed afterwards.
pub async fn delete(app: &App, tx: &mut Tx, account: &Account) -> Result<()> {
    let id = format!("{}#delete", account.uri);
    let mut document = context::with_context(json!({
        "id": id, "type": "Delete", "actor": account.uri, "object": account.uri, "to": [context::PUBLIC],
    }));
    signer::prove(app, tx, account.id, &mut document, app.now()).await?;
    let mut inboxes = queries::follower_inboxes(tx, account.id).await?;
    inboxes.extend(queries::known_shared_inboxes(tx).await?);
    tell(app, tx, account, &id, &document, Patience::Long, inboxes).await?;
    unsay(app, tx, &id, &account.uri, true).await?;
    for picture in account.pictures() {
        queries::let_go_of_picture(tx, account.id, picture, app.next_id(), app.now()).await?;
    }
    queries::delete_relations(tx, account.id).await?;
    queries::delete_member(tx, account.id).await?;
    queries::bury(tx, account.id, app.now()).await?;
    search::forget_account(tx, account.id).await?;
    fetch_queue::want(app, tx, fetch_queue::Kind::Remains, &account.uri).await
}

async fn tell(
    app: &App,
    tx: &mut Tx,
    sender: &Account,
    uri: &str,
    body: &Value,
    patience: Patience,
    inboxes: Vec<String>,
) -> Result<()> {
    let saying = Saying::new(sender.id, uri, body, &sender.uri).tried(patience);
    say(app, tx, &saying, Hearing::Public, inboxes).await
}
