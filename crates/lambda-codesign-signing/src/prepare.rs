//! An unsigned package, made ready for a signature: its manifest settled and its digest computed.

use lambda_codesign_core::archive::{
    Archive, ArchiveError, Entry, EntryKind, Limits, SIGNATURE_DIRECTORY, SIGNATURE_ENTRY,
};
use lambda_codesign_core::digest::{ContentDigest, Threads};
use lambda_codesign_core::manifest::{Boundaries, MANIFEST_ENTRY, ManifestError, ModeChange, lines, render};

use crate::deflate::Stored;
use crate::manifest::Manifest;
use crate::records::{Records, RecordsError};
use crate::zip_writer::{EntryName, Mark, NewEntry, ZipWriter};

/// Why a package can't be signed.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The package is not a zip with exactly one reading.
    #[error("the package can't be signed: {0}")]
    Archive(#[from] ArchiveError),
    /// The package is signed already.
    #[error("the package is signed already")]
    AlreadySigned,
    /// A manifest is there, and is not that of this package or not where it must be.
    #[error("the package's manifest is wrong: {0}")]
    Manifest(ManifestError),
    /// Permission bits are not as the manifest records them: the signed package would warn of them.
    #[error(
        "the package's manifest is wrong: it records the permission bits {:04o} for \"{}\", which has others",
        .0.recorded, .0.name
    )]
    ManifestModes(ModeChange),
    /// The records could not be found again.
    #[error(transparent)]
    Records(#[from] RecordsError),
    /// With what signing adds, the package would have more than 65,534 entries or 4 GiB.
    #[error("the package leaves no room for the entries that signing adds")]
    NoRoom,
}

impl PrepareError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Archive(_) | Self::Records(_) => "Build the package again with `lambda-codesign pack`.",
            Self::AlreadySigned => {
                "Sign the unsigned original, or pass signed packages on with --skip-signed."
            }
            Self::Manifest(_) | Self::ManifestModes(_) => {
                "Pack the folder again, and change nothing in the package afterwards."
            }
            Self::NoRoom => "Move files to a layer, to Amazon S3 or into a container image.",
        }
    }
}

/// Whether the package that is to be signed has a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManifestState {
    /// It had one, which is right and stays.
    Kept,
    /// It gets one.
    Written,
    /// It has none: boundaries are unproven.
    Absent,
}

/// An unsigned package that can be signed.
///
/// Holding one proves that it has exactly one reading, that its bodies hold and that its manifest, where it has one,
/// is right. It does not prove what the package does.
pub struct Prepared {
    /// The package as it will be, up to the signature.
    writer: ZipWriter,
    comment: Vec<u8>,
    state: ManifestState,
    digest: ContentDigest,
}

/// An unsigned package as it is handed to a service that signs it.
///
/// Holding one proves what a [`Prepared`] proves.
pub struct Settled {
    /// The zip.
    pub bytes: Vec<u8>,
    /// Whether it has a manifest.
    pub manifest: ManifestState,
}

/// Settles the manifest of a package that is signed elsewhere. One that has its manifest, or needs none, stays as it is.
///
/// # Errors
/// The package has more than one reading, is signed, or has a manifest that is wrong.
pub fn settle_manifest(
    package: Vec<u8>,
    manifest: Manifest,
    threads: Threads,
) -> Result<Settled, PrepareError> {
    let archive = Archive::parse(&package, &Limits::default())?;
    let (plan, _) = Plan::of(&archive, manifest)?;
    check_manifest(&archive.content_digest_on(threads)?)?;
    let bytes = match plan.state {
        ManifestState::Kept | ManifestState::Absent => package,
        ManifestState::Written => {
            let bytes = rewritten(&archive)?.finish(&plan.comment).map_err(|_| PrepareError::NoRoom)?;
            admit(&bytes)?;
            bytes
        }
    };
    Ok(Settled { bytes, manifest: plan.state })
}

/// Room for the records that signing adds, the manifest's aside.
pub(crate) const ADDED: usize = 64 * 1024;
/// The directory of the signature, and the signature.
const ADDED_ENTRIES: usize = 2;

impl Prepared {
    /// Reads an unsigned package, on one thread or more.
    ///
    /// # Errors
    /// The package has more than one reading, is signed, or has a manifest that is wrong.
    pub fn read(package: &[u8], manifest: Manifest, threads: Threads) -> Result<Self, PrepareError> {
        let read = || {
            let archive = Archive::parse(package, &Limits::default())?;
            let (plan, kept) = Plan::of(&archive, manifest)?;
            let digest = plan.digest(&archive, threads)?;
            Ok::<_, PrepareError>((archive, plan, kept, digest))
        };
        let (copy, read) = copied_beside(package, threads, manifest, read);
        let (archive, plan, kept, digest) = read?;
        let copy = || copy.unwrap_or_else(|| with_room(package));
        if let Some(digest) = digest {
            return Self::kept(kept.resume(copy()), plan, digest);
        }
        let writer = match plan.state {
            ManifestState::Written => rewritten(&archive)?,
            ManifestState::Kept | ManifestState::Absent => kept.resume(copy()),
        };
        drop(archive);
        Self::written(writer, plan, threads).map_err(|error| in_terms_of(package, error))
    }

    /// As [`read`](Self::read), in the package's own memory, unless a manifest has to be put in front.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn take(package: Vec<u8>, manifest: Manifest, threads: Threads) -> Result<Self, PrepareError> {
        let archive = Archive::parse(&package, &Limits::default())?;
        let (plan, kept) = Plan::of(&archive, manifest)?;
        let Some(digest) = plan.digest(&archive, threads)? else {
            return Self::read(&package, manifest, threads);
        };
        drop(archive);
        Self::kept(kept.resume(package), plan, digest)
    }

    /// With the package's entries where they were.
    fn kept(mut writer: ZipWriter, plan: Plan, digest: ContentDigest) -> Result<Self, PrepareError> {
        plan.list_directory(&mut writer)?;
        Ok(Self { writer, comment: plan.comment, state: plan.state, digest })
    }

    /// With entries of which no package was read yet: an empty signature stands in for the one to come.
    fn written(mut writer: ZipWriter, plan: Plan, threads: Threads) -> Result<Self, PrepareError> {
        plan.list_directory(&mut writer)?;
        let before = writer.mark();
        let stand_in = signed(writer, &[], &plan.comment)?;
        let archive = Archive::parse(&stand_in, &Limits::default())?;
        let digest = archive.content_digest_on(threads)?;
        check_manifest(&digest)?;
        drop(archive);
        Ok(Self { writer: before.resume(stand_in), comment: plan.comment, state: plan.state, digest })
    }

    /// The digests of the package as it will be; its `CodeSha256` alone is not yet that of the signed file.
    #[must_use]
    pub const fn digest(&self) -> &ContentDigest {
        &self.digest
    }

    /// Whether the signed package has a manifest.
    #[must_use]
    pub const fn manifest(&self) -> ManifestState {
        self.state
    }

    /// As [`with_signature`](Self::with_signature), to be handed to nobody before [`admit`] took it.
    pub(crate) fn not_admitted(self, signature: &[u8]) -> Result<Vec<u8>, PrepareError> {
        signed(self.writer, signature, &self.comment)
    }

    /// The package with this signature entry: the local record of every entry stays byte for byte.
    ///
    /// # Errors
    /// The package leaves no room for what is added.
    pub fn with_signature(self, signature: &[u8]) -> Result<Vec<u8>, PrepareError> {
        let package = self.not_admitted(signature)?;
        admit(&package)?;
        Ok(package)
    }
}

/// Holds a package to the rules once more. What was added counts towards the limits, and bytes at the end of a body can
/// pass for an end record by how far the end is from them.
pub(crate) fn admit(package: &[u8]) -> Result<(), PrepareError> {
    Archive::parse(package, &Limits::default()).map(drop).map_err(PrepareError::from)
}

/// What is decided about a package before anything is written.
struct Plan {
    state: ManifestState,
    comment: Vec<u8>,
    directory: Listing,
}

/// Whether a package has the directory of the signature.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Listing {
    There,
    Absent,
}

impl Plan {
    /// The plan, and the package as it is up to its directory.
    fn of(archive: &Archive<'_>, manifest: Manifest) -> Result<(Self, Mark), PrepareError> {
        if archive.signature_entry().is_some() {
            return Err(PrepareError::AlreadySigned);
        }
        let state = settle(archive, manifest)?;
        let records = Records::of(archive.bytes(), archive)?;
        let entries = archive.entries();
        let has_directory = entries.iter().any(|entry| entry.name() == SIGNATURE_DIRECTORY);
        let end = entries.last().map_or(0, |last| last.offset().saturating_add(last.record().len()));
        let kept = Mark::behind(end, records.directory(), entries.len()).map_err(|_| PrepareError::NoRoom)?;
        let directory = if has_directory { Listing::There } else { Listing::Absent };
        Ok((Self { state, comment: records.comment.to_vec(), directory }, kept))
    }

    /// The digests of what signing makes of the package, where its entries stay where they are and nothing that is added can
    /// be in their way; else what is to be signed has to be written, and read, before it can be told.
    fn digest(&self, archive: &Archive<'_>, threads: Threads) -> Result<Option<ContentDigest>, PrepareError> {
        if self.state == ManifestState::Written || !has_room(archive) {
            return Ok(None);
        }
        let digest = archive.content_digest_to_be_signed(threads)?;
        check_manifest(&digest)?;
        Ok(Some(digest))
    }

    fn list_directory(&self, writer: &mut ZipWriter) -> Result<(), PrepareError> {
        match self.directory {
            Listing::There => Ok(()),
            Listing::Absent => add(writer, SIGNATURE_DIRECTORY, EntryKind::Directory, &stored(Vec::new())?),
        }
    }
}

/// Whether signing adds nothing that a rule or a limit could be against: no file or link has the directory's name, and there is
/// room.
fn has_room(archive: &Archive<'_>) -> bool {
    let (entries, limits) = (archive.entries(), Limits::default());
    let is_taken = |entry: &Entry<'_>| Some(entry.name()) == SIGNATURE_DIRECTORY.strip_suffix('/');
    let count = u32::try_from(entries.len().saturating_add(ADDED_ENTRIES));
    let bytes = u64::try_from(archive.bytes().len().saturating_add(ADDED));
    count.is_ok_and(|count| count <= limits.entries)
        && bytes.is_ok_and(|bytes| bytes <= limits.package_size)
        && !entries.iter().any(is_taken)
}

/// The same defect in the package as it was given, where it has it: with the offsets that its owner can look up.
fn in_terms_of(package: &[u8], error: PrepareError) -> PrepareError {
    let read = Archive::parse(package, &Limits::default());
    match read.and_then(|archive| archive.content_digest()) {
        Ok(_) => error,
        Err(own) => own.into(),
    }
}

/// Copies the package beside other work, where there is a second thread and its bytes look as if they stayed where they
/// are.
fn copied_beside<R>(
    package: &[u8],
    threads: Threads,
    manifest: Manifest,
    work: impl FnOnce() -> R,
) -> (Option<Vec<u8>>, R) {
    // Behind the fixed part of its local header (APPNOTE 4.3.7).
    let has_manifest = package.get(30..).is_some_and(|rest| rest.starts_with(MANIFEST_ENTRY.as_bytes()));
    if threads == Threads::One || (manifest == Manifest::Write && !has_manifest) {
        return (None, work());
    }
    let (done, copy) = threads.both(work, || with_room(package));
    (Some(copy), done)
}

/// A copy that signing can go on with in place.
fn with_room(package: &[u8]) -> Vec<u8> {
    let mut copy = Vec::with_capacity(package.len().saturating_add(ADDED));
    copy.extend_from_slice(package);
    copy
}

/// A manifest, and the package's own entries behind it.
fn rewritten(archive: &Archive<'_>) -> Result<ZipWriter, PrepareError> {
    let records = Records::of(archive.bytes(), archive)?;
    let body = stored(render(lines(archive)))?;
    let added = body.data.len().saturating_add(ADDED);
    let mut writer = ZipWriter::with_capacity(archive.bytes().len().saturating_add(added));
    add(&mut writer, MANIFEST_ENTRY, EntryKind::File, &body)?;
    for (entry, central) in records.with_central(archive) {
        writer.copy(entry.record(), |offset| central.moved_to(offset)).map_err(|_| PrepareError::NoRoom)?;
    }
    Ok(writer)
}

/// The whole package, with this signature behind what was written.
fn signed(mut writer: ZipWriter, signature: &[u8], comment: &[u8]) -> Result<Vec<u8>, PrepareError> {
    add(&mut writer, SIGNATURE_ENTRY, EntryKind::File, &stored(signature.to_vec())?)?;
    writer.finish(comment).map_err(|_| PrepareError::NoRoom)
}

pub(crate) fn stored(body: Vec<u8>) -> Result<Stored, PrepareError> {
    Stored::smallest(body).map_err(|_| PrepareError::NoRoom)
}

pub(crate) fn add(
    writer: &mut ZipWriter,
    name: &str,
    kind: EntryKind,
    body: &Stored,
) -> Result<(), PrepareError> {
    let name = EntryName::new(name).ok_or(PrepareError::NoRoom)?;
    let mode = match kind {
        EntryKind::File | EntryKind::Symlink => 0o644,
        EntryKind::Directory => 0o755,
    };
    writer.add(&NewEntry { name, kind, mode, body }).map_err(|_| PrepareError::NoRoom)
}

/// Decides on the manifest. One that stands elsewhere than in front is an error, whatever is put in front.
fn settle(archive: &Archive<'_>, wanted: Manifest) -> Result<ManifestState, PrepareError> {
    let mut manifests = archive.entries().iter().filter(|entry| entry.name() == MANIFEST_ENTRY);
    match (manifests.next().map(|entry| entry.index()), wanted) {
        (Some(0), _) => Ok(ManifestState::Kept),
        (Some(index), _) => Err(PrepareError::Manifest(ManifestError::Elsewhere { index })),
        (None, Manifest::Write) => Ok(ManifestState::Written),
        (None, Manifest::Omit) => Ok(ManifestState::Absent),
    }
}

fn check_manifest(digest: &ContentDigest) -> Result<(), PrepareError> {
    match digest.boundaries() {
        Err(error) => Err(PrepareError::Manifest(error.clone())),
        Ok(Boundaries::Unproven { .. }) => Ok(()),
        Ok(Boundaries::Listed { modes, .. }) => match &modes.first {
            Some(change) => Err(PrepareError::ManifestModes(change.clone())),
            None => Ok(()),
        },
    }
}
