//! What holds the repository together: codes, their documentation, their cases, and the sizes of files.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use lambda_codesign_core::code::{Area, Code, Lambda};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn names(group: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join("testdata").join(group)).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The folders whose case is about this code.
fn cases(code: Code) -> Vec<String> {
    let mut cases = Vec::new();
    for group in ["accepted", "rejected"] {
        for name in names(group) {
            let folder = format!("{group}/{name}");
            let text = fs::read_to_string(root().join("testdata").join(&folder).join("case.toml")).unwrap();
            let is_about = name.split("--").next() == Some(code.as_str())
                || text.lines().any(|line| line == format!("unsettled = \"{code}\""))
                || text
                    .lines()
                    .any(|line| line.starts_with("warnings") && line.contains(&format!("\"{code}\"")));
            if is_about {
                cases.push(folder);
            }
        }
    }
    cases
}

fn documentation() -> String {
    let mut text = String::from(
        "# Checks\n\nEvery code that a verdict can carry, in the order in which the stages look. \
         `lambda-codesign explain CODE` prints the same.\n\nCodes are never renamed and never reused. A test holds this \
         page, the table in `crates/lambda-codesign-core/src/code.rs` and the cases of `testdata` together; \
         `UPDATE_DOCS=1 cargo test -p lambda-codesign-tests --test tidy` writes the page anew.\n",
    );
    for code in Code::ALL.iter().copied() {
        let effect = match code.area() {
            Area::Integrity => "Fails integrity: `INVALID`, blocked in every mode.",
            Area::Expiry => "Fails expiry: `EXPIRED`.",
            Area::Mismatch => "Fails mismatch: `MISMATCH`.",
            Area::Revocation => "Fails revocation: `REVOKED`.",
            Area::Unsettled => "Says why a check was skipped or stayed unknown; no check fails by it.",
            Area::Warning => "Warns; no check fails by it.",
        };
        let lambda = match code.lambda() {
            Lambda::Refuses => "Lambda refuses such a package too, as its mode and the check have it.",
            Lambda::MayAccept => "Lambda itself may accept such a package: this verifier is stricter.",
            Lambda::Unrecorded => "How Lambda answers has not been recorded.",
            Lambda::NotAsked => "Lambda has no such check.",
        };
        let (summary, remedy) = (code.summary(), code.remedy());
        let _ = write!(text, "\n## {code}\n\n{summary} {effect} {lambda}\n\n**Do:** {remedy}\n");
        let cases: Vec<_> = cases(code).iter().map(|case| format!("`{case}`")).collect();
        if !cases.is_empty() {
            let _ = write!(text, "\n**Cases:** {}\n", cases.join(", "));
        }
    }
    text
}

#[test]
fn the_page_of_checks_is_that_of_the_codes() {
    let page = root().join("docs/checks.md");
    let text = documentation();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&page, &text).unwrap();
    }
    assert!(
        fs::read_to_string(&page).unwrap_or_default() == text,
        "docs/checks.md is stale: run with UPDATE_DOCS=1"
    );
}

#[test]
fn every_code_has_a_case() {
    let without: Vec<_> = Code::ALL
        .iter()
        .copied()
        // AWS's own root can't be made to sign, so no package can be forged for it; unit tests judge the rule.
        .filter(|code| *code != Code::PublishersNotGiven)
        // It stands in every verdict whose integrity failed.
        .filter(|code| *code != Code::IntegrityNotProven)
        .filter(|code| match code.area() {
            Area::Warning | Area::Unsettled => cases(*code).is_empty(),
            Area::Integrity | Area::Expiry | Area::Mismatch | Area::Revocation => {
                !cases(*code).iter().any(|case| case.starts_with("rejected/"))
            }
        })
        .collect();
    assert!(without.is_empty(), "codes without a case in testdata: {without:?}");
}

#[test]
fn every_rejected_case_is_about_a_code() {
    for name in names("rejected") {
        let code = name.split("--").next().unwrap();
        assert!(Code::from_name(code).is_some(), "{name}");
    }
}

#[test]
fn codes_are_kebab_case_and_their_sentences_end() {
    for code in Code::ALL {
        assert!(
            code.as_str().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
            "{code}"
        );
        for sentence in [code.summary(), code.remedy()] {
            assert!(
                sentence.ends_with('.') && sentence.starts_with(char::is_uppercase),
                "{code}: {sentence}"
            );
        }
    }
}

#[test]
fn no_file_is_past_600_lines() {
    let mut read = 0;
    for folder in ["crates", "tests", "examples"] {
        walk(&root().join(folder), &mut |file| {
            let lines = fs::read_to_string(file).unwrap().lines().count();
            assert!(lines <= 600, "{} has {lines} lines", file.display());
            read += 1;
        });
    }
    assert!(read > 50, "only {read} files were found");
}

fn walk(folder: &Path, visit: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, visit);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            visit(&path);
        }
    }
}
