//! The table of mutations, held to its own promises: what the verifier says of each row is tested with the verifier.

use std::collections::BTreeMap;

use lambda_codesign_tests::cms::Form;
use lambda_codesign_tests::mutations::{self, Expected};

const FORMS: [Form; 2] = [Form::Of2022, Form::Of2024];

#[test]
fn every_row_has_a_name_of_its_own() {
    let mut names = BTreeMap::new();
    for mutation in mutations::all() {
        assert!(names.insert(mutation.name, ()).is_none(), "{}", mutation.name);
    }
}

#[test]
fn every_row_makes_a_package_of_its_own() {
    let mut same = Vec::new();
    for form in FORMS {
        let mut made = BTreeMap::new();
        for mutation in mutations::all() {
            let package = mutation.package(form);
            let entries = package.all_entries().into_iter().map(|entry| (entry.name, entry.body));
            let bytes = (entries.collect::<Vec<_>>(), package.trusted_pem());
            if let Some(other) = made.insert(bytes, mutation.name) {
                same.push(format!("{form:?}: {} is {other}", mutation.name));
            }
        }
    }
    assert!(same.is_empty(), "{same:#?}");
}

#[test]
fn every_code_is_one_of_the_verifiers() {
    let codes = include_str!("../crates/lambda-codesign-core/src/code.rs");
    for mutation in mutations::all() {
        match mutation.expected {
            Expected::Accepted => {}
            Expected::Warned(code) | Expected::Refused(code) => {
                assert!(codes.contains(&format!(" \"{code}\" ")), "{}: {code}", mutation.name);
            }
        }
    }
}
