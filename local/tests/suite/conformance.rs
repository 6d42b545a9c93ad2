//! The store's verbs do in DynamoDB what the rules of a job's life say, in every state.

use domain::{
    failure::Failure,
    ids::LeaseToken,
    job::{Job, Phase},
    life::{self, Refusal, Terms},
};
use jiff::SignedDuration;
use store::{ChangeError, commit::Committed};

use crate::{races::completion, world::World};

async fn put_into(world: &World, state: &str, mine: LeaseToken) -> Job {
    let store = &world.runner.store;
    let now = world.runner.clock.now();
    let id = world.create(&world.generate_body()).await;
    let terms = Terms::default();
    let token = if state == "other's" { LeaseToken::new() } else { mine };
    if state == "pending" {
        return world.job(id).await;
    }
    let held = store.claim(&world.user, id, token, &terms, now).await.unwrap();
    match state {
        "mine" | "other's" => held,
        "completed" => match store.complete(&held, &completion(token, now), None).await.unwrap() {
            Committed::Yes(job) => *job,
            other => panic!("{other:?}"),
        },
        "failed" => store.fail(&held, token, &Failure::refused(), None, now).await.unwrap(),
        "cancelled" => store.cancel(&world.user, id, now).await.unwrap(),
        other => panic!("{other}"),
    }
}

fn refusal(written: Result<Job, ChangeError>) -> Result<Job, Refusal> {
    written.map_err(|error| match error {
        ChangeError::Refused(refused) => refused.refusal,
        other => panic!("{other}"),
    })
}

#[tokio::test]
async fn every_verb_in_every_state_does_what_the_rules_say_and_reads_back_the_same() {
    let world = World::new().await;
    let store = &world.runner.store;
    let terms = Terms::default();
    let user = &world.user;
    let again = life::Retry { after: SignedDuration::from_secs(1), detail: None };
    let mut last = None;
    for state in ["pending", "mine", "other's", "completed", "failed", "cancelled"] {
        for verb in
            ["claim", "claim again", "heartbeat", "complete", "fail", "give back", "cancel", "expire", "bury", "sweep"]
        {
            let mine = LeaseToken::new();
            // One job at a time on the block.
            if let Some(last) = last {
                store.cancel(user, last, world.runner.clock.now()).await.ok();
            }
            let job = put_into(&world, state, mine).await;
            last = Some(job.id);
            let now = world.runner.clock.now();
            let stranger = LeaseToken::new();
            let progress = life::progress(Phase::Generating, 50, "Drafting", now);
            let done = completion(mine, now);
            let (rule, written) = match verb {
                "claim" => (
                    life::claim(&job, stranger, Some(1), &terms, now),
                    refusal(store.claim(user, job.id, stranger, &terms, now).await),
                ),
                "claim again" => (
                    life::claim(&job, mine, Some(1), &terms, now),
                    refusal(store.claim(user, job.id, mine, &terms, now).await),
                ),
                "heartbeat" => (
                    life::heartbeat(&job, mine, progress.clone(), None, &terms, now),
                    refusal(store.heartbeat(&job, mine, progress, None, &terms, now).await),
                ),
                "complete" => (
                    life::complete(&job, mine, done.result.clone(), None, now),
                    refusal(store.complete(&job, &done, None).await.map(|committed| match committed {
                        Committed::Yes(job) => *job,
                        other => panic!("{other:?}"),
                    })),
                ),
                "fail" => (
                    life::fail(&job, mine, Failure::refused(), now),
                    refusal(store.fail(&job, mine, &Failure::refused(), None, now).await),
                ),
                "give back" => (
                    life::give_back(&job, mine, &again, &terms, now),
                    refusal(store.give_back(&job, mine, &again, None, &terms, now).await),
                ),
                "cancel" => (life::cancel(&job, now), refusal(store.cancel(user, job.id, now).await)),
                "expire" => (life::expire(&job, now), refusal(store.expire(user, job.id, now).await)),
                "bury" => (life::bury(&job, now), refusal(store.bury(user, job.id, now).await)),
                "sweep" => (
                    life::sweep(&job, &terms, now).map(|remedy| match remedy {
                        life::Remedy::Resend(job) | life::Remedy::End(job) => *job,
                    }),
                    refusal(store.sweep(user, job.id, &terms, now).await.map(|(job, _)| job)),
                ),
                other => panic!("{other}"),
            };
            assert_eq!(rule, written, "{verb} a job that is {state}");
            let stored = world.job(job.id).await;
            assert_eq!(stored, rule.unwrap_or(job), "what is stored after {verb} a job that is {state}");
        }
    }
}
