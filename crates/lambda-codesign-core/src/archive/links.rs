//! A4: a symbolic link leads to a place inside the package, on every way that a system may follow it.

use super::defect::{LinkDefect, NameDefect};
use super::entry::Entry;
use super::error::{ArchiveError, EntryName};
use super::names;

/// Holds the target of a link to the rules.
pub(super) fn stays_inside(link: &Entry<'_>, target: &[u8]) -> Result<(), ArchiveError> {
    resolves_inside(link.name(), target).map_err(|defect| ArchiveError::UnsafeLink {
        entry: link.shown(),
        offset: link.body_offset(),
        defect,
        target: EntryName::new(target),
    })
}

/// It may climb, by leading `..` alone, as far as the link stands deep, and then descend. The directories above a link
/// are no links ([`super::tree`]), so climbing is exact; what it descends through may be links, which lead inside by
/// this same rule, and it does not climb again from there.
fn resolves_inside(link: &str, target: &[u8]) -> Result<(), LinkDefect> {
    let target = names::text(target).map_err(LinkDefect::Text)?;
    if target.is_empty() {
        return Err(LinkDefect::Text(NameDefect::Empty));
    }
    if names::is_absolute(target) || names::has_drive(target) {
        return Err(LinkDefect::Absolute);
    }
    let mut depth = link.matches('/').count();
    let mut parts = target.split('/').filter(|part| !matches!(*part, "" | ".")).peekable();
    while parts.next_if_eq(&"..").is_some() {
        depth = depth.checked_sub(1).ok_or(LinkDefect::Outside)?;
    }
    if parts.any(|part| part == "..") {
        return Err(LinkDefect::Climbs);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{LinkDefect, NameDefect, resolves_inside};

    #[test]
    fn targets_inside_the_package_are_admitted() {
        for (link, target) in [
            ("lib/libfoo.so", "libfoo.so.1"),
            ("node_modules/.bin/x", "../x/cli.js"),
            ("a/b/c", "../../d"),
            ("a/b", ".."),
            ("a", "."),
            ("a", "./b/"),
            ("a/b", ".././c"),
        ] {
            assert_eq!(resolves_inside(link, target.as_bytes()), Ok(()), "{link} -> {target}");
        }
    }

    #[test]
    fn targets_that_could_lead_outside_are_refused() {
        for (link, target, defect) in [
            ("a", "/etc/passwd", LinkDefect::Absolute),
            ("a", "C:x", LinkDefect::Absolute),
            ("a", "..", LinkDefect::Outside),
            ("a/b", "../..", LinkDefect::Outside),
            ("a/b", ".././../c", LinkDefect::Outside),
            ("a/b", "c/..", LinkDefect::Climbs),
            ("a/b", "../c/../d", LinkDefect::Climbs),
            ("a", "b\\c", LinkDefect::Text(NameDefect::Backslash)),
            ("a", "b\0c", LinkDefect::Text(NameDefect::Character('\0'))),
        ] {
            assert_eq!(resolves_inside(link, target.as_bytes()), Err(defect), "{link} -> {target}");
        }
        assert_eq!(resolves_inside("a", b"\xff"), Err(LinkDefect::Text(NameDefect::NotUtf8(0))));
        assert_eq!(resolves_inside("a", b""), Err(LinkDefect::Text(NameDefect::Empty)));
    }
}
