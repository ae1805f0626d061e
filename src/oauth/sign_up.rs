//! `POST /api/v1/accounts`: somebody joins from within a program, under the same rules as on the page.
use super::{answers::Token, clients, grants::Granted};
use crate::{
    accounts::{
        actions::{
            sign_in,
            sign_up::{self, Application, Promise},
        },
        session::{Program, Refused},
        types::NewPassword,
    },
    app::App,
    config::Signup,
    error::{Error, Result},
    http::{
        address::ClientAddress,
        api::{Api, post_with},
        described::gives,
        fields::Fields,
    },
    ids,
    mail::EmailAddress,
    text::{Lang, LocalName},
};
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub(super) fn routes() -> Api {
    Api::new().route("/api/v1/accounts", post_with(apply, gives::<Token>))
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
struct NewAccount {
    username: String,
    email: String,
    password: String,
    agreement: bool,
    locale: Option<String>,
    reason: Option<String>,
}

/// Makes the account, or sends the mail that will; the token works from the moment on when the member may sign in.
async fn apply(
    State(app): State<App>,
    address: ClientAddress,
    program: Program,
    Fields(form): Fields<NewAccount>,
) -> Result<Response, Refused> {
    app.limits.sign_up(&address.key())?;
    sign_up::open(&app)?;
    let id = program.token.app_id.filter(|_| program.who.is_none()).ok_or(Refused::Token)?;
    let mut tx = app.db.read().await?;
    let client = clients::by_id(&mut tx, id).await?.ok_or(Refused::Token)?;
    drop(tx);
    let lang = form.locale.as_deref().and_then(|l| l.get(..2)?.parse().ok()).unwrap_or_default();
    let mut wrong = Wrong { lang, details: Map::new() };
    let Some((name, email, password)) = read(&app, &form, &mut wrong).await? else {
        return Ok(wrong.into_response());
    };
    let token = ids::secret();
    let promise = Promise {
        token_hash: ids::hash_secret(&token),
        label: client.name.clone(),
        app: client.id,
        scopes: client.scopes.to_string(),
    };
    let hash = sign_in::hash_password(password).await?;
    let reason = form.reason.as_deref().unwrap_or_default();
    let application = Application::new(&name, name.as_str(), &email, lang)
        .because(reason.trim())
        .by_program(hash, promise);
    let begun = if app.config.signup_confirm_mail {
        sign_up::begin(&app, &application, &address.key()).await.map(drop)
    } else {
        sign_up::at_once(&app, &application).await
    };
    let field =
        if matches!(begun, Err(Error::Invalid("name-taken", _))) { "username" } else { "email" };
    if wrong.note(field, &form.email, begun)?.is_none() {
        return Ok(wrong.into_response());
    }
    Ok(Granted { token, scopes: client.scopes, at: app.now() }.into_response())
}

type Read = (LocalName, EmailAddress, NewPassword);

/// What was sent, checked by the rules of the page; nothing when a field has a problem.
async fn read(app: &App, form: &NewAccount, wrong: &mut Wrong) -> Result<Option<Read>> {
    let mut name = wrong.note("username", &form.username, LocalName::choose(&form.username))?;
    if let Some(chosen) = &name
        && !sign_up::is_free(app, chosen).await?
    {
        name = wrong.note("username", &form.username, Err(Error::invalid("name-taken")))?;
    }
    let email = wrong.note("email", &form.email, EmailAddress::parse(&form.email))?;
    let password = wrong.note("password", &form.password, NewPassword::parse(&form.password))?;
    if app.config.signup == Signup::Approval {
        let reason = form.reason.as_deref().unwrap_or_default();
        wrong.note("reason", reason, sign_up::check_reason(reason))?;
    }
    if !form.agreement {
        wrong.add("agreement", "ERR_ACCEPTED", wrong.lang.t("sign-up-agreement"));
    }
    let (Some(name), Some(email), Some(password), true) =
        (name, email, password, wrong.details.is_empty())
    else {
        return Ok(None);
    };
    Ok(Some((name, email, password)))
}

/// What is wrong with which field, in Mastodon's words for programs and ours for people.
/// <https://docs.joinmastodon.org/methods/accounts/#create>
struct Wrong {
    lang: Lang,
    details: Map<String, Value>,
}

impl Wrong {
    fn note<T>(&mut self, field: &str, sent: &str, outcome: Result<T>) -> Result<Option<T>> {
        let (key, number) = match outcome {
            Ok(value) => return Ok(Some(value)),
            Err(Error::Invalid(key, number)) => (key, number),
            Err(other) => return Err(other),
        };
        let code = match key {
            _ if sent.trim().is_empty() => "ERR_BLANK",
            "name-taken" | "email-taken" => "ERR_TAKEN",
            "handle-reserved" => "ERR_RESERVED",
            "password-too-short" => "ERR_TOO_SHORT",
            "password-too-long" | "reason-too-long" | "email-long" => "ERR_TOO_LONG",
            _ => "ERR_INVALID",
        };
        self.add(field, code, &self.lang.count(key, number));
        Ok(None)
    }

    fn add(&mut self, field: &str, code: &str, words: &str) {
        self.details.insert(field.into(), json!([{ "error": code, "description": words }]));
    }
}

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        let words = self.details.values().filter_map(|d| d.pointer("/0/description")?.as_str());
        let error = format!("Validation failed: {}", words.collect::<Vec<_>>().join(" "));
        let body = Json(json!({ "error": error, "details": self.details }));
        (StatusCode::UNPROCESSABLE_ENTITY, body).into_response()
    }
}
