//! Lists of accounts that a member follows.
use super::super::{
    lists::{self, List},
    relations,
    types::Account,
};
use crate::{
    app::App,
    db::Tx,
    error::{Error, Result},
    feeds::home,
    ids::AccountId,
    text::html,
};

/// Makes or changes a list. Errors: `list-title-empty`, `list-title-too-long`, `lists-too-many`.
pub async fn save(tx: &mut Tx, mut list: List) -> Result<List> {
    if list.title.chars().count() > List::MAX_TITLE {
        return Err(Error::Invalid("list-title-too-long", List::MAX_TITLE));
    }
    list.title = html::one_line(&list.title, List::MAX_TITLE);
    if list.title.is_empty() {
        return Err(Error::invalid("list-title-empty"));
    }
    let known = lists::list(tx, list.account_id, list.id).await?;
    if known.is_none() && lists::count(tx, list.account_id).await? >= List::MOST {
        return Err(Error::Invalid("lists-too-many", usize::try_from(List::MOST).unwrap_or(0)));
    }
    lists::put(tx, &list).await?;
    if list.exclusive {
        home::leave_to_list(tx, list.account_id, list.id).await?;
    }
    Ok(list)
}

/// Puts accounts on a list, with their newest posts. Errors: `NotFound` for one whom the member does not follow, `list-full`.
pub async fn add(
    app: &App,
    tx: &mut Tx,
    me: &Account,
    list: &List,
    who: &[AccountId],
) -> Result<()> {
    if relations::followed_of(tx, me.id, who).await?.len() < who.len() {
        return Err(Error::NotFound);
    }
    for account in who {
        lists::add(tx, list.id, *account, app.next_id()).await?;
        home::back_fill_list(tx, list.id, *account).await?;
    }
    if lists::count_accounts(tx, list.id).await? > List::MAX_ACCOUNTS {
        let most = usize::try_from(List::MAX_ACCOUNTS).unwrap_or(0);
        return Err(Error::Invalid("list-full", most));
    }
    if list.exclusive {
        home::leave_to_list(tx, me.id, list.id).await?;
    }
    Ok(())
}
