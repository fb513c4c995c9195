//! Archives that readers could read differently, one defect each, and what is only warned of.
//!
//! Every one is signed over what a reader sees who goes by the directory, so that a verifier without the rule would
//! find the signature good.

mod layout;
mod records;
mod contents;

use super::{Case, expected};
use crate::cms::Form;
use crate::package::{Entry, SignedPackage};
use crate::zip::{EntryForge, ZipForge, file};

/// A signed package, and the same with one defect.
pub struct Defect {
    pub code: &'static str,
    pub what: &'static str,
    /// What was done, in a sentence.
    pub origin: &'static str,
    /// Admitted, and signed.
    pub sound: Vec<u8>,
    /// Refused with the code.
    pub broken: Vec<u8>,
}

pub(super) fn cases() -> Vec<Case> {
    let root = SignedPackage::standard(Form::Of2024).trusted_pem();
    let mut cases = warned_of();
    cases.extend(defects().into_iter().map(|defect| {
        let folder = format!("rejected/{}--{}", defect.code, defect.what);
        let expected = expected("INVALID", "block", Some(defect.code), &[]);
        Case::of_bytes(&folder, defect.origin, defect.broken, root.clone(), expected)
    }));
    cases
}

/// Every defect, by the order of the rules.
pub fn defects() -> Vec<Defect> {
    let mut defects = layout::defects();
    defects.extend(records::defects());
    defects.extend(contents::defects());
    defects
}

/// A package of a stored and a deflated file and these, with a manifest.
fn package(others: impl IntoIterator<Item = Entry>) -> SignedPackage {
    let mut entries = vec![
        Entry::file("app.py", "def handler(event, context):\n    return \"hello\"\n"),
        Entry::file("lib/util.py", "def answer():\n    return 42\n".repeat(20)),
    ];
    entries.extend(others);
    SignedPackage::of(entries, Form::Of2024).with_manifest()
}

/// The entry as an ordinary tool writes it.
fn forge(entry: &Entry) -> EntryForge {
    let forged = file(&entry.name, &entry.body).mode(entry.mode as u16);
    if entry.name.ends_with(".py") && entry.name != "app.py" { forged.deflated() } else { forged }
}

/// The package's archive, with an edit of the entry of this name.
fn zip_with(package: &SignedPackage, name: &str, edit: impl Fn(EntryForge) -> EntryForge) -> ZipForge {
    let entries = package.all_entries();
    assert!(entries.iter().any(|entry| entry.name == name), "{name} is to be edited");
    ZipForge::of(entries.iter().map(|entry| {
        let forged = forge(entry);
        if entry.name == name { edit(forged) } else { forged }
    }))
}

fn zip(package: &SignedPackage) -> ZipForge {
    ZipForge::of(package.all_entries().iter().map(forge))
}

fn entry_defect(
    code: &'static str,
    what: &'static str,
    origin: &'static str,
    name: &str,
    edit: impl Fn(EntryForge) -> EntryForge,
) -> Defect {
    let package = package([]);
    Defect {
        code,
        what,
        origin,
        sound: zip(&package).build(),
        broken: zip_with(&package, name, edit).build(),
    }
}

fn zip_defect(
    code: &'static str,
    what: &'static str,
    origin: &'static str,
    edit: impl Fn(ZipForge) -> ZipForge,
) -> Defect {
    let package = package([]);
    Defect { code, what, origin, sound: zip(&package).build(), broken: edit(zip(&package)).build() }
}

/// The package with one entry more, which is signed as it is.
fn content_defect(
    code: &'static str,
    what: &'static str,
    origin: &'static str,
    [sound, broken]: [Entry; 2],
) -> Defect {
    Defect {
        code,
        what,
        origin,
        sound: zip(&package([sound])).build(),
        broken: zip(&package([broken])).build(),
    }
}

fn warned_of() -> Vec<Case> {
    let not_last = SignedPackage {
        tamper: |entries| {
            let signature = entries.pop().expect("the signature is last");
            entries.insert(entries.len() - 1, signature);
        },
        ..package([Entry::directory("META_INF/"), Entry::file("a.txt", "a")])
    };
    let no_mode = Entry { mode: 0, ..Entry::file("a.txt", "a") };
    let twins = package([Entry::file("README", "a"), Entry::file("readme", "b")]);
    let unflagged = package([Entry::file("übung.txt", "a")]);
    let link = package([Entry::link("lib/link.py", "util.py")]);
    vec![
        case("archive-plain", "an archive of the forge that has no defect.", zip(&link), &[]),
        case(
            "archive-name-encoding",
            "a name in UTF-8 without the flag that says so.",
            zip_with(&unflagged, "übung.txt", |entry| entry.flags(0)),
            &["archive-name-encoding"],
        ),
        case(
            "archive-name-twin",
            "two names that differ in case alone.",
            zip(&twins),
            &["archive-name-twin"],
        ),
        case("archive-mode-odd", "a file of mode 0.", zip(&package([no_mode])), &["archive-mode-odd"]),
        case(
            "archive-signature-not-last",
            "a signed file behind the signature.",
            zip(&not_last),
            &["archive-signature-not-last"],
        ),
    ]
}

fn case(folder: &str, origin: &str, zip: ZipForge, warnings: &[&'static str]) -> Case {
    let folder = format!("accepted/{folder}");
    let root = SignedPackage::standard(Form::Of2024).trusted_pem();
    let expected = expected("VALID", "allow", None, warnings);
    Case::of_bytes(&folder, origin, zip.build(), root, expected)
}
