//! Archives that readers may read differently, by construction: the fourteen types of ambiguity of "My ZIP isn't your
//! ZIP" (USENIX Security 2025), each in several ways, harmless ones among them, and crossed with each other.
//!
//! What is wrong with a specimen, and whether anything is, does not stand here: that is for readers to find out.

mod records;
mod contents;
mod layout;

use std::fmt;

use super::{EntryForge, ZipForge, directory, file, symlink};
use crate::random::Random;

/// What readers can differ on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ambiguity {
    /// A1: the compression method.
    Method,
    /// A2: where a body ends and how large it is.
    Sizes,
    /// A3: which of an entry's names counts.
    Names,
    /// A4: file, directory or link.
    Types,
    /// A5: encrypted or not.
    Encryption,
    /// B1: which of two entries of one name counts.
    Duplicates,
    /// B2: characters that some readers change or drop.
    Characters,
    /// B3: paths that some readers make others of.
    Paths,
    /// B4: names that some file systems take for one.
    Twins,
    /// C1: where entries stand.
    Tiling,
    /// C2: which end record counts.
    EndRecords,
    /// C3: how many entries there are.
    Counts,
    /// C4: bytes before and behind the archive.
    Outside,
    /// C5: whether ZIP64 counts.
    Zip64,
}

impl Ambiguity {
    /// In the order of the paper.
    pub const ALL: [Self; 14] = [
        Self::Method,
        Self::Sizes,
        Self::Names,
        Self::Types,
        Self::Encryption,
        Self::Duplicates,
        Self::Characters,
        Self::Paths,
        Self::Twins,
        Self::Tiling,
        Self::EndRecords,
        Self::Counts,
        Self::Outside,
        Self::Zip64,
    ];
}

impl fmt::Display for Ambiguity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = Self::ALL.iter().position(|one| one == self).unwrap_or_default();
        let (group, number) = match place {
            0..=4 => ('A', place + 1),
            5..=8 => ('B', place - 4),
            _ => ('C', place - 8),
        };
        f.pad(&format!("{group}{number} {self:?}"))
    }
}

/// One way to make an archive ambiguous, or only look so.
struct Mutation {
    ambiguity: Ambiguity,
    what: &'static str,
    apply: fn(ZipForge, &mut Random) -> ZipForge,
}

/// A generated archive.
pub struct Specimen {
    /// What was done, in order.
    pub what: Vec<&'static str>,
    /// The types that were crossed, each once.
    pub types: Vec<Ambiguity>,
    pub bytes: Vec<u8>,
}

/// Archives over each mutation alone, every pair of them, and as many threes as make `count`; the same for one seed.
pub fn specimens(seed: u64, count: usize) -> Vec<Specimen> {
    let mut dice = Random::of(seed);
    let mutations = mutations();
    let mut specimens = Vec::new();
    for mutation in &mutations {
        specimens.extend((0..12).map(|_| specimen(&[mutation], &mut dice)));
    }
    for (at, first) in mutations.iter().enumerate() {
        for second in mutations.iter().skip(at + 1) {
            specimens.push(specimen(&[first, second], &mut dice));
        }
    }
    while specimens.len() < count {
        let three = [(); 3].map(|()| &mutations[dice.below(mutations.len())]);
        specimens.push(specimen(&three, &mut dice));
    }
    specimens
}

fn mutations() -> Vec<Mutation> {
    let mut mutations = records::mutations();
    mutations.extend(contents::mutations());
    mutations.extend(layout::mutations());
    mutations
}

fn specimen(mutations: &[&Mutation], dice: &mut Random) -> Specimen {
    let ordinary = (0..2 + dice.below(4)).map(|at| ordinary(at, dice));
    let mut zip = ZipForge::of(ordinary.collect::<Vec<_>>());
    for mutation in mutations {
        zip = (mutation.apply)(zip, dice);
    }
    let mut types: Vec<_> = mutations.iter().map(|mutation| mutation.ambiguity).collect();
    types.sort_unstable();
    types.dedup();
    Specimen { what: mutations.iter().map(|mutation| mutation.what).collect(), types, bytes: zip.build() }
}

/// An entry as one of the usual writers writes it.
fn ordinary(at: usize, dice: &mut Random) -> EntryForge {
    let body = "some text, and more of it; ".repeat(dice.below(6));
    let name = format!("f{at}.txt");
    match dice.below(10) {
        0 => directory(format!("d{at}/")),
        1 => symlink(format!("l{at}"), "f0.txt"),
        2 => file(format!("d{at}/nested.txt"), body).deflated(),
        3 | 4 => file(name, body).deflated().described(),
        5 => file(name, body).deflated().descriptor(|descriptor| descriptor.signature = None),
        6 => file(name, ""),
        7 => file(name, body),
        _ => file(name, body).deflated(),
    }
}

/// The archive with one entry, any, edited.
fn edit(
    mut zip: ZipForge,
    dice: &mut Random,
    edit: impl FnOnce(EntryForge, &mut Random) -> EntryForge,
) -> ZipForge {
    if zip.entries.is_empty() {
        return zip;
    }
    let at = dice.below(zip.entries.len());
    let entry = zip.entries.remove(at);
    zip.entries.insert(at, edit(entry, dice));
    zip
}

/// The archive with an entry more, anywhere.
fn insert(mut zip: ZipForge, dice: &mut Random, entry: EntryForge) -> ZipForge {
    let at = dice.below(zip.entries.len() + 1);
    zip.entries.insert(at, entry);
    zip
}
