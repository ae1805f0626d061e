//! Who may do what on this node, and who may sign in at all. A node always keeps an owner.
use super::{profile, sign_in};
use crate::{
    accounts::{
        queries,
        types::{Member, MemberState, Role},
    },
    app::App,
    db::Tx,
    error::{Error, Result},
    ids::AccountId,
    node,
};

/// Gives a member another role. Errors: `role-not-allowed` above one's own, `role-last-owner`.
pub async fn set_role(tx: &mut Tx, by: &Member, target: AccountId, role: Role) -> Result<()> {
    let member = queries::member(tx, target).await?;
    if !by.role.may_set(member.role, role) {
        return Err(Error::Forbidden("role-not-allowed"));
    }
    if role != Role::Owner {
        keep_an_owner(tx, &member).await?;
    }
    queries::set_role(tx, target, role).await
}

/// Suspends a member, or takes them back in. Who is suspended cannot sign in, programs included, and nothing of theirs is shown: here at once, and
/// wherever [`say_suspensions`] is heard. Nobody does so to themselves or to somebody above them.
pub async fn set_suspended(
    app: &App,
    tx: &mut Tx,
    by: &Member,
    target: AccountId,
    suspended: bool,
) -> Result<()> {
    let member = queries::member(tx, target).await?;
    let from = if suspended { MemberState::Active } else { MemberState::Suspended };
    if member.state != from {
        return Ok(());
    }
    if by.account_id == target || !by.role.may_set(member.role, member.role) {
        return Err(Error::Forbidden("role-not-allowed"));
    }
    if suspended {
        keep_an_owner(tx, &member).await?;
    }
    admit(app, tx, target, !suspended).await?;
    tx.rings(&app.wake.network);
    Ok(())
}

/// Lets a member in who was shut out and shows the account again, or shuts out and hides.
pub async fn admit(app: &App, tx: &mut Tx, id: AccountId, admitted: bool) -> Result<()> {
    queries::set_hidden(tx, id, (!admitted).then(|| app.now())).await?;
    if admitted {
        return queries::set_state(tx, id, MemberState::Active).await;
    }
    sign_in::close_all_sessions(tx, id).await?;
    queries::set_state(tx, id, MemberState::Suspended).await
}

/// Tells everybody who was suspended or taken back in: the log, followers, and all servers that may have got posts through a group. Returns how
/// many members. It waits while the node's log is held.
pub async fn say_suspensions(app: &App) -> Result<usize> {
    let mut tx = app.db.read().await?;
    let changed = queries::suspensions_not_said(&mut tx, 100).await?;
    drop(tx);
    if changed.is_empty() {
        return Ok(0);
    }
    let mut tx = app.db.begin().await?;
    for account in &changed {
        let suspended = account.suspended_at.is_some();
        if !queries::note_suspension_said(&mut tx, account.id, suspended).await? {
            continue;
        }
        let mut inboxes = queries::follower_inboxes(&mut tx, account.id).await?;
        inboxes.extend(queries::known_shared_inboxes(&mut tx).await?);
        profile::announce(app, &mut tx, account, inboxes).await?;
        if !suspended {
            // What the log lacks of them may be said now.
            node::mark_history_logged(&mut tx, "").await?;
        }
    }
    tx.commit().await?;
    Ok(changed.len())
}

/// Refuses when `member` is the only owner who can sign in.
pub async fn keep_an_owner(tx: &mut Tx, member: &Member) -> Result<()> {
    let is_owner = member.role == Role::Owner && member.state == MemberState::Active;
    if is_owner && queries::hold_owners(tx).await? <= 1 {
        return Err(Error::Forbidden("role-last-owner"));
    }
    Ok(())
}
