//! Where a vendor's package was taken from, written into the package that is signed anew.

use lambda_codesign_core::archive::{
    Archive, Entry, EntryKind, Limits, SIGNATURE_DIRECTORY, SIGNATURE_ENTRY,
};
use lambda_codesign_core::digest::CodeSha256;
use lambda_codesign_core::manifest::MANIFEST_ENTRY;
use lambda_codesign_core::report::OriginReport;
use serde::{Deserialize, Serialize};

use crate::prepare::{ADDED, PrepareError, add, stored};
use crate::records::{Records, from_directory};
use crate::zip_writer::ZipWriter;

/// The entry that says where a package was taken from. It is content like any other: the manifest lists it, and the
/// signature covers it.
pub const ORIGIN_ENTRY: &str = ".lambda-codesign-origin.json";

/// Where a package was taken from.
///
/// Holding one proves nothing by itself: it is the word of whoever signed the package that has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The layer's version.
    pub layer_version_arn: String,
    /// The hash of the vendor's file, as Lambda showed it.
    #[serde(with = "crate::as_text")]
    pub code_sha256: CodeSha256,
    /// The profile version that had signed it; nothing where nobody had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing_profile_version_arn: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "schema")]
enum Document {
    #[serde(rename = "lambda-codesign/origin/v1")]
    V1(Origin),
}

impl Origin {
    /// The most bytes that the entry may have.
    const LIMIT: usize = 16 * 1024;

    /// What a package says of its origin, where it says something that can be read.
    #[must_use]
    pub fn of(package: &[u8]) -> Option<Self> {
        // Nearly no package has one, and that costs no second reading of its records.
        memchr::memmem::find(from_directory(package), ORIGIN_ENTRY.as_bytes())?;
        let archive = Archive::parse(package, &Limits::default()).ok()?;
        let entry = archive.entries().iter().find(|entry| entry.name() == ORIGIN_ENTRY)?;
        let body = archive.read(entry, Self::LIMIT).ok()?;
        let Document::V1(origin) = serde_json::from_slice(&body).ok()?;
        Some(origin)
    }

    /// As the reports of a verifier have it.
    #[must_use]
    pub fn report(&self) -> OriginReport {
        let signer = self.signing_profile_version_arn.as_deref();
        OriginReport::new(&self.layer_version_arn, self.code_sha256, signer)
    }

    fn body(&self) -> Vec<u8> {
        // A document of three texts is always written.
        let mut body = serde_json::to_vec_pretty(&Document::V1(self.clone())).unwrap_or_default();
        body.push(b'\n');
        body
    }
}

/// A vendor's package as it is to be signed anew: its own entries, whose local records stay byte for byte, without the vendor's
/// signature and manifest, and with its origin behind them. The same package and origin give the same bytes.
///
/// # Errors
/// The package has more than one reading, or leaves no room.
pub fn with_origin(package: &[u8], origin: &Origin) -> Result<Vec<u8>, PrepareError> {
    let archive = Archive::parse(package, &Limits::default())?;
    let records = Records::of(package, &archive)?;
    let mut writer = ZipWriter::with_capacity(package.len().saturating_add(ADDED));
    let marker = marker_of(archive.entries());
    for (entry, central) in records.with_central(&archive) {
        let leaves = [SIGNATURE_ENTRY, MANIFEST_ENTRY, ORIGIN_ENTRY].contains(&entry.name());
        if leaves || marker == Some(entry.index()) {
            continue;
        }
        writer.copy(entry.record(), |offset| central.moved_to(offset)).map_err(|_| PrepareError::NoRoom)?;
    }
    add(&mut writer, ORIGIN_ENTRY, EntryKind::File, &stored(origin.body())?)?;
    let bytes = writer.finish(records.comment).map_err(|_| PrepareError::NoRoom)?;
    Archive::parse(&bytes, &Limits::default())?;
    Ok(bytes)
}

/// The directory that came with the signature: directly before it, with nothing else in it (FORMAT.md, "Where the signature
/// is").
fn marker_of(entries: &[Entry<'_>]) -> Option<usize> {
    let signature = entries.iter().position(|entry| entry.name() == SIGNATURE_ENTRY)?;
    let marker =
        entries.get(signature.checked_sub(1)?).filter(|entry| entry.name() == SIGNATURE_DIRECTORY)?;
    let alone = entries.iter().all(|entry| {
        [SIGNATURE_ENTRY, SIGNATURE_DIRECTORY].contains(&entry.name())
            || !entry.name().starts_with(SIGNATURE_DIRECTORY)
    });
    alone.then(|| marker.index())
}
