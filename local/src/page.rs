//! The web page of `web/app`, from the files that `make web` builds.

use std::path::{Path, PathBuf};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use tower_http::{
    CompressionLevel,
    compression::CompressionLayer,
    services::{ServeDir, ServeFile},
    set_header::SetResponseHeaderLayer,
};
use uuid::Uuid;

/// Directory into which `make web` builds the page.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/app/dist")
}

/// Content security policy of a response. It forbids everything that it does not name. The page has a nonce for its styles.
fn policy(nonce: Option<&str>) -> String {
    let styles = nonce.map(|nonce| format!(" 'nonce-{nonce}'")).unwrap_or_default();
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'{styles}; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// Placeholder for the nonce of the page's styles in its HTML.
const NONCE: &str = "__NONCE__";

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Report Builder Jobs</title>\
</head><body><h1>The API is running.</h1><p>Its page is not built: <code>make web</code> builds it, with Node. \
Then load this again.</p><p><a href=\"/docs\">Read and try the API</a> without it.</p></body></html>";

/// Adds to every response what keeps a browser from running it as something else than it is.
pub fn guarded(app: Router) -> Router {
    let policy = HeaderValue::try_from(policy(None)).unwrap_or(HeaderValue::from_static("default-src 'none'"));
    app.layer(SetResponseHeaderLayer::if_not_present(header::CONTENT_SECURITY_POLICY, policy))
        .layer(SetResponseHeaderLayer::overriding(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
}

/// Whether the page is asked for. It has its own paths, so a browser may find it at any path outside `/api`. Other clients
/// find it at `/`.
pub fn is_wanted(request: &Request) -> bool {
    let accepts = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let path = request.uri().path();
    matches!(*request.method(), Method::GET | Method::HEAD)
        && (path == "/" || accepts.contains("text/html") && path != "/api" && !path.starts_with("/api/"))
}

/// The page's scripts, styles and fonts. Their names change with their contents.
pub fn assets(folder: &Path) -> Router {
    let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
    Router::new()
        .nest_service("/assets", ServeDir::new(folder.join("assets")))
        .layer(SetResponseHeaderLayer::if_not_present(header::CACHE_CONTROL, forever))
        .layer(CompressionLayer::new().quality(CompressionLevel::Best))
        .route_service("/favicon.svg", ServeFile::new(folder.join("favicon.svg")))
}

/// Returns the page with a fresh nonce. If the page is not built, returns a hint how to build it.
pub async fn index(folder: &Path) -> Response {
    let nonce = Uuid::new_v4().simple().to_string();
    // Read for each request, so that a new build needs no restart.
    let html = match tokio::fs::read_to_string(folder.join("index.html")).await {
        Ok(html) => html.replace(NONCE, &nonce),
        Err(error) => {
            tracing::debug!(%error, "the page is not built");
            NOT_BUILT.to_owned()
        }
    };
    Response::builder()
        .header(header::CONTENT_TYPE, "text/html; charset=utf-8")
        .header(header::CONTENT_SECURITY_POLICY, policy(Some(&nonce)))
        .header(header::CACHE_CONTROL, "no-store")
        .header(header::REFERRER_POLICY, "no-referrer")
        .body(Body::from(html))
        .unwrap_or_else(|error| {
            tracing::error!(%error, "the page could not be answered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        })
}
