//! The JSON-LD `@context` of everything we say, and the media types of `ActivityPub`.
use serde_json::{Value, json};
use std::sync::LazyLock;

/// The audience "everybody": <https://www.w3.org/TR/activitypub/#public-addressing>.
pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// What we send and serve.
pub const ACTIVITY_JSON: &str = "application/activity+json";

/// What we ask for when fetching.
pub const ACCEPT: &str = r#"application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams""#;

/// Every term we use, so that strict JSON-LD readers lose nothing. `http://schema.org#` is what Mastodon expects.
pub static CONTEXT: LazyLock<Value> = LazyLock::new(|| {
    json!([
        "https://www.w3.org/ns/activitystreams",
        "https://w3id.org/security/v1",
        "https://w3id.org/security/data-integrity/v1",
        "https://www.w3.org/ns/did/v1",
        "https://w3id.org/security/multikey/v1",
        {
            "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
            "sensitive": "as:sensitive",
            "Hashtag": "as:Hashtag",
            "movedTo": {"@id": "as:movedTo", "@type": "@id"},
            "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
            "toot": "http://joinmastodon.org/ns#",
            "featured": {"@id": "toot:featured", "@type": "@id"},
            "discoverable": "toot:discoverable",
            "indexable": "toot:indexable",
            "suspended": "toot:suspended",
            "blurhash": "toot:blurhash",
            "votersCount": "toot:votersCount",
            "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"},
            "schema": "http://schema.org#",
            "PropertyValue": "schema:PropertyValue",
            "value": "schema:value",
            "propertyID": "schema:propertyID",
            "litepub": "http://litepub.social/ns#",
            "EmojiReact": "litepub:EmojiReact",
            "quote": {"@id": "https://w3id.org/fep/044f#quote", "@type": "@id"},
            "quoteUri": "http://fedibird.com/ns#quoteUri",
            "_misskey_quote": "https://misskey-hub.net/ns#_misskey_quote",
            "quoteAuthorization": {"@id": "https://w3id.org/fep/044f#quoteAuthorization", "@type": "@id"},
            "QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest",
            "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
            "gts": "https://gotosocial.org/ns#",
            "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
            "canQuote": {"@id": "gts:canQuote", "@type": "@id"},
            "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
            "manualApproval": {"@id": "gts:manualApproval", "@type": "@id"},
            "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
            "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"}
        }
    ])
});

/// Puts our context in front of a document.
pub fn with_context(document: Value) -> Value {
    serde_json::to_value(activitypub_federation::protocol::context::WithContext::new(
        document,
        CONTEXT.clone(),
    ))
    .unwrap_or_default()
}

/// True when a document speaks of `ActivityStreams` at all; Mastodon ignores those that do not.
pub fn has_context(document: &Value) -> bool {
    let is_ours = |v: &Value| v.as_str() == Some("https://www.w3.org/ns/activitystreams");
    match &document["@context"] {
        Value::Array(list) => list.iter().any(is_ours),
        one => is_ours(one),
    }
}

/// All three ways in which servers write "everybody".
pub fn is_public(uri: &str) -> bool {
    matches!(uri, PUBLIC | "as:Public" | "Public")
}
