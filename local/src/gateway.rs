//! Stand-in for API Gateway. It matches routes, identifies the user, and hands requests to the functions as Lambda
//! events.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    error::Error as _,
    path::Path,
    sync::Arc,
    time::Instant,
};

use anyhow::{Context as _, Result, anyhow};
use api::Problem;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, header, request::Parts},
    middleware::{self, Next},
    response::Response,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::problem::ProblemCode;
use http_body_util::LengthLimitError;
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use tower_http::cors::{AllowOrigin, CorsLayer};
use utoipa_swagger_ui::SwaggerUi;
use uuid::Uuid;

use crate::{
    functions::Functions,
    openapi,
    origin::{is_foreign_change, is_local},
    page,
    template::{Cors, Route},
};

/// The claim `iss` of all users.
pub const ISSUER: &str = "local";
/// The claim `sub` of requests without a token.
pub const LOCAL_USER: &str = "local-user";
/// Largest body that API Gateway accepts, in bytes.
const MAX_BODY_BYTES: usize = 10 * 1024 * 1024;

/// The routes of the API and the functions that answer them.
#[derive(Clone)]
pub struct Gateway {
    /// One router per HTTP method, as API Gateway matches routes.
    routes: Arc<BTreeMap<String, matchit::Router<Route>>>,
    functions: Functions,
    access_log: bool,
    /// Directory of the built web page.
    page: Arc<Path>,
    /// The only accepted tokens. If empty, any name is accepted, and a request needs no token.
    tokens: Arc<[String]>,
}

impl Gateway {
    /// Creates a gateway that sends requests for `routes` to `functions`. Fails if two routes conflict.
    pub fn new(
        routes: Vec<Route>,
        functions: Functions,
        access_log: bool,
        page: &Path,
        tokens: &[String],
    ) -> Result<Self> {
        let mut by_method: BTreeMap<String, matchit::Router<Route>> = BTreeMap::new();
        for route in routes {
            let paths = by_method.entry(route.method.clone()).or_default();
            let path = route.path.clone();
            paths.insert(&path, route).with_context(|| format!("the route {path}"))?;
        }
        Ok(Self { routes: Arc::new(by_method), functions, access_log, page: page.into(), tokens: tokens.into() })
    }

    fn has_route(&self, method: &Method, path: &str) -> bool {
        self.routes.get(method.as_str()).is_some_and(|paths| paths.at(&decoded(path)).is_ok())
    }

    /// The function that answers a request, by its logical id, and the event that API Gateway sends to it.
    pub fn event(&self, parts: &Parts, body: &[u8], user: &str) -> (String, Value) {
        let path = decoded(parts.uri.path());
        let found = self.routes.get(parts.method.as_str()).and_then(|paths| paths.at(&path).ok());
        let (function, route_key) = match &found {
            Some(found) => (found.value.function.as_str(), format!("{} {}", found.value.method, found.value.path)),
            None => ("FallbackFunction", "$default".to_owned()),
        };
        let parameters: HashMap<_, _> = found.iter().flat_map(|found| found.params.iter()).collect();
        let headers: HashMap<&str, String> = parts
            .headers
            .keys()
            .map(|name| {
                let values: Vec<_> =
                    parts.headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
                (name.as_str(), values.join(","))
            })
            .collect();
        let (text, is_base64) = match std::str::from_utf8(body) {
            Ok(text) => (text.to_owned(), false),
            Err(_) => (STANDARD.encode(body), true),
        };
        let event = json!({
            "version": "2.0",
            "routeKey": route_key,
            "rawPath": parts.uri.path(),
            "rawQueryString": parts.uri.query().unwrap_or_default(),
            "headers": headers,
            "pathParameters": parameters,
            "requestContext": {
                "accountId": "000000000000",
                "apiId": "local",
                "domainName": "localhost",
                "domainPrefix": "local",
                "requestId": Uuid::new_v4().to_string(),
                "routeKey": route_key,
                "stage": "$default",
                "timeEpoch": Timestamp::now().as_millisecond(),
                "authorizer": {"jwt": {"claims": {"iss": ISSUER, "sub": user}}},
                "http": {
                    "method": parts.method.as_str(),
                    "path": parts.uri.path(),
                    "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1",
                    "userAgent": headers.get("user-agent"),
                },
            },
            "body": (!text.is_empty()).then_some(text),
            "isBase64Encoded": is_base64,
        });
        (function.to_owned(), event)
    }

    /// Returns the axum application. `cors` says which other origins may call it.
    pub fn into_router(self, cors: &Cors) -> Result<Router> {
        let layer = CorsLayer::new()
            .allow_origin(match cors.origins.as_slice() {
                [any] if any == "*" => AllowOrigin::any(),
                origins => AllowOrigin::list(parsed::<HeaderValue>(origins)?),
            })
            .allow_methods(parsed::<Method>(&cors.methods)?)
            .allow_headers(parsed::<HeaderName>(&cors.headers)?)
            .expose_headers(parsed::<HeaderName>(&cors.exposed)?)
            .max_age(cors.max_age);
        let reading = SwaggerUi::new("/docs").external_url_unchecked("/openapi.json", openapi::document());
        let reading = Router::from(reading).layer(middleware::map_response(titled));
        let reading: Router = reading.merge(page::assets(&self.page)).layer(middleware::from_fn(locally));
        let app = reading.merge(Router::new().fallback(serve).with_state(self.clone())).layer(layer);
        let app = app.layer(middleware::from_fn_with_state(self, options));
        let origins: Arc<[String]> = cors.origins.clone().into();
        Ok(page::guarded(app.layer(middleware::from_fn_with_state(origins, not_from_foreign_pages))))
    }
}

/// The path with its percent-encoded characters decoded, as API Gateway matches it. A slash within a part of the path
/// stays encoded, and so does a part that is not UTF-8.
fn decoded(path: &str) -> String {
    let decode = |part| match percent_decode_str(part).decode_utf8() {
        Ok(text) if !text.contains('/') => text,
        _ => Cow::Borrowed(part),
    };
    path.split('/').map(decode).collect::<Vec<_>>().join("/")
}

/// Sends an `OPTIONS` request that is no preflight request of a browser to the functions. The layer for CORS would answer
/// it.
async fn options(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    if request.method() == Method::OPTIONS && !is_preflight(request.headers()) {
        return serve(State(gateway), request).await;
    }
    next.run(request).await
}

fn parsed<T: std::str::FromStr>(values: &[String]) -> Result<Vec<T>> {
    values.iter().map(|value| value.parse().map_err(|_| anyhow!("{value:?} in CorsConfiguration"))).collect()
}

async fn not_from_foreign_pages(State(origins): State<Arc<[String]>>, request: Request, next: Next) -> Response {
    if is_foreign_change(request.method(), request.headers(), &origins) {
        let detail = "This runner takes no changes from the page of another site. Its origin can be allowed: --set AllowedOrigins=…";
        return problem(request.uri().path(), ProblemCode::NotFound, detail);
    }
    next.run(request).await
}

/// Like the API, the page and the documentation answer only requests to a local host name.
async fn locally(request: Request, next: Next) -> Response {
    if is_local(request.headers()) { next.run(request).await } else { elsewhere(request.uri().path()) }
}

/// Names the page of the API. Swagger UI has no setting for its title.
async fn titled(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let is_page = parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !is_page {
        return Response::from_parts(parts, body);
    }
    let Ok(bytes) = to_bytes(body, MAX_BODY_BYTES).await else {
        return elsewhere("/docs");
    };
    let page =
        String::from_utf8_lossy(&bytes).replace("<title>Swagger UI</title>", "<title>Report Builder API</title>");
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(page))
}

fn elsewhere(path: &str) -> Response {
    problem(path, ProblemCode::NotFound, "This runner answers requests to localhost only.")
}

async fn serve(State(gateway): State<Gateway>, request: Request) -> Response {
    let started = Instant::now();
    if is_local(request.headers()) && page::is_wanted(&request) {
        return page::index(&gateway.page).await;
    }
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let (path, user) = (uri.path(), user(request.headers(), &gateway.tokens));
    let response = match &user {
        _ if !is_local(request.headers()) => elsewhere(path),
        // A path without a route needs no token, because the fallback function has no data to protect.
        Err(detail) if gateway.has_route(&method, path) => problem(path, ProblemCode::Unauthorized, detail),
        Ok(_) | Err(_) => {
            invoke(&gateway, request, user.as_deref().unwrap_or_default()).await.unwrap_or_else(|error| {
                tracing::error!(error = format!("{error:#}"), "request failed");
                problem(path, ProblemCode::InternalError, "Something went wrong on our side. See the runner's log.")
            })
        }
    };
    if gateway.access_log && path != "/healthz" {
        access_log(
            &method,
            uri.path_and_query().map_or("", |path| path.as_str()),
            &response,
            user.as_deref().unwrap_or("-"),
            started,
        );
    }
    response
}

async fn invoke(gateway: &Gateway, request: Request, user: &str) -> Result<Response> {
    let (parts, body) = request.into_parts();
    let body = match to_bytes(body, MAX_BODY_BYTES).await {
        Ok(body) => body,
        Err(error) => return Ok(unreadable(parts.uri.path(), &error)),
    };
    let (function, event) = gateway.event(&parts, &body, user);
    Ok(from_lambda(match api::request_of_event(&event.to_string()) {
        Ok(request) => gateway.functions.http(&function, request).await?,
        Err(refusal) => refusal,
    }))
}

fn is_preflight(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ORIGIN) && headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn unreadable(path: &str, error: &axum::Error) -> Response {
    let too_large = error.source().and_then(|source| source.downcast_ref::<LengthLimitError>());
    if too_large.is_some() {
        return problem(path, ProblemCode::PayloadTooLarge, "The body is larger than 10 MB.");
    }
    problem(path, ProblemCode::InvalidRequest, "The body cannot be read: its chunks are malformed, or it ends early.")
}

/// Returns the user, which is the name in `Authorization: Bearer <name>`. A deployment verifies a JWT instead.
fn user(headers: &HeaderMap, tokens: &[String]) -> Result<String, &'static str> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        let detail = "Sign in: Authorization: Bearer <one of the names that this runner was started with>.";
        return if tokens.is_empty() { Ok(LOCAL_USER.to_owned()) } else { Err(detail) };
    };
    let parts = value.to_str().ok().and_then(|value| value.split_once(' '));
    match parts.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, name)| name.trim()) {
        Some(name) if !tokens.is_empty() && !tokens.iter().any(|token| token == name) => {
            Err("This runner was started with --users, and this token is not one of these names.")
        }
        Some(name) if !name.is_empty() => Ok(name.to_owned()),
        _ => Err("On this runner, Authorization is \"Bearer <name of a user>\", or left out."),
    }
}

/// A problem that the gateway itself reports, before any function runs.
fn problem(path: &str, code: ProblemCode, detail: &str) -> Response {
    from_lambda(Problem::new(code, detail).into_response(path, &Uuid::new_v4().to_string()))
}

fn from_lambda(response: lambda_http::Response<lambda_http::Body>) -> Response {
    let (parts, body) = response.into_parts();
    let body = match body {
        lambda_http::Body::Text(text) => Body::from(text),
        lambda_http::Body::Binary(bytes) => Body::from(bytes),
        _ => Body::empty(),
    };
    Response::from_parts(parts, body)
}

#[allow(clippy::print_stdout, reason = "the access log is what this program prints")]
fn access_log(method: &Method, path: &str, response: &Response, user: &str, started: Instant) {
    let status = response.status();
    let colour = match status.as_u16() {
        0..400 => console::Style::new().green(),
        400..500 => console::Style::new().yellow(),
        _ => console::Style::new().red(),
    };
    // Control characters in a path or name must not reach the terminal.
    let clean = |text: &str| text.chars().map(|c| if c.is_control() { '�' } else { c }).collect::<String>();
    println!(
        "{} {} {:<6} {}  {} ms  {}",
        console::style(Timestamp::now().strftime("%H:%M:%SZ")).dim(),
        colour.apply_to(status.as_u16()),
        method.as_str(),
        clean(path),
        started.elapsed().as_millis(),
        console::style(clean(user)).dim(),
    );
}
