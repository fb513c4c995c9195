//! A signature taken off a package, and put on a rebuilt one.

use lambda_codesign_core::archive::{Archive, ArchiveError, Limits};
use sha2::{Digest as _, Sha384};

use crate::manifest::Manifest;
use crate::prepare::{ManifestState, PrepareError, Prepared};

/// The largest signature entry that is looked at: a genuine one has about 4 KiB.
const MAX_SIGNATURE: usize = 1 << 20;

/// A package with a signature that was published elsewhere.
#[derive(Debug)]
pub struct Grafted {
    /// The zip.
    pub bytes: Vec<u8>,
    /// Whether it has a manifest; without one, boundaries are unproven.
    pub manifest: ManifestState,
}

/// Why a signature was not taken off or put on.
#[derive(Debug, thiserror::Error)]
pub enum GraftError {
    /// The package is not a zip with exactly one reading.
    #[error("the package can't be read: {0}")]
    Archive(#[from] ArchiveError),
    /// The package carries no signature.
    #[error("the package carries no signature")]
    Unsigned,
    /// The package can't take a signature.
    #[error(transparent)]
    Package(#[from] PrepareError),
    /// The file is not a signature entry with one message digest.
    #[error("the signature is not in the form that AWS Signer writes")]
    Malformed,
    /// The signature was made over other content.
    #[error("the signature was made over other content than this package's")]
    DoesNotHold,
}

impl GraftError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Archive(_) => "Check that the file is the whole package.",
            Self::Unsigned => "Give the signed package.",
            Self::Package(error) => error.remedy(),
            Self::Malformed => "Give the file that `lambda-codesign signature extract` writes.",
            Self::DoesNotHold => {
                "Compare this package with the signed one by `lambda-codesign diff`, and rebuild it alike."
            }
        }
    }
}

/// The body of the signature entry.
///
/// # Errors
/// The package can't be read, or carries no signature.
pub fn extract(package: &[u8]) -> Result<Vec<u8>, GraftError> {
    let archive = Archive::parse(package, &Limits::default())?;
    let entry = archive.signature_entry().ok_or(GraftError::Unsigned)?;
    Ok(archive.read(entry, MAX_SIGNATURE)?)
}

/// Puts a signature on an unsigned package whose content it was made over: as it is, or with the manifest that signing
/// puts in front.
///
/// That the digest holds says nothing of who signed: verify the result.
///
/// # Errors
/// The package can't be signed, or the signature was made over other content.
pub fn attach(package: &[u8], signature: &[u8]) -> Result<Grafted, GraftError> {
    let claimed = message_digest(signature).ok_or(GraftError::Malformed)?;
    let holds = |prepared: &Prepared<'_>| Sha384::digest(prepared.inner()).as_slice() == claimed;
    for manifest in [Manifest::Omit, Manifest::Write] {
        let prepared = Prepared::read(package, manifest)?;
        if holds(&prepared) {
            let bytes = prepared.with_signature(signature)?;
            return Ok(Grafted {
                bytes,
                manifest: prepared.manifest(),
            });
        }
    }
    Err(GraftError::DoesNotHold)
}

/// The attribute of the message digest, up to its 48 bytes: SEQUENCE, its OID, SET, OCTET STRING (RFC 5652 11.2).
const MESSAGE_DIGEST: [u8; 17] = [
    0x30, 63, 0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4, 0x31, 50, 0x04, 48,
];

/// The one message digest of a signature entry.
///
/// The attribute is looked for by its bytes, which are the same in every envelope since the attributes are DER. That
/// serves to refuse a graft that can't hold; whether the envelope is well formed and genuine, verification tells.
fn message_digest(signature: &[u8]) -> Option<[u8; 48]> {
    let (label, envelope) = pem_rfc7468::decode_vec(signature).ok()?;
    let mut found = envelope.windows(MESSAGE_DIGEST.len() + 48).filter_map(|window| {
        window
            .strip_prefix(MESSAGE_DIGEST.as_slice())?
            .first_chunk()
            .copied()
    });
    match (label, found.next(), found.next()) {
        ("PKCS7", Some(digest), None) => Some(digest),
        _ => None,
    }
}
