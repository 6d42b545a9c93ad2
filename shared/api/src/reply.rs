//! Responses: a status, headers and a body, which is JSON in most of them.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use lambda_http::{
    Body, Response,
    http::{HeaderName, HeaderValue, StatusCode},
};
use serde::Serialize;
use store::idempotency::StoredResponse;

use crate::IfNoneMatch;

/// A response: a status, headers and a body.
#[derive(Debug)]
pub struct Reply {
    status: StatusCode,
    content_type: Option<&'static str>,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: String,
}

impl Reply {
    /// A response with a JSON body.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        Self { status, content_type: Some("application/json"), headers: Vec::new(), body: text(body) }
    }

    /// A response with a text that is not JSON.
    pub const fn text(content_type: &'static str, body: String) -> Self {
        Self { status: StatusCode::OK, content_type: Some(content_type), headers: Vec::new(), body }
    }

    /// A response without a body.
    pub(crate) const fn empty(status: StatusCode) -> Self {
        Self { status, content_type: None, headers: Vec::new(), body: String::new() }
    }

    /// Adds an `ETag`, which is a hash of the body. If the client has this version already, the response becomes `304 Not
    /// Modified`.
    #[must_use]
    pub fn unless_seen(self, seen: &IfNoneMatch) -> Self {
        let mut hasher = DefaultHasher::new();
        self.body.hash(&mut hasher);
        let tag = format!("\"{:016x}\"", hasher.finish());
        self.tagged(&tag, seen)
    }

    /// Like [`Self::unless_seen`], with an `ETag` of the caller's. It must differ whenever the body does.
    #[must_use]
    pub fn tagged(self, tag: &str, seen: &IfNoneMatch) -> Self {
        let reply = match seen.names(tag) {
            true => Self { status: StatusCode::NOT_MODIFIED, content_type: None, body: String::new(), ..self },
            false => self,
        };
        reply.header("etag", tag)
    }

    /// The response to HEAD: the headers of GET, with the length of the body that is left out.
    pub(crate) fn without_body(self) -> Self {
        let length = self.body.len().to_string();
        let has_length = self.status != StatusCode::NOT_MODIFIED;
        let reply = if has_length { self.header("content-length", &length) } else { self };
        Self { body: String::new(), ..reply }
    }

    /// A response that was stored under an idempotency key.
    pub(crate) fn from_stored(stored: StoredResponse) -> Self {
        let header = |(name, value): (String, String)| Some((name.parse().ok()?, value.parse().ok()?));
        Self {
            status: StatusCode::from_u16(stored.status).unwrap_or(StatusCode::OK),
            content_type: Some("application/json"),
            headers: stored.headers.into_iter().filter_map(header).collect(),
            body: stored.body,
        }
    }

    /// The parts of this response to store under an idempotency key. The caller adds the fingerprint.
    pub(crate) fn to_stored(&self) -> StoredResponse {
        let headers = self
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
        StoredResponse {
            fingerprint: String::new(),
            status: self.status.as_u16(),
            headers: headers.collect(),
            body: self.body.clone(),
            erased: false,
        }
    }

    pub(crate) fn problem(status: StatusCode, body: &impl Serialize) -> Self {
        Self { status, content_type: Some("application/problem+json"), headers: Vec::new(), body: text(body) }
    }

    /// Adds a header. A value that no header can hold is left out.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((HeaderName::from_static(name), value));
        }
        self
    }

    pub(crate) fn into_response(self, request_id: &str) -> Response<Body> {
        let reply = self.header("cache-control", "private, no-store").header("x-request-id", request_id);
        let Self { status, content_type, headers, body } = reply;
        let mut response = Response::new(Body::Text(body));
        *response.status_mut() = status;
        if let Some(content_type) = content_type {
            response.headers_mut().insert("content-type", HeaderValue::from_static(content_type));
        }
        response.headers_mut().extend(headers);
        response
    }
}

/// Bytes that a body takes in the response of a function. There its JSON is a string of another JSON, so that each quote and
/// each backslash takes one byte more.
pub fn bytes_in_response(body: &impl Serialize) -> usize {
    let text = text(body);
    text.len() + text.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count()
}

/// Serializes a body. The bodies of this service are structs with string keys, which always serialize. If a body still
/// fails, the response is empty and the error is logged.
fn text(body: &impl Serialize) -> String {
    serde_json::to_string(body).unwrap_or_else(|error| {
        tracing::error!(%error, "response body not serialized");
        String::new()
    })
}
