//! Names of fields with brackets, as Rails reads them: `a`, `a[]`, `a[b]`, `a[][b]`, `a[0][b]`.
use crate::error::{Error, Result};
use serde_json::{Map, Value};

const MAX_FIELDS: usize = 1_000;
const MAX_DEPTH: usize = 5;

/// The fields as one object. A name that comes twice is a list of both values. An id left empty is no id.
pub(super) fn tree(fields: impl IntoIterator<Item = (String, String)>) -> Result<Value> {
    let mut tree = Map::new();
    for (n, (name, text)) in fields.into_iter().enumerate() {
        if n >= MAX_FIELDS {
            return Err(Error::Malformed(format!("more than {MAX_FIELDS} fields")));
        }
        if text.is_empty() && name.trim_end_matches(']').ends_with("_id") {
            continue;
        }
        let (first, rest) = path(&name)?;
        put(tree.entry(first).or_insert(Value::Null), &rest, text).ok_or_else(|| {
            Error::Malformed(format!("{name}: does not go with the other fields"))
        })?;
    }
    Ok(Value::Object(tree))
}

/// `a[b][]` is `a`, then `b`, then the next element.
fn path(name: &str) -> Result<(&str, Vec<&str>)> {
    let Some((first, rest)) = name.split_once('[') else { return Ok((name, Vec::new())) };
    let inner =
        rest.strip_suffix(']').ok_or_else(|| Error::Malformed(format!("{name}: ] is missing")))?;
    let rest: Vec<&str> = inner.split("][").collect();
    if rest.len() >= MAX_DEPTH {
        return Err(Error::Malformed(format!("{name}: more than {MAX_DEPTH} levels")));
    }
    Ok((first, rest))
}

/// None where a list meets a map.
fn put(place: &mut Value, path: &[&str], text: String) -> Option<()> {
    match path {
        [] => put_text(place, text),
        ["", rest @ ..] => {
            let list = match place {
                Value::Array(list) => list,
                Value::Null => {
                    *place = Value::Array(Vec::new());
                    place.as_array_mut()?
                }
                _ => return None,
            };
            if !continues(list.last(), rest) {
                list.push(Value::Null);
            }
            put(list.last_mut()?, rest, text)
        }
        [name, rest @ ..] => {
            if place.is_null() {
                *place = Value::Object(Map::new());
            }
            put(place.as_object_mut()?.entry(*name).or_insert(Value::Null), rest, text)
        }
    }
}

fn put_text(place: &mut Value, text: String) -> Option<()> {
    match place {
        Value::Null => *place = Value::String(text),
        Value::Array(list) => list.push(Value::String(text)),
        Value::String(_) => *place = Value::Array(vec![place.take(), Value::String(text)]),
        _ => return None,
    }
    Some(())
}

/// `a[][id]=1&a[][text]=x` is one element, until a name comes again.
fn continues(last: Option<&Value>, rest: &[&str]) -> bool {
    match (last, rest) {
        (Some(Value::Object(element)), [name, ..]) => !element.contains_key(*name),
        _ => false,
    }
}
