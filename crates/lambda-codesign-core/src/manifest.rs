//! Stage 6: the package manifest, which proves where one entry ends and the next begins (FORMAT.md, "Beyond the
//! format").

use core::fmt;

use crate::archive::{Archive, Entry, EntryKind, EntryName, SIGNATURE_DIRECTORY};

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

/// The body of a manifest of these lines.
#[must_use]
pub fn render<'a>(lines: impl Iterator<Item = Line<'a>>) -> Vec<u8> {
    let lines: String = lines.map(|line| line.to_string()).collect();
    let length = MANIFEST_MAGIC.len().saturating_add(LENGTH_FIELD).saturating_add(lines.len());
    format!("{MANIFEST_MAGIC}{length:010}\n{lines}").into_bytes()
}

/// The lines of a manifest's body, as bytes: what comes after its first two lines.
pub(crate) fn lines_of(body: &[u8]) -> Option<&[u8]> {
    body.get(MANIFEST_MAGIC.len().checked_add(LENGTH_FIELD)?..)
}

/// The most bytes that entry 0 may have to be this archive's manifest; nothing larger is kept while it is read.
pub(crate) fn largest(archive: &Archive<'_>) -> usize {
    let lines = lines(archive).map(|line| line.to_string().len()).fold(0_usize, usize::saturating_add);
    MANIFEST_MAGIC.len().saturating_add(LENGTH_FIELD).saturating_add(lines)
}

/// Reads the manifest, if there is one, and holds it against the entries.
///
/// `stream` is the beginning of the signed stream, `body` that of entry 0 if it has the manifest's name.
pub(crate) fn check(
    archive: &Archive<'_>,
    stream: &[u8],
    body: Option<&[u8]>,
) -> Result<Boundaries, ManifestError> {
    let elsewhere = archive.entries().iter().skip(1).position(|entry| entry.name() == MANIFEST_ENTRY);
    if let Some(position) = elsewhere {
        return Err(ManifestError::Elsewhere { index: position.saturating_add(1) });
    }
    match body {
        None if stream.starts_with(STREAM_PREFIX) => Err(ManifestError::BrokenUp),
        None => Ok(Boundaries::Unproven { links: links(archive) }),
        Some(body) => listed(archive, &parse(body)?),
    }
}

fn links(archive: &Archive<'_>) -> Links {
    let mut links = archive.entries().iter().filter(|entry| entry.kind() == EntryKind::Symlink);
    let first = links.next().map(|entry| EntryName::new(entry.name().as_bytes()));
    Links { count: links.count().saturating_add(usize::from(first.is_some())), first }
}

/// FORMAT.md, "Beyond the format": 28 bytes, the whole length in ten digits, a line for every entry.
fn parse(body: &[u8]) -> Result<Vec<Line<'_>>, ManifestError> {
    let malformed = |line| ManifestError::Malformed { line };
    let rest = body.strip_prefix(MANIFEST_MAGIC.as_bytes()).ok_or(malformed(1))?;
    let (length, lines) = rest.split_at_checked(LENGTH_FIELD).ok_or(malformed(2))?;
    if length != format!("{:010}\n", body.len()).as_bytes() {
        return Err(malformed(2));
    }
    let text = core::str::from_utf8(lines).map_err(|_| malformed(3))?;
    let mut parsed = Vec::new();
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let line = line.strip_suffix('\n').and_then(Line::parse);
        parsed.push(line.ok_or(malformed(index.saturating_add(3)))?);
    }
    Ok(parsed)
}

/// Line by line, type, size and name are those of the entries in order; one `META_INF/` directly before the
/// signature may be unlisted, since AWS Signer appends it.
fn listed(archive: &Archive<'_>, manifest: &[Line<'_>]) -> Result<Boundaries, ManifestError> {
    let mut entries = archive.entries().iter().skip(1).filter(|entry| !entry.is_signature());
    let mut modes = ModeChanges::default();
    for (index, listed) in manifest.iter().enumerate() {
        let line = index.saturating_add(3);
        let Some(entry) = entries.next() else {
            return Err(ManifestError::Absent { line, listed: listed.shown() });
        };
        let found = Line::of(entry);
        if (listed.kind, listed.size, listed.name) != (found.kind, found.size, found.name) {
            return Err(ManifestError::Entry { line, listed: listed.shown(), found: found.shown() });
        }
        if entry.mode() != Some(listed.mode) {
            let name = EntryName::new(entry.name().as_bytes());
            modes.first.get_or_insert(ModeChange { name, recorded: listed.mode, found: entry.mode() });
            modes.count = modes.count.saturating_add(1);
        }
    }
    match entries.find(|entry| !is_appended_directory(archive, entry)) {
        Some(entry) => Err(ManifestError::Unlisted { found: Line::of(entry).shown() }),
        None => Ok(Boundaries::Listed { entries: manifest.len(), modes }),
    }
}

fn is_appended_directory(archive: &Archive<'_>, entry: &Entry<'_>) -> bool {
    let next = archive.entries().get(entry.index().saturating_add(1));
    entry.name() == SIGNATURE_DIRECTORY && next.is_some_and(Entry::is_signature)
}

fn is_decimal(text: &str) -> bool {
    text == "0" || (!text.starts_with('0') && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
}
