//! `verify --from`: packages as deploy tools leave them, and what their templates say of code signing.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::artifacts::synthesize;
use crate::running::{done, seen, with_profiles, workplace};

const RELEASE: &str = "arn:aws:signer:*:000000000000:/signing-profiles/dev/*";

const TEMPLATE: &str = "\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: { CodeSigningConfigArn: !Ref Watched }
Resources:
  Guarded:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: code
      CodeSigningConfigArn: !GetAtt Enforced.CodeSigningConfigArn
  Inherits:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: code }
  Bare:
    Type: AWS::Lambda::Function
    Properties: { Code: code }
  Imported:
    Type: AWS::Lambda::Function
    Properties:
      Code: { S3Bucket: b, S3Key: k }
      CodeSigningConfigArn: !ImportValue shared
  Inline:
    Type: AWS::Lambda::Function
    Properties:
      Code: { ZipFile: '1' }
      CodeSigningConfigArn: !Ref Enforced
  Image:
    Type: AWS::Lambda::Function
    Properties:
      PackageType: Image
      CodeSigningConfigArn: { Ref: Enforced }
  Enforced:
    Type: AWS::Lambda::CodeSigningConfig
    Properties:
      AllowedPublishers:
        SigningProfileVersionArns:
          - arn:aws:signer:us-east-1:000000000000:/signing-profiles/dev/AbCdEf1234
          - arn:aws:signer:us-east-1:999999999999:/signing-profiles/dev/AbCdEf1234
          - !GetAtt Profile.ProfileVersionArn
      CodeSigningPolicies: { UntrustedArtifactOnDeployment: Enforce }
  Watched:
    Type: AWS::Lambda::CodeSigningConfig
    Properties:
      AllowedPublishers: { SigningProfileVersionArns: ['arn:aws:signer:us-east-1:000000000000://signing-profiles/dev/AbCdEf1234'] }
  Forgotten:
    Type: AWS::Lambda::CodeSigningConfig
    Properties:
      AllowedPublishers: { SigningProfileVersionArns: [!Ref Publisher] }
      CodeSigningPolicies: { UntrustedArtifactOnDeployment: !Ref Mode }
";

/// A build with a folder of code, whose functions are signed.
fn build(at: &Path, template: &str) {
    fs::create_dir_all(at.join("build/code")).unwrap();
    fs::write(at.join("build/code/index.js"), "exports.handler = 1").unwrap();
    fs::write(at.join("build/template.yaml"), template).unwrap();
}

fn signed(at: &Path, template: &str) {
    build(at, template);
    done(at, &["profile", "create", "local:dev", "-q"]);
    fs::write(at.join("root.pem"), done(at, &["profile", "show", "local:dev", "--trust-root"])).unwrap();
    done(at, &["sign", "--from", "build", "--signing-profile", "local:dev", "-q"]);
}

fn verify(at: &Path, more: &[&str]) -> (Option<i32>, String, String) {
    let arguments = [&["verify", "--from", "build", "--trust-root", "root.pem"], more].concat();
    let output = with_profiles(at, &arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Code and resource of everything that was found in templates.
fn found(report: &Value) -> Vec<(String, String)> {
    let rows = report["static"].as_array().cloned().unwrap_or_default();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let mut rows: Vec<_> = rows.iter().map(|row| (text(row, "code"), text(row, "resource"))).collect();
    rows.sort();
    rows
}

#[test]
fn the_templates_of_a_sam_build_are_named_as_seen_from_here() {
    let folder = workplace();
    let at = folder.path();
    let build = at.join(".aws-sam/build");
    fs::create_dir_all(build.join("Nested")).unwrap();
    let function = "  Code:\n    Type: AWS::Lambda::Function\n    Properties: { Code: { ImageUri: i } }\n";
    let nested =
        "  Nested: { Type: AWS::Serverless::Application, Properties: { Location: Nested/template.yaml } }\n";
    fs::write(build.join("template.yaml"), format!("Resources:\n{function}{nested}")).unwrap();
    fs::write(build.join("Nested/template.yaml"), format!("Resources:\n{function}")).unwrap();
    for named in [".aws-sam/build", ".aws-sam/build/template.yaml"] {
        let output = with_profiles(at, &["verify", "--from", named, "--output", "json"]).output().unwrap();
        // One document, though there is nothing to judge.
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(3));
        assert!(String::from_utf8(output.stderr).unwrap().contains("no package was judged"));
        let rows = report["static"].as_array().unwrap();
        let templates: BTreeSet<_> = rows.iter().map(|row| row["template"].as_str().unwrap()).collect();
        let expected = [".aws-sam/build/Nested/template.yaml", ".aws-sam/build/template.yaml"];
        assert_eq!(templates, BTreeSet::from(expected), "{named}");
    }
}

#[test]
fn what_templates_say_is_told_beside_the_packages() {
    let folder = workplace();
    let at = folder.path();
    signed(at, TEMPLATE);
    let (code, stdout, stderr) = verify(at, &["--allow", RELEASE, "--output", "json"]);
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, stderr.as_str()), (Some(1), ""));
    assert_eq!(report["results"].as_array().unwrap().len(), 1);
    assert_eq!(report["results"][0]["decision"], "allow");
    let path = report["results"][0]["path"].as_str().unwrap();
    assert!(path.starts_with("build/code.") && path.ends_with(".zip"), "{path}");
    let expected = [
        ("config-elsewhere", "Imported"),
        ("config-unused", "Forgotten"),
        ("image-function", "Image"),
        ("impossible-publisher", "Watched"),
        ("inline-code", "Inline"),
        ("no-config", "Bare"),
        ("publisher-elsewhere", "Enforced"),
        ("publisher-elsewhere", "Forgotten"),
        ("publisher-not-in-policy", "Enforced"),
        ("unknown-code", "Imported"),
        ("warn-only", "Inherits"),
    ];
    let expected: Vec<_> = expected.map(|(code, of)| (code.to_owned(), of.to_owned())).into();
    assert_eq!(found(&report), expected);
    let bare = report["static"].as_array().unwrap().iter().find(|row| row["code"] == "no-config").unwrap();
    let place = json!({ "severity": "high", "code": "no-config", "template": "build/template.yaml", "line": 13,
        "resource": "Bare", "message": "has no code signing config: any code can be deployed to it" });
    assert_eq!(*bare, place);
    let inline =
        report["static"].as_array().unwrap().iter().find(|row| row["code"] == "inline-code").unwrap();
    assert_eq!(inline["severity"], "high", "its config enforces");
}

#[test]
fn the_weight_from_which_on_it_fails_is_chosen() {
    let folder = workplace();
    let at = folder.path();
    let low = "\
Resources:
  One:
    Type: AWS::Lambda::Function
    Properties: { Code: code, CodeSigningConfigArn: 'arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0123456789abcdefg' }
";
    signed(at, low);
    let exit = |more: &[&str]| verify(at, &[&["--allow", RELEASE, "-q"], more].concat()).0;
    assert_eq!(exit(&[]), Some(0), "that a config is elsewhere is of low weight");
    assert_eq!(exit(&["--fail-on", "low"]), Some(1));
    assert_eq!(exit(&["--fail-on", "never"]), Some(0));
    // A package that is blocked blocks, whatever the templates are held to.
    let stranger = ["--allow", "arn:aws:signer:*:*:/signing-profiles/other/*", "--fail-on", "never", "-q"];
    assert_eq!(verify(at, &stranger).0, Some(1));
}

#[test]
fn what_is_not_signed_yet_and_what_is_not_there_never_passes() {
    let folder = workplace();
    let at = folder.path();
    signed(at, TEMPLATE);
    build(at, TEMPLATE);
    let (code, _, stderr) = verify(at, &["--fail-on", "never"]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("build/code is not signed") && stderr.contains("sign --from"), "{stderr}");
    let images =
        "Resources:\n  I:\n    Type: AWS::Lambda::Function\n    Properties: { PackageType: Image }\n";
    fs::write(at.join("build/template.yaml"), images).unwrap();
    let (code, stdout, stderr) = verify(at, &["--fail-on", "never"]);
    assert_eq!(code, Some(3));
    assert!(
        stdout.contains("image-function") && stderr.contains("no package was judged"),
        "{stdout}{stderr}"
    );
    for arguments in [
        &["verify", "--from", "nowhere"][..],
        &["verify", "--from", "build", "a.zip"],
        &["verify", "--fail-on", "low", "a.zip"],
    ] {
        let output = with_profiles(at, arguments).output().unwrap();
        assert!(matches!(output.status.code(), Some(2 | 3)), "{arguments:?}: {}", seen(&output));
    }
}

#[test]
fn other_programs_are_told_too() {
    let folder = workplace();
    let at = folder.path();
    signed(at, TEMPLATE);
    let (_, sarif, _) = verify(at, &["--allow", RELEASE, "--output", "sarif"]);
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    let run = &sarif["runs"][0];
    let results = run["results"].as_array().unwrap();
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let mut ids: Vec<_> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
    }
    let bare = results.iter().find(|result| result["ruleId"] == "no-config").unwrap();
    let place = &bare["locations"][0]["physicalLocation"];
    let region = (&place["artifactLocation"]["uri"], &place["region"]["startLine"], &bare["level"]);
    assert_eq!(region, (&json!("build/template.yaml"), &json!(13), &json!("error")));
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "each rule once");
    let (_, github, _) = verify(at, &["--allow", RELEASE, "--output", "github"]);
    assert!(
        github.contains("::error file=build/template.yaml,line=13,title=no-config::Bare in "),
        "{github}"
    );
    let (_, junit, _) = verify(at, &["--allow", RELEASE, "--output", "junit"]);
    let junit = roxmltree::Document::parse(&junit).unwrap();
    let suite = junit.descendants().find(|it| it.attribute("name") == Some("build/template.yaml")).unwrap();
    assert_eq!((suite.attribute("tests"), suite.attribute("failures")), (Some("11"), Some("7")));
    let (_, human, _) = verify(at, &["--allow", RELEASE]);
    let last: Vec<_> = human.lines().rev().take(11).collect();
    assert!(last[10].starts_with("high   ") && last[0].starts_with("low    "), "{human}");
}

/// The line of a template in which a resource begins.
fn line_of(template: &Path, resource: &str) -> usize {
    let text = fs::read_to_string(template).unwrap();
    let begins = |line: &str| line.trim_start().starts_with(&format!("\"{resource}\": {{"));
    text.lines().position(begins).unwrap() + 1
}

#[test]
fn a_cloud_assembly_is_looked_through_with_its_nested_stacks_and_stages() {
    let folder = workplace();
    let at = folder.path();
    synthesize(at);
    done(at, &["profile", "create", "local:dev", "-q"]);
    fs::write(at.join("root.pem"), done(at, &["profile", "show", "local:dev", "--trust-root"])).unwrap();
    let stages = ["cdk.out", "cdk.out/assembly-Prod"];
    for stage in stages {
        let path = at.join(stage).join("Main.template.json");
        let mut main: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        // Nested by something other than an asset that is a template.
        let stack = |url: Value| json!({ "Type": "AWS::CloudFormation::Stack", "Properties": { "TemplateURL": url } });
        main["Resources"]["Far"] = stack(json!({ "Fn::Sub": "https://s3.${AWS::Region}/b/other.json" }));
        main["Resources"]["Computed"] = stack(json!({ "Fn::Join": ["", ["https://s3/", { "Ref": "Key" }]] }));
        fs::write(&path, serde_json::to_string_pretty(&main).unwrap()).unwrap();
    }
    done(at, &["sign", "--from", "cdk.out", "--signing-profile", "local:dev", "-q"]);
    let arguments =
        ["verify", "--from", "cdk.out", "--trust-root", "root.pem", "--allow", RELEASE, "--output", "json"];
    let output = with_profiles(at, &arguments).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &report["results"][0]["decision"]), (Some(1), &json!("allow")));
    let row = |row: &Value| {
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        (text("template"), text("code"), text("resource"), row["line"].as_u64().unwrap())
    };
    let mut found: Vec<_> = report["static"].as_array().unwrap().iter().map(row).collect();
    let mut expected = Vec::new();
    for stage in stages {
        for (name, code, resource) in [
            ("Main", "config-unused", "Config"),
            ("Main", "image-function", "Image"),
            ("Main", "impossible-publisher", "Config"),
            ("Main", "inline-code", "Inline"),
            ("Main", "nested-unread", "Computed"),
            ("Main", "nested-unread", "Far"),
            ("Main", "no-config", "Image"),
            ("Main", "no-config", "Inline"),
            ("N.nested", "no-config", "F"),
        ] {
            let template = format!("{stage}/{name}.template.json");
            let line = line_of(&at.join(&template), resource);
            expected.push((template, code.to_owned(), resource.to_owned(), u64::try_from(line).unwrap()));
        }
    }
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}
