//! The description of the client API, for machines.
use federation_tests::Network;
use reqwest::Method;
use serde_json::Value;
use std::collections::BTreeSet;
use tsudoi::scopes::endpoints::needed;

/// What is never there: nothing is held back, no node has terms of its own, nothing is translated.
const NEVER: [&str; 4] = [
    "GET /api/v1/notifications/requests/{id}",
    "GET /api/v1/instance/terms_of_service",
    "GET /api/v1/instance/terms_of_service/{date}",
    "POST /api/v1/statuses/{id}/translate",
];
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

async fn document() -> Value {
    let net = Network::new();
    let node = net.node("om.example.jp").await;
    node.get("/api/openapi.json", "application/json").await.succeeded().json()
}

fn operations(document: &Value) -> Vec<(String, &Value)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(METHODS.contains(&method.as_str()), "{method} {path}");
            all.push((format!("{} {path}", method.to_uppercase()), operation));
        }
    }
    all
}

#[tokio::test]
async fn every_operation_says_what_it_takes_what_it_gives_and_how_it_refuses() {
    let document = document().await;
    assert_eq!(document["openapi"], "3.1.0");
    let all = operations(&document);
    assert!(all.len() > 120, "{}", all.len());
    for (name, operation) in all {
        let answers = &operation["responses"];
        let given = &answers["200"]["content"]["application/json"]["schema"];
        assert_eq!(given.is_null(), NEVER.contains(&name.as_str()), "{name}");
        assert_eq!(answers["4XX"]["$ref"], "#/components/responses/Refused", "{name}");
        let none = Vec::new();
        let parameters = operation["parameters"].as_array().unwrap_or(&none);
        let names = |place: &str| -> Vec<&str> {
            let of = parameters.iter().filter(|p| p["in"] == place);
            of.map(|p| p["name"].as_str().unwrap()).collect()
        };
        let inside = name.split(['{', '}']).skip(1).step_by(2);
        assert_eq!(names("path"), inside.collect::<Vec<_>>(), "{name}");
        let asked: BTreeSet<&str> = names("query").into_iter().collect();
        assert_eq!(asked.len(), names("query").len(), "{name} names a field twice");
    }
}

#[tokio::test]
async fn every_schema_that_is_named_is_there() {
    let document = document().await;
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for name in ["Account", "Status", "Notification", "MediaAttachment", "List", "Filter"] {
        assert!(schemas.contains_key(name), "{name}: {:?}", schemas.keys());
    }
    assert!(!document["components"]["responses"]["Refused"]["content"].is_null());
    let text = document.to_string();
    for named in text.split("\"#/components/schemas/").skip(1) {
        let name = named.split('"').next().unwrap();
        assert!(schemas.contains_key(name), "{name}");
    }
}

#[tokio::test]
async fn an_operation_names_the_scopes_any_of_which_opens_it() {
    let document = document().await;
    let security = |path: &str, method: &str| document["paths"][path][method]["security"].clone();
    let any = |scopes: &[&str]| -> Value {
        scopes.iter().map(|scope| serde_json::json!({"oauth": [scope]})).collect()
    };
    assert_eq!(security("/api/v1/statuses", "post"), any(&["write:statuses"]));
    assert_eq!(
        security("/api/v1/accounts/verify_credentials", "get"),
        any(&["read:accounts", "profile"])
    );
    assert_eq!(security("/api/v2/instance", "get"), Value::Null);
    let scheme = &document["components"]["securitySchemes"]["oauth"];
    assert_eq!(scheme["flows"]["authorizationCode"]["tokenUrl"], "/oauth/token");
}

/// What a program sends as it is described is what the node reads.
#[tokio::test]
async fn a_body_is_described_in_each_form_that_is_read() {
    let document = document().await;
    let body = &document["paths"]["/api/v1/media"]["post"]["requestBody"]["content"];
    let forms: Vec<_> = body.as_object().unwrap().keys().collect();
    assert_eq!(
        forms,
        ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"]
    );
    let parts = &body["multipart/form-data"]["schema"]["allOf"];
    assert_eq!(parts[1]["properties"]["file"]["format"], "binary");
}

#[tokio::test]
async fn the_description_stays_the_same_and_needs_no_token() {
    let net = Network::new();
    let node = net.node("om.example.jp").await;
    let aiko = node.member("aiko").await;
    let mine = aiko.call(Method::GET, "/api/openapi.json", None).await.succeeded().json();
    let theirs: Value = node.get("/api/openapi.json", "application/json").await.succeeded().json();
    assert_eq!(mine, theirs);
}

/// What is missing in the table of scopes is refused, whatever the token.
#[tokio::test]
async fn every_address_that_takes_a_token_stands_in_the_table_of_scopes() {
    let document = document().await;
    let mut with_words = 0;
    for (name, operation) in operations(&document) {
        let Some(security) = operation["security"].as_array() else { continue };
        let (method, path) = name.split_once(' ').unwrap();
        let method: Method = method.parse().unwrap();
        let mut paths = vec![path.to_owned()];
        for part in operation["parameters"].as_array().into_iter().flatten() {
            let named = part["schema"]["$ref"].as_str().unwrap_or_default();
            let named = named.trim_start_matches("#/components/schemas/");
            let words = document["components"]["schemas"][named]["enum"].as_array();
            if let Some(words) = words.filter(|_| part["in"] == "path") {
                with_words += 1;
                let part = format!("{{{}}}", part["name"].as_str().unwrap());
                paths = words.iter().map(|w| path.replace(&part, w.as_str().unwrap())).collect();
            }
        }
        for path in paths {
            let scopes = needed(&method, &path);
            assert!(scopes.is_some(), "src/scopes/endpoints.rs does not know {method} {path}");
            for scope in scopes.unwrap() {
                let said = serde_json::json!({"oauth": [scope.name()]});
                assert!(security.contains(&said), "{name} does not say {}", scope.name());
            }
        }
    }
    assert_eq!(with_words, 5, "reactions, relations, answers, marks and verbs");
}

#[tokio::test]
async fn it_is_said_which_addresses_visitors_may_read() {
    let document = document().await;
    let security = |path: &str| document["paths"][path]["get"]["security"].clone();
    let read = serde_json::json!({"oauth": ["read:statuses"]});
    assert_eq!(security("/api/v1/statuses/{id}"), serde_json::json!([{}, read]));
    assert_eq!(security("/api/v1/timelines/home"), serde_json::json!([read]));
    let any_token = serde_json::json!([{"oauth": []}]);
    assert_eq!(security("/api/v1/apps/verify_credentials"), any_token);
}
