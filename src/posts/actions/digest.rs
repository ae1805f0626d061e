//! What came too late to be announced one by one, in one post of the network's group.
use super::{
    super::{queries, types::Draft},
    publish,
};
use crate::{
    accounts::actions::groups::{self, NETWORK},
    app::App,
    clock::MINUTE,
    error::Result,
    text::Lang,
};
use std::collections::HashMap;

/// When so long nothing more has come, all is there, ms.
const QUIET: i64 = 10 * MINUTE;
/// Posts that the digest links to.
const LINKS: i64 = 10;

/// Says what came late, if nothing more has come for ten minutes, so that one catch-up makes one digest; how many posts that were.
pub async fn say_late(app: &App) -> Result<u64> {
    let mut tx = app.db.read().await?;
    let last = queries::last_late(&mut tx).await?;
    drop(tx);
    let Some(last) = last.filter(|at| at.plus(QUIET) <= app.now()) else { return Ok(0) };
    let mut tx = app.db.begin().await?;
    let links = queries::newest_late(&mut tx, LINKS).await?;
    let count = queries::clear_late(&mut tx, last).await?;
    let groups = groups::ours(app, &mut tx).await?;
    // Another process may have been faster, and who is in no network any more says nothing.
    let Some(group) = groups.iter().find(|group| group.name == NETWORK && count > 0) else {
        tx.commit().await?;
        return Ok(0);
    };
    let draft = Draft { text: text(count, &links), ..Draft::default() };
    publish::put(app, &mut tx, group, draft, &HashMap::new()).await?;
    tx.commit().await?;
    Ok(count)
}

/// How many, where the newest of them stand, and how many more.
fn text(count: u64, links: &[String]) -> String {
    let rest = count.saturating_sub(u64::try_from(links.len()).unwrap_or(0));
    let more =
        |lang: Lang| if rest > 0 { lang.count("group-late-rest", rest) } else { String::new() };
    let listed: Vec<String> = links.iter().map(|link| format!("- {link}")).collect();
    let parts = [
        Lang::Ja.count("group-late", count),
        listed.join("\n"),
        more(Lang::Ja),
        Lang::En.count("group-late", count),
        more(Lang::En),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n\n")
}
