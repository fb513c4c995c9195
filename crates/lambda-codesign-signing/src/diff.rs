//! What differs between two packages: in what is signed, and in what is not.

mod side;

use std::collections::HashMap;

use lambda_codesign_core::archive::{ArchiveError, EntryKind, Method};
use lambda_codesign_core::manifest::MANIFEST_ENTRY;

use crate::records::RecordsError;
use side::{Item, Side};

/// A pair of facts, the first package's and the second's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair<T> {
    /// In the first package.
    pub first: T,
    /// In the second package.
    pub second: T,
}

/// A body by its size and SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Body {
    /// Its size in bytes, uncompressed.
    pub size: u64,
    /// The SHA-256 of its bytes.
    pub sha256: [u8; 32],
}

/// A difference in what is signed: the two packages have different digests (FORMAT.md "What is signed").
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignedDifference {
    /// An entry of the first package alone.
    Removed {
        /// Its name.
        name: String,
    },
    /// An entry of the second package alone.
    Added {
        /// Its name.
        name: String,
    },
    /// An entry that stands elsewhere among those that both have.
    Moved {
        /// Its name.
        name: String,
        /// Its places among the entries that both have, from 0.
        place: Pair<usize>,
    },
    /// An entry with another body.
    Body {
        /// Its name.
        name: String,
        /// The bodies.
        body: Pair<Body>,
    },
    /// The manifest is another, or only one package has one.
    Manifest(Pair<Option<Body>>),
}

/// A difference in what is not signed: the digests may be equal all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnsignedDifference {
    /// One is a file, the other a link.
    Kind {
        /// The entry's name.
        name: String,
        /// What it is.
        kind: Pair<EntryKind>,
    },
    /// Permission bits.
    Mode {
        /// The entry's name.
        name: String,
        /// The bits, where the writer recorded any.
        mode: Pair<Option<u16>>,
    },
    /// The time that the directory records.
    Time {
        /// The entry's name.
        name: String,
        /// The times.
        time: Pair<DosTime>,
    },
    /// The method, or what it made of the body.
    Compression {
        /// The entry's name.
        name: String,
        /// The methods and compressed sizes.
        compression: Pair<(Method, u64)>,
    },
    /// The entry's comment.
    EntryComment {
        /// The entry's name.
        name: String,
    },
    /// Extra fields, in the local header or the directory.
    ExtraFields {
        /// The entry's name.
        name: String,
    },
    /// The archive's comment.
    ArchiveComment,
    /// The signature is another, or only one package has one.
    Signature(Pair<Option<Body>>),
}

/// A time as a zip records it, in no time zone (APPNOTE 4.4.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DosTime {
    /// The year, 1980 to 2107.
    pub year: u16,
    /// The month, as recorded: possibly 0 or above 12.
    pub month: u16,
    /// The day, as recorded: possibly 0.
    pub day: u16,
    /// The hour, as recorded: possibly above 23.
    pub hour: u16,
    /// The minute, as recorded: possibly above 59.
    pub minute: u16,
    /// The second, even; as recorded: possibly above 59.
    pub second: u16,
}

impl DosTime {
    fn decode((time, date): (u16, u16)) -> Self {
        Self {
            year: 1980 + (date >> 9),
            month: date >> 5 & 15,
            day: date & 31,
            hour: time >> 11,
            minute: time >> 5 & 63,
            second: (time & 31) * 2,
        }
    }
}

/// All differences; both lists empty means that the packages differ in no way that is known here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// In what is signed.
    pub signed: Vec<SignedDifference>,
    /// In what is not.
    pub unsigned: Vec<UnsignedDifference>,
}

/// Why two packages were not compared.
#[derive(Debug, thiserror::Error)]
pub enum DiffError {
    /// The first package can't be read.
    #[error("the first package can't be read: {0}")]
    First(SideError),
    /// The second package can't be read.
    #[error("the second package can't be read: {0}")]
    Second(SideError),
}

/// Why a package can't be read.
#[derive(Debug, thiserror::Error)]
pub enum SideError {
    /// It is not a zip with exactly one reading.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// Its records could not be found again.
    #[error(transparent)]
    Records(#[from] RecordsError),
}

impl DiffError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::First(_) | Self::Second(_) => "Check that both files are whole packages.",
        }
    }
}

/// Compares two packages, signed or not.
///
/// # Errors
/// One of them is not a zip with exactly one reading.
pub fn diff(first: &[u8], second: &[u8]) -> Result<Differences, DiffError> {
    let first = Side::read(first).map_err(DiffError::First)?;
    let second = Side::read(second).map_err(DiffError::Second)?;
    let mut differences = Differences::default();
    let pairs = pair(&first, &second, &mut differences);
    moved(&pairs, &mut differences);
    for (_, first, second) in &pairs {
        compare(first, second, &mut differences);
    }
    differ(first.comment, second.comment, |_| UnsignedDifference::ArchiveComment, &mut differences.unsigned);
    differ(first.signature, second.signature, UnsignedDifference::Signature, &mut differences.unsigned);
    Ok(differences)
}

/// Adds a difference where there is one.
fn differ<T: PartialEq, D>(first: T, second: T, say: impl FnOnce(Pair<T>) -> D, differences: &mut Vec<D>) {
    if first != second {
        differences.push(say(Pair { first, second }));
    }
}

/// The entries that both have, in the first's order, each with its place among them in the second.
fn pair<'s, 'a>(
    first: &'s Side<'a>,
    second: &'s Side<'a>,
    differences: &mut Differences,
) -> Vec<(usize, &'s Item<'a>, &'s Item<'a>)> {
    let signed = &mut differences.signed;
    differ(first.manifest, second.manifest, SignedDifference::Manifest, signed);
    let in_first: HashMap<&str, &Item<'_>> = first.items.iter().map(|item| (item.name, item)).collect();
    let shared = second.items.iter().filter(|item| in_first.contains_key(item.name));
    let in_second: HashMap<&str, (usize, &Item<'_>)> =
        shared.enumerate().map(|(place, item)| (item.name, (place, item))).collect();
    let mut pairs = Vec::new();
    for item in &first.items {
        match in_second.get(item.name) {
            Some((place, other)) => pairs.push((*place, item, *other)),
            None => signed.push(SignedDifference::Removed { name: item.name.to_owned() }),
        }
    }
    let added = second.items.iter().filter(|item| !in_first.contains_key(item.name));
    signed.extend(added.map(|item| SignedDifference::Added { name: item.name.to_owned() }));
    pairs
}

/// Adds the fewest entries that would have to move for both orders to be one.
fn moved(pairs: &[(usize, &Item<'_>, &Item<'_>)], differences: &mut Differences) {
    let places: Vec<usize> = pairs.iter().map(|(place, ..)| *place).collect();
    let mut staying = longest_rise(&places).into_iter().peekable();
    for (at, (place, item, _)) in pairs.iter().enumerate() {
        if staying.next_if_eq(&at).is_none() {
            let place = Pair { first: at, second: *place };
            differences.signed.push(SignedDifference::Moved { name: item.name.to_owned(), place });
        }
    }
}

/// The positions of a longest rising subsequence of distinct numbers, in rising order.
fn longest_rise(numbers: &[usize]) -> Vec<usize> {
    // ends[k]: the position of the least number that a rise of k + 1 numbers ends in; before[p]: what precedes p.
    let mut ends: Vec<(usize, usize)> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::new();
    for (at, number) in numbers.iter().enumerate() {
        let length = ends.partition_point(|(last, _)| last < number);
        let previous = length.checked_sub(1).and_then(|shorter| ends.get(shorter));
        before.push(previous.map(|(_, position)| *position));
        match ends.get_mut(length) {
            Some(end) => *end = (*number, at),
            None => ends.push((*number, at)),
        }
    }
    let mut rise = Vec::new();
    let mut next = ends.last().map(|(_, position)| *position);
    while let Some(at) = next {
        rise.push(at);
        next = before.get(at).copied().flatten();
    }
    rise.reverse();
    rise
}

/// Compares an entry that both have. The manifest and the signature are not among them.
fn compare(first: &Item<'_>, second: &Item<'_>, differences: &mut Differences) {
    let Differences { signed, unsigned } = differences;
    let name = first.name.to_owned();
    let named = || name.clone();
    differ(first.body, second.body, |body| SignedDifference::Body { name: named(), body }, signed);
    differ(first.kind, second.kind, |kind| UnsignedDifference::Kind { name: named(), kind }, unsigned);
    differ(first.mode, second.mode, |mode| UnsignedDifference::Mode { name: named(), mode }, unsigned);
    let time = |time: Pair<(u16, u16)>| UnsignedDifference::Time {
        name: named(),
        time: Pair { first: DosTime::decode(time.first), second: DosTime::decode(time.second) },
    };
    differ(first.time, second.time, time, unsigned);
    // Of other bodies other sizes are no news.
    if first.body == second.body {
        let say = |compression| UnsignedDifference::Compression { name: named(), compression };
        differ(first.compression, second.compression, say, unsigned);
    }
    let comment = |_| UnsignedDifference::EntryComment { name: named() };
    differ(first.comment, second.comment, comment, unsigned);
    differ(first.extra, second.extra, |_| UnsignedDifference::ExtraFields { name: named() }, unsigned);
}

/// Whether an entry is the manifest, which is compared by itself.
fn is_manifest(name: &str) -> bool {
    name == MANIFEST_ENTRY
}

#[cfg(test)]
mod tests {
    use super::{DosTime, longest_rise};

    #[test]
    fn the_longest_rise_leaves_out_what_moved() {
        for (numbers, rise) in [
            (vec![], vec![]),
            (vec![0, 1, 2], vec![0, 1, 2]),
            (vec![3, 0, 1, 2], vec![1, 2, 3]),
            (vec![1, 2, 3, 0], vec![0, 1, 2]),
            (vec![0, 3, 1, 2, 4], vec![0, 2, 3, 4]),
            (vec![2, 1, 0], vec![2]),
        ] {
            assert_eq!(longest_rise(&numbers), rise, "{numbers:?}");
        }
    }

    #[test]
    fn dos_times_are_decoded() {
        let time = DosTime::decode((3 << 11 | 4 << 5 | 3, 46 << 9 | 1 << 5 | 2));
        let expected = DosTime { year: 2026, month: 1, day: 2, hour: 3, minute: 4, second: 6 };
        assert_eq!(time, expected);
    }
}
