//! The first run: the one-time link makes the owner and names the node.
use super::{
    create::{self, NewMember},
    sign_in,
};
use crate::{
    accounts::types::NewPassword,
    app::{App, NodeProfile},
    error::{Error, Result},
    node,
};

/// Refuses anything but the secret of the present link with `NotFound`.
pub async fn check_link(app: &App, secret: &str) -> Result<()> {
    let mut tx = app.db.read().await?;
    if node::is_setup_token(&mut tx, secret).await? { Ok(()) } else { Err(Error::NotFound) }
}

/// Uses the link up: the owner is created and signed in. Returns the session's secret.
pub async fn found_node(
    app: &App,
    secret: &str,
    profile: &NodeProfile,
    mut owner: NewMember,
    password: Option<NewPassword>,
    user_agent: &str,
) -> Result<String> {
    check_link(app, secret).await?;
    if let Some(password) = password {
        owner.password_hash = Some(sign_in::hash_password(password).await?);
    }
    let keys = create::make_keys().await?;
    let mut tx = app.db.begin().await?;
    if !node::take_setup_token(&mut tx, secret).await? {
        return Err(Error::NotFound);
    }
    let account = create::create_member(app, &mut tx, owner, &keys).await?;
    node::save(app, &mut tx, profile).await?;
    node::mark_owned(app, &mut tx).await?;
    let session = sign_in::open_session(app, &mut tx, account.id, user_agent).await?;
    tx.commit().await?;
    Ok(session)
}
