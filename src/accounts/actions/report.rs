//! Reports for the moderators, by members and by other servers.
use super::super::{
    queries::{self, Report},
    types::Account,
};
use crate::{
    app::App,
    db::Tx,
    error::{Error, Result},
    ids::{AccountId, PostId},
    text::html,
};

/// Characters of a comment; more of another server's is cut off.
pub const MAX_COMMENT: usize = 5_000;

/// What `by` has to say about `target` and some of its posts. `uri` is the id of the remote Flag; a repeat of it changes nothing.
pub async fn report(
    app: &App,
    tx: &mut Tx,
    by: &Account,
    target: AccountId,
    posts: &[PostId],
    comment: &str,
    uri: Option<&str>,
) -> Result<Report> {
    if by.id == target {
        return Err(Error::Forbidden("report-not-oneself"));
    }
    let id = app.next_id();
    let report = Report {
        id,
        uri: uri.map_or_else(|| format!("{}/reports/{id}", by.uri), str::to_owned),
        reporter_id: by.id,
        target_id: target,
        posts: serde_json::to_string(posts)?,
        comment: html::one_line(comment, MAX_COMMENT),
    };
    queries::insert_report(tx, &report, app.now()).await?;
    Ok(report)
}
