//! An unsigned package, made ready for a signature: its manifest settled and its digest computed.

use lambda_codesign_core::archive::{
    Archive, ArchiveError, Entry, EntryKind, Limits, SIGNATURE_DIRECTORY, SIGNATURE_ENTRY, Sink,
};
use lambda_codesign_core::text::Escaped;
use sha2::{Digest as _, Sha384};

use crate::deflate::Stored;
use crate::digests::FramedSha384;
use crate::manifest::{self, Kind, Line, MAGIC, Manifest};
use crate::records::{Records, RecordsError};
use crate::zip_writer::{EntryName, NewEntry, ZipWriter};

/// Why a package can't be signed.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The package is not a zip with exactly one reading.
    #[error("the package can't be signed: {0}")]
    Archive(#[from] ArchiveError),
    /// The package is signed already.
    #[error("the package is signed already")]
    AlreadySigned,
    /// A manifest is in front, and is not that of this package.
    #[error(
        "the package's manifest is wrong: its line {line} reads \"{}\" where \"{}\" is right",
        Escaped(.found.as_bytes()), Escaped(.right.as_bytes())
    )]
    ManifestWrong {
        /// The line, from 1.
        line: usize,
        /// What it reads; empty where there is none.
        found: String,
        /// What it should read; empty where there should be none.
        right: String,
    },
    /// A manifest stands elsewhere than in front.
    #[error("the package has a manifest that is its entry {0}, not its first")]
    ManifestDisplaced(usize),
    /// The signed stream begins as a manifest does, and no entry is one.
    #[error("the package begins with the text of a manifest that is no entry of its own")]
    ManifestBroken,
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
            Self::ManifestWrong { .. } | Self::ManifestDisplaced(_) | Self::ManifestBroken => {
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
pub struct Prepared<'a> {
    archive: Archive<'a>,
    records: Records<'a>,
    /// The manifest to put in front.
    new_manifest: Option<Stored>,
    state: ManifestState,
    has_directory: bool,
    inner: [u8; 48],
    framed: FramedSha384,
}

impl<'a> Prepared<'a> {
    /// Reads an unsigned package.
    ///
    /// # Errors
    /// The package has more than one reading, is signed, or has a manifest that is wrong.
    pub fn read(package: &'a [u8], manifest: Manifest) -> Result<Self, PrepareError> {
        let archive = Archive::parse(package, &Limits::default())?;
        if archive.signature_entry().is_some() {
            return Err(PrepareError::AlreadySigned);
        }
        let (state, lines) = settle(&archive, manifest)?;
        let new_manifest = match state {
            ManifestState::Written => Some(manifest::render(&lines)),
            ManifestState::Kept | ManifestState::Absent => None,
        };
        let has_directory = archive
            .entries()
            .iter()
            .any(|entry| entry.name() == SIGNATURE_DIRECTORY);
        let inner = inner(&archive, new_manifest.as_deref(), has_directory)?;
        let appended = match (state, has_directory) {
            // Without a manifest, the one that it would have lists the directory too.
            (ManifestState::Absent, false) => Some(signature_directory()),
            (ManifestState::Absent, true) | (ManifestState::Kept | ManifestState::Written, _) => None,
        };
        Ok(Self {
            framed: framed(lines.iter().chain(&appended), &inner),
            records: Records::of(package, &archive)?,
            new_manifest: match new_manifest {
                Some(body) => Some(Stored::smallest(body).map_err(|_| PrepareError::NoRoom)?),
                None => None,
            },
            archive,
            state,
            has_directory,
            inner,
        })
    }

    /// The 48 bytes that are signed: the SHA-384 over names and bodies of the package as it will be.
    #[must_use]
    pub fn inner(&self) -> &[u8; 48] {
        &self.inner
    }

    /// The framed digest of the package as it will be.
    #[must_use]
    pub fn framed(&self) -> FramedSha384 {
        self.framed
    }

    /// Whether the signed package has a manifest.
    #[must_use]
    pub fn manifest(&self) -> ManifestState {
        self.state
    }

    /// The package with this signature entry: the local record of every entry stays byte for byte.
    ///
    /// # Errors
    /// The package leaves no room for what is added.
    pub fn with_signature(&self, signature: &[u8]) -> Result<Vec<u8>, PrepareError> {
        let mut writer = ZipWriter::default();
        if let Some(body) = &self.new_manifest {
            add(&mut writer, manifest::NAME, Kind::File, body)?;
        }
        for (entry, central) in self.records.with_central(&self.archive) {
            writer
                .copy(entry.record(), |offset| central.moved_to(offset))
                .map_err(|_| PrepareError::NoRoom)?;
        }
        if !self.has_directory {
            let empty = Stored::verbatim(Vec::new()).map_err(|_| PrepareError::NoRoom)?;
            add(&mut writer, SIGNATURE_DIRECTORY, Kind::Directory, &empty)?;
        }
        let body = Stored::smallest(signature.to_vec()).map_err(|_| PrepareError::NoRoom)?;
        add(&mut writer, SIGNATURE_ENTRY, Kind::File, &body)?;
        let package = writer
            .finish(self.records.comment)
            .map_err(|_| PrepareError::NoRoom)?;
        // What signing adds counts towards the limits too.
        Archive::parse(&package, &Limits::default())?;
        Ok(package)
    }
}

fn add(writer: &mut ZipWriter, name: &str, kind: Kind, body: &Stored) -> Result<(), PrepareError> {
    let name = EntryName::new(name).ok_or(PrepareError::NoRoom)?;
    let mode = default_mode(kind);
    writer
        .add(&NewEntry {
            name,
            kind,
            mode,
            body,
        })
        .map_err(|_| PrepareError::NoRoom)
}

/// The permission bits of an entry whose writer recorded none.
const fn default_mode(kind: Kind) -> u16 {
    match kind {
        Kind::File => 0o644,
        Kind::Directory => 0o755,
        Kind::Link => 0o777,
    }
}

pub(crate) fn kind(entry: &Entry<'_>) -> Kind {
    match entry.kind() {
        EntryKind::File => Kind::File,
        EntryKind::Directory => Kind::Directory,
        EntryKind::Symlink => Kind::Link,
    }
}

fn line(entry: &Entry<'_>) -> Line {
    let kind = kind(entry);
    let mode = entry.mode().unwrap_or(default_mode(kind));
    Line {
        kind,
        mode,
        size: entry.size(),
        name: entry.name().to_owned(),
    }
}

fn signature_directory() -> Line {
    let kind = Kind::Directory;
    Line {
        kind,
        mode: default_mode(kind),
        size: 0,
        name: SIGNATURE_DIRECTORY.to_owned(),
    }
}

/// Decides on the manifest and gives the lines that it has or would have.
fn settle(archive: &Archive<'_>, wanted: Manifest) -> Result<(ManifestState, Vec<Line>), PrepareError> {
    let displaced = archive
        .entries()
        .iter()
        .skip(1)
        .find(|entry| entry.name() == manifest::NAME);
    if let Some(entry) = displaced {
        return Err(PrepareError::ManifestDisplaced(entry.index()));
    }
    let first = archive
        .entries()
        .first()
        .filter(|entry| entry.name() == manifest::NAME);
    let lines: Vec<Line> = archive
        .entries()
        .iter()
        .skip(usize::from(first.is_some()))
        .map(line)
        .collect();
    match (first, wanted) {
        (Some(entry), _) => Ok((ManifestState::Kept, check(archive, entry, lines)?)),
        (None, Manifest::Write) => Ok((ManifestState::Written, lines)),
        (None, Manifest::Omit) => Ok((ManifestState::Absent, lines)),
    }
}

/// Holds the manifest in front to the entries; gives the lines that it has.
fn check(archive: &Archive<'_>, entry: &Entry<'_>, mut lines: Vec<Line>) -> Result<Vec<Line>, PrepareError> {
    let right = manifest::render(&lines);
    // Far more than the right one is not read to be compared: the length on its second line tells already.
    let most = right.len().saturating_mul(2);
    if usize::try_from(entry.size()).map_or(true, |size| size > most) {
        let (found, right) = (format!("{:010}", entry.size()), format!("{:010}", right.len()));
        return Err(PrepareError::ManifestWrong {
            line: 2,
            found,
            right,
        });
    }
    let found = archive.read(entry, most)?;
    if found == right {
        return Ok(lines);
    }
    // AWS appends `META_INF/` without listing it, so a package that has it at its end may leave it unlisted.
    if lines.last().is_some_and(|last| last.name == SIGNATURE_DIRECTORY) {
        let last = lines.pop();
        if found == manifest::render(&lines) {
            return Ok(lines);
        }
        lines.extend(last);
    }
    Err(first_difference(&found, &right))
}

fn first_difference(found: &[u8], right: &[u8]) -> PrepareError {
    let (found, right) = (String::from_utf8_lossy(found), String::from_utf8_lossy(right));
    let (mut found, mut right) = (found.split('\n'), right.split('\n'));
    // The second line is the length, which differs with any other: the line that makes it differ says more.
    let mut differing = (1..).map_while(|line| match (found.next(), right.next()) {
        (None, None) => None,
        (found, right) => Some((line, found.unwrap_or(""), right.unwrap_or(""))),
    });
    let mut first = None;
    for (line, found, right) in differing.by_ref().filter(|(_, found, right)| found != right) {
        first.get_or_insert((line, found, right));
        if line != 2 {
            first = Some((line, found, right));
            break;
        }
    }
    let (line, found, right) = first.unwrap_or((1, "", ""));
    PrepareError::ManifestWrong {
        line,
        found: found.to_owned(),
        right: right.to_owned(),
    }
}

/// Hashes names and bodies as they pass, and keeps what the stream begins with.
struct Stream {
    hasher: Sha384,
    beginning: Vec<u8>,
}

/// How much of the stream tells whether it begins as a manifest does.
const BEGINNING: usize = manifest::NAME.len() + MAGIC.len();

impl Stream {
    fn take(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        let room = BEGINNING.saturating_sub(self.beginning.len());
        self.beginning.extend(bytes.iter().take(room));
    }
}

impl<'a> Sink<'a> for Stream {
    fn entry(&mut self, entry: &Entry<'a>) {
        self.take(entry.name().as_bytes());
    }

    fn body(&mut self, chunk: &[u8]) {
        self.take(chunk);
    }
}

/// The inner digest of the package as it will be (FORMAT.md "What is signed").
fn inner(
    archive: &Archive<'_>,
    new_manifest: Option<&[u8]>,
    has_directory: bool,
) -> Result<[u8; 48], PrepareError> {
    let mut stream = Stream {
        hasher: Sha384::new(),
        beginning: Vec::new(),
    };
    if let Some(body) = new_manifest {
        stream.take(manifest::NAME.as_bytes());
        stream.take(body);
    }
    archive.unpack(&mut stream)?;
    if !has_directory {
        stream.take(SIGNATURE_DIRECTORY.as_bytes());
    }
    let is_entry = new_manifest.is_some()
        || archive
            .entries()
            .first()
            .is_some_and(|entry| entry.name() == manifest::NAME);
    let begins_as_one = stream.beginning == [manifest::NAME, MAGIC].concat().into_bytes();
    if begins_as_one && !is_entry {
        return Err(PrepareError::ManifestBroken);
    }
    Ok(stream.hasher.finalize().into())
}

fn framed<'l>(lines: impl Iterator<Item = &'l Line>, inner: &[u8; 48]) -> FramedSha384 {
    let mut hasher = Sha384::new();
    for line in lines {
        hasher.update(line.to_string());
    }
    hasher.update(inner);
    FramedSha384(hasher.finalize().into())
}
