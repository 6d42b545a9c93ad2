//! From which web pages the runner takes requests. Any page that a developer visits can send requests to this machine.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};

/// Browsers say with this header whether the page that sends a request is of the same origin.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether the request was sent to a local host name. A web page of another origin could let its own host name resolve
/// to this machine (DNS rebinding). Such a request carries that host name.
pub fn is_local(headers: &HeaderMap) -> bool {
    is_local_host(text(headers, &header::HOST).unwrap_or("localhost"))
}

/// Whether a page that is neither local nor of one of the `allowed` origins sends a request that may change something. A
/// browser asks before most of such requests (CORS), but not before a POST without a body.
pub fn is_foreign_change(method: &Method, headers: &HeaderMap, allowed: &[String]) -> bool {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return false;
    }
    let Some(origin) = text(headers, &header::ORIGIN) else { return false };
    let is_allowed = allowed.iter().any(|allowed| allowed == "*" || allowed == origin);
    let is_own = text(headers, &SEC_FETCH_SITE).is_some_and(|site| site == "same-origin");
    let host = origin.split_once("://").map_or("", |(_, host)| host);
    !(is_allowed || is_own || is_local_host(host))
}

fn is_local_host(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, port)| if port.ends_with(']') { host } else { name });
    name.eq_ignore_ascii_case("localhost") || matches!(name, "127.0.0.1" | "[::1]")
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).map(HeaderValue::to_str)?.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_page_changes_nothing() {
        let allowed = ["https://app.example.com".to_owned()];
        let is_foreign = |method: &Method, origin: Option<&'static str>, site: Option<&'static str>| {
            let given = [(header::ORIGIN, origin), (SEC_FETCH_SITE, site)];
            let given = given.into_iter().filter_map(|(name, value)| Some((name, HeaderValue::from_static(value?))));
            is_foreign_change(method, &given.collect(), &allowed)
        };
        for (origin, site) in [
            (None, None),
            (Some("http://localhost:5173"), Some("same-site")),
            (Some("http://127.0.0.1:3000"), None),
            (Some("http://[::1]:3000"), None),
            (Some("https://app.example.com"), Some("cross-site")),
            // A proxy has forwarded what the browser has sent to it.
            (Some("http://app.test"), Some("same-origin")),
        ] {
            assert!(!is_foreign(&Method::POST, origin, site), "{origin:?} {site:?}");
        }
        for origin in
            ["https://evil.example", "null", "http://localhost.evil.example", "http://127.0.0.1.evil.example:80"]
        {
            assert!(is_foreign(&Method::POST, Some(origin), Some("cross-site")), "{origin}");
            assert!(is_foreign(&Method::DELETE, Some(origin), None), "{origin}");
            assert!(!is_foreign(&Method::GET, Some(origin), Some("cross-site")), "{origin}");
        }
    }
}
