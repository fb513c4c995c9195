//! A manifest, read line by line as its body comes, so that none of it is kept.

use core::slice;

use super::{
    Boundaries, LENGTH_FIELD, Line, MANIFEST_MAGIC, ManifestError, ModeChange, ModeChanges, Signing, largest,
};
use crate::archive::{Archive, Entry, EntryName, SIGNATURE_DIRECTORY};
use crate::provider::Sha384;

/// What comes before the lines.
const HEAD: usize = MANIFEST_MAGIC.len() + LENGTH_FIELD;

/// Reads the body of entry 0, which has the manifest's name, and holds it against the entries.
///
/// FORMAT.md, "Beyond the format": 28 bytes, the whole length in ten digits, a line for every entry.
pub(crate) struct Reader<'e, 'a> {
    /// The size that the records declare: the body's, once all of it came.
    size: u64,
    /// Whether that is no more than a manifest of this archive can have.
    fits: bool,
    head: Vec<u8>,
    /// What came of a line that is not whole yet.
    part: Vec<u8>,
    listing: Listing<'e, 'a>,
    framed: Sha384,
}

impl<'e, 'a> Reader<'e, 'a> {
    pub(crate) fn new(archive: &'e Archive<'a>, manifest: &Entry<'a>, signing: Signing) -> Self {
        let fits = usize::try_from(manifest.size()).is_ok_and(|size| size <= largest(archive, signing));
        Self {
            size: manifest.size(),
            fits,
            head: Vec::with_capacity(HEAD),
            part: Vec::new(),
            listing: Listing::of(archive, signing),
            framed: Sha384::new(),
        }
    }

    /// The next bytes of the body.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        if !self.fits {
            return;
        }
        let wanted = HEAD.saturating_sub(self.head.len()).min(bytes.len());
        let (head, lines) = bytes.split_at(wanted);
        self.head.extend_from_slice(head);
        self.framed.update(lines);
        for line in lines.split_inclusive(|&byte| byte == b'\n') {
            match line.strip_suffix(b"\n") {
                Some(line) if self.part.is_empty() => self.listing.line(line),
                Some(line) => {
                    self.part.extend_from_slice(line);
                    self.listing.line(&self.part);
                    self.part.clear();
                }
                None => self.part.extend_from_slice(line),
            }
        }
    }

    /// What the manifest proves, and the hash of its lines.
    pub(crate) fn finish(self) -> (Result<Boundaries, ManifestError>, Sha384) {
        (self.proves(), self.framed)
    }

    fn proves(&self) -> Result<Boundaries, ManifestError> {
        let malformed = |line| ManifestError::Malformed { line };
        if !self.fits {
            return Err(ManifestError::TooLarge { size: self.size });
        }
        let length = self.head.strip_prefix(MANIFEST_MAGIC.as_bytes()).ok_or(malformed(1))?;
        if length != format!("{:010}\n", self.size).as_bytes() {
            return Err(malformed(2));
        }
        self.listing.proves(&self.part)
    }
}

/// The lines so far, beside the entries.
///
/// Line by line, type, size and name are those of the entries in order; one `META_INF/` directly before the signature
/// may be unlisted, since AWS Signer appends it.
struct Listing<'e, 'a> {
    entries: &'e [Entry<'a>],
    next: slice::Iter<'e, Entry<'a>>,
    signing: Signing,
    /// The directory that signing puts behind the entries.
    to_come: Option<Line<'static>>,
    lines: usize,
    modes: ModeChanges,
    is_text: bool,
    /// The first line that is none, from 1.
    malformed: Option<usize>,
    /// The first line that lists another entry than the one that is there.
    differs: Option<ManifestError>,
}

impl<'e, 'a> Listing<'e, 'a> {
    fn of(archive: &'e Archive<'a>, signing: Signing) -> Self {
        let entries = archive.entries();
        Self {
            entries,
            next: entries.get(1..).unwrap_or_default().iter(),
            signing,
            to_come: signing.directory(archive),
            lines: 0,
            modes: ModeChanges::default(),
            is_text: true,
            malformed: None,
            differs: None,
        }
    }

    fn line(&mut self, line: &[u8]) {
        let number = self.lines.saturating_add(3);
        self.lines = self.lines.saturating_add(1);
        let Ok(line) = core::str::from_utf8(line) else {
            self.is_text = false;
            return;
        };
        if self.malformed.is_some() {
            return;
        }
        match Line::parse(line) {
            None => self.malformed = Some(number),
            Some(line) if self.differs.is_none() => self.differs = self.lists(number, &line).err(),
            Some(_) => {}
        }
    }

    /// The line lists the next entry.
    fn lists(&mut self, line: usize, listed: &Line<'_>) -> Result<(), ManifestError> {
        let entry = self.next.find(|entry| !entry.is_signature());
        let Some(found) = entry.map(Line::of).or_else(|| self.to_come.take()) else {
            return Err(ManifestError::Absent { line, listed: listed.shown() });
        };
        if (listed.kind, listed.size, listed.name) != (found.kind, found.size, found.name) {
            return Err(ManifestError::Entry { line, listed: listed.shown(), found: found.shown() });
        }
        // An archive without permission bits is unpacked with the usual ones, which is what the line has then.
        if found.mode != listed.mode {
            let name = EntryName::new(found.name.as_bytes());
            let mode = entry.map_or(Some(found.mode), Entry::mode);
            self.modes.first.get_or_insert(ModeChange { name, recorded: listed.mode, found: mode });
            self.modes.count = self.modes.count.saturating_add(1);
        }
        Ok(())
    }

    /// What all lines prove; `rest` is what came behind the last newline.
    fn proves(&self, rest: &[u8]) -> Result<Boundaries, ManifestError> {
        if !self.is_text || core::str::from_utf8(rest).is_err() {
            return Err(ManifestError::Malformed { line: 3 });
        }
        let unended = (!rest.is_empty()).then(|| self.lines.saturating_add(3));
        if let Some(line) = self.malformed.or(unended) {
            return Err(ManifestError::Malformed { line });
        }
        if let Some(differs) = &self.differs {
            return Err(differs.clone());
        }
        // The directory to come may be unlisted, which stands directly before the signature.
        let mut left = self.next.clone().filter(|entry| !entry.is_signature());
        match left.find(|entry| !self.is_appended_directory(entry)) {
            Some(entry) => Err(ManifestError::Unlisted { found: Line::of(entry).shown() }),
            None => Ok(Boundaries::Listed { entries: self.lines, modes: self.modes.clone() }),
        }
    }

    fn is_appended_directory(&self, entry: &Entry<'_>) -> bool {
        let is_before_the_signature = match self.entries.get(entry.index().saturating_add(1)) {
            Some(next) => next.is_signature(),
            None => self.signing == Signing::ToCome,
        };
        entry.name() == SIGNATURE_DIRECTORY && is_before_the_signature
    }
}
