//! Events of the gateway with anything that a client can send, for every HTTP function: none panics, and none answers
//! with a fault of the service.

use std::ops::Range;

use local::template::{Route, Template};
use rand::{RngExt as _, SeedableRng as _, rngs::SmallRng, seq::IndexedRandom as _};
use serde_json::{Value, json};

use crate::world::World;

/// Number of events. `EVENTS` replaces it.
const EVENTS: u64 = 20_000;
/// Events for one table. Then the test starts with a new table, because lists grow.
const EVENTS_OF_TABLE: u64 = 5_000;
/// Largest response of a function, in bytes. Lambda has 6 MB for it.
const MAX_RESPONSE: usize = 5 * 1024 * 1024;

/// Parts of texts that a parser of URLs, headers, ids, times or JSON may stumble over.
const ODD: [&str; 34] = [
    "", " ", "/", "//", "\\", ":", "@", "[::1]", "[", "a:99999", "xn--", "\u{0}", "\n", "\u{7f}", "é", "\u{202e}",
    "\u{feff}", "🏔", "%", "%zz", "%00", "%2F", "?", "#", "&", "=", "..", "-1", "1e999", "null", "true", "\"",
    "<script>", "{",
];
const SCHEMES: [&str; 6] = ["http", "https", "HTTPS", "javascript", "a b", "1:"];
const HEADERS: [&str; 14] = [
    "host",
    "x-forwarded-proto",
    "content-type",
    "content-encoding",
    "content-length",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "traceparent",
    "x-amzn-trace-id",
    "prefer",
    "accept",
    "cookie",
    "authorization",
];
const PARAMETERS: [&str; 20] = [
    "documentId",
    "blockId",
    "status",
    "type",
    "include",
    "limit",
    "cursor",
    "from",
    "to",
    "format",
    "sources",
    "category",
    "start",
    "end",
    "q",
    "timeZone",
    "offset",
    "source",
    "map",
    "dryRun",
];
const FIELDS: [&str; 22] = [
    "type",
    "documentId",
    "blockId",
    "prompt",
    "input",
    "name",
    "title",
    "summary",
    "occurredAt",
    "externalId",
    "url",
    "metrics",
    "contextConfig",
    "blocks",
    "position",
    "content",
    "metadata",
    "items",
    "status",
    "year",
    "revisionId",
    "to",
];

/// Draws events that can be drawn again from their seed.
struct Events {
    random: SmallRng,
    routes: Vec<Route>,
    /// Ids that exist.
    ids: Vec<String>,
}

impl Events {
    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of.choose(&mut self.random).unwrap()
    }

    fn one_in(&mut self, n: u32) -> bool {
        self.random.random_ratio(1, n)
    }

    fn count(&mut self, range: Range<usize>) -> usize {
        self.random.random_range(range)
    }

    fn odd(&mut self) -> String {
        let parts = if self.one_in(40) { 3_000 } else { self.count(0..5) };
        (0..parts).map(|_| if self.one_in(3) { self.pick(&FIELDS) } else { self.pick(&ODD) }).collect()
    }

    fn id(&mut self) -> String {
        let at = self.count(0..self.ids.len());
        if self.one_in(4) { self.odd() } else { self.ids[at].clone() }
    }

    fn value(&mut self, depth: usize) -> Value {
        match self.count(0..if depth == 0 { 7 } else { 10 }) {
            0 => Value::Null,
            1 => json!(self.one_in(2)),
            2 => json!(self.random.random::<i64>()),
            3 => json!(self.random.random::<f64>() * 1e300),
            4 => json!(self.id()),
            5 => json!(self.pick(&["GENERATE", "REFINE", "ANALYZE", "PR_AUTHORED", "HEADING", "2026-02-03", "ACTIVE"])),
            6 => json!(self.odd()),
            7 => (0..self.count(0..4)).map(|_| self.value(depth - 1)).collect(),
            _ => self.object(depth - 1),
        }
    }

    fn object(&mut self, depth: usize) -> Value {
        (0..self.count(0..6)).map(|_| (self.pick(&FIELDS).to_owned(), self.value(depth))).collect()
    }

    /// A body that the route may take, of which half have one field more or another value in one.
    fn sound(&mut self, route: &str) -> Value {
        let [document, block, _] = [0, 1, 2].map(|at| self.ids[at].clone());
        let source =
            json!({"id": "a", "type": "PR_AUTHORED", "title": "Retries", "summary": "", "occurredAt": "2026-02-03"});
        let mut body = match route {
            "POST /api/report-builder/jobs" if self.one_in(2) => {
                json!({"type": "ANALYZE", "input": {"document": {"name": "Review"}, "evidence": [source]}})
            }
            "POST /api/report-builder/jobs" | "POST /api/report-builder/jobs/dry-run" => {
                json!({"type": self.pick(&["GENERATE", "REFINE"]), "documentId": document, "blockId": block})
            }
            "POST /api/report-builder" => json!({"name": "Review", "contextConfig": {"evidence": {"limit": 5}}}),
            "PATCH /api/report-builder/{id}" => json!({"name": "Other"}),
            "POST /api/report-builder/{id}/jobs" => json!({"only": "ALL", "onConflict": "join"}),
            "POST /api/report-builder/{id}/blocks" => json!({"type": "PROMPT", "prompt": "Say it.", "position": 0}),
            "PATCH /api/report-builder/{id}/blocks" => json!({"blockPositions": [{"blockId": block, "position": 0}]}),
            "PATCH /api/report-builder/{id}/blocks/{blockId}" => json!({"content": "A text. 🏔", "metadata": {"a": 1}}),
            "POST /api/report-builder/{id}/blocks/{blockId}/history" => json!({"restoreToContent": "A text."}),
            "POST /api/evidence" => {
                json!({"type": "PR_AUTHORED", "title": "Retries", "summary": "", "occurredAt": "2026-02-03"})
            }
            "POST /api/goals" | "PATCH /api/goals/{id}" => json!({"title": "Fewer retries"}),
            "POST /api/reviews" => json!({"title": "Last year", "content": "Good.", "year": 2025}),
            _ => json!({}),
        };
        if self.one_in(2) {
            let field = self.pick(&FIELDS);
            body[field] = self.value(2);
        }
        body
    }

    fn body(&mut self, route: &str) -> (Value, bool) {
        if self.one_in(2) {
            return (json!(self.sound(route).to_string()), false);
        }
        match self.count(0..12) {
            0 => (Value::Null, false),
            1 => (json!(self.odd()), false),
            2 => (json!(self.odd()), true),
            3 => (json!("[".repeat(self.count(1..30_000))), false),
            4 => (json!(self.object(4).to_string().replace(['}', '"'], "")), false),
            5 => (json!("eyJuYW1lIjoi/w=="), true),
            6 => (json!("title,date\n\"a,2026-13-45\n".repeat(self.count(1..50))), false),
            _ => (json!(self.object(4).to_string()), false),
        }
    }

    fn query(&mut self) -> String {
        match self.count(0..8) {
            0 => return self.odd(),
            1..5 => return String::new(),
            _ => {}
        }
        let pairs = (0..self.count(0..4)).map(|_| {
            let value = if self.one_in(2) { self.id() } else { self.value(0).to_string() };
            format!("{}={value}", self.pick(&PARAMETERS))
        });
        pairs.collect::<Vec<_>>().join("&")
    }

    fn headers(&mut self) -> Value {
        let mut headers = json!({"host": "api.example.com", "content-type": "application/json"});
        if self.one_in(8) {
            headers["content-type"] = json!("text/csv");
        }
        for _ in 0..self.count(0..6).saturating_sub(3) {
            let name = self.pick(&HEADERS);
            headers[name] =
                json!(if name == "x-forwarded-proto" { self.pick(&SCHEMES).to_owned() } else { self.odd() });
        }
        headers
    }

    /// The function that gets the event, and the event.
    fn draw(&mut self) -> (String, Value) {
        let at = self.count(0..self.routes.len());
        let Route { method, path, function, .. } = self.routes[at].clone();
        // Afterwards nothing is left to try.
        let user = if path == "/api/me" { "bob" } else { "ada" };
        let (id, block, job) = (self.id(), self.id(), self.id());
        let raw_path = path.replace("{id}", &id).replace("{blockId}", &block).replace("{jobId}", &job);
        let route = format!("{method} {path}");
        let (body, is_base64_encoded) = self.body(&route);
        let mut event = json!({
            "version": "2.0",
            "routeKey": route,
            "rawPath": if self.one_in(20) { self.odd() } else { raw_path.clone() },
            "rawQueryString": self.query(),
            "headers": self.headers(),
            "pathParameters": {"id": id, "blockId": block, "jobId": job},
            "requestContext": {
                "requestId": "drawn",
                "routeKey": route,
                "stage": "$default",
                "timeEpoch": 0,
                "authorizer": {"jwt": {"claims": {"iss": local::gateway::ISSUER, "sub": user}}},
                "http": {"method": method, "path": raw_path, "sourceIp": "192.0.2.1"},
            },
            "body": body,
            "isBase64Encoded": is_base64_encoded,
        });
        if self.one_in(30) {
            event["requestContext"]["http"]["method"] = json!(self.odd());
        }
        if self.one_in(30) {
            event["requestContext"]["authorizer"]["jwt"]["claims"] = json!({"iss": self.odd(), "sub": self.odd()});
        }
        if self.one_in(30) {
            event["cookies"] = json!([self.odd(), self.odd()]);
        }
        (function, event)
    }
}

/// Prints the event that a panic has met.
struct Told<'a>(u64, &'a Value);

impl Drop for Told<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("event {}: {}", self.0, self.1);
        }
    }
}

#[tokio::test]
async fn no_event_of_the_gateway_makes_a_function_panic_or_fail() {
    let number = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().unwrap());
    let seed = number("SEED").unwrap_or_else(rand::random);
    let events = number("EVENTS").unwrap_or(EVENTS);
    println!("EVENTS={events} SEED={seed}");
    let mut statuses = std::collections::BTreeMap::<u16, u64>::new();
    for table in 0..events.div_ceil(EVENTS_OF_TABLE) {
        let world = World::new().await;
        let routes = Template::checked_in().unwrap().routes().unwrap();
        let job = world.create(&world.generate_body()).await;
        let ids = [world.seeded.document.id.to_string(), world.seeded.unwritten().id.to_string(), job.to_string()];
        let random = SmallRng::seed_from_u64(seed.wrapping_add(table));
        let mut drawn = Events { random, routes, ids: ids.to_vec() };
        for number in 0..EVENTS_OF_TABLE.min(events - table * EVENTS_OF_TABLE) {
            let (function, event) = drawn.draw();
            let told = Told(table * EVENTS_OF_TABLE + number, &event);
            let response = match api::request_of_event(&event.to_string()) {
                Ok(request) => world.runner.functions.http(&function, request).await.unwrap(),
                Err(refusal) => refusal,
            };
            assert!(response.status().as_u16() < 500, "{response:?}");
            let lambda_http::Body::Text(body) = response.body() else { panic!("{response:?}") };
            assert!(body.len() <= MAX_RESPONSE, "{} bytes", body.len());
            *statuses.entry(response.status().as_u16()).or_default() += 1;
            drop(told);
        }
    }
    println!("statuses: {statuses:?}");
    for wanted in [200, 201, 202, 400, 401, 404] {
        assert!(statuses.contains_key(&wanted) || events < EVENTS, "no response has the status {wanted}");
    }
}
