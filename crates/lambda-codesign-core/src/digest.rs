//! Stage 2: the digests of a package, computed from its bytes (FORMAT.md, "What is signed").
//!
//! The scheme is `concat-sha384-sha384`: SHA-384 over the 48 bytes of SHA-384 over every name and unpacked body,
//! in archive order, without framing. It has not been recomputed over a genuine AWS-signed archive; FORMAT.md,
//! "Open", says what it rests on. Nothing outside this module knows it.

mod file;
mod stream;
mod pipeline;

use core::fmt::{self, Write as _};
use core::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256, Sha384};

use crate::archive::{Archive, ArchiveError};
use crate::claims::ClaimedDigest;
use crate::manifest::{self, Boundaries, Line, ManifestError, Reader, Signing};
use crate::provider;
use crate::text::Hex;

pub(crate) use file::FileHash;
pub use pipeline::{Threads, Workers};
use stream::Beginning;

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
        Hex(&self.0).fmt(f)
    }
}

/// Text that is not a digest as this crate writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DigestTextError {
    /// Not 32 bytes in base64.
    #[error("it is not 44 characters of base64")]
    CodeSha256,
    /// Not 48 bytes in hex.
    #[error("it is not 96 digits of lower-case hex")]
    Framed,
}

impl FromStr for CodeSha256 {
    type Err = DigestTextError;

    fn from_str(text: &str) -> Result<Self, DigestTextError> {
        let bytes = STANDARD.decode(text).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(DigestTextError::CodeSha256)
    }
}

impl FromStr for FramedDigest {
    type Err = DigestTextError;

    fn from_str(text: &str) -> Result<Self, DigestTextError> {
        hex(text).map(Self).ok_or(DigestTextError::Framed)
    }
}

fn hex(text: &str) -> Option<[u8; 48]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(byte.wrapping_sub(b'a').wrapping_add(10)),
        _ => None,
    };
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    let bytes: Option<Vec<u8>> =
        pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    bytes?.try_into().ok()
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

impl<'a> Archive<'a> {
    /// Unpacks every entry once, in order, on this thread, and computes the digests on the way.
    ///
    /// # Errors
    ///
    /// [`ArchiveError`] where a body does not inflate to its declared size and CRC-32. Memory is that of the
    /// inflater's buffers.
    pub fn content_digest(&self) -> Result<ContentDigest, ArchiveError> {
        self.content_digest_on(Threads::One)
    }

    /// As [`content_digest`](Self::content_digest), on one thread or more.
    ///
    /// # Errors
    ///
    /// As there, and the same.
    pub fn content_digest_on(&self, threads: Threads) -> Result<ContentDigest, ArchiveError> {
        self.content_digest_beside(threads, &FileHash::of(self.bytes()), Signing::Done)
    }

    /// As [`content_digest_on`](Self::content_digest_on), of what signing makes of an unsigned package: a signature behind its
    /// entries, and before that the directory [`SIGNATURE_DIRECTORY`](crate::archive::SIGNATURE_DIRECTORY) where it has none.
    ///
    /// The hash of the file is that of the package as it is.
    ///
    /// # Errors
    ///
    /// As there, and the same.
    pub fn content_digest_to_be_signed(&self, threads: Threads) -> Result<ContentDigest, ArchiveError> {
        self.content_digest_beside(threads, &FileHash::of(self.bytes()), Signing::ToCome)
    }

    /// As above, where the file's hash may have begun.
    pub(crate) fn content_digest_beside(
        &self,
        threads: Threads,
        file: &FileHash<'a>,
        signing: Signing,
    ) -> Result<ContentDigest, ArchiveError> {
        let beside =
            threads.workers_for(self).and_then(|workers| pipeline::digest(self, signing, workers, file));
        let Digested { mut stream, code_sha256, mut beginning, manifest } =
            beside.unwrap_or_else(|| stream::digest(self, signing, file))?;
        if let Some(directory) = signing.directory(self) {
            beginning.update(directory.name.as_bytes());
            stream.update(directory.name.as_bytes());
        }
        let inner = stream.finish();
        let (listed, lines) = manifest.map(Reader::finish).unzip();
        let boundaries = manifest::boundaries(self, beginning.is_a_manifests(), listed);
        let mut lines = match (&boundaries, lines) {
            (Ok(Boundaries::Listed { .. }), Some(lines)) => lines,
            (_, _) => hash_of(manifest::lines_of(self, signing)),
        };
        lines.update(&inner);
        let framed = FramedDigest(lines.finish());
        Ok(ContentDigest { inner, outer: Sha384::digest(inner).into(), framed, code_sha256, boundaries })
    }
}

/// What one way through a package gives.
struct Digested<'e, 'a> {
    /// The hash of the signed stream.
    stream: provider::Sha384,
    code_sha256: CodeSha256,
    beginning: Beginning,
    /// What entry 0 is where it has the manifest's name.
    manifest: Option<Reader<'e, 'a>>,
}

/// The hash of the lines of a manifest.
fn hash_of<'l>(lines: impl Iterator<Item = Line<'l>>) -> provider::Sha384 {
    let (mut hash, mut shown) = (provider::Sha384::new(), String::new());
    for line in lines {
        shown.clear();
        // Nothing fails that is written to memory.
        let _ = write!(shown, "{line}");
        hash.update(shown.as_bytes());
    }
    hash
}
