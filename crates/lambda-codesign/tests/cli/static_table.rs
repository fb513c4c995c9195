//! What the static check says of each way to write a thing in a template, in YAML and in JSON: no more and no less.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::running::{done, seen, with_profiles, workplace};

const ALLOWED: &str = "arn:aws:signer:us-east-1:000000000000:/signing-profiles/dev/AbCdEf1234";
const STRANGER: &str = "arn:aws:signer:us-east-1:999999999999:/signing-profiles/dev/AbCdEf1234";

/// One function and two configs: CONFIG is what the function names, PUBLISHERS what the first allows, MODE what it does.
const YAML: &str = "\
Metadata: { It: &it x }
Resources:
  Good:
    Type: AWS::Lambda::CodeSigningConfig
    Properties:
      AllowedPublishers: { SigningProfileVersionArns: PUBLISHERS }
      CodeSigningPolicies: { UntrustedArtifactOnDeployment: MODE }
  Weak:
    Type: AWS::Lambda::CodeSigningConfig
    Properties:
      AllowedPublishers: { SigningProfileVersionArns: [ALLOWED] }
      CodeSigningPolicies: { UntrustedArtifactOnDeployment: Warn }
  F:
    Type: AWS::Lambda::Function
    Properties:
      Code: PACKAGE
      CodeSigningConfigArn: CONFIG
";

/// The same, line for line.
const JSON: &str = r#"{ "Metadata": { "It": "x" },
"Resources": {
  "Good": {
    "Type": "AWS::Lambda::CodeSigningConfig",
    "Properties": {
      "AllowedPublishers": { "SigningProfileVersionArns": PUBLISHERS },
      "CodeSigningPolicies": { "UntrustedArtifactOnDeployment": MODE } } },
  "Weak": {
    "Type": "AWS::Lambda::CodeSigningConfig",
    "Properties": {
      "AllowedPublishers": { "SigningProfileVersionArns": ["ALLOWED"] },
      "CodeSigningPolicies": { "UntrustedArtifactOnDeployment": "Warn" } } },
  "F": {
    "Type": "AWS::Lambda::Function",
    "Properties": {
      "Code": "PACKAGE",
      "CodeSigningConfigArn": CONFIG } }
} }
"#;

/// Something that several spellings say, and what is told of it: code, resource and line.
struct Row {
    spellings: &'static [&'static str],
    told: &'static [&'static str],
}

const UNUSED_GOOD: &str = "config-unused Good 3";
const UNUSED_WEAK: &str = "config-unused Weak 8";
const ELSEWHERE: &str = "config-elsewhere F 13";

const CONFIGS: [Row; 10] = [
    Row {
        spellings: &[
            "!Ref AWS::NoValue",
            r#"{"Ref": "AWS::NoValue"}"#,
            "''",
            r#""""#,
            "null",
            "~",
            "",
            "!Sub ''",
            r#"{"Fn::Sub": "${AWS::NoValue}"}"#,
            "!If [C, !Ref AWS::NoValue, !ImportValue shared]",
        ],
        told: &[UNUSED_GOOD, UNUSED_WEAK, "no-config F 13"],
    },
    Row {
        spellings: &[
            "!If [C, !Ref Good, !Ref AWS::NoValue]",
            "!If [C, '', !GetAtt [Good, CodeSigningConfigArn]]",
            r#"{"Fn::If": ["C", {"Ref": "Good"}, {"Ref": "AWS::NoValue"}]}"#,
        ],
        told: &[UNUSED_WEAK, "no-config F 13"],
    },
    Row {
        spellings: &[
            "!Ref Good",
            r#"{"Ref": "Good"}"#,
            "&it !Ref Good",
            "!GetAtt Good.CodeSigningConfigArn",
            "!GetAtt [Good, CodeSigningConfigArn]",
            r#"{"Fn::GetAtt": "Good.CodeSigningConfigArn"}"#,
            r#"{"Fn::GetAtt": ["Good", "CodeSigningConfigArn"]}"#,
            "!Sub '${Good}'",
            "!Sub ['${Good.CodeSigningConfigArn}', {}]",
            r#"{"Fn::Sub": "${Good.CodeSigningConfigArn}"}"#,
            r#"{"Fn::Sub": ["${It}", {"It": {"Fn::GetAtt": ["Good", "CodeSigningConfigArn"]}}]}"#,
            "!If [C, !Ref Good, !If [D, !Sub '${Good}', !GetAtt Good.CodeSigningConfigArn]]",
        ],
        told: &[UNUSED_WEAK],
    },
    Row {
        spellings: &[
            "!Ref Weak",
            "!GetAtt [Weak, CodeSigningConfigArn]",
            "!Sub '${Weak}'",
            r#"{"Fn::Sub": "${Weak.CodeSigningConfigArn}"}"#,
            "!Sub ['${It}', {It: !GetAtt Weak.CodeSigningConfigArn}]",
        ],
        told: &[UNUSED_GOOD, "warn-only F 13"],
    },
    Row {
        spellings: &[
            "!If [C, !Ref Good, !Ref Weak]",
            r#"{"Fn::If": ["C", {"Ref": "Weak"}, {"Ref": "Good"}]}"#,
            "!If [C, !If [D, !Ref Good, !Ref Weak], !ImportValue shared]",
            "!Sub ['${It}', {It: !If [C, !Ref Good, !Ref Weak]}]",
        ],
        told: &["warn-only F 13"],
    },
    Row {
        spellings: &[
            "!If [C, !Ref Good, !ImportValue shared]",
            r#"{"Fn::If": ["C", {"Ref": "Good"}, "arn:x"]}"#,
        ],
        told: &[ELSEWHERE, UNUSED_WEAK],
    },
    // What can't be followed is known to the deployment, and what it mentions may be used.
    Row {
        spellings: &[
            "!Join ['', [!Ref Weak]]",
            r#"{"Fn::Select": [0, [{"Ref": "Weak"}, "Good1"]]}"#,
            "!Sub '${Weak}${X}'",
            "!Sub ['${It}', {It: !Select [0, [!Ref Weak]]}]",
            "!GetAtt Weak.CodeSigningConfigId",
            "!If [C, !Ref Weak]",
            r#"{"Ref": "Weak", "Fn::Sub": ""}"#,
            "!Strange Weak",
            "[!Ref Weak]",
        ],
        told: &[ELSEWHERE, UNUSED_GOOD],
    },
    Row {
        spellings: &[
            "!ImportValue shared",
            "!Ref Parameter",
            r#""arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0123456789abcdefg""#,
            r#""{{resolve:ssm:/config}}""#,
            "!Sub '{{resolve:ssm:/${Stage}/config}}'",
            "!GetAtt Inner.Outputs.Config",
            "{}",
        ],
        told: &[ELSEWHERE, UNUSED_GOOD, UNUSED_WEAK],
    },
    Row { spellings: &["!Sub ['${Weak}', {Weak: !Ref Good}]"], told: &[] },
    // What an alias stands for may name any of them.
    Row { spellings: &["*it", "!If [C, *it, !Ref Good]"], told: &[ELSEWHERE] },
];

const PUBLISHERS: [Row; 6] = [
    Row {
        spellings: &[
            "[ALLOWED]",
            r#"["ALLOWED"]"#,
            r#""ALLOWED""#,
            "!If [C, [ALLOWED], [ALLOWED, ALLOWED]]",
            "[ALLOWED, !Ref AWS::NoValue]",
            "[!If [C, ALLOWED, !Ref AWS::NoValue], ALLOWED]",
            r#"[{"Fn::Sub": "ALLOWED"}]"#,
        ],
        told: &[UNUSED_WEAK],
    },
    Row {
        spellings: &[
            "!Ref Arns",
            r#"{"Ref": "Arns"}"#,
            "!Split [',', x]",
            "!If [C, [ALLOWED], !Ref Arns]",
            r#"[{"Fn::Join": ["", ["a"]]}]"#,
            "[!Sub 'arn:${AWS::Partition}:signer']",
            r#"["{{resolve:ssm:/publisher}}"]"#,
            "[!GetAtt Profile.ProfileVersionArn]",
            "*it",
            "[ALLOWED, *it]",
        ],
        told: &[UNUSED_WEAK, "publisher-elsewhere Good 3"],
    },
    Row {
        spellings: &[
            "[]",
            "''",
            "null",
            "!Ref AWS::NoValue",
            "!If [C, [ALLOWED], []]",
            "[!If [C, ALLOWED, !Ref AWS::NoValue]]",
            r#"{"Ref": "AWS::NoValue"}"#,
        ],
        told: &[UNUSED_WEAK, "no-publisher Good 3"],
    },
    Row {
        spellings: &[
            "[release]",
            r#""release""#,
            r#"["arn:aws:signer:us-east-1:000000000000:/signing-profiles/dev"]"#,
            r#"["arn:aws:lambda:us-east-1:000000000000:/signing-profiles/dev/AbCdEf1234", "ALLOWED"]"#,
            r#"["arn:aws:signer:us-east-1:000000000000://signing-profiles/dev/AbCdEf1234"]"#,
            "!If [C, [ALLOWED], [release]]",
        ],
        told: &[UNUSED_WEAK, "impossible-publisher Good 3"],
    },
    Row {
        spellings: &["[STRANGER]", r#"["ALLOWED", "STRANGER"]"#, "!If [C, [ALLOWED], [STRANGER]]"],
        told: &[UNUSED_WEAK, "publisher-not-in-policy Good 3"],
    },
    Row {
        spellings: &["[STRANGER, !Ref One, !Ref Other, release]"],
        told: &[
            UNUSED_WEAK,
            "impossible-publisher Good 3",
            "publisher-elsewhere Good 3",
            "publisher-not-in-policy Good 3",
        ],
    },
];

const MODES: [Row; 3] = [
    Row {
        spellings: &["Enforce", r#""Enforce""#, "!If [C, Enforce, Enforce]", "!Sub Enforce"],
        told: &[UNUSED_WEAK],
    },
    Row {
        spellings: &[
            "Warn",
            r#""Warn""#,
            "!If [C, Enforce, Warn]",
            "!Ref AWS::NoValue",
            "!If [C, Warn, !Ref Mode]",
        ],
        told: &[UNUSED_WEAK, "warn-only F 13"],
    },
    Row {
        spellings: &["!Ref Mode", r#"{"Fn::If": ["C", "Enforce", {"Ref": "Mode"}]}"#, "enforce", "*it"],
        told: &[ELSEWHERE, UNUSED_WEAK],
    },
];

/// A folder with a signed package.
fn stand() -> tempfile::TempDir {
    let folder = workplace();
    let at = folder.path();
    done(at, &["profile", "create", "local:dev", "-q"]);
    fs::write(at.join("root.pem"), done(at, &["profile", "show", "local:dev", "--trust-root"])).unwrap();
    done(at, &["sign", "build", "-o", "code.zip", "--signing-profile", "local:dev", "-q"]);
    folder
}

/// What is told of a template, and the exit codes at the default and at `--fail-on low`.
#[track_caller]
fn told(at: &Path, name: &str, template: &str) -> (Vec<String>, [Option<i32>; 2]) {
    fs::write(at.join(name), template).unwrap();
    let verify = |fail_on: &str| {
        let allow = "arn:aws:signer:*:000000000000:/signing-profiles/dev/*";
        let arguments = [
            "verify",
            "--from",
            name,
            "--trust-root",
            "root.pem",
            "--allow",
            allow,
            "--fail-on",
            fail_on,
            "--output",
            "json",
        ];
        with_profiles(at, &arguments).output().unwrap()
    };
    let output = verify("medium");
    let report: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{template}\n{}", seen(&output)));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let row = |row: &Value| format!("{} {} {}", text(&row["code"]), text(&row["resource"]), row["line"]);
    let mut rows: Vec<_> = report["static"].as_array().unwrap().iter().map(row).collect();
    rows.sort();
    (rows, [output.status.code(), verify("low").status.code()])
}

const MEDIUM_OR_WORSE: [&str; 9] = [
    "no-config",
    "no-publisher",
    "impossible-publisher",
    "publisher-not-in-policy",
    "inline-code",
    "unknown-code",
    "nested-unread",
    "part-unread",
    "warn-only",
];

#[track_caller]
fn check(at: &Path, name: &str, template: &str, expected: &[&str]) {
    let bad = expected.iter().any(|row| MEDIUM_OR_WORSE.iter().any(|code| row.starts_with(code)));
    let exits = [Some(i32::from(bad)), Some(i32::from(!expected.is_empty()))];
    let (rows, found) = told(at, name, template);
    assert_eq!(
        (rows.as_slice(), found),
        (expected.iter().map(|row| (*row).to_owned()).collect::<Vec<_>>().as_slice(), exits),
        "{template}"
    );
}

fn fill(template: &str, [config, publishers, mode]: [&str; 3]) -> String {
    let filled = template.replace("CONFIG", config).replace("PUBLISHERS", publishers).replace("MODE", mode);
    filled.replace("ALLOWED", ALLOWED).replace("STRANGER", STRANGER).replace("PACKAGE", "code.zip")
}

/// What is no JSON is written in YAML alone.
fn check_all(rows: &[Row], holes: impl Fn(&'static str) -> [&'static str; 3]) {
    let folder = stand();
    let mut in_json = 0;
    for row in rows {
        for spelling in row.spellings {
            let [config, publishers, mode] = holes(spelling);
            check(folder.path(), "template.yaml", &fill(YAML, [config, publishers, mode]), row.told);
            if serde_json::from_str::<Value>(spelling).is_ok() {
                check(folder.path(), "template.json", &fill(JSON, [config, publishers, mode]), row.told);
                in_json += 1;
            }
        }
    }
    assert!(in_json > 1, "{in_json} in JSON");
}

const GOOD: &str = r#"{"Ref": "Good"}"#;
const LIST: &str = r#"["ALLOWED"]"#;
const ENFORCE: &str = r#""Enforce""#;

#[test]
fn what_a_function_names_as_its_config() {
    check_all(&CONFIGS, |config| [config, LIST, ENFORCE]);
}

#[test]
fn what_a_config_allows() {
    check_all(&PUBLISHERS, |publishers| [GOOD, publishers, ENFORCE]);
}

#[test]
fn what_a_config_does() {
    check_all(&MODES, |mode| [GOOD, LIST, mode]);
}

/// What a template says in full, behind a function and a config of which nothing is to be said, in lines 1 to 9.
const HEAD: &str = "\
Resources:
  Good:
    Type: AWS::Lambda::CodeSigningConfig
    Properties:
      AllowedPublishers: { SigningProfileVersionArns: [ALLOWED] }
      CodeSigningPolicies: { UntrustedArtifactOnDeployment: Enforce }
  F: &f
    Type: AWS::Lambda::Function
    Properties: &properties { Code: PACKAGE, CodeSigningConfigArn: &arn !Ref Good }
";

const PARTS: [(&str, &[&str]); 24] = [
    ("", &[]),
    // Anchors, and aliases of what is not looked at.
    (
        "    DependsOn: [Good]\n  G:\n    Type: AWS::Lambda::Function\n    Properties: { Code: PACKAGE, CodeSigningConfigArn: !Ref Good, Layers: &x [a], Tags: *x }\n",
        &[],
    ),
    ("  Topic: { Type: AWS::SNS::Topic, Properties: *properties }\n", &[]),
    ("Outputs: { A: { Value: *arn } }\n", &[]),
    ("Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\n", &[]),
    ("Transform: Mine\n", &["macro Transform 10"]),
    ("Transform: [AWS::LanguageExtensions, Mine]\n", &["macro Transform 10"]),
    (
        "Transform: { Name: AWS::Include, Parameters: { Location: s3://b/k } }\n",
        &["part-unread Transform 10"],
    ),
    (
        "Fn::Transform: { Name: AWS::Include, Parameters: { Location: s3://b/k } }\n",
        &["part-unread Fn::Transform 10"],
    ),
    (
        "  Fn::ForEach::Many: [N, [A, B], { 'F${N}': { Type: AWS::Lambda::Function, Properties: { Code: PACKAGE } } }]\n",
        &["part-unread Fn::ForEach::Many 10"],
    ),
    // A loop uses the config that it mentions.
    (
        "  Weak: { Type: AWS::Lambda::CodeSigningConfig, Properties: { AllowedPublishers: { SigningProfileVersionArns: [ALLOWED] } } }\n  \
         Fn::ForEach::Many: [N, [A], { 'F${N}': { Type: AWS::Lambda::Function, Properties: { CodeSigningConfigArn: !Ref Weak } } }]\n",
        &["part-unread Fn::ForEach::Many 11"],
    ),
    ("  <<: { G: { Type: AWS::Lambda::Function } }\n", &["part-unread << 10"]),
    ("  G: *f\n", &["part-unread G 10"]),
    ("  G:\n    <<: *f\n", &["part-unread G 11"]),
    (
        "  G:\n    <<: *f\n    Type: AWS::Lambda::Function\n",
        &["config-elsewhere G 10", "part-unread G 11", "unknown-code G 10"],
    ),
    (
        "  G: { Type: AWS::Lambda::Function, Properties: *properties }\n",
        &["config-elsewhere G 10", "part-unread G 10", "unknown-code G 10"],
    ),
    (
        "  G:\n    Type: AWS::Lambda::Function\n    Properties:\n      Code: PACKAGE\n      <<: *properties\n",
        &["config-elsewhere G 10", "part-unread G 14"],
    ),
    (
        "  G:\n    Type: AWS::Lambda::Function\n    Properties: { Code: PACKAGE, CodeSigningConfigArn: !Ref AWS::NoValue, <<: *properties }\n",
        &["no-config G 10", "part-unread G 12"],
    ),
    (
        "  G: { Type: AWS::Lambda::Function, Properties: { Code: PACKAGE, CodeSigningConfigArn: *arn } }\n",
        &["config-elsewhere G 10"],
    ),
    ("  G: { Type: !!str AWS::Lambda::Function, Properties: { Code: PACKAGE } }\n", &["part-unread G 10"]),
    (
        "  !!str G: { Type: AWS::Lambda::Function, Properties: { Code: PACKAGE } }\n",
        &["part-unread Resources 1"],
    ),
    ("  G: { Properties: { Code: PACKAGE } }\n", &["part-unread G 10"]),
    // Which of two counts is the tool's affair.
    (
        "  F:\n    Type: AWS::Lambda::Function\n    Properties: { Code: PACKAGE }\n",
        &["no-config F 10", "part-unread F 10"],
    ),
    (
        "  G:\n    Type: AWS::Lambda::Function\n    Properties:\n      CodeSigningConfigArn: !Ref Good\n      Code: PACKAGE\n      CodeSigningConfigArn: ''\n",
        &["no-config G 10", "part-unread G 15"],
    ),
];

const GLOBALS: [(&str, &[&str]); 7] = [
    ("!Ref Good", &[]),
    ("!If [C, !Ref Good, !Ref Good]", &[]),
    ("!If [C, !Ref Good, !Ref AWS::NoValue]", &["no-config S 10"]),
    ("!Ref AWS::NoValue", &["no-config S 10"]),
    ("!ImportValue shared", &["config-elsewhere S 10"]),
    ("!Ref Good }, <<: { Layer: {}", &["part-unread Globals 12"]),
    ("*arn", &["config-elsewhere S 10"]),
];

const NESTED: [(&str, &[&str]); 9] = [
    ("AWS::CloudFormation::Stack, Properties: { TemplateURL: inner.yaml }", &["no-config Inner 3"]),
    (
        "AWS::CloudFormation::Stack, Properties: { TemplateURL: 'https://s3/b/t.json' }",
        &["nested-unread https://s3/b/t.json 10"],
    ),
    (
        "AWS::CloudFormation::Stack, Properties: { TemplateURL: !Sub 'https://s3/${B}/t.json' }",
        &["nested-unread N 10"],
    ),
    (r#"AWS::CloudFormation::Stack, Properties: {"TemplateURL": {"Ref": "Url"}}"#, &["nested-unread N 10"]),
    ("AWS::CloudFormation::Stack", &["nested-unread N 10"]),
    ("AWS::Serverless::Application, Properties: { Location: inner.yaml }", &["no-config Inner 3"]),
    (
        "AWS::Serverless::Application, Properties: { Location: { ApplicationId: arn:x, SemanticVersion: 1.0.0 } }",
        &["nested-unread N 10"],
    ),
    ("AWS::CloudFormation::StackSet, Properties: { TemplateBody: '{}' }", &["nested-unread N 10"]),
    ("My::Own::Thing::MODULE", &["nested-unread N 10"]),
];

fn filled(template: &str) -> String {
    fill(template, [GOOD, LIST, ENFORCE])
}

#[test]
fn parts_that_are_not_understood() {
    let folder = stand();
    for (part, expected) in PARTS {
        check(folder.path(), "template.yaml", &filled(&format!("{HEAD}{part}")), expected);
    }
    for (config, expected) in GLOBALS {
        let functions = "  S: { Type: AWS::Serverless::Function, Properties: { CodeUri: PACKAGE } }\n  \
                         T: { Type: AWS::Serverless::Function, Properties: { CodeUri: PACKAGE, CodeSigningConfigArn: !Ref Good } }\n";
        let globals = format!("Globals: {{ Function: {{ CodeSigningConfigArn: {config} }} }}\n");
        check(folder.path(), "template.yaml", &filled(&format!("{HEAD}{functions}{globals}")), expected);
    }
    let loops = r#"{ "Resources": {
        "Fn::ForEach::Many": ["N", ["A"], { "F${N}": { "Type": "AWS::Lambda::Function" } }],
        "S": { "Type": "AWS::Serverless::Function",
            "Properties": { "CodeUri": "PACKAGE", "CodeSigningConfigArn": "" } }
    }, "Globals": { "Function": { "CodeSigningConfigArn": "arn:x" } } }"#;
    check(
        folder.path(),
        "template.json",
        &filled(loops),
        &["no-config S 3", "part-unread Fn::ForEach::Many 2"],
    );
}

#[test]
fn nested_templates_that_are_read_and_those_that_are_not() {
    let folder = stand();
    let inner =
        "Resources:\n\n  Inner:\n    Type: AWS::Lambda::Function\n    Properties: { Code: code.zip }\n";
    fs::write(folder.path().join("inner.yaml"), inner).unwrap();
    for (nested, expected) in NESTED {
        check(
            folder.path(),
            "template.yaml",
            &filled(&format!("{HEAD}  N: {{ Type: {nested} }}\n")),
            expected,
        );
    }
}

#[test]
fn nothing_to_say_is_said_and_nothing_looked_at_is_not() {
    let folder = stand();
    let at = folder.path();
    check(at, "template.yaml", &filled(HEAD), &[]);
    let output = with_profiles(at, &["verify", "code.zip", "--trust-root", "root.pem", "--output", "json"])
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report.get("static"), None);
}

#[test]
fn each_code_is_in_the_guide_with_its_weight() {
    let folder = stand();
    let arguments = ["verify", "code.zip", "--trust-root", "root.pem", "--output", "sarif"];
    let output = with_profiles(folder.path(), &arguments).output().unwrap();
    let log: Value = serde_json::from_slice(&output.stdout).unwrap();
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides/artifacts.md");
    let guide = fs::read_to_string(guide).unwrap();
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let rules: Vec<_> = rules.iter().filter(|rule| rule["properties"]["tags"][1] == "template").collect();
    assert!(rules.len() > 10, "{} rules", rules.len());
    for rule in rules {
        let (level, id) = (&rule["defaultConfiguration"]["level"], rule["id"].as_str().unwrap());
        let weight = match level.as_str().unwrap() {
            "error" => "high",
            "warning" => "medium",
            _ => "low",
        };
        let row = guide
            .lines()
            .find(|line| line.starts_with(&format!("| `{id}` |")))
            .unwrap_or_else(|| panic!("{id}"));
        assert!(row.contains(weight), "{row}: {weight}");
    }
}
