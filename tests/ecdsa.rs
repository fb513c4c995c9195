//! Project Wycheproof's cases, through the very function that verifies envelopes.

use lambda_codesign_core::ecdsa::P384PublicKey;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    number_of_tests: usize,
    test_groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    public_key_der: String,
    tests: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    tc_id: u32,
    comment: String,
    msg: String,
    sig: String,
    result: String,
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn every_case_is_answered_rightly() {
    let json = include_bytes!("../testdata/corpora/wycheproof/ecdsa_secp384r1_sha384_test.json");
    let file: File = serde_json::from_slice(json).unwrap();
    let mut answered = 0;
    for group in &file.test_groups {
        let key = P384PublicKey::from_spki(&hex(&group.public_key_der)).expect("the keys are well formed");
        for case in &group.tests {
            let valid = key.verify(&hex(&case.msg), &hex(&case.sig)).is_ok();
            assert_eq!(valid, case.result == "valid", "case {}: {}", case.tc_id, case.comment);
            answered += 1;
        }
    }
    assert_eq!((answered, file.number_of_tests), (504, 504));
}
