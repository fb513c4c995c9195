//! The signed stream: what of a package is in it, and what of it is looked at.

use crate::archive::{Archive, ArchiveError, Entry, Sink};
use crate::manifest::{MANIFEST_ENTRY, Reader, STREAM_PREFIX, Signing};
use crate::provider::Sha384;

use super::Digested;
use super::file::FileHash;

/// One way through the package on this thread, hashed as it comes.
pub(super) fn digest<'e, 'a>(
    archive: &'e Archive<'a>,
    signing: Signing,
    file: &FileHash<'_>,
) -> Result<Digested<'e, 'a>, ArchiveError> {
    let (hash, beginning) = (Sha384::new(), Beginning::default());
    let mut stream = Stream { archive, signing, hash, beginning, manifest: None, now: Now::Content };
    archive.unpack(&mut stream)?;
    let Stream { hash, beginning, manifest, .. } = stream;
    Ok(Digested { stream: hash, code_sha256: file.finish(), beginning, manifest })
}

struct Stream<'e, 'a> {
    archive: &'e Archive<'a>,
    signing: Signing,
    hash: Sha384,
    beginning: Beginning,
    manifest: Option<Reader<'e, 'a>>,
    now: Now,
}

/// What the body chunks that come now belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Now {
    Signature,
    Manifest,
    Content,
}

impl Stream<'_, '_> {
    fn signed(&mut self, bytes: &[u8]) {
        self.beginning.update(bytes);
        self.hash.update(bytes);
    }
}

impl<'a> Sink<'a> for Stream<'_, 'a> {
    fn entry(&mut self, entry: &Entry<'a>) {
        if entry.is_signature() {
            self.now = Now::Signature;
            return;
        }
        self.now = Now::Content;
        if is_manifest(entry) {
            self.now = Now::Manifest;
            self.manifest = Some(Reader::new(self.archive, entry, self.signing));
        }
        self.signed(entry.name().as_bytes());
    }

    fn body(&mut self, chunk: &[u8]) {
        if self.now == Now::Signature {
            return;
        }
        if let (Now::Manifest, Some(manifest)) = (self.now, &mut self.manifest) {
            manifest.update(chunk);
        }
        self.signed(chunk);
    }
}

/// Whether the entry is where the manifest must be, and has its name.
pub(super) fn is_manifest(entry: &Entry<'_>) -> bool {
    entry.index() == 0 && entry.name() == MANIFEST_ENTRY
}

/// The beginning of the signed stream, whosever the bytes are.
#[derive(Default)]
pub(super) struct Beginning(Vec<u8>);

impl Beginning {
    /// The next bytes of the stream.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        let wanted = STREAM_PREFIX.len().saturating_sub(self.0.len());
        self.0.extend(bytes.iter().take(wanted));
    }

    /// Whether it is that of a package with a manifest.
    pub(super) fn is_a_manifests(&self) -> bool {
        self.0 == STREAM_PREFIX
    }
}
