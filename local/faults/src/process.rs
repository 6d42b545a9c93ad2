//! The processes of a schedule: each invocation of a function is one. It has a clock, and it can be killed or stopped.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    task::ready,
    time::Duration,
};

use domain::time::Clock;
use jiff::{SignedDuration, Timestamp};
use tokio::{
    task::{AbortHandle, JoinHandle},
    time::{Instant, sleep_until},
};

use crate::chance::CallId;

/// When every schedule begins.
pub const BEGIN: Timestamp = Timestamp::constant(1_795_780_800, 0);

/// The time since the beginning of a schedule.
#[derive(Clone, Copy, Debug)]
pub struct Epoch(Instant);

impl Epoch {
    pub fn now() -> Self {
        Self(Instant::now())
    }

    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// A clock that shows the time of the schedule, and is ahead by `ahead`.
    pub fn clock(self, ahead: SignedDuration) -> Clock {
        Clock::simulated(move || {
            let elapsed = SignedDuration::try_from(self.elapsed()).unwrap();
            BEGIN.checked_add(elapsed).unwrap().checked_add(ahead).unwrap()
        })
    }
}

/// A process. Clones are the same process.
#[derive(Clone, Debug)]
pub struct Process(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: String,
    clock: Clock,
    calls: AtomicU32,
    frozen_until: Mutex<Option<Instant>>,
    task: Mutex<Option<AbortHandle>>,
    had_fault: AtomicBool,
}

impl Process {
    pub fn new(name: String, clock: Clock) -> Self {
        Self(Arc::new(Inner {
            name,
            clock,
            calls: AtomicU32::new(0),
            frozen_until: Mutex::default(),
            task: Mutex::default(),
            had_fault: AtomicBool::new(false),
        }))
    }

    pub fn name(&self) -> &str {
        &self.0.name
    }

    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Names the next call.
    pub fn next_call(&self) -> CallId {
        (self.0.name.clone(), self.0.calls.fetch_add(1, Ordering::Relaxed))
    }

    /// Runs the work of the process. `None`: it was killed.
    pub async fn run<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
        let task: JoinHandle<T> = tokio::spawn(self.clone().unless_frozen(work));
        *self.0.task.lock().unwrap() = Some(task.abort_handle());
        match task.await {
            Ok(done) => Some(done),
            Err(error) if error.is_cancelled() => None,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    /// While the process is frozen, its work does not go on, and sees none of its timers end. Only tasks that the work has
    /// started itself see them.
    async fn unless_frozen<T>(self, work: impl Future<Output = T>) -> T {
        let (mut work, mut thaw) = (pin!(work), None);
        poll_fn(|context| {
            while let Some(until) = self.frozen_until() {
                let thaw = thaw.get_or_insert_with(|| Box::pin(sleep_until(until)));
                thaw.as_mut().reset(until);
                ready!(thaw.as_mut().poll(context));
            }
            work.as_mut().poll(context)
        })
        .await
    }

    /// Kills the process. The caller must not go on.
    pub async fn die(&self) -> ! {
        self.note_fault();
        if let Some(task) = self.0.task.lock().unwrap().take() {
            task.abort();
        }
        std::future::pending().await
    }

    /// Stops the process for this long. Its calls go out and come back only after that.
    pub fn freeze(&self, time: Duration) {
        *self.0.frozen_until.lock().unwrap() = Some(Instant::now() + time);
    }

    /// Waits while the process is frozen.
    pub async fn thawed(&self) {
        while let Some(until) = self.frozen_until() {
            sleep_until(until).await;
        }
    }

    fn frozen_until(&self) -> Option<Instant> {
        self.0.frozen_until.lock().unwrap().filter(|until| *until > Instant::now())
    }

    pub fn note_fault(&self) {
        self.0.had_fault.store(true, Ordering::Relaxed);
    }

    /// Whether a call of the process had a fault.
    pub fn had_fault(&self) -> bool {
        self.0.had_fault.load(Ordering::Relaxed)
    }
}
