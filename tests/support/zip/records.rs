//! The records of the format, field by field, and how they are written (APPNOTE 4.3).

/// A local header (4.3.7).
#[derive(Clone, Debug)]
pub struct LocalRecord {
    pub signature: u32,
    pub version_needed: u16,
    pub flags: u16,
    pub method: u16,
    pub time: u16,
    pub date: u16,
    pub crc: u32,
    pub compressed_size: u32,
    pub size: u32,
    /// The name's length where it is not to be stated truly.
    pub name_length: Option<u16>,
    /// The extra fields' length where it is not to be stated truly.
    pub extra_length: Option<u16>,
    pub name: Vec<u8>,
    pub extra: Vec<u8>,
}

/// A directory header (4.3.12).
#[derive(Clone, Debug)]
pub struct CentralRecord {
    pub signature: u32,
    pub version_made_by: u8,
    pub host: u8,
    pub version_needed: u16,
    pub flags: u16,
    pub method: u16,
    pub time: u16,
    pub date: u16,
    pub crc: u32,
    pub compressed_size: u32,
    pub size: u32,
    /// The name's length where it is not to be stated truly.
    pub name_length: Option<u16>,
    /// The extra fields' length where it is not to be stated truly.
    pub extra_length: Option<u16>,
    /// The comment's length where it is not to be stated truly.
    pub comment_length: Option<u16>,
    pub disk: u16,
    pub internal_attributes: u16,
    pub external_attributes: u32,
    pub local_offset: u32,
    pub name: Vec<u8>,
    pub extra: Vec<u8>,
    pub comment: Vec<u8>,
}

/// How wide a data descriptor's sizes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    Bits32,
    Bits64,
}

/// A data descriptor (4.3.9).
#[derive(Clone, Debug)]
pub struct DescriptorRecord {
    pub signature: Option<u32>,
    pub crc: u32,
    pub compressed_size: u64,
    pub size: u64,
    pub width: Width,
}

/// The ZIP64 end record (4.3.14).
#[derive(Clone, Debug)]
pub struct Zip64EndRecord {
    pub signature: u32,
    pub size_of_record: u64,
    pub version_made_by: u16,
    pub version_needed: u16,
    pub disk: u32,
    pub directory_disk: u32,
    pub entries_on_disk: u64,
    pub entries: u64,
    pub directory_size: u64,
    pub directory_offset: u64,
    /// The extensible data sector, which the size does not count by itself.
    pub extensible: Vec<u8>,
}

/// The ZIP64 locator (4.3.15).
#[derive(Clone, Debug)]
pub struct Zip64Locator {
    pub signature: u32,
    pub disk: u32,
    pub offset: u64,
    pub disks: u32,
}

/// The end record (4.3.16).
#[derive(Clone, Debug)]
pub struct EndRecord {
    pub signature: u32,
    pub disk: u16,
    pub directory_disk: u16,
    pub entries_on_disk: u16,
    pub entries: u16,
    pub directory_size: u32,
    pub directory_offset: u32,
    /// The comment's length where it is not to be stated truly.
    pub comment_length: Option<u16>,
    pub comment: Vec<u8>,
}

impl LocalRecord {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        put32(out, self.signature);
        for field in [self.version_needed, self.flags, self.method, self.time, self.date] {
            put16(out, field);
        }
        for field in [self.crc, self.compressed_size, self.size] {
            put32(out, field);
        }
        put_length(out, self.name_length, &self.name);
        put_length(out, self.extra_length, &self.extra);
        out.extend_from_slice(&self.name);
        out.extend_from_slice(&self.extra);
    }
}

impl CentralRecord {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        put32(out, self.signature);
        out.extend_from_slice(&[self.version_made_by, self.host]);
        for field in [self.version_needed, self.flags, self.method, self.time, self.date] {
            put16(out, field);
        }
        for field in [self.crc, self.compressed_size, self.size] {
            put32(out, field);
        }
        put_length(out, self.name_length, &self.name);
        put_length(out, self.extra_length, &self.extra);
        put_length(out, self.comment_length, &self.comment);
        put16(out, self.disk);
        put16(out, self.internal_attributes);
        put32(out, self.external_attributes);
        put32(out, self.local_offset);
        for bytes in [&self.name, &self.extra, &self.comment] {
            out.extend_from_slice(bytes);
        }
    }
}

impl DescriptorRecord {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        if let Some(signature) = self.signature {
            put32(out, signature);
        }
        put32(out, self.crc);
        for size in [self.compressed_size, self.size] {
            match self.width {
                Width::Bits32 => put32(out, size as u32),
                Width::Bits64 => put64(out, size),
            }
        }
    }
}

impl Zip64EndRecord {
    pub(super) fn of(entries: u64, directory_offset: u64, directory_size: u64) -> Self {
        Self {
            signature: 0x0606_4b50,
            size_of_record: 44,
            version_made_by: 45,
            version_needed: 45,
            disk: 0,
            directory_disk: 0,
            entries_on_disk: entries,
            entries,
            directory_size,
            directory_offset,
            extensible: Vec::new(),
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        put32(out, self.signature);
        put64(out, self.size_of_record);
        put16(out, self.version_made_by);
        put16(out, self.version_needed);
        put32(out, self.disk);
        put32(out, self.directory_disk);
        for field in [self.entries_on_disk, self.entries, self.directory_size, self.directory_offset] {
            put64(out, field);
        }
        out.extend_from_slice(&self.extensible);
    }
}

impl Zip64Locator {
    pub(super) fn to(offset: u64) -> Self {
        Self { signature: 0x0706_4b50, disk: 0, offset, disks: 1 }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        put32(out, self.signature);
        put32(out, self.disk);
        put64(out, self.offset);
        put32(out, self.disks);
    }
}

impl EndRecord {
    pub(super) fn of(entries: u16, directory_offset: u32, directory_size: u32) -> Self {
        Self {
            signature: 0x0605_4b50,
            disk: 0,
            directory_disk: 0,
            entries_on_disk: entries,
            entries,
            directory_size,
            directory_offset,
            comment_length: None,
            comment: Vec::new(),
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        put32(out, self.signature);
        for field in [self.disk, self.directory_disk, self.entries_on_disk, self.entries] {
            put16(out, field);
        }
        put32(out, self.directory_size);
        put32(out, self.directory_offset);
        put_length(out, self.comment_length, &self.comment);
        out.extend_from_slice(&self.comment);
    }
}

/// An extra field with its header (4.5.1).
#[must_use]
pub fn extra_field(id: u16, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    put16(&mut out, id);
    put_length(&mut out, None, data);
    out.extend_from_slice(data);
    out
}

fn put16(out: &mut Vec<u8>, number: u16) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn put32(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn put64(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn put_length(out: &mut Vec<u8>, stated: Option<u16>, bytes: &[u8]) {
    put16(out, stated.unwrap_or(bytes.len() as u16));
}
