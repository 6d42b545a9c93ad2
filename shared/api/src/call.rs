//! One request and its verified caller.

use std::{collections::HashMap, future::Future, time::Duration};

use domain::{
    ids::{BlockId, DocumentId, JobId, UserId},
    input::{FieldError, unknown_names},
    problem::ProblemCode,
};
use lambda_http::{
    Body, Request, RequestExt as _, Response,
    http::{Method, StatusCode},
    request::RequestContext,
};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::{
    Problem, Reply,
    access::{Access, Caller},
    routes,
    trace_context::is_traceparent,
};

/// Largest body of a request, in bytes, unless its route allows more.
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// Longest time for a request, with all its calls and their retries. It is less than the `Timeout` of the functions in the
/// template, so that the client gets a problem that says what to do.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(12);
/// The header of X-Ray.
pub(crate) const TRACE_HEADER: &str = "x-amzn-trace-id";
/// What remains of [`REQUEST_TIMEOUT`] for the response itself.
const RESPONSE_TIME: Duration = Duration::from_millis(500);

/// A request and its verified caller.
#[derive(Debug)]
pub struct Call {
    /// Made of the claims `iss` and `sub` of the token, which the gateway has verified.
    pub user: UserId,
    request: Request,
    /// See [`Self::route`].
    route: String,
    /// When the response must be made.
    deadline: Instant,
}

impl Call {
    /// Runs a step that follows a change, for as long as the request may take. The change is written already, so the
    /// client gets a success even if no time is left for the step. Then this returns `None`.
    pub async fn in_time_left<T>(&self, step: impl Future<Output = T>) -> Option<T> {
        timeout_at(self.deadline, step).await.ok()
    }

    /// A path parameter, by its name in the route, for example `jobId`.
    pub fn path(&self, name: &str) -> Option<String> {
        self.request.path_parameters_ref()?.first(name).map(str::to_owned)
    }

    /// The `jobId` of the path. Text that is not an id gives the same 404 as an unknown job.
    pub fn job_id(&self) -> Result<JobId, Problem> {
        self.path("jobId").and_then(|id| id.parse().ok()).ok_or_else(Problem::job_not_found)
    }

    /// The `id` of the path, on the routes of documents. Text that is not an id gives the same 404 as an unknown
    /// document.
    pub fn document_id(&self) -> Result<DocumentId, Problem> {
        self.path("id").and_then(|id| id.parse().ok()).ok_or_else(Problem::document_not_found)
    }

    /// The `blockId` of the path. Text that is not an id gives the same 404 as an unknown block.
    pub fn block_id(&self) -> Result<BlockId, Problem> {
        self.path("blockId").and_then(|id| id.parse().ok()).ok_or_else(Problem::block_not_found)
    }

    /// The errors of query parameters that the route does not take.
    pub(crate) fn unknown_parameters(&self) -> Vec<FieldError> {
        let known = routes::query_parameters(self.route());
        let given = self.request.query_string_parameters_ref();
        let mut names: Vec<&str> = given.into_iter().flat_map(|given| given.iter()).map(|(name, _)| name).collect();
        names.sort_unstable();
        names.dedup();
        let unknown = names.into_iter().filter(|name| !known.contains(name));
        let errors = unknown_names(unknown, known, "query parameter").into_iter();
        errors.map(|(name, detail)| FieldError { pointer: format!("?{name}"), detail }).collect()
    }

    /// Fails if the route takes no query parameters and the request has some. Other routes report theirs together with
    /// what else is wrong in the query.
    fn check_query(&self) -> Result<(), Problem> {
        let unknown = self.unknown_parameters();
        let is_read = !routes::query_parameters(self.route()).is_empty();
        if is_read || unknown.is_empty() { Ok(()) } else { Err(Problem::invalid(unknown)) }
    }

    /// All values of a query parameter. Empty if the parameter is missing.
    pub(crate) fn query(&self, name: &str) -> Vec<String> {
        let parameters = self.request.query_string_parameters_ref();
        parameters.and_then(|parameters| parameters.all(name)).into_iter().flatten().map(str::to_owned).collect()
    }

    /// The value of a header. `None` if the header is missing or its value is not ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name).and_then(|value| value.to_str().ok())
    }

    /// `None` if the header is missing. `Some(None)` if its value is not ASCII.
    pub(crate) fn header_text(&self, name: &str) -> Option<Option<String>> {
        let value = self.request.headers().get(name)?;
        Some(value.to_str().ok().map(str::to_owned))
    }

    /// The path of the request, as the client sent it.
    pub(crate) fn uri_path(&self) -> &str {
        self.request.uri().path()
    }

    /// The W3C trace context of the client, from the header `traceparent`. A value that does not follow the grammar, or
    /// has more than 128 bytes, is ignored.
    pub fn traceparent(&self) -> Option<String> {
        let is_sound = |value: &&str| value.len() <= 128 && is_traceparent(value);
        self.header("traceparent").filter(is_sound).map(str::to_owned)
    }

    /// The X-Ray trace header of the invocation, for example `Root=1-…;Parent=…;Sampled=1`.
    pub fn xray_trace(&self) -> Option<String> {
        let of_xray = |value: &&str| value.len() <= 256 && value.starts_with("Root=1-");
        self.header(TRACE_HEADER).filter(of_xray).map(str::to_owned)
    }

    /// The route that the gateway has matched, for example `GET /api/goals/{id}`. A HEAD request is answered as GET.
    pub fn route(&self) -> &str {
        &self.route
    }

    /// The body as JSON. Fails if it has more than [`MAX_BODY_BYTES`] bytes.
    pub fn json(&self) -> Result<Value, Problem> {
        self.json_of(MAX_BODY_BYTES)
    }

    /// Size of the body, in bytes.
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

    /// Like [`Self::json`], but an empty body gives `None`.
    pub fn optional_json(&self) -> Result<Option<Value>, Problem> {
        self.check_coding()?;
        if self.bytes().is_empty() { Ok(None) } else { self.json().map(Some) }
    }

    /// The body as text. Fails if it has more than `max` bytes, another content type than those of `media_types`, or is not
    /// UTF-8.
    pub fn text_of(&self, max: usize, media_types: &[&str]) -> Result<&str, Problem> {
        self.check_coding()?;
        let bytes = self.bytes();
        if bytes.len() > max {
            return Err(Problem::too_large(bytes.len(), max));
        }
        if !media_types.contains(&self.media_type().as_str()) {
            let detail =
                format!("Send the file with one of these in the header content-type: {}.", media_types.join(", "));
            return Err(Problem::new(ProblemCode::UnsupportedMediaType, detail));
        }
        std::str::from_utf8(bytes).map_err(|_| {
            Problem::new(ProblemCode::InvalidRequest, "The file is not UTF-8. Save it as UTF-8 and send it again.")
        })
    }

    /// Fails if the body is compressed. The header decides, and the body is not looked at.
    fn check_coding(&self) -> Result<(), Problem> {
        match self.header_text("content-encoding") {
            Some(coding) if !coding.as_deref().unwrap_or_default().trim().eq_ignore_ascii_case("identity") => {
                let detail = "Send the body uncompressed, without the header content-encoding.";
                Err(Problem::new(ProblemCode::UnsupportedMediaType, detail).header("accept-encoding", "identity"))
            }
            _ => Ok(()),
        }
    }

    fn media_type(&self) -> String {
        let media_type = self.header("content-type").unwrap_or_default();
        media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The body as JSON. Fails if it has more than `max` bytes, has another content type, or is not valid JSON.
    pub fn json_of(&self, max: usize) -> Result<Value, Problem> {
        self.check_coding()?;
        let bytes = self.bytes();
        if bytes.len() > max {
            return Err(Problem::too_large(bytes.len(), max));
        }
        let media_type = self.media_type();
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

/// Answers `request` with `route`. Always returns a response, because every error becomes a problem body. A request
/// without a verified caller gets 401 and never reaches `route`.
pub async fn answer<F, Fut>(request: Request, route: F) -> Response<Body>
where
    F: FnOnce(Call) -> Fut,
    Fut: Future<Output = Result<Reply, Problem>>,
{
    let started = Instant::now();
    let (request_id, route_key, claims) = context(&request);
    // The local runner calls the handlers without `serve`. It requires nothing of a token, and its log names no caller.
    let access = request.extensions().get::<Access>().cloned().unwrap_or_default();
    let caller = claims.map_or(Caller::Unknown, |claims| access.caller(claims));
    let user_digest = match &caller {
        Caller::Admitted(user) | Caller::Refused(user) => access.digest(user),
        Caller::Unknown => None,
    };
    let path = request.uri().path().to_owned();
    let is_head = request.method() == Method::HEAD;

    let outcome = match caller {
        Caller::Admitted(_) if routes::is_mistaken(&route_key, request.method().as_str(), &path) => {
            Err(Problem::no_route(&path))
        }
        Caller::Admitted(user) => {
            // Code that is not optimized is many times slower, above all on a busy machine.
            let limit = if cfg!(debug_assertions) { 10 * REQUEST_TIMEOUT } else { REQUEST_TIMEOUT };
            let end = started + limit;
            let route_key =
                route_key.strip_prefix("HEAD ").map_or_else(|| route_key.clone(), |path| format!("GET {path}"));
            let call = Call { user, request, route: route_key, deadline: end - RESPONSE_TIME };
            match call.check_query() {
                Ok(()) => timeout_at(end, route(call)).await.unwrap_or_else(|_| {
                    tracing::error!(request_id, ?limit, "the request took too long");
                    Err(Problem::busy())
                }),
                Err(problem) => Err(problem),
            }
        }
        Caller::Refused(_) => Err(Problem::new(
            ProblemCode::Unauthorized,
            "Your account has no access to this service. Ask its operator for access.",
        )),
        Caller::Unknown => {
            Err(Problem::new(ProblemCode::Unauthorized, "Sign in and send your token: Authorization: Bearer …."))
        }
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
    let reply = if is_head { reply.without_body() } else { reply };
    let response = reply.into_response(&request_id);
    tracing::info!(
        request_id,
        route = route_key,
        status = response.status().as_u16(),
        code = code.map(tracing::field::display),
        user_digest,
        duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        "request answered"
    );
    response
}

/// Answers a request that no route takes. If the path exists: OPTIONS gets the methods of the path, and any other method
/// 405. Otherwise 404.
pub fn no_route(request: &Request) -> Response<Body> {
    let (request_id, ..) = context(request);
    let path = request.uri().path();
    tracing::info!(request_id, "no route takes this request");
    if request.method() == Method::OPTIONS
        && let Some(allow) = routes::allow(path)
    {
        return Reply::empty(StatusCode::NO_CONTENT).header("allow", &allow).into_response(&request_id);
    }
    let reply = Problem::no_route(path).into_reply(path, &request_id);
    let reply = if request.method() == Method::HEAD { reply.without_body() } else { reply };
    reply.into_response(&request_id)
}

/// Request id, route and verified claims, as the gateway reports them.
fn context(request: &Request) -> (String, String, Option<&HashMap<String, String>>) {
    let Some(RequestContext::ApiGatewayV2(context)) = request.request_context_ref() else {
        return (String::new(), String::new(), None);
    };
    let jwt = context.authorizer.as_ref().and_then(|authorizer| authorizer.jwt.as_ref());
    (
        context.request_id.clone().unwrap_or_default(),
        context.route_key.clone().unwrap_or_default(),
        jwt.map(|jwt| &jwt.claims),
    )
}
