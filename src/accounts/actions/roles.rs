//! Who may do what on this node, and who may sign in at all. A node always keeps an owner.
use super::sign_in;
use crate::{
    accounts::{
        queries,
        types::{Member, MemberState, Role},
    },
    db::Tx,
    error::{Error, Result},
    ids::AccountId,
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

/// Shuts a member out, programs included, or lets them in again. Nobody does so to themselves or to somebody above them.
pub async fn set_disabled(
    tx: &mut Tx,
    by: &Member,
    target: AccountId,
    disabled: bool,
) -> Result<()> {
    let member = queries::member(tx, target).await?;
    let (from, to) = if disabled {
        (MemberState::Active, MemberState::Disabled)
    } else {
        (MemberState::Disabled, MemberState::Active)
    };
    if member.state != from {
        return Ok(());
    }
    if by.account_id == target || !by.role.may_set(member.role, member.role) {
        return Err(Error::Forbidden("role-not-allowed"));
    }
    if disabled {
        keep_an_owner(tx, &member).await?;
        sign_in::close_all_sessions(tx, target).await?;
    }
    queries::set_state(tx, target, to).await
}

/// Refuses when `member` is the only owner who can sign in.
pub async fn keep_an_owner(tx: &mut Tx, member: &Member) -> Result<()> {
    let is_owner = member.role == Role::Owner && member.state == MemberState::Active;
    if is_owner && queries::hold_owners(tx).await? <= 1 {
        return Err(Error::Forbidden("role-last-owner"));
    }
    Ok(())
}
