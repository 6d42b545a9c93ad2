//! Lists of jobs: their pages, their filters and their cost.

use std::collections::HashSet;

use domain::{
    ids::{BlockId, DocumentId, JobId},
    job::{
        Job,
        apply_mode::ApplyMode,
        failure::Failure,
        lifecycle::{self, NewJob},
        policy::JobPolicy,
        result::{JobResult, SourceCounts},
        status::{JobStatus, JobType},
    },
};
use rand::{RngExt as _, SeedableRng as _, rngs::SmallRng};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::jobs::{
    complete::{Committed, Completion},
    create::{Created, NewJobWrite},
    list::{JobFilter, MOST_LOOKED_AT},
};

use crate::world::{World, answer};

async fn all(world: &World, query: &str) -> Vec<Value> {
    all_from(world, query, None).await
}

async fn all_from(world: &World, query: &str, start: Option<&str>) -> Vec<Value> {
    let mut jobs = Vec::new();
    let mut cursor = start.map(|start| format!("&cursor={start}")).unwrap_or_default();
    loop {
        let (status, page) = answer(world.request(Method::GET, &format!("/jobs?{query}{cursor}"))).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        jobs.extend(page["jobs"].as_array().unwrap().iter().cloned());
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return jobs,
        }
    }
}

fn ids(jobs: &[Value]) -> Vec<String> {
    jobs.iter().map(|job| job["jobId"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn pages_show_every_job_once_newest_first_while_new_jobs_arrive() {
    let world = World::new().await;
    let mut created = Vec::new();
    for _ in 0..20 {
        created.push(world.create(&world.analyze_body()).await.to_string());
    }
    created.reverse();
    for limit in [1, 7, 20, 100] {
        assert_eq!(ids(&all(&world, &format!("limit={limit}")).await), created, "limit {limit}");
    }
    let (_, first) = answer(world.request(Method::GET, "/jobs?limit=7")).await;
    world.create(&world.analyze_body()).await;
    let rest = all_from(&world, "limit=7", first["nextCursor"].as_str()).await;
    let seen: Vec<_> = ids(first["jobs"].as_array().unwrap()).into_iter().chain(ids(&rest)).collect();
    assert_eq!(seen, created);
}

#[tokio::test]
async fn filters_combine_and_cursors_belong_to_their_filters_and_users() {
    let world = World::new().await;
    let other = crate::world::seed(&world.runner, "ada").await;
    let elsewhere = json!({"type": "ANALYZE", "documentId": other.document.id.to_string()});
    for _ in 0..3 {
        world.create_beside().await;
        world.create(&world.analyze_body()).await;
        world.create(&elsewhere).await;
    }
    world.runner.drain().await.unwrap();
    for _ in 0..2 {
        world.create_beside().await;
    }
    let document = world.seeded.document.id;
    let block = world.seeded.unwritten().id;
    let cases = [
        (String::new(), 11),
        (format!("documentId={document}"), 8),
        (format!("documentId={}", other.document.id), 3),
        (format!("blockId={block}"), 5),
        (format!("documentId={document}&type=ANALYZE"), 3),
        ("status=PENDING".to_owned(), 2),
        ("status=PENDING,COMPLETED&type=GENERATE".to_owned(), 5),
        (format!("documentId={document}&blockId={block}&status=COMPLETED&type=GENERATE,REFINE"), 3),
        ("status=FAILED".to_owned(), 0),
        ("status=PENDING&status=COMPLETED&type=GENERATE".to_owned(), 5),
    ];
    for (filter, count) in cases {
        for limit in [2, 50] {
            let jobs = all(&world, &format!("{filter}&limit={limit}")).await;
            let unique: HashSet<_> = ids(&jobs).into_iter().collect();
            assert_eq!((jobs.len(), unique.len()), (count, count), "{filter} limit {limit}");
        }
    }
    let (_, page) = answer(world.request(Method::GET, "/jobs?limit=2&type=GENERATE")).await;
    let cursor = page["nextCursor"].as_str().unwrap();
    let (status, _) = answer(world.request(Method::GET, &format!("/jobs?limit=2&cursor={cursor}"))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "other filters");
    let (status, _) =
        answer(world.request_as("bob", Method::GET, &format!("/jobs?limit=2&type=GENERATE&cursor={cursor}"))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "another user");
}

#[tokio::test]
async fn the_newest_job_of_a_block_is_found_behind_many_newer_jobs() {
    let world = World::new().await;
    let wanted = world.create(&world.generate_body()).await.to_string();
    for _ in 0..60 {
        world.create(&world.analyze_body()).await;
    }
    let block = world.seeded.unwritten().id;
    let (_, page) = answer(world.request(Method::GET, &format!("/jobs?limit=1&blockId={block}"))).await;
    assert_eq!(ids(page["jobs"].as_array().unwrap()), [wanted]);
}

/// A page is filled from as many jobs as it takes, and is short only at the end.
#[tokio::test]
async fn running_jobs_behind_many_newer_waiting_ones_fill_the_page() {
    let world = World::new().await;
    let mut running = Vec::new();
    for _ in 0..24 {
        let id = world.create(&world.analyze_body()).await;
        world.runner.store.claim(&world.user, id, &JobPolicy::default(), world.runner.clock.now()).await.unwrap();
        running.insert(0, id.to_string());
    }
    for _ in 0..120 {
        world.create(&world.analyze_body()).await;
    }
    for limit in [1, 10, 25, 50] {
        let (_, page) = answer(world.request(Method::GET, &format!("/jobs?status=PROCESSING&limit={limit}"))).await;
        let found = ids(page["jobs"].as_array().unwrap());
        assert_eq!(found, running[..limit.min(24)], "limit {limit}");
        assert_eq!(page["nextCursor"].is_string(), limit < 24, "limit {limit}");
    }
}

#[tokio::test]
async fn a_page_fits_into_a_lambda_response() {
    let world = World::new().await;
    let mut body = world.analyze_body();
    body["prompt"] = json!("\u{1}".repeat(10_000));
    for _ in 0..60 {
        world.create(&body).await;
    }
    let response = world.request(Method::GET, "/jobs?limit=100").send().await.unwrap();
    assert!(response.text().await.unwrap().len() < 3 * 1024 * 1024);
    assert_eq!(all(&world, "limit=100").await.len(), 60);
}

#[tokio::test]
async fn listed_jobs_have_no_text() {
    let world = World::new().await;
    world.run(&world.generate_body()).await;
    let jobs = all(&world, "limit=10").await;
    assert!(jobs[0]["result"].get("content").is_none());
    assert!(jobs[0]["result"].get("citations").is_none());
    assert_eq!(jobs[0]["result"]["evidenceCount"], 12);
}

/// Stores random jobs of every type and status, on two documents and four blocks, without messages.
async fn store_jobs(world: &World, targets: &[(DocumentId, BlockId)], count: usize, random: &mut SmallRng) -> Vec<Job> {
    let store = &world.runner.store;
    let policy = JobPolicy::default();
    let mut jobs = Vec::new();
    for _ in 0..count {
        // Ids of one millisecond are in order up to 4,096, all tests together.
        let now = world.runner.clock.now();
        let (document_id, block) = targets[random.random_range(0..targets.len())];
        let job_type = JobType::ALL[random.random_range(0..3)];
        let new = NewJob {
            user: world.user.clone(),
            job_type,
            document_id: Some(document_id),
            block_id: (job_type != JobType::Analyze || random.random_bool(0.5)).then_some(block),
            prompt: None,
            apply_mode: ApplyMode::default(),
            retry_of: None,
            request: None,
        };
        let mut job = lifecycle::create(new.clone(), &policy, now);
        let reads = store.new_job_reads(&new, None, now).await.unwrap();
        let previous_job = reads.previous_job.map(|job| job.id);
        let write = NewJobWrite { job: &job, previous_job, superseded: None, idempotency: None, inline_input: None };
        assert_eq!(store.create_jobs(&[write]).await.unwrap(), Created::Written);
        let end = random.random_range(0..4);
        if end == 0 {
            jobs.push(job);
            continue;
        }
        let claim = store.claim(&world.user, job.id, &policy, now).await.unwrap();
        job = claim.job.clone();
        if end == 2 {
            job = store.fail(&claim, &Failure::refused(None), now).await.unwrap();
        } else if end == 3 {
            let result = JobResult {
                unknown_evidence_ids: Vec::new(),
                output: None,
                tokens_used: 1,
                sources: SourceCounts::default(),
                model: "test".to_owned(),
                notices: Vec::new(),
            };
            let completion = Completion { result, now };
            let Committed::Written(done) = store.complete(&claim, &claim.job, &completion, None).await.unwrap() else {
                panic!()
            };
            job = *done;
        }
        jobs.push(job);
    }
    jobs.reverse();
    jobs
}

/// Every combination of no value, one value and several values of the four filters.
fn combinations(targets: &[(DocumentId, BlockId)]) -> Vec<JobFilter> {
    let documents = [None, Some(targets[0].0)];
    let blocks = [None, Some(targets[0].1), Some(targets[3].1)];
    let statuses = [
        vec![],
        vec![JobStatus::Pending],
        vec![JobStatus::Processing, JobStatus::Failed],
        vec![JobStatus::Pending, JobStatus::Processing, JobStatus::Completed, JobStatus::Failed],
    ];
    let types = [vec![], vec![JobType::Refine], vec![JobType::Generate, JobType::Analyze]];
    let mut filters = Vec::new();
    for document_id in documents {
        for block_id in blocks {
            for statuses in &statuses {
                for types in &types {
                    let (statuses, types) = (statuses.clone(), types.clone());
                    filters.push(JobFilter { document_id, block_id, statuses, types });
                }
            }
        }
    }
    filters
}

fn matches(filter: &JobFilter, job: &Job) -> bool {
    filter.document_id.is_none_or(|document| job.document_id == Some(document))
        && filter.block_id.is_none_or(|block| job.block_id == Some(block))
        && (filter.statuses.is_empty() || filter.statuses.contains(&job.status()))
        && (filter.types.is_empty() || filter.types.contains(&job.job_type))
}

/// Reads all pages of a list. Returns the ids and the read units of the most expensive page.
async fn walk(world: &World, filter: &JobFilter, limit: usize) -> (Vec<JobId>, f64) {
    let (mut ids, mut highest_cost, mut after) = (Vec::new(), 0_f64, None);
    loop {
        let (store, meter) = world.runner.store.metered();
        let page = store.jobs(&world.user, filter, limit, after).await.unwrap();
        assert!(page.items.len() <= limit);
        highest_cost = highest_cost.max(meter.read_units());
        ids.extend(page.items.iter().map(|job| job.id));
        match page.next {
            Some(next) => after = Some(next.parse().unwrap()),
            None => return (ids, highest_cost),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_lists_a_thousand_jobs_completely_while_two_hundred_more_arrive() {
    let world = World::new().await;
    let other = crate::world::seed(&world.runner, "ada").await;
    let targets: Vec<(DocumentId, BlockId)> = world.seeded.blocks[1..3]
        .iter()
        .chain(&other.blocks[1..3])
        .map(|block| (block.document_id, block.id))
        .collect();
    let mut random = SmallRng::seed_from_u64(7);
    let known = store_jobs(&world, &targets, 1_000, &mut random).await;
    let filters = combinations(&targets);

    // 200 more jobs arrive while the pages are read from the store.
    let arriving = store_jobs(&world, &targets, 200, &mut random);
    let paging = async {
        let mut highest_cost = Vec::new();
        for filter in &filters {
            let expected: Vec<JobId> = known.iter().filter(|job| matches(filter, job)).map(|job| job.id).collect();
            let (ids, cost) = walk(&world, filter, 25).await;
            let unique: HashSet<_> = ids.iter().collect();
            assert_eq!(unique.len(), ids.len(), "no job twice: {filter:?}");
            let known_ids: Vec<JobId> = ids.iter().copied().filter(|id| known[0].id >= *id).collect();
            assert_eq!(known_ids, expected, "none missing, newest first: {filter:?}");
            highest_cost.push(cost);
        }
        highest_cost
    };
    let (_, highest_cost) = tokio::join!(arriving, paging);
    println!("read units of the most expensive page with limit=25, of 1,000 jobs:");
    for (filter, cost) in filters.iter().zip(&highest_cost) {
        let JobFilter { document_id, block_id, statuses, types } = filter;
        println!(
            "  {cost:>6.1}  document {} block {} status {statuses:?} type {types:?}",
            document_id.is_some(),
            block_id.is_some()
        );
    }
    // A job that is found in an index is read by its key, which takes one read unit.
    assert!(highest_cost.into_iter().all(|cost| cost <= MOST_LOOKED_AT as f64), "the cost of a page is bounded");
}

#[tokio::test]
async fn long_prompts_do_not_make_a_page_expensive() {
    let world = World::new().await;
    let (store, now) = (&world.runner.store, world.runner.clock.now());
    for _ in 0..300 {
        let new = NewJob {
            user: world.user.clone(),
            job_type: JobType::Analyze,
            document_id: Some(world.seeded.document.id),
            block_id: None,
            prompt: Some("語".repeat(10_000)),
            apply_mode: ApplyMode::default(),
            retry_of: None,
            request: None,
        };
        let job = lifecycle::create(new, &JobPolicy::default(), now);
        let write =
            NewJobWrite { job: &job, previous_job: None, superseded: None, idempotency: None, inline_input: None };
        assert_eq!(store.create_jobs(&[write]).await.unwrap(), Created::Written);
    }
    let none = JobFilter { statuses: vec![JobStatus::Failed], ..JobFilter::default() };
    for filter in [none.clone(), JobFilter { document_id: Some(world.seeded.document.id), ..none }] {
        let (ids, highest_cost) = walk(&world, &filter, 25).await;
        assert_eq!(ids, []);
        println!("read units of a page of jobs with long prompts: {highest_cost}");
        assert!(highest_cost <= 4_000.0, "{highest_cost}");
    }
}
