//! The signature's entry: one, under its exact name, and nothing that could be taken for it.

use unicode_normalization::UnicodeNormalization;

use super::defect::SignatureDefect;
use super::entry::Entry;
use super::error::ArchiveError;
use super::kinds::EntryKind;
use super::warning::ArchiveWarning;

/// The name of the signature's entry (FORMAT.md "Where the signature is").
pub const SIGNATURE_ENTRY: &str = "META_INF/aws_signer_signature_v1.0.SF";

/// The directory entry that AWS Signer writes before it (FORMAT.md "Where the signature is").
pub const SIGNATURE_DIRECTORY: &str = "META_INF/";

/// The entry is the signature, a regular file, or can't be taken for it.
pub(super) fn not_confusable(entry: &Entry<'_>) -> Result<(), ArchiveError> {
    let defect = match (entry.is_signature(), entry.kind()) {
        (true, EntryKind::File) => return Ok(()),
        (true, EntryKind::Directory | EntryKind::Symlink) => SignatureDefect::NotAFile,
        (false, _) if looks_like_signature(entry.name()) => SignatureDefect::Name,
        (false, _) => return Ok(()),
    };
    let (name, offset) = (entry.shown(), entry.listed_at());
    Err(ArchiveError::SignatureConfusable { entry: name, offset, defect })
}

/// Whether it has the signature's name, or one below it, where case, width, spaces, the kind of dash, characters that do
/// not show and dots at the end do not count.
///
/// Backslashes, dots and empty parts, control and format characters are refused in any name (B2, B3).
fn looks_like_signature(name: &str) -> bool {
    // In ASCII nothing but spaces is passed over, and nearly no name begins so.
    if name.is_ascii() && !name.trim_start().starts_with(['M', 'm']) {
        return false;
    }
    let mut name = skeleton(name);
    skeleton(SIGNATURE_ENTRY).all(|expected| name.next() == Some(expected))
        && matches!(name.find(|&character| character != '.'), None | Some('/'))
}

fn skeleton(name: &str) -> impl Iterator<Item = char> {
    let characters = name
        .nfkc()
        .flat_map(char::to_lowercase)
        .filter(|&character| !character.is_whitespace() && !does_not_show(character));
    characters.map(|character| match character {
        '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' => '_',
        _ => character,
    })
}

/// The characters that are ignored by default (Unicode 16.0, 5.21) and that B2 lets pass.
const fn does_not_show(character: char) -> bool {
    matches!(
        character,
        '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2065}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{fff0}'..='\u{fff8}'
            | '\u{e0080}'..='\u{e0fff}'
    )
}

/// Warns of entries behind the signature, which AWS Signer writes last.
pub(super) fn not_last(entries: &[Entry<'_>]) -> Option<ArchiveWarning> {
    let place = entries.iter().position(Entry::is_signature)?;
    let mut behind = entries.iter().skip(place).skip(1);
    let first = behind.next()?;
    let first = first.shown();
    Some(ArchiveWarning::SignatureNotLast { first, others: behind.count() })
}

#[cfg(test)]
mod tests {
    use super::{SIGNATURE_ENTRY, looks_like_signature};

    #[test]
    fn what_could_be_taken_for_the_signature() {
        for name in [
            SIGNATURE_ENTRY,
            "meta_inf/AWS_SIGNER_SIGNATURE_V1.0.sf",
            "META-INF/aws_signer_signature_v1.0.SF",
            "META\u{2011}INF/aws_signer_signature_v1.0.SF",
            "META_INF/aws_signer_signature_v1.0.SF ",
            "META_INF /aws_signer_signature_v1.0.SF",
            "META_INF/aws_signer_signature_v1.0.SF/",
            "META_INF/aws_signer_signature_v1.0.SF.",
            "META_INF/aws_signer_signature_v1.0.SF\u{fe0f}",
            "META_INF\u{3164}/aws_signer_signature_v1.0.SF",
            "META_INF/aws_signer_signature_v1.0.SF/a",
            "META_INF/aws_signer_signature_v1.0.\u{ff33}\u{ff26}",
            "\u{ff2d}ETA_INF\u{ff0f}aws_signer_signature_v1.0.SF",
        ] {
            assert!(looks_like_signature(name), "{name}");
        }
    }

    #[test]
    fn what_is_another_entry() {
        for name in [
            "",
            "META_INF/",
            "META-INF/MANIFEST.MF",
            "META_INF/aws_signer_signature_v1.1.SF",
            "META_INF/aws_signer_signature_v1.0.SF.txt",
            "x/META_INF/aws_signer_signature_v1.0.SF",
        ] {
            assert!(!looks_like_signature(name), "{name}");
        }
    }
}
