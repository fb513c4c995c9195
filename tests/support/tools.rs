//! The programs of the machine, which tests look for and do without where they are not.

use std::process::{Command, Stdio};

/// The first line of what a program says of its version, or none where the machine does not have it.
pub fn version(program: &str, argument: &str) -> Option<String> {
    let output = Command::new(program).arg(argument).stdin(Stdio::null()).output().ok()?;
    let said = if output.stdout.is_empty() { output.stderr } else { output.stdout };
    let said = String::from_utf8_lossy(&said).into_owned();
    let has_version = |line: &&str| {
        !line.starts_with("Copyright") && line.contains(|character: char| character.is_ascii_digit())
    };
    let line = said.lines().find(has_version).unwrap_or_default().trim();
    let line =
        [", by", " : ", " - ", " ("].iter().fold(line, |line, end| line.split(end).next().unwrap_or(line));
    output.status.success().then(|| line.to_owned())
}
