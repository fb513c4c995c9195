//! Inflating ahead, hashing behind.
//!
//! The hash is one chain, so nothing is faster than it on one core; all else is done beside it. Workers inflate and
//! check groups of entries, each as it comes free, and this thread hashes what they made in the archive's order. While
//! it has to wait it hashes the file.

use core::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::{mem, panic, thread};

use crate::archive::{Archive, ArchiveError, Entry, Output, Unpacked, Unpacker};
use crate::manifest::{Reader, Signing};
use crate::provider::Sha384;

use super::Digested;
use super::file::{Advance, FileHash, Sent};
use super::stream::{Beginning, is_manifest};

/// What stands in the package and is shorter is copied: a run of its own costs more.
const IN_PLACE: usize = 4 * 1024;
/// Buffers of one large entry that may wait to be hashed.
const AHEAD: usize = 2;

/// On how many threads a package is unpacked and hashed; the digests are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Threads {
    /// On the caller's alone: for one of many packages, or a machine of one core.
    #[default]
    One,
    /// On the caller's and others, where the package, or what comes of it, is larger than a few buffers.
    Several(Workers),
}

/// The threads that inflate, and how far ahead they may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workers {
    /// How many there are, beside the thread that hashes.
    pub count: NonZeroUsize,
    /// The bytes of a buffer; smaller entries share one.
    pub buffer: NonZeroUsize,
    /// The groups of entries that may wait to be hashed.
    pub ahead: NonZeroUsize,
}

impl Workers {
    /// A worker for each core but the one that hashes, buffers of 256 KiB, and for each worker a group ahead, and two more.
    #[must_use]
    pub const fn for_cores(cores: NonZeroUsize) -> Self {
        const BUFFER: NonZeroUsize = NonZeroUsize::MIN.saturating_add(256 * 1024 - 1);
        let count = match NonZeroUsize::new(cores.get().saturating_sub(1)) {
            Some(others) => others,
            None => NonZeroUsize::MIN,
        };
        Self { count, buffer: BUFFER, ahead: count.saturating_add(2) }
    }
}

impl Threads {
    /// The workers, where the package is worth them.
    pub(crate) fn workers_for(self, archive: &Archive<'_>) -> Option<Workers> {
        let Self::Several(workers) = self else { return None };
        let few = workers.buffer.get().saturating_mul(4);
        let fits = usize::try_from(archive.uncompressed_size()).is_ok_and(|size| size <= few);
        (!fits).then_some(workers)
    }

    /// Does both, the second on a thread of its own where there are several and the system has one.
    pub fn both<A, B: Send>(self, this: impl FnOnce() -> A, that: impl Fn() -> B + Sync) -> (A, B) {
        if self == Self::One {
            return (this(), that());
        }
        thread::scope(|scope| {
            let other = thread::Builder::new().spawn_scoped(scope, &that);
            let this = this();
            let that = match other {
                Ok(other) => other.join().unwrap_or_else(|panic| panic::resume_unwind(panic)),
                Err(_) => that(),
            };
            (this, that)
        })
    }
}

/// One way through the package on several threads; none where the system has no second one.
pub(super) fn digest<'e, 'a>(
    archive: &'e Archive<'a>,
    signing: Signing,
    workers: Workers,
    file: &FileHash<'a>,
) -> Option<Result<Digested<'e, 'a>, ArchiveError>> {
    let work = Work {
        archive,
        signing,
        buffer: workers.buffer,
        next: Mutex::default(),
        hashed: Mutex::default(),
        manifest: Mutex::default(),
        file,
    };
    let (in_order, to_hash) = sync_channel(workers.ahead.get());
    let hashed = thread::scope(|scope| {
        let work = &work;
        let spawn = |in_order: SyncSender<_>| {
            thread::Builder::new().spawn_scoped(scope, move || work.inflate(&in_order)).ok()
        };
        let spawned = (0..workers.count.get()).map_while(|_| spawn(in_order.clone())).count();
        drop(in_order);
        // A worker that panics ends the scope with a panic, so that what it left out is never taken for the whole.
        (spawned > 0).then(|| hash(to_hash, work))
    })?;
    let manifest = work.manifest.into_inner().unwrap_or_else(PoisonError::into_inner);
    let digested = |(stream, beginning)| Digested { stream, code_sha256: file.finish(), beginning, manifest };
    Some(hashed.map(digested))
}

/// What comes of a group of entries: pieces of the signed stream, or the defect that ends all.
type Piece<'a> = Result<Batch<'a>, ArchiveError>;

/// What the threads share.
struct Work<'a, 'e, 'f> {
    archive: &'e Archive<'a>,
    signing: Signing,
    buffer: NonZeroUsize,
    /// The first entry that no worker took.
    next: Mutex<usize>,
    /// Buffers to be filled again.
    hashed: Mutex<Vec<Box<[u8]>>>,
    /// What was read of the manifest.
    manifest: Mutex<Option<Reader<'e, 'a>>>,
    file: &'f FileHash<'a>,
}

impl<'a, 'e> Work<'a, 'e, '_> {
    /// Inflates groups until there are no more, or nobody listens, and then does what else is to do.
    fn inflate(&self, in_order: &SyncSender<Receiver<Piece<'a>>>) {
        let mut unpacker = Unpacker::new();
        while let Some((group, to)) = self.claim(in_order) {
            let (batch, manifest) = (self.batch(), None);
            let mut filler = Filler { work: self, batch, stream: Stream::Signed, manifest, to };
            let last = unpacker.unpack(group, &mut filler).map(|()| mem::take(&mut filler.batch));
            if let Some(manifest) = filler.manifest.take() {
                self.keep(manifest);
            }
            self.file.send(&filler.to, last);
        }
        while self.file.advance() == Advance::More {}
    }

    /// The next entries that share a buffer, and where their pieces go.
    fn claim(
        &self,
        in_order: &SyncSender<Receiver<Piece<'a>>>,
    ) -> Option<(&[Entry<'a>], SyncSender<Piece<'a>>)> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = self.archive.entries().get(*next..).filter(|rest| !rest.is_empty())?;
        let group = rest.get(..self.sharing(rest))?;
        *next = next.saturating_add(group.len());
        let (to, from) = sync_channel(AHEAD);
        // Under the lock, so that the groups come in the archive's order.
        match self.file.send(in_order, from) {
            Sent::Taken => Some((group, to)),
            Sent::Unwanted => None,
        }
    }

    /// How many of these entries share a buffer; at least one, and the manifest with none.
    fn sharing(&self, rest: &[Entry<'a>]) -> usize {
        if rest.first().is_some_and(is_manifest) {
            return 1;
        }
        let mut left = self.buffer.get();
        let fits = |entry: &&Entry<'a>| {
            let size = usize::try_from(entry.size()).unwrap_or(usize::MAX);
            // The decoder asks for room for one byte more than there are.
            let room = size.saturating_add(entry.name().len()).saturating_add(1);
            let rest = left.checked_sub(room);
            left = rest.unwrap_or(0);
            rest.is_some()
        };
        rest.iter().take_while(fits).count().max(1)
    }

    fn batch(&self) -> Batch<'a> {
        let buffer = self.hashed.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let buffer = buffer.unwrap_or_else(|| vec![0; self.buffer.get()].into());
        Batch { buffer, ..Batch::default() }
    }

    fn keep(&self, manifest: Reader<'e, 'a>) {
        *self.manifest.lock().unwrap_or_else(PoisonError::into_inner) = Some(manifest);
    }

    fn take_back(&self, batch: Batch<'a>) {
        self.hashed.lock().unwrap_or_else(PoisonError::into_inner).push(batch.buffer);
    }
}

/// Hashes the groups in their order, up to the first that is refused; the channel goes then, and the workers with it.
fn hash<'a>(
    in_order: Receiver<Receiver<Piece<'a>>>,
    work: &Work<'a, '_, '_>,
) -> Result<(Sha384, Beginning), ArchiveError> {
    let (mut hash, mut beginning) = (Sha384::new(), Beginning::default());
    while let Some(pieces) = work.file.until(&in_order) {
        while let Some(piece) = work.file.until(&pieces) {
            let batch = piece?;
            for run in batch.runs() {
                beginning.update(run);
                hash.update(run);
            }
            work.take_back(batch);
        }
    }
    Ok((hash, beginning))
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

    fn runs(&self) -> impl Iterator<Item = &[u8]> {
        let mut from = 0;
        self.runs.iter().map(move |run| match run {
            Run::Buffered(end) => {
                let bytes = self.buffer.get(from..*end).unwrap_or_default();
                from = *end;
                bytes
            }
            Run::InPlace(bytes) => bytes,
        })
    }
}

/// Whether the current entry's body is in the signed stream.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stream {
    Signed,
    Unsigned,
}

/// Inflates straight into the batch to come.
struct Filler<'a, 'w, 'e, 'f> {
    work: &'w Work<'a, 'e, 'f>,
    batch: Batch<'a>,
    stream: Stream,
    /// Where the entry is the manifest, which shares its group with none.
    manifest: Option<Reader<'e, 'a>>,
    to: SyncSender<Piece<'a>>,
}

impl<'a> Filler<'a, '_, '_, '_> {
    /// Hands the batch on and takes another.
    fn next(&mut self) {
        let batch = mem::replace(&mut self.batch, self.work.batch());
        // That nobody takes it shows once the next group is claimed.
        self.work.file.send(&self.to, Ok(batch));
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

/// The next bytes of a body, if it is the manifest's.
fn listed(manifest: &mut Option<Reader<'_, '_>>, bytes: &[u8]) {
    if let Some(manifest) = manifest {
        manifest.update(bytes);
    }
}

impl<'a> Unpacked<'a> for Filler<'a, '_, '_, '_> {
    fn entry(&mut self, entry: &Entry<'a>) {
        if entry.is_signature() {
            self.stream = Stream::Unsigned;
        } else {
            self.stream = Stream::Signed;
            self.copy(entry.name().as_bytes());
            self.manifest =
                is_manifest(entry).then(|| Reader::new(self.work.archive, entry, self.work.signing));
        }
    }
}

impl<'a> Output<'a> for Filler<'a, '_, '_, '_> {
    fn room(&mut self, wanted: NonZeroUsize) -> Option<&mut [u8]> {
        if self.batch.buffer.len() < wanted.get() {
            return None;
        }
        if self.batch.left() < wanted.get() {
            self.next();
        }
        let Batch { buffer, used, .. } = &mut self.batch;
        buffer.get_mut(*used..)?.get_mut(..wanted.get())
    }

    fn filled(&mut self, bytes: usize) {
        if self.stream == Stream::Signed && bytes > 0 {
            let Batch { buffer, used, .. } = &self.batch;
            listed(&mut self.manifest, buffer.get(*used..used.saturating_add(bytes)).unwrap_or_default());
            self.batch.buffered(bytes);
        }
    }

    fn part(&mut self, bytes: &[u8]) {
        if self.stream == Stream::Signed {
            listed(&mut self.manifest, bytes);
            self.copy(bytes);
        }
    }

    fn in_place(&mut self, bytes: &'a [u8]) {
        listed(&mut self.manifest, bytes);
        match self.stream {
            Stream::Unsigned => {}
            Stream::Signed if bytes.len() < IN_PLACE => self.copy(bytes),
            Stream::Signed => {
                self.batch.runs.push(Run::InPlace(bytes));
                self.batch.in_place = self.batch.in_place.saturating_add(bytes.len());
                if self.batch.in_place >= self.batch.buffer.len() {
                    self.next();
                }
            }
        }
    }
}
