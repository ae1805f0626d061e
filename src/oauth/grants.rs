//! What programs were allowed: codes, and the tokens that they become.
use super::{
    clients::Client,
    types::{Challenge, RedirectUri},
};
use crate::{
    accounts::actions::{
        sign_in::{self, Session},
        tokens::{self, NewToken},
    },
    app::App,
    clock::{MINUTE, Timestamp},
    db::Tx,
    error::{Error, Result},
    execute, fetch_optional,
    ids::{self, AccountId},
    scopes::Scopes,
};

/// How long a code waits for its program.
const CODE_LIFE: i64 = 10 * MINUTE;

/// What a program asks a member for.
#[derive(Clone, Debug)]
pub struct Asked {
    pub client: Client,
    pub back: RedirectUri,
    pub scopes: Scopes,
    pub challenge: Option<Challenge>,
}

/// The member said yes in a browser: the code that the program fetches its token with. Errors: `Unauthenticated` when the browser was signed out meanwhile.
pub async fn allow(app: &App, tx: &mut Tx, session: &Session, asked: &Asked) -> Result<String> {
    if !sign_in::hold_session(tx, session).await? {
        return Err(Error::Unauthenticated);
    }
    let code = ids::secret();
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO oauth_code (code_hash, app_id, account_id, redirect_uri, scopes, code_challenge, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        )
        .bind(ids::hash_secret(&code))
        .bind(asked.client.id)
        .bind(session.account_id)
        .bind(asked.back.as_str())
        .bind(asked.scopes.to_string())
        .bind(asked.challenge.as_ref().map(Challenge::as_str))
        .bind(app.now().plus(CODE_LIFE))
    );
    Ok(code)
}

/// A token for its program.
#[derive(Clone, Debug)]
pub struct Granted {
    pub token: String,
    pub scopes: Scopes,
    pub at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Allowed {
    account_id: AccountId,
    redirect_uri: String,
    #[sqlx(try_from = "String")]
    scopes: Scopes,
    code_challenge: Option<String>,
}

/// The token for a code: once, for the program that it was made for, to which it came by the same way, and which proves what it promised. Nothing
/// where one of these is wrong; the code is used up all the same.
pub async fn redeem(
    app: &App,
    tx: &mut Tx,
    client: &Client,
    code: &str,
    back: &str,
    verifier: &str,
) -> Result<Option<Granted>> {
    let allowed: Option<Allowed> = fetch_optional!(
        tx,
        sqlx::query_as(
            "DELETE FROM oauth_code WHERE code_hash = $1 AND app_id = $2 AND expires_at > $3
             RETURNING account_id, redirect_uri, scopes, code_challenge"
        )
        .bind(ids::hash_secret(code))
        .bind(client.id)
        .bind(app.now())
    );
    let Some(allowed) = allowed else { return Ok(None) };
    // A proof that nobody asked for: the challenge was taken out on the way (RFC 9700 §2.1.1).
    let is_proved = match allowed.code_challenge {
        Some(challenge) => Challenge::kept(challenge).is_met_by(verifier),
        None => verifier.is_empty(),
    };
    if allowed.redirect_uri != back || !is_proved {
        return Ok(None);
    }
    let new = NewToken {
        label: client.name.clone(),
        app: Some(client.id),
        scopes: allowed.scopes.clone(),
    };
    let token = tokens::issue(app, tx, allowed.account_id, &new).await?;
    Ok(Some(Granted { token, scopes: allowed.scopes, at: app.now() }))
}

/// A token for the program itself, which speaks for no member.
pub async fn for_itself(
    app: &App,
    tx: &mut Tx,
    client: &Client,
    scopes: Scopes,
) -> Result<Granted> {
    let (now, token) = (app.now(), ids::secret());
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO app_token (token_hash, app_id, scopes, created_at) VALUES ($1, $2, $3, $4)"
        )
        .bind(ids::hash_secret(&token))
        .bind(client.id)
        .bind(scopes.to_string())
        .bind(now)
    );
    Ok(Granted { token, scopes, at: now })
}

/// Ends a token of this program. One that it never had is as good as ended.
pub async fn revoke(tx: &mut Tx, client: &Client, token: &str) -> Result<()> {
    let hash = ids::hash_secret(token);
    for table in [
        "DELETE FROM api_token WHERE token_hash = $1 AND app_id = $2",
        "DELETE FROM app_token WHERE token_hash = $1 AND app_id = $2",
    ] {
        execute!(tx, sqlx::query(table).bind(&hash).bind(client.id));
    }
    Ok(())
}

/// Removes codes that nobody fetched.
pub async fn forget_expired(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    Ok(execute!(tx, sqlx::query("DELETE FROM oauth_code WHERE expires_at < $1").bind(now)))
}
