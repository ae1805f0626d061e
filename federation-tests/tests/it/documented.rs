//! The examples of docs/FEDERATION.md are real JSON.
use serde_json::Value;

#[test]
fn every_example_in_the_federation_document_is_json_with_a_type() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/FEDERATION.md");
    let text = std::fs::read_to_string(path).expect("docs/FEDERATION.md");
    let examples: Vec<&str> =
        text.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();

    assert!(!examples.is_empty(), "no ```json block in docs/FEDERATION.md");
    for example in examples {
        let document: Value = serde_json::from_str(example)
            .unwrap_or_else(|error| panic!("{error} in this example:\n{example}"));
        assert!(document["type"].is_string(), "no type in this example:\n{example}");
    }
}
