//! SHA-256 of the file, beside all else.

use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
use std::{mem, thread};

use sha2::{Digest as _, Sha256};

use super::{CodeSha256, Threads};

/// The bytes that are hashed at once.
const FILE_STEP: usize = 64 * 1024;
/// A file that is smaller is hashed sooner than a thread begins.
const WORTH_A_THREAD: usize = 1024 * 1024;

/// Whether what was sent is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    Taken,
    /// The other side is gone: an entry before was refused.
    Unwanted,
}

/// SHA-256 of the file, which whoever has nothing else to do goes on with.
pub(crate) struct FileHash<'a> {
    state: Mutex<FileState<'a>>,
}

struct FileState<'a> {
    hash: Sha256,
    rest: &'a [u8],
}

/// Whether there is more to hash of the file for this thread.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Advance {
    More,
    /// All is done, or another thread is at it.
    Done,
}

impl FileState<'_> {
    fn step(&mut self) -> Advance {
        let (now, later) = self.rest.split_at(self.rest.len().min(FILE_STEP));
        self.hash.update(now);
        self.rest = later;
        if later.is_empty() { Advance::Done } else { Advance::More }
    }
}

impl<'a> FileHash<'a> {
    pub(crate) fn of(file: &'a [u8]) -> Self {
        Self { state: Mutex::new(FileState { hash: Sha256::new(), rest: file }) }
    }

    /// Hashes the next bytes.
    pub(super) fn advance(&self) -> Advance {
        match self.state.try_lock() {
            Ok(mut state) => state.step(),
            Err(TryLockError::WouldBlock | TryLockError::Poisoned(_)) => Advance::Done,
        }
    }

    /// The next thing from a channel, or none where no more come; the file's hash goes on as long as none is there.
    pub(super) fn until<T>(&self, channel: &Receiver<T>) -> Option<T> {
        loop {
            match channel.try_recv() {
                Ok(next) => return Some(next),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) if self.advance() == Advance::More => {}
                Err(TryRecvError::Empty) => return channel.recv().ok(),
            }
        }
    }

    /// Sends something; the file's hash goes on as long as there is no room for it.
    pub(super) fn send<T>(&self, channel: &SyncSender<T>, mut thing: T) -> Sent {
        loop {
            thing = match channel.try_send(thing) {
                Ok(()) => return Sent::Taken,
                Err(TrySendError::Disconnected(_)) => return Sent::Unwanted,
                Err(TrySendError::Full(thing)) => thing,
            };
            if self.advance() == Advance::Done {
                return channel.send(thing).map_or(Sent::Unwanted, |()| Sent::Taken);
            }
        }
    }

    /// Does the work while another thread hashes the file, where the package is worth one.
    pub(crate) fn beside<R>(&self, threads: Threads, work: impl FnOnce() -> R) -> R {
        let size = self.state().rest.len();
        if threads == Threads::One || size < WORTH_A_THREAD {
            return work();
        }
        thread::scope(|scope| {
            // Without a second thread the others do it by and by.
            let hashing = || while self.state().step() == Advance::More {};
            drop(thread::Builder::new().spawn_scoped(scope, hashing));
            work()
        })
    }

    /// The hash of the whole file, whatever of it is still to be hashed.
    pub(crate) fn finish(&self) -> CodeSha256 {
        let mut state = self.state();
        let rest = mem::take(&mut state.rest);
        state.hash.update(rest);
        CodeSha256(state.hash.clone().finalize().into())
    }

    fn state(&self) -> MutexGuard<'_, FileState<'a>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
