//! `inspect`: what a signature says, and whether it and its chain hold.

use clap::Args;
use jiff::Timestamp;
use lambda_codesign_core::archive::Limits;
use lambda_codesign_core::finding::Finding;
use lambda_codesign_core::policy::{Policy, Publishers};
use lambda_codesign_core::report::{InspectReport, OriginReport};
use lambda_codesign_core::verdict::Seen;
use lambda_codesign_core::verify::{Statement, Verifier};
use lambda_codesign_signing::graft::extract;
use lambda_codesign_signing::origin::Origin;
use serde::Serialize;

use crate::cli::{Format, Global};
use crate::fault::{Exit, Fault, escaped};
use crate::input::{Contents, Source};
use crate::output::Output;
use crate::render::human;
use crate::trust::TrustArguments;

/// Show everything that a signature says, and whether it and its chain hold. No policy is judged.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  A package: signature, chain and content are checked:
    lambda-codesign inspect app.zip
  The signature entry alone, taken out of a package: signature and chain are checked:
    lambda-codesign inspect META_INF/aws_signer_signature_v1.0.SF
  Signed by a local profile:
    lambda-codesign inspect app.zip --trust-root root.pem

Exit codes: 0 what is there holds, 1 it does not, 2 wrong usage, 3 the file could not be read.")]
pub(crate) struct Arguments {
    /// The package or the signature entry; `-` is standard input.
    #[arg(value_name = "PKG.zip|FILE.SF")]
    file: Source,
    #[command(flatten)]
    trust: TrustArguments,
    /// Inspect as of this time (RFC 3339) instead of now: a signing time ahead does not hold.
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
}

/// What was found out about a signature.
pub(crate) struct Inspected {
    pub(crate) name: String,
    pub(crate) seen: Seen,
    /// The signature and its chain.
    pub(crate) statement: Result<Statement, Finding>,
    /// Whether the content is what was signed; nothing where there is a signature alone.
    pub(crate) content: Option<Result<(), Finding>>,
    /// Where the signer says to have taken it from; nothing where the content is not what was signed.
    pub(crate) origin: Option<Origin>,
}

#[derive(Serialize)]
struct Document {
    #[serde(flatten)]
    report: InspectReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<OriginReport>,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    let verifier = Verifier::new(arguments.trust.roots()?, Policy::new(Publishers::Any));
    let name = arguments.file.name();
    let bytes = match arguments.file.read(Limits::default().package_size)? {
        Contents::Whole(bytes) => bytes,
        Contents::TooLarge(size) => {
            return Err(Fault::new(
                format!("can't inspect {}", escaped(&name)),
                format!("it has {size} bytes or more, which is larger than any package"),
                "give a deployment package or its signature entry",
            ));
        }
    };
    let inspected = inspect(name, &bytes, &verifier, arguments.at.unwrap_or_else(Timestamp::now));
    match global.output {
        Format::Json => output.json(&inspected.report()),
        Format::Human => human::inspection(&inspected, output),
    }
    Ok(if inspected.problem().is_none() { Exit::Done } else { Exit::Blocked })
}

fn inspect(name: String, bytes: &[u8], verifier: &Verifier, now: Timestamp) -> Inspected {
    let mut seen = Seen::unread(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    if bytes.starts_with(b"-----BEGIN") {
        let statement = verifier.authenticate_signature(bytes, &mut seen);
        return Inspected { name, seen, statement: not_ahead(statement, now), content: None, origin: None };
    }
    let content = verifier.authenticate(bytes, &mut seen).map(|_| ());
    let statement = match extract(bytes) {
        Ok(entry) => verifier.authenticate_signature(&entry, &mut seen),
        // Without a signature entry that can be read, the package's own finding says why.
        Err(_) => Err(content.clone().err().unwrap_or(Finding::Unsigned)),
    };
    let origin = if content.is_ok() { Origin::of(bytes) } else { None };
    Inspected { name, seen, statement: not_ahead(statement, now), content: Some(content), origin }
}

/// A signing time ahead is an integrity failure (FORMAT.md, "The chain").
fn not_ahead(statement: Result<Statement, Finding>, now: Timestamp) -> Result<Statement, Finding> {
    let statement = statement?;
    let signing_time = statement.claims().signing_time();
    if signing_time > now { Err(Finding::SignedInTheFuture { signing_time, now }) } else { Ok(statement) }
}

impl Inspected {
    /// Why not all that is there holds.
    pub(crate) fn problem(&self) -> Option<&Finding> {
        let content = self.content.as_ref().and_then(|content| content.as_ref().err());
        self.statement.as_ref().err().or(content)
    }

    fn report(&self) -> Document {
        let report = InspectReport::of(
            &self.name,
            self.statement.as_ref().ok(),
            self.problem(),
            self.seen.claimed.as_ref(),
        );
        Document { report, origin: self.origin.as_ref().map(Origin::report) }
    }
}
