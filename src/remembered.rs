//! What nearly every request needs and people change once a month.
use crate::{db::Tx, error::Result};
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// How long another process of the node may go by what was true before.
const FOR: Duration = Duration::from_secs(5);

/// A value of the database that is read again after five seconds, and at once after this process has changed it.
#[derive(Clone)]
pub struct Remembered<T: Clone + Send + Sync + 'static> {
    /// How often this process has changed it. What was read before a change is remembered under the number from before, and not found again.
    changes: Arc<AtomicU64>,
    values: moka::sync::Cache<u64, T>,
}

impl<T: Clone + Send + Sync + 'static> Default for Remembered<T> {
    fn default() -> Self {
        let values = moka::sync::Cache::builder().time_to_live(FOR).build();
        Self { changes: Arc::default(), values }
    }
}

impl<T: Clone + Send + Sync + 'static> Remembered<T> {
    /// The value, which is read only when it is not known.
    pub async fn or_read<R>(&self, read: impl FnOnce() -> R) -> Result<T>
    where
        R: Future<Output = Result<T>> + Send,
    {
        let changes = self.changes.load(Ordering::Acquire);
        if let Some(known) = self.values.get(&changes) {
            return Ok(known);
        }
        let value = Box::pin(read()).await?; // seldom: no reason to make every caller larger
        self.values.insert(changes, value.clone());
        Ok(value)
    }

    /// `tx` changes it: nobody goes by the former value once that is committed.
    pub fn changes_by(&self, tx: &mut Tx) {
        let changes = self.changes.clone();
        tx.afterwards(move || {
            changes.fetch_add(1, Ordering::Release);
        });
    }
}
