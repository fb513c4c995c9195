//! What entries are called and what they are.

use super::{Defect, content_defect, entry_defect, package, zip, zip_with};
use crate::package::Entry;

pub(super) fn defects() -> Vec<Defect> {
    let mut defects = names();
    defects.extend(types());
    defects
}

fn names() -> Vec<Defect> {
    let text = |name: &str| Entry::file(name, "text");
    let unsafe_name =
        |what, origin, name| content_defect("archive-unsafe-name", what, origin, [text("a.txt"), text(name)]);
    vec![
        content_defect(
            "archive-duplicate-entry",
            "file",
            "two entries of one name.",
            [text("a.txt"), text("app.py")],
        ),
        unsafe_name("dot-dot", "a name that climbs out of the package.", "../a.txt"),
        unsafe_name("dot", "a name that begins with `./`.", "./a.txt"),
        unsafe_name("absolute", "a name that begins with a slash.", "/tmp/a.txt"),
        unsafe_name("drive", "a name with a drive of Windows.", "C:/a.txt"),
        unsafe_name("version", "a name that unzip takes for a version of another.", "app.py;1"),
        unsafe_name("backslash", "a name with a backslash.", "lib\\a.txt"),
        unsafe_name("terminal", "a name with a terminal's control sequence.", "a\u{1b}[2K.txt"),
        unsafe_name("bidirectional", "a name that shows reversed.", "a\u{202e}txt.py"),
        content_defect(
            "archive-name-too-long",
            "part",
            "a file's name of 256 bytes.",
            [text("a.txt"), text(&"a".repeat(256))],
        ),
        content_defect(
            "archive-path-conflict",
            "file-and-directory",
            "a file of the name of another's directory.",
            [text("a.txt"), text("lib")],
        ),
        content_defect(
            "archive-signature-confusable",
            "hyphen",
            "a signed file of the signature's name with a hyphen.",
            [text("a.txt"), text("META-INF/aws_signer_signature_v1.0.SF")],
        ),
        content_defect(
            "archive-signature-confusable",
            "case",
            "a signed file of the signature's name in lower case.",
            [text("a.txt"), text("meta_inf/aws_signer_signature_v1.0.sf")],
        ),
    ]
}

fn types() -> Vec<Defect> {
    vec![
        entry_defect("archive-entry-type", "fifo", "the mode of a FIFO.", "app.py", |entry| {
            entry.mode(0o010_644)
        }),
        entry_defect("archive-entry-type", "setuid", "the setuid bit on a file.", "app.py", |entry| {
            entry.mode(0o104_644)
        }),
        entry_defect(
            "archive-entry-type",
            "directory-attribute",
            "the DOS attribute of a directory on a file.",
            "app.py",
            |entry| entry.central(|central| central.external_attributes |= 0x10),
        ),
        content_defect(
            "archive-unsafe-link",
            "absolute",
            "a symbolic link to a place outside.",
            [Entry::link("link", "app.py"), Entry::link("link", "/etc/passwd")],
        ),
        content_defect(
            "archive-unsafe-link",
            "climbs",
            "a symbolic link that climbs out of the package.",
            [Entry::link("link", "app.py"), Entry::link("link", "../app.py")],
        ),
        below_link(),
        foreign_link(),
    ]
}

fn below_link() -> Defect {
    let sound = package([Entry::file("other", "lib"), Entry::file("other.txt", "text")]);
    let broken = package([Entry::link("other", "lib"), Entry::file("other/a.txt", "text")]);
    Defect {
        code: "archive-unsafe-link",
        what: "below",
        origin: "an entry below a symbolic link.",
        sound: zip(&sound).build(),
        broken: zip(&broken).build(),
    }
}

/// Unpackers write a file of the target for it.
fn foreign_link() -> Defect {
    let package = package([Entry::link("link", "app.py")]);
    Defect {
        code: "archive-entry-type",
        what: "foreign-link",
        origin: "a symbolic link from another system than Unix.",
        sound: zip(&package).build(),
        broken: zip_with(&package, "link", |entry| entry.central(|central| central.host = 19)).build(),
    }
}
