//! Answers for people: the decision first, then each check, then why and what to do.
//!
//! Colour repeats what the words say, and nothing of a package stands at the beginning of a line.

use std::fmt::Write as _;
use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use jiff::Timestamp;
use lambda_codesign_core::chain::VerifiedSigner;
use lambda_codesign_core::claims::Claims;
use lambda_codesign_core::code::Code;
use lambda_codesign_core::envelope::SignedAttributes;
use lambda_codesign_core::policy::Mode;
use lambda_codesign_core::text::Hex;
use lambda_codesign_core::verdict::{Checks, Decision, Judgement, Outcome, Verdict};
use lambda_codesign_policy::Diagnostic;
use lambda_codesign_signing::origin::Origin;

use crate::artifacts::Remark;
use crate::cli::Verbosity;
use crate::command::inspect::Inspected;
use crate::command::verify::Judged;
use crate::fault::{Fault, escaped};
use crate::output::Output;
use crate::render::snippets::places;
use crate::severity::Severity;

pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
const ODD: Style = AnsiColor::Yellow.on_default().bold();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
const STRONG: Style = Style::new().bold();

/// What a check of revocation says that passes.
pub(crate) const UNREVOKED: &str = "neither job nor profile was revoked";

/// A word in its style.
pub(crate) fn styled(word: &str, style: Style) -> String {
    format!("{style}{word}{style:#}")
}

const fn style_of(decision: Decision) -> Style {
    match decision {
        Decision::Allow => GOOD,
        Decision::Warn => ODD,
        Decision::Block => BAD,
    }
}

/// A failure of the command itself, on standard error.
pub(crate) fn fault(fault: &Fault) {
    let mut stderr = anstream::stderr();
    let error = styled("error", BAD);
    // Nothing is left to tell anybody where standard error can't be written.
    let _ = write!(stderr, "{}", fault.snippets());
    let _ = writeln!(stderr, "{error}: {}\n  why: {}\n  do:  {}", fault.what(), fault.why(), fault.help());
}

/// What deserves a look beside a result, on standard error.
pub(crate) fn remark(what: &str) {
    let warning = styled("warning", ODD);
    let _ = writeln!(anstream::stderr(), "{warning}: {what}");
}

/// What deserves a look in a policy file, on standard error.
pub(crate) fn remarks(name: &str, text: &str, diagnostics: &[Diagnostic]) {
    let _ = write!(anstream::stderr(), "{}", places(name, text, diagnostics).snippets);
}

/// The verdicts: one in full, or a table with what is wrong below it.
pub(crate) fn verdicts(judged: &[Judged], now: Timestamp, output: &mut Output) {
    match judged {
        [one] => {
            match &one.result {
                Ok(verdict)
                    if verdict.decision() == Decision::Allow && output.verbosity() == Verbosity::Quiet => {}
                Ok(verdict) => output.text(&full(one, verdict, now, output.verbosity())),
                Err(error) => fault(error),
            };
        }
        many if output.verbosity() == Verbosity::Verbose => {
            listing(many, output, |one, verdict| format!("\n{}", full(one, verdict, now, Verbosity::Verbose)))
        }
        many => table(many, output),
    }
}

/// A paragraph for each thing in a template, the worst first.
pub(crate) fn in_templates(remarks: &[Remark], output: &mut Output) {
    let mut remarks: Vec<&Remark> = remarks.iter().collect();
    remarks.sort_by_key(|remark| std::cmp::Reverse(remark.kind.severity()));
    if !remarks.is_empty() {
        output.text("\n");
    }
    for remark in remarks {
        let (kind, style) = match remark.kind.severity() {
            Severity::High => ("high  ", BAD),
            Severity::Medium => ("medium", ODD),
            Severity::Low => ("low   ", STRONG),
        };
        let (code, sentence) = (remark.kind.code(), remark.sentence());
        output.text(&format!("{} {code:20}  {sentence}\n", styled(kind, style)));
    }
}

/// A line a package, then what is wrong with each.
pub(crate) fn table<V: AsRef<Judgement>>(judged: &[Judged<V>], output: &mut Output) {
    listing(judged, output, |one, verdict| failures(verdict.as_ref(), &format!("{}: ", escaped(&one.name))));
}

/// A line a package, then a text for each that may be empty.
fn listing<V: AsRef<Judgement>>(
    judged: &[Judged<V>],
    output: &mut Output,
    text: impl Fn(&Judged<V>, &V) -> String,
) {
    judged.iter().for_each(|one| output.note(&row(one)));
    for one in judged {
        match &one.result {
            Ok(verdict) => output.text(&text(one, verdict)),
            Err(error) => fault(error),
        }
    }
    output.note(&summary(judged));
}

fn row<V: AsRef<Judgement>>(judged: &Judged<V>) -> String {
    let name = escaped(&judged.name);
    let Ok(judgement) = judged.result.as_ref().map(AsRef::as_ref) else {
        return format!("{}  -         {name}  could not be read\n", styled("none ", BAD));
    };
    let decision = styled(&format!("{:5}", judgement.decision().as_str()), style_of(judgement.decision()));
    let why = deciding(judgement).map(|code| format!("  {code}")).unwrap_or_default();
    let warnings: String = match judgement.warnings() {
        [] => String::new(),
        warnings => {
            let codes: Vec<_> = warnings.iter().map(|warning| warning.code().as_str()).collect();
            format!("  (warning: {})", codes.join(", "))
        }
    };
    format!("{decision}  {:8}  {name}{why}{warnings}\n", judgement.status().as_str())
}

/// The code of the first check that speaks against the package.
fn deciding(judgement: &Judgement) -> Option<Code> {
    judgement.against().next().and_then(|(_, outcome, _)| outcome.code())
}

fn summary<V: AsRef<Judgement>>(judged: &[Judged<V>]) -> String {
    let count = |decision| {
        let is = |one: &&Judged<V>| one.result.as_ref().is_ok_and(|v| v.as_ref().decision() == decision);
        judged.iter().filter(is).count()
    };
    let unread = judged.iter().filter(|one| one.result.is_err()).count();
    let mut text = format!(
        "\n{} packages: {} allowed, {} warned of, {} blocked",
        judged.len(),
        count(Decision::Allow),
        count(Decision::Warn),
        count(Decision::Block)
    );
    if unread > 0 {
        let _ = write!(text, ", {unread} without a verdict");
    }
    text.push('\n');
    text
}

fn full(one: &Judged, verdict: &Verdict, now: Timestamp, verbosity: Verbosity) -> String {
    let decision = styled(verdict.decision().as_str(), style_of(verdict.decision()));
    let mut text =
        format!("{decision}  {}  {}\n\n", styled(verdict.status().as_str(), STRONG), escaped(&one.name));
    checks(&mut text, verdict, now);
    match (verdict.package(), verdict.claimed()) {
        (Some(package), _) => signed(&mut text, package.claims(), package.signer(), verbosity),
        (None, Some(claims)) => claimed(&mut text, claims),
        (None, None) => {}
    }
    if let Some(origin) = &one.origin {
        taken_from(&mut text, origin);
    }
    if verbosity == Verbosity::Verbose {
        file(&mut text, verdict);
    }
    text.push_str(&failures(verdict.judgement(), ""));
    for warning in verdict.warnings() {
        text.push('\n');
        problem(&mut text, "warning", ODD, warning.code(), &warning.to_string());
    }
    text
}

fn checks(text: &mut String, verdict: &Verdict, now: Timestamp) {
    let Checks { integrity, expiry, mismatch, revocation } = verdict.checks();
    let claims = verdict.package().map(|package| package.claims());
    let entries = verdict
        .seen()
        .entries
        .map(|count| format!("{count} entries, as they were signed"))
        .unwrap_or_default();
    let until = claims.map(|claims| format!("until {} ({})", claims.expires(), left(now, claims.expires())));
    let publisher = claims.map(|claims| claims.profile().to_string());
    for (name, outcome, pass) in [
        ("integrity", integrity, entries),
        ("expiry", expiry, until.unwrap_or_default()),
        ("mismatch", mismatch, publisher.unwrap_or_default()),
        ("revocation", revocation, UNREVOKED.to_owned()),
    ] {
        check(text, name, outcome, &pass);
    }
}

/// A line of one check; where it passes, it says what holds.
pub(crate) fn check(text: &mut String, name: &str, outcome: &Outcome, pass: &str) {
    let (style, says) = match outcome {
        Outcome::Pass => (GOOD, pass.to_owned()),
        Outcome::Fail(finding) => (BAD, finding.code().to_string()),
        Outcome::Skipped(finding) | Outcome::Unknown(finding) => (ODD, finding.to_string()),
    };
    let word = match outcome {
        Outcome::Fail(_) => "FAIL",
        Outcome::Pass | Outcome::Skipped(_) | Outcome::Unknown(_) => outcome.as_str(),
    };
    let _ = writeln!(text, "  {name:10}  {}  {says}", styled(&format!("{word:7}"), style));
}

/// How long the signature still lives, in whole days or years.
fn left(now: Timestamp, expires: Timestamp) -> String {
    let days = expires.duration_since(now).as_hours() / 24;
    match days {
        ..1 => "less than a day left".to_owned(),
        1..800 => format!("{days} days left"),
        800.. => format!("{} years left", days / 365),
    }
}

fn signed(text: &mut String, claims: &Claims, signer: &VerifiedSigner, verbosity: Verbosity) {
    let _ = writeln!(text, "\n  signed      {}", claims.signing_time());
    let _ = writeln!(text, "  expires     {}", claims.expires());
    let _ = writeln!(text, "  profile     {}", claims.profile());
    let _ = writeln!(text, "  job         {}", claims.job());
    let root = signer.root();
    let whose = if root.is_aws() { "AWS Signer's, built in" } else { "given to this command" };
    let _ = writeln!(text, "  root        {} ({whose})", escaped(root.certificate().subject()));
    if verbosity == Verbosity::Verbose {
        for certificate in signer.chain() {
            let _ = writeln!(
                text,
                "  chain       {}\n              {} to {}, sha256 {}",
                escaped(certificate.subject()),
                certificate.not_before(),
                certificate.not_after(),
                Hex(certificate.sha256())
            );
        }
    }
}

fn claimed(text: &mut String, claims: &SignedAttributes) {
    let _ = writeln!(text, "\n  claimed, and not proved:");
    let _ = writeln!(text, "  signed      {}", claims.signing_time);
    let _ = writeln!(text, "  expires     {}", claims.expires);
    let _ = writeln!(text, "  profile     {}", escaped(&claims.signing_profile_version_arn));
    let _ = writeln!(text, "  job         {}", escaped(&claims.signing_job_arn));
}

fn file(text: &mut String, verdict: &Verdict) {
    let seen = verdict.seen();
    let _ = writeln!(text, "\n  size        {} bytes", seen.size);
    if let Some(hash) = seen.code_sha256 {
        let _ = writeln!(text, "  CodeSha256  {hash}");
    }
    if let Some(package) = verdict.package() {
        let _ = writeln!(text, "  framed      {}", package.content().framed());
    }
    if let (Some(entries), Some(size)) = (seen.entries, seen.uncompressed_size) {
        let _ = writeln!(text, "  unpacked    {entries} entries, {size} bytes");
    }
}

/// A paragraph for each check that speaks against the package.
fn failures(judgement: &Judgement, about: &str) -> String {
    let mut text = String::new();
    for (_, outcome, mode) in judgement.against() {
        let (kind, style) = match mode {
            Mode::Enforce => ("error", BAD),
            Mode::Warn => ("warning", ODD),
        };
        if let (Some(code), Some(message)) = (outcome.code(), outcome.message()) {
            text.push('\n');
            problem(&mut text, kind, style, code, &format!("{about}{message}"));
        }
    }
    text
}

fn problem(text: &mut String, kind: &str, style: Style, code: Code, what: &str) {
    let head = styled(&format!("{kind}[{code}]"), style);
    let _ = writeln!(text, "{head}: {what}\n  why: {}\n  do:  {}", code.summary(), code.remedy());
}

/// Where the signer says to have taken a package from.
fn taken_from(text: &mut String, origin: &Origin) {
    let by = origin.signing_profile_version_arn.as_deref().unwrap_or("nobody");
    let (arn, by) = (escaped(&origin.layer_version_arn), escaped(by));
    let _ = writeln!(text, "  taken from  {arn} (CodeSha256 {}), signed by {by}", origin.code_sha256);
}

/// What `inspect` shows.
pub(crate) fn inspection(inspected: &Inspected, output: &mut Output) {
    let name = escaped(&inspected.name);
    let problem = inspected.problem();
    if problem.is_none() && output.verbosity() == Verbosity::Quiet {
        return;
    }
    let (word, style) = if problem.is_none() { ("verified", GOOD) } else { ("not verified", BAD) };
    let holds = match (&inspected.statement, &inspected.content) {
        (Ok(_), Some(Ok(()))) => "signature, chain and content hold",
        (Ok(_), Some(Err(_))) => "signature and chain hold; the content is not what they speak of",
        (Ok(_), None) => "signature and chain hold; the content that they speak of is not here",
        (Err(_), _) => "nothing that the signature says is proved",
    };
    let mut text = format!("{}  {name}\n  {holds}\n", styled(word, style));
    match (&inspected.statement, &inspected.seen.claimed) {
        (Ok(statement), _) => {
            signed(&mut text, statement.claims(), statement.signer(), Verbosity::Verbose);
            let _ = writeln!(text, "  digest      {} (signed)", Hex(statement.claims().digest().as_bytes()));
            for attribute in statement.claims().unknown() {
                let _ = writeln!(text, "  attribute   {attribute} (not known here)");
            }
        }
        (Err(_), Some(claims)) => claimed(&mut text, claims),
        (Err(_), None) => {}
    }
    if let Some(origin) = &inspected.origin {
        taken_from(&mut text, origin);
    }
    if let Some(finding) = problem {
        text.push('\n');
        self::problem(&mut text, "error", BAD, finding.code(), &finding.to_string());
    }
    output.text(&text);
}
