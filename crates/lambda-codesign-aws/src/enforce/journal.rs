//! What was done, for whoever has to say so when an application does not end.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Step;

/// The steps of one application that are done, and the one whose end is not known.
#[derive(Debug, Default)]
pub struct Journal(Mutex<Progress>);

#[derive(Debug, Default)]
struct Progress {
    done: Vec<Step>,
    begun: Option<Step>,
}

impl Journal {
    /// The steps that are done, in their order.
    #[must_use]
    pub fn done(&self) -> Vec<Step> {
        self.lock().done.clone()
    }

    /// The step that was begun: it was carried out, or not.
    #[must_use]
    pub fn begun(&self) -> Option<Step> {
        self.lock().begun.clone()
    }

    pub(super) fn begin(&self, step: &Step) {
        self.lock().begun = Some(step.clone());
    }

    pub(super) fn end(&self) {
        let mut progress = self.lock();
        let begun = progress.begun.take();
        progress.done.extend(begun);
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
