//! Where pictures are made: beside the loops, a few at a time, because each takes a core and up to 400 MB for a second.
use super::image::Limits;
use crate::error::{Error, Result};
use std::sync::Arc;
use tokio::{sync::Semaphore, task::spawn_blocking};

/// Pictures that are made at the same time.
const AT_ONCE: usize = 2;

/// Takes pictures in turn, within the node's limits.
pub struct Workshop {
    turns: Arc<Semaphore>,
    limits: Limits,
}

impl Workshop {
    /// `bytes`: the largest file.
    pub fn new(bytes: usize) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            limits: Limits { bytes, ..Limits::default() },
        }
    }

    /// Does work that blocks, when its turn has come.
    pub async fn make<T: Send + 'static>(
        &self,
        work: impl FnOnce(Limits) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let broken = |e: &dyn std::fmt::Display| Error::Internal(e.to_string());
        let turn = self.turns.clone().acquire_owned().await.map_err(|e| broken(&e))?;
        let limits = self.limits;
        let work = move || {
            // The work goes on when nobody waits for it any more, and so does its turn.
            let _turn = turn;
            work(limits)
        };
        spawn_blocking(work).await.map_err(|e| broken(&e))?
    }
}
