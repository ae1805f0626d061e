//! What a reader on this node sees of somebody's details.
use super::{
    super::{queries as people, types::Account},
    queries,
    types::{Audience, Detail},
};
use crate::{db::Tx, error::Result, federation::hosts, ids::AccountId};

/// The details of `person` that this member, or a visitor, may see; of somebody whose server is blocked none. Where one of the two has blocked the other there are none, but for those who look
/// after the node.
pub async fn to(tx: &mut Tx, reader: Option<AccountId>, person: &Account) -> Result<Vec<Detail>> {
    if !person.local && hosts::is_blocked(tx, &person.host).await? {
        return Ok(Vec::new());
    }
    let Some(id) = reader else {
        return queries::seen_by(tx, Audience::Public, person.id).await;
    };
    let role = people::member(tx, id).await?.role;
    let audience = Audience::of_reader(Some((id, role)), person);
    let apart = audience > Audience::Staff && people::is_blocked_between(tx, id, person.id).await?;
    if apart { Ok(Vec::new()) } else { queries::seen_by(tx, audience, person.id).await }
}
