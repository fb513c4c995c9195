//! What a file says of a function or layer.

use lambda_codesign_core::policy::{Mode, Requirement};
use lambda_codesign_policy::{Assignment, Dimension, Effective, PolicyFile, Target};

const FILE: &str = r#"
version = 1

[publishers]
releases = ["arn:aws:signer:*:123456789012:/signing-profiles/release_builds/*"]
payments = [
    "arn:aws:signer:eu-west-1:123456789012:/signing-profiles/payments_2025/*",
    "arn:aws:signer:eu-west-1:123456789012:/signing-profiles/payments_2026/*",
]

[[rule]]
name = "everything"
allow = ["releases"]
mode = "warn"
max-revocation-age = "7d"

[[rule]]
name = "europe"
regions = ["eu-*"]
mode = { mismatch = "enforce" }
not-before = 2026-01-01

[[rule]]
name = "payments"
functions = ["payments-*"]
layers = ["payments"]
allow = ["payments", "releases"]
mode = "enforce"
require-manifest = true
require-revocation = true

[[rule]]
name = "sandbox"
accounts = ["999999999999"]
require-manifest = false
mode = { expiry = "warn" }

[[exception]]
code = "unsigned"
layers = ["vendor-*"]
until = 2026-12-31
reason = "the vendor signs from January on"

[[exception]]
code = "expired"
functions = ["payments-batch"]
until = 2026-12-31
reason = "ticket 4711"

[[config]]
name = "strict"
description = "Only what we built"
publishers = ["releases"]
mode = "enforce"
tags = { team = "platform" }

[[config]]
name = "europe"
publishers = ["payments"]
mode = "warn"
regions = ["eu-*"]
accounts = ["123456789012"]

[[attachment]]
functions = ["*"]
config = "strict"

[[attachment]]
functions = ["payments-*"]
config = "europe"

[unmanaged]
functions = ["playground-*"]
"#;

fn target(subject: &str, region: &str, account: &str) -> Target {
    let subject = subject.parse::<Target>().unwrap_or_default();
    subject.or(Target { subject: None, region: region.parse().ok(), account: account.parse().ok() })
}

fn summary(effective: &Effective<'_>) -> String {
    let modes = [effective.expiry, effective.mismatch, effective.revocation];
    let modes: Vec<_> = modes.iter().map(|mode| mode.value.as_str()).collect();
    let from = |rule: Option<&lambda_codesign_policy::Rule>| {
        rule.map_or("-".to_owned(), |rule| rule.name.value.to_string())
    };
    format!(
        "{} | {} | {} | {:?} {} | {} | {}",
        effective.applied().map(|rule| rule.name.value.as_str()).collect::<Vec<_>>().join(","),
        effective.patterns().map_or(0, |patterns| patterns.len()),
        modes.join(","),
        effective.manifest.value == Requirement::Required,
        from(effective.manifest.rule),
        from(effective.mismatch.rule),
        effective.exceptions.iter().map(|it| it.exception.code().as_str()).collect::<Vec<_>>().join(","),
    )
}

#[test]
fn later_rules_override_what_they_name() {
    let file = PolicyFile::parse(FILE).unwrap();
    assert_eq!(file.warnings(), []);
    for (subject, region, account, expected) in [
        (
            "function:orders",
            "us-east-1",
            "123456789012",
            "everything | 1 | warn,warn,warn | false - | everything | ",
        ),
        (
            "function:orders",
            "eu-west-1",
            "123456789012",
            "everything,europe | 1 | warn,enforce,warn | false - | europe | ",
        ),
        (
            "function:payments-api",
            "eu-west-1",
            "123456789012",
            "everything,europe,payments | 3 | enforce,enforce,enforce | true payments | payments | ",
        ),
        (
            "function:payments-batch",
            "us-east-1",
            "999999999999",
            "everything,payments,sandbox | 3 | warn,enforce,enforce | false sandbox | payments | expired",
        ),
        (
            "layer:payments",
            "us-east-1",
            "123456789012",
            "everything,payments | 3 | enforce,enforce,enforce | true payments | payments | ",
        ),
        (
            "layer:payments-api",
            "us-east-1",
            "123456789012",
            "everything | 1 | warn,warn,warn | false - | everything | ",
        ),
        (
            "layer:vendor-x",
            "us-east-1",
            "123456789012",
            "everything | 1 | warn,warn,warn | false - | everything | unsigned",
        ),
        (
            "function:vendor-x",
            "us-east-1",
            "123456789012",
            "everything | 1 | warn,warn,warn | false - | everything | ",
        ),
    ] {
        let effective = file.effective(&target(subject, region, account)).unwrap();
        assert_eq!(summary(&effective), expected, "{subject} {region} {account}");
    }
}

#[test]
fn what_can_t_be_told_is_asked_for() {
    let file = PolicyFile::parse(FILE).unwrap();
    for (subject, region, account, rule, unknown) in [
        ("", "", "", "europe", Dimension::Region),
        ("", "us-east-1", "", "payments", Dimension::Subject),
        ("function:orders", "us-east-1", "", "sandbox", Dimension::Account),
        ("function:payments-api", "", "123456789012", "europe", Dimension::Region),
    ] {
        let undecided = file.effective(&target(subject, region, account)).unwrap_err();
        assert_eq!((undecided.rule.as_str(), undecided.unknown), (rule, unknown), "{subject} {region}");
    }
    let said = file.effective(&target("", "us-east-1", "")).unwrap_err().to_string();
    assert_eq!(
        said,
        "rule `payments` is for functions payments-*; layers payments, and it was not said which function or layer this is"
    );
    for (subject, region, says) in
        [("", "", "which region this is for"), ("function:orders", "us-east-1", "which account this is for")]
    {
        let said = file.effective(&target(subject, region, "")).unwrap_err().to_string();
        assert!(said.ends_with(says), "{said}");
    }
    let plain = PolicyFile::parse("version = 1\n[[rule]]\nname = \"a\"\nmode = \"warn\"").unwrap();
    let effective = plain.effective(&Target::default()).unwrap();
    assert_eq!(effective.mismatch.value, Mode::Warn, "a rule for everything needs no target");
}

#[test]
fn an_exception_that_may_not_be_meant_is_not_made() {
    let text = "version = 1\n[[exception]]\ncode = \"expired\"\nuntil = 2026-12-31\nreason = \"r\"\nfunctions = [\"a\"]";
    let file = PolicyFile::parse(text).unwrap();
    assert_eq!(file.effective(&Target::default()).unwrap().exceptions.len(), 0);
    assert_eq!(file.effective(&target("function:a", "", "")).unwrap().exceptions.len(), 1);
}

#[test]
fn the_last_attachment_that_fits_decides() {
    let file = PolicyFile::parse(FILE).unwrap();
    let europe = file.configs.iter().find(|config| config.name.value.as_str() == "europe").unwrap();
    assert_eq!(europe.description, "");
    for (function, region, account, expected) in [
        ("orders", "eu-west-1", "123456789012", Some("strict")),
        ("payments-api", "eu-west-1", "123456789012", Some("europe")),
        ("payments-api", "us-east-1", "123456789012", Some("strict")),
        ("payments-api", "eu-west-1", "999999999999", Some("strict")),
        ("playground-1", "eu-west-1", "123456789012", None),
    ] {
        let assignment =
            file.assignment(&function.parse().unwrap(), &region.parse().unwrap(), &account.parse().unwrap());
        let name = match assignment {
            Assignment::Config(config) => Some(config.name.value.as_str()),
            Assignment::Unmanaged => None,
            Assignment::Unmentioned => Some("unmentioned"),
        };
        assert_eq!(name, expected, "{function} {region} {account}");
    }
    let bare = PolicyFile::parse("version = 1").unwrap();
    let assignment = bare.assignment(
        &"f".parse().unwrap(),
        &"eu-west-1".parse().unwrap(),
        &"123456789012".parse().unwrap(),
    );
    assert_eq!(assignment, Assignment::Unmentioned);
}
