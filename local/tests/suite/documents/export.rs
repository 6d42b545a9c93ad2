//! `GET …/{id}/export`: the whole document as Markdown or HTML.

use local::fake_claude::{Behaviour, Cite, Piece, Script};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::world::{World, answer};

impl World {
    /// Status, content type and text of an export.
    async fn export(&self, user: &str, query: &str, accept: &str) -> (StatusCode, String, String) {
        let path = format!("/{}/export{query}", self.seeded.document.id);
        let response = self.request_as(user, Method::GET, &path).header("accept", accept).send().await.unwrap();
        let media_type = response.headers()["content-type"].to_str().unwrap().to_owned();
        (response.status(), media_type, response.text().await.unwrap())
    }
}

fn cited(text: &str, item: usize) -> Piece {
    Piece { text: text.to_owned(), cites: vec![Cite { document: 0, items: item..item + 1 }] }
}

/// A table, a fence and a list, each cited as a whole block, as the API cites.
#[tokio::test]
async fn a_written_document_is_exported_with_its_sources() {
    let world = World::new().await;
    let pieces = vec![
        cited("| what | result |\n|---|---|\n| Retries | lost payments 0.4 % |\n", 0),
        Piece::plain("\nI ran this:\n\n"),
        cited("```sh\nmake retry\n```\n", 1),
        Piece::plain("My notes: [^1].\n\n[^1]: Made up by hand."),
    ];
    world.script([Behaviour::Pieces(Script { pieces, ..Script::default() })]);
    world.run(&world.generate_body()).await;

    let (status, media_type, text) = world.export("ada", "", "*/*").await;
    assert_eq!((status.as_u16(), media_type.as_str()), (200, "text/markdown; charset=utf-8"), "{text}");
    assert!(
        text.contains("\n| Retries | lost payments 0.4 % [^s1]|\n") || text.contains("lost payments 0.4 %[^s1] |\n"),
        "{text}"
    );
    assert!(text.contains("\n```\n") && !text.contains("```[^"), "{text}");
    assert!(text.contains("\\[^1]"), "the person's own mark stays a text: {text}");
    let notes: Vec<&str> = text.lines().filter(|line| line.starts_with("[^s") && line.contains("]: ")).collect();
    assert_eq!(notes.len(), 2, "{text}");
    let title = world.library_as("ada", Method::GET, "evidence?limit=1");
    let title = answer(title).await.1["items"][0]["title"].as_str().unwrap().to_owned();
    assert!(notes.iter().any(|note| note.contains(title.split(' ').next().unwrap())), "{notes:?}");

    let (_, media_type, html) = world.export("ada", "", "text/html,*/*;q=0.8").await;
    assert_eq!(media_type, "text/html; charset=utf-8");
    assert!(html.starts_with("<!doctype html>") && html.contains("<section class=\"sources\">"), "{html}");
    let (_, _, bare) = world.export("ada", "?format=markdown&sources=none", "text/html").await;
    assert!(!bare.contains("[^s"), "{bare}");
}

#[tokio::test]
async fn an_export_needs_the_owner_and_known_names() {
    let world = World::new().await;
    assert_eq!(world.export("bob", "", "*/*").await.0, StatusCode::NOT_FOUND);
    let (status, _, problem) = world.export("ada", "?format=pdf&sources=all", "*/*").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(problem.contains("?format") && problem.contains("?sources"), "{problem}");
    let path = format!("/{}", world.seeded.document.id);
    answer(world.request(Method::DELETE, &path)).await;
    assert_eq!(world.export("ada", "", "*/*").await.0, StatusCode::NOT_FOUND);
}

/// What a text holds never becomes HTML of the page.
#[tokio::test]
async fn hostile_texts_stay_texts() {
    let world = World::new().await;
    let hostile = "<script>alert(1)</script>\n\n[x](javascript:alert(1))\n\n```\nnever closed";
    world.edit(world.seeded.written(), &json!({"content": hostile})).await;
    let (_, _, html) = world.export("ada", "?format=html", "*/*").await;
    assert!(!html.contains("<script") && !html.contains("href=\"javascript"), "{html}");
    let (_, _, text) = world.export("ada", "?format=markdown", "*/*").await;
    assert_eq!(text.lines().filter(|line| line.starts_with("```")).count() % 2, 0, "the fence is closed: {text}");
}
