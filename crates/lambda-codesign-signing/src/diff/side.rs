//! One of the two packages.

use lambda_codesign_core::archive::{Archive, Entry, EntryKind, Limits, Method, Sink};
use sha2::{Digest as _, Sha256};

use super::{Body, SideError, is_manifest};
use crate::records::{Records, local_extra};

/// A package's entries without the manifest and the signature, which stand apart.
pub(super) struct Side<'a> {
    pub(super) items: Vec<Item<'a>>,
    pub(super) manifest: Option<Body>,
    pub(super) signature: Option<Body>,
    pub(super) comment: &'a [u8],
}

/// An entry, taken apart.
pub(super) struct Item<'a> {
    pub(super) name: &'a str,
    pub(super) body: Body,
    pub(super) kind: EntryKind,
    pub(super) mode: Option<u16>,
    pub(super) time: (u16, u16),
    pub(super) compression: (Method, u64),
    pub(super) comment: &'a [u8],
    /// The local header's, then the directory's.
    pub(super) extra: (&'a [u8], &'a [u8]),
}

/// Hashes each body by itself.
#[derive(Default)]
struct Bodies {
    current: Option<Sha256>,
    done: Vec<[u8; 32]>,
}

impl Bodies {
    fn end(&mut self) {
        self.done.extend(self.current.take().map(|hasher| <[u8; 32]>::from(hasher.finalize())));
    }
}

impl<'a> Sink<'a> for Bodies {
    fn entry(&mut self, _: &Entry<'a>) {
        self.end();
        self.current = Some(Sha256::new());
    }

    fn body(&mut self, chunk: &[u8]) {
        if let Some(hasher) = &mut self.current {
            hasher.update(chunk);
        }
    }
}

impl<'a> Side<'a> {
    pub(super) fn read(package: &'a [u8]) -> Result<Self, SideError> {
        let archive = Archive::parse(package, &Limits::default())?;
        let records = Records::of(package, &archive)?;
        let mut bodies = Bodies::default();
        archive.unpack(&mut bodies)?;
        bodies.end();
        let mut side = Self { items: Vec::new(), manifest: None, signature: None, comment: records.comment };
        for ((entry, central), sha256) in records.with_central(&archive).zip(bodies.done) {
            let body = Body { size: entry.size(), sha256 };
            if entry.is_signature() {
                side.signature = Some(body);
                continue;
            }
            // In front it is the manifest; elsewhere it is an entry like others.
            if is_manifest(entry.name()) && entry.index() == 0 {
                side.manifest = Some(body);
                continue;
            }
            let (extra, comment) = central.extra_and_comment();
            side.items.push(Item {
                name: entry.name(),
                body,
                kind: entry.kind(),
                mode: entry.mode(),
                time: central.time(),
                compression: (entry.method(), entry.compressed_size()),
                comment,
                extra: (local_extra(entry.record()), extra),
            });
        }
        Ok(side)
    }
}
