//! How the tests ask core about an archive.

use lambda_codesign_core::archive::{Archive, ArchiveError, ArchiveWarning, Entry, Limits, Sink};
use lambda_codesign_core::code::{Area, Code};
use lambda_codesign_tests::zip::{EntryForge, ZipForge, file};

/// What an admitted archive unpacks to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unpacked {
    pub(crate) entries: Vec<(String, Vec<u8>)>,
    pub(crate) warnings: Vec<ArchiveWarning>,
}

#[derive(Default)]
struct Collector(Vec<(String, Vec<u8>)>);

impl<'a> Sink<'a> for Collector {
    fn entry(&mut self, entry: &Entry<'a>) {
        self.0.push((entry.name().to_owned(), Vec::new()));
    }

    fn body(&mut self, chunk: &[u8]) {
        self.0.last_mut().expect("a body follows its entry").1.extend_from_slice(chunk);
    }
}

/// Parses and unpacks.
pub(crate) fn judge(bytes: &[u8]) -> Result<Unpacked, ArchiveError> {
    let archive = Archive::parse(bytes, &Limits::default())?;
    let mut collector = Collector::default();
    archive.unpack(&mut collector)?;
    Ok(Unpacked { entries: collector.0, warnings: archive.warnings().to_vec() })
}

/// The archive is admitted without a warning.
#[track_caller]
pub(crate) fn admits(what: &str, bytes: &[u8]) -> Unpacked {
    let unpacked = warns(what, bytes, &[]);
    assert!(!unpacked.entries.is_empty(), "{what}");
    unpacked
}

/// The archive is admitted with exactly these warnings.
#[track_caller]
pub(crate) fn warns(what: &str, bytes: &[u8], codes: &[Code]) -> Unpacked {
    match judge(bytes) {
        Ok(unpacked) => {
            let warned: Vec<_> = unpacked.warnings.iter().map(ArchiveWarning::code).collect();
            assert_eq!(warned, codes, "{what}: {:?}", unpacked.warnings);
            assert!(warned.iter().all(|code| code.area() == Area::Warning), "{what}");
            unpacked
        }
        Err(error) => panic!("{what}: refused as {}: {error}", error.code()),
    }
}

/// The archive is refused with this code.
#[track_caller]
pub(crate) fn refuses(what: &str, bytes: &[u8], code: Code) -> ArchiveError {
    match judge(bytes) {
        Ok(unpacked) => panic!("{what}: admitted: {:?}", unpacked.warnings),
        Err(error) => {
            assert_eq!(error.code(), code, "{what}: {error}");
            assert_eq!(code.area(), Area::Integrity, "{what}");
            error
        }
    }
}

/// The archive is refused with this code and exactly this message.
#[track_caller]
pub(crate) fn says(what: &str, bytes: &[u8], code: Code, message: &str) {
    assert_eq!(refuses(what, bytes, code).to_string(), message, "{what}");
}

/// An archive of three files is admitted, and refused with the code once it is edited.
#[track_caller]
pub(crate) fn archive_case(code: Code, what: &str, edit: impl FnOnce(ZipForge) -> ZipForge) {
    admits("three files", &three(file("m.txt", "middle")).build());
    refuses(what, &edit(three(file("m.txt", "middle"))).build(), code);
}

/// An archive with the entry in its middle is admitted, and refused with the code once the entry is edited.
#[track_caller]
pub(crate) fn entry_case(
    code: Code,
    what: &str,
    entry: impl Fn() -> EntryForge,
    edit: impl FnOnce(EntryForge) -> EntryForge,
) {
    admits(what, &three(entry()).build());
    refuses(what, &three(edit(entry())).build(), code);
}

/// An archive with the entry between two files.
pub(crate) fn three(middle: EntryForge) -> ZipForge {
    ZipForge::of([
        file("first.txt", "the first file"),
        middle,
        file("z/last.txt", "the last file").deflated(),
    ])
}
