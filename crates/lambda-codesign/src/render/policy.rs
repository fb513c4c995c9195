//! What people see of a policy file.

use std::fmt::Write as _;

use crate::cli::Verbosity;
use crate::command::policy::{Shown, ShownConfig, ShownException, ShownRule, ShownSetting, Tried};
use crate::fault::escaped;
use crate::output::Output;
use crate::render::human::{BAD, GOOD, styled};

/// What applies to a target, and why.
pub(crate) fn shown(shown: &Shown, file: &str) -> String {
    let mut text = format!("{}, by {}\n\nrules, in the file's order:\n", shown.target, escaped(file));
    for ShownRule { name, line, applies, scope, why } in &shown.rules {
        let word = if *applies { "applies" } else { "not" };
        let reason = if *applies { String::new() } else { format!(": {why}") };
        let _ = writeln!(text, "  {word:8} {name:20} line {line}, for {scope}{reason}");
    }
    text.push_str("\nwhat they come to:\n");
    for ShownSetting { key, value, rule, patterns } in &shown.settings {
        let value = value.as_deref().unwrap_or("-");
        let from = rule.as_ref().map(|rule| format!("  (rule {rule})")).unwrap_or_default();
        let _ = writeln!(text, "  {key:20} {value}{from}");
        for pattern in patterns {
            let _ = writeln!(text, "  {:20}   {pattern}", "");
        }
    }
    if !shown.exceptions.is_empty() {
        text.push_str("\nexceptions:\n");
    }
    for ShownException { code, until, reason, line, code_sha256 } in &shown.exceptions {
        let package = code_sha256.as_ref().map(|hash| format!(", for {hash} alone")).unwrap_or_default();
        let _ = writeln!(text, "  {code} until {until}, line {line}{package}: {reason}");
    }
    match &shown.config {
        None => {}
        Some(ShownConfig { name: Some(name), .. }) => {
            let _ = writeln!(text, "\nconfig: {name} is to be attached");
        }
        Some(ShownConfig { name: None, .. }) => text.push_str("\nconfig: left as it is\n"),
    }
    text
}

/// What became of each case; those that came out as they say are left out of a quiet answer.
pub(crate) fn tried(tried: &[Tried], file: &str, output: &mut Output) {
    let file = escaped(file);
    for Tried { name, line, passed, expected, found } in tried {
        if *passed {
            output.note(&format!("{}    {name}\n", styled("ok", GOOD)));
        } else {
            let wrong = styled("wrong", BAD);
            output.text(&format!(
                "{wrong} {name}\n        {file}:{line}: expected {expected}, found {found}\n"
            ));
        }
    }
    let failed = tried.iter().filter(|case| !case.passed).count();
    if output.verbosity() != Verbosity::Quiet || failed > 0 {
        output.text(&format!("{} cases, {failed} of them wrong\n", tried.len()));
    }
}
