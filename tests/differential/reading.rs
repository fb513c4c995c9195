//! What a reader makes of an archive, and whether it is what the archive stage makes of it.

use std::collections::BTreeMap;
use std::fmt;

use lambda_codesign_core::archive::{Archive, Entry, EntryKind, Limits, Sink};
use lambda_codesign_core::code::Code;
use unicode_normalization::UnicodeNormalization as _;

/// An entry as it was read: a directory's name ends in `/`, a link's body is its target.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) name: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

/// What came out of a reader.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Entries and their bodies, in the reader's order.
    Listed(Vec<Item>),
    /// A tree of files.
    Extracted(Extracted),
    /// The reader's error.
    Refused(String),
}

/// What an unpacker made of an archive.
pub(crate) struct Extracted {
    pub(crate) by: Unpacker,
    /// The names, in its order.
    pub(crate) order: Vec<Vec<u8>>,
    /// What stands at each path, the directories above included.
    pub(crate) tree: BTreeMap<Vec<u8>, Node>,
}

/// Whose ways count where trees are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unpacker {
    /// Takes names for code page 437 that were not written on Unix, though they are flagged as UTF-8.
    Unzip,
    /// Composes the characters of names (normalization form C), and fills with zeros what was written on Unix with a
    /// mode of all ones, which is the type of nothing. Both are warned of.
    Bsdtar,
    /// Likewise, and sees no modes, which the directory alone has: a link is a file of its target.
    BsdtarStream,
}

/// What stands at a path of a tree.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Node {
    Directory,
    File(Vec<u8>),
    Link(Vec<u8>),
}

impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\": \"{}\"", self.name.escape_ascii(), self.body.escape_ascii())
    }
}

impl fmt::Debug for Extracted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.order.iter().map(|name| Name(name))).finish()?;
        let tree = self.tree.iter().map(|(name, node)| (Name(name), node));
        f.debug_map().entries(tree).finish()
    }
}

struct Name<'a>(&'a [u8]);

impl fmt::Debug for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory => f.write_str("/"),
            Self::File(body) => write!(f, "\"{}\"", body.escape_ascii()),
            Self::Link(target) => write!(f, "-> \"{}\"", target.escape_ascii()),
        }
    }
}

/// What the archive stage says of an archive.
pub(crate) enum Judged {
    Admitted(Vec<Ours>),
    Refused(Code),
}

/// An entry as the archive stage reads it.
#[derive(Clone)]
pub(crate) struct Ours {
    pub(crate) item: Item,
    kind: EntryKind,
    /// The permission bits, where it was written on Unix.
    mode: Option<u16>,
}

/// The permission bits of a mode of all ones.
const ALL_ONES: Option<u16> = Some(0o7777);

impl fmt::Debug for Ours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.kind, self.item)
    }
}

#[derive(Default)]
struct Collector(Vec<Ours>);

impl<'a> Sink<'a> for Collector {
    fn entry(&mut self, entry: &Entry<'a>) {
        let item = Item { name: entry.name().into(), body: Vec::new() };
        self.0.push(Ours { item, kind: entry.kind(), mode: entry.mode() });
    }

    fn body(&mut self, chunk: &[u8]) {
        let last = self.0.last_mut().expect("a body follows its entry");
        last.item.body.extend_from_slice(chunk);
    }
}

impl Judged {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut collector = Collector::default();
        let unpacked =
            Archive::parse(bytes, &Limits::default()).and_then(|archive| archive.unpack(&mut collector));
        match unpacked {
            Ok(()) => Self::Admitted(collector.0),
            Err(error) => Self::Refused(error.code()),
        }
    }

    pub(crate) fn is_admitted(&self) -> bool {
        matches!(self, Self::Admitted(_))
    }
}

/// Whether the reader read the admitted archive as we do; it has not refused it.
pub(crate) fn agrees(ours: &[Ours], outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Listed(items) => ours.iter().map(|ours| &ours.item).eq(items),
        Outcome::Extracted(extracted) => unpacked_alike(ours, extracted),
        Outcome::Refused(_) => true,
    }
}

fn unpacked_alike(ours: &[Ours], extracted: &Extracted) -> bool {
    let by = extracted.by;
    let is_compared = |name: &[u8]| match by {
        Unpacker::Unzip => name.is_ascii() || !ours.iter().any(Ours::is_decoded_by_unzip),
        Unpacker::Bsdtar => !ours.iter().any(|ours| ours.item.name == name && ours.mode == ALL_ONES),
        Unpacker::BsdtarStream => true,
    };
    let order = ours.iter().map(|ours| by.name(&ours.item.name)).filter(|name| is_compared(name));
    let mut expected = tree(ours, by);
    expected.retain(|name, _| is_compared(name));
    let named = extracted.order.iter().filter(|name| is_compared(name)).cloned();
    let found = extracted.tree.iter().filter(|(name, _)| is_compared(name));
    order.eq(named) && expected.iter().eq(found)
}

impl Ours {
    /// Whether unzip takes the name for code page 437.
    fn is_decoded_by_unzip(&self) -> bool {
        self.mode.is_none() && !self.item.name.is_ascii()
    }
}

impl Unpacker {
    /// The name as it is unpacked.
    fn name(self, name: &[u8]) -> Vec<u8> {
        match self {
            Self::Unzip => name.to_vec(),
            Self::Bsdtar | Self::BsdtarStream => {
                str::from_utf8(name).expect("it is admitted").nfc().collect::<String>().into_bytes()
            }
        }
    }
}

/// The tree that the entries make, with the directories above them.
fn tree(ours: &[Ours], by: Unpacker) -> BTreeMap<Vec<u8>, Node> {
    let mut nodes = BTreeMap::new();
    for Ours { item, kind, .. } in ours {
        let name = by.name(&item.name);
        let path = name.strip_suffix(b"/").unwrap_or(&name);
        for (at, _) in path.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
            nodes.insert(path[..at].to_vec(), Node::Directory);
        }
        let node = match kind {
            EntryKind::Directory => Node::Directory,
            EntryKind::Symlink if by != Unpacker::BsdtarStream => Node::Link(item.body.clone()),
            EntryKind::File | EntryKind::Symlink => Node::File(item.body.clone()),
        };
        nodes.insert(path.to_vec(), node);
    }
    nodes
}
