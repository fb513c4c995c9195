//! Many packages at once, answered in the order in which they were asked for.

use std::cmp::Reverse;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use lambda_codesign_core::digest::{Threads, Workers};

use crate::cli::{Global, Verbosity};

/// Whether progress is shown; it is never where standard error is no terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// On a terminal.
    Shown,
    /// Nowhere.
    Hidden,
}

impl Progress {
    /// As the command line asks.
    pub(crate) fn of(global: &Global) -> Self {
        let hidden = global.no_progress || global.verbosity() == Verbosity::Quiet;
        if hidden { Self::Hidden } else { Self::Shown }
    }
}

/// As many as the machine has cores.
pub(crate) fn default_jobs() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// A thing to work on, and how heavy it is.
pub(crate) trait Weighed: Sync {
    /// Its bytes, as far as they are known beforehand.
    fn bytes(&self) -> u64;
}

/// Does `work` for each item on at most `jobs` threads, the heaviest first. At most that many results are made at
/// once; they come back in the items' order.
///
/// An item that is more than a core's share of all gets several threads of its own, since other cores are idle before
/// it ends; and so does every item where there are more cores than jobs.
pub(crate) fn map<T: Weighed, R: Send>(
    doing: &'static str,
    items: &[T],
    jobs: NonZeroUsize,
    progress: Progress,
    work: impl Fn(&T, Threads) -> R + Sync,
) -> Vec<R> {
    let bar = bar(doing, items.len(), progress);
    let jobs = jobs.get().min(items.len());
    let queue = Queue::of(items, jobs);
    let mut results: Vec<Option<R>> = items.iter().map(|_| None).collect();
    let mut keep = |(index, result)| {
        bar.inc(1);
        if let Some(slot) = results.get_mut(index) {
            *slot = Some(result);
        }
    };
    if jobs <= 1 {
        while let Some((index, item, threads)) = queue.next() {
            keep((index, work(item, threads)));
        }
    } else {
        let (sender, receiver) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..jobs {
                let (sender, queue, work) = (sender.clone(), &queue, &work);
                scope.spawn(move || {
                    while let Some((index, item, threads)) = queue.next() {
                        if sender.send((index, work(item, threads))).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(sender);
            receiver.into_iter().for_each(&mut keep);
        });
    }
    bar.finish_and_clear();
    results.into_iter().flatten().collect()
}

/// Items to be taken by several threads.
struct Queue<'a, T> {
    items: &'a [T],
    /// The items' places, the heaviest first.
    order: Vec<(u64, usize)>,
    next: AtomicUsize,
    /// What is a core's share of all.
    share: u64,
    /// For an item within that share.
    shared: Threads,
    /// For one past it.
    alone: Threads,
}

impl<'a, T: Weighed> Queue<'a, T> {
    fn of(items: &'a [T], jobs: usize) -> Self {
        let mut order: Vec<_> = items.iter().map(T::bytes).zip(0..).collect();
        order.sort_unstable_by_key(|(bytes, index)| (Reverse(*bytes), *index));
        let total = order.iter().map(|(bytes, _)| *bytes).fold(0, u64::saturating_add);
        let cores = default_jobs();
        let share = total / u64::try_from(cores.get()).unwrap_or(u64::MAX);
        let several = Threads::Several(Workers::for_cores(cores));
        let (shared, alone) = match cores.get() {
            1 => (Threads::One, Threads::One),
            cores if jobs < cores => (several, several),
            _ => (Threads::One, several),
        };
        Self { items, order, next: AtomicUsize::new(0), share, shared, alone }
    }

    /// The next item that nobody took, with its place.
    fn next(&self) -> Option<(usize, &'a T, Threads)> {
        let (bytes, index) = *self.order.get(self.next.fetch_add(1, Ordering::Relaxed))?;
        let threads = if bytes > self.share { self.alone } else { self.shared };
        Some((index, self.items.get(index)?, threads))
    }
}

fn bar(doing: &'static str, items: usize, progress: Progress) -> ProgressBar {
    let target = match progress {
        Progress::Shown => ProgressDrawTarget::stderr(),
        Progress::Hidden => ProgressDrawTarget::hidden(),
    };
    let bar = ProgressBar::with_draw_target(u64::try_from(items).ok(), target);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {pos} of {len} [{bar:30}] {elapsed}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_message(doing);
    if progress == Progress::Shown {
        bar.enable_steady_tick(Duration::from_millis(200));
    }
    bar
}

/// A sign of life of what has no known end; its message says how far it went.
#[cfg(feature = "services")]
pub(crate) fn spinner(progress: Progress) -> ProgressBar {
    if progress == Progress::Hidden {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
