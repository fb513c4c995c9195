//! How fast requests go to a control plane that is shared with the account's own deployments.

use std::num::NonZeroU32;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// So many requests a second and no more, in the order in which they were asked for.
#[derive(Debug)]
pub struct Pace {
    apart: Duration,
    next: Mutex<Instant>,
}

impl Pace {
    /// A pace of so many requests a second.
    #[must_use]
    pub fn per_second(requests: NonZeroU32) -> Self {
        let apart = Duration::from_secs(1).checked_div(requests.get()).unwrap_or_default();
        Self { apart, next: Mutex::new(Instant::now()) }
    }

    /// Waits until the next request may go.
    pub async fn turn(&self) {
        let mut next = self.next.lock().await;
        tokio::time::sleep_until(*next).await;
        let now = Instant::now();
        *next = now.checked_add(self.apart).unwrap_or(now);
    }
}

#[cfg(test)]
mod tests {
    use super::Pace;
    use std::num::NonZeroU32;
    use std::time::Duration;
    use tokio::time::Instant;

    #[tokio::test(start_paused = true)]
    async fn requests_go_apart() {
        let start = Instant::now();
        let pace = Pace::per_second(NonZeroU32::new(5).unwrap());
        for _ in 0..11 {
            pace.turn().await;
        }
        // The timer is exact to a millisecond a pause.
        let took = start.elapsed();
        assert!(took >= Duration::from_secs(2) && took <= Duration::from_millis(2020), "{took:?}");
    }
}
