//! Every operation of the store follows the rules of the lifecycle, in every state of a job.

use domain::{
    ids::LeaseToken,
    job::{
        Claim, Job,
        failure::Failure,
        lifecycle::{self, TransitionError},
        policy::JobPolicy,
        progress::Phase,
        result::Usage,
    },
};
use jiff::SignedDuration;
use store::{ChangeError, jobs::complete::Committed};

use super::races::completion;
use crate::world::World;

/// A completion without its text, which is stored beside the job.
fn done(now: jiff::Timestamp) -> store::jobs::complete::Completion {
    let mut completion = completion(now);
    completion.result.output = None;
    completion
}

/// A job in this state, and the token of the worker that holds or held it.
async fn put_into(world: &World, state: &str) -> (Job, LeaseToken) {
    let store = &world.runner.store;
    let now = world.runner.clock.now();
    let id = world.create(&world.generate_body()).await;
    let policy = JobPolicy::default();
    if state == "pending" {
        return (world.job(id).await, LeaseToken::new());
    }
    let claim = store.claim(&world.user, id, &policy, now).await.unwrap();
    let job = match state {
        "mine" => claim.job,
        "other's" => return (claim.job, LeaseToken::new()),
        "completed" => match store.complete(&claim, &claim.job, &done(now), None).await.unwrap() {
            Committed::Written(job) => *job,
            other => panic!("{other:?}"),
        },
        "failed" => store.fail(&claim, &Failure::refused(None), now).await.unwrap(),
        "cancelled" => store.cancel(&world.user, id, now).await.unwrap(),
        other => panic!("{other}"),
    };
    (job, claim.token)
}

fn rule_error(written: Result<Job, ChangeError>) -> Result<Job, TransitionError> {
    written.map_err(|error| match error {
        ChangeError::TransitionRejected(rejected) => rejected.error,
        other => panic!("{other}"),
    })
}

#[tokio::test]
async fn every_operation_follows_the_lifecycle_rules_in_every_state() {
    let world = World::new().await;
    let store = &world.runner.store;
    let policy = JobPolicy::default();
    let user = &world.user;
    let again = lifecycle::Retry { after: SignedDuration::from_secs(1), detail: None };
    let mut last = None;
    for state in ["pending", "mine", "other's", "completed", "failed", "cancelled"] {
        for operation in ["claim", "heartbeat", "complete", "fail", "release for retry", "cancel", "expire", "sweep"] {
            // A block has at most one job in flight, so end the previous one.
            if let Some(last) = last {
                store.cancel(user, last, world.runner.clock.now()).await.ok();
            }
            let (job, mine) = put_into(&world, state).await;
            last = Some(job.id);
            let now = world.runner.clock.now();
            let progress = lifecycle::progress(Phase::Generating, 50, "Drafting", now);
            let done = done(now);
            let claim = Claim { job: job.clone(), token: mine, usage: None };
            let (rule, written) = match operation {
                "claim" => {
                    let claimed = store.claim(user, job.id, &policy, now).await;
                    let token = claimed.as_ref().map_or_else(|_| LeaseToken::new(), |claim| claim.token);
                    (lifecycle::claim(&job, token, &policy, now), rule_error(claimed.map(|claim| claim.job)))
                }
                "heartbeat" => (
                    lifecycle::heartbeat(&job, policy.lease(mine, now), progress.clone(), None, now),
                    rule_error(store.heartbeat(&claim, progress, &policy, now).await),
                ),
                "complete" => (
                    lifecycle::complete(&job, mine, done.result.clone(), now),
                    rule_error(store.complete(&claim, &claim.job, &done, None).await.map(
                        |committed| match committed {
                            Committed::Written(job) => *job,
                            other => panic!("{other:?}"),
                        },
                    )),
                ),
                "fail" => (
                    lifecycle::fail(&job, mine, Failure::refused(None), now),
                    rule_error(store.fail(&claim, &Failure::refused(None), now).await),
                ),
                "release for retry" => (
                    lifecycle::release_for_retry(&job, mine, &again, &policy, now),
                    rule_error(store.release_for_retry(&claim, &again, &policy, now).await),
                ),
                "cancel" => (lifecycle::cancel(&job, now), rule_error(store.cancel(user, job.id, now).await)),
                "expire" => {
                    (lifecycle::expire(&job, &policy, now), rule_error(store.expire(user, job.id, &policy, now).await))
                }
                "sweep" => (
                    lifecycle::sweep(&job, &policy, now).map(|remedy| match remedy {
                        lifecycle::Remedy::Resend(job) | lifecycle::Remedy::End(job) => *job,
                    }),
                    rule_error(store.sweep(user, job.id, &policy, now).await.map(|(job, _)| job)),
                ),
                other => panic!("{other}"),
            };
            assert_eq!(rule, written, "{operation} a job that is {state}");
            let stored = world.job(job.id).await;
            assert_eq!(stored, rule.unwrap_or(job), "stored job after {operation} of a job that is {state}");
        }
    }
}

/// The copy of a worker that has lost its lease already has what it spent. The stored job does not: the worker noticed its
/// loss in a read that was too old to show it.
#[tokio::test]
async fn the_cost_of_a_worker_that_has_lost_its_lease_is_stored() {
    let world = World::new().await;
    let (store, policy, now) = (&world.runner.store, JobPolicy::default(), world.runner.clock.now());
    let id = world.create(&world.generate_body()).await;
    let usage = |cost_micro_usd| Usage { cost_micro_usd, ..Usage::default() };
    let first = store.claim(&world.user, id, &policy, now).await.unwrap();
    let later = now + policy.lease * 2;
    let mut second = store.claim(&world.user, id, &policy, later).await.unwrap();
    second.usage = Some(usage(30));
    let progress = lifecycle::progress(Phase::Generating, 50, "Drafting", later);
    store.heartbeat(&second, progress, &policy, later).await.unwrap();

    let mut own_copy = first.job.clone();
    own_copy.usage.set(first.job.attempt, Some(usage(700)));
    store.record_late_usage(&first, own_copy, usage(700), later).await.unwrap();
    assert_eq!(world.job(id).await.usage.total().unwrap().cost_micro_usd, 730);
}
