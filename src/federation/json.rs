//! Reading other servers' JSON: values come single or as lists, as ids or embedded, as strings or `{"@value"}`. Pure.
use crate::clock::Timestamp;
use serde_json::Value;

/// A document of another server. U+0000, which PostgreSQL keeps in no text, is read as U+FFFD.
pub fn parse(body: &[u8]) -> serde_json::Result<Value> {
    let document = serde_json::from_slice(body)?;
    let escape = br"\u0000";
    let has_nul = body.windows(escape.len()).any(|w| w == escape);
    Ok(if has_nul { without_nul(document) } else { document })
}

fn without_nul(value: Value) -> Value {
    let cleaned = |text: String| text.replace('\0', "\u{fffd}");
    match value {
        Value::String(text) => Value::String(cleaned(text)),
        Value::Array(list) => list.into_iter().map(without_nul).collect(),
        Value::Object(map) => map.into_iter().map(|(k, v)| (cleaned(k), without_nul(v))).collect(),
        other => other,
    }
}

/// No address we keep is longer.
pub const MAX_URI: usize = 2_048;

/// The value as a list, whether it was one or many.
pub fn many(value: &Value) -> &[Value] {
    match value {
        Value::Array(list) => list,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}

/// The id of a reference: a string, an embedded object's `id`, a `Link`'s `href`, or the first of a list of these. What no address can be is none:
/// nothing, too much, or something with control characters.
pub fn id(value: &Value) -> Option<&str> {
    let text = match value {
        Value::String(s) => Some(s.as_str()),
        Value::Object(o) => o.get("id").or_else(|| o.get("href")).and_then(Value::as_str),
        Value::Array(list) => list.iter().find_map(id),
        _ => None,
    };
    text.filter(|s| !s.is_empty() && s.len() <= MAX_URI && !s.contains(char::is_control))
}

/// All ids of a list of references, at most `limit`.
pub fn ids(value: &Value, limit: usize) -> Vec<String> {
    many(value).iter().filter_map(id).take(limit).map(str::to_owned).collect()
}

/// A string that may be written as `{"@value": …}` or as the first of a list.
pub fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(s) => Some(s),
        Value::Object(o) => o.get("@value").and_then(Value::as_str),
        Value::Array(list) => list.iter().find_map(text),
        _ => None,
    }
}

/// `content` or, without it, the first entry of `contentMap`; with the language when that is known.
pub fn text_and_lang<'a>(document: &'a Value, key: &str) -> (Option<&'a str>, Option<&'a str>) {
    let map = document.get(format!("{key}Map")).and_then(Value::as_object);
    let first = map.and_then(|m| m.iter().find_map(|(lang, v)| Some((lang.as_str(), text(v)?))));
    let plain = document.get(key).and_then(text);
    (plain.or(first.map(|(_, t)| t)), first.map(|(lang, _)| lang))
}

/// True when the document says it is of type `name`, alone or among others.
pub fn is(value: &Value, name: &str) -> bool {
    many(&value["type"]).iter().any(|t| t.as_str() == Some(name))
}

/// The first type.
pub fn kind(value: &Value) -> &str {
    many(&value["type"]).iter().find_map(Value::as_str).unwrap_or_default()
}

pub fn flag(value: &Value) -> bool {
    match value {
        Value::Bool(b) => *b,
        other => text(other) == Some("true"),
    }
}

pub fn time(value: &Value) -> Option<Timestamp> {
    text(value).and_then(Timestamp::parse)
}

/// A count that another server claims; never negative, never absurd.
pub fn count(value: &Value) -> Option<i64> {
    value.as_i64().map(|n| n.clamp(0, 1_000_000_000))
}

/// The HTML address among the forms of `url`: a string, a `Link`, a list with types; only http and https.
pub fn web_url(value: &Value) -> Option<&str> {
    let list = many(value);
    let html = list.iter().find(|v| v["mediaType"].as_str() == Some("text/html"));
    let found = html.or(list.first()).and_then(id)?;
    (found.starts_with("https://") || found.starts_with("http://")).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn references_are_read_in_every_form_that_servers_write() {
        for form in [
            json!("https://a.example/1"),
            json!({"id": "https://a.example/1"}),
            json!({"type": "Link", "href": "https://a.example/1"}),
            json!([{"no": 1}, "https://a.example/1"]),
        ] {
            assert_eq!(id(&form), Some("https://a.example/1"), "{form}");
        }
        for nothing in [
            json!(null),
            json!(3),
            json!(""),
            json!([]),
            json!({"id": {"a": 1}}),
            json!("https://a.example/\0"),
            json!("https://a.example/\n"),
        ] {
            assert_eq!(id(&nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_text_in_one_language_is_found_with_its_language() {
        let note = json!({"contentMap": {"ja": "こんにちは"}});
        assert_eq!(text_and_lang(&note, "content"), (Some("こんにちは"), Some("ja")));
    }
}
