//! Cancelling: final at once, and never overwritten by a late worker.

use local::offline_writer::{Behaviour, Gate};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::world::{World, answer};

#[tokio::test]
async fn a_pending_job_is_cancelled_and_never_runs() {
    let world = World::new().await;
    let id = world.create(&world.generate_body()).await;
    let path = format!("/jobs/{id}");
    let (status, first) = answer(world.request(Method::DELETE, &path)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!((&first["success"], &first["message"]), (&json!(true), &json!("Job cancelled")));
    assert_eq!((&first["status"], &first["statusReason"]), (&json!("FAILED"), &json!("CANCELLED")));
    assert_eq!(first["error"], "Job cancelled by user");
    let (status, second) = answer(world.request(Method::DELETE, &path)).await;
    assert_eq!((status, second), (StatusCode::OK, first));

    world.runner.drain().await.unwrap();
    assert_eq!(world.shown(id).await["statusReason"], "CANCELLED");
    assert!(world.journal().requests().is_empty(), "Claude was not asked");
    assert_eq!(world.unwritten().await, (None, 0));
}

#[tokio::test]
async fn cancelling_a_running_job_closes_the_connection_to_claude_and_keeps_its_usage() {
    let world = World::new().await;
    let gate = Gate::default();
    world.script([Behaviour::Stall(gate.clone())]);
    let id = world.create(&world.generate_body()).await;
    let (drained, ()) = tokio::join!(world.runner.drain(), async {
        gate.arrived().await;
        assert_eq!(world.shown(id).await["status"], "PROCESSING");
        let (status, _) = answer(world.request(Method::DELETE, &format!("/jobs/{id}"))).await;
        assert_eq!(status, StatusCode::OK);
        world.journal().connection_closed().await;
    });
    drained.unwrap();
    let job = world.shown(id).await;
    assert_eq!((&job["status"], &job["statusReason"]), (&json!("FAILED"), &json!("CANCELLED")));
    assert!(job["usage"]["inputTokens"].as_u64().unwrap() > 0, "{job}");
    assert_eq!(world.unwritten().await, (None, 0));
}

#[tokio::test]
async fn a_finished_job_is_not_cancelled() {
    let world = World::new().await;
    let job = world.run(&world.generate_body()).await;
    let (status, body) =
        answer(world.request(Method::DELETE, &format!("/jobs/{}", job["jobId"].as_str().unwrap()))).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(body["code"], "JOB_FINISHED");
    assert_eq!(body["error"], "The job is COMPLETED and can no longer be cancelled.");
}
