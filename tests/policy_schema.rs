//! The schemas of docs/schema and the code say the same.

use std::path::Path;

use lambda_codesign_core::code::Code;
use lambda_codesign_policy::{CaseFile, PolicyFile, Section};
use serde_json::{Map, Value, json};

fn schema(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schema").join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// As editors show TOML to a schema: dates and times are texts.
fn as_json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => text.into(),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => json!(number),
        toml::Value::Boolean(flag) => flag.into(),
        toml::Value::Datetime(time) => time.to_string().into(),
        toml::Value::Array(items) => items.into_iter().map(as_json).collect(),
        toml::Value::Table(table) => {
            Value::Object(table.into_iter().map(|(key, value)| (key, as_json(value))).collect::<Map<_, _>>())
        }
    }
}

fn fits(schema: &Value, text: &str) -> bool {
    jsonschema::is_valid(schema, &as_json(toml::Value::Table(text.parse().unwrap())))
}

#[test]
fn the_keys_of_each_part_are_the_schema_s() {
    let (policy, cases) = (schema("policy-v1.json"), schema("policy-cases-v1.json"));
    for (section, part) in [
        (Section::File, &policy),
        (Section::Trust, &policy["properties"]["trust"]),
        (Section::Root, &policy["$defs"]["root"]),
        (Section::Rule, &policy["$defs"]["rule"]),
        (Section::Mode, &policy["$defs"]["rule"]["properties"]["mode"]["anyOf"][1]),
        (Section::Exception, &policy["$defs"]["exception"]),
        (Section::Config, &policy["$defs"]["config"]),
        (Section::Attachment, &policy["$defs"]["attachment"]),
        (Section::Unmanaged, &policy["properties"]["unmanaged"]),
        (Section::Cases, &cases),
        (Section::Case, &cases["$defs"]["case"]),
        (Section::Claims, &cases["$defs"]["claims"]),
    ] {
        let mut known: Vec<&str> = section.keys().to_vec();
        let mut documented: Vec<&str> =
            part["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        known.sort_unstable();
        documented.sort_unstable();
        assert_eq!(known, documented, "{section}");
        assert_eq!(part["additionalProperties"], false, "{section}");
    }
}

/// Parts of a policy file beside its rules, exceptions and configs, right and wrong.
const PARTS: &[&str] = &[
    "",
    "[trust]\naws-root = true",
    "[trust]\naws-root = 1",
    "[[trust.root]]\nfile = \"a.pem\"\nvouches-for = [\"arn:aws:signer:*:*:/signing-profiles/*/*\"]",
    "[[trust.root]]\nfile = \" \"\nvouches-for = [\"arn:aws:signer:*:*:/signing-profiles/*/*\"]",
    "[[trust.root]]\nfile = \"a.pem\"",
    "[publishers]\n\"a b\" = [\"arn:aws:signer:*:*:/signing-profiles/*/*\"]",
    "[publishers]\na = \"arn:aws:signer:*:*:/signing-profiles/*/*\"",
    "[publishers]\na = [\"arn:aws:signer:*:*:/signing-profiles/*\"]",
    "[publishers]\na = [\"arn:aws:signer::*:/signing-profiles/*/*\"]",
    "[publishers]\na = []",
    "nothing = 1",
    "[unmanaged]",
    "[unmanaged]\nfunctions = [\"a*\"]",
    "[[attachment]]\nfunctions = [\"a\"]",
];

/// Lines of a rule.
const RULE_LINES: &[&str] = &[
    "mode = \"warn\"",
    "mode = \"off\"",
    "mode = { expiry = \"warn\" }",
    "mode = { integrity = \"warn\" }",
    "functions = [\"a-*_1\"]",
    "functions = [\"a.b\"]",
    "layers = []",
    "regions = [\"eu-*\"]",
    "regions = [\"EU\"]",
    "accounts = [\"123456789012\"]",
    "accounts = [\"12345678901*\"]",
    "require-manifest = \"yes\"",
    "require-revocation = true",
    "not-before = 2026-01-01",
    "not-before = 2026-01-01T00:00:00+01:00",
    "not-before = 2026-01-01 00:00:00.5Z",
    "not-before = 2026-01-01T00:00:00",
    "not-before = 07:00:00",
    "not-before = 1",
    "max-revocation-age = \"24h\"",
    "max-revocation-age = \"024h\"",
    "max-revocation-age = \"100000h\"",
    "name-of = 1",
];

/// Lines of an exception.
const EXCEPTIONS: &[&str] = &[
    "code = \"expired\"\nreason = \"r\"\nuntil = 2026-12-31",
    "code = \"expired\"\nreason = \" \"\nuntil = 2026-12-31",
    "code = \"expired\"\nreason = \"r\"\nuntil = 2026-12-31T00:00:00Z",
    "code = \"expired\"\nreason = \"r\"",
    "code = \"expired\"\nuntil = 2026-12-31",
    "code = \"Expired\"\nreason = \"r\"\nuntil = 2026-12-31",
    "code = \"unsigned\"\nreason = \"r\"\nuntil = 2026-12-31\ncode-sha256 = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"",
    "code = \"unsigned\"\nreason = \"r\"\nuntil = 2026-12-31\ncode-sha256 = \"AAAA\"",
];

/// Lines of a config.
fn config_lines() -> Vec<String> {
    vec![
        "".to_owned(),
        "description = \"d\"".to_owned(),
        format!("description = \"{}\"", "ü".repeat(256)),
        format!("description = \"{}\"", "ü".repeat(257)),
        "tags = { \"aws:x\" = \"1\" }".to_owned(),
        "tags = { team = \"platform\", empty = \"\" }".to_owned(),
        "tags = { team = 1 }".to_owned(),
        "functions = [\"a\"]".to_owned(),
    ]
}

fn parts() -> Vec<String> {
    let config = "[publishers]\np = [\"arn:aws:signer:*:*:/signing-profiles/*/*\"]\n\
                  [[config]]\nname = \"a\"\npublishers = [\"p\"]\nmode = \"warn\"\n";
    let parts = PARTS.iter().map(|part| (*part).to_owned());
    let rules = RULE_LINES.iter().map(|line| format!("[[rule]]\nname = \"a\"\n{line}"));
    let exceptions = EXCEPTIONS.iter().map(|lines| format!("[[exception]]\n{lines}"));
    let configs = config_lines().into_iter().map(|line| format!("{config}{line}"));
    parts.chain(rules).chain(exceptions).chain(configs).collect()
}

/// What is wrong by itself is refused by both, what is right is taken by both. What only the whole file can tell, such
/// as that a name is defined, the schema can't.
#[test]
fn the_schema_and_the_code_agree_on_every_part() {
    let schema = schema("policy-v1.json");
    let parts = parts();
    let mut refused = 0;
    for part in &parts {
        let text = format!("version = 1\n{part}\n");
        let read = PolicyFile::parse(&text);
        assert_eq!(read.is_ok(), fits(&schema, &text), "{text}\n{read:?}");
        refused += usize::from(read.is_err());
    }
    assert!(refused >= 25 && parts.len() - refused >= 15, "{refused} of {}", parts.len());
    for version in ["", "version = 2", "version = \"1\""] {
        assert!(PolicyFile::parse(version).is_err() && !fits(&schema, version), "{version}");
    }
}

#[test]
fn the_schema_and_the_code_agree_on_cases() {
    let schema = schema("policy-cases-v1.json");
    let publisher =
        "publisher = \"arn:aws:signer:us-east-1:123456789012:/signing-profiles/release_builds/AbCdEf1234\"";
    for (case, right) in [
        ("unsigned = true", true),
        ("unsigned = false", false),
        ("package = \"a.zip\"", true),
        ("package = \"a.zip\"\nunsigned = true", false),
        ("", false),
        (&format!("claims = {{ {publisher} }}"), true),
        (
            &format!(
                "claims = {{ {publisher}, signed = 2026-01-01, expires = 2027-01-01T00:00:00Z, manifest = true }}"
            ),
            true,
        ),
        (
            &format!(
                "claims = {{ {publisher}, job = \"arn:aws:signer:us-east-1:123456789012:/signing-jobs/11111111-2222-4333-8444-555555555555\" }}"
            ),
            true,
        ),
        ("claims = { publisher = \"arn:aws:signer:*:*:/signing-profiles/*/*\" }", false),
        ("claims = {}", false),
        (
            "unsigned = true\nfor = \"function:a\"\nregion = \"eu-west-1\"\naccount = \"123456789012\"\nat = 2026-01-01",
            true,
        ),
        ("unsigned = true\nfor = \"function a\"", false),
        ("unsigned = true\naccount = \"1\"", false),
        ("unsigned = true\nstatus = \"MISMATCH\"\ncode = \"unsigned\"\nrevocations = \"s.json\"", true),
        ("unsigned = true\nstatus = \"mismatch\"", false),
    ] {
        let text = format!("version = 1\n[[case]]\nname = \"a\"\nexpect = \"block\"\n{case}\n");
        let read = CaseFile::parse(&text);
        assert_eq!((read.is_ok(), fits(&schema, &text)), (right, right), "{text}\n{read:?}");
    }
}

#[test]
fn every_code_has_the_schema_s_form() {
    let schema = schema("policy-v1.json");
    for code in Code::ALL {
        let text =
            format!("version = 1\n[[exception]]\ncode = \"{code}\"\nreason = \"r\"\nuntil = 2026-12-31\n");
        assert!(fits(&schema, &text), "{code}");
    }
}

#[test]
fn the_examples_of_the_guide_are_right() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/policy.md");
    let guide = std::fs::read_to_string(guide).unwrap();
    let blocks: Vec<&str> =
        guide.split("```toml\n").skip(1).map(|block| block.split("```").next().unwrap()).collect();
    let [policy, cases] = blocks.as_slice() else {
        panic!("the guide has {} blocks of TOML", blocks.len());
    };
    let file = PolicyFile::parse(policy).unwrap();
    assert_eq!(file.warnings(), []);
    assert!(fits(&schema("policy-v1.json"), policy));
    assert!(fits(&schema("policy-cases-v1.json"), cases));
    for case in CaseFile::parse(cases).unwrap().cases {
        file.effective(&case.target).unwrap();
    }
}
