//! What nearly every request needs and people change once a month.
use crate::{db::Tx, error::Result};
use std::{
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// How long another process of the node may go by what was true before.
const USUAL: Duration = Duration::from_secs(5);

/// A value of the database that is read again after a while, and at once after this process has changed it.
pub struct Remembered<T> {
    lasts: Duration,
    /// How often this process has changed it.
    changes: Arc<AtomicU64>,
    known: Mutex<Option<Known<T>>>,
}

struct Known<T> {
    /// What was read before a change counts as before it, however late it was read to the end.
    changes: u64,
    since: Instant,
    value: T,
}

/// For five seconds.
impl<T: Clone> Default for Remembered<T> {
    fn default() -> Self {
        Self::lasting(USUAL)
    }
}

impl<T: Clone> Remembered<T> {
    pub fn lasting(lasts: Duration) -> Self {
        Self { lasts, changes: Arc::default(), known: Mutex::default() }
    }

    /// The value, which is read only when it is not known.
    pub async fn or_read<R>(&self, read: impl FnOnce() -> R) -> Result<T>
    where
        R: Future<Output = Result<T>> + Send,
    {
        let changes = self.changes.load(Ordering::Acquire);
        if let Some(known) = self.known(changes) {
            return Ok(known);
        }
        let since = Instant::now();
        let value = Box::pin(read()).await?; // seldom: no reason to make every caller larger
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.as_ref().is_none_or(|known| known.changes <= changes) {
            *known = Some(Known { changes, since, value: value.clone() });
        }
        Ok(value)
    }

    fn known(&self, changes: u64) -> Option<T> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.as_ref()?;
        let is_true = known.changes == changes && known.since.elapsed() < self.lasts;
        is_true.then(|| known.value.clone())
    }

    /// `tx` changes it: nobody goes by the former value once that is committed.
    pub fn changes_by(&self, tx: &mut Tx) {
        let changes = self.changes.clone();
        tx.afterwards(move || {
            changes.fetch_add(1, Ordering::Release);
        });
    }
}
