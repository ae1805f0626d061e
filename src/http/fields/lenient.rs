//! Reads a tree of texts into typed fields: programs send `"1"`, `1`, `"true"` and `true` for the same thing.
use serde::{
    Deserializer,
    de::{DeserializeSeed, Error as _, IntoDeserializer, Visitor, value::SeqDeserializer},
    forward_to_deserialize_any,
};
use serde_json::{Error, Value};

pub(super) struct Lenient(pub Value);

/// A field, so that what is wrong is said with its name.
struct Named(String, Value);

type Result<T> = std::result::Result<T, Error>;

impl IntoDeserializer<'_, Error> for Lenient {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

fn word_of(value: Value) -> Result<String> {
    match value {
        // PostgreSQL keeps no text with it.
        Value::String(text) if text.contains('\0') => {
            Err(Error::custom("a text without NUL is expected"))
        }
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        // Sent twice: the last one counts.
        Value::Array(mut list) if !list.is_empty() => word_of(list.pop().unwrap_or_default()),
        _ => Err(Error::custom("a text is expected")),
    }
}

fn flag_of(value: Value) -> Result<bool> {
    match word_of(value)?.to_ascii_lowercase().as_str() {
        "true" | "t" | "1" | "on" => Ok(true),
        "false" | "f" | "0" | "off" | "" => Ok(false),
        _ => Err(Error::custom("true or false is expected")),
    }
}

/// The elements of a list: itself, the values of a map numbered from 0, or the one value that there is.
fn elements(value: Value) -> Result<Vec<Value>> {
    match value {
        Value::Array(list) => Ok(list),
        Value::Null => Ok(Vec::new()),
        Value::Object(map) => {
            let numbered = |(key, value): (String, Value)| Ok((key.parse::<u32>()?, value));
            let elements: std::result::Result<Vec<_>, std::num::ParseIntError> =
                map.into_iter().map(numbered).collect();
            let mut elements = elements.map_err(|_e| Error::custom("a list is expected"))?;
            elements.sort_by_key(|(number, _)| *number);
            Ok(elements.into_iter().map(|(_, value)| value).collect())
        }
        one => Ok(vec![one]),
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $type:ty),* $(,)?) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            let word = word_of(self.0)?;
            let number = word.trim().parse::<$type>().map_err(|_e| Error::custom("a number is expected"))?;
            visitor.$visit(number)
        })*
    };
}

impl<'de> Deserializer<'de> for Lenient {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(flag),
            Value::Number(number) => number.deserialize_any(visitor),
            Value::String(text) => visitor.visit_string(text),
            list @ Value::Array(_) => Self(list).deserialize_seq(visitor),
            map @ Value::Object(_) => Self(map).deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_bool(flag_of(self.0)?)
    }

    numbers! {
        deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16, deserialize_i32 visit_i32 i32, deserialize_i64 visit_i64 i64,
        deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32, deserialize_u64 visit_u64 u64,
        deserialize_f32 visit_f32 f32, deserialize_f64 visit_f64 f64,
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_string(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_string(word_of(self.0)?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let elements = elements(self.0)?.into_iter().map(Self);
        visitor.visit_seq(SeqDeserializer::new(elements))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let Value::Object(map) = self.0 else { return Err(Error::custom("fields are expected")) };
        visitor.visit_map(Entries { rest: map.into_iter(), next: None })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_enum(word_of(self.0)?.into_deserializer())
    }

    forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

/// The fields of a map, each with its name at hand.
struct Entries {
    rest: serde_json::map::IntoIter,
    next: Option<Named>,
}

impl<'de> serde::de::MapAccess<'de> for Entries {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        // Null is the same as nothing.
        let Some((name, value)) = self.rest.by_ref().find(|(_, value)| !value.is_null()) else {
            return Ok(None);
        };
        self.next = Some(Named(name.clone(), value));
        seed.deserialize(name.into_deserializer()).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        let Some(Named(name, value)) = self.next.take() else {
            return Err(Error::custom("a value without a name"));
        };
        seed.deserialize(Lenient(value)).map_err(|e| Error::custom(format!("{name}: {e}")))
    }
}
