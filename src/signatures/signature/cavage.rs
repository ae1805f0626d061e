//! draft-cavage-12, the scheme of the Fediverse so far.
//!
//! `http-signature-normalization` builds the signing string and holds the list of what must be covered. The `Signature` header
//! itself is read here: the library splits it at every comma, never enforces the algorithm, asks the system for the time,
//! and panics at a `created` beyond what the system's time can hold.
use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use axum::http::Method;
use base64::{Engine, engine::general_purpose::STANDARD};
use http_signature_normalization::{Config, PrepareVerifyError};

use super::{
    Claim, Incoming, Scheme, SignError, SignatureError, digest, freshness,
    request::{check_parts, require, text},
};
use crate::signatures::keys::{KeyKind, SigningKey};

const REQUEST_TARGET: &str = "(request-target)";
const CREATED: &str = "(created)";
const EXPIRES: &str = "(expires)";
/// The library's own check of age, by the system's clock, must never strike; ours has been made before.
const NEVER: Duration = Duration::from_hours(1000 * 365 * 24);

/// The fields of one `Signature` header.
struct Fields {
    key_id: String,
    signature: Vec<u8>,
    algorithm: Option<String>,
    covered: Vec<String>,
    created: Option<u64>,
    expires: Option<u64>,
}

pub(super) fn read(request: &Incoming<'_>, now: SystemTime) -> Result<Claim, SignatureError> {
    let fields = signature_fields(request)?;
    let kind = check_algorithm(&fields)?;
    check_parts(&fields.covered)?;
    check_covered(request, &fields.covered)?;
    request.host()?;
    if let Some(body) = request.digested_body() {
        let value =
            request.short_field("digest")?.ok_or(SignatureError::NoDigest(digest::DIGEST))?;
        digest::check_digest(&value, body)?;
    }
    check_time(request, &fields, now)?;
    let values = covered_values(request, &fields)?;
    let covered = fields.covered.join(" ");
    let mut messages =
        vec![signing_string(request.method, request.path_and_query, &covered, &values)?];
    // Older servers, and Fedify to this day, leave the query out.
    if request.query().is_some() {
        messages.push(signing_string(request.method, request.path(), &covered, &values)?);
    }
    Claim::new(fields.key_id, Scheme::Cavage, kind, fields.signature, messages)
}

/// The first `Signature` header that can be read; the first error when none can.
fn signature_fields(request: &Incoming<'_>) -> Result<Fields, SignatureError> {
    request.short_field("signature")?.ok_or(SignatureError::Missing)?;
    let mut first_error = None;
    for value in request.headers.get_all("signature") {
        match text(value).and_then(Fields::parse) {
            Ok(fields) => return Ok(fields),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    Err(first_error.unwrap_or(SignatureError::Missing))
}

impl Fields {
    fn parse(header: &str) -> Result<Self, SignatureError> {
        let mut fields = split_fields(header)?;
        let mut seconds = |name: &str| {
            let digits = fields.remove(name);
            digits.map(|digits| digits.parse().map_err(|_e| NOT_SECONDS)).transpose()
        };
        let (created, expires) = (seconds("created")?, seconds("expires")?);
        let signature = fields.remove("signature").ok_or(NO_SIGNATURE)?;
        Ok(Self {
            key_id: fields.remove("keyid").ok_or(NO_KEY_ID)?,
            signature: STANDARD.decode(signature).map_err(|_e| NOT_BASE64)?,
            algorithm: fields.remove("algorithm").map(|name| name.to_ascii_lowercase()),
            covered: fields
                .remove("headers")
                .map_or_else(|| CREATED.to_owned(), |names| names.to_ascii_lowercase())
                .split_whitespace()
                .map(str::to_owned)
                .collect(),
            created,
            expires,
        })
    }
}

const NOT_FIELDS: SignatureError =
    SignatureError::Malformed("the Signature header is not a list of name=\"value\"");
const NO_KEY_ID: SignatureError = SignatureError::Malformed("the Signature header has no keyId");
const NO_SIGNATURE: SignatureError =
    SignatureError::Malformed("the Signature header has no signature");
const NOT_BASE64: SignatureError = SignatureError::Malformed("the signature is not base64");
const NOT_SECONDS: SignatureError =
    SignatureError::Malformed("created or expires is not a number of seconds");

/// Splits `name="value",name=value` by lower-case name. Values in quotes may hold commas, and spaces may stand around the commas.
fn split_fields(header: &str) -> Result<BTreeMap<String, String>, SignatureError> {
    let mut fields = BTreeMap::new();
    let mut rest = header;
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or(NOT_FIELDS)?;
        let (value, tail) = match after.trim_start().strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').ok_or(NOT_FIELDS)?,
            None => after.split_at(after.find(',').unwrap_or(after.len())),
        };
        let name = name.trim().to_ascii_lowercase();
        if fields.insert(name, value.trim().to_owned()).is_some() {
            return Err(SignatureError::Malformed("the Signature header names a field twice"));
        }
        rest = tail.trim_start();
        if !rest.is_empty() {
            rest = rest.strip_prefix(',').ok_or(NOT_FIELDS)?.trim_start();
        }
    }
    Ok(fields)
}

/// `hs2019` and none leave the choice to the key.
fn check_algorithm(fields: &Fields) -> Result<Option<KeyKind>, SignatureError> {
    let uses = |part: &str| fields.covered.iter().any(|covered| covered == part);
    match fields.algorithm.as_deref() {
        None | Some("hs2019") => Ok(None),
        Some("rsa-sha256") if uses(CREATED) || uses(EXPIRES) => {
            Err(SignatureError::CreatedWithoutHs2019)
        }
        Some("rsa-sha256") => Ok(Some(KeyKind::Rsa)),
        Some(_) => Err(SignatureError::Algorithm { allowed: "rsa-sha256, hs2019" }),
    }
}

fn check_covered(request: &Incoming<'_>, covered: &[String]) -> Result<(), SignatureError> {
    require(covered, REQUEST_TARGET)?;
    require(covered, "host")?;
    if request.digested_body().is_some() {
        require(covered, "digest")?;
    }
    if require(covered, "date").is_err() && require(covered, CREATED).is_err() {
        return Err(SignatureError::NotCovered("date or (created)"));
    }
    Ok(())
}

fn check_time(
    request: &Incoming<'_>,
    fields: &Fields,
    now: SystemTime,
) -> Result<(), SignatureError> {
    if require(&fields.covered, "date").is_ok() {
        let date =
            request.field("date")?.ok_or_else(|| SignatureError::NoSuchPart("date".into()))?;
        let date = httpdate::parse_http_date(&date).map_err(|_e| SignatureError::BadDate)?;
        freshness::check_signed_at(date, now)?;
    }
    if let Some(created) = fields.created {
        freshness::check_signed_at(freshness::from_unix(created)?, now)?;
    }
    if let Some(expires) = fields.expires {
        freshness::check_expires(freshness::from_unix(expires)?, now)?;
    }
    Ok(())
}

/// What the covered parts say, but for the request target.
fn covered_values(
    request: &Incoming<'_>,
    fields: &Fields,
) -> Result<BTreeMap<String, String>, SignatureError> {
    let mut values = BTreeMap::new();
    for part in &fields.covered {
        let value = match part.as_str() {
            REQUEST_TARGET => continue,
            CREATED => fields.created.map(|seconds| seconds.to_string()),
            EXPIRES => fields.expires.map(|seconds| seconds.to_string()),
            // The library would take either for the signature to check.
            "authorization" | "signature" => {
                return Err(SignatureError::UnsupportedPart(part.clone()));
            }
            name => request.field(name)?,
        };
        values.insert(part.clone(), value.ok_or_else(|| SignatureError::NoSuchPart(part.clone()))?);
    }
    Ok(values)
}

/// The text that was signed if the target was `target`.
fn signing_string(
    method: &Method,
    target: &str,
    covered: &str,
    values: &BTreeMap<String, String>,
) -> Result<String, SignatureError> {
    let mut headers = values.clone();
    // The library wants a header to read; the real one has been read already.
    let header = format!("keyId=\"-\",signature=\"-\",headers=\"{covered}\"");
    headers.insert("signature".to_owned(), header);
    Config::new()
        .set_expiration(NEVER)
        .require_header(REQUEST_TARGET)
        .require_header("host")
        .begin_verify(method.as_str(), target, headers)
        .map(|unverified| unverified.signing_string().to_owned())
        .map_err(|error| match error {
            PrepareVerifyError::Required(missing) => {
                SignatureError::NoSuchPart(missing.headers().iter().cloned().collect())
            }
            PrepareVerifyError::Validate(_) => SignatureError::Stale,
            PrepareVerifyError::Parse(_) => NOT_FIELDS,
        })
}

/// The `Signature` header over `headers` (names in lower case; `host` and `date` must be among them) and the request target.
pub(super) fn sign(
    key: &SigningKey,
    method: &Method,
    target: &str,
    headers: BTreeMap<String, String>,
) -> Result<String, SignError> {
    let header = Config::new()
        .mastodon_compat()
        .begin_sign(method.as_str(), target, headers)?
        .sign(key.key_id().to_string(), |text| {
            key.sign_rsa_sha256(text.as_bytes()).map(|signature| STANDARD.encode(signature))
        })?
        .signature_header();
    // The library always writes hs2019. Everyone reads rsa-sha256, and it says what the signature is.
    Ok(header.replacen(r#",algorithm="hs2019","#, r#",algorithm="rsa-sha256","#, 1))
}
