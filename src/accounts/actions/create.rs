//! New accounts: the node's own actor, members by the command line, sign-up with a mailed code, approval.
use super::super::{
    queries,
    types::{Account, AccountKind, Member, MemberState, Role},
};
use crate::{
    app::App,
    clock::Timestamp,
    db::Tx,
    error::{Error, Result},
    federation::fetch::INSTANCE_ACTOR,
    ids::AccountId,
    mail::EmailAddress,
    search,
    signatures::keys::{self, GeneratedKeys},
    text::{handle::LocalName, lang::Lang},
};

/// What a new member brings.
pub struct NewMember {
    pub name: LocalName,
    pub display_name: String,
    pub email: EmailAddress,
    /// Already hashed.
    pub password_hash: Option<String>,
    pub role: Role,
    pub state: MemberState,
    pub reason: String,
    pub lang: Lang,
}

/// New keys, made off the async threads (an RSA key takes 80 ms).
pub async fn make_keys() -> Result<GeneratedKeys> {
    tokio::task::spawn_blocking(keys::generate)
        .await
        .map_err(|e| Error::Internal(e.to_string()))?
        .map_err(|e| Error::Internal(e.to_string()))
}

/// Creates an account that can sign in. Errors: `name-taken`, `email-taken`.
pub async fn create_member(
    app: &App,
    tx: &mut Tx,
    new: NewMember,
    keys: &GeneratedKeys,
) -> Result<Account> {
    let now = app.now();
    if queries::holder(tx, new.name.as_str(), app.host()).await?.is_some() {
        return Err(Error::invalid("name-taken"));
    }
    if queries::member_by_email(tx, &new.email.key()).await?.is_some() {
        return Err(Error::invalid("email-taken"));
    }
    let mut account =
        local_account(app, AccountId::new(now), AccountKind::Person, new.name.as_str(), keys, now);
    account.display_name = new.display_name;
    if !queries::insert(tx, &account).await? {
        return Err(Error::invalid("name-taken"));
    }
    queries::add_key(tx, account.id, &keys.rsa_private, &keys.ed25519_private).await?;
    let member = Member {
        account_id: account.id,
        email: new.email.to_string(),
        password_hash: new.password_hash,
        role: new.role,
        state: new.state,
        reason: new.reason,
        lang: new.lang,
        default_audience: "public".into(),
        default_sensitive: false,
        post_lang: String::new(),
        created_at: now,
        last_seen_at: now,
    };
    queries::insert_member(tx, &member).await?;
    search::index_account(tx, account.id, &account.searchable()).await?;
    Ok(account)
}

/// Makes the instance actor, which signs our fetches and reports, if it is not there yet. Called at every start.
pub async fn ensure_instance_actor(app: &App) -> Result<()> {
    let mut tx = app.db.read().await?;
    let known = queries::by_id(&mut tx, INSTANCE_ACTOR).await;
    drop(tx);
    match known {
        Ok(actor) if actor.uri == app.url("/actor") => return Ok(()),
        Ok(actor) => {
            return Err(Error::Internal(format!(
                "this database belongs to {}; a node cannot change its domain",
                actor.host
            )));
        }
        Err(Error::NotFound) => {}
        Err(e) => return Err(e),
    }
    let keys = make_keys().await?;
    let name = app.config.domain.host().to_owned();
    let mut actor =
        local_account(app, INSTANCE_ACTOR, AccountKind::Application, &name, &keys, app.now());
    let uri = app.url("/actor");
    actor.inbox = format!("{uri}/inbox");
    actor.outbox = Some(format!("{uri}/outbox"));
    actor.followers_uri = None;
    actor.featured_uri = None;
    actor.key_id = format!("{uri}#main-key");
    actor.proof_key_id = Some(format!("{uri}#ed25519-key"));
    actor.url = app.url("/about");
    actor.locked = true;
    actor.uri = uri;
    let mut tx = app.db.begin().await?;
    if !queries::insert(&mut tx, &actor).await? {
        return Ok(()); // another process was faster
    }
    queries::add_key(&mut tx, actor.id, &keys.rsa_private, &keys.ed25519_private).await?;
    tx.commit().await
}

/// A new account of this node, open to everybody, without a profile yet.
pub(super) fn local_account(
    app: &App,
    id: AccountId,
    kind: AccountKind,
    name: &str,
    keys: &GeneratedKeys,
    now: Timestamp,
) -> Account {
    let uri = app.url(&format!("/users/{name}"));
    Account {
        id,
        local: true,
        kind,
        name: name.to_owned(),
        host: app.host().to_owned(),
        display_name: String::new(),
        bio_html: String::new(),
        bio_source: String::new(),
        url: app.url(&format!("/@{name}")),
        inbox: format!("{uri}/inbox"),
        shared_inbox: Some(app.url("/inbox")),
        outbox: Some(format!("{uri}/outbox")),
        followers_uri: Some(format!("{uri}/followers")),
        featured_uri: Some(format!("{uri}/featured")),
        avatar: None,
        header: None,
        fields: "[]".into(),
        locked: false,
        discoverable: true,
        indexable: true,
        also_known_as: "[]".into(),
        moved_to: None,
        key_id: format!("{uri}#main-key"),
        public_key: keys.rsa_public_pem.clone(),
        proof_key_id: Some(format!("{uri}#ed25519-key")),
        proof_key: Some(keys.ed25519_public.clone()),
        followers_count: 0,
        following_count: 0,
        posts_count: 0,
        last_post_at: None,
        created_at: now,
        refreshed_at: now,
        suspended_at: None,
        deleted_at: None,
        uri,
    }
}
