//! What the services keep: records by key, and the bytes of objects, in one embedded database.
//!
//! A write transaction is on disk when [`Store::write`] returns, so what was acknowledged is there after a kill.

mod blob;

use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use redb::{Database, ReadableDatabase as _, ReadableTable as _, TableDefinition};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use blob::{Blob, BlobReader, BlobWriter};

/// The version of what the file holds; a file of another one is refused.
const SCHEMA: &str = "lambda-codesign/sandbox-state/v1";
const META: TableDefinition<'_, &str, &str> = TableDefinition::new("meta");

/// Enough for the records; bodies of objects only pass through.
const CACHE_BYTES: usize = 32 << 20;

/// Why the store did not answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("the state file can't be used: {0}")]
    Database(#[from] Box<redb::Error>),
    #[error("a record of the state file is damaged: {0}")]
    Record(#[from] serde_json::Error),
    #[error("the state file is of another version: {found}")]
    Schema { found: Box<str> },
    #[error("the bytes of an object are not in the state file")]
    MissingBlob,
    #[error("the file can't be made or opened: {0}")]
    File(#[from] std::io::Error),
}

/// redb has an error type a step; they all become this one.
macro_rules! from_redb {
    ($($error:ident),+) => {$(
        impl From<redb::$error> for StoreError {
            fn from(error: redb::$error) -> Self {
                Self::Database(Box::new(error.into()))
            }
        }
    )+};
}
from_redb!(CommitError, DatabaseError, SetDurabilityError, StorageError, TableError, TransactionError);

/// The database. Cloning shares it.
#[derive(Clone)]
pub(crate) struct Store {
    database: Arc<Database>,
}

/// A table of records: JSON by key. Keys come from [`key`].
pub(crate) struct Table<V> {
    name: &'static str,
    of: PhantomData<fn() -> V>,
}

impl<V> Table<V> {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, of: PhantomData }
    }

    const fn definition(&self) -> TableDefinition<'static, &'static str, &'static [u8]> {
        TableDefinition::new(self.name)
    }
}

/// A key of parts, ordered by the first, then the second; no part holds a NUL.
pub(crate) fn key(parts: &[&str]) -> String {
    parts.join("\0")
}

/// The prefix of all keys that begin with these parts and have more.
pub(crate) fn below(parts: &[&str]) -> String {
    let mut prefix = key(parts);
    prefix.push('\0');
    prefix
}

/// A page of records.
pub(crate) struct Page<V> {
    pub(crate) records: Vec<(String, V)>,
    /// Whether records follow the last one.
    pub(crate) more: More,
}

/// Whether a page is the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum More {
    Follows,
    End,
}

/// The database as it stood at one time.
pub(crate) struct Read(redb::ReadTransaction);

/// One change of the database; others wait for it.
pub(crate) struct Write(redb::WriteTransaction);

macro_rules! reading {
    ($transaction:ty, $open:expr) => {
        impl $transaction {
            /// The record of this key.
            pub(crate) fn get<V: DeserializeOwned>(
                &self,
                table: &Table<V>,
                key: &str,
            ) -> Result<Option<V>, StoreError> {
                let Some(table) = $open(self, table.definition())? else { return Ok(None) };
                let Some(bytes) = table.get(key)? else { return Ok(None) };
                Ok(Some(serde_json::from_slice(bytes.value())?))
            }

            /// The records whose keys begin with `prefix`, after the key `after`, at most `limit` of them.
            pub(crate) fn scan<V: DeserializeOwned>(
                &self,
                table: &Table<V>,
                prefix: &str,
                after: Option<&str>,
                limit: usize,
            ) -> Result<Page<V>, StoreError> {
                let mut page = Page { records: Vec::new(), more: More::End };
                let Some(table) = $open(self, table.definition())? else { return Ok(page) };
                let from = after.unwrap_or(prefix).max(prefix);
                for row in table.range(from..)? {
                    let (key, bytes) = row?;
                    let key = key.value();
                    if !key.starts_with(prefix) {
                        break;
                    }
                    if after.is_some_and(|after| key <= after) {
                        continue;
                    }
                    if page.records.len() >= limit {
                        page.more = More::Follows;
                        break;
                    }
                    page.records.push((key.to_owned(), serde_json::from_slice(bytes.value())?));
                }
                Ok(page)
            }

            /// All records whose keys begin with `prefix`.
            pub(crate) fn all<V: DeserializeOwned>(
                &self,
                table: &Table<V>,
                prefix: &str,
            ) -> Result<Vec<V>, StoreError> {
                let page = self.scan(table, prefix, None, usize::MAX)?;
                Ok(page.records.into_iter().map(|(_, value)| value).collect())
            }
        }
    };
}

reading!(Read, open_read);
reading!(Write, open_write);

type Bytes = TableDefinition<'static, &'static str, &'static [u8]>;

/// A table that nothing was written to is absent.
fn open_read(
    read: &Read,
    table: Bytes,
) -> Result<Option<redb::ReadOnlyTable<&'static str, &'static [u8]>>, StoreError> {
    match read.0.open_table(table) {
        Ok(table) => Ok(Some(table)),
        Err(redb::TableError::TableDoesNotExist(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn open_write(
    write: &Write,
    table: Bytes,
) -> Result<Option<redb::Table<'_, &'static str, &'static [u8]>>, StoreError> {
    Ok(Some(write.0.open_table(table)?))
}

impl Write {
    /// Puts a record in the place of the one before.
    pub(crate) fn put<V: Serialize>(&self, table: &Table<V>, key: &str, value: &V) -> Result<(), StoreError> {
        let bytes = serde_json::to_vec(value)?;
        self.0.open_table(table.definition())?.insert(key, bytes.as_slice())?;
        Ok(())
    }

    /// Removes a record, if it is there.
    pub(crate) fn remove<V>(&self, table: &Table<V>, key: &str) -> Result<(), StoreError> {
        self.0.open_table(table.definition())?.remove(key)?;
        Ok(())
    }
}

impl Store {
    /// The store in this file, which is made where it is absent. It holds private keys, so nobody but its owner may
    /// read it.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let mut options = std::fs::OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        Self::begin(
            redb::Builder::new()
                .set_cache_size(CACHE_BYTES)
                .create_with_backend(redb::backends::FileBackend::new(file)?)?,
        )
    }

    /// A store in a file that is gone with it.
    pub(crate) fn temporary() -> Result<Self, StoreError> {
        Self::begin(
            redb::Builder::new()
                .set_cache_size(CACHE_BYTES)
                .create_with_backend(redb::backends::FileBackend::new(tempfile::tempfile()?)?)?,
        )
    }

    fn begin(database: Database) -> Result<Self, StoreError> {
        let store = Self { database: Arc::new(database) };
        store.write(|write| {
            let mut meta = write.0.open_table(META)?;
            let found = meta.get("schema")?.map(|found| found.value().to_owned());
            match found {
                Some(found) if found != SCHEMA => Err(StoreError::Schema { found: found.into() }),
                Some(_) => Ok(()),
                None => {
                    meta.insert("schema", SCHEMA)?;
                    Ok(())
                }
            }
        })?;
        store.remove_unclaimed_blobs()?;
        Ok(store)
    }

    /// Reads the database as it stands. Blocks: not to be called on the runtime's own threads but for small reads.
    pub(crate) fn read<T, E: From<StoreError>>(
        &self,
        read: impl FnOnce(&Read) -> Result<T, E>,
    ) -> Result<T, E> {
        let transaction = self.database.begin_read().map_err(StoreError::from)?;
        read(&Read(transaction))
    }

    /// Changes the database: wholly and on disk where the closure succeeds, not at all where it fails.
    pub(crate) fn write<T, E: From<StoreError>>(
        &self,
        change: impl FnOnce(&Write) -> Result<T, E>,
    ) -> Result<T, E> {
        let write = Write(self.database.begin_write().map_err(StoreError::from)?);
        match change(&write) {
            Ok(value) => {
                write.0.commit().map_err(StoreError::from)?;
                Ok(value)
            }
            Err(error) => {
                write.0.abort().map_err(StoreError::from)?;
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{More, Store, StoreError, Table, below, key};

    const NUMBERS: Table<u32> = Table::new("numbers");

    #[test]
    fn a_failed_change_leaves_nothing() {
        let store = Store::temporary().unwrap();
        let failed: Result<(), StoreError> = store.write(|write| {
            write.put(&NUMBERS, "a", &1)?;
            Err(StoreError::MissingBlob)
        });
        failed.unwrap_err();
        assert_eq!(store.read(|read| read.get(&NUMBERS, "a")).unwrap(), None);
    }

    #[test]
    fn a_file_of_another_version_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("state");
        drop(Store::open(&file).unwrap());
        let database = redb::Database::open(&file).unwrap();
        let write = database.begin_write().unwrap();
        write.open_table(super::META).unwrap().insert("schema", "lambda-codesign/sandbox-state/v0").unwrap();
        write.commit().unwrap();
        drop(database);
        let refused = Store::open(&file).map(drop).unwrap_err().to_string();
        assert_eq!(refused, "the state file is of another version: lambda-codesign/sandbox-state/v0");
        assert!(Store::open(&file).is_err(), "it is not taken for one of this version by the next start");
    }

    #[test]
    fn pages_follow_each_other() {
        let store = Store::temporary().unwrap();
        let put = |write: &super::Write| -> Result<(), StoreError> {
            for (place, name) in [("x", "a"), ("x", "b"), ("x", "c"), ("xy", "d")] {
                write.put(&NUMBERS, &key(&[place, name]), &7)?;
            }
            Ok(())
        };
        store.write(put).unwrap();
        let first = store.read(|read| read.scan(&NUMBERS, &below(&["x"]), None, 2)).unwrap();
        assert_eq!((first.records.len(), first.more), (2, More::Follows));
        let last = first.records.last().map(|(key, _)| key.as_str());
        let rest = store.read(|read| read.scan(&NUMBERS, &below(&["x"]), last, 2)).unwrap();
        assert_eq!((rest.records.len(), rest.more), (1, More::End));
    }
}
