//! RFC 9421, HTTP Message Signatures, as far as the Fediverse uses it.
//!
//! Components with parameters (`;sf`, `;key`, `;req`, …) and `@query-param` are not supported: nobody sends them.
use std::time::SystemTime;

use base64::{Engine, engine::general_purpose::STANDARD};
use sfv::{
    BareItem, Dictionary, InnerList, Integer, Item, ListEntry, ListSerializer, Parameters, Parser,
    key_ref,
};

use super::{
    Claim, Incoming, Scheme, SignError, SignatureError, digest, freshness,
    request::{authority, check_parts, require},
};
use crate::signatures::keys::{KeyKind, SigningKey};

/// The one signature that we put on a request.
const LABEL: &str = "sig1";
const RSA: &str = "rsa-v1_5-sha256";
const NOT_INPUT: SignatureError =
    SignatureError::Malformed("the Signature-Input header is not a dictionary");
const NOT_SIGNATURE: SignatureError =
    SignatureError::Malformed("the Signature header is not a dictionary");
const NO_USABLE: SignatureError = SignatureError::Malformed(
    "no label has covered components, a keyid and a signature of the same label",
);

/// One label of `Signature-Input` with its signature.
struct Candidate<'a> {
    list: &'a InnerList,
    covered: Vec<String>,
    key_id: &'a str,
    signature: &'a [u8],
}

/// Reads the first label that can be read; the others are not looked at.
pub(super) fn read(request: &Incoming<'_>, now: SystemTime) -> Result<Claim, SignatureError> {
    let input = request.short_field("signature-input")?.ok_or(SignatureError::Missing)?;
    let signature = request.short_field("signature")?.ok_or(SignatureError::Missing)?;
    let inputs: Dictionary = Parser::new(&input).parse().map_err(|_e| NOT_INPUT)?;
    let signatures: Dictionary = Parser::new(&signature).parse().map_err(|_e| NOT_SIGNATURE)?;
    let candidate = inputs
        .iter()
        .find_map(|(label, entry)| Candidate::parse(entry, signatures.get(label)?))
        .ok_or(NO_USABLE)?;

    let kind = candidate.kind()?;
    check_parts(&candidate.covered)?;
    check_covered(request, &candidate.covered)?;
    let host = request.host()?;
    if let Some(body) = request.digested_body() {
        let value = request
            .short_field("content-digest")?
            .ok_or(SignatureError::NoDigest(digest::CONTENT_DIGEST))?;
        digest::check_content_digest(&value, body)?;
    }
    candidate.check_time(now)?;

    // What the peer took for our address: the public one, or what it wrote into Host (perhaps without the port).
    let mut authorities: Vec<String> = authority(request.base).into_iter().collect();
    authorities.extend(authority(&host));
    authorities.dedup();
    let params = serialized(candidate.list);
    let message = |authority: &String| {
        let value = |part: &'_ String| part_value(request, authority, part);
        let parts = candidate.covered.iter().map(|part| Ok((part.as_str(), value(part)?)));
        Ok(signature_base(&parts.collect::<Result<Vec<_>, SignatureError>>()?, &params))
    };
    let messages = authorities.iter().map(message).collect::<Result<_, SignatureError>>()?;
    let key_id = candidate.key_id.to_owned();
    Claim::new(key_id, Scheme::Rfc9421, kind, candidate.signature.to_vec(), messages)
}

impl<'a> Candidate<'a> {
    fn parse(input: &'a ListEntry, signature: &'a ListEntry) -> Option<Self> {
        let (ListEntry::InnerList(list), ListEntry::Item(signature)) = (input, signature) else {
            return None;
        };
        let covered = list.items.iter().map(|item| {
            let plain = item.params.is_empty().then_some(&item.bare_item)?;
            plain.as_string().map(|name| name.as_str().to_owned())
        });
        Some(Self {
            list,
            covered: covered.collect::<Option<_>>()?,
            key_id: list.params.get("keyid")?.as_string()?.as_str(),
            signature: signature.bare_item.as_byte_sequence()?,
        })
    }

    fn kind(&self) -> Result<Option<KeyKind>, SignatureError> {
        let refused = SignatureError::Algorithm { allowed: "rsa-v1_5-sha256, ed25519" };
        let Some(algorithm) = self.list.params.get("alg") else { return Ok(None) };
        match algorithm.as_string().map(sfv::StringRef::as_str) {
            Some(RSA) => Ok(Some(KeyKind::Rsa)),
            Some("ed25519") => Ok(Some(KeyKind::Ed25519)),
            _ => Err(refused),
        }
    }

    fn check_time(&self, now: SystemTime) -> Result<(), SignatureError> {
        let created = self.seconds("created")?.ok_or(SignatureError::NotCovered("created"))?;
        freshness::check_signed_at(created, now)?;
        self.seconds("expires")?.map_or(Ok(()), |expires| freshness::check_expires(expires, now))
    }

    fn seconds(&self, name: &str) -> Result<Option<SystemTime>, SignatureError> {
        const NOT_SECONDS: SignatureError =
            SignatureError::Malformed("created or expires is not a number of seconds");
        let Some(value) = self.list.params.get(name) else { return Ok(None) };
        let seconds = value.as_integer().ok_or(NOT_SECONDS)?;
        let seconds = u64::try_from(i64::from(seconds)).map_err(|_e| NOT_SECONDS)?;
        freshness::from_unix(seconds).map(Some)
    }
}

fn check_covered(request: &Incoming<'_>, covered: &[String]) -> Result<(), SignatureError> {
    require(covered, "@method")?;
    if require(covered, "@target-uri").is_err() {
        let in_parts = require(covered, "@authority").is_ok()
            && require(covered, "@path").is_ok()
            && (request.query().is_none() || require(covered, "@query").is_ok());
        if !in_parts {
            return Err(SignatureError::NotCovered("@target-uri"));
        }
    }
    if request.digested_body().is_some() {
        require(covered, "content-digest")?;
    }
    Ok(())
}

/// [Derived components](https://www.rfc-editor.org/rfc/rfc9421#section-2.2) of a request, and header fields.
fn part_value(
    request: &Incoming<'_>,
    authority: &str,
    part: &str,
) -> Result<String, SignatureError> {
    let scheme = request.base.scheme();
    match part {
        "@method" => Ok(request.method.to_string()),
        "@target-uri" => Ok(format!("{scheme}://{authority}{}", request.path_and_query)),
        "@authority" => Ok(authority.to_owned()),
        "@scheme" => Ok(scheme.to_owned()),
        "@request-target" => Ok(request.path_and_query.to_owned()),
        "@path" => Ok(request.path().to_owned()),
        "@query" => Ok(format!("?{}", request.query().unwrap_or_default())),
        derived if derived.starts_with('@') => {
            Err(SignatureError::UnsupportedPart(derived.to_owned()))
        }
        name => request.field(name)?.ok_or_else(|| SignatureError::NoSuchPart(name.to_owned())),
    }
}

/// The [signature base](https://www.rfc-editor.org/rfc/rfc9421#section-2.5): a line for each covered part, then the parameters.
fn signature_base(parts: &[(&str, String)], params: &str) -> String {
    let mut lines: Vec<String> =
        parts.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
    lines.push(format!("\"@signature-params\": {params}"));
    lines.join("\n")
}

/// The list of covered parts with its parameters, as the base and the header have it.
fn serialized(list: &InnerList) -> String {
    let mut serializer = ListSerializer::new();
    serializer.members([&ListEntry::InnerList(list.clone())]);
    serializer.finish().unwrap_or_default()
}

/// The values of `Signature-Input` and `Signature` over `parts`, which are names (derived or of headers) with their values.
pub(super) fn sign(
    key: &SigningKey,
    parts: &[(&str, String)],
    created: u64,
) -> Result<(String, String), SignError> {
    let items = parts
        .iter()
        .map(|(name, _)| Ok(Item::new(sfv::StringRef::from_str(name)?.to_owned())))
        .collect::<Result<_, SignError>>()?;
    let key_id = sfv::StringRef::from_str(key.key_id().as_str())?.to_owned();
    let algorithm = sfv::StringRef::from_str(RSA)?.to_owned();
    let params = Parameters::from_iter([
        (key_ref("created").to_owned(), BareItem::from(Integer::try_from(created)?)),
        (key_ref("keyid").to_owned(), BareItem::from(key_id)),
        (key_ref("alg").to_owned(), BareItem::from(algorithm)),
    ]);
    let params = serialized(&InnerList::with_params(items, params));
    let text = signature_base(parts, &params);
    let signature = STANDARD.encode(key.sign_rsa_sha256(text.as_bytes())?);
    Ok((format!("{LABEL}={params}"), format!("{LABEL}=:{signature}:")))
}

#[cfg(test)]
mod tests;
