//! End records that are wrong in more ways than one, or by more than a comment: which rule it is that they break.

use lambda_codesign_core::archive::ArchiveError;
use lambda_codesign_core::code::Code;
use lambda_codesign_tests::zip::file;

use super::check::{archive_case, refuses, three};

#[test]
fn an_end_record_is_looked_for_no_further_than_a_comment_reaches() {
    let whole = three(file("m", "m")).build();
    let trailed = |zeros: usize| [&whole[..], &vec![0; zeros]].concat();
    refuses("as long as a comment can be", &trailed(65_535), Code::ArchiveTrailingBytes);
    let error = refuses("longer", &trailed(65_536), Code::ArchiveMalformed);
    assert!(
        matches!(error, ArchiveError::NoEndRecord { length } if length == whole.len() + 65_536),
        "{error}"
    );
}

#[test]
fn a_directory_is_not_taken_for_none() {
    archive_case(Code::ArchiveCountMismatch, "no entries, and a directory", |zip| {
        zip.end(|end| (end.entries, end.entries_on_disk) = (0, 0))
    });
    archive_case(Code::ArchiveCountMismatch, "entries, and a directory of no size", |zip| {
        zip.end(|end| end.directory_size = 0)
    });
}
