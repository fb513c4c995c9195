//! Verdicts as a table (RFC 4180), a line a package.

use lambda_codesign_core::code::Code;
use lambda_codesign_core::text::Hex;
use lambda_codesign_core::verdict::{Check, Verdict};

use crate::command::verify::Judged;
use crate::fault::escaped;

const HEAD: [&str; 20] = [
    "path",
    "decision",
    "status",
    "code",
    "message",
    "integrity",
    "integrity_code",
    "expiry",
    "expiry_code",
    "mismatch",
    "mismatch_code",
    "revocation",
    "revocation_code",
    "warnings",
    "signing_profile_version_arn",
    "signing_job_arn",
    "signing_time",
    "expires",
    "size",
    "sha256",
];

/// The table.
pub(crate) fn table(judged: &[Judged]) -> String {
    judged.iter().fold(head(), |text, one| text + &row(one))
}

/// The line of names.
pub(crate) fn head() -> String {
    line(HEAD.iter().map(|name| (*name).to_owned()))
}

/// The line of a package; one that could not be read has neither decision nor status, and says why.
pub(crate) fn row(one: &Judged) -> String {
    let fields = match &one.result {
        Ok(verdict) => verdict_fields(verdict),
        Err(fault) => {
            vec![String::new(), String::new(), String::new(), format!("{}: {}", fault.what(), fault.why())]
        }
    };
    let missing = HEAD.len().saturating_sub(fields.len()).saturating_sub(1);
    let fields = std::iter::once(escaped(&one.name)).chain(fields);
    line(fields.chain(std::iter::repeat_n(String::new(), missing)))
}

fn verdict_fields(verdict: &Verdict) -> Vec<String> {
    let code = |code: Option<Code>| code.map(|code| code.to_string()).unwrap_or_default();
    let first = verdict.judgement().against().next().map(|(_, outcome, _)| outcome);
    let mut fields = vec![
        verdict.decision().as_str().to_owned(),
        verdict.status().as_str().to_owned(),
        code(first.and_then(|outcome| outcome.code())),
        first.and_then(|outcome| outcome.message()).unwrap_or_default(),
    ];
    for check in Check::ALL {
        let outcome = verdict.checks().of(check);
        fields.extend([outcome.as_str().to_owned(), code(outcome.code())]);
    }
    let warnings: Vec<_> = verdict.warnings().iter().map(|warning| warning.code().as_str()).collect();
    fields.push(warnings.join(" "));
    fields.extend(match verdict.package().map(|package| package.claims()) {
        None => [const { String::new() }; 4],
        Some(claims) => [
            claims.profile().to_string(),
            claims.job().to_string(),
            claims.signing_time().to_string(),
            claims.expires().to_string(),
        ],
    });
    let seen = verdict.seen();
    fields.extend([
        seen.size.to_string(),
        seen.code_sha256.map(|hash| Hex(hash.as_bytes()).to_string()).unwrap_or_default(),
    ]);
    fields
}

pub(crate) fn line(fields: impl Iterator<Item = String>) -> String {
    let fields: Vec<String> = fields.map(|text| field(&text)).collect();
    fields.join(",") + "\r\n"
}

/// A field that no spreadsheet takes for a formula, quoted where it has to be.
fn field(text: &str) -> String {
    // The full-width forms are formulas to spreadsheets of some languages.
    const FORMULA: [char; 8] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
    let plain = if text.starts_with(FORMULA) { format!("'{text}") } else { text.to_owned() };
    if plain.contains([',', '"', '\r', '\n', ';', ' ']) {
        format!("\"{}\"", plain.replace('"', "\"\""))
    } else {
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn no_field_is_a_formula_or_ends_early() {
        for (text, expected) in [
            ("app.zip", "app.zip"),
            ("", ""),
            ("-", "'-"),
            ("=cmd|'/c calc'!A1", "\"'=cmd|'/c calc'!A1\""),
            ("@SUM(1)", "'@SUM(1)"),
            ("+1,2", "\"'+1,2\""),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("a\"b,c", "\"a\"\"b,c\""),
            ("1-2", "1-2"),
        ] {
            assert_eq!(field(text), expected, "{text}");
        }
    }
}
