//! The runner serves the web page at all of its paths, with a content security policy, and still answers the API.

use domain::job::status::JobStatus;
use local::runner::RunnerOptions;
use reqwest::{Response, StatusCode, header};

use crate::{
    programs::scratch,
    world::{World, http, options},
};

const POLICY: &str = "content-security-policy";

async fn browse(world: &World, path: &str) -> Response {
    let request = http().get(format!("{}{path}", world.runner.url()));
    request.header(header::ACCEPT, "text/html,application/xhtml+xml").send().await.unwrap()
}

fn built(name: &str) -> std::path::PathBuf {
    let folder = scratch(name);
    std::fs::create_dir_all(folder.join("assets")).unwrap();
    std::fs::write(folder.join("index.html"), r#"<meta name="csp-nonce" content="__NONCE__">"#).unwrap();
    std::fs::write(folder.join("assets/page-1.js"), "x".repeat(4_000)).unwrap();
    folder
}

#[tokio::test]
async fn a_browser_gets_the_page_at_any_path_with_a_fresh_nonce() {
    let folder = built("page-paths");
    let world = World::with(RunnerOptions { page: folder.clone(), ..options() }).await;
    let mut nonces = std::collections::BTreeSet::new();
    for path in ["/", "/documents/0198", "/library?tab=goals"] {
        let page = browse(&world, path).await;
        assert_eq!(page.status(), StatusCode::OK, "{path}");
        let policy = page.headers()[POLICY].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self' 'nonce-"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        let html = page.text().await.unwrap();
        let nonce = html.split('"').nth(3).unwrap().to_owned();
        assert!(nonce.len() == 32 && policy.contains(&format!("'nonce-{nonce}'")), "{policy} {html}");
        nonces.insert(nonce);
    }
    assert_eq!(nonces.len(), 3, "a nonce is used once");
}

#[tokio::test]
async fn scripts_are_compressed_and_cached_and_no_other_file_is_served() {
    let folder = built("page-files");
    std::fs::write(folder.join("secret.txt"), "not to be had").unwrap();
    let world = World::with(RunnerOptions { page: folder.clone(), ..options() }).await;
    let script = format!("{}/assets/page-1.js", world.runner.url());
    let tls = claude::client::tls().unwrap();
    let as_sent = reqwest::Client::builder().no_proxy().no_gzip().tls_backend_preconfigured(tls).build().unwrap();
    let answer = as_sent.get(&script).header(header::ACCEPT_ENCODING, "gzip").send().await.unwrap();
    assert_eq!(answer.headers()[header::CONTENT_ENCODING], "gzip");
    assert!(answer.headers()[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
    assert!(answer.bytes().await.unwrap().len() < 400);
    for path in ["/secret.txt", "/assets/../secret.txt", "/assets/%2e%2e/secret.txt", "/assets/..%2fsecret.txt"] {
        let text = http().get(format!("{}{path}", world.runner.url())).send().await.unwrap().text().await.unwrap();
        assert!(!text.contains("not to be had"), "{path}: {text}");
    }
    let foreign = http().get(script).header(header::HOST, "evil.example").send().await.unwrap();
    assert_eq!(foreign.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn without_a_built_page_the_api_works_and_the_runner_says_how_to_build_the_page() {
    let folder = scratch("page-none");
    let world = World::with(RunnerOptions { page: folder.clone(), ..options() }).await;
    let page = browse(&world, "/").await.text().await.unwrap();
    assert!(page.contains("make web") && page.contains("/docs"), "{page}");
    let api = browse(&world, "/api/nothing").await;
    assert_eq!(api.headers()[header::CONTENT_TYPE], "application/problem+json", "the API's own 404");
    // At `/` there is nothing but the page, so every client gets it there.
    for method in [reqwest::Method::GET, reqwest::Method::HEAD] {
        let plain = http().request(method, format!("{}/", world.runner.url())).send().await.unwrap();
        assert_eq!(plain.status(), StatusCode::OK);
        assert_eq!(plain.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8");
    }
    let elsewhere = http().get(format!("{}/documents", world.runner.url())).send().await.unwrap();
    assert_eq!(elsewhere.status(), StatusCode::NOT_FOUND, "a client that asks for no page gets the API's 404");
}

#[tokio::test]
async fn every_response_has_a_policy_and_a_fixed_content_type() {
    let folder = built("page-policy");
    let world = World::with(RunnerOptions { page: folder, ..options() }).await;
    let paths = ["/", "/docs/", "/docs/swagger-ui.css", "/openapi.json", "/assets/page-1.js", "/assets/none.js"];
    for path in
        [&paths[..], &["/favicon.svg", "/healthz", "/nowhere", "/api/report-builder/jobs", "/api/nothing"]].concat()
    {
        let response = http().get(format!("{}{path}", world.runner.url())).send().await.unwrap();
        let policy = response.headers()[POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
    }
}

/// A browser sends a POST without a body for any page, and asks nobody before.
#[tokio::test]
async fn the_page_of_another_site_changes_nothing() {
    let world = World::new().await;
    let job = world.create(&world.generate_body()).await;
    let from = async |origin: &'static str| {
        let request = world.request(reqwest::Method::DELETE, &format!("/jobs/{job}"));
        request.header(header::ORIGIN, origin).header("sec-fetch-site", "cross-site").send().await.unwrap().status()
    };
    assert_eq!(from("https://evil.example").await, StatusCode::NOT_FOUND);
    assert_eq!(world.runner.store.job(&world.user, job).await.unwrap().unwrap().status(), JobStatus::Pending);
    assert_eq!(from("http://localhost:5173").await, StatusCode::OK);
}

#[tokio::test]
async fn only_their_owner_reads_the_stored_reviews() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let dir = scratch("private").join("data");
    let start = async || World::with(RunnerOptions { data_dir: Some(dir.clone()), ..options() }).await;
    drop(start().await);
    assert_eq!(mode(&dir), 0o700);
    // As an earlier release has left it.
    let database = dir.join(local::aws::DATABASE_FILE);
    std::fs::set_permissions(&database, std::fs::Permissions::from_mode(0o644)).unwrap();
    let other = scratch("private-again");
    std::fs::copy(&database, other.join(local::aws::DATABASE_FILE)).unwrap();
    let world = World::with(RunnerOptions { data_dir: Some(other.clone()), ..options() }).await;
    for file in std::fs::read_dir(&other).unwrap().map(|file| file.unwrap().path()) {
        assert!(file.ends_with("lock") || mode(&file) == 0o600, "{} {:o}", file.display(), mode(&file));
    }
    drop(world);
}
