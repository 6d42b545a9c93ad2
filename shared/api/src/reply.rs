//! Answers.

use lambda_http::{
    Body, Response,
    http::{HeaderName, HeaderValue, StatusCode},
};
use serde::Serialize;
use store::once::KeptAnswer;

/// A status, headers and a JSON body.
#[derive(Debug)]
pub struct Reply {
    status: StatusCode,
    content_type: Option<&'static str>,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: String,
}

impl Reply {
    /// A JSON answer.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        Self { status, content_type: Some("application/json"), headers: Vec::new(), body: text(body) }
    }

    /// `304 Not Modified`: the client has what it asks for.
    pub fn not_modified() -> Self {
        Self { status: StatusCode::NOT_MODIFIED, content_type: None, headers: Vec::new(), body: String::new() }
    }

    /// An answer that was given before.
    pub(crate) fn kept(kept: KeptAnswer) -> Self {
        let header = |(name, value): (String, String)| Some((name.parse().ok()?, value.parse().ok()?));
        Self {
            status: StatusCode::from_u16(kept.status).unwrap_or(StatusCode::OK),
            content_type: Some("application/json"),
            headers: kept.headers.into_iter().filter_map(header).collect(),
            body: kept.body,
        }
    }

    /// What [`Self::kept`] makes this answer of.
    pub(crate) fn to_keep(&self) -> KeptAnswer {
        let headers = self
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
        KeptAnswer {
            fingerprint: String::new(),
            status: self.status.as_u16(),
            headers: headers.collect(),
            body: self.body.clone(),
        }
    }

    pub(crate) fn problem(status: StatusCode, body: &impl Serialize) -> Self {
        Self { status, content_type: Some("application/problem+json"), headers: Vec::new(), body: text(body) }
    }

    /// With one more header. A value that no header can hold is left out.
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

/// The bodies of this service are structs with text keys, which always serialize; should one
/// not, the answer is empty and the log says so.
fn text(body: &impl Serialize) -> String {
    serde_json::to_string(body).unwrap_or_else(|error| {
        tracing::error!(%error, "answer not serialized");
        String::new()
    })
}
