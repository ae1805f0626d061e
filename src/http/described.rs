//! What handlers take and give, described for machines.
use crate::error::Error;
use aide::{
    OperationOutput,
    generate::GenContext,
    openapi::{MediaType, Operation, ReferenceOr, RequestBody, SchemaObject},
    operation::{ParamLocation, add_parameters, parameters_from_schema},
    transform::TransformOperation,
};
use axum::Json;
use schemars::{JsonSchema, Schema, json_schema};
use serde::Serialize;
use serde_json::json;

/// What an address answers when all goes well.
pub fn gives<T: JsonSchema>(operation: TransformOperation<'_>) -> TransformOperation<'_> {
    operation.response::<200, Json<T>>()
}

/// What an address answers when there is nothing to say.
#[derive(Serialize, JsonSchema)]
pub struct Empty {}

// How every address refuses is described once (`openapi`).
impl OperationOutput for Error {
    type Inner = Self;
}

/// The query of an operation: each field of `T`.
pub fn asks<T: JsonSchema>(context: &mut GenContext, operation: &mut Operation) {
    let schema = context.schema.subschema_for::<T>();
    let mut fields = parameters_from_schema(context, schema, ParamLocation::Query);
    // The same query may be read by two.
    fields.retain(|field| !knows(operation, &field.parameter_data_ref().name));
    add_parameters(context, operation, fields);
}

/// Where an operation keeps what its path is read as until the names of the parts are known.
pub const PATH: &str = "x-path";

/// The parts of the address: one value, or a tuple of them.
pub fn stands_at<T: JsonSchema>(context: &mut GenContext, operation: &mut Operation) {
    let schema = context.schema.subschema_for::<T>();
    operation.extensions.insert(PATH.into(), schema.into());
}

/// How programs prove whose request it is.
pub const OAUTH: &str = "oauth";

/// An operation that takes a token; which scopes it must have is found by the address.
pub fn takes_token(operation: &mut Operation) {
    operation.security = vec![[(OAUTH.to_owned(), Vec::new())].into_iter().collect()];
}

/// An operation that visitors may call, too.
pub fn takes_token_or_none(operation: &mut Operation) {
    takes_token(operation);
    operation.security.insert(0, std::iter::empty().collect());
}

/// The body of an operation, in any of the forms that programs send.
pub fn takes<T: JsonSchema>(context: &mut GenContext, operation: &mut Operation) {
    let schema = context.schema.subschema_for::<T>();
    let forms = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"];
    let body = RequestBody {
        content: forms
            .map(|form| (form.to_owned(), media_type(schema.clone())))
            .into_iter()
            .collect(),
        ..RequestBody::default()
    };
    operation.request_body = Some(ReferenceOr::Item(body));
}

/// Files that a multipart body may have beside its fields.
pub fn with_files<'a>(
    mut operation: TransformOperation<'a>,
    names: &[&str],
) -> TransformOperation<'a> {
    let files: serde_json::Map<String, serde_json::Value> = names
        .iter()
        .map(|name| ((*name).to_owned(), json!({"type": "string", "format": "binary"})))
        .collect();
    if let Some(ReferenceOr::Item(body)) = &mut operation.inner_mut().request_body
        && let Some(form) = body.content.get_mut("multipart/form-data")
        && let Some(fields) = form.schema.take()
    {
        let both =
            json_schema!({"allOf": [fields.json_schema, {"type": "object", "properties": files}]});
        form.schema = Some(described(both));
    }
    operation
}

fn knows(operation: &Operation, name: &str) -> bool {
    operation.parameters.iter().any(|known| match known {
        ReferenceOr::Item(known) => known.parameter_data_ref().name == name,
        ReferenceOr::Reference { .. } => false,
    })
}

pub fn media_type(schema: Schema) -> MediaType {
    MediaType { schema: Some(described(schema)), ..MediaType::default() }
}

pub fn described(json_schema: Schema) -> SchemaObject {
    SchemaObject { json_schema, example: None, external_docs: None }
}
