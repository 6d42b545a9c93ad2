//! What goes wrong, drawn from the seed.
//!
//! A draw depends on the seed, on the process that makes a call, and on the number of the call. So a fault can be left out
//! of a schedule, and most of the others stay, which is how a failing schedule is made short.

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    time::Duration,
};

use domain::budget::Budgets;
use rand::{RngExt as _, SeedableRng as _, rngs::SmallRng};

/// A fault of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The call is throttled, with the error that the service sends.
    Throttled,
    /// The service answers that it has an error of its own. The call was not done.
    Refused,
    /// The connection breaks before the call arrives.
    Unsent,
    /// The call is done, and its answer is lost.
    AnswerLost,
    /// The caller gives up waiting, and the call is done later.
    DoneLate,
    /// The call is done twice. The caller gets the second answer.
    DoneTwice,
    /// The process of the caller is killed before the call arrives.
    KilledBefore,
    /// The process of the caller is killed after the call is done.
    KilledAfter,
    /// The process of the caller stops for longer than a lease, and then goes on.
    Frozen,
    /// The call takes seconds, but less than the caller waits.
    Slow,
}

impl Fault {
    pub const ALL: [Self; 10] = [
        Self::Throttled,
        Self::Refused,
        Self::Unsent,
        Self::AnswerLost,
        Self::DoneLate,
        Self::DoneTwice,
        Self::KilledBefore,
        Self::KilledAfter,
        Self::Frozen,
        Self::Slow,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Refused => "refused",
            Self::Unsent => "unsent",
            Self::AnswerLost => "answer lost",
            Self::DoneLate => "done late",
            Self::DoneTwice => "done twice",
            Self::KilledBefore => "killed before",
            Self::KilledAfter => "killed after",
            Self::Frozen => "frozen",
            Self::Slow => "slow",
        }
    }
}

/// A call: who makes it, and its number among the calls of that process, from 0.
pub type CallId = (String, u32);

/// The draws of one schedule.
#[derive(Debug)]
pub struct Chance {
    seed: u64,
    /// How likely each fault is at each call.
    rates: Vec<(Fault, f64)>,
    /// How many seconds an index lags at most.
    pub index_lag: f64,
    /// How many milliseconds a write takes at most. Writes of one item that overlap conflict.
    pub write_millis: u64,
    /// How many seconds a message is late at most.
    pub message_lag: f64,
    /// How long a message is hidden while a worker has it. `None`: as the template says. Less brings messages back while
    /// their jobs can still succeed, and into the dead-letter queue.
    pub visibility: Option<Duration>,
    /// What may be spent in a day. `None`: as the template says.
    pub budgets: Budgets,
    /// How many seconds a user waits at most before the next step.
    pub pace: f64,
    /// Workers that run at the same time. `None`: as the template says.
    pub workers: Option<usize>,
    /// Whether clocks differ.
    pub clocks_differ: bool,
    /// The only calls that may have a fault. `None`: all.
    only: Option<BTreeSet<CallId>>,
}

impl Chance {
    pub fn new(seed: u64, only: Option<BTreeSet<CallId>>) -> Self {
        let mut draw = random(seed, "profile", 0);
        let mut rates = Vec::new();
        for fault in Fault::ALL {
            let rate = [0.0, 0.0, 0.002, 0.01, 0.03][draw.random_range(0..5)];
            rates.push((fault, rate));
        }
        let index_lag = [0.02, 0.5, 5.0, 60.0][draw.random_range(0..4)];
        let message_lag = [0.1, 2.0, 40.0][draw.random_range(0..3)];
        let visibility = draw.random_bool(0.2).then(|| Duration::from_secs(draw.random_range(60..180)));
        let write_millis = [6, 60, 400][draw.random_range(0..3)];
        let clocks_differ = draw.random_bool(0.3);
        let mut budget = || draw.random_bool(0.1).then(|| draw.random_range(300_000..2_000_000));
        let budgets = Budgets { user: budget(), service: budget() };
        let pace = [0.3, 3.0, 20.0][draw.random_range(0..3)];
        let workers = draw.random_bool(0.1).then(|| draw.random_range(1..=3));
        Self {
            seed,
            rates,
            index_lag,
            write_millis,
            message_lag,
            visibility,
            budgets,
            pace,
            workers,
            clocks_differ,
            only,
        }
    }

    /// Numbers for one purpose.
    pub fn of(&self, who: &str, number: u32) -> SmallRng {
        random(self.seed, who, number)
    }

    /// The fault of a call.
    pub fn fault(&self, call: &CallId) -> Option<Fault> {
        if self.only.as_ref().is_some_and(|only| !only.contains(call)) {
            return None;
        }
        let mut point: f64 = self.of(&call.0, call.1).random();
        self.rates.iter().find_map(|(fault, rate)| {
            let is_drawn = point < *rate;
            point -= rate;
            is_drawn.then_some(*fault)
        })
    }
}

fn random(seed: u64, who: &str, number: u32) -> SmallRng {
    let mut hasher = DefaultHasher::new();
    (seed, who, number).hash(&mut hasher);
    SmallRng::seed_from_u64(hasher.finish())
}
