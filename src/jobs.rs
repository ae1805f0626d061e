//! The loops that do what no request waits for. Each is woken by a bell and looks by itself every second.
//!
//! Several processes may run the same loops on one `PostgreSQL`: work is claimed, with a lease where others are talked to.
use crate::{
    accounts,
    app::App,
    clock::{DAY, HOUR},
    copies,
    db::Tx,
    error::{Error, Result},
    federation::{delivery, inbound},
    feeds::{home, live},
    inbox::apply,
    mastodon, network, oauth, outgoing_mail, posts, remote,
};
use futures::FutureExt;
use std::{
    collections::HashMap,
    future::Future,
    panic::AssertUnwindSafe,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::Notify,
    task::{AbortHandle, JoinSet},
};

/// How long due work may wait when no bell rang.
const POLL: Duration = Duration::from_secs(1);
/// How long what has arrived waits for more.
const MOMENT: Duration = Duration::from_millis(15);
const PAUSE_AFTER_ERROR: Duration = Duration::from_secs(5);

/// Work that is still under way this long after SIGTERM is cut; its lease runs out before another process does it.
const GRACE: Duration = Duration::from_secs(20);

/// Waits until the loops have ended, which `App::stopping` tells them to: what was begun is finished, and what was only claimed is given back.
pub async fn end(mut tasks: JoinSet<()>) {
    let ended = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, ended).await.is_err() {
        tracing::warn!("work was still under way and is cut");
    }
    tasks.shutdown().await;
}

/// Starts every loop.
pub fn spawn(app: &App, tasks: &mut JoinSet<()>) {
    let a = app.clone();
    tasks
        .spawn(async move { forever(&a, &a.wake.inbound, "inbound", || apply_arrivals(&a)).await });
    let a = app.clone();
    tasks.spawn(async move { forever(&a, &a.wake.fetch, "fetch", || remote::fetch_due(&a)).await });
    let a = app.clone();
    tasks.spawn(
        async move { forever(&a, &a.wake.mail, "mail", || outgoing_mail::send_due(&a)).await },
    );
    let a = app.clone();
    tasks.spawn(async move {
        forever(&a, &a.wake.push, "push", || mastodon::push::send_due(&a)).await;
    });
    let a = app.clone();
    tasks.spawn(async move {
        every(&a, Duration::from_secs(2), "epochs", || network::epochs::reopen(&a)).await;
    });
    let a = app.clone();
    tasks.spawn(async move {
        let talks = Mutex::new(Talks::default());
        forever(&a, &a.wake.network, "network", || converse(&a, &talks)).await;
    });
    let a = app.clone();
    tasks.spawn(async move {
        while !a.stopping.is_cancelled() {
            if !goes_well("delivery", Box::pin(delivery::run(&a, POLL))).await {
                pause(PAUSE_AFTER_ERROR).await;
            }
        }
    });
    let a = app.clone();
    tasks.spawn(async move {
        every(&a, Duration::from_secs(10), "polls", || count_polls(&a)).await;
    });
    let a = app.clone();
    tasks.spawn(async move {
        every(&a, Duration::from_secs(5), "schedule", || posts::actions::schedule::publish_due(&a))
            .await;
    });
    let a = app.clone();
    tasks.spawn(async move {
        every(&a, Duration::from_secs(60), "mutes", || end_mutes(&a)).await;
    });
    let a = app.clone();
    tasks.spawn(async move {
        every(&a, Duration::from_secs(60), "digest", || posts::actions::digest::say_late(&a)).await;
    });
    let a = app.clone();
    tasks.spawn(
        async move { every(&a, Duration::from_secs(3_600), "tidying", || tidy_up(&a)).await },
    );
}

/// Says how polls stand and how many attend events, and closes the polls that have ended; how many had news. Tests step the loop with it.
pub async fn count_polls(app: &App) -> Result<usize> {
    let ended = posts::actions::vote::close_ended(app).await?;
    let polls = posts::actions::vote::say_counts(app).await?;
    Ok(ended + polls + posts::actions::attend::say_counts(app).await?)
}

/// Mutes that have run out end; how many did. Tests step the loop with it.
pub async fn end_mutes(app: &App) -> Result<u64> {
    let mut tx = app.db.begin().await?;
    let ended = accounts::relations::end_mutes(&mut tx, app.now()).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Exchanges with the peers what they and we lack, and says what our log lacks; how much moved. Tests step the loop with it.
pub async fn speak(app: &App) -> Result<usize> {
    let moved = network::sync::sync_due(app).await?;
    let reopened = usize::from(network::epochs::reopen(app).await?);
    Ok(moved + reopened + tend(app).await?)
}

/// Says what our log lacks; one that is held takes nothing. What a host said while it was blocked is applied when it is not any more. Whoever got
/// into a network has its groups from then on.
async fn tend(app: &App) -> Result<usize> {
    accounts::actions::groups::ensure(app).await?;
    let resumed = network::log::resume(app).await?;
    match say_what_is_unsaid(app).await {
        Err(Error::Forbidden(_)) => Ok(resumed),
        said => Ok(resumed + said?),
    }
}

async fn say_what_is_unsaid(app: &App) -> Result<usize> {
    let suspensions = accounts::actions::roles::say_suspensions(app).await?;
    accounts::actions::returning::greet(app).await?;
    Ok(suspensions + posts::actions::history::say_missing(app).await?)
}

/// Conversations under way; they end with this.
#[derive(Default)]
struct Talks {
    running: JoinSet<()>,
    by_node: HashMap<String, AbortHandle>,
}

/// Has a conversation of its own with each peer, so that a slow line holds up nobody else.
async fn converse(app: &App, talks: &Mutex<Talks>) -> Result<()> {
    tend(app).await?;
    let due = network::sync::due(app).await?;
    let mut talks = talks.lock().unwrap_or_else(PoisonError::into_inner);
    let Talks { running, by_node } = &mut *talks;
    while running.try_join_next().is_some() {}
    by_node.retain(|_, talk| !talk.is_finished());
    for due in due {
        let app = app.clone();
        by_node.entry(due.node().to_owned()).or_insert_with(|| {
            running.spawn(async move {
                match network::sync::talk(&app, &due).await {
                    Ok(0) => {}
                    Ok(_) => app.wake.network.notify_one(),
                    Err(e) => tracing::error!(peer = due.node(), error = %e, "conversation failed"),
                }
            })
        });
    }
    Ok(())
}

async fn forever<F, T>(app: &App, bell: &Notify, name: &str, step: impl Fn() -> F)
where
    F: Future<Output = Result<T>>,
{
    let mut tick = tokio::time::interval(POLL);
    while !app.stopping.is_cancelled() {
        if !goes_well(name, Box::pin(step())).await {
            pause(PAUSE_AFTER_ERROR).await;
        }
        tokio::select! {
            () = bell.notified() => {}
            () = app.stopping.cancelled() => {}
            _ = tick.tick() => {}
        }
    }
}

async fn every<F, T>(app: &App, period: Duration, name: &str, step: impl Fn() -> F)
where
    F: Future<Output = Result<T>>,
{
    let mut tick = tokio::time::interval(period);
    loop {
        tokio::select! {
            biased;
            () = app.stopping.cancelled() => return,
            _ = tick.tick() => {}
        }
        goes_well(name, Box::pin(step())).await;
    }
}

/// Carries a step out. One that panics has failed like any other: the bug is told, and nothing else of its loop waits for a restart.
async fn goes_well<T>(name: &str, step: impl Future<Output = Result<T>>) -> bool {
    let done = AssertUnwindSafe(step).catch_unwind().await;
    match &done {
        Ok(Ok(_)) => {}
        Ok(Err(e)) => tracing::error!(job = name, error = %e, "job failed; it is tried again"),
        Err(_panic) => tracing::error!(job = name, "job panicked; it is tried again"),
    }
    matches!(done, Ok(Ok(_)))
}

#[expect(clippy::disallowed_methods, reason = "a pause of the loops, outside any test")]
async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}

/// What arrives in one moment is applied together, which is cheaper; where a whole batch was waiting, nothing more is waited for.
async fn apply_arrivals(app: &App) -> Result<()> {
    let mut some = 0;
    while inbound::any_due(app).await? {
        if some < usize::from(apply::BATCH) {
            pause(MOMENT).await;
        }
        some = apply::apply_batch(app).await?;
        if some == 0 {
            break; // what is due is another process's
        }
    }
    Ok(())
}

/// Once an hour: what is over goes, what is stale is looked at again. Each in a transaction of its own: others may write in between, and what
/// fails keeps none of the rest. The first failure is told.
pub async fn tidy_up(app: &App) -> Result<()> {
    let now = app.now();
    app.limits.tidy_up();
    let done = [
        remote::refresh_stale(app).await.map(drop),
        copies::forget_old(app).await,
        alone(app, async |tx| accounts::actions::sign_in::forget_expired(tx, now).await).await,
        alone(app, async |tx| oauth::grants::forget_expired(tx, now).await).await,
        alone(app, async |tx| inbound::forget_old(tx, now).await).await,
        alone(app, async |tx| home::trim(tx).await).await,
        alone(app, async |tx| live::forget(tx, now.plus(-HOUR)).await).await,
        alone(app, async |tx| posts::queries::forget_idempotent(tx, now.plus(-DAY)).await).await,
        alone(app, async |tx| posts::queries::forget_drafts(tx, now.plus(-7 * DAY)).await).await,
        alone(app, async |tx| delivery::forget_delivered(tx, now.plus(-DAY)).await).await,
        forget_unused_media(app).await,
    ];
    done.into_iter().collect()
}

async fn alone<T>(app: &App, tidy: impl AsyncFnOnce(&mut Tx) -> Result<T>) -> Result<()> {
    let mut tx = app.db.begin().await?;
    tidy(&mut tx).await?;
    tx.commit().await
}

/// Pictures that have waited for their post for a day go, and their files, if nothing else shows them.
async fn forget_unused_media(app: &App) -> Result<()> {
    let mut tx = app.db.begin().await?;
    let unused = posts::queries::take_unused_media(&mut tx, app.now().plus(-DAY)).await?;
    tx.commit().await?;
    for (file, thumbnail) in unused {
        for name in std::iter::once(file).chain(thumbnail) {
            let mut tx = app.db.read().await?;
            if !posts::queries::is_media_used(&mut tx, &name).await? {
                // One that cannot be deleted keeps none of the others.
                if let Err(error) = app.media.delete(&name) {
                    tracing::warn!(file = name, %error, "a file that nobody shows stays");
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_step_that_panics_has_failed_and_does_not_end_its_loop() {
        assert!(goes_well("fine", async { Ok(()) }).await);
        assert!(!goes_well("failing", async { Err::<(), _>(Error::NotFound) }).await);
        assert!(!goes_well::<()>("panicking", async { panic!("a bug") }).await);
    }
}
