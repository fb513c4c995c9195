//! Why an archive was refused: a variant a defect, each with the code of the rule that it breaks.

use core::fmt;

use thiserror::Error;

use super::defect::{
    DescriptorDefect, ExtraDefect, LinkDefect, NameDefect, SignatureDefect, TypeDefect, Zip64Defect,
};
use crate::code::Code;
use crate::text::Escaped;

/// The name of an entry as it stands in the package, for messages: any bytes, shown escaped, the first 1,024 at most.
#[derive(Clone, PartialEq, Eq)]
pub struct EntryName {
    shown: Box<[u8]>,
    omitted: usize,
}

impl EntryName {
    const SHOWN: usize = 1024;

    pub(crate) fn new(name: &[u8]) -> Self {
        let shown = name.get(..Self::SHOWN).unwrap_or(name);
        Self { shown: shown.into(), omitted: name.len().saturating_sub(shown.len()) }
    }

    /// The bytes that are shown.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.shown
    }
}

impl fmt::Display for EntryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(&self.shown).fmt(f)?;
        if self.omitted > 0 {
            write!(f, "... ({} bytes more)", self.omitted)?;
        }
        Ok(())
    }
}

impl fmt::Debug for EntryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// A kind of record of the zip format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Record {
    /// APPNOTE 4.3.7.
    #[error("local header")]
    LocalHeader,
    /// APPNOTE 4.3.9.
    #[error("data descriptor")]
    DataDescriptor,
    /// APPNOTE 4.3.12.
    #[error("directory header")]
    DirectoryHeader,
    /// APPNOTE 4.3.14.
    #[error("ZIP64 end record")]
    Zip64EndRecord,
    /// APPNOTE 4.3.15.
    #[error("ZIP64 locator")]
    Zip64Locator,
    /// APPNOTE 4.3.16.
    #[error("end record")]
    EndRecord,
}

/// What [`Limits`](super::Limits) bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Quantity {
    /// Bytes of the zip itself.
    #[error("size in bytes")]
    PackageSize,
    /// Entries.
    #[error("number of entries")]
    Entries,
    /// Bytes of all entries once inflated.
    #[error("unzipped size in bytes")]
    UncompressedSize,
    /// Bytes of one entry that is read on its own.
    #[error("size in bytes of an entry to be read at once")]
    EntrySize,
}

/// A number that the end records state and the directory settles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Count {
    /// APPNOTE 4.4.21.
    #[error("number of entries on this disk")]
    EntriesOnDisk,
    /// APPNOTE 4.4.22.
    #[error("number of entries")]
    Entries,
    /// APPNOTE 4.4.23.
    #[error("size of the directory")]
    DirectorySize,
    /// APPNOTE 4.4.24.
    #[error("end of the directory")]
    DirectoryEnd,
}

/// A field that more than one record states of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Field {
    /// APPNOTE 4.4.4.
    #[error("flags")]
    Flags,
    /// APPNOTE 4.4.5.
    #[error("method")]
    Method,
    /// APPNOTE 4.4.7.
    #[error("CRC-32")]
    Crc,
    /// APPNOTE 4.4.8.
    #[error("compressed size")]
    CompressedSize,
    /// APPNOTE 4.4.9.
    #[error("size")]
    Size,
}

/// Why the bytes are not an archive with exactly one reading.
///
/// Offsets count bytes from the start of the package. Names are as the directory has them.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ArchiveError {
    /// A limit is exceeded.
    #[error("the {quantity} is {actual}, and at most {limit} is allowed")]
    TooLarge {
        /// What is too large.
        quantity: Quantity,
        /// How large it is, or says it is.
        actual: u64,
        /// How large it may be.
        limit: u64,
    },
    /// No end record in the last 65,557 bytes.
    #[error(
        "no end record stands in the last 65,557 of the package's {length} bytes: this is no zip, or a part of one"
    )]
    NoEndRecord {
        /// The package's length.
        length: usize,
    },
    /// A record runs past the bytes that it may take.
    #[error("the {record} is cut short at offset {offset}: bytes needed {expected}, bytes left {actual}")]
    Truncated {
        /// The record.
        record: Record,
        /// Where the missing bytes should begin.
        offset: usize,
        /// The bytes that come next.
        expected: usize,
        /// The bytes that are left.
        actual: usize,
    },
    /// A record does not begin with its signature.
    #[error(
        "no {record} stands at offset {offset}: its signature is {expected:#010x}, and there is {actual:#010x}"
    )]
    NotARecord {
        /// The record that should be there.
        record: Record,
        /// Where it should begin.
        offset: usize,
        /// Its signature.
        expected: u32,
        /// What is there.
        actual: u32,
    },
    /// The archive has no entries.
    #[error("the archive holds no entries: its end record stands at offset {offset}")]
    Empty {
        /// Where the end record begins.
        offset: usize,
    },
    /// Two places could be taken for the end record.
    #[error("two end records, at offsets {first} and {second}, could be the archive's own")]
    SecondEndRecord {
        /// The first.
        first: usize,
        /// The second.
        second: usize,
    },
    /// Bytes follow the end record and its comment.
    #[error("the archive ends at offset {expected}, and the file at {actual}")]
    TrailingBytes {
        /// Where the archive ends.
        expected: usize,
        /// Where the file ends.
        actual: usize,
    },
    /// Bytes stand before the first local header.
    #[error("the first entry begins at offset {actual} and not at 0, or the offsets count from there")]
    Prefix {
        /// The bytes before it.
        actual: u64,
    },
    /// Bytes belong to no record.
    #[error("no record holds the bytes from offset {offset} to {end}")]
    Gap {
        /// Where they begin.
        offset: u64,
        /// Where the next record begins.
        end: u64,
    },
    /// Two entries, or an entry and the directory, share bytes.
    #[error("\"{entry}\" reaches to offset {end}, and the next record begins at {next} already")]
    Overlap {
        /// The entry.
        entry: EntryName,
        /// Where it ends.
        end: u64,
        /// Where the record after it begins.
        next: u64,
    },
    /// Two entries have the same local header.
    #[error("\"{first}\" and \"{second}\" both have the local header at offset {offset}")]
    SharedHeader {
        /// The one entry.
        first: EntryName,
        /// The other.
        second: EntryName,
        /// Where the header begins.
        offset: u64,
    },
    /// The directory's order is not the archive's.
    #[error(
        "the directory lists \"{entry}\" as entry {actual}, and its local header at offset {offset} is number {expected}"
    )]
    Order {
        /// The entry.
        entry: EntryName,
        /// Where its local header begins.
        offset: usize,
        /// Its place in the archive, from 0.
        expected: usize,
        /// Its place in the directory, from 0.
        actual: usize,
    },
    /// The end records miscount.
    #[error("the end record at offset {offset} states {actual} as the {count}, which is {expected}")]
    CountMismatch {
        /// What is miscounted.
        count: Count,
        /// Where the end record begins.
        offset: usize,
        /// What is there.
        expected: u64,
        /// What the record states.
        actual: u64,
    },
    /// A disk number other than that of a single file.
    #[error("the {record} at offset {offset} states disk {actual}: only archives of one file are read")]
    MultiDisk {
        /// The record.
        record: Record,
        /// Where it begins.
        offset: usize,
        /// The number it states.
        actual: u32,
    },
    /// ZIP64 records that are malformed, or that only some readers would heed.
    #[error("the {record} at offset {offset}: {defect}")]
    Zip64 {
        /// The record, or the header whose extra field it is.
        record: Record,
        /// Where it begins.
        offset: usize,
        /// What is wrong.
        defect: Zip64Defect,
    },
    /// A name of the entry that is not the directory's.
    #[error("\"{entry}\" is called \"{actual}\" in its {record} at offset {offset}")]
    NameMismatch {
        /// The directory's name.
        entry: EntryName,
        /// The record with the other name: a header, or its Unicode Path extra field.
        record: Record,
        /// Where it begins.
        offset: usize,
        /// The other name.
        actual: EntryName,
    },
    /// A field of the local header that is not the directory's.
    #[error(
        "\"{entry}\": the local header at offset {offset} states {field} {actual}, the directory {expected}"
    )]
    HeaderMismatch {
        /// The entry.
        entry: EntryName,
        /// The field.
        field: Field,
        /// Where the local header begins.
        offset: usize,
        /// What the directory states.
        expected: u64,
        /// What the local header states.
        actual: u64,
    },
    /// A compression method other than stored and deflated.
    #[error(
        "\"{entry}\", at offset {offset}, has compression method {actual}: only 0 (stored) and 8 (deflated) are read"
    )]
    UnsupportedMethod {
        /// The entry.
        entry: EntryName,
        /// Where the header begins.
        offset: usize,
        /// The method.
        actual: u16,
    },
    /// A version needed to extract beyond 4.5.
    #[error(
        "the {record} at offset {offset} needs version {actual} of the format: at most {expected} (ZIP64) is read"
    )]
    UnsupportedVersion {
        /// The record.
        record: Record,
        /// Where it begins.
        offset: usize,
        /// The highest that is read.
        expected: u16,
        /// The version that it states.
        actual: u16,
    },
    /// Flags that are reserved or announce what is not read.
    #[error(
        "the {record} of \"{entry}\" at offset {offset} has flags {actual:#06x}: of these {refused:#06x} are not read"
    )]
    Flags {
        /// The entry.
        entry: EntryName,
        /// The header.
        record: Record,
        /// Where it begins.
        offset: usize,
        /// Its flags.
        actual: u16,
        /// Those of them that are refused.
        refused: u16,
    },
    /// Flags or extra fields of encryption.
    #[error("the {record} of \"{entry}\" at offset {offset} says that the entry is encrypted")]
    Encrypted {
        /// The entry.
        entry: EntryName,
        /// The header.
        record: Record,
        /// Where it begins.
        offset: usize,
    },
    /// A body that goes on past its declared size, up to which it was read.
    #[error("\"{entry}\", at offset {offset}, has more than the {expected} bytes that are declared")]
    Longer {
        /// The entry.
        entry: EntryName,
        /// Where its body begins.
        offset: usize,
        /// The size that is declared.
        expected: u64,
    },
    /// A body of another size than declared.
    #[error("\"{entry}\", at offset {offset}, has {actual} bytes where {expected} are declared")]
    SizeMismatch {
        /// The entry.
        entry: EntryName,
        /// Where its body begins.
        offset: usize,
        /// The size that is declared.
        expected: u64,
        /// The size that it has.
        actual: u64,
    },
    /// A body with another checksum than declared.
    #[error("\"{entry}\", at offset {offset}, has CRC-32 {actual:#010x} where {expected:#010x} is declared")]
    CrcMismatch {
        /// The entry.
        entry: EntryName,
        /// Where its body begins.
        offset: usize,
        /// The checksum that is declared.
        expected: u32,
        /// The checksum of its bytes.
        actual: u32,
    },
    /// A body that is no deflate stream, or the beginning of one only.
    #[error("\"{entry}\": the {length} compressed bytes at offset {offset} are no whole deflate stream")]
    DeflateMalformed {
        /// The entry.
        entry: EntryName,
        /// Where its body begins.
        offset: usize,
        /// The bytes of the body.
        length: usize,
    },
    /// Whole bytes behind the end of the deflate stream.
    #[error("\"{entry}\": the deflate stream at offset {offset} ends after {actual} of its {expected} bytes")]
    DeflateTrailingBytes {
        /// The entry.
        entry: EntryName,
        /// Where its body begins.
        offset: usize,
        /// The length of the body.
        expected: usize,
        /// The length of the stream.
        actual: usize,
    },
    /// Bits set behind the end of the deflate stream, in its last byte.
    #[error(
        "\"{entry}\": the last byte of the deflate stream, at offset {offset}, has bits set after its end: {actual:#04x}"
    )]
    DeflateTrailingBits {
        /// The entry.
        entry: EntryName,
        /// Where the byte is.
        offset: usize,
        /// The byte.
        actual: u8,
    },
    /// A name and attributes that do not fit, or a type that no package holds.
    #[error("\"{entry}\", listed at offset {offset}, {defect} (external attributes {attributes:#010x})")]
    EntryType {
        /// The entry.
        entry: EntryName,
        /// Where its directory header begins.
        offset: usize,
        /// What is wrong.
        defect: TypeDefect,
        /// APPNOTE 4.4.15.
        attributes: u32,
    },
    /// A symbolic link that leads, or could lead, out of the package.
    #[error("the symbolic link \"{entry}\", at offset {offset}, {defect}: \"{target}\"")]
    UnsafeLink {
        /// The link.
        entry: EntryName,
        /// Where its body begins.
        offset: usize,
        /// What is wrong.
        defect: LinkDefect,
        /// Its target.
        target: EntryName,
    },
    /// An entry below a symbolic link.
    #[error("\"{entry}\", listed at offset {offset}, stands below the symbolic link \"{link}\"")]
    BelowLink {
        /// The entry.
        entry: EntryName,
        /// Where its directory header begins.
        offset: usize,
        /// The link.
        link: EntryName,
    },
    /// A name that could be read as another path, or that hides what it is.
    #[error("the name \"{entry}\", listed at offset {offset}, {defect}")]
    UnsafeName {
        /// The name.
        entry: EntryName,
        /// Where its directory header begins.
        offset: usize,
        /// What is wrong.
        defect: NameDefect,
    },
    /// A name, or a part of one, that is too long.
    #[error(
        "the name \"{entry}\", listed at offset {offset}, has {actual} bytes between slashes or in all: at most {limit} are allowed"
    )]
    NameTooLong {
        /// The name.
        entry: EntryName,
        /// Where its directory header begins.
        offset: usize,
        /// The length of the name or of the part.
        actual: usize,
        /// The greatest length.
        limit: usize,
    },
    /// Extra fields that are malformed or of a refused kind.
    #[error("the {record} of \"{entry}\" at offset {offset} has an extra field {defect}")]
    ExtraField {
        /// The entry.
        entry: EntryName,
        /// The header.
        record: Record,
        /// Where it begins.
        offset: usize,
        /// What is wrong.
        defect: ExtraDefect,
    },
    /// A data descriptor that is missing, does not fit or could be looked for elsewhere.
    #[error("\"{entry}\": the data descriptor at offset {offset} {defect}")]
    Descriptor {
        /// The entry.
        entry: EntryName,
        /// Where the descriptor begins, or should.
        offset: usize,
        /// What is wrong.
        defect: DescriptorDefect,
    },
    /// Two entries of one name.
    #[error("two entries are called \"{entry}\", listed at offsets {first} and {second}")]
    DuplicateEntry {
        /// The name.
        entry: EntryName,
        /// Where the one is listed.
        first: usize,
        /// Where the other is listed.
        second: usize,
    },
    /// A file that another entry has as a directory.
    #[error("\"{file}\", a file, is also the directory of \"{entry}\", listed at offset {offset}")]
    PathConflict {
        /// The file.
        file: EntryName,
        /// The entry below it.
        entry: EntryName,
        /// Where that is listed.
        offset: usize,
    },
    /// An entry that could be taken for the signature.
    #[error("\"{entry}\", listed at offset {offset}, could be taken for the signature: it {defect}")]
    SignatureConfusable {
        /// The entry.
        entry: EntryName,
        /// Where it is listed.
        offset: usize,
        /// Why it is not it.
        defect: SignatureDefect,
    },
}

impl ArchiveError {
    /// The stable code of the rule that was broken.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::TooLarge { .. } => Code::ArchiveTooLarge,
            Self::NoEndRecord { .. }
            | Self::Truncated { .. }
            | Self::NotARecord { .. }
            | Self::Empty { .. } => Code::ArchiveMalformed,
            Self::SecondEndRecord { .. } => Code::ArchiveEndRecord,
            Self::TrailingBytes { .. } => Code::ArchiveTrailingBytes,
            Self::Prefix { .. } => Code::ArchivePrefix,
            Self::Gap { .. } => Code::ArchiveGap,
            Self::Overlap { .. } | Self::SharedHeader { .. } => Code::ArchiveOverlap,
            Self::Order { .. } => Code::ArchiveOrder,
            Self::CountMismatch { .. } => Code::ArchiveCountMismatch,
            Self::MultiDisk { .. } => Code::ArchiveMultiDisk,
            Self::Zip64 { .. } => Code::ArchiveZip64,
            Self::NameMismatch { .. } | Self::HeaderMismatch { .. } => Code::ArchiveHeaderMismatch,
            Self::UnsupportedMethod { .. } => Code::ArchiveUnsupportedMethod,
            Self::UnsupportedVersion { .. } => Code::ArchiveUnsupportedVersion,
            Self::Flags { .. } => Code::ArchiveFlags,
            Self::Encrypted { .. } => Code::ArchiveEncrypted,
            Self::SizeMismatch { .. } | Self::Longer { .. } => Code::ArchiveSizeMismatch,
            Self::CrcMismatch { .. } => Code::ArchiveCrcMismatch,
            Self::DeflateMalformed { .. } => Code::ArchiveDeflateMalformed,
            Self::DeflateTrailingBytes { .. } | Self::DeflateTrailingBits { .. } => {
                Code::ArchiveDeflateTrailing
            }
            Self::EntryType { .. } => Code::ArchiveEntryType,
            Self::UnsafeLink { .. } | Self::BelowLink { .. } => Code::ArchiveUnsafeLink,
            Self::UnsafeName { .. } => Code::ArchiveUnsafeName,
            Self::NameTooLong { .. } => Code::ArchiveNameTooLong,
            Self::ExtraField { .. } => Code::ArchiveExtraField,
            Self::Descriptor { .. } => Code::ArchiveDescriptor,
            Self::DuplicateEntry { .. } => Code::ArchiveDuplicateEntry,
            Self::PathConflict { .. } => Code::ArchivePathConflict,
            Self::SignatureConfusable { .. } => Code::ArchiveSignatureConfusable,
        }
    }
}
