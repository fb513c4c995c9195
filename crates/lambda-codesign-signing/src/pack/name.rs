//! Which names can stand in a package.

use core::fmt;
use std::collections::HashMap;

use super::PackWarning;
use lambda_codesign_core::archive::SIGNATURE_ENTRY;
use lambda_codesign_core::manifest::{Line, MANIFEST_ENTRY};

/// The longest path segment and the longest whole name, in bytes, that a package may have.
const MAX_SEGMENT: usize = 255;
const MAX_NAME: usize = 1024;

/// What is wrong with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameDefect {
    /// Not UTF-8.
    NotUtf8,
    /// A control, formatting or bidirectional character, a line separator among them.
    Unprintable(char),
    /// A backslash, which some unpackers read as a separator.
    Backslash,
    /// A drive letter in front.
    DriveLetter,
    /// A segment of more than 255 bytes, or more than 1,024 bytes in all.
    TooLong,
    /// The manifest's own name.
    Manifest,
    /// The signature entry's name, in any case.
    Signature,
}

impl fmt::Display for NameDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 => f.write_str("is not UTF-8"),
            Self::Unprintable(found) => {
                write!(f, "holds the unprintable character U+{:04X}", u32::from(*found))
            }
            Self::Backslash => f.write_str("holds a backslash"),
            Self::DriveLetter => f.write_str("begins with a drive letter"),
            Self::TooLong => f.write_str("is longer than 255 bytes, or 1024 with the folders above it"),
            Self::Manifest => f.write_str("is that of the manifest"),
            Self::Signature => f.write_str("is that of the signature entry"),
        }
    }
}

/// Checks a whole name, its `/` at the end left off.
pub(super) fn check(name: &str) -> Result<(), NameDefect> {
    if name.len() >= MAX_NAME || name.split('/').any(|segment| segment.len() > MAX_SEGMENT) {
        return Err(NameDefect::TooLong);
    }
    if let Some(found) = name.chars().find(|character| is_unprintable(*character)) {
        return Err(NameDefect::Unprintable(found));
    }
    if name.contains('\\') {
        return Err(NameDefect::Backslash);
    }
    let mut first = name.chars();
    if first.next().is_some_and(|letter| letter.is_ascii_alphabetic()) && first.next() == Some(':') {
        return Err(NameDefect::DriveLetter);
    }
    if name == MANIFEST_ENTRY {
        return Err(NameDefect::Manifest);
    }
    if name.eq_ignore_ascii_case(SIGNATURE_ENTRY) {
        return Err(NameDefect::Signature);
    }
    Ok(())
}

/// Control characters, and those of Unicode's categories Cf, Zl and Zp.
fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}'
            | '\u{8e2}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0001}' | '\u{e0020}'..='\u{e007f}')
}

/// The names that differ in case alone.
pub(super) fn case_twins(lines: &[Line<'_>]) -> Vec<PackWarning> {
    let mut seen: HashMap<String, &str> = HashMap::new();
    let mut twins = Vec::new();
    for line in lines {
        if let Some(first) = seen.insert(line.name.to_lowercase(), line.name) {
            twins.push(PackWarning::CaseTwins { first: first.to_owned(), second: line.name.to_owned() });
        }
    }
    twins
}

#[cfg(test)]
mod tests {
    use super::{NameDefect, check};

    #[test]
    fn each_defect_is_told_apart() {
        let long = "x".repeat(256);
        let deep = vec!["x".repeat(200); 6].join("/");
        for (name, defect) in [
            ("a\nb", NameDefect::Unprintable('\n')),
            ("a\u{202e}b", NameDefect::Unprintable('\u{202e}')),
            ("a\u{2028}b", NameDefect::Unprintable('\u{2028}')),
            ("a\u{7f}b", NameDefect::Unprintable('\u{7f}')),
            ("a\\b", NameDefect::Backslash),
            ("c:x", NameDefect::DriveLetter),
            (long.as_str(), NameDefect::TooLong),
            (deep.as_str(), NameDefect::TooLong),
            (".lambda-codesign-manifest", NameDefect::Manifest),
            ("META_INF/aws_signer_signature_v1.0.SF", NameDefect::Signature),
            ("meta_inf/AWS_signer_signature_v1.0.sf", NameDefect::Signature),
        ] {
            assert_eq!(check(name), Err(defect), "{name:?}");
        }
        for name in [
            "a",
            "ab:c",
            "Perl::Module.3pm",
            "\u{fc}bung",
            "a b",
            "lib/.lambda-codesign-manifest",
            ".env",
            "META_INF",
        ] {
            assert_eq!(check(name), Ok(()), "{name:?}");
        }
    }
}
