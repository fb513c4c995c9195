//! Waiting for a service to be done, with a deadline.

use std::time::Duration;

use tokio::time::Instant;

/// The latest time at which something is still waited for.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

/// It was not done before the deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it took too long")]
pub struct Overdue;

/// The pauses between looks: each longer than the one before, none longer than a second, so that nothing is waited for
/// a second longer than it takes; jitter keeps many waiters apart.
#[derive(Clone, Debug)]
pub struct Pauses {
    next: Duration,
}

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(1);

impl Deadline {
    /// So long from now.
    #[must_use]
    pub fn after(time: Duration) -> Self {
        let now = Instant::now();
        Self(now.checked_add(time).unwrap_or(now))
    }

    /// What is left until then.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}

impl Default for Pauses {
    fn default() -> Self {
        Self { next: FIRST }
    }
}

impl Pauses {
    /// Waits until it is time to look again.
    ///
    /// # Errors
    /// The deadline is over.
    pub async fn pause(&mut self, deadline: Deadline) -> Result<(), Overdue> {
        let left = deadline.left();
        if left.is_zero() {
            return Err(Overdue);
        }
        tokio::time::sleep(self.next().min(left)).await;
        Ok(())
    }

    fn next(&mut self) -> Duration {
        let pause = self.next.mul_f64(0.75 + fastrand::f64() * 0.25);
        self.next = self.next.mul_f64(1.5).min(LONGEST);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::{Deadline, LONGEST, Overdue, Pauses};
    use std::time::Duration;

    #[test]
    fn pauses_grow_to_a_second_and_no_further() {
        let mut pauses = Pauses::default();
        let slept: Vec<Duration> = (0..20).map(|_| pauses.next()).collect();
        assert!(slept.iter().all(|pause| *pause <= LONGEST && !pause.is_zero()), "{slept:?}");
        assert!(slept[19] >= LONGEST.mul_f64(0.75) && slept[0] <= Duration::from_millis(100), "{slept:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_waited_for_past_the_deadline() {
        let deadline = Deadline::after(Duration::from_secs(10));
        let mut pauses = Pauses::default();
        let mut looks = 0;
        let end = loop {
            match pauses.pause(deadline).await {
                Ok(()) => looks += 1,
                Err(overdue) => break overdue,
            }
        };
        assert_eq!((end, deadline.left()), (Overdue, Duration::ZERO));
        assert!((10..30).contains(&looks), "{looks}");
    }
}
