//! `layer vendor`: fetched, judged, signed anew with its origin, published in the own account.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use lambda_codesign_aws::code::DeployedCode;
use lambda_codesign_aws::deployed::{self, LayerCode};
use lambda_codesign_aws::inventory;
use lambda_codesign_aws::name::LayerVersionArn;
use lambda_codesign_aws::publish::{Journal, LayerRequest, Origin as Newness, Publishing};
use lambda_codesign_aws::wait::Deadline;
use lambda_codesign_core::Verifier;
use lambda_codesign_core::archive::Limits;
use lambda_codesign_core::claims::PublisherPattern;
use lambda_codesign_core::code::Code;
use lambda_codesign_core::digest::{CodeSha256, FramedDigest, Threads};
use lambda_codesign_core::finding::Finding;
use lambda_codesign_core::package::VerifiedPackage;
use lambda_codesign_core::policy::{Evidence, Policy, Publishers};
use lambda_codesign_core::verdict::{Decision, Outcome as Checked, Status};
use lambda_codesign_policy::ResourceName;
use lambda_codesign_signing::lock::{self, LockedPackage};
use lambda_codesign_signing::manifest::Manifest;
use lambda_codesign_signing::origin::{Origin, with_origin};
use lambda_codesign_signing::output as files;
use lambda_codesign_signing::prepare::Prepared;

use super::row::{Outcome, Row, Source};
use crate::aws::{AwsArguments, Services, service_fault};
use crate::cli::{Format, Global};
use crate::command::publish::{interrupted, publish_fault};
use crate::command::sign::{DeskArguments, How, Signatory, Trusted};
use crate::fault::{Exit, Fault, escaped};
use crate::known::{Known, RevocationArguments};
use crate::lock_file;
use crate::output::Output;
use crate::profile_arguments::{ProfileFolder, SigningProfile};
use crate::trust::TrustArguments;

/// Fetch a vendor's layer, report who signed it, sign it with a profile of your own and publish it in your account.
///
/// A signature of the vendor's has to hold: what fails or is revoked is never signed anew. Revocation is judged by snapshots;
/// without them it is unknown, and said to be. The vendor's entries stay as they are; its signature and manifest give way to
/// yours, and `.lambda-codesign-origin.json` says where it was taken from: version, CodeSha256 and signer. What is there
/// already in the same form is not published again.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lambda-codesign layer vendor arn:aws:lambda:eu-central-1:999999999999:layer:agent:12 --signing-profile vetted --bucket my-signing
  The very file that was reviewed, recorded in a lock:
    lambda-codesign layer vendor ARN --signing-profile vetted --bucket my-signing --expect-sha256 BASE64 --lock lambda-codesign.lock
  Only what the vendor has not revoked, by a snapshot of its account:
    lambda-codesign layer vendor ARN --signing-profile vetted --bucket my-signing --require-revocation \\
        --revocations vendor.json --revocations-root vendor.pem
  What it is, with nothing changed:
    lambda-codesign layer vendor ARN --signing-profile vetted --bucket my-signing --dry-run
  To a file alone, with a local profile:
    lambda-codesign layer vendor ARN --signing-profile local:vetted -o agent.zip --no-publish

Exit codes: 0 done, 1 refused, 2 wrong usage, 3 not done.")]
pub(super) struct Arguments {
    /// The version of the vendor's layer.
    #[arg(value_name = "ARN")]
    source: LayerVersionArn,
    /// Sign with this profile.
    #[arg(long, value_name = "local:NAME|NAME")]
    signing_profile: SigningProfile,
    /// The name of the layer in your account [default: the vendor's; needed where the vendor's account is yours].
    #[arg(long, value_name = "NAME")]
    name: Option<ResourceName>,
    /// Refuse any other file than the one of this CodeSha256.
    #[arg(long, value_name = "BASE64")]
    expect_sha256: Option<CodeSha256>,
    /// Refuse what nobody signed.
    #[arg(long)]
    require_signed: bool,
    /// Let these alone have signed it.
    #[arg(long = "allow", value_name = "ARN_OR_PATTERN")]
    allowed: Vec<PublisherPattern>,
    /// Write the signed package to this file too.
    #[arg(short, long = "out", value_name = "OUT.zip", required_if_eq("no_publish", "true"))]
    out: Option<PathBuf>,
    /// Publish nothing.
    #[arg(long)]
    no_publish: bool,
    /// Fetch and judge, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Record the signed package and its origin in this lock file.
    #[arg(long, value_name = "FILE")]
    lock: Option<PathBuf>,
    /// A runtime that it is for, instead of those that the vendor names; may be given several times.
    #[arg(long = "compatible-runtime", value_name = "RUNTIME")]
    runtimes: Vec<String>,
    /// The bucket through which packages above 50 MB go to Lambda.
    #[arg(long, value_name = "BUCKET")]
    s3_bucket: Option<String>,
    #[command(flatten)]
    desk: DeskArguments,
    #[command(flatten)]
    folder: ProfileFolder,
    #[command(flatten)]
    trust: TrustArguments,
    #[command(flatten)]
    revocations: RevocationArguments,
    #[command(flatten)]
    aws: AwsArguments,
}

/// The vendor's layer, fetched and judged, and what becomes of it.
struct Taken {
    source: Source,
    /// Its own entries and its origin, unsigned.
    package: Vec<u8>,
    origin: Origin,
    request: LayerRequest,
}

/// The latest version of the own layer, and what was verified of it.
struct There {
    arn: LayerVersionArn,
    code: DeployedCode,
    package: VerifiedPackage,
}

pub(super) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    arguments.lock.as_deref().map_or(Ok(()), lock_file::check)?;
    let now = Timestamp::now();
    let known = arguments.revocations.read(None, now)?;
    let evidence = Evidence { now, revocations: Known::evidence(known.as_ref()) };
    let signatory = arguments.signatory()?;
    let services = arguments.aws.connect_near(Some(arguments.source.region()))?;
    arguments.check_name(&services)?;
    let taken = arguments.take(&services, evidence)?;
    let row = arguments.bring(taken, &signatory, &services)?;
    match global.output {
        Format::Json => output.json(&row.knowing(known.as_ref().map(Known::reports).unwrap_or_default())),
        Format::Human => {
            output.note(&row.human());
            output.note(&known.map(|known| known.human(now)).unwrap_or_default());
        }
    }
    Ok(Exit::Done)
}

impl Arguments {
    fn what(&self) -> String {
        format!("could not take in {}", self.source)
    }

    fn refused(&self, why: impl std::fmt::Display, help: &str) -> Fault {
        Fault::of(self.what(), &why.to_string(), help).refused()
    }

    fn signatory(&self) -> Result<Signatory, Fault> {
        let connect = || self.aws.connect_near(Some(self.source.region()));
        Signatory::open(&self.signing_profile, &self.folder, &self.desk, &self.trust, connect)
    }

    fn interrupted(&self) -> Fault {
        Fault::new(self.what(), "it was interrupted, and nothing was done", "run it again")
    }

    /// A layer of the own account would get a next version of itself under its own name.
    fn check_name(&self, services: &Services) -> Result<(), Fault> {
        let elsewhere = services.connection.region() != self.source.region().as_str();
        if self.name.is_some() || self.no_publish || elsewhere {
            return Ok(());
        }
        let asking =
            async { services.connection.account().await.map_err(|error| service_fault(self.what(), &error)) };
        if services.run(asking, || self.interrupted())? != *self.source.account() {
            return Ok(());
        }
        Err(Fault::usage(
            self.what(),
            "it is a layer of the account that it would be published in, and would get a next version of itself",
            "name the layer that is to have it with --name",
        ))
    }

    /// Fetches the layer and judges it.
    fn take(&self, services: &Services, evidence: Evidence<'_>) -> Result<Taken, Fault> {
        let fetching = async {
            let there = services.connection.in_region(self.source.region().as_str());
            let layer = deployed::layer(&there.lambda, &self.source).await;
            let layer = layer.map_err(|error| service_fault(self.what(), &error))?;
            let (limit, deadline) = (Limits::default().package_size, Deadline::after(self.desk.patience()));
            let location = layer.location.as_ref();
            let code =
                DeployedCode::fetch(&there.downloads, location, layer.code_sha256, limit, deadline).await;
            let code = code.map_err(|error| Fault::of(self.what(), &error, error.remedy()))?;
            Ok((layer, code))
        };
        let (layer, code) = services.run(fetching, || self.interrupted())?;
        self.check_pins(code.code_sha256())?;
        let source = self.judge(&code, evidence)?;
        let origin = Origin {
            layer_version_arn: self.source.to_string(),
            code_sha256: code.code_sha256(),
            signing_profile_version_arn: source.signer(),
        };
        let package = with_origin(code.bytes(), &origin).map_err(|error| {
            self.refused(
                error,
                "Ask the vendor for a package that can be read in one way, or build it yourself.",
            )
        })?;
        Ok(Taken { source, package, origin, request: self.request(layer) })
    }

    /// The file has to be the one that was reviewed, by the flag and by the lock.
    fn check_pins(&self, found: CodeSha256) -> Result<(), Fault> {
        let help = "Review what the vendor has published, and pin that.";
        if let Some(expected) = self.expect_sha256.filter(|expected| *expected != found) {
            return Err(self.refused(format!("its CodeSha256 is {found}, and {expected} was expected"), help));
        }
        let Some(file) = &self.lock else { return Ok(()) };
        let locked = lock::list(file).map_err(|error| Fault::of(self.what(), &error, error.remedy()))?;
        let origins = locked.iter().filter_map(|package| package.origin.as_ref());
        let other = origins
            .filter(|origin| origin.layer_version_arn == self.source.as_str())
            .find(|origin| origin.code_sha256 != found);
        match other {
            Some(other) => {
                let why = format!("its CodeSha256 is {found}, and the lock has {} for it", other.code_sha256);
                Err(self.refused(why, help))
            }
            None => Ok(()),
        }
    }

    /// A signature that is there has to hold, to be one of those that are allowed, and not to be revoked.
    fn judge(&self, code: &DeployedCode, evidence: Evidence<'_>) -> Result<Source, Fault> {
        let publishers = match self.allowed.as_slice() {
            [] => Publishers::Any,
            allowed => Publishers::Only(allowed.to_vec()),
        };
        let policy = self.revocations.narrow(Policy::new(publishers), None);
        let verdict = Verifier::new(self.trust.roots()?, policy).verify(code.bytes(), evidence);
        let unsigned = verdict.checks().mismatch == Checked::Fail(Finding::Unsigned);
        if verdict.decision() == Decision::Allow || (unsigned && self.takes_unsigned()) {
            return Ok(Source::of(&self.source, code, &verdict));
        }
        let deciding = verdict.judgement().against().next().map(|(_, outcome, _)| outcome);
        let why = deciding.and_then(Checked::message).unwrap_or_else(|| "it is not allowed".to_owned());
        Err(self.refused(why, remedy(verdict.status(), deciding.and_then(Checked::code))))
    }

    /// Whether nothing is asked that only a signature can answer.
    const fn takes_unsigned(&self) -> bool {
        !self.require_signed && self.allowed.is_empty() && !self.revocations.required
    }

    fn request(&self, layer: LayerCode) -> LayerRequest {
        LayerRequest {
            name: self.name.clone().unwrap_or_else(|| self.source.name().clone()),
            runtimes: if self.runtimes.is_empty() { layer.runtimes } else { self.runtimes.clone() },
            architectures: layer.architectures,
            license: layer.license,
        }
    }

    /// Signs it and publishes it, unless it is there.
    fn bring(&self, taken: Taken, signatory: &Signatory, services: &Services) -> Result<Row, Fault> {
        let Taken { source, package, origin, request } = taken;
        if self.dry_run {
            return Ok(Row::new(source, Outcome::DryRun));
        }
        let trusted = signatory.trusted()?;
        if !self.no_publish
            && let Some(there) = self.there(&package, &request, &trusted, services)?
        {
            self.write(there.code.bytes())?;
            self.record(Some(&there.arn), there.code.bytes(), origin)?;
            let claims = there.package.claims();
            let (profile, job) = (claims.profile().to_string(), claims.job().to_string());
            let row = Row::new(source, Outcome::There).signed(there.code.code_sha256(), &profile, &job);
            return Ok(row.at(&there.arn, Outcome::There));
        }
        let done = signatory.seal(&self.desk, package, None, &self.what())?;
        self.write(&done.bytes)?;
        let mut row = Row::new(source, Outcome::Written);
        if let How::Signed(made) = &done.how {
            row = row.signed(made.code_sha256, &made.profile_version, &made.job);
        }
        let mut published = None;
        if !self.no_publish {
            let (arn, newness) = self.publish(&done.bytes, &request, &trusted, services)?;
            let outcome = match newness {
                Newness::New => Outcome::Published,
                Newness::There => Outcome::There,
            };
            row = row.at(&arn, outcome);
            published = Some(arn);
        }
        self.record(published.as_ref(), &done.bytes, origin)?;
        Ok(row)
    }

    /// The latest version of the own layer, where it holds the same content, signed by the own profile.
    fn there(
        &self,
        package: &[u8],
        request: &LayerRequest,
        trusted: &Trusted,
        services: &Services,
    ) -> Result<Option<There>, Fault> {
        let prepared = Prepared::read(package, Manifest::Write, Threads::One)
            .map_err(|error| self.refused(&error, error.remedy()))?;
        let wanted: FramedDigest = prepared.digest().framed();
        let looking = async {
            let lambda = &services.connection.lambda;
            let fault = |error| service_fault(self.what(), &error);
            let versions = inventory::layer_versions(lambda, &request.name).await.map_err(fault)?;
            let Some(arn) = versions.into_iter().next() else { return Ok(None) };
            let layer = deployed::layer(lambda, &arn).await.map_err(fault)?;
            if !request.is_said_by(&layer) {
                return Ok(None);
            }
            let (limit, deadline) = (Limits::default().package_size, Deadline::after(self.desk.patience()));
            let downloads = &services.connection.downloads;
            let code =
                DeployedCode::fetch(downloads, layer.location.as_ref(), layer.code_sha256, limit, deadline);
            // What can't be read is not known to be the same.
            Ok(code.await.ok().map(|code| (arn, code)))
        };
        let Some((arn, code)) = services.run(looking, || self.interrupted())? else { return Ok(None) };
        let verdict = trusted.judge(code.bytes(), &[]);
        let own = verdict.package().filter(|_| verdict.decision() == Decision::Allow);
        let same = own.filter(|package| package.content().framed() == wanted).cloned();
        Ok(same.map(|package| There { arn, code, package }))
    }

    fn publish(
        &self,
        package: &[u8],
        request: &LayerRequest,
        trusted: &Trusted,
        services: &Services,
    ) -> Result<(LayerVersionArn, Newness), Fault> {
        let verifier = Verifier::new(trusted.roots.clone(), Policy::new(Publishers::NotGiven));
        let policy = Policy::new(Publishers::Only(vec![trusted.own.clone()]));
        let journal = Journal::default();
        let publishing = Publishing {
            connection: &services.connection,
            verifier: &verifier,
            evidence: Evidence { now: Timestamp::now(), revocations: trusted.revocations.as_ref() },
            bucket: self.s3_bucket.clone(),
            deadline: Deadline::after(self.desk.patience()),
            journal: &journal,
        };
        let what = format!("could not publish {} as the layer {}", self.source, request.name.as_str());
        let work = async {
            let published = publishing.layer(request, package, &policy).await;
            published.map_err(|error| publish_fault(&what, &error, &journal))
        };
        let published = services.run(work, || interrupted(&what, &journal))?;
        Ok((published.arn, published.origin))
    }

    fn write(&self, package: &[u8]) -> Result<(), Fault> {
        let Some(file) = &self.out else { return Ok(()) };
        files::write(file, package).map_err(|error| {
            let what = format!("could not write {}", escaped(&file.to_string_lossy()));
            Fault::of(what, &error, error.remedy())
        })
    }

    fn record(&self, arn: Option<&LayerVersionArn>, package: &[u8], origin: Origin) -> Result<(), Fault> {
        let Some(file) = &self.lock else { return Ok(()) };
        let path = arn.map(|arn| PathBuf::from(arn.as_str())).or_else(|| self.out.clone());
        let locked = lock_file::locked(&path.unwrap_or_default(), package)?;
        lock_file::record(file, &[LockedPackage { origin: Some(origin), ..locked }])
    }
}

/// What to do about a vendor's file: what has ended is the vendor's to renew.
const fn remedy(status: Status, code: Option<Code>) -> &'static str {
    match (status, code) {
        (Status::Expired | Status::Revoked, _) | (_, None) => {
            "Ask the vendor for a version whose signature holds."
        }
        (Status::Invalid | Status::Mismatch | Status::Unknown | Status::Valid, Some(code)) => code.remedy(),
    }
}
