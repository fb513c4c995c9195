//! Verdicts for GitHub Actions: annotations as workflow commands, and a job summary in Markdown.

use std::fmt::Write as _;

use lambda_codesign_core::code::Code;
use lambda_codesign_core::policy::Mode;
use lambda_codesign_core::verdict::{Check, Decision, Verdict};

use crate::artifacts::Remark;
use crate::command::verify::Judged;
use crate::fault::escaped;
use crate::reports::Answer;
use crate::severity::Severity;

/// A summary of a job may have 1 MiB (GitHub Actions, "Workflow commands", step isolation and limits).
const LONGEST_SUMMARY: usize = 1_000_000;

/// A line a package, then an annotation for everything that speaks against it or deserves attention.
pub(crate) fn annotations(answer: &Answer<'_>) -> String {
    let packages = answer.judged.iter().map(annotate);
    packages.chain(answer.remarks.iter().map(annotate_template)).collect()
}

fn annotate_template(remark: &Remark) -> String {
    let kind = match remark.kind.severity() {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "notice",
    };
    let template = escaped(&remark.template);
    let place = format!("file={},line={}", property(&template), remark.line);
    format!("::{kind} {place},title={}::{}\n", property(remark.kind.code()), data(&remark.sentence()))
}

fn annotate(judged: &Judged) -> String {
    let name = escaped(&judged.name);
    match &judged.result {
        Ok(verdict) => {
            let mut text = format!("{}\n", summary_line(&name, verdict));
            for (_, outcome, mode) in verdict.judgement().against() {
                let kind = match mode {
                    Mode::Enforce => "error",
                    Mode::Warn => "warning",
                };
                if let (Some(code), Some(message)) = (outcome.code(), outcome.message()) {
                    text.push_str(&finding(kind, &name, code, &message));
                }
            }
            for warning in verdict.warnings() {
                text.push_str(&finding("notice", &name, warning.code(), &warning.to_string()));
            }
            text
        }
        Err(fault) => {
            let message = format!("{}: {}\nDo: {}", fault.what(), fault.why(), fault.help());
            format!("none - {name}\n{}", command("error", &name, "no verdict", &message))
        }
    }
}

/// The verdict in the words of the JSON document: decision, status, each check with its code, the path.
fn summary_line(name: &str, verdict: &Verdict) -> String {
    let mut line = format!("{} {}", verdict.decision().as_str(), verdict.status().as_str());
    for check in Check::ALL {
        let outcome = verdict.checks().of(check);
        let _ = write!(line, " {}={}", check.as_str(), outcome.as_str());
        if let Some(code) = outcome.code() {
            let _ = write!(line, "({code})");
        }
    }
    line + " " + name
}

fn finding(kind: &str, name: &str, code: Code, message: &str) -> String {
    command(
        kind,
        name,
        code.as_str(),
        &format!("{name}: {message}\n{}\nDo: {}", code.summary(), code.remedy()),
    )
}

/// A workflow command: `%`, line ends, and in properties `:` and `,`, are percent-encoded.
fn command(kind: &str, file: &str, title: &str, message: &str) -> String {
    format!("::{kind} file={},title={}::{}\n", property(file), property(title), data(message))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// The job's summary: a table of the packages, and why each that is not allowed is not.
pub(crate) fn summary(judged: &[Judged]) -> String {
    let mut text =
        String::from("### Lambda code signing\n\n| Decision | Status | Package | Why |\n|---|---|---|---|\n");
    for (index, one) in judged.iter().enumerate() {
        let row = row(one);
        if text.len().saturating_add(row.len()) > LONGEST_SUMMARY {
            let _ = writeln!(text, "\n{} more packages are not shown.", judged.len().saturating_sub(index));
            break;
        }
        text.push_str(&row);
    }
    text.push('\n');
    text
}

fn row(judged: &Judged) -> String {
    let name = markdown(&escaped(&judged.name));
    let Ok(verdict) = &judged.result else {
        let why = judged.result.as_ref().err().map(|fault| fault.why()).unwrap_or_default();
        return format!("| none | &#45; | {name} | {} |\n", markdown(why));
    };
    let decision = match verdict.decision() {
        Decision::Allow => "allow",
        Decision::Warn => "**warn**",
        Decision::Block => "**block**",
    };
    let against = verdict.judgement().against().filter_map(|(_, outcome, _)| {
        let (code, message) = (outcome.code()?, outcome.message()?);
        Some(format!("{}: {}", markdown(code.as_str()), markdown(&message)))
    });
    let warnings =
        verdict.warnings().iter().map(|warning| format!("warning {}", markdown(warning.code().as_str())));
    let why: Vec<String> = against.chain(warnings).collect();
    format!("| {decision} | {} | {name} | {} |\n", verdict.status().as_str(), why.join("<br>"))
}

/// Text that Markdown and HTML show as it is: a character reference is never a mark-up's (CommonMark 6.2), nor part
/// of a link or a mention.
fn markdown(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars() {
        match character {
            ' ' | '-' => shown.push(character),
            _ if character.is_ascii_punctuation() => {
                let _ = write!(shown, "&#{};", u32::from(character));
            }
            _ => shown.push(character),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{command, markdown};

    #[test]
    fn a_command_is_one_line_and_ends_where_it_should() {
        assert_eq!(
            command("error", "a,b:c%.zip", "x", "100%\r\n::warning::no"),
            "::error file=a%2Cb%3Ac%25.zip,title=x::100%25%0D%0A::warning::no\n"
        );
    }

    #[test]
    fn markdown_is_shown_as_it_is() {
        assert_eq!(
            markdown("a|b <i>`x`</i> [l](www.x) @me ü"),
            "a&#124;b &#60;i&#62;&#96;x&#96;&#60;&#47;i&#62; &#91;l&#93;&#40;www&#46;x&#41; &#64;me ü"
        );
    }
}
