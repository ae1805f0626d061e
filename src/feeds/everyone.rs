//! What members of all the network's nodes say to each other and to everybody, in one timeline.
use crate::{db::Tx, error::Result, execute, ids::PostId, run};

/// Puts posts into the timeline; a repeat changes nothing.
pub async fn add(tx: &mut Tx, posts: &[PostId]) -> Result<()> {
    for chunk in posts.chunks(200) {
        run!(tx, |c| {
            let mut query = sqlx::QueryBuilder::new("INSERT INTO network_timeline (post_id) ");
            query.push_values(chunk, |mut row, post| {
                row.push_bind(*post);
            });
            query.push(" ON CONFLICT DO NOTHING");
            query.build().persistent(false).execute(&mut *c).await?;
        });
    }
    Ok(())
}

pub async fn remove(tx: &mut Tx, post: PostId) -> Result<()> {
    execute!(tx, sqlx::query("DELETE FROM network_timeline WHERE post_id = $1").bind(post));
    Ok(())
}
