//! Content that is not what was signed.

use super::{Mutation, digest_mismatch};
use crate::der;
use crate::oid;
use crate::package::{Entry, MARKER_NAME};

pub(super) const ROWS: &[Mutation] = &[
    digest_mismatch("a body is changed", |p| p.tamper = |entries| entries[0].body[0] ^= 1),
    digest_mismatch("an entry is renamed", |p| p.tamper = |entries| entries[0].name = "App.py".into()),
    digest_mismatch("two entries are exchanged", |p| p.tamper = |entries| entries.swap(0, 3)),
    digest_mismatch("an entry is added", |p| {
        p.tamper = |entries| entries.insert(1, Entry::file("x.py", "x"))
    }),
    digest_mismatch("an empty entry is added", |p| {
        p.tamper = |entries| entries.insert(1, Entry::file("x", ""))
    }),
    digest_mismatch("an empty entry is removed", |p| p.tamper = |entries| drop(entries.remove(3))),
    digest_mismatch("META_INF/ is removed", |p| {
        p.tamper = |entries| entries.retain(|entry| entry.name != MARKER_NAME);
    }),
    digest_mismatch("an entry is moved behind the signature", |p| {
        p.tamper = |entries| {
            let first = entries.remove(0);
            entries.push(first);
        };
    }),
    digest_mismatch("the message digest is the inner digest itself", |p| {
        let inner = p.inner();
        p.envelope.signer().state(oid::MESSAGE_DIGEST, der::octet_string(&inner));
    }),
    digest_mismatch("the message digest is zeros", |p| {
        p.envelope.signer().state(oid::MESSAGE_DIGEST, der::octet_string(&[0; 48]));
    }),
];
