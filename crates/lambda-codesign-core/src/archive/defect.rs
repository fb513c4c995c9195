//! What exactly is wrong, for the rules that can be broken in several ways.

use thiserror::Error;

/// What is wrong with a ZIP64 record or extra field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Zip64Defect {
    /// A field has the sentinel, and no ZIP64 value stands for it (APPNOTE 4.5.3, 4.4.1.4).
    #[error("a field refers to a ZIP64 value that is not there")]
    Missing,
    /// The extra field is not a list of values of its header (APPNOTE 4.5.3).
    #[error("the ZIP64 extra field has {actual} bytes, which no list of this header's values takes")]
    Length {
        /// Its length.
        actual: usize,
    },
    /// A ZIP64 value and the field that it widens differ.
    #[error("ZIP64 states {actual} where the field that it widens states {expected}")]
    Disagrees {
        /// The value of the field.
        expected: u64,
        /// The value in ZIP64.
        actual: u64,
    },
    /// An entry with a data descriptor has ZIP64 values that it does not need: streaming readers go by the sizes alone
    /// and would take the descriptor's width for another.
    #[error("an entry with a data descriptor has ZIP64 values that its sizes do not need")]
    WithDescriptor,
    /// The locator does not point at the record directly before it (APPNOTE 4.3.6).
    #[error("the locator points at offset {actual}, and the ZIP64 end record must stand at {expected}")]
    Locator {
        /// Where the record must be.
        expected: usize,
        /// Where the locator says it is.
        actual: u64,
    },
    /// The end record is not of version 1 (APPNOTE 4.3.14.1).
    #[error("its remaining size is {actual}, and only version 1, of {expected}, is read")]
    Version {
        /// The size of version 1 without its first 12 bytes.
        expected: u64,
        /// The size that is stated.
        actual: u64,
    },
}

/// What is wrong with an extra field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ExtraDefect {
    /// It is longer than what is left (APPNOTE 4.5.1).
    #[error("{id:#06x} of {actual} bytes where {expected} are left")]
    TooLong {
        /// Its header ID.
        id: u16,
        /// The bytes that are left.
        expected: usize,
        /// Its size.
        actual: usize,
    },
    /// A header ID that was there already: readers keep the first or the last.
    #[error("{id:#06x} twice")]
    Twice {
        /// The header ID.
        id: u16,
    },
    /// Bytes after the last field that are not padding of 1 to 3 zeros.
    #[error("list that ends in {actual} bytes that are neither a field nor zeros")]
    Tail {
        /// How many they are.
        actual: usize,
    },
    /// A Unicode Path of another version, or for another name (APPNOTE 4.6.9).
    #[error("0x7075 (Unicode Path) that is malformed or was written for another name")]
    UnicodePath,
    /// A mode of another type than a file's or a directory's, which unzip believes where the directory states none.
    #[error("0x756e (Unix attributes of ASi), which tells some readers of another type of entry")]
    AsiUnix,
    /// Attributes for readers of a stream, which libarchive believes before the directory's.
    #[error("0x6c78 (streamed attributes), which tells readers of a stream of another type of entry")]
    StreamedAttributes,
}

/// What is wrong with a data descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DescriptorDefect {
    /// The space up to the next record is not that of a descriptor (APPNOTE 4.3.9).
    #[error("has {actual} bytes up to the next record: {expected} with a signature, 4 less without")]
    Length {
        /// The length with a signature.
        expected: usize,
        /// The bytes that there are.
        actual: usize,
    },
    /// It does not begin with its signature, though its length says so (APPNOTE 4.3.9.3).
    #[error("begins with {actual:#010x} instead of its signature")]
    Signature {
        /// Its first four bytes.
        actual: u32,
    },
    /// It states something else than the directory.
    #[error("states {field} {actual}, and the directory {expected}")]
    Disagrees {
        /// The field.
        field: super::error::Field,
        /// What the directory states.
        expected: u64,
        /// What the descriptor states.
        actual: u64,
    },
    /// It has no signature, and a checksum that reads like one.
    #[error("has no signature, and a CRC-32 that reads like one")]
    CrcLikeSignature,
    /// It has no signature, and the entry is stored: no reader of a stream can find it.
    #[error("has no signature, and follows a stored entry, whose end a reader of a stream can't find")]
    StoredUnsigned,
    /// The stored body before it has the signature inside: a reader of a stream would end there.
    #[error("follows a stored entry that holds a descriptor's signature at offset {at}")]
    StoredSignature {
        /// Where the signature is.
        at: usize,
    },
}

/// What is wrong with the type of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TypeDefect {
    /// The name ends in a slash, the mode is of another type.
    #[error("has a directory's name and another type's mode")]
    DirectoryName,
    /// The mode, or the DOS attribute, is a directory's, the name is not.
    #[error("has a directory's attributes and a name that does not end in a slash")]
    DirectoryAttributes,
    /// A directory with a body.
    #[error("is a directory with a body")]
    DirectoryBody,
    /// The mode of a symbolic link on an entry that was not written on Unix.
    #[error("has a symbolic link's mode and was not written on Unix")]
    ForeignLink,
    /// A symbolic link whose target is empty or too long.
    #[error("is a symbolic link whose target is empty or longer than 1,024 bytes")]
    LinkSize,
    /// A device, FIFO, socket or unknown type.
    #[error("is neither a file nor a directory nor a symbolic link")]
    Special,
    /// The volume label of a DOS disk, which some readers skip.
    #[error("is marked as a volume label, which some readers skip")]
    VolumeLabel,
    /// Setuid on anything, or setgid on a file.
    #[error("has the setuid or setgid bit")]
    SetId,
}

/// What is wrong with the target of a symbolic link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LinkDefect {
    /// It begins with a slash or a drive letter and a separator.
    #[error("has an absolute target")]
    Absolute,
    /// It climbs above the package's root.
    #[error("leads out of the package")]
    Outside,
    /// It climbs after it descended, which leads elsewhere where a part is a link itself.
    #[error("has `..` after a name, which leads elsewhere if that name is a link")]
    Climbs,
    /// It is not text that a name could be.
    #[error("has a target that {0}")]
    Text(NameDefect),
}

/// What is wrong with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NameDefect {
    /// It has no bytes.
    #[error("is empty")]
    Empty,
    /// It is not UTF-8.
    #[error("is not valid UTF-8 from its byte {0} on")]
    NotUtf8(usize),
    /// It holds a control, format or bidirectional character, or a separator of lines.
    #[error("holds the character U+{:04X}, which acts on the text or does not show", u32::from(*.0))]
    Character(char),
    /// It holds a backslash, which is a separator on Windows.
    #[error("holds a backslash")]
    Backslash,
    /// It begins with a slash.
    #[error("is absolute")]
    Absolute,
    /// It begins with a drive letter, a colon and a separator, or is no more than that.
    #[error("begins with a drive letter")]
    Drive,
    /// It ends in a semicolon and a number, a version of VMS.
    #[error("ends in a semicolon and a number, which unzip takes for a version and drops")]
    Version,
    /// Two slashes in a row.
    #[error("has an empty part")]
    EmptyPart,
    /// A part `.` or `..`.
    #[error("has a part that is `.` or `..`")]
    DotPart,
}

/// Why an entry is not the signature, though it could be taken for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignatureDefect {
    /// It has the name, and is not a regular file.
    #[error("has its name and is not a regular file")]
    NotAFile,
    /// The name differs in case, width, dashes, spaces or characters that do not show, or by dots or a slash at its end.
    #[error(
        "has a name that differs in case, width, dashes, spaces, hidden characters, or dots or a slash at its end"
    )]
    Name,
}
