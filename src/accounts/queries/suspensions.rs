//! Which suspensions the other nodes have not heard of.
use super::super::types::Account;
use crate::{db::Tx, error::Result, execute, fetch_all, fetch_optional, ids::AccountId};

/// SQL: of the suspension of member `m`, or of their return, nobody has been told.
macro_rules! untold {
    () => {
        "(m.state = 'suspended') <> m.suspension_said"
    };
}

/// Members of whose suspension, or of whose return, nobody has been told.
pub async fn suspensions_not_said(tx: &mut Tx, limit: i64) -> Result<Vec<Account>> {
    Ok(fetch_all!(
        tx,
        sqlx::query_as(concat!(
            "SELECT a.* FROM member m JOIN account a ON a.id = m.account_id WHERE ",
            untold!(),
            " LIMIT $1"
        ))
        .bind(limit)
    ))
}

pub async fn is_suspension_unsaid(tx: &mut Tx, id: AccountId) -> Result<bool> {
    let row: Option<(AccountId,)> = fetch_optional!(
        tx,
        sqlx::query_as(concat!(
            "SELECT m.account_id FROM member m WHERE m.account_id = $1 AND ",
            untold!()
        ))
        .bind(id)
    );
    Ok(row.is_some())
}

/// Notes what is said in this transaction. False when another process has said it.
pub async fn note_suspension_said(tx: &mut Tx, id: AccountId, suspended: bool) -> Result<bool> {
    let sql =
        "UPDATE member SET suspension_said = $2 WHERE account_id = $1 AND suspension_said <> $2";
    Ok(execute!(tx, sqlx::query(sql).bind(id).bind(suspended)) == 1)
}
