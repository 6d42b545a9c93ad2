//! HTTP as RFC 9110 has it: compressed bodies, conditional requests, HEAD and OPTIONS, and what the gateway does with a path,
//! a host and chunks.

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::world::{World, answer, http};

fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

/// The header decides, whether the body is compressed or not.
#[tokio::test]
async fn a_body_that_says_it_is_compressed_is_refused() {
    let world = World::new().await;
    let json = world.analyze_body().to_string();
    let gzip = [0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00].to_vec();
    for coding in ["gzip", "deflate", "br", "GZIP, identity", ""] {
        for body in [json.clone().into_bytes(), gzip.clone(), Vec::new()] {
            let post = world.request(Method::POST, "/jobs").header("content-type", "application/json");
            let response = post.header("content-encoding", coding).body(body).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{coding}");
            assert_eq!(header(&response, "accept-encoding"), Some("identity"));
            let problem: Value = response.json().await.unwrap();
            assert_eq!(problem["code"], "UNSUPPORTED_MEDIA_TYPE");
            assert!(problem["detail"].as_str().unwrap().contains("content-encoding"), "{problem}");
        }
    }
    let import = world.library(Method::POST, "goals/import").header("content-type", "text/csv");
    let import = import.header("content-encoding", "gzip").body("title\nA\n");
    assert_eq!(answer(import).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let retry = world.request(Method::POST, &format!("/jobs/{}/retry", domain::ids::JobId::new()));
    assert_eq!(answer(retry.header("content-encoding", "br")).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(world.job_count().await, 0);
    let plain = world.request(Method::POST, "/jobs").header("content-encoding", "Identity").json(&world.analyze_body());
    assert_eq!(answer(plain).await.0, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_document_and_a_block_that_have_not_changed_are_answered_with_304() {
    let world = World::new().await;
    let (document, block) = (world.seeded.document.id, world.seeded.written().id);
    let of_block = format!("/{document}/blocks/{block}");
    for path in [format!("/{document}"), format!("/{document}/blocks"), of_block.clone()] {
        let get =
            async |seen: &str| world.request(Method::GET, &path).header("if-none-match", seen).send().await.unwrap();
        let first = get("\"none\"").await;
        assert_eq!(first.status(), StatusCode::OK);
        let tag = header(&first, "etag").unwrap().to_owned();
        for seen in [tag.clone(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
            let same = get(&seen).await;
            assert_eq!(
                (same.status(), header(&same, "etag")),
                (StatusCode::NOT_MODIFIED, Some(tag.as_str())),
                "{path}"
            );
            assert_eq!(same.text().await.unwrap(), "");
        }
        // A move changes the position that the client sees, and no version.
        world.edit(world.seeded.written(), &json!({"position": 0})).await;
        let moved = get(&tag).await;
        assert_eq!(moved.status(), StatusCode::OK, "{path}");
        let tag = header(&moved, "etag").unwrap().to_owned();
        world.edit(world.seeded.written(), &json!({"position": 2, "content": path})).await;
        assert_eq!(get(&tag).await.status(), StatusCode::OK, "{path}");
    }
    // The tag of an answer is what If-Match takes.
    let shown = world.request(Method::GET, &of_block).send().await.unwrap();
    let tag = header(&shown, "etag").unwrap().to_owned();
    let patch = async || {
        world
            .request(Method::PATCH, &of_block)
            .header("if-match", &tag)
            .json(&json!({"content": "A"}))
            .send()
            .await
            .unwrap()
            .status()
    };
    assert_eq!((patch().await, patch().await), (StatusCode::OK, StatusCode::PRECONDITION_FAILED));
}

#[tokio::test]
async fn head_is_answered_as_get_without_a_body() {
    let world = World::new().await;
    let job = world.create(&world.analyze_body()).await;
    let (document, block) = (world.seeded.document.id, world.seeded.written().id);
    let paths = [
        String::new(),
        format!("/{document}"),
        format!("/{document}/blocks/{block}"),
        format!("/{document}/export?format=html"),
        "/jobs?limit=1".to_owned(),
        format!("/jobs/{job}"),
        format!("/jobs/{}", domain::ids::JobId::new()),
        "/jobs?limit=0".to_owned(),
        "/nothing/here".to_owned(),
    ];
    for path in paths {
        let get = world.request(Method::GET, &path).send().await.unwrap();
        let head = world.request(Method::HEAD, &path).send().await.unwrap();
        assert_eq!(head.status(), get.status(), "{path}");
        for name in ["content-type", "etag", "retry-after", "cache-control"] {
            assert_eq!(header(&head, name), header(&get, name), "{path} {name}");
        }
        let lengths = [&head, &get].map(|response| header(response, "content-length").map(str::to_owned));
        // A problem names its request, whose id has always the same length.
        assert_eq!(lengths[0], lengths[1], "{path}");
        assert_eq!(head.text().await.unwrap(), "", "{path}");
    }
    let shown = world.request(Method::HEAD, &format!("/{document}")).send().await.unwrap();
    let seen =
        world.request(Method::HEAD, &format!("/{document}")).header("if-none-match", header(&shown, "etag").unwrap());
    assert_eq!(seen.send().await.unwrap().status(), StatusCode::NOT_MODIFIED);
    let nowhere = world.request(Method::HEAD, &format!("/{document}/jobs")).send().await.unwrap();
    assert_eq!(
        (nowhere.status(), header(&nowhere, "allow")),
        (StatusCode::METHOD_NOT_ALLOWED, Some("POST, DELETE, OPTIONS"))
    );
    let other =
        http().head(format!("{}/api/report-builder/jobs", world.runner.url())).header("authorization", "Basic YTpi");
    assert_eq!(other.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

/// The gateway may not leave a body out by itself, so the function does.
#[tokio::test]
async fn the_function_leaves_the_body_of_head_out() {
    let world = World::new().await;
    let sample = std::fs::read_to_string(crate::processes::root().join("events/get-job.json")).unwrap();
    let answered = async |method: &str| {
        let event = sample.replace("\"GET", &format!("\"{method}"));
        let request = api::request_of_event(&event).unwrap();
        world.runner.functions.http("GetJobFunction", request).await.unwrap()
    };
    let (get, head) = (answered("GET").await, answered("HEAD").await);
    assert_eq!((get.status(), head.status()), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    let lambda_http::Body::Text(text) = get.body() else { panic!("no text") };
    assert_eq!(head.headers()["content-length"], text.len().to_string());
    assert!(head.body().is_empty());
}

/// A browser's preflight request is answered by the rules for CORS. Any other OPTIONS request asks for the methods.
#[tokio::test]
async fn options_names_the_methods_of_a_path() {
    let world = World::new().await;
    for (path, allow) in [
        ("/jobs", "GET, HEAD, POST, OPTIONS"),
        ("/jobs/dry-run", "POST, OPTIONS"),
        ("/019a0000-0000-7000-8000-000000000000", "GET, HEAD, PATCH, DELETE, OPTIONS"),
    ] {
        let options = http().request(Method::OPTIONS, format!("{}/api/report-builder{path}", world.runner.url()));
        let response = options.send().await.unwrap();
        assert_eq!((response.status(), header(&response, "allow")), (StatusCode::NO_CONTENT, Some(allow)), "{path}");
    }
    let nowhere = world.request(Method::OPTIONS, "/jobs/1/2/3").send().await.unwrap();
    assert_eq!((nowhere.status(), header(&nowhere, "allow")), (StatusCode::NOT_FOUND, None));
    let preflight = world.request(Method::OPTIONS, "/jobs").header("origin", "http://localhost:5173");
    let preflight = preflight.header("access-control-request-method", "POST").send().await.unwrap();
    assert_eq!(header(&preflight, "access-control-allow-origin"), Some("http://localhost:5173"));
}

/// Sends bytes as they are, and returns the first line of the response and its body.
async fn raw(world: &World, request: &str) -> (String, String) {
    let mut stream = tokio::net::TcpStream::connect(world.runner.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.unwrap();
    let response = String::from_utf8_lossy(&response).into_owned();
    let (head, body) = response.split_once("\r\n\r\n").unwrap_or((&response, ""));
    (head.lines().next().unwrap_or_default().to_owned(), body.to_owned())
}

#[tokio::test]
async fn the_runner_decodes_paths_as_the_gateway_does() {
    let world = World::new().await;
    let id = world.create(&world.analyze_body()).await.to_string();
    let encoded: String = id.bytes().map(|byte| format!("%{byte:02X}")).collect();
    for path in
        [format!("/jobs/{encoded}"), format!("/%6Aobs/{id}"), format!("/jobs/%{:02x}{}", id.as_bytes()[0], &id[1..])]
    {
        let (status, job) = answer(world.request(Method::GET, &path)).await;
        assert_eq!((status, &job["jobId"]), (StatusCode::OK, &json!(id)), "{path}");
    }
    for path in ["/jobs/%2F", "/jobs/%FF", "/jobs/%00", "/jobs/%zz"] {
        let (status, problem) = answer(world.request(Method::GET, path)).await;
        assert_eq!((status, &problem["error"]), (StatusCode::NOT_FOUND, &json!("Job not found")), "{path}");
    }
}

#[tokio::test]
async fn the_case_of_the_host_does_not_count() {
    let world = World::new().await;
    for (host, status) in
        [("LocalHost:3000", 200), ("LOCALHOST", 200), ("localhost.evil.example", 404), ("Evil.example", 404)]
    {
        let response = world.request(Method::GET, "/jobs").header("host", host).send().await.unwrap();
        assert_eq!(response.status(), status, "{host}");
    }
}

#[tokio::test]
async fn malformed_chunks_are_a_bad_request_and_not_a_body_that_is_too_large() {
    let world = World::new().await;
    let head = "POST /api/report-builder/jobs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ada\r\n\
                Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    let (status, body) = raw(&world, &format!("{head}zz\r\n{{}}\r\n0\r\n\r\n")).await;
    assert_eq!(status, "HTTP/1.1 400 Bad Request", "{body}");
    assert!(body.contains("INVALID_REQUEST") && body.contains("chunks"), "{body}");
    let (status, _) = raw(&world, &format!("{head}2\r\n{{}}\r\n0\r\n\r\n")).await;
    assert_eq!(status, "HTTP/1.1 400 Bad Request", "a body without its fields is read");
}
