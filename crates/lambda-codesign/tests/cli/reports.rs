//! Reports for other programs: each carries the same verdict, and nothing of a package acts on what reads it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::reading::{as_argument, hostile};
use crate::running::{command, json, run, seen, testdata, text};

/// What every format has to say of one package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Said {
    decision: String,
    status: String,
    /// Of each check: its outcome, and the code of why it did not pass.
    checks: BTreeMap<String, (String, String)>,
    warnings: Vec<String>,
}

const CHECKS: [&str; 4] = ["integrity", "expiry", "mismatch", "revocation"];

fn word(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn checks(of: impl Fn(&str) -> (String, String)) -> BTreeMap<String, (String, String)> {
    CHECKS.iter().map(|check| ((*check).to_owned(), of(check))).collect()
}

fn in_json(document: &Value) -> Vec<Said> {
    let results = document["results"].as_array().unwrap().iter();
    let said = results.map(|result| Said {
        decision: word(&result["decision"]),
        status: word(&result["status"]),
        checks: checks(|check| {
            (word(&result["checks"][check]["outcome"]), word(&result["checks"][check]["code"]))
        }),
        warnings: result["warnings"].as_array().into_iter().flatten().map(|it| word(&it["code"])).collect(),
    });
    said.collect()
}

fn in_sarif(log: &Value) -> Vec<Said> {
    let run = &log["runs"][0];
    let artifacts = run["artifacts"].as_array().unwrap();
    let said = artifacts.iter().enumerate().map(|(index, artifact)| {
        let properties = &artifact["properties"];
        let said = Said {
            decision: word(&properties["decision"]),
            status: word(&properties["status"]),
            checks: checks(|check| {
                let check = &properties["checks"][check];
                (word(&check["outcome"]), word(&check["code"]))
            }),
            warnings: properties["warnings"].as_array().into_iter().flatten().map(word).collect(),
        };
        check_results(run, index, &said);
        said
    });
    said.collect()
}

/// That the results are those of the verdict: what blocks is an error, what only warns is not.
fn check_results(run: &Value, index: usize, said: &Said) {
    let all = run["results"].as_array().unwrap().iter();
    let mine =
        all.filter(|result| result["locations"][0]["physicalLocation"]["artifactLocation"]["index"] == index);
    let mine: Vec<(String, String)> = mine.map(|it| (word(&it["level"]), word(&it["ruleId"]))).collect();
    let at = |level: &str| {
        mine.iter().filter(|(its, _)| its == level).map(|(_, code)| code.clone()).collect::<Vec<_>>()
    };
    assert_eq!(at("note"), said.warnings);
    assert_eq!(at("error").is_empty(), said.decision != "block", "{mine:?}");
    assert_eq!(
        at("warning").is_empty() && at("error").is_empty(),
        matches!(&*said.decision, "allow" | ""),
        "{mine:?}"
    );
    for (outcome, code) in said.checks.values().filter(|(outcome, _)| outcome == "fail") {
        assert!(mine.iter().any(|(level, its)| its == code && level != "note"), "{outcome} {code}: {mine:?}");
    }
}

fn in_junit(document: &str) -> Vec<Said> {
    let document = roxmltree::Document::parse(document).unwrap();
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "testsuites");
    let suites: Vec<_> = root.children().filter(|node| node.has_tag_name("testsuite")).collect();
    for count in ["tests", "failures", "errors", "skipped"] {
        let number =
            |node: &roxmltree::Node<'_, '_>| node.attribute(count).unwrap().parse::<usize>().unwrap();
        assert_eq!(number(&root), suites.iter().map(number).sum::<usize>(), "{count}");
    }
    suites.into_iter().map(in_suite).collect()
}

fn in_suite(suite: roxmltree::Node<'_, '_>) -> Said {
    let properties: Vec<(&str, &str)> = suite
        .descendants()
        .filter(|node| node.has_tag_name("property"))
        .map(|node| (node.attribute("name").unwrap(), node.attribute("value").unwrap()))
        .collect();
    let property = |name: &str| {
        let found = properties.iter().find(|(its, _)| *its == name);
        found.map(|(_, value)| (*value).to_owned()).unwrap_or_default()
    };
    let count = |tag: &str| suite.descendants().filter(|node| node.has_tag_name(tag)).count();
    let says = |name: &str| suite.attribute(name).unwrap().parse::<usize>().unwrap();
    assert_eq!(count("testcase"), says("tests"));
    assert_eq!(count("failure"), says("failures"));
    assert_eq!(count("skipped"), says("skipped"));
    assert_eq!(count("error"), says("errors"));
    assert_eq!(count("failure") > 0, property("decision") == "block");
    assert_eq!(count("error") > 0, property("decision").is_empty());
    let warnings = properties.iter().filter(|(name, _)| *name == "warning");
    Said {
        decision: property("decision"),
        status: property("status"),
        checks: checks(|check| (property(check), property(&format!("{check}.code")))),
        warnings: warnings.map(|(_, value)| value.split(':').next().unwrap().to_owned()).collect(),
    }
}

fn in_github(annotations: &str) -> Vec<Said> {
    let mut said: Vec<Said> = Vec::new();
    for line in annotations.lines() {
        let Some(command) = line.strip_prefix("::") else {
            said.push(in_line(line));
            continue;
        };
        let (kind, rest) = command.split_once(" file=").unwrap();
        let title = rest.split_once(",title=").unwrap().1.split_once("::").unwrap().0.to_owned();
        let last = said.last_mut().unwrap();
        match kind {
            "notice" => last.warnings.push(title),
            "error" => assert!(matches!(&*last.decision, "block" | ""), "{line}"),
            "warning" => assert!(matches!(&*last.decision, "warn" | "block"), "{line}"),
            other => panic!("{other}"),
        }
    }
    said
}

/// `DECISION STATUS CHECK=OUTCOME(CODE)... PATH`.
fn in_line(line: &str) -> Said {
    let words: Vec<&str> = line.split(' ').collect();
    if words[0] == "none" {
        return Said { checks: checks(|_| Default::default()), ..Said::default() };
    }
    let of = |check: &str| {
        let value = words.iter().find_map(|word| word.strip_prefix(check)?.strip_prefix('=')).unwrap();
        let (outcome, code) = value.split_once('(').unwrap_or((value, ")"));
        (outcome.to_owned(), code.trim_end_matches(')').to_owned())
    };
    Said {
        decision: words[0].to_owned(),
        status: words[1].to_owned(),
        checks: checks(of),
        warnings: Vec::new(),
    }
}

fn in_csv(table: &str) -> Vec<Said> {
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let head = reader.headers().unwrap().clone();
    let rows = reader.records().map(|row| {
        let row = row.unwrap();
        let field = |name: &str| row[head.iter().position(|its| its == name).unwrap()].to_owned();
        Said {
            decision: field("decision"),
            status: field("status"),
            checks: checks(|check| (field(check), field(&format!("{check}_code")))),
            warnings: field("warnings").split_whitespace().map(str::to_owned).collect(),
        }
    });
    rows.collect()
}

/// Runs `verify` with a report of each format, and holds them to the JSON document and to each other.
fn reported(folder: &Path, arguments: &[&str]) -> (Output, BTreeMap<&'static str, String>) {
    let reports = tempfile::tempdir().unwrap();
    let flags: Vec<String> = ["json", "sarif", "junit", "github", "csv"]
        .iter()
        .map(|format| format!("--report={format}={}", reports.path().join(format).display()))
        .collect();
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let output = run(folder, &[&["verify", "--output", "json"], arguments, &flags].concat());
    let read = |format: &'static str| {
        (
            format,
            fs::read_to_string(reports.path().join(format)).unwrap_or_else(|_| panic!("{}", seen(&output))),
        )
    };
    let files: BTreeMap<_, _> = ["json", "sarif", "junit", "github", "csv"].map(read).into();
    assert_eq!(text(&output.stdout), files["json"]);
    let expected = in_json(&json(&output));
    assert_eq!(in_sarif(&serde_json::from_str(&files["sarif"]).unwrap()), expected, "sarif, {arguments:?}");
    assert_eq!(in_junit(&files["junit"]), expected, "junit, {arguments:?}");
    assert_eq!(in_github(&files["github"]), expected, "github, {arguments:?}");
    assert_eq!(in_csv(&files["csv"]), expected, "csv, {arguments:?}");
    (output, files)
}

fn sarif_schema() -> jsonschema::Validator {
    let schema = fs::read(testdata().join("sarif/sarif-schema-2.1.0.json")).unwrap();
    let mut schema: Value = serde_json::from_slice(&schema).unwrap();
    // Its pattern for languages has a bracket too many, which not every validator takes; no log of ours names one.
    for owner in ["run", "toolComponent"] {
        schema["definitions"][owner]["properties"]["language"].as_object_mut().unwrap().remove("pattern");
    }
    jsonschema::validator_for(&schema).unwrap()
}

fn check_sarif(schema: &jsonschema::Validator, log: &str) {
    let log: Value = serde_json::from_str(log).unwrap();
    let wrong: Vec<String> = schema.iter_errors(&log).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    for result in log["runs"][0]["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let location = &result["locations"][0]["physicalLocation"];
        assert!(location["artifactLocation"]["uri"].is_string() && location["region"]["startLine"] == 1);
    }
}

#[test]
fn every_case_has_the_same_verdict_in_each_format() {
    let schema = sarif_schema();
    let mut decisions: BTreeMap<String, usize> = BTreeMap::new();
    for case in lambda_codesign_tests::cases::all() {
        let root = match case.rules.vouches {
            None => "root.pem".to_owned(),
            Some(pattern) => format!("root.pem={pattern}"),
        };
        let at = case.rules.at.unwrap_or(lambda_codesign_tests::cases::AT);
        let mut arguments = vec!["package.zip", "--trust-root", &root, "--at", at];
        if !case.rules.no_allow {
            arguments.extend(["--allow", lambda_codesign_tests::cases::ALLOWED]);
        }
        let flags: Vec<_> = case.rules.flags.iter().map(|flag| as_argument(flag)).collect();
        arguments.extend(flags.iter().map(String::as_str));
        let (output, files) = reported(&testdata().join(&case.folder), &arguments);
        check_sarif(&schema, &files["sarif"]);
        let said = in_json(&json(&output));
        assert_eq!(said[0].decision, case.expected.decision, "{}", case.folder);
        *decisions.entry(said[0].decision.clone()).or_default() += 1;
    }
    assert!(decisions["allow"] >= 15 && decisions["warn"] >= 3 && decisions["block"] >= 60, "{decisions:?}");
}

#[test]
fn every_vector_has_the_same_verdict_in_each_format() {
    let folder = testdata().join("vectors");
    let mut packages: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".zip"))
        .collect();
    packages.sort();
    packages.push("missing.zip".into());
    let packages: Vec<&str> = packages.iter().map(String::as_str).collect();
    let rules = [
        "--trust-root",
        "root.pem",
        "--at",
        "2026-11-20T00:00:00Z",
        "--allow",
        lambda_codesign_tests::cases::ALLOWED,
    ];
    let (output, files) = reported(&folder, &[&packages[..], &rules].concat());
    assert_eq!(output.status.code(), Some(3), "{}", seen(&output));
    assert_eq!(in_json(&json(&output)).len(), packages.len());
    check_sarif(&sarif_schema(), &files["sarif"]);
    let log: Value = serde_json::from_str(&files["sarif"]).unwrap();
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(invocation["toolExecutionNotifications"].as_array().unwrap().len(), 1);
    // Written down package by package, where no other report needs the verdicts.
    for (format, whole) in [("json", &text(&output.stdout)), ("csv", &files["csv"])] {
        let by_rows = run(&folder, &[&["verify", "--output", format], &packages[..], &rules].concat());
        assert_eq!(by_rows.status.code(), Some(3), "{}", seen(&by_rows));
        assert!(text(&by_rows.stdout) == *whole, "{format}");
    }
}

#[test]
fn standard_output_has_what_a_file_would_have() {
    let folder = testdata().join("rejected/digest-mismatch--body");
    let verify = ["package.zip", "--trust-root", "root.pem", "--at", "2026-11-20T00:00:00Z"];
    let (_, files) = reported(&folder, &verify);
    for format in ["sarif", "junit", "github", "csv"] {
        let output = run(&folder, &[&["verify", "--output", format], &verify[..]].concat());
        assert_eq!(output.status.code(), Some(1), "{}", seen(&output));
        assert_eq!(text(&output.stdout), files[format], "{format}");
    }
    snapbox::assert_data_eq!(
        &files["github"],
        snapbox::str![[r#"
block INVALID integrity=fail(digest-mismatch) expiry=skipped(integrity-not-proven) mismatch=skipped(integrity-not-proven) revocation=skipped(integrity-not-proven) package.zip
::error file=package.zip,title=digest-mismatch::package.zip: the content's digest is not the one that was signed%0AThe package's content is not the content that was signed.%0ADo: Sign the package after its last change, and deploy the signed file as it is.

"#]]
    );
}

/// A package, its name and its claims that would act on whatever reads them.
fn hostile_folder() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let name = "=1+\u{1b}[31m\r\n::error::\u{202e}##vso[x]<b>&\"'|`[l](x),.zip".to_owned();
    fs::write(folder.path().join(&name), hostile()).unwrap();
    (folder, name)
}

#[test]
fn nothing_of_a_package_acts_on_what_reads_a_report() {
    let (folder, name) = hostile_folder();
    let summary = folder.path().join("summary.md");
    let (_, mut files) = reported(folder.path(), &[&name, "missing\u{1b}\n::error::\u{202e}##[x].zip"]);
    check_sarif(&sarif_schema(), &files["sarif"]);
    let github = command(folder.path(), &["verify", "--output", "github", &name])
        .env("GITHUB_STEP_SUMMARY", &summary)
        .output()
        .unwrap();
    files.insert("stdout", text(&github.stdout));
    files.insert("summary", fs::read_to_string(&summary).unwrap());
    for (format, report) in &files {
        assert!(!report.contains(['\u{1b}', '\u{202e}']), "{format}: {report:?}");
        assert!(!report.replace("\r\n", "\n").contains('\r'), "{format}: {report:?}");
        let report = report.trim_start_matches("### ");
        assert!(!report.contains("##"), "{format}: {report:?}");
    }
    for line in files["github"].lines().chain(files["stdout"].lines()) {
        let known = ["::error file=", "::notice file=", "block ", "none - "];
        assert!(known.iter().any(|start| line.starts_with(start)), "{line}");
        if let Some(command) = line.strip_prefix("::") {
            assert!(
                command.split_once("::").unwrap().0.ends_with(",title=chain-untrusted")
                    || command.split_once("::").unwrap().0.ends_with(",title=no verdict"),
                "{line}"
            );
        }
    }
    assert!(
        files["csv"].lines().skip(1).all(|line| line.starts_with("\"'=1+") || line.starts_with("missing"))
    );
    assert!(!files["junit"].contains("<b>"));
    let log: Value = serde_json::from_str(&files["sarif"]).unwrap();
    let message = log["runs"][0]["results"][0]["message"]["text"].as_str().unwrap();
    assert!(message.contains("\\[l\\](x)") && message.contains("\\u{{1b}}"), "{message}");
    let row = files["summary"].lines().nth(4).unwrap();
    assert_eq!(row.matches('|').count(), 5, "{row}");
    assert!(!row.contains("<b>") && !row.contains('`') && !row.contains("[l]"), "{row}");
}

#[test]
fn the_summary_is_added_to_what_other_steps_wrote() {
    let folder = testdata().join("vectors");
    let reports = tempfile::tempdir().unwrap();
    let summary = reports.path().join("summary.md");
    fs::write(&summary, "before\n").unwrap();
    let verify =
        ["verify", "valid-manifest.zip", "mismatch.zip", "missing.zip", "--trust-root", "root.pem", "--at"];
    let allow = ["2026-11-20T00:00:00Z", "--allow", lambda_codesign_tests::cases::ALLOWED];
    let with = |flags: &[&str]| {
        let arguments = [&verify[..], &allow, flags].concat();
        let mut command = command(&folder, &arguments);
        command.env("GITHUB_STEP_SUMMARY", &summary).output().unwrap()
    };
    with(&[]);
    assert_eq!(
        fs::read_to_string(&summary).unwrap(),
        "before\n",
        "only the format that is GitHub's adds to it"
    );
    let output = with(&["--output", "github"]);
    assert_eq!(output.status.code(), Some(3), "{}", seen(&output));
    snapbox::assert_data_eq!(
        fs::read_to_string(&summary).unwrap(),
        snapbox::str![[r#"
before
### Lambda code signing

| Decision | Status | Package | Why |
|---|---|---|---|
| allow | VALID | valid-manifest&#46;zip |  |
| **block** | MISMATCH | mismatch&#46;zip | publisher-not-allowed: arn&#58;aws&#58;signer&#58;us-east-1&#58;123456789012&#58;&#47;signing-profiles&#47;other&#95;team&#47;ZyXwVu9876 is not among the allowed publishers<br>warning boundary-unproven |
| none | &#45; | missing&#46;zip | there is no such file |


"#]]
    );
    let file = format!("--report=github={}", reports.path().join("annotations").display());
    with(&[&file]);
    assert_eq!(fs::read_to_string(&summary).unwrap().matches("### ").count(), 2);
}

#[test]
fn reports_that_can_t_be_written_are_told() {
    let folder = testdata().join("vectors");
    let reports = tempfile::tempdir().unwrap();
    let at = |name: &str| -> PathBuf { reports.path().join(name) };
    let twice = format!("--report=csv={}", at("x").display());
    let nowhere = format!("--report=csv={}", at("no/x").display());
    for (arguments, code, says) in [
        (&["--report", "csv"][..], 2, "it is not FORMAT=FILE"),
        (&["--report", "human=x"], 2, "it is not FORMAT=FILE"),
        (&["--report", "csv="], 2, "it is not FORMAT=FILE"),
        (&[&twice, &twice], 2, "can't write two reports to"),
        (&[&nowhere], 3, "could not write the report"),
    ] {
        let output = run(&folder, &[&["verify", "valid-manifest.zip", "--no-config"], arguments].concat());
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", seen(&output));
        assert!(seen(&output).contains(says), "{arguments:?}: {}", seen(&output));
    }
    assert!(!at("x").exists(), "nothing is written where the usage is wrong");
    for format in ["sarif", "junit", "github", "csv"] {
        let output = run(&folder, &["explain", "--output", format]);
        assert_eq!(output.status.code(), Some(2), "{}", seen(&output));
        assert!(seen(&output).contains("only verify writes"), "{}", seen(&output));
    }
}
