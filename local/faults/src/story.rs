//! The story of a schedule: who did what, when, and what went wrong.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Arc, Mutex},
};

use crate::process::Epoch;

/// Lines in the order of events. Clones are the same story.
#[derive(Clone, Debug)]
pub struct Story {
    epoch: Epoch,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    lines: Vec<String>,
    /// Short names of ids, for readers.
    names: BTreeMap<String, String>,
    violations: Vec<String>,
    /// How often each kind of fault or refusal happened.
    counts: BTreeMap<&'static str, usize>,
}

impl Story {
    pub fn new(epoch: Epoch) -> Self {
        Self { epoch, inner: Arc::default() }
    }

    /// Adds a line.
    pub fn tell(&self, who: &str, what: impl AsRef<str>) {
        let at = self.epoch.elapsed().as_secs_f64();
        self.inner.lock().unwrap().lines.push(format!("{at:>9.3} s  {who:<12} {}", what.as_ref()));
    }

    /// Gives an id a short name.
    pub fn name(&self, id: &str, name: impl Into<String>) {
        self.inner.lock().unwrap().names.entry(id.to_owned()).or_insert_with(|| name.into());
    }

    /// Says that an invariant is broken.
    pub fn violated(&self, invariant: &str, detail: impl AsRef<str>) {
        let line = format!("{invariant}: {}", detail.as_ref());
        if !self.inner.lock().unwrap().violations.contains(&line) {
            self.tell("VIOLATION", &line);
            self.inner.lock().unwrap().violations.push(line);
        }
    }

    pub fn count(&self, what: &'static str) {
        *self.inner.lock().unwrap().counts.entry(what).or_default() += 1;
    }

    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        self.inner.lock().unwrap().counts.clone()
    }

    pub fn violations(&self) -> Vec<String> {
        let inner = self.inner.lock().unwrap();
        inner.violations.iter().map(|line| named(line, &inner.names)).collect()
    }

    /// All lines, with short names instead of ids.
    pub fn lines(&self) -> Vec<String> {
        let inner = self.inner.lock().unwrap();
        inner.lines.iter().map(|line| named(line, &inner.names)).collect()
    }

    /// Equal for two schedules that went the same way.
    pub fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.inner.lock().unwrap().lines.hash(&mut hasher);
        hasher.finish()
    }
}

fn named(line: &str, names: &BTreeMap<String, String>) -> String {
    names.iter().fold(line.to_owned(), |line, (id, name)| line.replace(id.as_str(), name))
}
