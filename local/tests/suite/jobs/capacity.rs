//! Capacity units of the table that one job consumes. docs/performance.md calculates with them.

use std::time::Duration;

use domain::{
    ids::JobId,
    job::{
        lifecycle::{self, JobPolicy},
        progress::{Phase, Progress},
    },
};
use local::{
    fake_claude::{Behaviour, Cite, Piece, Script},
    runner::RunnerOptions,
};
use queue::JobMessage;
use reqwest::Method;
use serde_json::{Value, json};
use store::Store;

use crate::{
    dynamodb_proxy::{Fault, Proxy, Units, proxied_store},
    messages::{event, record},
    world::{World, answer},
};

fn request(name: &str, user: &str, body: &Value, job: Option<&str>) -> lambda_http::Request {
    let sample = std::fs::read_to_string(crate::processes::root().join("events").join(format!("{name}.json"))).unwrap();
    let mut event: Value = serde_json::from_str(&sample).unwrap();
    event["requestContext"]["authorizer"]["jwt"]["claims"] = json!({"iss": local::gateway::ISSUER, "sub": user});
    if !body.is_null() {
        event["body"] = json!(body.to_string());
    }
    if let Some(job) = job {
        event["pathParameters"]["jobId"] = json!(job);
    }
    api::request_of_event(&event.to_string()).unwrap()
}

/// Sentences of an answer, each about a hundred characters long.
const SENTENCES: [&str; 24] = [
    "I moved the payment service to the new queue, and a failed charge is now tried again within a minute.",
    "Customers in four countries can pay by invoice, because I wrote the adapter for the ledger of our bank.",
    "When the checkout was down in March, I found the lock that two jobs held and removed it the same day.",
    "I reviewed the search rewrite of the platform team and asked for a test of every language that we sell in.",
    "The nightly report took five hours in January and takes forty minutes since I split its largest query.",
    "I taught two new colleagues how we deploy, and both of them have run a release by themselves since May.",
    "Together with the design group I tried three versions of the order page and kept the one people finished.",
    "I wrote the guide for incidents, which names who decides, who writes to customers and who keeps the log.",
    "My change to the cache halved the bill for the image service without a single complaint about old pictures.",
    "I closed the oldest ticket of the mobile backlog, a crash that came back with every change of the clock.",
    "For the audit I collected the evidence of all access rights and deleted sixty accounts that nobody used.",
    "The import of suppliers reads the files of eleven partners now, and tells each of them which line is wrong.",
    "I asked for help too late when the migration of the warehouse slipped, and I plan reviews earlier now.",
    "Our alerts woke somebody eleven times in spring and twice in summer, after I removed those without action.",
    "I paired with Noor on the tax rules, and her notes became the tests that caught the error in Austria.",
    "The public status page exists because I showed in a small trial that support would get fewer calls.",
    "I said no to the second data store and wrote down why, which saved the team from running both of them.",
    "Accounts of companies can have several owners, a wish that sales had brought to every meeting for a year.",
    "I replaced the shared password of the test bench by single sign-on and wrote the steps for other teams.",
    "The new limits of the public interface stopped two scrapers in the first week and annoyed no real customer.",
    "I made the build of the shop reproducible, so that a release can be checked by anybody who doubts it.",
    "With legal I agreed on what we log, and the retention of the old records ended in August as promised.",
    "I gave a talk about queues at our meeting of all teams, and two of them use the same pattern since then.",
    "Next I want to lead a project from its first question to its last user, and learn to hand work on earlier.",
];

/// An answer of 2,400 characters whose sentences cite twelve pieces of evidence.
fn usual_answer() -> Script {
    let pieces = SENTENCES.iter().enumerate().map(|(at, sentence)| Piece {
        text: format!("{sentence} "),
        cites: (at % 2 == 0).then(|| Cite { document: 0, items: at / 2..at / 2 + 1 }).into_iter().collect(),
    });
    Script { pieces: pieces.collect(), ..Script::default() }
}

/// An answer of 2,400 characters that cites the passages of the newest review fifty times.
fn answer_about_a_review() -> Script {
    let text = SENTENCES.join(" ");
    let words: Vec<&str> = text.split_inclusive(' ').collect();
    let pieces = words.chunks(words.len().div_ceil(50)).enumerate().map(|(at, words)| {
        let passage = at % 12;
        Piece { text: words.concat(), cites: vec![Cite { document: 2, items: passage..passage + 1 }] }
    });
    Script { pieces: pieces.collect(), ..Script::default() }
}

/// Forty pieces of evidence, three goals, and a review of 18 KB as the newest one.
async fn fill_library(world: &World) {
    let evidence: Vec<Value> = (0..28)
        .map(|number| {
            let summary: Vec<&str> = (0..6).map(|at| SENTENCES[(number + at * 5) % 24]).collect();
            let title = SENTENCES[number % 24];
            json!({"type": "PR_AUTHORED", "title": title, "summary": summary.join(" "), "occurredAt": "2025-12-20T10:00:00Z"})
        })
        .collect();
    let review: Vec<String> = (0..12)
        .map(|part| (0..15).map(|at| SENTENCES[(part * 7 + at * 5) % 24]).collect::<Vec<_>>().join(" "))
        .collect();
    let review = json!({"year": 2026, "type": "MANAGER", "content": review.join("\n\n")});
    let goal = json!({"status": "ACTIVE", "title": "Lead a project", "description": "From the first question to the last user."});
    let config = json!({"contextConfig": {"includeGoals": true, "includeReviews": true, "maxEvidence": 40}});
    let document = format!("/{}", world.seeded.document.id);
    answer(world.request(Method::PATCH, &document).json(&config)).await;
    for (kind, body) in [("evidence", json!({"items": evidence})), ("goals", goal), ("reviews", review)] {
        let (status, body) = answer(world.library_as("ada", Method::POST, kind).json(&body)).await;
        assert!(status.is_success(), "{body}");
    }
}

/// The heartbeats of a worker within 30 s, while the text grows from 4 s on.
async fn beat_for_half_a_minute(world: &World, store: &Store, id: JobId, proxy: &Proxy) -> (Units, Units) {
    let policy = JobPolicy::default();
    let claim = {
        let now = world.runner.clock.now();
        world.runner.store.claim(&world.user, id, &policy, now).await.unwrap()
    };
    let text = SENTENCES.join(" ");
    proxy.take_units();
    let (mut beats, mut dearest_poll) = (Units::default(), Units::default());
    let base = worker::Config::HEARTBEAT_SECONDS;
    let times = std::iter::successors(Some(base), |at| Some(at + 2 * base)).take_while(|at| *at < 30);
    for seconds in times {
        let now = world.runner.clock.now();
        let written = text.len() * seconds.saturating_sub(4) as usize / 26;
        let progress = Progress {
            partial_text: (written > 0).then(|| text[..written].to_owned()),
            ..lifecycle::progress(Phase::Generating, 50, "Drafting from 40 pieces of evidence", now)
        };
        store.heartbeat(&claim, progress, &policy, now).await.unwrap();
        let units = proxy.take_units();
        (beats.read, beats.write) = (beats.read + units.read, beats.write + units.write);
        (beats.index, beats.calls) = (beats.index + units.index, beats.calls + units.calls);
        store.job_with_text(&world.user, id).await.unwrap();
        let poll = proxy.take_units();
        dearest_poll.read = dearest_poll.read.max(poll.read);
        dearest_poll.calls = dearest_poll.calls.max(poll.calls);
    }
    world.runner.store.cancel(&world.user, id, world.runner.clock.now()).await.unwrap();
    (beats, dearest_poll)
}

/// A kind of job in the table of docs/performance.md.
struct Kind {
    name: &'static str,
    job_type: &'static str,
    /// The answer. `None`: the one that the offline writer makes.
    script: Option<Script>,
    /// The text of the block before.
    old_content: Option<String>,
}

fn kinds() -> [Kind; 5] {
    let long = "An earlier text of this block. ".repeat(2_000);
    let usual = |name, job_type, old_content| Kind { name, job_type, script: Some(usual_answer()), old_content };
    [
        usual("GENERATE", "GENERATE", None),
        usual("REFINE", "REFINE", Some(SENTENCES.join(" "))),
        Kind { name: "ANALYZE", job_type: "ANALYZE", script: None, old_content: None },
        usual("GENERATE on a block of 60 KB", "GENERATE", Some(long)),
        Kind {
            name: "GENERATE with fifty citations of one review",
            job_type: "GENERATE",
            script: Some(answer_about_a_review()),
            old_content: None,
        },
    ]
}

/// What a job consumes, part by part.
struct Consumed {
    create: Units,
    work: Units,
    heartbeats: Units,
    /// The dearest poll while the job runs.
    poll: Units,
    last_poll: Units,
}

impl Consumed {
    fn to_json(&self) -> Value {
        let Self { create, work, heartbeats, poll, last_poll } = self;
        let [create, work, heartbeats, poll, last_poll] = [create, work, heartbeats, poll, last_poll].map(
            |Units { read, write, index, calls }| json!({"read": read, "write": write, "index": index, "calls": calls}),
        );
        json!({"create": create, "work": work, "heartbeats": heartbeats, "poll": poll, "lastPoll": last_poll})
    }
}

/// A job as deployed: with limits and with an `Idempotency-Key`.
async fn measure(kind: Kind) -> Consumed {
    let options = RunnerOptions {
        // No heartbeat of its own: how many there are depends on the machine.
        tune: |config| config.heartbeat = Duration::from_secs(60),
        parameters: [
            ("MaxActiveJobs", "50"),
            ("MaxCreatesPerMinute", "120"),
            ("MaxSpendPerUserPerDay", "25"),
            ("MaxSpendPerDay", "250"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into(),
        ..RunnerOptions::default()
    };
    let world = World::with(options).await;
    fill_library(&world).await;
    if let Some(content) = &kind.old_content {
        let block = if kind.job_type == "REFINE" { world.seeded.written() } else { world.seeded.unwritten() };
        world.edit(block, &json!({"content": content})).await;
    }
    let (store, proxy) = proxied_store(&world, Fault::None).await;
    let functions = world.runner.functions.on(&store);
    let create = async || {
        proxy.take_units();
        let mut sent = request("create-job", "ada", &world.body_of(kind.job_type), None);
        let key = JobId::new().to_string();
        sent.headers_mut().insert("idempotency-key", key.parse().unwrap());
        let created = functions.http("CreateJobFunction", sent).await.unwrap();
        let units = proxy.take_units();
        let lambda_http::Body::Text(created) = created.into_body() else { panic!("no text") };
        let id: JobId = serde_json::from_str::<Value>(&created).unwrap()["jobId"].as_str().unwrap().parse().unwrap();
        (id, units)
    };
    let (id, _) = create().await;
    let (heartbeats, poll) = beat_for_half_a_minute(&world, &store, id, &proxy).await;

    // The job before ended two minutes ago.
    world.advance(120);
    let (id, created) = create().await;
    world.script(kind.script.map(Behaviour::Pieces));
    let message = JobMessage::new(world.user.clone(), [id], None).to_body();
    worker::handle(&functions.worker, event(vec![record("m", message)]), Duration::from_secs(300)).await;
    let work = proxy.take_units();
    functions.http("GetJobFunction", request("get-job", "ada", &Value::Null, Some(&id.to_string()))).await.unwrap();
    let last_poll = proxy.take_units();
    let job = world.shown(id).await;
    assert_eq!((&job["status"], &job["statusReason"]), (&json!("COMPLETED"), &json!(null)), "{job}");
    assert_eq!(job["result"]["evidenceCount"], 40);
    Consumed { create: created, work, heartbeats, poll, last_poll }
}

/// Compares with `bench/units.json`, from which `make bench` makes the table of docs/performance.md. With
/// `RECORD_UNITS=1` it writes the file instead. A change that raises a number says why in docs/performance.md.
#[tokio::test]
async fn a_job_consumes_no_more_capacity_than_recorded() {
    let mut found = serde_json::Map::new();
    for kind in kinds() {
        let (name, is_generate) = (kind.name, kind.job_type == "GENERATE");
        let consumed = measure(kind).await;
        let Consumed { create, work, heartbeats, poll, .. } = &consumed;
        if is_generate {
            assert!((create.write, create.index) <= (6.0, 3.0), "{name}: create {create:?}");
            // Of these, four reserve from the budgets of the user and of the service, and settle.
            assert!(work.write <= 14.0 && work.index <= 2.0, "{name}: work {work:?}");
            // Eight calls read the context: document and block, its text, the other blocks, their texts, evidence, active and
            // reached goals, reviews.
            assert!(create.calls + work.calls <= 9 + 4 + 8, "{name}: {} + {}", create.calls, work.calls);
        }
        assert!(heartbeats.write <= 12.0 && heartbeats.index == 0.0, "{name}: heartbeats {heartbeats:?}");
        assert!(poll.read <= 1.0, "{name}: a poll {poll:?}");
        found.insert(name.to_owned(), consumed.to_json());
    }
    let file = crate::processes::root().join("bench/units.json");
    let found = Value::Object(found);
    if std::env::var("RECORD_UNITS").is_ok() {
        std::fs::write(&file, format!("{found:#}\n")).unwrap();
    }
    let recorded: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(found, recorded, "bench/units.json is out of date. RECORD_UNITS=1 writes it");
}
