//! B4: names that differ in case or Unicode form alone, which some file systems take for one.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

use super::entry::Entry;
use super::error::EntryName;
use super::tree::compare_paths;
use super::warning::ArchiveWarning;

/// A name, and what it is where neither case nor Unicode form counts.
struct Folded<'a> {
    name: &'a str,
    folded: Cow<'a, str>,
}

/// Warns of names, or directories in names, that would fall together.
pub(super) fn find(entries: &[Entry<'_>]) -> Option<ArchiveWarning> {
    // Names that are all as they would be folded are only what they are.
    if entries.iter().all(|entry| is_folded(entry.name())) {
        return None;
    }
    let mut names: Vec<_> =
        entries.iter().map(|entry| Folded { name: entry.name(), folded: fold(entry.name()) }).collect();
    names.sort_by(|one, other| compare_paths(&one.folded, &other.folded));
    let mut twins = names.array_windows().filter(|[one, other]| are_twins(one, other));
    let [first, second] = twins.next()?;
    Some(ArchiveWarning::NameTwin {
        first: EntryName::new(first.name.as_bytes()),
        second: EntryName::new(second.name.as_bytes()),
        others: twins.count(),
    })
}

/// Whether they share a path once folded, and not before.
///
/// Neighbours tell: names that share a folded path stand together, so if any two of them differ there, two neighbours do.
fn are_twins(one: &Folded<'_>, other: &Folded<'_>) -> bool {
    if one.name == one.folded && other.name == other.folded {
        return false;
    }
    let folded = one.folded.split('/').zip(other.folded.split('/'));
    let names = one.name.split('/').zip(other.name.split('/'));
    let shared = folded.zip(names).take_while(|((one, other), _)| one == other);
    shared.into_iter().any(|(_, (one, other))| one != other)
}

/// Whether the name can be told at once to be as it would be folded.
fn is_folded(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
}

/// Unicode's canonical caseless form, nearly: upper case first, so that `ß` and `SS` meet (Unicode 16.0, 3.13, D145).
fn fold(name: &str) -> Cow<'_, str> {
    if name.is_ascii() {
        return if is_folded(name) { name.into() } else { name.to_ascii_lowercase().into() };
    }
    name.nfd().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfd().collect()
}

#[cfg(test)]
mod tests {
    use super::{Folded, are_twins, fold};

    fn twins(one: &'static str, other: &'static str) -> bool {
        let folded = |name| Folded { name, folded: fold(name) };
        are_twins(&folded(one), &folded(other))
    }

    #[test]
    fn twins_differ_in_case_or_form_alone() {
        assert!(twins("README", "readme"));
        assert!(twins("Lib/a", "lib/b"), "their directories fall together");
        assert!(twins("a", "A/b"), "a file and a directory");
        assert!(twins("\u{e9}", "e\u{301}"));
        assert!(twins("stra\u{df}e", "STRASSE"));
        assert!(!twins("lib/a", "lib/b"));
        assert!(!twins("lib/a", "lib/"));
        assert!(!twins("a/x", "b/X"));
        assert!(!twins("e", "\u{e9}"));
    }
}
