//! B2 and B3: a name is text that shows what it is, and a path below the package's root.

use core::str;

use super::defect::NameDefect;
use super::directory::DirectoryHeader;
use super::error::ArchiveError;
use super::local::Agreed;
use super::records::FLAG_UTF8;
use super::warning::ArchiveWarning;

/// The longest part of a name: `NAME_MAX` of Linux.
const PART_LENGTH: usize = 255;
/// The longest name. Ours: `PATH_MAX` of Linux is 4,096, and the package is unpacked below another directory.
const NAME_LENGTH: usize = 1024;

/// The characters of general category Cf (Unicode 16.0): they do not show, or turn the direction of the text.
const FORMAT_CHARACTERS: [(char, char); 21] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{180e}', '\u{180e}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{2064}'),
    ('\u{2066}', '\u{206f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{fff9}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0001}', '\u{e0001}'),
    ('\u{e0020}', '\u{e007f}'),
];

/// Whether the name is a directory's (APPNOTE 4.4.17.1 has `/` as the separator).
pub(super) fn is_directory(name: &[u8]) -> bool {
    name.ends_with(b"/")
}

/// The name, held to the rules.
pub(super) fn admitted<'a>(header: &DirectoryHeader<'a>) -> Result<&'a str, ArchiveError> {
    lengths(header)?;
    let refuses = |defect| ArchiveError::UnsafeName { entry: header.entry(), offset: header.offset, defect };
    let name = text(header.name).map_err(refuses)?;
    path(name).map_err(refuses)?;
    Ok(name)
}

/// The lengths are those that a file system takes.
fn lengths(header: &DirectoryHeader<'_>) -> Result<(), ArchiveError> {
    let longest_part = header.name.split(|&byte| byte == b'/').map(<[u8]>::len).max().unwrap_or(0);
    for (actual, limit) in [(header.name.len(), NAME_LENGTH), (longest_part, PART_LENGTH)] {
        if actual > limit {
            let (entry, offset) = (header.entry(), header.offset);
            return Err(ArchiveError::NameTooLong { entry, offset, actual, limit });
        }
    }
    Ok(())
}

/// B2: UTF-8 without characters that act on the text around them, that do not show, or that separate on Windows.
pub(super) fn text(name: &[u8]) -> Result<&str, NameDefect> {
    let name = str::from_utf8(name).map_err(|error| NameDefect::NotUtf8(error.valid_up_to()))?;
    // Nearly every name, and told at once.
    if name.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b'\\') {
        return Ok(name);
    }
    for character in name.chars() {
        if character == '\\' {
            return Err(NameDefect::Backslash);
        }
        if acts_on_text(character) {
            return Err(NameDefect::Character(character));
        }
    }
    Ok(name)
}

fn acts_on_text(character: char) -> bool {
    let separates_lines = matches!(character, '\u{2028}' | '\u{2029}');
    let is_format = || FORMAT_CHARACTERS.iter().any(|&(first, last)| (first..=last).contains(&character));
    character.is_control() || separates_lines || (!character.is_ascii() && is_format())
}

/// B3: a relative path that means the same wherever it is unpacked. A slash at its end makes it a directory's.
fn path(name: &str) -> Result<(), NameDefect> {
    if name.is_empty() {
        return Err(NameDefect::Empty);
    }
    if is_absolute(name) {
        return Err(NameDefect::Absolute);
    }
    if has_drive(name) {
        return Err(NameDefect::Drive);
    }
    if has_version(name) {
        return Err(NameDefect::Version);
    }
    for part in name.strip_suffix('/').unwrap_or(name).as_bytes().split(|&byte| byte == b'/') {
        match part {
            b"" => return Err(NameDefect::EmptyPart),
            b"." | b".." => return Err(NameDefect::DotPart),
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn is_absolute(path: &str) -> bool {
    path.starts_with('/')
}

/// A letter, a colon and then a separator or nothing, as a drive of Windows. Other colons are fine: Perl's manuals have
/// them (`B::Deparse.3`).
pub(super) fn has_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':'] | [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic())
}

/// A semicolon and digits, or none, at the end: Info-ZIP's `unzip` takes them for a version of VMS and drops them, on any
/// system (unix/unix.c, `mapname`).
fn has_version(path: &str) -> bool {
    path.trim_end_matches(|character: char| character.is_ascii_digit()).ends_with(';')
}

/// Warns of names outside ASCII that do not say that they are UTF-8, as Debian's `zip` writes them (appendix D.1).
pub(super) fn encoding(entries: &[Agreed<'_>]) -> Option<ArchiveWarning> {
    let headers = entries.iter().map(|entry| &entry.directory);
    let mut unflagged = headers.filter(|header| !header.name.is_ascii() && header.flags & FLAG_UTF8 == 0);
    let first = unflagged.next()?.entry();
    Some(ArchiveWarning::NameEncoding { first, others: unflagged.count() })
}

#[cfg(test)]
mod tests {
    use super::{NameDefect, path, text};

    fn check(name: &[u8], expected: Result<(), NameDefect>) {
        assert_eq!(text(name).and_then(path), expected, "{}", name.escape_ascii());
    }

    #[test]
    fn ordinary_names_are_admitted() {
        for name in ["a", "a/", "a/b.txt", ".hidden", "...", "a..b/..c", "-x", "~", "a b ", "übung/日本.txt"]
        {
            check(name.as_bytes(), Ok(()));
        }
        for name in [&b"man/man3/File::Spec.3pm"[..], b"B::Deparse.3", b"a:b", b"C:a", b"1:", b"C:d/a"] {
            check(name, Ok(()));
        }
    }

    #[test]
    fn names_that_could_be_other_paths_are_refused() {
        check(b"", Err(NameDefect::Empty));
        check(b"/", Err(NameDefect::Absolute));
        check(b"/etc/passwd", Err(NameDefect::Absolute));
        check(b"C:/x", Err(NameDefect::Drive));
        check(b"c:", Err(NameDefect::Drive));
        check(b"c:/", Err(NameDefect::Drive));
        check(b"app.py;1", Err(NameDefect::Version));
        check(b"lib/app.py;", Err(NameDefect::Version));
        check(b"a//b", Err(NameDefect::EmptyPart));
        check(b"a//", Err(NameDefect::EmptyPart));
        check(b"./a", Err(NameDefect::DotPart));
        check(b"a/./b", Err(NameDefect::DotPart));
        check(b"a/..", Err(NameDefect::DotPart));
        check(b"../", Err(NameDefect::DotPart));
        check(b"a\\b", Err(NameDefect::Backslash));
    }

    #[test]
    fn names_that_hide_what_they_are_are_refused() {
        check(b"a\xffb", Err(NameDefect::NotUtf8(1)));
        check(b"\xed\xa0\x80", Err(NameDefect::NotUtf8(0)));
        check(b"\xc0\xaf", Err(NameDefect::NotUtf8(0)));
        for character in [
            '\0', '\n', '\u{1b}', '\u{7f}', '\u{85}', '\u{ad}', '\u{200b}', '\u{202e}', '\u{2028}',
            '\u{feff}',
        ] {
            check(format!("a{character}").as_bytes(), Err(NameDefect::Character(character)));
        }
    }
}
