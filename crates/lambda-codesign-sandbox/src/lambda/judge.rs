//! What the verifier says of code that is to be deployed.

use base64::Engine as _;
use jiff::Timestamp;
use lambda_codesign_core::Verifier;
use lambda_codesign_core::archive::{ArchiveError, Quantity};
use lambda_codesign_core::chain::{TrustRoots, Vouches};
use lambda_codesign_core::claims::{ProfileVersionArn, PublisherPattern};
use lambda_codesign_core::finding::Finding;
use lambda_codesign_core::policy::{Evidence, Mode, Policy, Publishers, Revocations};
use lambda_codesign_core::verdict::{Decision, Outcome, Status, Verdict};

use super::error::LambdaError;
use super::record::{Config, SignedBy, UntrustedArtifact};
use crate::world::World;

/// Lambda's limit on what is unzipped, layers included (BEHAVIOUR.md "Lambda", limits).
pub(super) const MAX_UNZIPPED: u64 = 262_144_000;

/// Judges code at one time, with what is known of revocations then.
pub(super) struct Judge {
    verifier: Verifier,
    revocations: Option<Revocations>,
    now: Timestamp,
    attached: Attached,
}

/// Whether a config is attached to the function.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Attached {
    Config,
    Nothing,
}

/// What was found of one zip. Holding one proves that the verifier read it; what it may do is [`Judged::refusal`].
pub(super) struct Judged {
    pub(super) sha256: String,
    pub(super) unzipped: u64,
    /// The ARNs, where the signature is authentic and about this content.
    pub(super) signed: Option<SignedBy>,
    attached: Attached,
    verdict: Verdict,
}

/// Why code is not deployed, before Lambda's sentences say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Integrity failed: in every mode.
    NotProperlySigned,
    /// Anything else failed under Enforce.
    NotAccepted,
}

impl Judge {
    /// The judge of a function with this config, or with none: signatures are only read then.
    pub(super) fn new(
        world: &World,
        config: Option<&Config>,
        revocations: Option<Revocations>,
    ) -> Result<Self, LambdaError> {
        let mut roots = TrustRoots::aws();
        let own = roots.add_pem(world.authority.root_pem.as_bytes(), &Vouches::All);
        own.map_err(|_| LambdaError::Internal)?;
        let policy = config.map_or_else(reading, policy);
        let attached = if config.is_some() { Attached::Config } else { Attached::Nothing };
        Ok(Self { verifier: Verifier::new(roots, policy), revocations, now: world.now(), attached })
    }

    /// Judges a zip.
    pub(super) fn judge(&self, zip: &[u8]) -> Result<Judged, LambdaError> {
        let evidence = Evidence { now: self.now, revocations: self.revocations.as_ref() };
        let verdict = self.verifier.verify(zip, evidence);
        is_zip(zip, &verdict)?;
        let sha256 = verdict.seen().code_sha256.map_or_else(String::new, |digest| {
            base64::engine::general_purpose::STANDARD.encode(digest.as_bytes())
        });
        let signed = verdict.package().map(|package| SignedBy {
            profile_version: package.claims().profile().as_str().to_owned(),
            job: package.claims().job().as_str().to_owned(),
        });
        let unzipped = verdict.seen().uncompressed_size.unwrap_or(0);
        Ok(Judged { sha256, unzipped, signed, attached: self.attached, verdict })
    }
}

impl Judged {
    /// Why it is not deployed, if it is not.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        match (self.attached, self.verdict.decision(), self.verdict.status()) {
            (Attached::Nothing, ..) | (_, Decision::Allow | Decision::Warn, _) => None,
            (Attached::Config, Decision::Block, Status::Invalid) => Some(Refusal::NotProperlySigned),
            (
                Attached::Config,
                Decision::Block,
                Status::Valid | Status::Expired | Status::Mismatch | Status::Revoked | Status::Unknown,
            ) => Some(Refusal::NotAccepted),
        }
    }

    /// CloudTrail's word for it; none where no config is attached or integrity failed.
    pub(super) fn status(&self) -> Option<&'static str> {
        if self.attached == Attached::Nothing {
            return None;
        }
        match self.verdict.status() {
            Status::Valid => Some("VALID"),
            Status::Expired => Some("EXPIRED"),
            Status::Mismatch => Some("MISMATCH"),
            Status::Revoked => Some("REVOKED"),
            Status::Invalid | Status::Unknown => None,
        }
    }

    /// The stable code of the first check that failed; none where no config is attached.
    pub(super) fn failed_check(&self) -> Option<String> {
        if self.attached == Attached::Nothing {
            return None;
        }
        let (_, outcome, _) = self.verdict.judgement().against().next()?;
        outcome.code().map(|code| code.as_str().to_owned())
    }
}

/// Without a config: whoever signed is read, and nothing is refused.
fn reading() -> Policy {
    Policy::new(Publishers::Any).with_mode(Mode::Warn)
}

/// A publisher without a version, or with characters of a pattern, is taken by Lambda and stands for no signer here.
fn policy(config: &Config) -> Policy {
    let exact = |arn: &String| {
        arn.parse::<ProfileVersionArn>().ok().and_then(|arn| arn.as_str().parse::<PublisherPattern>().ok())
    };
    let publishers = config.publishers.iter().filter_map(exact).collect();
    let mode = match config.policy {
        UntrustedArtifact::Warn => Mode::Warn,
        UntrustedArtifact::Enforce => Mode::Enforce,
    };
    Policy::new(Publishers::Only(publishers)).with_mode(mode)
}

/// What Lambda takes for no zip at all, or for one that is too large, whatever its signature.
fn is_zip(zip: &[u8], verdict: &Verdict) -> Result<(), LambdaError> {
    let refused = |text: &str| Err(LambdaError::InvalidParameter(text.to_owned()));
    if zip.is_empty() {
        return refused("Uploaded file must be a non-empty zip");
    }
    let Outcome::Fail(Finding::Archive(error)) = &verdict.checks().integrity else { return Ok(()) };
    if matches!(error, ArchiveError::NoEndRecord { .. }) {
        return refused("Could not unzip uploaded file. Please check your file, then try to upload again.");
    }
    if matches!(error, ArchiveError::Empty { .. }) {
        return refused("Uploaded file must be a non-empty zip");
    }
    let is_unzipped = |quantity: Quantity| quantity == Quantity::UncompressedSize;
    if matches!(error, ArchiveError::TooLarge { quantity, .. } if is_unzipped(*quantity)) {
        return refused("Unzipped size must be smaller than 262144000 bytes");
    }
    Ok(())
}
