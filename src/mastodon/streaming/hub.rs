//! Who listens in this process, and the one loop that reads events for all of them. It runs as long as somebody listens.
//!
//! Every process reads the same rows (`feeds::live`), so that what another process committed is heard here within a second.
use super::{audience, streams::Stream};
use crate::{
    accounts::{actions::tokens, lists, types::Token},
    app::App,
    clock::{SECOND, Timestamp},
    error::{Error, Result},
    feeds::live::{self, Told},
    ids::AccountId,
    scopes::{Scope, Scopes},
};
use axum::extract::ws::Utf8Bytes;
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::mpsc::{self, Receiver, Sender},
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

/// Frames that may wait for a reader; one that is further behind is closed, so that its program comes back and reads what it missed.
const BEHIND: usize = 64;
/// Subscriptions of one socket.
const MOST_STREAMS: usize = 50;
/// How long due events may wait when no bell rang: those of other processes.
const POLL: Duration = Duration::from_secs(1);
/// How often it is looked whether tokens are still good when this process has written nothing.
const CHECK: Duration = Duration::from_secs(30);
/// A transaction that began earlier may be committed later: as long as this, ms, its events are looked for.
const WINDOW: i64 = 30 * SECOND;

/// How a frame is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wire {
    Socket,
    /// Server-sent events.
    Events,
}

#[derive(Clone, Default)]
pub struct Hub(Arc<Inner>);

#[derive(Default)]
struct Inner {
    listeners: Mutex<Listeners>,
    /// The loop; whoever opens a stream, and the loop before it ends, holds this.
    running: tokio::sync::Mutex<JoinSet<()>>,
}

#[derive(Default)]
struct Listeners {
    next: u64,
    open: HashMap<u64, Listener>,
}

struct Listener {
    me: AccountId,
    token_hash: String,
    scopes: Scopes,
    wire: Wire,
    streams: Vec<Stream>,
    frames: Sender<Utf8Bytes>,
    end: CancellationToken,
}

/// An open stream, as its door holds it; closed when it is dropped.
pub struct Open {
    pub frames: Receiver<Utf8Bytes>,
    /// The stream is over: the token was revoked, the reader too slow, or the process ends.
    pub end: CancellationToken,
    hub: Hub,
    number: u64,
    me: AccountId,
}

/// Somebody who listens to a stream to which an event belongs.
#[derive(Clone)]
pub struct Reached {
    number: u64,
    pub me: AccountId,
    pub wire: Wire,
    pub stream: Stream,
    /// The token allows reading notifications, too.
    pub may_be_notified: bool,
}

impl Hub {
    /// Opens a stream for the holder of a token. What is committed from now on is told.
    pub async fn open(&self, app: &App, me: AccountId, token: &Token, wire: Wire) -> Result<Open> {
        let mut running = self.0.running.lock().await;
        while running.try_join_next().is_some() {}
        if running.is_empty() {
            let cursor = Cursor::here(app).await?;
            running.spawn(self.clone().run(app.clone(), cursor));
        }
        let (to, frames) = mpsc::channel(BEHIND);
        let end = app.stopping.child_token();
        let listener = Listener {
            me,
            token_hash: token.token_hash.clone(),
            scopes: token.scopes.clone(),
            wire,
            streams: Vec::new(),
            frames: to,
            end: end.clone(),
        };
        let mut listeners = self.listeners();
        listeners.next += 1;
        let number = listeners.next;
        listeners.open.insert(number, listener);
        drop(listeners);
        Ok(Open { frames, end, hub: self.clone(), number, me })
    }

    fn listeners(&self) -> MutexGuard<'_, Listeners> {
        self.0.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True when somebody listens to a stream that `belongs`.
    pub fn any(&self, belongs: impl Fn(&Stream, AccountId) -> bool) -> bool {
        let listeners = self.listeners();
        listeners.open.values().any(|l| l.streams.iter().any(|stream| belongs(stream, l.me)))
    }

    /// Everybody who listens to a stream that `belongs`, once for each stream.
    pub fn reached(&self, belongs: impl Fn(&Stream, AccountId) -> bool) -> Vec<Reached> {
        let listeners = self.listeners();
        let each = listeners.open.iter().flat_map(|(number, l)| {
            let streams = l.streams.iter().filter(|stream| belongs(stream, l.me));
            streams.map(|stream| Reached {
                number: *number,
                me: l.me,
                wire: l.wire,
                stream: stream.clone(),
                may_be_notified: l.scopes.allow(Scope::ReadNotifications),
            })
        });
        each.collect()
    }

    /// Hands frames over. Who has not read what came before is closed.
    pub fn send(&self, frames: impl IntoIterator<Item = (Reached, Utf8Bytes)>) {
        let mut listeners = self.listeners();
        for (to, frame) in frames {
            let behind = |l: &mut Listener| l.frames.try_send(frame).is_err();
            if listeners.open.get_mut(&to.number).is_some_and(behind)
                && let Some(slow) = listeners.open.remove(&to.number)
            {
                slow.end.cancel();
            }
        }
    }

    /// Closes the streams of tokens that open nothing any more.
    async fn check(&self, app: &App) -> Result<()> {
        let tokens: HashSet<String> =
            self.listeners().open.values().map(|l| l.token_hash.clone()).collect();
        let asked: Vec<String> = tokens.iter().cloned().collect();
        let mut tx = app.db.read().await?;
        let good = tokens::still_good(&mut tx, &asked).await?;
        drop(tx);
        self.close(|l| tokens.contains(&l.token_hash) && !good.contains(&l.token_hash));
        Ok(())
    }

    fn close(&self, which: impl Fn(&Listener) -> bool) {
        self.listeners().open.retain(|_, listener| {
            let over = which(listener);
            if over {
                listener.end.cancel();
            }
            !over
        });
    }

    async fn run(self, app: App, mut cursor: Cursor) {
        let mut poll = interval(POLL);
        let mut check = interval(CHECK);
        poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut checked = None;
        loop {
            let turn = tokio::select! {
                () = app.wake.live.notified() => Turn::Bell,
                _ = poll.tick() => Turn::Poll,
                _ = check.tick() => Turn::Check,
            };
            // A token may have been revoked by whatever was written.
            let written = Some(app.db.changes());
            let looks_at_tokens = turn == Turn::Check || (turn == Turn::Poll && written != checked);
            let done = async {
                if looks_at_tokens {
                    checked = written;
                    self.check(&app).await?;
                }
                self.hear(&app, &mut cursor, turn == Turn::Poll).await
            };
            if let Err(error) = done.await {
                // Whoever comes back reads from the timelines what was missed.
                tracing::error!(%error, "streams are closed: what happened could not be read");
                self.close(|_| true);
            }
            let mut running = self.0.running.lock().await;
            if self.listeners().open.is_empty() {
                running.detach_all(); // this is the only one: the next who opens a stream starts another
                return;
            }
        }
    }

    async fn hear(&self, app: &App, cursor: &mut Cursor, late_ones: bool) -> Result<()> {
        let news = cursor.news(app, late_ones).await?;
        audience::tell(app, self, &news).await
    }
}

impl Open {
    /// Listens to one more stream; a repeat changes nothing. Errors: `oauth-scope`, `NotFound` for a list that is not the member's.
    pub async fn subscribe(&self, app: &App, stream: Stream) -> Result<()> {
        if !self.may_hear(&stream)? {
            return Ok(());
        }
        if let Stream::List(id) = stream {
            let mut tx = app.db.read().await?;
            lists::list(&mut tx, self.me, id).await?.ok_or(Error::NotFound)?;
        }
        if let Some(listener) = self.hub.listeners().open.get_mut(&self.number) {
            listener.streams.push(stream);
        }
        Ok(())
    }

    /// False for a stream that is listened to already. Looked at before the database is asked.
    fn may_hear(&self, stream: &Stream) -> Result<bool> {
        let listeners = self.hub.listeners();
        let Some(listener) = listeners.open.get(&self.number) else { return Ok(false) };
        let needed = match stream {
            Stream::Notifications => Scope::ReadNotifications,
            _ => Scope::ReadStatuses,
        };
        if !listener.scopes.allow(needed) {
            return Err(Error::Forbidden("oauth-scope"));
        }
        if listener.streams.contains(stream) {
            return Ok(false);
        }
        if listener.streams.len() >= MOST_STREAMS {
            return Err(Error::Malformed(format!("at most {MOST_STREAMS} streams on one socket")));
        }
        Ok(true)
    }

    pub fn unsubscribe(&self, stream: &Stream) {
        if let Some(listener) = self.hub.listeners().open.get_mut(&self.number) {
            listener.streams.retain(|s| s != stream);
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.hub.listeners().open.remove(&self.number);
    }
}

/// Why the loop looks again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Something was committed in this process.
    Bell,
    Poll,
    Check,
}

/// Which events this process has told.
struct Cursor {
    newest: i64,
    /// When late ones were looked for.
    looked_at: Timestamp,
    seen: HashSet<i64>,
}

impl Cursor {
    /// Behind everything that is committed now.
    async fn here(app: &App) -> Result<Self> {
        let now = app.now();
        // Events older than the window are not looked at, and must not be news later.
        let newest = now.plus(-WINDOW).0 << 16;
        let mut cursor = Self { newest, looked_at: now, seen: HashSet::new() };
        cursor.news(app, true).await?;
        Ok(cursor)
    }

    /// Events that were not told yet: those after the newest, or also those that were committed late.
    async fn news(&mut self, app: &App, late_ones: bool) -> Result<Vec<Told>> {
        let now = app.now();
        let mut from = if late_ones { self.looked_at.plus(-WINDOW).0 << 16 } else { self.newest };
        let mut news = Vec::new();
        let mut tx = app.db.read().await?;
        loop {
            let events = live::after(&mut tx, from).await?;
            let Some((last, _)) = events.last() else { break };
            from = *last;
            self.newest = self.newest.max(from);
            news.extend(
                events.into_iter().filter(|(id, _)| self.seen.insert(*id)).filter_map(|(_, t)| t),
            );
        }
        if late_ones {
            self.looked_at = now;
            let oldest = now.plus(-WINDOW).0 << 16;
            self.seen.retain(|id| *id > oldest);
        }
        Ok(news)
    }
}
