//! What is talked about: counted over the newest public posts that this node has, so that it costs the same however many there are, and kept for
//! five minutes.
use crate::{
    app::App,
    error::{Error, Result},
    fetch_all,
    ids::PostId,
};
use std::{any::Any, sync::Arc};

/// A tag with how many posts it stands in, and of how many people.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Tag {
    pub tag: String,
    pub posts: i64,
    pub people: i64,
}

#[derive(Debug, Default)]
pub struct Trends {
    /// Those that several people used first.
    pub tags: Vec<Tag>,
    /// The most liked and boosted first.
    pub posts: Vec<PostId>,
}

/// At most 20 tags and 40 posts. Of people who do not want to be found nothing is shown.
pub async fn now(app: &App) -> Result<Arc<Trends>> {
    let read = || async {
        let trends: Arc<dyn Any + Send + Sync> = Arc::new(count(app).await?);
        Ok(trends)
    };
    let trends = app.trends.or_read(read).await?.downcast::<Trends>();
    trends.map_err(|_other| Error::Internal("these are no trends".into()))
}

async fn count(app: &App) -> Result<Trends> {
    let mut tx = app.db.read().await?;
    let tags = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT t.tag, COUNT(*) AS posts, COUNT(DISTINCT p.account_id) AS people FROM (
                 SELECT id, account_id FROM post WHERE audience = 'public' AND deleted_at IS NULL ORDER BY id DESC LIMIT 2000) p
             JOIN post_tag t ON t.post_id = p.id
             JOIN account a ON a.id = p.account_id AND a.discoverable = TRUE AND a.suspended_at IS NULL
             GROUP BY t.tag ORDER BY people DESC, posts DESC, t.tag LIMIT 20"
        )
    );
    let posts: Vec<(PostId,)> = fetch_all!(
        tx,
        sqlx::query_as(
            "SELECT p.id FROM (
                 SELECT id, account_id, likes_count + boosts_count AS liked FROM post
                 WHERE audience = 'public' AND deleted_at IS NULL ORDER BY id DESC LIMIT 2000) p
             JOIN account a ON a.id = p.account_id AND a.discoverable = TRUE AND a.suspended_at IS NULL
             WHERE p.liked > 0 ORDER BY p.liked DESC, p.id DESC LIMIT 40"
        )
    );
    Ok(Trends { tags, posts: posts.into_iter().map(|(id,)| id).collect() })
}
