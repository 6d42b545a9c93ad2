//! One request, with its verified caller.

use std::{future::Future, time::Instant};

use domain::{ids::UserId, problem::ProblemCode};
use lambda_http::{Body, Request, RequestExt as _, Response, request::RequestContext};
use serde_json::Value;

use crate::{Problem, Reply};

/// Largest body of a request, in bytes.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// A request, with its verified caller.
#[derive(Debug)]
pub struct Call {
    /// The `sub` claim of the token that the gateway has verified.
    pub user: UserId,
    request: Request,
}

impl Call {
    /// A parameter of the path, as the route names it.
    pub fn path(&self, name: &str) -> Option<String> {
        self.request.path_parameters_ref()?.first(name).map(str::to_owned)
    }

    /// The values of a parameter of the query.
    pub fn query(&self, name: &str) -> Vec<String> {
        let parameters = self.request.query_string_parameters_ref();
        parameters.and_then(|parameters| parameters.all(name)).into_iter().flatten().map(str::to_owned).collect()
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name).and_then(|value| value.to_str().ok())
    }

    /// A header, if it was sent; its text, if it is ASCII.
    pub(crate) fn header_text(&self, name: &str) -> Option<Option<String>> {
        let value = self.request.headers().get(name)?;
        Some(value.to_str().ok().map(str::to_owned))
    }

    /// The path, as it was sent.
    pub fn uri_path(&self) -> &str {
        self.request.uri().path()
    }

    /// The W3C trace context that came along.
    pub fn traceparent(&self) -> Option<String> {
        self.header("traceparent").filter(|value| value.len() <= 128).map(str::to_owned)
    }

    /// The X-Ray trace header that the gateway has added, such as `Root=1-…;Parent=…;Sampled=1`.
    pub fn xray_trace(&self) -> Option<String> {
        let of_xray = |value: &&str| value.len() <= 256 && value.starts_with("Root=1-");
        self.header("x-amzn-trace-id").filter(of_xray).map(str::to_owned)
    }

    /// The route that the gateway has found, such as `GET /jobs/{jobId}`.
    pub fn route(&self) -> &str {
        match self.request.request_context_ref() {
            Some(RequestContext::ApiGatewayV2(context)) => context.route_key.as_deref().unwrap_or_default(),
            _ => "",
        }
    }

    /// The body as JSON, of at most [`MAX_BODY_BYTES`].
    pub fn json(&self) -> Result<Value, Problem> {
        self.json_of(MAX_BODY_BYTES)
    }

    /// Bytes of the body.
    pub fn body_bytes(&self) -> usize {
        self.bytes().len()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        match self.request.body() {
            Body::Text(text) => text.as_bytes(),
            Body::Binary(bytes) => bytes,
            _ => &[],
        }
    }

    /// The body as JSON, of at most [`MAX_BODY_BYTES`]; nothing if there is none.
    pub fn optional_json(&self) -> Result<Option<Value>, Problem> {
        if self.bytes().is_empty() { Ok(None) } else { self.json().map(Some) }
    }

    /// The body as JSON, of at most `max` bytes.
    pub fn json_of(&self, max: usize) -> Result<Value, Problem> {
        let bytes = self.bytes();
        if bytes.len() > max {
            return Err(Problem::too_large(bytes.len(), max));
        }
        let media_type = self.header("content-type").unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if media_type != "application/json" && !media_type.ends_with("+json") {
            let detail = "Send the body as JSON, with the header content-type: application/json.";
            return Err(Problem::new(ProblemCode::UnsupportedMediaType, detail));
        }
        serde_json::from_slice(bytes).map_err(|error| {
            let detail = format!("The body is not valid JSON: {error}.");
            Problem::new(ProblemCode::MalformedJson, detail)
        })
    }
}

/// Answers `request` by `route`. Never fails: what goes wrong becomes a problem body.
pub async fn answer<F, Fut>(request: Request, route: F) -> Response<Body>
where
    F: FnOnce(Call) -> Fut,
    Fut: Future<Output = Result<Reply, Problem>>,
{
    let started = Instant::now();
    let (request_id, route_key, subject) = context(&request);
    let path = request.uri().path().to_owned();

    let user = subject.and_then(|subject| UserId::new(subject).ok());
    let outcome = match user {
        Some(user) => route(Call { user, request }).await,
        None => Err(Problem::new(ProblemCode::Unauthorized, "Sign in and send your token: Authorization: Bearer ….")),
    };
    let (reply, code) = match outcome {
        Ok(reply) => (reply, None),
        Err(problem) => {
            if let Some(cause) = &problem.cause {
                tracing::error!(request_id, code = %problem.code, cause, "request failed");
            }
            let code = problem.code;
            (problem.into_reply(&path, &request_id), Some(code))
        }
    };
    let response = reply.into_response(&request_id);
    tracing::info!(
        request_id,
        route = route_key,
        status = response.status().as_u16(),
        code = code.map(tracing::field::display),
        duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "request answered"
    );
    response
}

/// Answers a request that no route takes.
pub fn no_route(request: &Request) -> Response<Body> {
    let (request_id, ..) = context(request);
    let path = request.uri().path();
    tracing::info!(request_id, "no such route");
    Problem::no_route(path).into_response(path, &request_id)
}

/// Request id, route and verified subject, as the gateway tells them.
fn context(request: &Request) -> (String, String, Option<String>) {
    let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref() else {
        return (String::new(), String::new(), None);
    };
    let claims = context.authorizer.as_ref().and_then(|authorizer| authorizer.jwt.as_ref()).map(|jwt| &jwt.claims);
    (
        context.request_id.clone().unwrap_or_default(),
        context.route_key.clone().unwrap_or_default(),
        claims.and_then(|claims| claims.get("sub")).cloned(),
    )
}
