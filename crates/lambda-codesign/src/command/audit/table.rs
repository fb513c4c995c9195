//! How an audit is written.

use jiff::Timestamp;
use lambda_codesign_aws::audit::{Found, Row, Severity};
use serde::Serialize;

use crate::fault::escaped;
use crate::render::csv::line;

#[derive(Serialize)]
pub(super) struct Report<'r> {
    schema: &'static str,
    time: String,
    rows: &'r [Row],
}

pub(super) fn report(rows: &[Row], time: Timestamp) -> Report<'_> {
    Report { schema: "lambda-codesign/audit/v1", time: time.to_string(), rows }
}

/// A line for each finding, the worst first, and how many there are.
pub(super) fn human(rows: &[Row]) -> String {
    let mut text = String::new();
    for (row, found) in findings(rows) {
        text.push_str(&format!(
            "{:7} {:24} {}\n        {}\n",
            found.severity.as_str(),
            found.code,
            place(row),
            found.message
        ));
    }
    let count = |severity| findings(rows).filter(|(_, found)| found.severity == severity).count();
    let sound = rows.iter().filter(|row| row.findings.is_empty()).count();
    text + &format!(
        "{} high, {} medium, {} low; nothing to say of {sound} of {}\n",
        count(Severity::High),
        count(Severity::Medium),
        count(Severity::Low),
        rows.len()
    )
}

/// A line for each finding, and one for each row without (RFC 4180).
pub(super) fn csv(rows: &[Row]) -> String {
    const HEAD: [&str; 13] = [
        "severity",
        "code",
        "message",
        "region",
        "function",
        "version",
        "aliases",
        "layer",
        "config",
        "code_sha256",
        "signing_profile_version_arn",
        "signing_job_arn",
        "expires",
    ];
    let mut text = line(HEAD.iter().map(|name| (*name).to_owned()));
    for row in rows {
        let fields = |found: Option<&Found>| {
            let of = |value: &Option<String>| escaped(value.as_deref().unwrap_or_default());
            [
                found.map(|found| found.severity.as_str().to_owned()).unwrap_or_default(),
                found.map(|found| found.code.clone()).unwrap_or_default(),
                found.map(|found| found.message.clone()).unwrap_or_default(),
                escaped(&row.region),
                of(&row.function),
                of(&row.version),
                escaped(&row.aliases.join(" ")),
                of(&row.layer),
                of(&row.config),
                of(&row.code_sha256),
                of(&row.signing_profile_version_arn),
                of(&row.signing_job_arn),
                of(&row.expires),
            ]
        };
        if row.findings.is_empty() {
            text.push_str(&line(fields(None).into_iter()));
        }
        row.findings.iter().for_each(|found| text.push_str(&line(fields(Some(found)).into_iter())));
    }
    text
}

fn findings(rows: &[Row]) -> impl Iterator<Item = (&Row, &Found)> {
    rows.iter().flat_map(|row| row.findings.iter().map(move |found| (row, found)))
}

/// What a row is about.
fn place(row: &Row) -> String {
    let Row { region, function, version, aliases, layer, config, .. } = row;
    let text = match (function, layer) {
        (Some(function), layer) => {
            let version = version.as_deref().unwrap_or("$LATEST");
            let behind =
                if aliases.is_empty() { String::new() } else { format!(" ({})", aliases.join(", ")) };
            let layer = layer.as_ref().map(|layer| format!(" layer {layer}")).unwrap_or_default();
            format!("{region} {function}:{version}{behind}{layer}")
        }
        (None, _) => match config {
            Some(config) => format!("{region} {config}"),
            None => region.clone(),
        },
    };
    escaped(&text)
}
