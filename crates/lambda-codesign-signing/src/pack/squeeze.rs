//! Reading and compressing on several threads, written in order.

use core::num::NonZeroUsize;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::collections::BTreeMap;
use std::mem;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use lambda_codesign_core::archive::EntryKind;

use super::PackError;
use super::tree::Item;
use crate::deflate::{Deflater, Stored};

type Squeezed = Result<Stored, PackError>;

/// Items with what became of them, in no order: a hop between threads is paid for a batch.
type Batch = Vec<(usize, Squeezed)>;

/// A batch is handed on with so many items, or so many bytes.
const BATCH_ITEMS: usize = 32;
const BATCH_BYTES: usize = 256 * 1024;

/// Hands each item with its body to `write`, in the order of the items, however many threads there are.
///
/// Of several errors the one of the first item is returned, so that a broken tree is reported alike each time.
pub(super) fn in_order(
    items: &[Item],
    threads: NonZeroUsize,
    mut write: impl FnMut(&Item, &Stored) -> Result<(), PackError>,
) -> Result<(), PackError> {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (sender, receiver) = sync_channel(threads.get());
        for _ in 0..threads.get() {
            let sender = sender.clone();
            let next = &next;
            scope.spawn(move || work(items, next, &sender));
        }
        drop(sender);
        write_in_order(items, &receiver, &mut write)
    })
}

/// Takes one item after another until there are no more, or nobody listens.
fn work(items: &[Item], next: &AtomicUsize, sender: &SyncSender<Batch>) {
    let mut deflater = Deflater::new();
    let (mut batch, mut bytes) = (Batch::new(), 0_usize);
    loop {
        let at = next.fetch_add(1, Ordering::Relaxed);
        let Some(item) = items.get(at) else { break };
        let squeezed = squeeze(item, &mut deflater);
        // An error is told at once, so that the others end soon.
        bytes = bytes.saturating_add(squeezed.as_ref().map_or(BATCH_BYTES, |stored| stored.data.len()));
        batch.push((at, squeezed));
        if batch.len() >= BATCH_ITEMS || bytes >= BATCH_BYTES {
            bytes = 0;
            if sender.send(mem::take(&mut batch)).is_err() {
                return;
            }
        }
    }
    // Where nobody listens, an item before was refused.
    let _ = sender.send(batch);
}

fn squeeze(item: &Item, deflater: &mut Deflater) -> Squeezed {
    let body = item.body()?;
    let line = item.line();
    let stored = match line.kind {
        EntryKind::File => deflater.smallest(body),
        EntryKind::Directory | EntryKind::Symlink => Stored::verbatim(body),
    };
    stored.map_err(|_| PackError::TooLarge { path: item.path.as_path().into(), size: line.size })
}

fn write_in_order(
    items: &[Item],
    receiver: &Receiver<Batch>,
    write: &mut impl FnMut(&Item, &Stored) -> Result<(), PackError>,
) -> Result<(), PackError> {
    let mut early: BTreeMap<usize, Squeezed> = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        let squeezed = loop {
            if let Some(squeezed) = early.remove(&at) {
                break squeezed;
            }
            match receiver.recv() {
                Ok(batch) => early.extend(batch),
                // The workers are gone without this item: one of them ended early, which only a panic does.
                Err(_) => return Err(PackError::Changed(item.path.as_path().into())),
            };
        };
        write(item, &squeezed?)?;
    }
    Ok(())
}
