//! What is wrong in a policy file, shown where it stands.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use lambda_codesign_core::text::Escaped;
use lambda_codesign_policy::{Diagnostic, Lines, Severity};

use crate::fault::{Place, Places, escaped};

/// No screen has room for more.
const MOST_SHOWN: usize = 100;
/// A file with more mistakes than these is no policy file.
const MOST_LISTED: usize = 1000;

/// The places of these problems in a file.
pub(crate) fn places(name: &str, text: &str, diagnostics: &[Diagnostic]) -> Places {
    let lines = Lines::of(text);
    let list = diagnostics.iter().take(MOST_LISTED).map(|diagnostic| place(&lines, diagnostic)).collect();
    let (name, text) = (escaped(name), printable(text));
    let shown: Vec<String> =
        diagnostics.iter().take(MOST_SHOWN).map(|diagnostic| snippet(&name, &text, diagnostic)).collect();
    Places { snippets: shown.concat(), list }
}

fn place(lines: &Lines<'_>, diagnostic: &Diagnostic) -> Place {
    let position = lines.position(diagnostic.at.start);
    Place {
        line: position.line,
        column: position.column,
        severity: match diagnostic.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        message: diagnostic.problem.to_string(),
        help: diagnostic.problem.help(),
    }
}

fn snippet(name: &str, text: &str, diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let at = AnnotationKind::Primary.span(diagnostic.at.clone());
    let other = diagnostic.other.clone();
    let other = other.map(|span| AnnotationKind::Context.span(span).label("the first one"));
    let source = Snippet::source(text).path(name).annotation(at).annotations(other);
    let mut report = vec![level.primary_title(diagnostic.problem.to_string()).element(source)];
    if let Some(help) = diagnostic.problem.help() {
        report.push(Group::with_title(Level::HELP.secondary_title(help)));
    }
    Renderer::styled().render(&report) + "\n\n"
}

/// The text with nothing in it that acts on a terminal, every byte where it was.
fn printable(text: &str) -> String {
    let shown = |character: char| match character {
        '\n' | '\t' | '\\' => character.to_string(),
        _ if Escaped(character.encode_utf8(&mut [0; 4]).as_bytes()).to_string().len()
            == character.len_utf8() =>
        {
            character.to_string()
        }
        _ => "?".repeat(character.len_utf8()),
    };
    text.chars().map(shown).collect()
}
