//! The groups of a node in a network: accounts of type `Group` that nobody signs in to. `network` passes on what members of all nodes say in
//! public, the one with the node's short name what its own members say (decision 0008).
use super::{
    super::{
        queries,
        types::{Account, AccountKind},
    },
    create::{local_account, make_keys},
};
use crate::{
    app::App,
    db::Tx,
    error::Result,
    ids::AccountId,
    network::membership,
    roster::Membership,
    search,
    text::{Handle, Lang, html, markdown},
};

/// The name of the group for the whole network.
pub const NETWORK: &str = "network";

/// The groups that this node has now: at most two, and none outside a network.
pub async fn ours(app: &App, tx: &mut Tx) -> Result<Vec<Account>> {
    match membership::current(app, tx).await? {
        Some(us) => queries::groups(tx, [NETWORK, us.me()], app.host()).await,
        None => Ok(Vec::new()),
    }
}

/// Makes the groups of the network that this node is in, if they are not there yet. Whoever has such a name already keeps it: then that group
/// is not made, and the log says so.
pub async fn ensure(app: &App) -> Result<()> {
    let Some(us) = membership::now(app).await? else { return Ok(()) };
    let membership = format!("{} {}", us.roster.id, us.me());
    if app.groups_made.contains_key(&membership) {
        return Ok(());
    }
    for name in [NETWORK, us.me()] {
        make(app, &us, name).await?;
    }
    app.groups_made.insert(membership, ());
    Ok(())
}

async fn make(app: &App, us: &Membership, name: &str) -> Result<()> {
    let mut tx = app.db.read().await?;
    let holder = match queries::holder(&mut tx, name, app.host()).await? {
        Some(id) => Some(queries::by_id(&mut tx, id).await?),
        None => None,
    };
    drop(tx);
    if holder.as_ref().is_some_and(Account::is_group) {
        return Ok(());
    }
    if holder.is_some() || Handle::parse(&format!("{name}@{}", app.host())).is_err() {
        tracing::warn!(
            name,
            "the group of this name is not made: an account has the name, or it cannot be a handle"
        );
        return Ok(());
    }
    let keys = make_keys().await?;
    let now = app.now();
    let mut group = local_account(app, AccountId::new(now), AccountKind::Group, name, &keys, now);
    describe(app, us, &mut group);
    let mut tx = app.db.begin().await?;
    if !queries::insert(&mut tx, &group).await? {
        return Ok(()); // another process was faster
    }
    queries::add_key(&mut tx, group.id, &keys.rsa_private, &keys.ed25519_private).await?;
    search::index_account(&mut tx, group.id, &group.searchable()).await?;
    tx.commit().await
}

/// Its name, and what it announces, in both languages: others read them in theirs.
fn describe(app: &App, us: &Membership, group: &mut Account) {
    let chapter = us.roster.member(us.me()).map_or(us.me(), |m| m.chapter.as_str());
    let text = |lang: Lang| {
        if group.name == NETWORK {
            let of = us.roster.name.as_str();
            (
                lang.with("group-network-name", "network", of),
                lang.with("group-network-bio", "network", of),
            )
        } else {
            (
                lang.with("group-chapter-name", "chapter", chapter),
                lang.with("group-chapter-bio", "chapter", chapter),
            )
        }
    };
    let ((ja, ja_bio), (en, en_bio)) = (text(Lang::Ja), text(Lang::En));
    group.display_name = html::one_line(&format!("{ja} / {en}"), Account::MAX_DISPLAY_NAME);
    group.bio_source = format!("{ja_bio}\n\n{en_bio}");
    let bio = markdown::render(&group.bio_source, &|_| None, &app.url("/tags"));
    group.bio_html = html::sanitise(&bio);
}
