//! `/api/openapi.json`: the client API described for machines, from the types that its handlers take and give.
//! <https://spec.openapis.org/oas/v3.1.0>
use crate::{
    app::App,
    http::described::{described, media_type},
    mastodon, oauth,
    scopes::{Scope, endpoints},
};
use aide::{
    axum::ApiRouter,
    openapi::{
        Info, OAuth2Flow, OAuth2Flows, OpenApi, Parameter, ParameterData, ParameterSchemaOrContent,
        PathItem, PathStyle, ReferenceOr, Response, SecurityScheme, Server, StatusCode,
    },
    util::iter_operations_mut,
};
use axum::{Json, Router, extract::State, http::Method, routing::get};
use schemars::json_schema;

/// How programs prove whose request it is.
const OAUTH: &str = "oauth";
const REFUSED: &str = "Refused";

/// The routes of the client API, with what they take and give.
fn api(app: &App) -> ApiRouter<App> {
    mastodon::routes(app).merge(oauth::routes())
}

/// The client API and its description.
pub fn routes(app: &App) -> Router<App> {
    let routes: Router<App> = api(app).into();
    // The description is made when it is asked for.
    aide::generate::reset_context();
    routes.route("/api/openapi.json", get(document))
}

async fn document(State(app): State<App>) -> Json<OpenApi> {
    Json(description(&app))
}

fn description(app: &App) -> OpenApi {
    let mut document = OpenApi {
        info: Info {
            title: "Tsudoi".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            description: Some("The Mastodon client API of this node.".into()),
            ..Info::default()
        },
        servers: vec![Server { url: app.base_url().into(), ..Server::default() }],
        ..OpenApi::default()
    };
    let _ = api(app).finish_api_with(&mut document, |api| api.security_scheme(OAUTH, scheme()));
    let components = document.components.get_or_insert_default();
    components.responses.insert(REFUSED.into(), ReferenceOr::Item(refused()));
    for (path, item) in document.paths.iter_mut().flat_map(|paths| &mut paths.paths) {
        if let ReferenceOr::Item(item) = item {
            complete(path, item);
        }
    }
    document
}

/// How every address refuses: the reason is for people, in the language that they ask for.
fn refused() -> Response {
    let schema = json_schema!({
        "type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"],
    });
    Response {
        description: "Refused, with the reason.".into(),
        content: [("application/json".to_owned(), media_type(schema))].into_iter().collect(),
        ..Response::default()
    }
}

fn scheme() -> SecurityScheme {
    SecurityScheme::OAuth2 {
        flows: OAuth2Flows {
            implicit: None,
            password: None,
            client_credentials: None,
            authorization_code: Some(OAuth2Flow::AuthorizationCode {
                authorization_url: "/oauth/authorize".into(),
                token_url: "/oauth/token".into(),
                refresh_url: None,
                scopes: Scope::ALL.iter().map(|s| (s.name().to_owned(), String::new())).collect(),
            }),
        },
        description: None,
        extensions: std::iter::empty::<(String, serde_json::Value)>().collect(),
    }
}

/// What the handlers' types do not say: the scopes, and the parts of the address that are single values.
fn complete(path: &str, item: &mut PathItem) {
    let parts = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let parts: Vec<&str> = parts.map(|name| name.trim_start_matches('*')).collect();
    for (method, operation) in iter_operations_mut(item) {
        let parts = parts.iter().map(|name| ReferenceOr::Item(part_of_path(name)));
        operation.parameters.extend(parts);
        let refused = format!("#/components/responses/{REFUSED}");
        let refused =
            ReferenceOr::Reference { reference: refused, summary: None, description: None };
        operation.responses.get_or_insert_default().responses.insert(StatusCode::Range(4), refused);
        let method = method.to_uppercase().parse().unwrap_or(Method::GET);
        let scopes = endpoints::needed(&method, path).unwrap_or_default();
        let any = |scope: &Scope| {
            [(OAUTH.to_owned(), vec![scope.name().to_owned()])].into_iter().collect()
        };
        operation.security = scopes.iter().map(any).collect();
    }
}

fn part_of_path(name: &str) -> Parameter {
    let schema = match name {
        "id" => json_schema!({"type": "string", "pattern": "^[0-9]{1,19}$"}),
        _ => json_schema!({"type": "string", "minLength": 1}),
    };
    Parameter::Path {
        parameter_data: ParameterData {
            name: name.to_owned(),
            description: None,
            required: true,
            deprecated: None,
            format: ParameterSchemaOrContent::Schema(described(schema)),
            example: None,
            examples: std::iter::empty::<(String, _)>().collect(),
            explode: None,
            extensions: std::iter::empty::<(String, serde_json::Value)>().collect(),
        },
        style: PathStyle::Simple,
    }
}
