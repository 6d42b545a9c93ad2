//! The HTTP server of the offline writer.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, Result};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::post,
};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{
    prose, request,
    script::{Behaviour, Journal, RawResponse, Script},
    wire::{self, Step},
};

/// A running offline writer. It stops when the token of [`OfflineWriter::start`] is cancelled.
#[derive(Clone, Debug)]
pub struct OfflineWriter {
    pub address: SocketAddr,
    /// Script for the next requests, and record of the past ones.
    pub journal: Journal,
}

#[derive(Clone)]
struct Settings {
    journal: Journal,
    pace: Duration,
}

impl OfflineWriter {
    /// Starts on `port`, or on a free port if it is 0. `pace` is the pause between two pieces of text.
    pub async fn start(port: u16, pace: Duration, stop: CancellationToken) -> Result<Self> {
        let listener =
            TcpListener::bind(("127.0.0.1", port)).await.with_context(|| format!("cannot listen on port {port}"))?;
        let address = listener.local_addr()?;
        let journal = Journal::default();
        let settings = Settings { journal: journal.clone(), pace };
        let app = Router::new()
            .route("/v1/messages", post(messages))
            .layer(axum::extract::DefaultBodyLimit::max(32 * 1024 * 1024))
            .with_state(settings);
        tokio::spawn(async move {
            // No graceful shutdown, because it would wait for streams that are held at a gate.
            tokio::select! {
                served = axum::serve(listener, app) => {
                    if let Err(error) = served {
                        tracing::error!(%error, "the offline writer has stopped");
                    }
                }
                () = stop.cancelled() => {}
            }
        });
        Ok(Self { address, journal })
    }

    /// Base URL of the API for a client.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn messages(State(settings): State<Settings>, headers: HeaderMap, body: Bytes) -> Response {
    let Ok(body) = serde_json::from_slice::<Value>(&body) else {
        return error(400, "invalid_request_error", None, "the body is not JSON");
    };
    let behaviour = settings.journal.take(body.clone());
    tokio::time::sleep(settings.journal.latency()).await;
    // Clients send the key in one of these headers.
    let has_key =
        ["x-api-key", "authorization"].iter().any(|name| headers.get(*name).is_some_and(|key| !key.is_empty()));
    if !has_key {
        return error(401, "authentication_error", None, "x-api-key header is required");
    }
    if headers.get("anthropic-version").is_none_or(|version| version != claude::client::API_VERSION) {
        return error(400, "invalid_request_error", None, "anthropic-version: header is required");
    }
    let asked = match request::read(&body) {
        Ok(asked) => asked,
        Err(problem) => return error(400, "invalid_request_error", None, &problem),
    };
    match &behaviour {
        Behaviour::Status { status, kind, error_code, headers } => {
            let mut response = error(*status, kind, *error_code, "scripted");
            for (name, value) in headers {
                if let Ok(value) = value.parse() {
                    response.headers_mut().insert(*name, value);
                }
            }
            return response;
        }
        Behaviour::Garbage => return (StatusCode::OK, "data: {\"type\": \"message_st\u{fffd}\n\n").into_response(),
        Behaviour::Raw(raw) => return raw_response(raw),
        Behaviour::Hold(gate) => gate.pass().await,
        _ => {}
    }
    let pieces = match &behaviour {
        Behaviour::Pieces(script) => script.pieces.clone(),
        _ => prose::write(&asked),
    };
    let steps = wire::steps(&asked, &pieces, &behaviour, &settings.journal);
    if let Behaviour::Pieces(Script { chunk_bytes: Some(size), .. }) = &behaviour {
        return event_stream(Body::from_stream(stream::iter(chopped(&steps, *size))));
    }
    let watch = Closed { journal: settings.journal.clone(), done: false };
    let body = stream::unfold((steps.into_iter(), watch), move |(mut steps, mut watch)| {
        let (pace, behaviour) = (settings.pace, behaviour.clone());
        async move {
            loop {
                match steps.next() {
                    Some(Step::Event(event)) => {
                        watch.journal.note_sent();
                        return Some((Ok(frame(&event)), (steps, watch)));
                    }
                    Some(Step::Pause) if pace.is_zero() => tokio::task::yield_now().await,
                    Some(Step::Pause) => tokio::time::sleep(pace).await,
                    Some(Step::Gate) => {
                        if let Behaviour::Stall(gate) = &behaviour {
                            gate.pass().await;
                        }
                    }
                    Some(Step::Close) => {
                        watch.complete();
                        return Some((Err(std::io::Error::other("scripted")), (Vec::new().into_iter(), watch)));
                    }
                    None => {
                        watch.complete();
                        return None;
                    }
                }
            }
        }
    });
    event_stream(Body::from_stream(body))
}

fn raw_response(raw: &RawResponse) -> Response {
    let chunks: Vec<std::io::Result<Bytes>> = raw.chunks.iter().map(|chunk| Ok(Bytes::from(chunk.clone()))).collect();
    let mut response = Body::from_stream(stream::iter(chunks)).into_response();
    *response.status_mut() = StatusCode::from_u16(raw.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in &raw.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<axum::http::HeaderName>(), value.parse()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn event_stream(body: Body) -> Response {
    let headers = [("content-type", "text/event-stream; charset=utf-8"), ("request-id", "req_offline")];
    (StatusCode::OK, headers, body).into_response()
}

/// Returns the bytes of all events in chunks of `size` bytes.
fn chopped(steps: &[Step], size: usize) -> Vec<std::io::Result<Bytes>> {
    let events = steps.iter().filter_map(|step| match step {
        Step::Event(event) => Some(frame(event)),
        Step::Pause | Step::Gate | Step::Close => None,
    });
    let whole: Vec<u8> = events.flatten().collect();
    whole.chunks(size.max(1)).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect()
}

/// Records in the journal that a client has closed the connection before its answer was complete.
struct Closed {
    journal: Journal,
    done: bool,
}

impl Closed {
    const fn complete(&mut self) {
        self.done = true;
    }
}

impl Drop for Closed {
    fn drop(&mut self) {
        if !self.done {
            self.journal.note_closed();
        }
    }
}

fn frame(event: &Value) -> Bytes {
    let kind = event["type"].as_str().unwrap_or_default();
    Bytes::from(format!("event: {kind}\ndata: {event}\n\n"))
}

fn error(status: u16, kind: &str, error_code: Option<&str>, message: &str) -> Response {
    let details = error_code.map(|code| json!({"error_code": code}));
    let body = json!({
        "type": "error",
        "error": {"type": kind, "message": message, "details": details},
        "request_id": "req_offline",
    });
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [("content-type", "application/json"), ("request-id", "req_offline")], body.to_string()).into_response()
}
