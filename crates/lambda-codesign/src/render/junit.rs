//! Verdicts as JUnit XML: a suite for each package, a test for each check.
//!
//! JUnit has no warnings: what only warns passes, and says so in its output and in the suite's properties.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use lambda_codesign_core::policy::Mode;
use lambda_codesign_core::verdict::{Check, Outcome, Verdict};

use crate::artifacts::Remark;
use crate::command::verify::Judged;
use crate::fault::{Fault, escaped};
use crate::reports::Answer;
use crate::severity::Severity;

/// The document.
pub(crate) fn document(answer: &Answer<'_>) -> String {
    let templates: BTreeSet<&str> = answer.remarks.iter().map(|remark| remark.template.as_str()).collect();
    let of = |template: &&str| Suite::of_template(template, answer.remarks);
    let suites: Vec<Suite> = answer.judged.iter().map(Suite::of).chain(templates.iter().map(of)).collect();
    let sum = |count: fn(&Suite) -> usize| suites.iter().map(count).sum::<usize>();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        text,
        "<testsuites name=\"lambda-codesign verify\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
        sum(|suite| suite.tests),
        sum(|suite| suite.failures),
        sum(|suite| suite.errors),
        sum(|suite| suite.skipped)
    );
    for suite in &suites {
        let Suite { name, tests, failures, errors, skipped, body } = suite;
        let _ = writeln!(
            text,
            "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" \
             skipped=\"{skipped}\" timestamp=\"{}\">\n{body}  </testsuite>",
            answer.now.strftime("%Y-%m-%dT%H:%M:%S")
        );
    }
    text + "</testsuites>\n"
}

/// What is said of one package.
struct Suite {
    name: String,
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
    body: String,
}

impl Suite {
    fn of(judged: &Judged) -> Self {
        let name = xml(&escaped(&judged.name));
        let suite = Self { name, tests: 0, failures: 0, errors: 0, skipped: 0, body: String::new() };
        match &judged.result {
            Ok(verdict) => suite.judged(verdict),
            Err(fault) => suite.unread(fault),
        }
    }

    /// What deserves a look in a template: what is of low weight passes, and says so in its output.
    fn of_template(template: &str, remarks: &[Remark]) -> Self {
        let name = xml(&escaped(template));
        let mut suite = Self { name, tests: 0, failures: 0, errors: 0, skipped: 0, body: String::new() };
        for remark in remarks.iter().filter(|remark| remark.template == template) {
            suite.tests = suite.tests.saturating_add(1);
            let (code, message) = (remark.kind.code(), xml(&remark.sentence()));
            let content = match remark.kind.severity() {
                Severity::High | Severity::Medium => {
                    suite.failures = suite.failures.saturating_add(1);
                    format!("<failure type=\"{code}\" message=\"{message}\"/>")
                }
                Severity::Low => format!("<system-out>warning: {code}: {message}</system-out>"),
            };
            suite.case(&xml(&format!("{code} {}", escaped(&remark.about))), &content);
        }
        suite
    }

    fn judged(mut self, verdict: &Verdict) -> Self {
        self.properties(verdict);
        for check in Check::ALL {
            let against = verdict.judgement().against().find(|(failed, _, _)| *failed == check);
            self.check(check, verdict.checks().of(check), against.map(|(_, _, mode)| mode));
        }
        self
    }

    fn properties(&mut self, verdict: &Verdict) {
        self.body.push_str("    <properties>\n");
        self.property("decision", verdict.decision().as_str());
        self.property("status", verdict.status().as_str());
        for check in Check::ALL {
            let outcome = verdict.checks().of(check);
            self.property(check.as_str(), outcome.as_str());
            if let Some(code) = outcome.code() {
                self.property(&format!("{}.code", check.as_str()), code.as_str());
            }
        }
        for warning in verdict.warnings() {
            self.property("warning", &format!("{}: {warning}", warning.code()));
        }
        if let Some(hash) = verdict.seen().code_sha256 {
            self.property("code_sha256", &hash.to_string());
        }
        if let Some(package) = verdict.package() {
            self.property("signing_profile_version_arn", package.claims().profile().as_str());
            self.property("signing_job_arn", package.claims().job().as_str());
        }
        self.body.push_str("    </properties>\n");
    }

    fn property(&mut self, name: &str, value: &str) {
        let _ = writeln!(self.body, "      <property name=\"{}\" value=\"{}\"/>", xml(name), xml(value));
    }

    fn check(&mut self, check: Check, outcome: &Outcome, against: Option<Mode>) {
        self.tests = self.tests.saturating_add(1);
        let code = outcome.code().map(|code| code.to_string()).unwrap_or_default();
        let message = xml(&outcome.message().unwrap_or_default());
        let help =
            outcome.code().map(|code| format!("{} {}", code.summary(), code.remedy())).unwrap_or_default();
        let content = match (against, outcome) {
            (Some(Mode::Enforce), _) => {
                self.failures = self.failures.saturating_add(1);
                format!("<failure type=\"{code}\" message=\"{message}\">{}</failure>", xml(&help))
            }
            (Some(Mode::Warn), _) => format!("<system-out>warning: {code}: {message}</system-out>"),
            (None, Outcome::Skipped(_) | Outcome::Unknown(_)) => {
                self.skipped = self.skipped.saturating_add(1);
                format!("<skipped message=\"{code}: {message}\"/>")
            }
            (None, Outcome::Pass | Outcome::Fail(_)) => String::new(),
        };
        self.case(check.as_str(), &content);
    }

    fn unread(mut self, fault: &Fault) -> Self {
        (self.tests, self.errors) = (1, 1);
        let message = xml(&format!("{}: {}", fault.what(), fault.why()));
        self.case(
            "read",
            &format!("<error type=\"no-verdict\" message=\"{message}\">{}</error>", xml(fault.help())),
        );
        self
    }

    fn case(&mut self, name: &str, content: &str) {
        let _ = writeln!(
            self.body,
            "    <testcase classname=\"{}\" name=\"{name}\" time=\"0\">{content}</testcase>",
            self.name
        );
    }
}

/// Text between tags or quotes. What was escaped before has no character that XML forbids.
fn xml(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\'' => shown.push_str("&apos;"),
            _ => shown.push(character),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::xml;

    #[test]
    fn nothing_ends_a_tag_or_an_attribute() {
        assert_eq!(xml("]]><a b=\"c\">&'"), "]]&gt;&lt;a b=&quot;c&quot;&gt;&amp;&apos;");
    }
}
