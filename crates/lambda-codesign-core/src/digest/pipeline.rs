//! Inflating ahead, hashing behind, over buffers that go round.
//!
//! The hash is one chain, so nothing is faster than it on one core; all else is done beside it. This thread inflates
//! and checks, another hashes the signed stream, and whichever waits for the other hashes the file meanwhile.

use core::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Mutex, PoisonError, TryLockError};
use std::{mem, panic, thread};

use sha2::{Digest as _, Sha256};

use crate::archive::{Archive, ArchiveError, Entry, Output, Unpacked};
use crate::provider::Sha384;

use super::stream::Content;
use super::{CodeSha256, Digested};

/// What stands in the package and is shorter is copied: a run of its own costs more.
const IN_PLACE: usize = 4 * 1024;
/// The bytes of the file that are hashed at once.
const FILE_STEP: usize = 64 * 1024;

/// On how many threads a package is unpacked and hashed; the digests are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Threads {
    /// On the caller's alone: for one of many packages, or a machine of one core.
    #[default]
    One,
    /// On the caller's and a second one, where the package is larger than the buffers between them are together.
    Several(Buffers),
}

/// The buffers between two threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Buffers {
    /// The bytes of each.
    pub size: NonZeroUsize,
    /// How many there are.
    pub count: NonZeroUsize,
}

impl Default for Buffers {
    /// Four of 256 KiB: one is filled, one hashed, and two even out what is slow to inflate and what is slow to hash.
    fn default() -> Self {
        const SIZE: NonZeroUsize = NonZeroUsize::MIN.saturating_add(256 * 1024 - 1);
        const COUNT: NonZeroUsize = NonZeroUsize::MIN.saturating_add(3);
        Self { size: SIZE, count: COUNT }
    }
}

impl Threads {
    /// The buffers, where the package is worth them.
    pub(crate) fn buffers_for(self, archive: &Archive<'_>) -> Option<Buffers> {
        let Self::Several(buffers) = self else { return None };
        let all = buffers.size.saturating_mul(buffers.count).get();
        let fits = usize::try_from(archive.uncompressed_size()).is_ok_and(|size| size <= all);
        (!fits).then_some(buffers)
    }
}

/// One way through the package on two threads; none where the system has no second one.
pub(super) fn digest(archive: &Archive<'_>, buffers: Buffers) -> Option<Result<Digested, ArchiveError>> {
    let file = FileHash::of(archive.bytes());
    let (full, to_hash) = sync_channel(buffers.count.get());
    let (hashed, empty) = sync_channel(buffers.count.get());
    for _ in 1..buffers.count.get() {
        // The channel has room for all of them, and its other end stands below.
        let _ = hashed.send(Batch::new(buffers.size));
    }
    let (inner, content) = thread::scope(|scope| {
        let file = &file;
        let hasher = move || hash(&to_hash, &hashed, file);
        let hasher = thread::Builder::new().spawn_scoped(scope, hasher).ok()?;
        let content = unpack(Filler::new(archive, buffers.size, full, &empty, file), archive);
        let inner = hasher.join().unwrap_or_else(|panic| panic::resume_unwind(panic));
        Some((inner, content))
    })?;
    Some(content.map(|content| Digested { inner, code_sha256: file.finish(), content }))
}

/// Fills batches, and then does what is left to do.
fn unpack<'a>(mut filler: Filler<'a, '_>, archive: &Archive<'a>) -> Result<Content, ArchiveError> {
    archive.unpack_into(&mut filler)?;
    filler.pass_on();
    let Filler { content, file, full, .. } = filler;
    drop(full);
    while file.advance() == Advance::More {}
    Ok(content)
}

/// Hashes batches until no more come.
fn hash<'a>(full: &Receiver<Batch<'a>>, empty: &SyncSender<Batch<'a>>, file: &FileHash<'_>) -> [u8; 48] {
    let mut hash = Sha384::new();
    while let Some(mut batch) = file.until(full) {
        batch.hash(&mut hash);
        // Nobody takes the last ones any more.
        let _ = empty.send(batch);
    }
    hash.finish()
}

/// A piece of the signed stream.
#[derive(Default)]
struct Batch<'a> {
    buffer: Box<[u8]>,
    /// The bytes of the buffer that are in use.
    used: usize,
    runs: Vec<Run<'a>>,
    /// The bytes of the runs that stand in the package.
    in_place: usize,
}

enum Run<'a> {
    /// The bytes of the buffer up to here.
    Buffered(usize),
    /// Bytes of the package.
    InPlace(&'a [u8]),
}

impl<'a> Batch<'a> {
    fn new(size: NonZeroUsize) -> Self {
        Self { buffer: vec![0; size.get()].into(), ..Self::default() }
    }

    fn left(&self) -> usize {
        self.buffer.len().saturating_sub(self.used)
    }

    /// Puts the next bytes of the buffer in use.
    fn buffered(&mut self, bytes: usize) {
        self.used = self.used.saturating_add(bytes);
        match self.runs.last_mut() {
            Some(Run::Buffered(end)) => *end = self.used,
            Some(Run::InPlace(_)) | None => self.runs.push(Run::Buffered(self.used)),
        }
    }

    fn hash(&mut self, hash: &mut Sha384) {
        let mut from = 0;
        for run in self.runs.drain(..) {
            match run {
                Run::Buffered(end) => {
                    hash.update(self.buffer.get(from..end).unwrap_or_default());
                    from = end;
                }
                Run::InPlace(bytes) => hash.update(bytes),
            }
        }
        (self.used, self.in_place) = (0, 0);
    }
}

/// Inflates straight into the batch to come.
struct Filler<'a, 'p> {
    content: Content,
    batch: Batch<'a>,
    size: NonZeroUsize,
    full: SyncSender<Batch<'a>>,
    empty: &'p Receiver<Batch<'a>>,
    file: &'p FileHash<'a>,
}

impl<'a, 'p> Filler<'a, 'p> {
    fn new(
        archive: &Archive<'_>,
        size: NonZeroUsize,
        full: SyncSender<Batch<'a>>,
        empty: &'p Receiver<Batch<'a>>,
        file: &'p FileHash<'a>,
    ) -> Self {
        Self { content: Content::of(archive), batch: Batch::new(size), size, full, empty, file }
    }

    /// Hands the batch on.
    fn pass_on(&mut self) {
        // That nobody takes it shows where the hasher is joined.
        let _ = self.full.send(mem::take(&mut self.batch));
    }

    /// Hands the batch on and waits for another.
    fn next(&mut self) {
        self.pass_on();
        self.batch = self.file.until(self.empty).unwrap_or_else(|| Batch::new(self.size));
    }

    fn copy(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.batch.left() == 0 {
                self.next();
            }
            let (now, later) = bytes.split_at(bytes.len().min(self.batch.left()));
            let Batch { buffer, used, .. } = &mut self.batch;
            if let Some(room) = buffer.get_mut(*used..used.saturating_add(now.len())) {
                room.copy_from_slice(now);
            }
            self.batch.buffered(now.len());
            bytes = later;
        }
    }
}

impl<'a> Unpacked<'a> for Filler<'a, '_> {
    fn entry(&mut self, entry: &Entry<'a>) {
        let name = self.content.entry(entry);
        self.copy(name);
    }
}

impl<'a> Output<'a> for Filler<'a, '_> {
    fn room(&mut self, wanted: NonZeroUsize) -> &mut [u8] {
        if self.batch.left() < wanted.get() && self.batch.used > 0 {
            self.next();
        }
        let Batch { buffer, used, .. } = &mut self.batch;
        let end = used.saturating_add(wanted.get()).min(buffer.len());
        buffer.get_mut(*used..end).unwrap_or_default()
    }

    fn filled(&mut self, bytes: usize) {
        let from = self.batch.used;
        let body = self.batch.buffer.get(from..from.saturating_add(bytes)).unwrap_or_default();
        match self.content.body(body).len() {
            0 => {}
            signed => self.batch.buffered(signed),
        }
    }

    fn in_place(&mut self, bytes: &'a [u8]) {
        let signed = self.content.body(bytes);
        if signed.len() < IN_PLACE {
            return self.copy(signed);
        }
        self.batch.runs.push(Run::InPlace(signed));
        self.batch.in_place = self.batch.in_place.saturating_add(signed.len());
        if self.batch.in_place >= self.size.get() {
            self.next();
        }
    }
}

/// SHA-256 of the file, which whoever has nothing else to do goes on with.
struct FileHash<'a> {
    state: Mutex<FileState<'a>>,
}

struct FileState<'a> {
    hash: Sha256,
    rest: &'a [u8],
}

/// Whether there is more to hash of the file for this thread.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Advance {
    More,
    /// All is done, or another thread is at it.
    Done,
}

impl<'a> FileHash<'a> {
    fn of(file: &'a [u8]) -> Self {
        Self { state: Mutex::new(FileState { hash: Sha256::new(), rest: file }) }
    }

    /// Hashes the next bytes.
    fn advance(&self) -> Advance {
        let mut state = match self.state.try_lock() {
            Ok(state) => state,
            Err(TryLockError::WouldBlock | TryLockError::Poisoned(_)) => return Advance::Done,
        };
        let (now, later) = state.rest.split_at(state.rest.len().min(FILE_STEP));
        state.hash.update(now);
        state.rest = later;
        if later.is_empty() { Advance::Done } else { Advance::More }
    }

    /// The next thing from a channel, or none where no more come; the file's hash goes on as long as none is there.
    fn until<T>(&self, channel: &Receiver<T>) -> Option<T> {
        loop {
            match channel.try_recv() {
                Ok(next) => return Some(next),
                Err(TryRecvError::Disconnected) => return None,
                Err(TryRecvError::Empty) if self.advance() == Advance::More => {}
                Err(TryRecvError::Empty) => return channel.recv().ok(),
            }
        }
    }

    fn finish(self) -> CodeSha256 {
        let FileState { mut hash, rest } = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        hash.update(rest);
        CodeSha256(hash.finalize().into())
    }
}
