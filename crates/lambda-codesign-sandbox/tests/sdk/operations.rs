//! Every operation that the sandbox has, called by the SDK's client, with its main refusal.

mod lambda;
mod signer;
mod s3;

use std::collections::BTreeSet;

/// Words of the source between a beginning and an end, in the case of the SDK's methods.
fn names<'a>(source: &'a str, begin: &str, end: &str) -> impl Iterator<Item = String> + 'a {
    let (_, rest) = source.split_once(begin).unwrap();
    let (list, _) = rest.split_once(end).unwrap();
    let words = list.lines().map(|line| line.trim().split([':', ',', '(']).next().unwrap_or_default());
    words.filter(|word| !word.is_empty() && !word.starts_with("//") && !word.starts_with("=>")).map(snake)
}

fn snake(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

#[test]
fn no_operation_is_forgotten() {
    let lambda = include_str!("../../src/lambda/operation.rs");
    let s3 = include_str!("../../src/s3/service.rs");
    let tests = [
        include_str!("operations/lambda.rs"),
        include_str!("operations/signer.rs"),
        include_str!("operations/s3.rs"),
    ]
    .concat();
    // A download of code and a form of a browser are no operations of the SDKs.
    let apart = ["download_code", "absent", "post_object"];
    let had: BTreeSet<String> = names(lambda, "enum Operation {", "\n}\n")
        .chain(names(s3, "operations! {", "\n}\n"))
        .filter(|name| !apart.contains(&name.as_str()))
        .collect();
    assert!(had.len() > 70, "{}", had.len());
    let called = |name: &String| tests.contains(&format!(".{name}()")) || tests.contains(&format!("{name}:"));
    let forgotten: Vec<_> = had.iter().filter(|name| !called(name)).collect();
    assert!(forgotten.is_empty(), "{forgotten:?}");
    // The routes of Signer, by method and path.
    let routes = include_str!("../../src/signer.rs");
    let signer = ["put(", "get(", "post(", "delete(", "any("];
    let found: usize = signer.iter().map(|method| routes.matches(method).count()).sum();
    assert_eq!(
        found, 17,
        "an operation of Signer was added or taken away: this test and operations/signer.rs follow"
    );
}
