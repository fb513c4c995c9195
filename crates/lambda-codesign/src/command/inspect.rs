//! `inspect`: what a signature says, and whether it and its chain hold.

use clap::Args;
use lambda_codesign_core::Verifier;
use lambda_codesign_core::archive::Limits;
use lambda_codesign_core::chain::VerifiedSigner;
use lambda_codesign_core::claims::Claims;
use lambda_codesign_core::envelope::UnverifiedEnvelope;
use lambda_codesign_core::finding::Finding;
use lambda_codesign_core::policy::{Policy, Publishers};
use lambda_codesign_core::report::InspectReport;
use lambda_codesign_core::verdict::Seen;

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
}

/// What was found out about a signature.
pub(crate) struct Inspected {
    pub(crate) name: String,
    pub(crate) seen: Seen,
    /// What was inspected.
    pub(crate) subject: Subject,
    pub(crate) result: Result<(Claims, VerifiedSigner), Finding>,
}

/// What was inspected, and so what a success proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A package: its content is what was signed.
    Package,
    /// A signature entry alone: nothing is known of any content.
    Signature,
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
    let inspected = inspect(name, &bytes, &verifier);
    match global.output {
        Format::Json => output.json(&inspected.report()),
        Format::Human => human::inspection(&inspected, output),
    }
    Ok(if inspected.result.is_ok() { Exit::Done } else { Exit::Blocked })
}

fn inspect(name: String, bytes: &[u8], verifier: &Verifier) -> Inspected {
    let mut seen = Seen::unread(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    if bytes.starts_with(b"-----BEGIN") {
        let result = signature(bytes, verifier, &mut seen);
        return Inspected { name, seen, subject: Subject::Signature, result };
    }
    let verified = verifier.authenticate(bytes, &mut seen);
    let result = verified.map(|package| (package.claims().clone(), package.signer().clone()));
    Inspected { name, seen, subject: Subject::Package, result }
}

/// A signature entry alone.
fn signature(
    entry: &[u8],
    verifier: &Verifier,
    seen: &mut Seen,
) -> Result<(Claims, VerifiedSigner), Finding> {
    let envelope = UnverifiedEnvelope::parse(entry).map_err(Finding::Envelope)?;
    seen.claimed = Some(envelope.claimed().clone());
    let signer = verifier.signer(&envelope).map_err(Finding::Chain)?;
    let envelope = envelope.verify(&signer).map_err(Finding::Signature)?;
    let claims = Claims::decode(&envelope).map_err(Finding::Claims)?;
    Ok((claims, signer))
}

impl Inspected {
    fn report(&self) -> InspectReport {
        let verified = self.result.as_ref().map(|(claims, signer)| (claims, signer));
        InspectReport::of(&self.name, verified, self.seen.claimed.as_ref())
    }
}
