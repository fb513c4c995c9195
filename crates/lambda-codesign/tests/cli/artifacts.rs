//! The artifacts of deploy tools, signed where they lie.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::running::{done, fails, workplace};

const CODE: &str = "1111111111111111111111111111111111111111111111111111111111111111";
const NESTED: &str = "2222222222222222222222222222222222222222222222222222222222222222";
const MAIN: &str = "3333333333333333333333333333333333333333333333333333333333333333";
const SIGN: [&str; 5] = ["sign", "--from", "cdk.out", "--signing-profile", "local:dev"];

/// As aws-cdk-lib writes it: a stack whose nested stack has the function, at the top and in a stage.
pub(crate) fn synthesize(at: &Path) {
    let out = at.join("cdk.out");
    fs::create_dir_all(out.join(format!("asset.{CODE}"))).unwrap();
    fs::create_dir_all(out.join("assembly-Prod")).unwrap();
    fs::write(out.join(format!("asset.{CODE}/index.js")), "exports.handler = 1").unwrap();
    stage(
        &out,
        "",
        json!({ "type": "cdk:cloud-assembly", "properties": { "directoryName": "assembly-Prod" } }),
    );
    stage(&out.join("assembly-Prod"), "../", Value::Null);
    fs::write(out.join("cdk.out"), "{}").unwrap();
}

fn stage(folder: &Path, up: &str, inner: Value) {
    let write = |name: &str, document: &Value| {
        fs::write(folder.join(name), serde_json::to_string_pretty(document).unwrap()).unwrap();
    };
    let asset = |path: String, packaging: &str, key: String| {
        json!({ "source": { "path": path, "packaging": packaging },
                "destinations": { "d": { "bucketName": "b", "objectKey": key } } })
    };
    write(
        "manifest.json",
        &json!({ "artifacts": {
        "Inner": inner,
        "Main.assets": { "type": "cdk:asset-manifest", "properties": { "file": "Main.assets.json" } },
        "Main": { "type": "aws:cloudformation:stack", "properties": {
            "templateFile": "Main.template.json", "stackTemplateAssetObjectUrl": format!("s3://b/{MAIN}.json") } },
    } }),
    );
    write(
        "Main.assets.json",
        &json!({ "files": {
        CODE: asset(format!("{up}asset.{CODE}"), "zip", format!("{CODE}.zip")),
        NESTED: asset("N.nested.template.json".to_owned(), "file", format!("{NESTED}.json")),
        MAIN: asset("Main.template.json".to_owned(), "file", format!("{MAIN}.json")),
    } }),
    );
    write(
        "N.nested.template.json",
        &json!({ "Resources": { "F": { "Type": "AWS::Lambda::Function",
        "Properties": { "Code": { "S3Bucket": "b", "S3Key": format!("{CODE}.zip") } },
        "Metadata": { "aws:asset:path": format!("asset.{CODE}") } } } }),
    );
    write(
        "Main.template.json",
        &json!({ "Resources": {
        "N": { "Type": "AWS::CloudFormation::Stack", "Properties": {
            "TemplateURL": { "Fn::Join": ["", ["https://s3/", format!("/{NESTED}.json")]] } } },
        "Inline": { "Type": "AWS::Lambda::Function", "Properties": { "Code": { "ZipFile": "1" } } },
        "Image": { "Type": "AWS::Lambda::Function", "Properties": { "Code": { "ImageUri": "i" } } },
        "Config": { "Type": "AWS::Lambda::CodeSigningConfig", "Properties": { "AllowedPublishers": {
            "SigningProfileVersionArns": ["arn:aws:signer:eu-west-1:111111111111://signing-profiles/p/1234567890"] } } },
    } }),
    );
}

fn read(path: PathBuf) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn all_files(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all_files(&path, found);
        } else {
            found.insert(path.clone(), fs::read(path).unwrap());
        }
    }
}

/// The asset that has this source, by its new id.
fn id_of(manifest: &Value, is_source: impl Fn(&str) -> bool) -> String {
    let files = manifest["files"].as_object().unwrap();
    let (id, asset) =
        files.iter().find(|(_, asset)| is_source(asset["source"]["path"].as_str().unwrap())).unwrap();
    assert!(asset["destinations"]["d"]["objectKey"].as_str().unwrap().starts_with(id.as_str()));
    assert_eq!(asset["source"]["packaging"], "file");
    id.clone()
}

#[test]
fn a_cloud_assembly_is_signed_and_stays_one() {
    let folder = workplace();
    let at = folder.path();
    done(at, &["profile", "create", "local:dev"]);
    synthesize(at);
    done(at, &SIGN);
    fs::write(at.join("root.pem"), done(at, &["profile", "show", "local:dev", "--trust-root"])).unwrap();
    for stage in [at.join("cdk.out"), at.join("cdk.out/assembly-Prod")] {
        let manifest = read(stage.join("Main.assets.json"));
        let code = id_of(&manifest, |path| path.ends_with(".zip"));
        let nested = id_of(&manifest, |path| path.starts_with("N."));
        let main = id_of(&manifest, |path| path.starts_with("Main."));
        let path = manifest["files"][&code]["source"]["path"].as_str().unwrap();
        let package = stage.join(path);
        done(at, &["verify", package.to_str().unwrap(), "--trust-root", "root.pem", "--require-manifest"]);
        let function = &read(stage.join("N.nested.template.json"))["Resources"]["F"];
        assert_eq!(function["Properties"]["Code"]["S3Key"], format!("{code}.zip"));
        assert_eq!(function["Metadata"]["aws:asset:path"], format!("asset.{code}.zip"));
        let url = &read(stage.join("Main.template.json"))["Resources"]["N"]["Properties"]["TemplateURL"];
        assert_eq!(url["Fn::Join"][1][1], format!("/{nested}.json"));
        let stack = &read(stage.join("manifest.json"))["artifacts"]["Main"]["properties"];
        assert_eq!(stack["stackTemplateAssetObjectUrl"], format!("s3://b/{main}.json"));
        assert!([&code, &nested, &main].iter().all(|id| ![CODE, NESTED, MAIN].contains(&id.as_str())));
    }
}

#[test]
fn a_signed_assembly_stays_as_it_is() {
    let folder = workplace();
    let at = folder.path();
    done(at, &["profile", "create", "local:dev"]);
    synthesize(at);
    done(at, &SIGN);
    let (mut once, mut twice) = (BTreeMap::new(), BTreeMap::new());
    all_files(&at.join("cdk.out"), &mut once);
    assert!(done(at, &SIGN).contains("passed on"));
    all_files(&at.join("cdk.out"), &mut twice);
    assert_eq!(once, twice);
}

#[test]
fn what_lies_outside_the_assembly_is_refused_and_nothing_is_written() {
    let folder = workplace();
    let at = folder.path();
    done(at, &["profile", "create", "local:dev"]);
    synthesize(at);
    let manifest = at.join("cdk.out/Main.assets.json");
    let text = fs::read_to_string(&manifest).unwrap().replace(&format!("asset.{CODE}\""), "../build\"");
    fs::write(&manifest, text).unwrap();
    let (mut before, mut after) = (BTreeMap::new(), BTreeMap::new());
    all_files(&at.join("cdk.out"), &mut before);
    fails(at, &SIGN, 3, "outside the artifact's folder");
    all_files(&at.join("cdk.out"), &mut after);
    assert_eq!(before, after);
}

#[test]
fn what_is_no_artifact_is_said_to_be_none() {
    let folder = workplace();
    for (from, why) in [("build", "no artifacts of a tool"), ("missing", "it is not there")] {
        fails(folder.path(), &["sign", "--from", from, "--signing-profile", "local:dev"], 3, why);
    }
}
