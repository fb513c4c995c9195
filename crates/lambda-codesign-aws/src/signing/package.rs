//! A package that is to be signed.

use lambda_codesign_core::archive::{
    Archive, ArchiveError, Entry, EntryKind, Limits, SIGNATURE_DIRECTORY, Sink,
};
use lambda_codesign_core::text::Hex;
use sha2::{Digest as _, Sha256};

/// An unsigned package.
///
/// Holding one proves that it has exactly one reading, that its bodies hold and that no signature is in it. It does not
/// prove what it does.
#[derive(Clone)]
pub struct Unsigned {
    bytes: Vec<u8>,
    sha256: String,
    content: Content,
}

/// What a package holds: kind, name and body of each entry in order, but for what signing adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Content([u8; 32]);

/// Why a package is not sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    /// It is not a zip with exactly one reading.
    #[error("the package can't be signed: {0}")]
    Archive(#[from] ArchiveError),
    /// It is signed already.
    #[error("the package is signed already")]
    AlreadySigned,
}

impl Unsigned {
    /// Reads a package.
    ///
    /// # Errors
    /// It is refused by the verifier's own reader, or signed: Signer's job would fail.
    pub fn read(bytes: Vec<u8>) -> Result<Self, PackageError> {
        let archive = Archive::parse(&bytes, &Limits::default())?;
        if archive.signature_entry().is_some() {
            return Err(PackageError::AlreadySigned);
        }
        let content = Content::of(&archive)?;
        let sha256 = Hex(&Sha256::digest(&bytes)).to_string();
        Ok(Self { bytes, sha256, content })
    }

    /// The zip.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The hash of the zip, in hex.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    pub(super) const fn content(&self) -> Content {
        self.content
    }
}

impl Content {
    /// Unpacks every entry once.
    pub(super) fn of(archive: &Archive<'_>) -> Result<Self, ArchiveError> {
        let mut hasher = Hasher { hash: Sha256::new(), counts: true };
        archive.unpack(&mut hasher)?;
        Ok(Self(hasher.hash.finalize().into()))
    }
}

/// Hashes what signing does not add, each part with its length before it.
struct Hasher {
    hash: Sha256,
    counts: bool,
}

impl<'a> Sink<'a> for Hasher {
    fn entry(&mut self, entry: &Entry<'a>) {
        self.counts = !entry.is_signature() && entry.name() != SIGNATURE_DIRECTORY;
        if self.counts {
            let kind = match entry.kind() {
                EntryKind::File => b'f',
                EntryKind::Directory => b'd',
                EntryKind::Symlink => b'l',
            };
            let name = u64::try_from(entry.name().len()).unwrap_or(u64::MAX);
            self.hash.update([kind]);
            self.hash.update(name.to_be_bytes());
            self.hash.update(entry.name());
            self.hash.update(entry.size().to_be_bytes());
        }
    }

    fn body(&mut self, chunk: &[u8]) {
        if self.counts {
            self.hash.update(chunk);
        }
    }
}
