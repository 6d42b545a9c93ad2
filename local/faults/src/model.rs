//! Claude, scripted behind the transport of its client, and the journal of what it bills.

use std::{
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use claude::transport::{Sent, Transport};
use domain::price::{Prices, TokenCounts};
use futures_util::stream;
use rand::{RngExt as _, rngs::SmallRng};
use reqwest::{Body, Request, Response};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{chance::Fault, network::Network, process::Process};

/// What the model has billed for one call, as far as the worker could know.
#[derive(Clone, Debug)]
pub struct Billed {
    /// The worker that made the call.
    pub process: Process,
    /// Names the job, see [`tag`].
    pub tag: String,
    /// The body of the worker's message.
    pub message: String,
    /// What the events cost that the worker has received, in millionths of a US dollar.
    pub micro_usd: u64,
    /// What the whole answer costs. While it arrives, a worker estimates.
    pub most_micro_usd: u64,
}

/// All calls of a schedule. Clones are the same journal.
#[derive(Clone, Debug, Default)]
pub struct Journal(Arc<Mutex<Calls>>);

/// A call, billed or not.
#[derive(Clone, Debug)]
pub struct Called {
    /// Names the job, see [`tag`].
    pub tag: String,
    /// The body of the worker's message.
    pub message: String,
    /// How the model answered, see [`Model::script`].
    pub script: &'static str,
    /// The body of the call.
    pub request: String,
}

#[derive(Debug, Default)]
struct Calls {
    billed: Vec<Billed>,
    all: Vec<Called>,
    /// Calls that the model has not answered to the end.
    open: usize,
}

impl Journal {
    pub fn calls(&self) -> Vec<Billed> {
        self.0.lock().unwrap().billed.clone()
    }

    /// All calls, also those that were not billed.
    pub fn all(&self) -> Vec<Called> {
        self.0.lock().unwrap().all.clone()
    }

    /// Whether every call was answered to the end.
    pub fn is_closed(&self) -> bool {
        self.0.lock().unwrap().open == 0
    }
}

/// The connection of one worker to the model.
pub struct Model {
    /// The body of the worker's message.
    pub message: String,
    pub network: Network,
    pub process: Process,
    pub journal: Journal,
    pub prices: Arc<Prices>,
    pub name: String,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Model({})", self.process.name())
    }
}

impl Transport for Model {
    fn send(&self, request: Request) -> Sent<'_> {
        Box::pin(async move {
            self.process.thawed().await;
            let call = self.process.next_call();
            let fault = self.network.fault(&call, |fault| fault != Fault::DoneTwice);
            let mut draw = self.network.chance().of(&format!("{} model", call.0), call.1);
            let body: Value = serde_json::from_slice(request.body().and_then(Body::as_bytes).unwrap()).unwrap();
            let tag = tag(&body.to_string());
            let mut script = self.script(&mut draw, &body, (&tag, fault));
            let somewhere = draw.random_range(0..script.events.len().max(2) - 1);
            match fault {
                Some(Fault::KilledAfter) => script.events[somewhere].then = Then::Die,
                Some(Fault::Frozen) => script.events[somewhere].then = Then::Freeze,
                _ => {}
            }
            self.network.story().tell(self.process.name(), format!("calls Claude for {tag}: {}", script.name));
            if fault == Some(Fault::KilledBefore) {
                self.process.die().await;
            }
            {
                let (tag, message) = (tag.clone(), self.message.clone());
                let mut calls = self.journal.0.lock().unwrap();
                calls.open += 1;
                calls.all.push(Called { tag, message, script: script.name, request: body.to_string() });
            }
            sleep(Duration::from_millis(draw.random_range(50..3_000))).await;
            if script.name == "hangs" {
                std::future::pending::<()>().await;
            }
            let (status, headers) = (script.status, script.headers.clone());
            let body = match status {
                200 => Body::wrap_stream(self.stream(script, tag)),
                _ => {
                    self.journal.0.lock().unwrap().open -= 1;
                    Body::from(script.events.into_iter().map(|event| event.bytes).collect::<String>())
                }
            };
            let response = http::Response::builder().status(status);
            let response = headers.iter().fold(response, |response, (name, value)| response.header(*name, value));
            Ok(Response::from(response.body(body).unwrap()))
        })
    }
}

/// How one call is answered.
struct Script {
    name: &'static str,
    status: u16,
    headers: Vec<(&'static str, String)>,
    events: Vec<Event>,
}

struct Event {
    /// Milliseconds before the event.
    after: u64,
    bytes: String,
    /// What the call costs, once the worker has received this event.
    tokens: TokenCounts,
    /// What happens to the worker then.
    then: Then,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    GoOn,
    Break,
    Die,
    Freeze,
    Hang,
}

impl Model {
    /// What the model does with this request, by chance, or because of a fault of the call.
    fn script(&self, draw: &mut SmallRng, request: &Value, (tag, fault): (&str, Option<Fault>)) -> Script {
        let error = |name, status: u16, kind: &str, headers| Script {
            name,
            status,
            headers,
            events: vec![Event {
                after: 0,
                bytes: json!({"type": "error", "error": {"type": kind, "message": "scripted"}}).to_string(),
                tokens: TokenCounts::default(),
                then: Then::GoOn,
            }],
        };
        let number = self.journal.calls().len();
        let text = match request["output_config"]["format"].is_object() {
            true => json!({"themes": [], "strengths": [], "gaps": [], "recommendations": []}).to_string(),
            false => format!("Draft {number} for {}.", tag.trim_matches(['[', ']'])),
        };
        let drawn = match fault {
            Some(Fault::Refused) => 1,
            Some(Fault::Throttled) => 2,
            Some(Fault::Unsent) => 4,
            Some(Fault::AnswerLost) => 8,
            Some(Fault::DoneLate) => 9,
            Some(Fault::Slow) => 10,
            Some(Fault::KilledAfter | Fault::Frozen) => 11,
            _ => draw.random_range(0..40),
        };
        match drawn {
            0 => error("529", 529, "overloaded_error", Vec::new()),
            1 => error("500", 500, "api_error", Vec::new()),
            2 => error(
                "429, later",
                429,
                "rate_limit_error",
                vec![("retry-after", draw.random_range(1..90).to_string())],
            ),
            3 => error("400", 400, "invalid_request_error", Vec::new()),
            4 => Script { name: "hangs", ..error("", 200, "", Vec::new()) },
            5 => self.answer(draw, "refuses", &text, "refusal"),
            6 => self.answer(draw, "is empty", "", "end_turn"),
            7 => self.answer(draw, "is cut", &text, "max_tokens"),
            8 => self.answer(draw, "breaks off", &text, "break"),
            9 => self.answer(draw, "stalls", &text, "hang"),
            10 => self.answer(draw, "is slow", &text, "slow"),
            _ => self.answer(draw, "writes", &text, "end_turn"),
        }
    }

    /// An answer with this text. `end` is its stop reason, or how it is interrupted.
    fn answer(&self, draw: &mut SmallRng, name: &'static str, text: &str, end: &str) -> Script {
        let input = draw.random_range(500..20_000);
        let tokens = |output: u64| TokenCounts { input, output, ..TokenCounts::default() };
        let usage = |output: u64| json!({"input_tokens": input, "output_tokens": output});
        let start = json!({"type": "message_start", "message": {
            "id": "msg", "type": "message", "role": "assistant", "model": self.name, "content": [],
            "stop_reason": null, "usage": usage(1),
        }});
        let mut values = vec![(start, 1)];
        if !text.is_empty() {
            values.push((
                json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
                1,
            ));
            let pieces: Vec<char> = text.chars().collect();
            for piece in pieces.chunks(7) {
                let piece: String = piece.iter().collect();
                let delta = json!({"type": "text_delta", "text": piece});
                values.push((json!({"type": "content_block_delta", "index": 0, "delta": delta}), 1));
            }
            values.push((json!({"type": "content_block_stop", "index": 0}), 1));
        }
        let output = draw.random_range(20..4_000);
        let stop = if matches!(end, "refusal" | "max_tokens") { end } else { "end_turn" };
        values.push((json!({"type": "message_delta", "delta": {"stop_reason": stop}, "usage": usage(output)}), output));
        values.push((json!({"type": "message_stop"}), output));
        let pace = if end == "slow" { 60_000 } else { [50, 400, 4_000][draw.random_range(0..3)] };
        let mut events: Vec<Event> = values
            .into_iter()
            .map(|(value, output)| Event {
                after: draw.random_range(0..pace),
                bytes: format!("event: {}\ndata: {value}\n\n", value["type"].as_str().unwrap()),
                tokens: tokens(output),
                then: Then::GoOn,
            })
            .collect();
        let somewhere = draw.random_range(0..events.len() - 1);
        match end {
            "break" => events[somewhere].then = Then::Break,
            "hang" => events[somewhere].then = Then::Hang,
            _ => {}
        }
        let headers = vec![("content-type", "text/event-stream".to_owned())];
        Script { name, status: 200, headers, events }
    }

    /// The events, each after its time. What the worker has received is billed.
    fn stream(
        &self,
        script: Script,
        tag: String,
    ) -> impl stream::Stream<Item = Result<String, std::io::Error>> + Send + 'static {
        let number = {
            let mut calls = self.journal.0.lock().unwrap();
            let all = script.events.last().map_or_else(TokenCounts::default, |event| event.tokens);
            let most_micro_usd = self.prices.usage(&self.name, all).cost_micro_usd;
            let (process, message) = (self.process.clone(), self.message.clone());
            calls.billed.push(Billed { process, tag, message, micro_usd: 0, most_micro_usd });
            calls.billed.len() - 1
        };
        let (journal, process, prices, name) =
            (self.journal.clone(), self.process.clone(), self.prices.clone(), self.name.clone());
        let events = (script.events.into_iter(), Then::GoOn);
        stream::unfold(events, move |(mut events, before)| {
            let (journal, process, prices, name) = (journal.clone(), process.clone(), prices.clone(), name.clone());
            async move {
                match before {
                    Then::GoOn => {}
                    Then::Break => {
                        return Some((
                            Err(std::io::Error::other("connection reset")),
                            (Vec::new().into_iter(), Then::GoOn),
                        ));
                    }
                    Then::Die => process.die().await,
                    Then::Freeze => {
                        process.note_fault();
                        process.freeze(Duration::from_secs(60));
                        process.thawed().await;
                    }
                    Then::Hang => std::future::pending().await,
                }
                let event = events.next()?;
                sleep(Duration::from_millis(event.after)).await;
                process.thawed().await;
                let mut calls = journal.0.lock().unwrap();
                calls.billed[number].micro_usd = prices.usage(&name, event.tokens).cost_micro_usd;
                if events.len() == 0 {
                    calls.open -= 1;
                }
                drop(calls);
                Some((Ok(event.bytes), (events, event.then)))
            }
        })
    }
}

/// The name of a job that its prompt carries: `[T-…]` from the request, or `[B-…]` from its block.
pub fn tag(text: &str) -> String {
    let find = |begin: &str| {
        let at = text.rfind(begin)?;
        let rest = &text[at..];
        rest.find(']').map(|end| rest[..=end].to_owned())
    };
    find("[T-").or_else(|| find("[B-")).unwrap_or_default()
}
