//! Where pictures are made: beside the loops, a few at a time, because each takes a core and up to 400 MB for a second.
use super::image::Limits;
use crate::error::{Error, Result};
use tokio::{sync::Semaphore, task::spawn_blocking};

/// Pictures that are made at the same time.
const AT_ONCE: usize = 2;

/// Takes pictures in turn, within the node's limits.
pub struct Workshop {
    turns: Semaphore,
    limits: Limits,
}

impl Workshop {
    /// `bytes`: the largest file.
    pub fn new(bytes: usize) -> Self {
        Self { turns: Semaphore::new(AT_ONCE), limits: Limits { bytes, ..Limits::default() } }
    }

    /// Does work that blocks, when its turn has come.
    pub async fn make<T: Send + 'static>(
        &self,
        work: impl FnOnce(Limits) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let broken = |e: &dyn std::fmt::Display| Error::Internal(e.to_string());
        let _turn = self.turns.acquire().await.map_err(|e| broken(&e))?;
        let limits = self.limits;
        spawn_blocking(move || work(limits)).await.map_err(|e| broken(&e))?
    }
}
