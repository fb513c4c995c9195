//! Many packages at once, answered in the order in which they were asked for.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Whether progress is shown; it is never where standard error is no terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// On a terminal.
    Shown,
    /// Nowhere.
    Hidden,
}

/// As many as the machine has cores.
pub(crate) fn default_jobs() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// Does `work` for each item on at most `jobs` threads. At most that many results are made at once; they come
/// back in the items' order.
pub(crate) fn map<T: Sync, R: Send>(
    doing: &'static str,
    items: &[T],
    jobs: NonZeroUsize,
    progress: Progress,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let bar = bar(doing, items.len(), progress);
    let jobs = jobs.get().min(items.len());
    if jobs <= 1 {
        let results = items.iter().map(|item| tick(&bar, work(item))).collect();
        bar.finish_and_clear();
        return results;
    }
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let mut results: Vec<Option<R>> = items.iter().map(|_| None).collect();
    thread::scope(|scope| {
        for _ in 0..jobs {
            let (sender, next, work) = (sender.clone(), &next, &work);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { return };
                    if sender.send((index, work(item))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for (index, result) in receiver {
            bar.inc(1);
            if let Some(slot) = results.get_mut(index) {
                *slot = Some(result);
            }
        }
    });
    bar.finish_and_clear();
    results.into_iter().flatten().collect()
}

fn tick<R>(bar: &ProgressBar, result: R) -> R {
    bar.inc(1);
    result
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
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
