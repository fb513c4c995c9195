//! Stage 6: the package manifest, which proves where one entry ends and the next begins (FORMAT.md, "Beyond the
//! format").

mod reader;

use core::fmt;

use crate::archive::{Archive, Entry, EntryKind, EntryName, SIGNATURE_DIRECTORY};

pub(crate) use reader::Reader;

/// The name of the manifest, which is always entry 0.
pub const MANIFEST_ENTRY: &str = ".lambda-codesign-manifest";
/// The first 28 bytes of its body.
pub const MANIFEST_MAGIC: &str = "lambda-codesign-manifest-v1\n";
/// What follows them: the body's length in ten digits, and a newline.
const LENGTH_FIELD: usize = 11;
/// How the signed stream of a package with a manifest begins: its name, then its first 28 bytes.
pub(crate) const STREAM_PREFIX: &[u8] = b".lambda-codesign-manifestlambda-codesign-manifest-v1\n";

/// One line of a manifest: `TYPE MODE SIZE NAME`.
///
/// Its `Display` is the line with its newline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// `f`, `d` or `l`.
    pub kind: EntryKind,
    /// Permission bits, at most 0o7777.
    pub mode: u16,
    /// Bytes of the unpacked body.
    pub size: u64,
    /// The entry's name.
    pub name: &'a str,
}

/// What is proved about the boundaries between a package's entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Boundaries {
    /// Nothing: the package has no manifest.
    Unproven {
        /// The symbolic links, of which nothing signed says that they are links.
        links: Links,
    },
    /// The manifest lists the entries that are there, by type, size and name.
    Listed {
        /// How many it lists.
        entries: usize,
        /// The permission bits that are not as it records them.
        modes: ModeChanges,
    },
}

/// Symbolic links in a package without a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Links {
    /// The first of them.
    pub first: Option<EntryName>,
    /// How many there are.
    pub count: usize,
}

/// Permission bits that are not as the manifest records them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModeChanges {
    /// The first of them.
    pub first: Option<ModeChange>,
    /// How many there are.
    pub count: usize,
}

/// An entry whose permission bits are not as the manifest records them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModeChange {
    /// The entry.
    pub name: EntryName,
    /// The bits that the manifest records.
    pub recorded: u16,
    /// The bits that the archive has, if it has any.
    pub found: Option<u16>,
}

/// Why a package's manifest proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// A manifest that is not entry 0.
    #[error("entry {index} is a manifest, which may only be entry 0")]
    Elsewhere {
        /// Where it is.
        index: usize,
    },
    /// The signed stream begins with a manifest, but entry 0 is not one.
    #[error("the signed bytes begin with a manifest, but entry 0 is not one: it was broken up")]
    BrokenUp,
    /// Entry 0 has the manifest's name, but its body is not a manifest.
    #[error("entry 0 is named as a manifest, but line {line} of it is malformed")]
    Malformed {
        /// The line, from 1.
        line: usize,
    },
    /// Another entry than the one that a line lists.
    #[error("line {line} of the manifest lists {listed}, but the package has {found} there")]
    Entry {
        /// The line, from 1.
        line: usize,
        /// What it lists.
        listed: Shown,
        /// What the package has.
        found: Shown,
    },
    /// A listed entry is absent.
    #[error("line {line} of the manifest lists {listed}, but the package ends before it")]
    Absent {
        /// The line, from 1.
        line: usize,
        /// What it lists.
        listed: Shown,
    },
    /// An entry that is not listed.
    #[error("the package has {found}, which its manifest does not list")]
    Unlisted {
        /// What the package has.
        found: Shown,
    },
    /// More bytes than a manifest of this package can have.
    #[error("the manifest has {size} bytes, more than one of this package can have")]
    TooLarge {
        /// Bytes of its body.
        size: u64,
    },
}

/// An entry as a message shows it: type, size and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    kind: EntryKind,
    size: u64,
    name: EntryName,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            EntryKind::File => "the file",
            EntryKind::Directory => "the directory",
            EntryKind::Symlink => "the symbolic link",
        };
        write!(f, "{kind} \"{}\" of {} bytes", self.name, self.size)
    }
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            EntryKind::File => 'f',
            EntryKind::Directory => 'd',
            EntryKind::Symlink => 'l',
        };
        writeln!(f, "{kind} {:04o} {} {}", self.mode, self.size, self.name)
    }
}

impl<'a> Line<'a> {
    /// The line for an entry; one without Unix permission bits gets 0644, 0755 or, as a link, 0777.
    #[must_use]
    pub fn of(entry: &Entry<'a>) -> Self {
        let usual = match entry.kind() {
            EntryKind::File => 0o644,
            EntryKind::Directory => 0o755,
            EntryKind::Symlink => 0o777,
        };
        Self {
            kind: entry.kind(),
            mode: entry.mode().unwrap_or(usual),
            size: entry.size(),
            name: entry.name(),
        }
    }

    fn parse(line: &'a str) -> Option<Self> {
        let mut fields = line.splitn(4, ' ');
        let kind = match fields.next()? {
            "f" => EntryKind::File,
            "d" => EntryKind::Directory,
            "l" => EntryKind::Symlink,
            _ => return None,
        };
        let mode = fields
            .next()
            .filter(|mode| mode.len() == 4 && mode.bytes().all(|b| (b'0'..=b'7').contains(&b)))?;
        let size = fields.next().filter(|size| is_decimal(size))?;
        let name = fields.next().filter(|name| !name.is_empty())?;
        Some(Self { kind, mode: u16::from_str_radix(mode, 8).ok()?, size: size.parse().ok()?, name })
    }

    /// The bytes of the line with its newline.
    fn length(&self) -> usize {
        // Type, mode and the spaces, and the newline.
        const FIXED: usize = 9;
        let digits = self.size.checked_ilog10().map_or(1, |tens| tens.saturating_add(1));
        let digits = usize::try_from(digits).unwrap_or(usize::MAX);
        FIXED.saturating_add(digits).saturating_add(self.name.len())
    }

    fn shown(&self) -> Shown {
        Shown { kind: self.kind, size: self.size, name: EntryName::new(self.name.as_bytes()) }
    }
}

/// The lines of the manifest that this archive would have: every entry but the signature and the manifest.
pub fn lines<'e, 'a: 'e>(archive: &'e Archive<'a>) -> impl Iterator<Item = Line<'a>> + 'e {
    archive
        .entries()
        .iter()
        .filter(|entry| !entry.is_signature() && entry.name() != MANIFEST_ENTRY)
        .map(Line::of)
}

/// Whether a package is taken as it is, or as what signing makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signing {
    /// As it is.
    Done,
    /// A signature will stand behind its entries, and its directory before that where there is none.
    ToCome,
}

impl Signing {
    /// The directory that is added.
    pub(crate) fn directory(self, archive: &Archive<'_>) -> Option<Line<'static>> {
        let is_there = || archive.entries().iter().any(|entry| entry.name() == SIGNATURE_DIRECTORY);
        match self {
            Self::ToCome if !is_there() => {
                Some(Line { kind: EntryKind::Directory, mode: 0o755, size: 0, name: SIGNATURE_DIRECTORY })
            }
            Self::ToCome | Self::Done => None,
        }
    }
}

/// As [`lines`], with the directory that is added.
pub(crate) fn lines_of<'e, 'a: 'e>(
    archive: &'e Archive<'a>,
    signing: Signing,
) -> impl Iterator<Item = Line<'a>> + 'e {
    lines(archive).chain(signing.directory(archive))
}

/// The body of a manifest of these lines.
#[must_use]
pub fn render<'a>(lines: impl Iterator<Item = Line<'a>>) -> Vec<u8> {
    let lines: String = lines.map(|line| line.to_string()).collect();
    let length = MANIFEST_MAGIC.len().saturating_add(LENGTH_FIELD).saturating_add(lines.len());
    format!("{MANIFEST_MAGIC}{length:010}\n{lines}").into_bytes()
}

/// The most bytes that entry 0 may have to be this archive's manifest; nothing larger is looked at.
pub(crate) fn largest(archive: &Archive<'_>, signing: Signing) -> usize {
    let lines = lines_of(archive, signing).map(|line| line.length()).fold(0_usize, usize::saturating_add);
    MANIFEST_MAGIC.len().saturating_add(LENGTH_FIELD).saturating_add(lines)
}

/// What is proved about the boundaries: by the manifest, where entry 0 has its name, or by its absence.
///
/// `begins` is whether the signed stream begins as that of a package with a manifest does.
pub(crate) fn boundaries(
    archive: &Archive<'_>,
    begins: bool,
    manifest: Option<Result<Boundaries, ManifestError>>,
) -> Result<Boundaries, ManifestError> {
    if let Some(Err(ManifestError::TooLarge { size })) = manifest {
        return Err(ManifestError::TooLarge { size });
    }
    let elsewhere = archive.entries().iter().skip(1).position(|entry| entry.name() == MANIFEST_ENTRY);
    if let Some(position) = elsewhere {
        return Err(ManifestError::Elsewhere { index: position.saturating_add(1) });
    }
    match manifest {
        None if begins => Err(ManifestError::BrokenUp),
        None => Ok(Boundaries::Unproven { links: links(archive) }),
        Some(listed) => listed,
    }
}

fn links(archive: &Archive<'_>) -> Links {
    let mut links = archive.entries().iter().filter(|entry| entry.kind() == EntryKind::Symlink);
    let first = links.next().map(|entry| EntryName::new(entry.name().as_bytes()));
    Links { count: links.count().saturating_add(usize::from(first.is_some())), first }
}

fn is_decimal(text: &str) -> bool {
    text == "0" || (!text.starts_with('0') && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::{EntryKind, Line};

    #[test]
    fn a_line_is_as_long_as_it_is_shown() {
        for size in [0, 1, 9, 10, 99, 100, 4_294_967_295, u64::MAX] {
            for (mode, name) in [(0, "a"), (0o7777, "lib/\u{e9}.py")] {
                let line = Line { kind: EntryKind::File, mode, size, name };
                assert_eq!(line.length(), line.to_string().len());
            }
        }
    }
}
