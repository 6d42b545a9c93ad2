//! One schedule: the service, its users, and everything that goes wrong, all drawn from one seed.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use domain::random;
use rand::RngExt as _;
use tokio::{task::JoinSet, time::sleep};

use crate::{
    chance::{CallId, Chance, Fault},
    check,
    history::History,
    leaver::Leaver,
    mutation::Mutation,
    network::Network,
    platform::{Platform, Prototype},
    process::Epoch,
    sqs::Sqs,
    story::Story,
    table::Table,
    user::User,
};

/// What a schedule is made of. The seed says it all; the rest leaves parts out.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub seed: u64,
    /// The only calls that may have a fault. `None`: all.
    pub only: Option<BTreeSet<CallId>>,
    /// Steps of users that are left out.
    pub without: BTreeSet<(String, usize)>,
    pub mutation: Option<Mutation>,
}

impl Plan {
    pub fn mutated(seed: u64, mutation: Mutation) -> Self {
        Self { seed, mutation: Some(mutation), ..Self::default() }
    }
}

/// How a schedule went.
#[derive(Debug)]
pub struct Outcome {
    pub violations: Vec<String>,
    pub story: Story,
    pub faults: Vec<(CallId, Fault)>,
    /// How often each kind of fault or refusal happened.
    pub counts: BTreeMap<&'static str, usize>,
    pub steps: BTreeSet<(String, usize)>,
}

thread_local! {
    /// Panics of the schedule that runs on this thread, in whatever task.
    static PANICS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// From now on, schedules take note of every panic. A function that catches a panic of its own would hide it.
pub fn note_panics() {
    std::panic::set_hook(Box::new(|panic| PANICS.with_borrow_mut(|panics| panics.push(panic.to_string()))));
}

/// The longest that a schedule may take to come to rest, in its own time.
const PATIENCE: Duration = Duration::from_secs(100 * 60);

/// Runs a schedule in a runtime of its own, whose time passes only while everything waits.
pub fn run(plan: &Plan, prototype: &Arc<Prototype>) -> Outcome {
    random::seed(plan.seed);
    fastrand::seed(plan.seed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let guard = runtime.enter();
    let epoch = Epoch::now();
    let story = Story::new(epoch);
    drop(guard);
    let ran = catch_unwind(AssertUnwindSafe(|| runtime.block_on(live(plan, prototype, epoch, &story))));
    let (faults, steps) = ran.unwrap_or_default();
    // What else is violated follows from a panic.
    let mut violations: Vec<String> =
        PANICS.take().into_iter().map(|panic| format!("nothing panics: {panic}")).collect();
    violations.extend(story.violations());
    Outcome { violations, counts: story.counts(), story, faults, steps }
}

type Lived = (Vec<(CallId, Fault)>, BTreeSet<(String, usize)>);

async fn live(plan: &Plan, prototype: &Arc<Prototype>, epoch: Epoch, story: &Story) -> Lived {
    let chance = Arc::new(Chance::new(plan.seed, plan.only.clone()));
    let sqs = Sqs::new(Arc::clone(&chance), &prototype.queues, story.clone()).await;
    let table = Table::new(&prototype.create_table, story.clone());
    table.set_budgets(chance.budgets);
    let network = Network::new(Arc::clone(&chance), table, sqs, story.clone(), plan.mutation);
    let platform = Platform::new(Arc::clone(prototype), network.clone(), epoch);
    let history = History::new(story.clone());
    let mut draw = chance.of("users", 0);
    let mut tabs = JoinSet::new();
    let mut steps = BTreeSet::new();
    let mut users = Vec::new();
    for name in ["ada", "grace"].into_iter().take(if draw.random_bool(0.3) { 2 } else { 1 }) {
        let mut user = User::create(&platform, name, &history).await;
        user.without = Arc::new(plan.without.clone());
        users.push(user);
    }
    let mut leaver = None;
    if chance.of("leaver", 0).random_bool(0.15) {
        let mut created = Leaver::create(&platform).await;
        created.user.without = Arc::new(plan.without.clone());
        users.push(created.user.clone());
        leaver = Some(created);
    }
    network.set_faults(true);
    for user in users {
        for tab in 0..draw.random_range(1..=2) {
            let count = draw.random_range(2..=6);
            steps.extend((0..count).map(|step| (format!("{}/{tab}", user.name), step)));
            tabs.spawn(user.clone().tab(tab, count));
        }
    }
    if let Some(leaver) = &leaver {
        tabs.spawn(Leaver::leave(leaver.user.clone()));
    }
    let mut services = JoinSet::new();
    services.spawn(platform.clone().deliver(false));
    services.spawn(platform.clone().deliver(true));
    services.spawn(platform.clone().sweep());
    let calm = network.clone();
    let stormy = Duration::from_secs(draw.random_range(30..600));
    services.spawn(async move {
        sleep(stormy).await;
        calm.story().tell("", "from now on nothing goes wrong");
        calm.set_faults(false);
        std::future::pending::<()>().await;
    });
    let rest = async {
        while let Some(tab) = tabs.join_next().await {
            tab.unwrap();
        }
        while !check::is_at_rest(&platform).await {
            sleep(Duration::from_secs(20)).await;
        }
    };
    if tokio::time::timeout(PATIENCE, rest).await.is_err() {
        story.violated("everything comes to rest", "something is left after 100 minutes");
    }
    check::check(&platform, &history, leaver.as_ref().map(|leaver| leaver.partition.as_str()));
    if let Some(leaver) = leaver {
        leaver.check().await;
    }
    (network.happened(), steps)
}
