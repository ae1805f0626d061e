//! Polls: voting, counting, and the end of a poll.
use super::super::{queries, types::Post, wire};
use super::publish::{send, whole};
use crate::{
    accounts::{self, types::Account},
    app::App,
    clock::SECOND,
    db::Tx,
    error::{Error, Result},
    federation::outbox::{Patience, Saying},
    feeds::notifications::{self, Kind, Notice},
    ids::PostId,
    network::say::{Hearing, say},
};

/// How long the votes of a poll are gathered until its counts go out, ms: six hundred voters are no six hundred activities.
const GATHERED: i64 = 20 * SECOND;

/// A member or a remote account votes. Every vote counts once; a second ballot is refused.
pub async fn vote(
    app: &App,
    tx: &mut Tx,
    by: &Account,
    post: &Post,
    choices: &[i64],
) -> Result<()> {
    if accounts::queries::is_blocked_between(tx, by.id, post.account_id).await? {
        return Err(Error::Forbidden("reaction-not-allowed"));
    }
    let poll = queries::lock_poll(tx, post.id).await?.ok_or(Error::NotFound)?;
    if poll.is_over(app.now()) {
        return Err(Error::invalid("poll-over"));
    }
    let options = queries::poll_options(tx, &[post.id]).await?;
    let before = queries::votes_of(tx, post.id, by.id).await?;
    let known = |c: &i64| options.iter().any(|o| o.position == *c);
    if choices.is_empty() || !choices.iter().all(known) || (!poll.multiple && choices.len() > 1) {
        return Err(Error::invalid("poll-choice"));
    }
    // Remote votes on a multiple-choice poll come one by one; our members vote once.
    if !before.is_empty() && (!poll.multiple || by.local) {
        return Err(Error::invalid("poll-voted"));
    }
    let mut new_voter = before.is_empty();
    for choice in choices {
        if queries::put_vote(tx, post.id, by.id, *choice).await? {
            queries::count_vote(tx, post.id, *choice, new_voter).await?;
            new_voter = false;
        }
    }
    if post.local {
        queries::note_counts(tx, post.id, app.now().plus(GATHERED)).await?;
    }
    if by.local && !post.local {
        let author = accounts::queries::by_id(tx, post.account_id).await?;
        for option in options.iter().filter(|o| choices.contains(&o.position)) {
            let id = format!("{}/votes/{}", by.uri, app.next_id());
            let document = wire::vote(&id, by, post, &author, &option.title);
            let saying = Saying::new(by.id, &id, &document, &post.uri);
            say(app, tx, &saying, Hearing::Private, [author.inbox.clone()]).await?;
        }
    }
    Ok(())
}

/// A remote vote names the answer, not its number.
pub async fn vote_by_title(
    app: &App,
    tx: &mut Tx,
    by: &Account,
    post: &Post,
    title: &str,
) -> Result<()> {
    let options = queries::poll_options(tx, &[post.id]).await?;
    let choice = options.iter().find(|o| o.title == title).ok_or(Error::invalid("poll-choice"))?;
    vote(app, tx, by, post, &[choice.position]).await
}

/// Says the counts of polls in which somebody voted a while ago. Returns how many polls.
pub async fn say_counts(app: &App) -> Result<usize> {
    let mut tx = app.db.begin().await?;
    let counted = queries::take_counted_polls(&mut tx, app.now(), 50).await?;
    for (id,) in &counted {
        publish_counts(app, &mut tx, *id).await?;
    }
    tx.commit().await?;
    Ok(counted.len())
}

/// Sends the present counts of a local poll or event to everybody who may show it.
pub(super) async fn publish_counts(app: &App, tx: &mut Tx, id: PostId) -> Result<()> {
    let post = queries::by_id(tx, id).await?;
    if !post.local || post.is_gone() || !post.audience.leaves_the_node() {
        return Ok(());
    }
    let author = accounts::queries::by_id(tx, post.account_id).await?;
    if !author.is_shown() {
        return Ok(());
    }
    let whole = whole(tx, post, author).await?;
    let document = wire::update(app, &whole, app.now());
    send(app, tx, &whole, document, Patience::Usual).await
}

/// Closes the polls that have ended: voters and author are told, the result goes out. Returns how many ended.
pub async fn close_ended(app: &App) -> Result<usize> {
    let mut tx = app.db.begin().await?;
    let ended = queries::take_ended_polls(&mut tx, app.now(), 50).await?;
    for (id,) in &ended {
        let Ok(post) = queries::by_id(&mut tx, *id).await else { continue };
        let mut told = queries::voters_here(&mut tx, *id).await?;
        told.push(post.account_id);
        let notice = |to| Notice { to, from: post.account_id, post: Some(*id) };
        let notices: Vec<Notice> = told.into_iter().map(notice).collect();
        notifications::notify_all(app, &mut tx, Kind::Poll, &notices).await?;
        publish_counts(app, &mut tx, *id).await?;
    }
    tx.commit().await?;
    Ok(ended.len())
}
