//! `/api/openapi.json`: the client API described for machines, from the types that its handlers take and give.
//! <https://spec.openapis.org/oas/v3.1.0>
use crate::{
    app::App,
    error::Error,
    http::{
        api::Api,
        described::{OAUTH, PATH, described, media_type},
    },
    mastodon, oauth,
    scopes::{Scope, endpoints},
};
use aide::{
    openapi::{
        Info, OAuth2Flow, OAuth2Flows, OpenApi, Parameter, ParameterData, ParameterSchemaOrContent,
        PathItem, PathStyle, ReferenceOr, Response, SecurityRequirement, SecurityScheme, Server,
        StatusCode,
    },
    util::iter_operations_mut,
};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{Method, header},
    routing::{any, get},
};
use schemars::{Schema, json_schema};
use serde_json::{Value, json};
use std::sync::{Arc, OnceLock};

const REFUSED: &str = "Refused";

/// The routes of the client API, with what they take and give.
fn api(app: &App) -> Api {
    mastodon::routes(app).merge(oauth::routes())
}

/// The client API and its description.
pub fn routes(app: &App) -> Router<App> {
    // The description is made when it is asked for, once.
    let kept = Arc::new(OnceLock::new());
    let document = async move |State(app): State<App>| {
        let text = kept.get_or_init(|| json!(description(&app)).to_string().into());
        ([(header::CONTENT_TYPE, "application/json")], Bytes::clone(text))
    };
    api(app)
        .serve()
        .route("/api/openapi.json", get(document))
        // Programs that try what is not there read why.
        .route("/api/{*nothing}", any(async || Error::NotFound))
}

/// The document.
pub fn description(app: &App) -> OpenApi {
    let mut document = OpenApi {
        info: Info {
            title: "Tsudoi".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            description: Some(
                "The Mastodon client API of this node; what is its own is under /api/tsudoi."
                    .into(),
            ),
            ..Info::default()
        },
        servers: vec![Server { url: app.base_url().into(), ..Server::default() }],
        ..OpenApi::default()
    };
    let _ = api(app)
        .describe()
        .finish_api_with(&mut document, |api| api.security_scheme(OAUTH, scheme()));
    let components = document.components.get_or_insert_default();
    let schemas = components.schemas.iter();
    let schemas = schemas.map(|(name, schema)| (name.clone(), json!(schema))).collect();
    components.responses.insert(REFUSED.into(), ReferenceOr::Item(refused()));
    for (path, item) in document.paths.iter_mut().flat_map(|paths| &mut paths.paths) {
        if let ReferenceOr::Item(item) = item {
            complete(path, item, &schemas);
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
    let scopes = || Scope::ALL.iter().map(|s| (s.name().to_owned(), String::new())).collect();
    SecurityScheme::OAuth2 {
        flows: OAuth2Flows {
            implicit: None,
            password: None,
            client_credentials: Some(OAuth2Flow::ClientCredentials {
                refresh_url: None,
                token_url: "/oauth/token".into(),
                scopes: scopes(),
            }),
            authorization_code: Some(OAuth2Flow::AuthorizationCode {
                authorization_url: "/oauth/authorize".into(),
                token_url: "/oauth/token".into(),
                refresh_url: None,
                scopes: scopes(),
            }),
        },
        description: None,
        extensions: std::iter::empty::<(String, Value)>().collect(),
    }
}

/// What the handlers' types do not say: the names of the parts of the address, and the scopes.
fn complete(path: &str, item: &mut PathItem, schemas: &Schemas) {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let names: Vec<&str> = names.collect();
    for (method, operation) in iter_operations_mut(item) {
        let read_as = operation.extensions.shift_remove(PATH).unwrap_or_default();
        let mut paths = vec![path.to_owned()];
        for (place, name) in names.iter().enumerate() {
            let schema = read_as.pointer(&format!("/prefixItems/{place}")).unwrap_or(&read_as);
            if let Some(words) = words(schema, schemas) {
                let with = |path: &String| -> Vec<String> {
                    words.iter().map(|word| path.replace(&format!("{{{name}}}"), word)).collect()
                };
                paths = paths.iter().flat_map(with).collect();
            }
            let part = ReferenceOr::Item(part_of_path(name, schema.clone()));
            operation.parameters.insert(place, part);
        }
        let refused = format!("#/components/responses/{REFUSED}");
        let refused =
            ReferenceOr::Reference { reference: refused, summary: None, description: None };
        operation.responses.get_or_insert_default().responses.insert(StatusCode::Range(4), refused);
        let method = method.to_uppercase().parse().unwrap_or(Method::GET);
        let mut scopes: Vec<&Scope> =
            paths.iter().filter_map(|path| endpoints::needed(&method, path)).flatten().collect();
        scopes.sort_unstable();
        scopes.dedup();
        let any = |scope: &&Scope| {
            [(OAUTH.to_owned(), vec![scope.name().to_owned()])].into_iter().collect()
        };
        let with_token: Vec<SecurityRequirement> = scopes.iter().map(any).collect();
        // Those that take a token have said so, and whether they are for visitors, too.
        if !with_token.is_empty() && operation.security.pop().is_some() {
            operation.security.extend(with_token);
        }
    }
}

type Schemas = serde_json::Map<String, Value>;

/// The words that a part may be.
fn words<'a>(schema: &'a Value, schemas: &'a Schemas) -> Option<Vec<&'a str>> {
    let named = schema.get("$ref").and_then(|name| name.as_str()?.rsplit('/').next());
    let schema = named.and_then(|name| schemas.get(name)).unwrap_or(schema);
    Some(schema.get("enum")?.as_array()?.iter().filter_map(Value::as_str).collect())
}

fn part_of_path(name: &str, schema: Value) -> Parameter {
    let of_type = Schema::try_from(schema).unwrap_or_default();
    let schema = match name {
        // Whatever the node reads it as: a number of 64 bits is too large for some programs.
        "id" => json_schema!({"type": "string", "pattern": "^[0-9]{1,19}$"}),
        _ => of_type,
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
            extensions: std::iter::empty::<(String, Value)>().collect(),
        },
        style: PathStyle::Simple,
    }
}
