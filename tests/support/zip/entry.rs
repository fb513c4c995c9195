//! One entry: local header, body, descriptor and directory header.

use super::records::{CentralRecord, DescriptorRecord, LocalRecord, Width};
use super::{Edit, crc32, deflate};

/// Flag bit 3 (APPNOTE 4.4.4).
const FLAG_DESCRIPTOR: u16 = 1 << 3;
/// Flag bit 11 (APPNOTE 4.4.4).
const FLAG_UTF8: u16 = 1 << 11;

/// Builds an entry; by default one that was written on Unix.
pub struct EntryForge {
    name: Vec<u8>,
    size: u32,
    crc: u32,
    method: u16,
    body: Vec<u8>,
    mode: u16,
    flags: u16,
    has_descriptor: bool,
    local: Vec<Edit<LocalRecord>>,
    central: Vec<Edit<CentralRecord>>,
    descriptor: Vec<Edit<DescriptorRecord>>,
    after_body: Vec<u8>,
    after: Vec<u8>,
    listed_only: bool,
}

/// A stored file of mode 0644.
#[must_use]
pub fn file(name: impl AsRef<[u8]>, body: impl AsRef<[u8]>) -> EntryForge {
    let (name, body) = (name.as_ref().to_vec(), body.as_ref().to_vec());
    let flags = if name.is_ascii() { 0 } else { FLAG_UTF8 };
    EntryForge {
        name,
        size: body.len() as u32,
        crc: crc32(&body),
        method: 0,
        body,
        mode: 0o100_644,
        flags,
        has_descriptor: false,
        local: Vec::new(),
        central: Vec::new(),
        descriptor: Vec::new(),
        after_body: Vec::new(),
        after: Vec::new(),
        listed_only: false,
    }
}

/// A directory of mode 0755; the name should end in a slash.
#[must_use]
pub fn directory(name: impl AsRef<[u8]>) -> EntryForge {
    file(name, "").mode(0o040_755).central(|central| central.external_attributes |= 0x10)
}

/// A symbolic link of mode 0777.
#[must_use]
pub fn symlink(name: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> EntryForge {
    file(name, target).mode(0o120_777)
}

impl EntryForge {
    /// Deflates the body as it is now.
    #[must_use]
    pub fn deflated(self) -> Self {
        let stream = deflate(&self.body);
        self.stream(&stream)
    }

    /// Takes the bytes for the deflate stream of the body as it is now.
    #[must_use]
    pub fn stream(mut self, stream: &[u8]) -> Self {
        self.body = stream.to_vec();
        self.method = 8;
        self
    }

    /// The whole mode, type bits included.
    #[must_use]
    pub fn mode(mut self, mode: u16) -> Self {
        self.mode = mode;
        self
    }

    /// The flags of both headers, but for that of a descriptor.
    #[must_use]
    pub fn flags(mut self, flags: u16) -> Self {
        self.flags = flags;
        self
    }

    /// The extra fields of both headers.
    #[must_use]
    pub fn extra(self, extra: &[u8]) -> Self {
        let (local, central) = (extra.to_vec(), extra.to_vec());
        self.local(move |header| header.extra = local.clone())
            .central(move |header| header.extra = central.clone())
    }

    /// Edits the local header.
    #[must_use]
    pub fn local(mut self, edit: impl Fn(&mut LocalRecord) + 'static) -> Self {
        self.local.push(Box::new(edit));
        self
    }

    /// Edits the directory header.
    #[must_use]
    pub fn central(mut self, edit: impl Fn(&mut CentralRecord) + 'static) -> Self {
        self.central.push(Box::new(edit));
        self
    }

    /// Writes a data descriptor of 32 bits with its signature, and zeros in the local header.
    #[must_use]
    pub fn described(mut self) -> Self {
        self.has_descriptor = true;
        self
    }

    /// Writes and edits the data descriptor.
    #[must_use]
    pub fn descriptor(mut self, edit: impl Fn(&mut DescriptorRecord) + 'static) -> Self {
        self.descriptor.push(Box::new(edit));
        self.described()
    }

    /// Puts bytes between the body and what follows it, without counting them as its.
    #[must_use]
    pub fn after_body(mut self, bytes: &[u8]) -> Self {
        self.after_body = bytes.to_vec();
        self
    }

    /// Puts bytes behind the entry's local record.
    #[must_use]
    pub fn after(mut self, bytes: &[u8]) -> Self {
        self.after = bytes.to_vec();
        self
    }

    /// Writes the directory header alone; it points at offset 0.
    #[must_use]
    pub fn listed_only(mut self) -> Self {
        self.listed_only = true;
        self
    }

    /// The bytes of the local record alone.
    #[must_use]
    pub fn local_record(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write_local(&mut out);
        out
    }

    pub(super) fn write_local(&self, out: &mut Vec<u8>) -> u64 {
        if self.listed_only {
            return 0;
        }
        let offset = out.len() as u64;
        let known = if self.has_descriptor { 0 } else { u32::MAX };
        let mut header = LocalRecord {
            signature: 0x0403_4b50,
            version_needed: 20,
            flags: self.all_flags(),
            method: self.method,
            time: 0,
            date: 0x21,
            crc: self.crc & known,
            compressed_size: self.body.len() as u32 & known,
            size: self.size & known,
            name_length: None,
            extra_length: None,
            name: self.name.clone(),
            extra: Vec::new(),
        };
        self.local.iter().for_each(|edit| edit(&mut header));
        header.write(out);
        out.extend_from_slice(&self.body);
        out.extend_from_slice(&self.after_body);
        if self.has_descriptor {
            self.write_descriptor(out);
        }
        out.extend_from_slice(&self.after);
        offset
    }

    fn write_descriptor(&self, out: &mut Vec<u8>) {
        let mut descriptor = DescriptorRecord {
            signature: Some(0x0807_4b50),
            crc: self.crc,
            compressed_size: self.body.len() as u64,
            size: u64::from(self.size),
            width: Width::Bits32,
        };
        self.descriptor.iter().for_each(|edit| edit(&mut descriptor));
        descriptor.write(out);
    }

    pub(super) fn write_central(&self, local_offset: u64, out: &mut Vec<u8>) {
        let mut header = CentralRecord {
            signature: 0x0201_4b50,
            version_made_by: 30,
            host: 3,
            version_needed: 20,
            flags: self.all_flags(),
            method: self.method,
            time: 0,
            date: 0x21,
            crc: self.crc,
            compressed_size: self.body.len() as u32,
            size: self.size,
            name_length: None,
            extra_length: None,
            comment_length: None,
            disk: 0,
            internal_attributes: 0,
            external_attributes: u32::from(self.mode) << 16,
            local_offset: local_offset as u32,
            name: self.name.clone(),
            extra: Vec::new(),
            comment: Vec::new(),
        };
        self.central.iter().for_each(|edit| edit(&mut header));
        header.write(out);
    }

    fn all_flags(&self) -> u16 {
        self.flags | if self.has_descriptor { FLAG_DESCRIPTOR } else { 0 }
    }
}
