//! Whatever a member calls in a test is held against the description of the client API (`/api/openapi.json`).
use crate::Answer;
use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::{Mutex, PoisonError};
use tsudoi::{app::App, openapi};

/// An address with what it answers when all goes well.
struct Operation {
    method: String,
    parts: Vec<String>,
    given: Value,
    /// Made when it is needed first.
    validator: Option<Validator>,
}

static OPERATIONS: Mutex<Vec<Operation>> = Mutex::new(Vec::new());

/// What is there without being described: streams, the grants of OAuth, the description itself.
const NOT_DESCRIBED: [&str; 3] = ["/api/v1/streaming", "/oauth/", "/api/openapi.json"];

/// Stops the test if the answer is not as it is described, or if there is an answer that nothing describes.
pub(crate) fn check(app: &App, method: &Method, path: &str, answer: &Answer) {
    let mut operations = OPERATIONS.lock().unwrap_or_else(PoisonError::into_inner);
    if operations.is_empty() {
        *operations = described(app);
    }
    let asked: Vec<&str> =
        path.split('?').next().unwrap().trim_end_matches('/').split('/').collect();
    let fits = |o: &&mut Operation| o.method == method.as_str() && fits(&o.parts, &asked);
    // A word stands before a part that may be anything.
    let Some(operation) = operations.iter_mut().filter(fits).min_by_key(|o| free(&o.parts)) else {
        let is_known = NOT_DESCRIBED.iter().any(|known| path.starts_with(known));
        let is_nothing = matches!(answer.status, 404 | 405);
        assert!(is_known || is_nothing, "{method} {path} is not described: {}", answer.text());
        return;
    };
    let body = answer.json();
    match answer.status {
        200 => {
            let validator = operation.validator.get_or_insert_with(|| {
                jsonschema::validator_for(&operation.given).expect("a schema")
            });
            let wrong: Vec<String> = validator
                .iter_errors(&body)
                .map(|e| format!("{e} at {}", e.instance_path()))
                .collect();
            assert!(wrong.is_empty(), "{method} {path} is not as described: {wrong:#?}\n{body:#}");
        }
        400..=499 => assert!(body["error"].is_string(), "{method} {path}: {}", answer.text()),
        _ => {}
    }
}

fn described(app: &App) -> Vec<Operation> {
    let document = serde_json::to_value(openapi::description(app)).unwrap();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let given = &operation["responses"]["200"]["content"]["application/json"]["schema"];
            all.push(Operation {
                method: method.to_uppercase(),
                parts: path.split('/').map(str::to_owned).collect(),
                given: json!({"allOf": [given], "components": document["components"]}),
                validator: None,
            });
        }
    }
    all
}

fn fits(parts: &[String], asked: &[&str]) -> bool {
    let fit = |(part, word): (&String, &&str)| part.starts_with('{') || part == word;
    parts.len() == asked.len() && parts.iter().zip(asked).all(fit)
}

fn free(parts: &[String]) -> usize {
    parts.iter().filter(|part| part.starts_with('{')).count()
}
