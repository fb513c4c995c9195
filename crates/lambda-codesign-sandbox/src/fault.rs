//! Faults on purpose: which request meets which, by a draw from a seed.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::options::Faults;

/// What a request meets before and after it is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    Throttle,
    Error,
    /// The connection is cut; the request is not carried out.
    Cut,
    /// The request is carried out; the connection is cut instead of an answer.
    CutAfter,
    Slow(Duration),
}

/// Draws the faults.
pub(crate) struct FaultSource {
    faults: Mutex<Faults>,
    count: AtomicU64,
}

impl FaultSource {
    pub(crate) const fn new(faults: Faults) -> Self {
        Self { faults: Mutex::new(faults), count: AtomicU64::new(0) }
    }

    /// Sets other faults and begins to count anew.
    pub(crate) fn set(&self, faults: Faults) {
        *self.lock() = faults;
        self.count.store(0, Ordering::SeqCst);
    }

    /// How many requests were met since the faults were set.
    pub(crate) fn met(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    pub(crate) fn draw(&self) -> Fault {
        let number = self.count.fetch_add(1, Ordering::SeqCst);
        let faults = self.lock().clone();
        if faults.drop_request == Some(number) {
            return Fault::Cut;
        }
        if faults.cut_request == Some(number) {
            return Fault::CutAfter;
        }
        let mut draw = mix(faults.seed ^ mix(number)) % 100;
        let slow = Fault::Slow(Duration::from_millis(faults.slow_ms));
        for (percent, fault) in [
            (faults.throttle, Fault::Throttle),
            (faults.error, Fault::Error),
            (faults.cut, Fault::Cut),
            (faults.cut_after, Fault::CutAfter),
            (faults.slow, slow),
        ] {
            match draw.checked_sub(u64::from(percent)) {
                Some(rest) => draw = rest,
                None => return fault,
            }
        }
        Fault::None
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The finalizer of SplitMix64: every bit of the answer depends on every bit of the number.
const fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use super::{Fault, FaultSource};
    use crate::options::Faults;

    #[test]
    fn faults_come_at_their_rate_and_alike_for_a_seed() {
        let draws = || {
            let source = FaultSource::new(Faults { seed: 7, throttle: 30, ..Faults::default() });
            (0..1000).map(|_| source.draw()).collect::<Vec<_>>()
        };
        let throttled = draws().iter().filter(|fault| **fault == Fault::Throttle).count();
        assert!((250..350).contains(&throttled), "{throttled}");
        assert_eq!(draws(), draws());
    }

    #[test]
    fn one_request_can_be_chosen() {
        let source = FaultSource::new(Faults { cut_request: Some(1), ..Faults::default() });
        assert_eq!(
            [source.draw(), source.draw(), source.draw()],
            [Fault::None, Fault::CutAfter, Fault::None]
        );
    }
}
