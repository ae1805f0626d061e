//! When others of the process hear of what a transaction did.
use super::Db;
use futures::FutureExt;
use std::sync::Arc;
use tokio::sync::Notify;

#[tokio::test]
async fn a_loop_is_woken_when_its_work_is_committed_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open("", folder.path()).await.unwrap();
    let bell = Arc::new(Notify::new());

    let mut tx = db.begin().await.unwrap();
    tx.rings(&bell);
    tx.rings(&bell);
    assert!(bell.notified().now_or_never().is_none(), "before the commit");
    tx.commit().await.unwrap();
    assert!(bell.notified().now_or_never().is_some(), "after the commit");
    assert!(bell.notified().now_or_never().is_none(), "a second time");
}

#[tokio::test]
async fn a_loop_is_not_woken_for_what_was_rolled_back() {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::open("", folder.path()).await.unwrap();
    let bell = Arc::new(Notify::new());

    let mut tx = db.begin().await.unwrap();
    tx.rings(&bell);
    tx.rollback().await.unwrap();
    assert!(bell.notified().now_or_never().is_none());
}
