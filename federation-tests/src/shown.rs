//! A post as a client reads it.
use serde_json::Value;

/// A status of the client API.
#[derive(Clone, Debug)]
pub struct Shown(pub Value);

impl Shown {
    pub fn id(&self) -> &str {
        self.0["id"].as_str().unwrap()
    }

    pub fn uri(&self) -> &str {
        self.0["uri"].as_str().unwrap()
    }

    /// The path of the post's own document.
    pub fn path(&self) -> &str {
        let (_, rest) = self.uri().split_once("://").unwrap();
        rest.split_at(rest.find('/').unwrap()).1
    }

    /// What it says, without markup. A boost says what is boosted.
    pub fn text(&self) -> String {
        let whole = if self.0["reblog"].is_object() { &self.0["reblog"] } else { &self.0 };
        let mut text = String::new();
        let mut in_tag = false;
        for c in whole["content"].as_str().unwrap().chars() {
            match c {
                '<' => in_tag = true,
                '>' => in_tag = false,
                c if !in_tag => text.push(c),
                _ => {}
            }
        }
        text
    }

    pub fn html(&self) -> &str {
        self.0["content"].as_str().unwrap()
    }

    pub fn count(&self, counter: &str) -> i64 {
        self.0[format!("{counter}_count")].as_i64().unwrap()
    }
}
