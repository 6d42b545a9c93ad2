//! Random numbers: for ids, for tokens, and for waits that must not coincide.
//!
//! A simulation seeds the numbers of its thread, so that it can be repeated.

use std::{
    cell::RefCell,
    sync::atomic::{AtomicU16, Ordering},
};

use rand::{RngExt as _, SeedableRng as _, rngs::SmallRng};
use uuid::Uuid;

/// The numbers of a seeded thread.
struct Seeded {
    numbers: SmallRng,
    counter: u16,
}

thread_local! {
    static SEEDED: RefCell<Option<Seeded>> = const { RefCell::new(None) };
}

/// From now on, this thread gets the same numbers whenever it is seeded with `seed`. For simulations: these numbers can be
/// guessed.
pub fn seed(seed: u64) {
    let seeded = Seeded { numbers: SmallRng::seed_from_u64(seed), counter: 0 };
    SEEDED.with_borrow_mut(|slot| *slot = Some(seeded));
}

/// Random bytes.
pub fn bytes() -> [u8; 16] {
    seeded(|seeded| seeded.numbers.random()).unwrap_or_else(rand::random)
}

/// A random number from 0 up to, but not including, 1.
pub fn fraction() -> f64 {
    seeded(|seeded| seeded.numbers.random()).unwrap_or_else(rand::random)
}

/// A number that is one higher with every call, and begins again at 0.
pub(crate) fn counter() -> u16 {
    static COUNTER: AtomicU16 = AtomicU16::new(0);
    let of_thread = seeded(|seeded| {
        seeded.counter = seeded.counter.wrapping_add(1);
        seeded.counter
    });
    of_thread.unwrap_or_else(|| COUNTER.fetch_add(1, Ordering::Relaxed))
}

/// A new UUIDv7. In a seeded thread its time is a count.
pub(crate) fn uuid_v7() -> Uuid {
    let seeded = seeded(|seeded| {
        seeded.counter = seeded.counter.wrapping_add(1);
        let [bytes @ .., _, _, _, _, _, _] = seeded.numbers.random::<[u8; 16]>();
        uuid::Builder::from_unix_timestamp_millis(seeded.counter.into(), &bytes).into_uuid()
    });
    seeded.unwrap_or_else(Uuid::now_v7)
}

fn seeded<T>(draw: impl FnOnce(&mut Seeded) -> T) -> Option<T> {
    SEEDED.with_borrow_mut(|slot| slot.as_mut().map(draw))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_everything_on_its_own_thread() {
        let draw = || {
            seed(7);
            (bytes(), fraction().to_bits(), counter(), uuid_v7())
        };
        let here = draw();
        assert_eq!(here, draw());
        assert_eq!(std::thread::spawn(draw).join().expect("no panic"), here);
        assert_ne!(std::thread::spawn(bytes).join().expect("no panic"), here.0);
    }
}
