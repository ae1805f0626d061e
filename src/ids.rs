//! Ids: sortable 64-bit numbers, 48 bits of milliseconds and 16 that tell ids of one millisecond apart, printed as decimal strings.
use crate::clock::Timestamp;
use std::sync::{
    LazyLock,
    atomic::{AtomicU16, Ordering},
};

/// Makes an id that sorts at `at`. The low 16 bits count up within this process, from a random start, so that rows made by the hundred in one
/// millisecond do not meet; what another process makes in it is refused by the primary key in the rare case.
pub fn new_id(at: Timestamp) -> i64 {
    static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| AtomicU16::new(rand::random()));
    (at.0.max(0) << 16) | i64::from(NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A random secret of 192 bits for cookies and links, in URL-safe text.
pub fn secret() -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 24]>())
}

/// What is kept of a secret: its SHA-256 in hex.
pub fn hash_secret(secret: &str) -> String {
    sha256_hex(secret.as_bytes())
}

/// SHA-256 in lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes).as_ref())
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// A text that is no id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id is a decimal number")]
pub struct NotAnId;

/// Declares a typed id, so that a post's id is never taken for an account's.
#[macro_export]
macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type, serde::Deserialize,
        )]
        #[sqlx(transparent)]
        #[serde(try_from = "String")]
        pub struct $name(pub i64);

        impl $name {
            /// A new id that sorts at `at`.
            pub fn new(at: $crate::clock::Timestamp) -> Self {
                Self($crate::ids::new_id(at))
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
        impl std::str::FromStr for $name {
            type Err = $crate::ids::NotAnId;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let number = text.parse().ok().filter(|id| *id >= 0);
                number.map(Self).ok_or($crate::ids::NotAnId)
            }
        }
        impl TryFrom<String> for $name {
            type Error = $crate::ids::NotAnId;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
        impl schemars::JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"type": "string", "pattern": "^[0-9]{1,19}$"})
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(&self.0)
            }
        }
    };
}

typed_id! {
    /// An account, local or remote.
    AccountId
}
typed_id! {
    /// A post, local or remote; sorts by the time it was published.
    PostId
}
typed_id! {
    /// A picture or other file.
    MediaId
}
typed_id! {
    /// A program that is registered for OAuth 2.
    AppId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_travel_as_decimal_strings() {
        let (early, late) = (PostId::new(Timestamp(1_000)), PostId::new(Timestamp(1_001)));
        assert!(early < late);
        assert_eq!(serde_json::to_string(&early).unwrap(), format!("\"{}\"", early.0));
        assert_eq!(serde_json::from_str::<PostId>(&format!("\"{}\"", early.0)).unwrap(), early);
    }
}
