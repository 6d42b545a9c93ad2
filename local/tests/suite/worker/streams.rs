//! Property test of the whole worker with random answers, citations and chunk sizes. Each citation of the finished
//! block is a cited span of the answer and names a source of the user.

use std::collections::HashMap;

use local::fake_claude::{Behaviour, Cite, Piece, Script};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::world::{World, answer};

/// Pieces of text in any script, with white space at the ends. Many of their citations point to items that do not
/// exist.
fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let cite = (0_usize..4, 0_usize..14, 0_usize..3)
        .prop_map(|(document, first, length)| Cite { document, items: first..first + length });
    let text = prop_oneof![r"\PC{0,12}", "[ \n\t\u{a0}\u{3000}]{0,3}", "(é|ß|漢|👩‍💻|🇪🇺|a\u{301}){1,6}"];
    let piece = (text, prop::collection::vec(cite, 0..3)).prop_map(|(text, cites)| Piece { text, cites });
    (prop::collection::vec(piece, 0..12), any::<prop::sample::Index>()).prop_map(|(mut pieces, position)| {
        // An answer without any text would be retried.
        pieces.insert(position.index(pieces.len() + 1), Piece::plain("Done."));
        pieces
    })
}

/// Computes the expected result from the pieces: the text, and for each citation its span of the text and the cited
/// item of the request.
fn expected(pieces: &[Piece], documents: &[Vec<String>]) -> (String, Vec<(String, String)>) {
    let whole: Vec<char> = pieces.iter().flat_map(|piece| piece.text.chars()).collect();
    let blank = |c: &&char| c.is_whitespace();
    let (from, to) =
        (whole.iter().take_while(blank).count(), whole.len() - whole.iter().rev().take_while(blank).count());
    let mut citations = Vec::new();
    let mut at = 0;
    for piece in pieces {
        let next = at + piece.text.chars().count();
        let span: String = (at..next).filter(|index| (from..to).contains(index)).map(|index| whole[index]).collect();
        at = next;
        // A source is cited once for a span, however often the answer names it.
        let mut cited: Vec<&String> = Vec::new();
        for cite in &piece.cites {
            let Some(items) = documents.get(cite.document).and_then(|items| items.get(cite.items.clone())) else {
                continue;
            };
            for item in items.iter().filter(|_| !span.is_empty()) {
                if !cited.contains(&item) {
                    cited.push(item);
                    citations.push((span.clone(), item.clone()));
                }
            }
        }
    }
    (whole[from..to].iter().collect(), citations)
}

/// All entries in the library of ada, by id.
async fn library(world: &World) -> HashMap<String, Value> {
    let mut entries = HashMap::new();
    for kind in ["evidence", "goals", "reviews"] {
        let (status, page) = answer(world.library_as("ada", Method::GET, kind)).await;
        assert_eq!((status, &page["nextCursor"]), (StatusCode::OK, &Value::Null));
        for entry in page["items"].as_array().unwrap() {
            entries.insert(entry["id"].as_str().unwrap().to_owned(), entry.clone());
        }
    }
    entries
}

async fn check(world: &World, library: &HashMap<String, Value>, pieces: Vec<Piece>, chunk_bytes: usize) {
    let script = Script { pieces: pieces.clone(), chunk_bytes: Some(chunk_bytes), ..Script::default() };
    world.script([Behaviour::Pieces(script)]);
    let job = world.run(&world.generate_body()).await;
    assert_eq!((&job["status"], &job["statusReason"]), (&json!("COMPLETED"), &Value::Null), "{job}");

    let request = world.journal().requests().pop().unwrap();
    let blocks = request["messages"][0]["content"].as_array().unwrap();
    let documents: Vec<Vec<String>> = blocks
        .iter()
        .filter_map(|block| block["source"]["content"].as_array())
        .map(|items| items.iter().map(|item| item["text"].as_str().unwrap().to_owned()).collect())
        .collect();
    let texts: Vec<&str> = pieces.iter().map(|piece| piece.text.as_str()).collect();
    let sanitized = domain::sanitize::markdown::sanitized(&texts, &[]).into_iter().zip(&pieces);
    let pieces: Vec<Piece> = sanitized.map(|(text, piece)| Piece { text, cites: piece.cites.clone() }).collect();
    let (content, citations) = expected(&pieces, &documents);
    let block = world.seeded.unwritten();
    let (_, block) = answer(world.request(Method::GET, &format!("/{}/blocks/{}", block.document_id, block.id))).await;
    assert_eq!((&block["content"], &job["result"]["content"]), (&json!(content), &json!(content)));
    assert_eq!(block["citations"], job["result"]["citations"]);

    let chars: Vec<char> = content.chars().collect();
    let written = block["citations"].as_array().unwrap();
    assert_eq!(written.len(), citations.len());
    for (citation, (span, item)) in written.iter().zip(&citations) {
        let offset = |name: &str| usize::try_from(citation[name].as_u64().unwrap()).unwrap();
        assert_eq!(&chars[offset("start")..offset("end")].iter().collect::<String>(), span);
        let source = &library[citation["sourceId"].as_str().unwrap()];
        let words = source["title"].as_str().or_else(|| source["content"].as_str()).unwrap();
        assert!(item.contains(&json!(words).to_string()), "{item} is not {source}");
    }
}

#[test]
fn every_citation_of_a_finished_block_is_a_span_of_the_answer_and_names_a_source_of_its_user() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let world = runtime.block_on(World::new());
    let library = runtime.block_on(library(&world));
    let config = Config { cases: 96, failure_persistence: None, ..Config::default() };
    TestRunner::new(config)
        .run(&(pieces(), 1_usize..200), |(pieces, chunk_bytes)| {
            runtime.block_on(check(&world, &library, pieces, chunk_bytes));
            Ok(())
        })
        .unwrap();
    let _guard = runtime.enter();
    drop(world);
}
