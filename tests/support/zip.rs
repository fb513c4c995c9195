//! Zip archives, right by default and wrong wherever a test wants them to be.
//!
//! Without edits the forge writes what an ordinary tool writes. Each record is first filled in as it should be, then
//! handed to the edits of the test, which may change any field, and then written as it stands.

mod entry;
mod records;

pub use entry::{EntryForge, directory, file, symlink};
pub use records::{
    CentralRecord, DescriptorRecord, EndRecord, LocalRecord, Width, Zip64EndRecord, Zip64Locator, extra_field,
};

/// A change to a record after it was filled in.
pub type Edit<T> = Box<dyn Fn(&mut T)>;

/// Builds an archive.
#[derive(Default)]
pub struct ZipForge {
    prefix: Vec<u8>,
    entries: Vec<EntryForge>,
    listing: Option<Vec<usize>>,
    before_directory: Vec<u8>,
    after_directory: Vec<u8>,
    zip64: bool,
    zip64_end: Vec<Edit<Zip64EndRecord>>,
    after_zip64_end: Vec<u8>,
    zip64_locator: Vec<Edit<Zip64Locator>>,
    end: Vec<Edit<EndRecord>>,
    suffix: Vec<u8>,
}

impl ZipForge {
    /// An archive without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An archive with these entries.
    #[must_use]
    pub fn of(entries: impl IntoIterator<Item = EntryForge>) -> Self {
        Self { entries: entries.into_iter().collect(), ..Self::default() }
    }

    /// Appends an entry.
    #[must_use]
    pub fn entry(mut self, entry: EntryForge) -> Self {
        self.entries.push(entry);
        self
    }

    /// Puts bytes before the first local header; the offsets count them.
    #[must_use]
    pub fn prefix(mut self, bytes: &[u8]) -> Self {
        self.prefix = bytes.to_vec();
        self
    }

    /// Which entries the directory lists, by their place, in this order.
    #[must_use]
    pub fn listing(mut self, places: &[usize]) -> Self {
        self.listing = Some(places.to_vec());
        self
    }

    /// Puts bytes between the last local record and the directory.
    #[must_use]
    pub fn before_directory(mut self, bytes: &[u8]) -> Self {
        self.before_directory = bytes.to_vec();
        self
    }

    /// Puts bytes between the directory and the end records.
    #[must_use]
    pub fn after_directory(mut self, bytes: &[u8]) -> Self {
        self.after_directory = bytes.to_vec();
        self
    }

    /// Writes the ZIP64 end record and its locator.
    #[must_use]
    pub fn zip64(mut self) -> Self {
        self.zip64 = true;
        self
    }

    /// Writes and edits the ZIP64 end record.
    #[must_use]
    pub fn zip64_end(mut self, edit: impl Fn(&mut Zip64EndRecord) + 'static) -> Self {
        self.zip64_end.push(Box::new(edit));
        self.zip64()
    }

    /// Puts bytes between the ZIP64 end record and its locator.
    #[must_use]
    pub fn after_zip64_end(mut self, bytes: &[u8]) -> Self {
        self.after_zip64_end = bytes.to_vec();
        self.zip64()
    }

    /// Writes and edits the ZIP64 locator.
    #[must_use]
    pub fn zip64_locator(mut self, edit: impl Fn(&mut Zip64Locator) + 'static) -> Self {
        self.zip64_locator.push(Box::new(edit));
        self.zip64()
    }

    /// Edits the end record.
    #[must_use]
    pub fn end(mut self, edit: impl Fn(&mut EndRecord) + 'static) -> Self {
        self.end.push(Box::new(edit));
        self
    }

    /// The archive's comment.
    #[must_use]
    pub fn comment(self, comment: &[u8]) -> Self {
        let comment = comment.to_vec();
        self.end(move |end| end.comment = comment.clone())
    }

    /// Puts bytes behind the end record and its comment.
    #[must_use]
    pub fn suffix(mut self, bytes: &[u8]) -> Self {
        self.suffix = bytes.to_vec();
        self
    }

    /// The archive's bytes.
    #[must_use]
    pub fn build(&self) -> Vec<u8> {
        let mut out = self.prefix.clone();
        let offsets: Vec<u64> = self.entries.iter().map(|entry| entry.write_local(&mut out)).collect();
        out.extend_from_slice(&self.before_directory);

        let directory = out.len() as u64;
        let listing = self.listing.clone().unwrap_or_else(|| (0..self.entries.len()).collect());
        for &place in &listing {
            self.entries[place].write_central(offsets[place], &mut out);
        }
        let size = out.len() as u64 - directory;
        out.extend_from_slice(&self.after_directory);

        if self.zip64 {
            self.write_zip64(listing.len() as u64, directory, size, &mut out);
        }
        let mut end = EndRecord::of(listing.len() as u16, directory as u32, size as u32);
        self.end.iter().for_each(|edit| edit(&mut end));
        end.write(&mut out);
        out.extend_from_slice(&self.suffix);
        out
    }

    fn write_zip64(&self, entries: u64, directory: u64, size: u64, out: &mut Vec<u8>) {
        let mut locator = Zip64Locator::to(out.len() as u64);
        let mut record = Zip64EndRecord::of(entries, directory, size);
        self.zip64_end.iter().for_each(|edit| edit(&mut record));
        record.write(out);
        out.extend_from_slice(&self.after_zip64_end);
        self.zip64_locator.iter().for_each(|edit| edit(&mut locator));
        locator.write(out);
    }
}

/// Where the bytes first stand in the archive.
///
/// # Panics
///
/// If they do not: a test that edits bytes must not edit others than it means.
#[must_use]
pub fn find(archive: &[u8], bytes: &[u8]) -> usize {
    archive.windows(bytes.len()).position(|window| window == bytes).expect("the bytes to be edited are there")
}

/// Overwrites the bytes from an offset on.
pub fn overwrite(archive: &mut [u8], offset: usize, bytes: &[u8]) {
    archive[offset..offset + bytes.len()].copy_from_slice(bytes);
}

/// The raw deflate stream of the bytes.
#[must_use]
pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    miniz_oxide::deflate::compress_to_vec(bytes, 6)
}

/// CRC-32 as in APPNOTE 4.4.7, bit by bit.
#[must_use]
pub fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, &byte| {
        (0..8).fold(
            crc ^ u32::from(byte),
            |crc, _| {
                if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }
            },
        )
    })
}
