//! Stage 2: the digests of a package, computed from its bytes (FORMAT.md, "What is signed").
//!
//! The scheme is `concat-sha384-sha384`: SHA-384 over the 48 bytes of SHA-384 over every name and unpacked body,
//! in archive order, without framing. It has not been recomputed over a genuine AWS-signed archive; FORMAT.md,
//! "Open", says what it rests on. Nothing outside this module knows it.

use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256, Sha384};

use crate::archive::{Archive, ArchiveError, Entry, Sink};
use crate::claims::ClaimedDigest;
use crate::manifest::{self, Boundaries, MANIFEST_ENTRY, ManifestError, STREAM_PREFIX};

/// The name of the digest's scheme.
pub const SCHEME: &str = "concat-sha384-sha384";

/// The digests of a package's content, and what its manifest proves.
///
/// Holding one proves that they were computed here, in one pass over these bytes, and that every declared size and
/// CRC-32 held. It does not prove that anybody signed them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentDigest {
    inner: [u8; 48],
    outer: [u8; 48],
    framed: FramedDigest,
    code_sha256: CodeSha256,
    boundaries: Result<Boundaries, ManifestError>,
}

/// SHA-256 of a whole package file, which Lambda shows as `CodeSha256`.
///
/// Its `Display` is base64, as Lambda's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CodeSha256(pub(crate) [u8; 32]);

/// SHA-384 over the lines that the manifest has or would have, then the inner digest: it identifies content and
/// boundaries, which the inner digest alone does not.
///
/// Its `Display` is lower-case hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FramedDigest(pub(crate) [u8; 48]);

impl CodeSha256 {
    /// The hash of a whole file.
    #[must_use]
    pub fn of(package: &[u8]) -> Self {
        Self(Sha256::digest(package).into())
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for CodeSha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl FramedDigest {
    /// The 48 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 48] {
        &self.0
    }
}

impl fmt::Display for FramedDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl ContentDigest {
    /// The inner digest: the 48 bytes that are the detached content of the CMS signature.
    #[must_use]
    pub const fn inner(&self) -> &[u8; 48] {
        &self.inner
    }

    /// The outer digest: what a signature's message digest attribute must be.
    #[must_use]
    pub const fn outer(&self) -> &[u8; 48] {
        &self.outer
    }

    /// The digest that identifies content and boundaries.
    #[must_use]
    pub const fn framed(&self) -> FramedDigest {
        self.framed
    }

    /// The hash of the whole file.
    #[must_use]
    pub const fn code_sha256(&self) -> CodeSha256 {
        self.code_sha256
    }

    /// What the manifest proves about the boundaries between the entries.
    ///
    /// # Errors
    ///
    /// [`ManifestError`] where there is a manifest, and it does not fit or does not stand where it must.
    pub const fn boundaries(&self) -> Result<&Boundaries, &ManifestError> {
        self.boundaries.as_ref()
    }

    /// Whether a signature over `claimed` is one over this content.
    #[must_use]
    pub fn is(&self, claimed: ClaimedDigest) -> bool {
        self.outer == *claimed.as_bytes()
    }
}

impl Archive<'_> {
    /// Unpacks every entry once, in order, and computes the digests on the way.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`] where a body does not inflate to its declared size and CRC-32. Memory is that of the
    /// inflater's buffers and, where there is one, of the manifest, which is no larger than the names are.
    pub fn content_digest(&self) -> Result<ContentDigest, ArchiveError> {
        let mut stream = Stream::new(self);
        self.unpack(&mut stream)?;
        let Stream { hash, beginning, manifest, .. } = stream;
        let inner: [u8; 48] = hash.finalize().into();
        let boundaries = match manifest {
            Manifest::TooLarge(size) => Err(ManifestError::TooLarge { size }),
            Manifest::Absent => manifest::check(self, &beginning, None),
            Manifest::Body(ref body) => manifest::check(self, &beginning, Some(body)),
        };
        let framed = match (&boundaries, &manifest) {
            (Ok(Boundaries::Listed { .. }), Manifest::Body(body)) => framed_by(body, &inner),
            (_, _) => framed_by_entries(self, &inner),
        };
        Ok(ContentDigest {
            inner,
            outer: Sha384::digest(inner).into(),
            framed,
            code_sha256: CodeSha256::of(self.bytes()),
            boundaries,
        })
    }
}

/// The signed stream, hashed as it comes; its beginning and the manifest's body are kept.
struct Stream {
    hash: Sha384,
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

impl Stream {
    fn new(archive: &Archive<'_>) -> Self {
        Self {
            hash: Sha384::new(),
            beginning: Vec::with_capacity(STREAM_PREFIX.len()),
            manifest: Manifest::Absent,
            largest_manifest: manifest::largest(archive),
            now: Now::Content,
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        let wanted = STREAM_PREFIX.len().saturating_sub(self.beginning.len());
        self.beginning.extend(bytes.iter().take(wanted));
        self.hash.update(bytes);
    }
}

impl<'a> Sink<'a> for Stream {
    fn entry(&mut self, entry: &Entry<'a>) {
        self.now = if entry.is_signature() {
            Now::Signature
        } else if entry.index() == 0 && entry.name() == MANIFEST_ENTRY {
            let fits = usize::try_from(entry.size()).is_ok_and(|size| size <= self.largest_manifest);
            self.manifest = if fits { Manifest::Body(Vec::new()) } else { Manifest::TooLarge(entry.size()) };
            Now::Manifest
        } else {
            Now::Content
        };
        if !entry.is_signature() {
            self.push(entry.name().as_bytes());
        }
    }

    fn body(&mut self, chunk: &[u8]) {
        match self.now {
            Now::Signature => return,
            Now::Content => {}
            Now::Manifest => {
                if let Manifest::Body(body) = &mut self.manifest {
                    body.extend_from_slice(chunk);
                }
            }
        }
        self.push(chunk);
    }
}

fn framed_by(manifest: &[u8], inner: &[u8; 48]) -> FramedDigest {
    let mut hash = Sha384::new();
    hash.update(manifest::lines_of(manifest).unwrap_or_default());
    hash.update(inner);
    FramedDigest(hash.finalize().into())
}

fn framed_by_entries(archive: &Archive<'_>, inner: &[u8; 48]) -> FramedDigest {
    let mut hash = Sha384::new();
    manifest::lines(archive).for_each(|line| hash.update(line.to_string()));
    hash.update(inner);
    FramedDigest(hash.finalize().into())
}
