//! Mails to send: written in the action's transaction, sent by a job, tried for three days.
use crate::{
    app::App,
    clock::{DAY, MINUTE, Timestamp},
    db::Tx,
    error::Result,
    execute, fetch_all, fetch_optional, ids,
    mail::{EmailAddress, MailError, Outgoing},
    node,
};

/// Writes a mail. Nothing is sent until the transaction commits.
pub async fn enqueue(app: &App, tx: &mut Tx, to: &str, subject: &str, body: &str) -> Result<()> {
    let now = app.now();
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO mail (id, recipient, subject, body, next_at) VALUES ($1, $2, $3, $4, $5)"
        )
        .bind(ids::new_id(now))
        .bind(to)
        .bind(subject)
        .bind(body)
        .bind(now)
    );
    tx.rings(&app.wake.mail);
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Due {
    id: i64,
    recipient: String,
    subject: String,
    body: String,
    tries: i64,
}

/// Sends what is due; returns how many mails left.
pub async fn send_due(app: &App) -> Result<usize> {
    let mut sent = 0;
    while !app.stopping.is_cancelled()
        && let Some(mail) = claim(app).await?
    {
        let outcome = match EmailAddress::parse(&mail.recipient) {
            Ok(to) => {
                let from_name = node::profile(app).await?.name.clone();
                let (subject, text_body) = (mail.subject.clone(), mail.body.clone());
                app.mailer.send(&Outgoing { to, from_name, subject, text_body }).await
            }
            Err(e) => Err(MailError::Permanent(e.to_string())),
        };
        let mut tx = app.db.begin().await?;
        match outcome {
            Ok(()) => {
                sent += 1;
                remove(&mut tx, mail.id).await?;
            }
            Err(MailError::Permanent(why)) => {
                tracing::error!(mail = mail.id, why = nameless(&why), "mail refused for good");
                remove(&mut tx, mail.id).await?;
            }
            Err(MailError::Transient(why)) => retry(&mut tx, &mail, &why, app.now()).await?,
        }
        tx.commit().await?;
    }
    Ok(sent)
}

async fn claim(app: &App) -> Result<Option<Due>> {
    let now = app.now();
    let mut tx = app.db.read().await?;
    let any: Option<(i64,)> = fetch_optional!(
        &mut tx,
        sqlx::query_as("SELECT id FROM mail WHERE next_at <= $1 LIMIT 1").bind(now)
    );
    drop(tx);
    if any.is_none() {
        return Ok(None);
    }
    let mut tx = app.db.begin().await?;
    let due: Vec<Due> = fetch_all!(
        &mut tx,
        sqlx::query_as(
            "UPDATE mail SET lease_until = $1, tries = tries + 1 WHERE lease_until <= $2 AND id IN (
                 SELECT id FROM mail WHERE next_at <= $2 AND lease_until <= $2 ORDER BY next_at, id LIMIT 1)
             RETURNING id, recipient, subject, body, tries"
        )
        .bind(now.plus(2 * MINUTE))
        .bind(now)
    );
    tx.commit().await?;
    Ok(due.into_iter().next())
}

/// What a mail server said, without addresses: a log is no place for them.
fn nameless(words: &str) -> String {
    let each = words.split(' ').map(|word| if word.contains('@') { "<address>" } else { word });
    each.collect::<Vec<_>>().join(" ")
}

/// 1 minute, then doubling; after three days the mail is dropped and the log says so.
async fn retry(tx: &mut Tx, mail: &Due, why: &str, now: Timestamp) -> Result<()> {
    let pause = MINUTE << u32::try_from(mail.tries.clamp(1, 12) - 1).unwrap_or(0);
    tracing::warn!(mail = mail.id, why = nameless(why), "mail not sent yet");
    if now.0 - (mail.id >> 16) > 3 * DAY {
        tracing::error!(mail = mail.id, "mail given up after three days");
        return remove(tx, mail.id).await;
    }
    execute!(
        tx,
        sqlx::query("UPDATE mail SET lease_until = 0, next_at = $2, last_error = $3 WHERE id = $1")
            .bind(mail.id)
            .bind(now.plus(pause))
            .bind(why)
    );
    Ok(())
}

async fn remove(tx: &mut Tx, id: i64) -> Result<()> {
    execute!(tx, sqlx::query("DELETE FROM mail WHERE id = $1").bind(id));
    Ok(())
}
