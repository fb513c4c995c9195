//! A4: what an entry is, by its name and by its attributes alike.

use super::defect::TypeDefect;
use super::directory::DirectoryHeader;
use super::error::ArchiveError;
use super::local::Agreed;
use super::names;
use super::records::{HOST_DARWIN, HOST_UNIX};
use super::warning::ArchiveWarning;

/// What an entry unpacks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory; its name ends in `/` and its body is empty.
    Directory,
    /// A symbolic link; its body is the target.
    Symlink,
}

/// APPNOTE 4.4.15 leaves the attributes to the host; on Unix their upper half is `st_mode` (POSIX `sys/stat.h`).
pub(super) const S_IFMT: u16 = 0o170_000;
pub(super) const S_IFREG: u16 = 0o100_000;
pub(super) const S_IFDIR: u16 = 0o040_000;
const S_IFLNK: u16 = 0o120_000;
const S_ISUID: u16 = 0o4000;
const S_ISGID: u16 = 0o2000;
/// What some writers leave where they have no mode.
const MODE_UNSET: u16 = 0o177_777;

/// The lower half is the DOS attributes, on every host.
const DOS_VOLUME_LABEL: u32 = 0x08;
const DOS_DIRECTORY: u32 = 0x10;

/// The longest target of a symbolic link: that of a name.
const LINK_SIZE: u64 = 1024;

/// The kind, by the name and every attribute that a reader may go by.
pub(super) fn kind(header: &DirectoryHeader<'_>) -> Result<EntryKind, ArchiveError> {
    let kind = named_and_moded(header)
        .and_then(|kind| dos_attributes(header, kind))
        .and_then(|kind| no_set_id(header, kind))
        .and_then(|kind| body_size(header, kind));
    kind.map_err(|defect| ArchiveError::EntryType {
        entry: header.entry(),
        offset: header.offset,
        defect,
        attributes: header.external_attributes,
    })
}

/// A directory if and only if the name ends in `/`; the mode's type is absent, or the same.
///
/// The mode counts on any host: some readers look at it without asking for the host.
fn named_and_moded(header: &DirectoryHeader<'_>) -> Result<EntryKind, TypeDefect> {
    let mode = full_mode(header);
    let is_named_directory = names::is_directory(header.name);
    match mode & S_IFMT {
        _ if mode == MODE_UNSET || mode & S_IFMT == 0 => {
            Ok(if is_named_directory { EntryKind::Directory } else { EntryKind::File })
        }
        S_IFDIR if is_named_directory => Ok(EntryKind::Directory),
        S_IFDIR => Err(TypeDefect::DirectoryAttributes),
        S_IFREG | S_IFLNK if is_named_directory => Err(TypeDefect::DirectoryName),
        S_IFREG => Ok(EntryKind::File),
        // `unzip` and libarchive write a file for a link of Darwin.
        S_IFLNK if header.host == HOST_UNIX => Ok(EntryKind::Symlink),
        S_IFLNK => Err(TypeDefect::ForeignLink),
        _ => Err(TypeDefect::Special),
    }
}

/// No volume label, and the directory's bit on directories alone, where it is often missing.
fn dos_attributes(header: &DirectoryHeader<'_>, kind: EntryKind) -> Result<EntryKind, TypeDefect> {
    if header.external_attributes & DOS_VOLUME_LABEL != 0 {
        return Err(TypeDefect::VolumeLabel);
    }
    if header.external_attributes & DOS_DIRECTORY != 0 && kind != EntryKind::Directory {
        return Err(TypeDefect::DirectoryAttributes);
    }
    Ok(kind)
}

/// No setuid; setgid on directories alone, where it only hands the group on.
fn no_set_id(header: &DirectoryHeader<'_>, kind: EntryKind) -> Result<EntryKind, TypeDefect> {
    let mode = full_mode(header);
    let refused = if kind == EntryKind::Directory { S_ISUID } else { S_ISUID | S_ISGID };
    if mode != MODE_UNSET && mode & refused != 0 {
        return Err(TypeDefect::SetId);
    }
    Ok(kind)
}

/// A directory is empty; a link's target is neither empty nor longer than a name.
fn body_size(header: &DirectoryHeader<'_>, kind: EntryKind) -> Result<EntryKind, TypeDefect> {
    match kind {
        EntryKind::Directory if header.size != 0 => Err(TypeDefect::DirectoryBody),
        EntryKind::Symlink if !(1..=LINK_SIZE).contains(&header.size) => Err(TypeDefect::LinkSize),
        EntryKind::File | EntryKind::Directory | EntryKind::Symlink => Ok(kind),
    }
}

/// The permission bits, where the entry was written on Unix.
pub(super) fn mode(header: &DirectoryHeader<'_>) -> Option<u16> {
    is_unix(header).then(|| full_mode(header) & !S_IFMT)
}

/// Warns of modes that writers leave for want of one, and that readers make up.
pub(super) fn odd_modes(entries: &[Agreed<'_>]) -> Option<ArchiveWarning> {
    let headers = entries.iter().map(|entry| &entry.directory);
    let mut odd = headers.filter(|header| match full_mode(header) {
        MODE_UNSET => true,
        mode => mode == 0 && is_unix(header),
    });
    let first = odd.next()?;
    Some(ArchiveWarning::ModeOdd { first: first.entry(), mode: full_mode(first), others: odd.count() })
}

fn is_unix(header: &DirectoryHeader<'_>) -> bool {
    matches!(header.host, HOST_UNIX | HOST_DARWIN)
}

fn full_mode(header: &DirectoryHeader<'_>) -> u16 {
    let [_, _, low, high] = header.external_attributes.to_le_bytes();
    u16::from_le_bytes([low, high])
}
