//! Templates with local code, and folders of zips, signed where they lie.

use std::fs;
use std::path::Path;

use crate::running::{done, fails, seen, with_profiles, workplace};

const TEMPLATE: &str = "\
# kept
Transform: AWS::Serverless-2016-10-31
Resources:
  One:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: code # why
      Role: !GetAtt Role.Arn
  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties: { ContentUri: code }
  Inner:
    Type: AWS::Serverless::Application
    Properties: { Location: inner/template.yaml }
  Far:
    Type: AWS::Lambda::Function
    Properties: { Code: { S3Bucket: b, S3Key: k } }
  Inline:
    Type: AWS::Serverless::Function
    Properties: { InlineCode: '1' }
  Image:
    Type: AWS::Serverless::Function
    Properties: { PackageType: Image }
";

const INNER: &str = "\
Resources:
  Two:
    Type: AWS::Lambda::Function
    Properties:
      Code: ../code
  Three:
    Type: AWS::Lambda::LayerVersion
    Properties:
      Content: layer
";

fn build(at: &Path) {
    done(at, &["profile", "create", "local:dev"]);
    for folder in ["build/code", "build/inner/layer"] {
        fs::create_dir_all(at.join(folder)).unwrap();
        fs::write(at.join(folder).join("index.js"), "exports.handler = 1").unwrap();
    }
    fs::write(at.join("build/template.yaml"), TEMPLATE).unwrap();
    fs::write(at.join("build/inner/template.yaml"), INNER).unwrap();
}

fn sign(from: &str) -> [&str; 5] {
    ["sign", "--from", from, "--signing-profile", "local:dev"]
}

/// The only zip of a folder, by name.
fn zip_in(folder: &Path) -> String {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let zips: Vec<String> = names.filter(|name| name.ends_with(".zip")).collect();
    let [zip] = zips.as_slice() else { panic!("not one zip: {zips:?}") };
    zip.clone()
}

fn texts(at: &Path) -> [String; 2] {
    ["build/template.yaml", "build/inner/template.yaml"]
        .map(|name| fs::read_to_string(at.join(name)).unwrap())
}

#[test]
fn a_build_with_a_nested_stack_is_signed_and_all_else_of_its_templates_stays() {
    let folder = workplace();
    let at = folder.path();
    build(at);
    done(at, &sign("build"));
    let (code, layer) = (zip_in(&at.join("build")), zip_in(&at.join("build/inner")));
    let outer = TEMPLATE
        .replace("CodeUri: code", &format!("CodeUri: \"{code}\""))
        .replace("ContentUri: code", &format!("ContentUri: \"{code}\""));
    let inner = INNER
        .replace("../code", &format!("\"../{code}\""))
        .replace("Content: layer", &format!("Content: \"{layer}\""));
    assert_eq!(texts(at), [outer, inner]);
    fs::write(at.join("root.pem"), done(at, &["profile", "show", "local:dev", "--trust-root"])).unwrap();
    for package in [format!("build/{code}"), format!("build/inner/{layer}")] {
        done(at, &["verify", &package, "--trust-root", "root.pem", "--require-manifest"]);
    }
    let before = texts(at);
    assert!(done(at, &sign("build/template.yaml")).contains("passed on"));
    assert_eq!(texts(at), before);
}

#[test]
fn what_is_not_signed_is_named() {
    let folder = workplace();
    let at = folder.path();
    build(at);
    for why in [
        "Far in template.yaml has its code in S3",
        "Inline in template.yaml has inline",
        "Image in template.yaml runs",
    ] {
        let output = with_profiles(at, &sign("build")).output().unwrap();
        assert!(seen(&output).contains(why), "{}", seen(&output));
    }
}

#[test]
fn a_run_that_was_killed_between_two_templates_is_finished_by_the_next() {
    let folder = workplace();
    let at = folder.path();
    build(at);
    done(at, &sign("build"));
    fs::write(at.join("build/template.yaml"), TEMPLATE).unwrap();
    done(at, &sign("build"));
    let [outer, inner] = texts(at);
    assert!(!outer.contains("CodeUri: code") && !outer.contains("ContentUri: code"));
    assert!(!inner.contains("../code\n"));
}

#[test]
fn a_layer_that_sam_left_in_the_project_is_signed_into_the_build() {
    let folder = workplace();
    let at = folder.path();
    build(at);
    fs::create_dir_all(at.join(".aws-sam/build")).unwrap();
    fs::create_dir(at.join("layer")).unwrap();
    fs::write(at.join("layer/a.js"), "1").unwrap();
    let template = at.join(".aws-sam/build/template.yaml");
    let text = |code: &str| {
        format!(
            "Resources: {{ L: {{ Type: 'AWS::Serverless::LayerVersion', Properties: {{ ContentUri: {code} }} }} }}\n"
        )
    };
    fs::write(&template, text("../../layer")).unwrap();
    done(at, &sign(".aws-sam/build"));
    let zip = zip_in(&at.join(".aws-sam/build"));
    assert_eq!(fs::read_to_string(&template).unwrap(), text(&format!("\"{zip}\"")));
    fs::write(&template, text("../../../layer")).unwrap();
    fails(at, &sign(".aws-sam/build"), 3, "");
    fs::write(&template, text("../..")).unwrap();
    fails(at, &sign(".aws-sam/build"), 3, "holds the template");
}

#[test]
fn code_outside_the_folder_is_refused_and_nothing_is_written() {
    let folder = workplace();
    let at = folder.path();
    build(at);
    fs::create_dir(at.join("outside")).unwrap();
    std::os::unix::fs::symlink(at.join("outside"), at.join("build/link")).unwrap();
    for (code, why) in [
        ("../outside", "outside the artifact's folder"),
        ("link", "outside the artifact's folder"),
        ("/etc", "outside the artifact's folder"),
        (".", "holds the template"),
        ("''", "holds the template"),
        ("inner", "holds the template"),
        ("missing", "not there"),
    ] {
        let text = TEMPLATE.replace("CodeUri: code", &format!("CodeUri: {code}"));
        fs::write(at.join("build/template.yaml"), &text).unwrap();
        fails(at, &sign("build"), 3, why);
        assert_eq!(texts(at), [text, INNER.to_owned()]);
        assert!(
            !fs::read_dir(at.join("build")).unwrap().any(|entry| {
                entry.unwrap().path().extension().is_some_and(|extension| extension == "zip")
            })
        );
    }
}

#[test]
fn what_is_ambiguous_or_unknown_is_a_fault() {
    let folder = workplace();
    let at = folder.path();
    build(at);
    fs::write(at.join("build/template.json"), "{}").unwrap();
    fails(at, &sign("build"), 2, "several templates");
    fails(at, &sign("build/template.json"), 3, "no Resources");
    fs::create_dir(at.join("empty")).unwrap();
    fails(at, &sign("empty"), 3, "no zips");
    fs::write(at.join("empty/serverless-state.json"), "{}").unwrap();
    fails(at, &sign("empty"), 3, "cloudformation-template-update-stack.json");
    fs::remove_file(at.join("build/template.json")).unwrap();
    fs::create_dir(at.join("build/.aws-sam")).unwrap();
    fails(at, &sign("build"), 2, "name the build");
}

#[test]
fn a_folder_of_zips_is_signed_in_place() {
    let folder = workplace();
    let at = folder.path();
    build(at);
    fs::create_dir(at.join("dist")).unwrap();
    done(at, &["pack", "build/code", "-o", "dist/a.zip"]);
    done(at, &["pack", "build/inner/layer", "-o", "dist/b.zip"]);
    done(at, &sign("dist"));
    let signed = fs::read(at.join("dist/a.zip")).unwrap();
    assert!(done(at, &sign("dist")).contains("passed on"));
    assert_eq!(fs::read(at.join("dist/a.zip")).unwrap(), signed);
    fs::write(at.join("root.pem"), done(at, &["profile", "show", "local:dev", "--trust-root"])).unwrap();
    done(at, &["verify", "dist/a.zip", "dist/b.zip", "--trust-root", "root.pem"]);
}
