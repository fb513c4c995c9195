//! What docs/threat-model.md points at is there.

use std::fs;
use std::path::Path;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn is_there(reference: &str) -> bool {
    if let Some((file, test)) = reference.split_once("::") {
        let source = fs::read_to_string(root().join(format!("tests/{file}.rs"))).unwrap_or_default();
        return source.contains(&format!("fn {test}("));
    }
    if reference.starts_with("fuzz/") {
        return root().join(reference).exists();
    }
    root().join("testdata").join(reference).exists()
}

#[test]
fn every_case_and_test_that_it_names_is_there() {
    let text = fs::read_to_string(root().join("docs/threat-model.md")).unwrap();
    let references: Vec<_> = text
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|quoted| quoted.contains("::") || quoted.contains('/'))
        .collect();
    let missing: Vec<_> =
        references.iter().filter(|reference| !is_there(reference) && **reference != "file::test").collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert!(references.len() > 30, "{}", references.len());
}
