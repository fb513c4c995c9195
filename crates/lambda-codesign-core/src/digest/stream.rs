//! The signed stream: what of a package is in it, and what of it is kept.

use crate::archive::{Archive, ArchiveError, Entry, Sink};
use crate::manifest::{self, Boundaries, MANIFEST_ENTRY, ManifestError, STREAM_PREFIX};
use crate::provider::Sha384;

use super::Digested;
use super::file::FileHash;

/// One way through the package on this thread, hashed as it comes.
pub(super) fn digest(archive: &Archive<'_>, file: &FileHash<'_>) -> Result<Digested, ArchiveError> {
    let mut stream = Stream { hash: Sha384::new(), content: Content::of(archive) };
    archive.unpack(&mut stream)?;
    let Stream { hash, content } = stream;
    Ok(Digested { inner: hash.finish(), code_sha256: file.finish(), content })
}

struct Stream {
    hash: Sha384,
    content: Content,
}

impl<'a> Sink<'a> for Stream {
    fn entry(&mut self, entry: &Entry<'a>) {
        self.hash.update(self.content.entry(entry));
    }

    fn body(&mut self, chunk: &[u8]) {
        self.hash.update(self.content.body(chunk));
    }
}

/// What is kept of the signed stream on its way: its beginning and the manifest's body.
pub(super) struct Content {
    beginning: Vec<u8>,
    manifest: Manifest,
    largest_manifest: usize,
    now: Now,
}

/// The body of entry 0, where that has the manifest's name.
enum Manifest {
    Absent,
    TooLarge(u64),
    Body(Vec<u8>),
}

/// What the body chunks that come now belong to.
enum Now {
    Signature,
    Manifest,
    Content,
}

impl Content {
    pub(super) fn of(archive: &Archive<'_>) -> Self {
        Self {
            beginning: Vec::with_capacity(STREAM_PREFIX.len()),
            manifest: Manifest::Absent,
            largest_manifest: manifest::largest(archive),
            now: Now::Content,
        }
    }

    /// The next entry begins: what of the stream that is.
    pub(super) fn entry<'a>(&mut self, entry: &Entry<'a>) -> &'a [u8] {
        self.now = if entry.is_signature() {
            Now::Signature
        } else if entry.index() == 0 && entry.name() == MANIFEST_ENTRY {
            let fits = usize::try_from(entry.size()).is_ok_and(|size| size <= self.largest_manifest);
            self.manifest = if fits { Manifest::Body(Vec::new()) } else { Manifest::TooLarge(entry.size()) };
            Now::Manifest
        } else {
            Now::Content
        };
        if entry.is_signature() { &[] } else { self.begin_with(entry.name().as_bytes()) }
    }

    /// The next bytes of the entry's body: what of the stream they are.
    pub(super) fn body<'c>(&mut self, chunk: &'c [u8]) -> &'c [u8] {
        match self.now {
            Now::Signature => return &[],
            Now::Content => {}
            Now::Manifest => {
                if let Manifest::Body(body) = &mut self.manifest {
                    body.extend_from_slice(chunk);
                }
            }
        }
        self.begin_with(chunk)
    }

    /// Bytes of the stream, whosever they are.
    pub(super) fn begin_with<'c>(&mut self, bytes: &'c [u8]) -> &'c [u8] {
        let wanted = STREAM_PREFIX.len().saturating_sub(self.beginning.len());
        self.beginning.extend(bytes.iter().take(wanted));
        bytes
    }

    /// What the manifest proves about the boundaries between the entries.
    pub(super) fn boundaries(&self, archive: &Archive<'_>) -> Result<Boundaries, ManifestError> {
        match &self.manifest {
            Manifest::TooLarge(size) => Err(ManifestError::TooLarge { size: *size }),
            Manifest::Absent => manifest::check(archive, &self.beginning, None),
            Manifest::Body(body) => manifest::check(archive, &self.beginning, Some(body)),
        }
    }

    /// The manifest's body.
    pub(super) fn manifest(&self) -> Option<&[u8]> {
        match &self.manifest {
            Manifest::Body(body) => Some(body),
            Manifest::Absent | Manifest::TooLarge(_) => None,
        }
    }
}
