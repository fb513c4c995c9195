//! The bytes of objects, in chunks.
//!
//! A blob is written ahead of the record that refers to it, and belongs to nobody until [`Write::claim`] counts a
//! reference in the same transaction as that record. What nobody claimed is removed when the file is opened.

use redb::{Durability, ReadableDatabase as _, ReadableTable as _, TableDefinition};
use serde::{Deserialize, Serialize};

use super::{Store, StoreError, Write};

/// The bytes of one chunk: the most that is held of an object that passes through.
const CHUNK: usize = 1 << 20;

const CHUNKS: TableDefinition<'_, (u64, u64), &[u8]> = TableDefinition::new("blob-chunks");
/// How many records refer to a blob; 0 is one that is being written.
const REFERENCES: TableDefinition<'_, u64, u64> = TableDefinition::new("blob-references");

/// Bytes in the store. Proves neither that they are claimed nor that they are whole after a crash: the record that
/// claimed it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Blob {
    id: u64,
    /// Its length in bytes.
    pub(crate) size: u64,
}

/// Writes a blob chunk by chunk.
pub(crate) struct BlobWriter {
    store: Store,
    id: u64,
    chunks: u64,
    size: u64,
    buffer: Vec<u8>,
}

impl BlobWriter {
    /// Takes more bytes. Blocks now and then.
    pub(crate) fn push(&mut self, mut bytes: &[u8]) -> Result<(), StoreError> {
        while !bytes.is_empty() {
            let room = CHUNK.saturating_sub(self.buffer.len());
            let (now, later) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
            self.buffer.extend_from_slice(now);
            bytes = later;
            if self.buffer.len() >= CHUNK {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        let mut write = self.store.database.begin_write()?;
        // The commit of the record that claims it puts these on disk too.
        write.set_durability(Durability::None)?;
        write.open_table(CHUNKS)?.insert((self.id, self.chunks), self.buffer.as_slice())?;
        write.commit()?;
        self.chunks += 1;
        self.size += u64::try_from(self.buffer.len()).unwrap_or(u64::MAX);
        self.buffer.clear();
        Ok(())
    }

    /// The blob, unclaimed.
    pub(crate) fn finish(mut self) -> Result<Blob, StoreError> {
        if !self.buffer.is_empty() {
            self.flush()?;
        }
        Ok(Blob { id: self.id, size: self.size })
    }
}

/// Reads a blob chunk by chunk, from an offset on.
pub(crate) struct BlobReader {
    store: Store,
    id: u64,
    next: u64,
    skip: usize,
    left: u64,
}

impl BlobReader {
    /// The next bytes, at most a chunk; none at the end.
    pub(crate) fn next_chunk(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        if self.left == 0 {
            return Ok(None);
        }
        let read = self.store.database.begin_read()?;
        let chunks = read.open_table(CHUNKS)?;
        let chunk = chunks.get((self.id, self.next))?.ok_or(StoreError::MissingBlob)?;
        let bytes = chunk.value().get(self.skip..).unwrap_or_default();
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
        let bytes = bytes.get(..wanted).unwrap_or_default().to_vec();
        self.left = self.left.saturating_sub(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.next += 1;
        self.skip = 0;
        Ok(Some(bytes))
    }
}

impl Store {
    /// Begins a blob.
    pub(crate) fn write_blob(&self) -> Result<BlobWriter, StoreError> {
        let mut write = self.database.begin_write()?;
        write.set_durability(Durability::None)?;
        let id = {
            let mut references = write.open_table(REFERENCES)?;
            let last = references.last()?.map_or(0, |(id, _)| id.value());
            references.insert(last + 1, 0)?;
            last + 1
        };
        write.commit()?;
        Ok(BlobWriter { store: self.clone(), id, chunks: 0, size: 0, buffer: Vec::new() })
    }

    /// Reads `length` bytes of a blob from `offset` on.
    pub(crate) fn read_blob(&self, blob: Blob, offset: u64, length: u64) -> BlobReader {
        let chunk = u64::try_from(CHUNK).unwrap_or(u64::MAX);
        BlobReader {
            store: self.clone(),
            id: blob.id,
            next: offset / chunk,
            skip: usize::try_from(offset % chunk).unwrap_or(0),
            left: length.min(blob.size.saturating_sub(offset)),
        }
    }

    /// All of a blob in memory, once.
    pub(crate) fn blob_bytes(&self, blob: Blob) -> Result<Vec<u8>, StoreError> {
        let mut bytes = Vec::with_capacity(usize::try_from(blob.size).unwrap_or(0));
        let mut reader = self.read_blob(blob, 0, blob.size);
        while let Some(chunk) = reader.next_chunk()? {
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    /// Stores bytes that are in memory.
    pub(crate) fn store_blob(&self, bytes: &[u8]) -> Result<Blob, StoreError> {
        let mut writer = self.write_blob()?;
        writer.push(bytes)?;
        writer.finish()
    }

    pub(super) fn remove_unclaimed_blobs(&self) -> Result<(), StoreError> {
        self.write(|write| {
            let unclaimed: Vec<u64> = {
                let references = write.0.open_table(REFERENCES)?;
                let mut unclaimed = Vec::new();
                for row in references.iter()? {
                    let (id, count) = row?;
                    if count.value() == 0 {
                        unclaimed.push(id.value());
                    }
                }
                unclaimed
            };
            unclaimed.into_iter().try_for_each(|id| write.remove_blob(id))
        })
    }
}

impl Write {
    /// Counts a reference to a blob: it stays until as many are given up.
    pub(crate) fn claim(&self, blob: Blob) -> Result<(), StoreError> {
        let mut references = self.0.open_table(REFERENCES)?;
        let count = references.get(blob.id)?.map(|count| count.value()).ok_or(StoreError::MissingBlob)?;
        references.insert(blob.id, count + 1)?;
        Ok(())
    }

    /// Gives up a reference; the last one's bytes are removed.
    pub(crate) fn give_up(&self, blob: Blob) -> Result<(), StoreError> {
        let count = {
            let mut references = self.0.open_table(REFERENCES)?;
            let count = references.get(blob.id)?.map_or(0, |count| count.value());
            references.insert(blob.id, count.saturating_sub(1))?;
            count
        };
        if count <= 1 { self.remove_blob(blob.id) } else { Ok(()) }
    }

    fn remove_blob(&self, id: u64) -> Result<(), StoreError> {
        self.0.open_table(REFERENCES)?.remove(id)?;
        self.0.open_table(CHUNKS)?.retain_in((id, 0)..=(id, u64::MAX), |_, _| false)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Store, StoreError};

    #[test]
    fn bytes_come_back_whole_and_in_part() {
        let store = Store::temporary().unwrap();
        let bytes: Vec<u8> = (0..3_000_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let blob = store.store_blob(&bytes).unwrap();
        assert_eq!(store.blob_bytes(blob).unwrap(), bytes);
        let mut reader = store.read_blob(blob, 1_500_000, 10);
        assert_eq!(reader.next_chunk().unwrap().unwrap(), bytes[1_500_000..1_500_010]);
        assert_eq!(reader.next_chunk().unwrap(), None);
    }

    #[test]
    fn what_nobody_claimed_goes_and_the_rest_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let store = Store::open(&path).unwrap();
        let (kept, lost) = (store.store_blob(b"kept").unwrap(), store.store_blob(b"lost").unwrap());
        store.write(|write| write.claim(kept)).unwrap();
        drop(store);
        let store = Store::open(&path).unwrap();
        assert_eq!(store.blob_bytes(kept).unwrap(), b"kept");
        assert!(matches!(store.write(|write| write.claim(lost)), Err(StoreError::MissingBlob)));
        store.write(|write| write.give_up(kept)).unwrap();
        assert!(matches!(store.write(|write| write.claim(kept)), Err(StoreError::MissingBlob)));
    }
}
