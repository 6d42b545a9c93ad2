//! Property test of the whole worker with streams of any bytes. A job ends after at most three calls that are billed, and
//! no text is doubled, lost, or shown that is not the model's.

use local::fake_claude::{Behaviour, RawResponse};
use proptest::{
    prelude::*,
    sample::Index,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

use crate::world::World;

/// What happens to a stream on its way.
#[derive(Clone, Debug)]
enum Fault {
    None,
    /// The answer starts over before this event.
    StartsOver(Index),
    /// The connection ends after this byte.
    Cut(Index),
    /// These bytes stand before this event.
    Bytes(Index, Vec<u8>),
    /// Nothing but these bytes.
    OnlyBytes(Vec<u8>),
}

/// Events that carry nothing.
const NOISE: [&str; 9] = [
    ": keepalive\n\n",
    "event: ping\ndata:\n\n",
    "event: ping\ndata: {\"type\":\"ping\"}\n\n",
    "data: [DONE]\n\n",
    "data: : keepalive\n\n",
    "event: new\ndata: {\"type\":\"new\",\"text\":\"never shown\"}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"never shown\"}}\n\n",
    "event: content_block_stop\ndata: null\n\n",
    "\n\n",
];

fn event(value: &Value) -> String {
    format!("event: {}\ndata: {value}\n\n", value["type"].as_str().unwrap())
}

/// The events of an answer with these texts, one block for each.
fn events(texts: &[String]) -> Vec<String> {
    let usage = json!({"input_tokens": 9, "output_tokens": 1});
    let mut events = vec![json!({"type": "message_start", "message": {"id": "m", "model": "m", "usage": usage}})];
    for (index, text) in texts.iter().enumerate() {
        events.push(
            json!({"type": "content_block_start", "index": index, "content_block": {"type": "text", "text": ""}}),
        );
        for piece in text.chars().collect::<Vec<_>>().chunks(5) {
            let delta = json!({"type": "text_delta", "text": piece.iter().collect::<String>()});
            events.push(json!({"type": "content_block_delta", "index": index, "delta": delta}));
        }
        events.push(json!({"type": "content_block_stop", "index": index}));
    }
    events.push(json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}}));
    events.push(json!({"type": "message_stop"}));
    events.iter().map(event).collect()
}

/// The bytes of the stream, and its text if it is whole.
fn stream(texts: &[String], noise: &[(Index, usize)], fault: &Fault) -> (Vec<u8>, Option<String>) {
    let mut events = events(texts);
    let whole = Some(texts.concat().trim().to_owned());
    let expected = match fault {
        Fault::None => whole,
        Fault::StartsOver(at) => {
            // Not after the end: what follows it does not matter.
            let at = at.index(events.len() - 1);
            let begun = events[..at].to_vec();
            events.splice(0..0, begun);
            whole
        }
        Fault::Cut(_) | Fault::OnlyBytes(_) => None,
        Fault::Bytes(at, bytes) => {
            let at = at.index(events.len());
            // A line of its own, so that it breaks one event only.
            events.insert(at, format!("data: {}\n\n", String::from_utf8_lossy(bytes).replace(['\n', '\r'], "x")));
            None
        }
    };
    for (at, kind) in noise {
        events.insert(at.index(events.len()), NOISE[*kind].to_owned());
    }
    let bytes = match fault {
        Fault::OnlyBytes(bytes) => bytes.clone(),
        Fault::Cut(at) => {
            let bytes = events.concat().into_bytes();
            // Before the last event is complete.
            bytes[..at.index(bytes.len() - 20)].to_vec()
        }
        _ => events.concat().into_bytes(),
    };
    (bytes, expected)
}

async fn check(world: &World, bytes: &[u8], chunk_bytes: usize, expected: Option<String>) {
    let before = world.unwritten().await.0;
    let calls_before = world.journal().requests().len();
    let raw = RawResponse {
        status: 200,
        headers: vec![("content-type".to_owned(), "text/event-stream".to_owned())],
        chunks: bytes.chunks(chunk_bytes).map(<[u8]>::to_vec).collect(),
    };
    world.journal().clear_script();
    world.script(std::iter::repeat_n(Behaviour::Raw(raw), 12));
    let job = world.run(&world.generate_body()).await;
    let calls = world.journal().requests().len() - calls_before;
    let shown = String::from_utf8_lossy(bytes);
    assert!((1..=3).contains(&calls), "{calls} calls for {shown}");
    if let Some(text) = expected {
        assert_eq!((&job["status"], &job["result"]["content"]), (&json!("COMPLETED"), &json!(text)), "{shown}: {job}");
        assert_eq!(calls, 1, "{shown}");
        assert_eq!(world.unwritten().await.0, Some(text));
        return;
    }
    let after = world.unwritten().await.0;
    match job["status"].as_str().unwrap() {
        "FAILED" => assert_eq!(after, before, "{shown}"),
        // The bytes came after the end, or they carried nothing.
        "COMPLETED" => assert!(!after.unwrap().contains("never shown"), "{shown}"),
        other => panic!("the job is {other} after {shown}"),
    }
}

#[test]
fn whatever_bytes_come_a_job_pays_three_times_at_most_and_keeps_the_models_text() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let world = runtime.block_on(World::new());
    let index = any::<Index>;
    let fault = prop_oneof![
        3 => Just(Fault::None),
        2 => index().prop_map(Fault::StartsOver),
        2 => index().prop_map(Fault::Cut),
        1 => (index(), prop::collection::vec(any::<u8>(), 1..20)).prop_map(|(at, bytes)| Fault::Bytes(at, bytes)),
        1 => Just(Fault::OnlyBytes(Vec::new())),
        1 => prop::collection::vec(any::<u8>(), 0..200).prop_map(Fault::OnlyBytes),
    ];
    let texts = prop::collection::vec("[a-zéß漢]{1,12}|[ \n]{1,2}", 0..5).prop_map(|mut texts| {
        texts.push("Done.".to_owned());
        texts
    });
    let noise = prop::collection::vec((index(), 0..NOISE.len()), 0..6);
    let config = Config { cases: 128, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&(texts, noise, fault, 1_usize..300), |(texts, noise, fault, chunk_bytes)| {
            let (bytes, expected) = stream(&texts, &noise, &fault);
            runtime.block_on(check(&world, &bytes, chunk_bytes, expected));
            Ok(())
        })
        .unwrap();
}
