//! HTTP client of the API. It works against the local runner and against a deployment.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use reqwest::{Method, StatusCode, header};
use serde_json::Value;

/// How often a request is sent in total, while the service answers 429, 502, 503 or 504.
const TRIES: u32 = 5;

/// Calls the API as one user.
#[derive(Clone, Debug)]
pub struct Api {
    base: String,
    token: Option<String>,
    http: reqwest::Client,
}

impl Api {
    /// Creates a client for the API at `base`, such as `http://127.0.0.1:3000`. `token` identifies the user. Without a
    /// token, requests carry no `Authorization` header.
    pub fn new(base: &str, token: Option<String>) -> Result<Self> {
        let base = base.trim_end_matches('/').to_owned();
        let url: reqwest::Url =
            base.parse().with_context(|| format!("{base} is not a URL. Use one such as http://127.0.0.1:3000"))?;
        let mut http = reqwest::Client::builder()
            .tls_backend_preconfigured(claude::client::tls()?)
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(60));
        if url.host_str().is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]")) {
            http = http.no_proxy();
        }
        Ok(Self { base, token, http: http.build()? })
    }

    /// Base URL without a trailing slash.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Returns the JSON body at `path`. Any status outside 2xx is an error.
    pub async fn get(&self, path: &str) -> Result<Value> {
        let (status, body) = self.send(Method::GET, path, None).await?;
        expect(status, body, &Method::GET, path)
    }

    /// Like [`Api::get`], but returns `None` if the status is 404.
    pub async fn find(&self, path: &str) -> Result<Option<Value>> {
        let (status, body) = self.send(Method::GET, path, None).await?;
        if status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        expect(status, body, &Method::GET, path).map(Some)
    }

    /// Posts `body` to `path` and returns the JSON body of the response.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let (status, answer) = self.send(Method::POST, path, Some(body)).await?;
        expect(status, answer, &Method::POST, path)
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<(StatusCode, Value)> {
        let mut tries = 0;
        loop {
            let mut request = self.http.request(method.clone(), format!("{}{path}", self.base));
            if let Some(token) = &self.token {
                request = request.bearer_auth(token);
            }
            if let Some(body) = body {
                request = request.json(body);
            }
            let response = request.send().await.with_context(|| {
                format!("cannot reach {}: is the service running? Start it with: make serve", self.base)
            })?;
            let status = response.status();
            let wait = retry_after(&response).unwrap_or(Duration::from_secs(1 << tries));
            let text = response.text().await?;
            tries += 1;
            let busy = matches!(status.as_u16(), 429 | 502 | 503 | 504);
            if busy && tries < TRIES {
                tokio::time::sleep(wait.min(Duration::from_secs(30))).await;
                continue;
            }
            return Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))));
        }
    }
}

fn retry_after(response: &reqwest::Response) -> Option<Duration> {
    let seconds = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn expect(status: StatusCode, body: Value, method: &Method, path: &str) -> Result<Value> {
    if status.is_success() {
        return Ok(body);
    }
    let detail = body.get("error").and_then(Value::as_str).unwrap_or("the response is not from this service");
    let fields: Vec<String> = body
        .get("errors")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|error| format!("\n  {} {}", str_field(&error["pointer"]), str_field(&error["detail"])))
        .collect();
    bail!("{method} {path} was answered with {status}: {detail}{}", fields.concat())
}

/// Returns the string in `value`, or an empty string if `value` is not a string.
pub fn str_field(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
