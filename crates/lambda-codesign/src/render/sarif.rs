//! Verdicts as SARIF 2.1.0 (OASIS): a result for everything that speaks against a package or deserves attention, each
//! with its place; the whole verdict stands with the package, under `artifacts`.

use lambda_codesign_core::code::{Area, Code};
use lambda_codesign_core::policy::Mode;
use lambda_codesign_core::text::Hex;
use lambda_codesign_core::verdict::{Check, Outcome, Verdict};
use serde_json::{Map, Value, json};

use crate::artifacts::{Kind, Remark};
use crate::command::verify::Judged;
use crate::fault::{Fault, escaped};
use crate::reports::Answer;
use crate::severity::Severity;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const HOME: &str = env!("CARGO_PKG_REPOSITORY");

/// The log file.
pub(crate) fn log(answer: &Answer<'_>) -> Value {
    let judged = || answer.judged.iter().enumerate();
    let results: Vec<Value> = judged()
        .filter_map(|(index, one)| Some((Artifact { index, name: &one.name }, one.result.as_ref().ok()?)))
        .flat_map(|(artifact, verdict)| results(artifact, verdict))
        .chain(answer.remarks.iter().map(in_template))
        .collect();
    let notifications: Vec<Value> = judged()
        .filter_map(|(index, one)| Some((Artifact { index, name: &one.name }, one.result.as_ref().err()?)))
        .map(|(artifact, fault)| notification(artifact, fault))
        .collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "lambda-codesign",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": HOME,
                "rules": Code::ALL.iter().map(|code| rule(*code)).chain(rules_of_templates()).collect::<Vec<_>>(),
            }},
            "invocations": [{
                "executionSuccessful": notifications.is_empty(),
                "endTimeUtc": answer.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
                "toolExecutionNotifications": notifications,
            }],
            "artifacts": answer.judged.iter().map(artifact).collect::<Vec<_>>(),
            "results": results,
        }],
    })
}

/// A package among those that were asked for.
#[derive(Clone, Copy)]
struct Artifact<'a> {
    index: usize,
    name: &'a str,
}

impl Artifact<'_> {
    /// Its place. A package has no lines, and what shows results beside code demands one.
    fn location(self) -> Value {
        json!({ "physicalLocation": {
            "artifactLocation": { "uri": uri(self.name), "index": self.index },
            "region": { "startLine": 1 },
        }})
    }
}

fn rule(code: Code) -> Value {
    let (level, area) = match code.area() {
        Area::Integrity => ("error", "integrity"),
        Area::Expiry => ("error", "expiry"),
        Area::Mismatch => ("error", "mismatch"),
        Area::Revocation => ("error", "revocation"),
        Area::Unsettled => ("note", "unsettled"),
        Area::Warning => ("note", "warning"),
    };
    json!({
        "id": code.as_str(),
        "shortDescription": { "text": code.summary() },
        "fullDescription": { "text": code.summary() },
        "help": { "text": code.remedy() },
        "helpUri": format!("{HOME}/blob/main/docs/checks.md#{code}"),
        "defaultConfiguration": { "level": level },
        "properties": { "tags": ["security", area] },
    })
}

/// The rules of templates, behind those of packages.
fn rules_of_templates() -> impl Iterator<Item = Value> {
    Kind::ALL.iter().map(|kind| {
        json!({
            "id": kind.code(),
            "shortDescription": { "text": kind.says() },
            "fullDescription": { "text": kind.says() },
            "helpUri": format!("{HOME}/blob/main/docs/guides/artifacts.md"),
            "defaultConfiguration": { "level": level(kind.severity()) },
            "properties": { "tags": ["security", "template"] },
        })
    })
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

fn in_template(remark: &Remark) -> Value {
    let code = remark.kind.code();
    let index = Kind::ALL.iter().position(|kind| kind.code() == code).unwrap_or_default();
    let about = escaped(&remark.about);
    json!({
        "ruleId": code,
        "ruleIndex": Code::ALL.len().saturating_add(index),
        "kind": "fail",
        "level": level(remark.kind.severity()),
        "message": { "text": text(&remark.sentence()) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&remark.template) },
            "region": { "startLine": remark.line },
        }}],
        "partialFingerprints": { "templateAndCode/v1": format!("{}#{about}#{code}", escaped(&remark.template)) },
        "properties": { "resource": about },
    })
}

fn results(artifact: Artifact<'_>, verdict: &Verdict) -> Vec<Value> {
    let against = verdict.judgement().against().filter_map(|(check, outcome, mode)| {
        let level = match mode {
            Mode::Enforce => "error",
            Mode::Warn => "warning",
        };
        let properties = json!({ "check": check.as_str(), "decision": verdict.decision().as_str() });
        Some(result(artifact, outcome.code()?, level, &outcome.message()?, &properties))
    });
    let warnings = verdict.warnings().iter().map(|warning| {
        let properties = json!({ "decision": verdict.decision().as_str() });
        result(artifact, warning.code(), "note", &warning.to_string(), &properties)
    });
    against.chain(warnings).collect()
}

fn result(artifact: Artifact<'_>, code: Code, level: &str, message: &str, properties: &Value) -> Value {
    let name = escaped(artifact.name);
    json!({
        "ruleId": code.as_str(),
        "ruleIndex": Code::ALL.iter().position(|known| *known == code),
        "kind": "fail",
        "level": level,
        "message": { "text": text(&format!("{name}: {message}. {}", code.remedy())) },
        "locations": [artifact.location()],
        "partialFingerprints": { "packageAndCode/v1": format!("{name}#{code}") },
        "properties": properties,
    })
}

/// That a package could not be read, and so has no verdict.
fn notification(artifact: Artifact<'_>, fault: &Fault) -> Value {
    json!({
        "level": "error",
        "message": { "text": text(&format!("{}: {}; {}", fault.what(), fault.why(), fault.help())) },
        "locations": [artifact.location()],
    })
}

/// The package, with its verdict in the words of the JSON document.
fn artifact(judged: &Judged) -> Value {
    let location = json!({ "uri": uri(&judged.name) });
    let description = json!({ "text": text(&escaped(&judged.name)) });
    let Ok(verdict) = &judged.result else {
        let properties = json!({ "decision": null, "status": null });
        return json!({ "location": location, "description": description, "properties": properties });
    };
    let checks: Map<String, Value> = Check::ALL
        .iter()
        .map(|check| (check.as_str().to_owned(), outcome(verdict.checks().of(*check))))
        .collect();
    let warnings: Vec<_> = verdict.warnings().iter().map(|warning| warning.code().as_str()).collect();
    let seen = verdict.seen();
    let hashes: Map<String, Value> = seen
        .code_sha256
        .map(|hash| ("sha-256".to_owned(), Value::from(Hex(hash.as_bytes()).to_string())))
        .into_iter()
        .collect();
    let claims = verdict.package().map(|package| package.claims());
    json!({
        "location": location,
        "description": description,
        // SARIF counts in signed numbers; no package that is read is larger.
        "length": i64::try_from(seen.size).unwrap_or(i64::MAX),
        "hashes": hashes,
        "properties": {
            "decision": verdict.decision().as_str(),
            "status": verdict.status().as_str(),
            "checks": checks,
            "warnings": warnings,
            "signing_profile_version_arn": claims.map(|claims| claims.profile().as_str()),
            "signing_job_arn": claims.map(|claims| claims.job().as_str()),
        },
    })
}

fn outcome(outcome: &Outcome) -> Value {
    json!({
        "outcome": outcome.as_str(),
        "code": outcome.code().map(Code::as_str),
        "message": outcome.message(),
    })
}

/// A message without links and placeholders, which brackets and braces would make (SARIF 3.11.5 and 3.11.6).
fn text(message: &str) -> String {
    message.replace('[', "\\[").replace(']', "\\]").replace('{', "{{").replace('}', "}}")
}

/// A path as a reference (RFC 3986, 3.3): every byte that is not unreserved or a slash is percent-encoded.
fn uri(path: &str) -> String {
    let encoded: String = path
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect();
    if encoded.starts_with('/') { format!("file://{encoded}") } else { encoded }
}

#[cfg(test)]
mod tests {
    use super::{text, uri};

    #[test]
    fn a_message_has_no_link_and_no_placeholder() {
        assert_eq!(text("[x](http://y) {0} \\u{1b}"), "\\[x\\](http://y) {{0}} \\u{{1b}}");
    }

    #[test]
    fn a_path_is_a_reference() {
        for (path, expected) in [
            ("dist/app.zip", "dist/app.zip"),
            ("/srv/a b.zip", "file:///srv/a%20b.zip"),
            ("//host/x", "file:////host/x"),
            ("javascript:alert(1)", "javascript%3Aalert%281%29"),
            ("a\u{1b}\u{202e}?#.zip", "a%1B%E2%80%AE%3F%23.zip"),
        ] {
            assert_eq!(uri(path), expected, "{path}");
        }
    }
}
