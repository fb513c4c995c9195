//! Signing with AWS Signer.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::str::FromStr;
use std::sync::Mutex;
use std::time::Duration;

use clap::Args;
use lambda_codesign_aws::object::{self, Destination, ObjectVersion};
use lambda_codesign_aws::signing::Objects as Leftovers;
use lambda_codesign_aws::signing::{
    Desk, How as Wanted, PackageError, Reuse, Signed, SigningError, Step, Unsigned,
};
use lambda_codesign_core::chain::TrustRoots;
use lambda_codesign_core::claims::AccountId;
use lambda_codesign_core::digest::Threads;
use lambda_codesign_signing::manifest::Manifest;
use lambda_codesign_signing::name::ProfileName;
use lambda_codesign_signing::prepare::{PrepareError, settle_manifest};

use super::row::{How, Made, ManifestIs, ObjectRow, Objects};
use super::{Arguments, Done, Task, Trusted};
use crate::aws::{AwsArguments, Services};
use crate::fault::{Fault, escaped};
use crate::pool::Weighed as _;
use crate::trust::TrustArguments;

/// So many packages are on their way at once: they wait for Signer most of the time.
const JOBS: u64 = 24;
/// The bytes that those together may take.
const MEMORY: u64 = 1024 * 1024 * 1024;
/// How often a package is held while it is signed: as it was, as it goes up, and as it came back.
const COPIES: u64 = 3;

/// How AWS Signer is asked, and what becomes of its objects.
#[derive(Debug, Args)]
#[command(next_help_heading = "AWS Signer")]
pub(crate) struct SignerArguments {
    #[command(flatten)]
    pub(super) desk: DeskArguments,
    /// Put the signed package under this key of the bucket too; `{name}` stands for the output's file name.
    #[arg(long, value_name = "KEY")]
    store_as: Option<String>,
    /// Metadata of the object that --store-as makes.
    #[arg(long, value_name = "NAME=VALUE", requires = "store_as")]
    metadata: Vec<Pair>,
    /// Tags of the object that --store-as makes.
    #[arg(long = "tag", value_name = "NAME=VALUE", requires = "store_as")]
    tags: Vec<Pair>,
    #[command(flatten)]
    trust: TrustArguments,
    #[command(flatten)]
    aws: AwsArguments,
}

/// How AWS Signer is asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "AWS Signer")]
pub(crate) struct DeskArguments {
    /// The bucket through which packages go; it must keep versions and be in the profile's region.
    #[arg(long, value_name = "BUCKET")]
    bucket: Option<String>,
    /// What the keys in the bucket begin with.
    #[arg(long, value_name = "PREFIX", default_value = "lambda-codesign/")]
    prefix: String,
    /// The account that owns the profile, where it is another that grants it.
    #[arg(long, value_name = "ACCOUNT")]
    profile_owner: Option<AccountId>,
    /// Start a job of its own, whatever was signed before.
    #[arg(long)]
    fresh: bool,
    /// Delete the objects that were made for this, once the signed package is in hand.
    #[arg(long)]
    clean_up: bool,
    /// Wait so long for a job, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    timeout: u64,
}

/// A name and its value.
#[derive(Debug, Clone)]
struct Pair(String, String);

impl FromStr for Pair {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = text.split_once('=').ok_or("it is not NAME=VALUE")?;
        if name.is_empty() { Err("its name is empty") } else { Ok(Self(name.to_owned(), value.to_owned())) }
    }
}

/// Clients, and a desk at which packages are signed.
pub(crate) struct Service {
    services: Services,
    desk: Desk,
    pub(super) trusted: Trusted,
}

impl DeskArguments {
    /// A desk at which packages are signed with a profile of AWS Signer.
    pub(crate) fn open(
        &self,
        name: &ProfileName,
        roots: TrustRoots,
        connect: impl FnOnce() -> Result<Services, Fault>,
    ) -> Result<Service, Fault> {
        let bucket = self.bucket.clone().ok_or_else(|| {
            Fault::usage(
                format!("can't sign with the AWS Signer profile {name}"),
                "packages go through a bucket, and none is named",
                format!(
                    "name one that keeps versions with --bucket, or a local profile such as local:{name}"
                ),
            )
        })?;
        let services = connect()?;
        let what = || format!("can't sign with the AWS Signer profile {name}");
        let opening = Desk::open(
            &services.connection,
            name.as_str(),
            self.profile_owner.clone(),
            roots.clone(),
            bucket,
        );
        let opened = async { opening.await.map_err(|error| Fault::of(what(), &error, error.remedy())) };
        let desk = services.run(opened, || Fault::new(what(), "it was interrupted", "run it again"))?;
        let version = desk.profile().version.as_str();
        let own = version.rsplit_once('/').map(|(name, _)| format!("{name}/*")).unwrap_or_default();
        let own = own.parse().map_err(|error| Fault::new(what(), error, "please report it"))?;
        let desk = desk.with(Wanted {
            prefix: self.prefix.clone(),
            reuse: if self.fresh { Reuse::Never } else { Reuse::Living },
            objects: if self.clean_up { Leftovers::Delete } else { Leftovers::Keep },
            patience: self.patience(),
        });
        Ok(Service { services, desk, trusted: Trusted { own, roots, revocations: None } })
    }

    /// How long a job is waited for.
    pub(crate) const fn patience(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    /// What was done when it was interrupted.
    fn interrupted(&self, what: &str, steps: &Mutex<Option<Step>>) -> Fault {
        let last = steps.lock().ok().and_then(|last| last.clone());
        let why = match last {
            None => "it was interrupted before anything was sent".to_owned(),
            Some(Step::Uploaded(object)) => {
                format!("it was interrupted when s3://{}/{} was written", object.bucket, object.key)
            }
            Some(Step::Started(job) | Step::Succeeded(job) | Step::Verified(job)) => {
                format!("it was interrupted when the job {job} was started; nothing was written here")
            }
        };
        let help = match self.fresh {
            true => "run the same command without --fresh: it takes what that job signed",
            false => "run the same command again: it goes on from there",
        };
        Fault::new(what, why, help)
    }
}

impl Service {
    /// Signs a package with its manifest by a job; it is verified when it comes back.
    pub(crate) fn seal(&self, how: &DeskArguments, package: Vec<u8>, what: &str) -> Result<Done, Fault> {
        let settled = settle_manifest(package, Manifest::Write, Threads::One);
        let settled = settled.map_err(|error| Fault::of(what, &error, error.remedy()).refused())?;
        let manifest = settled.manifest.into();
        let unsigned = Unsigned::read(settled.bytes)
            .map_err(|error| signing_fault(what.to_owned(), &SigningError::Package(error)))?;
        let steps = Mutex::new(None);
        let signing = self.by_job(&unsigned, &steps, what);
        let signed = self.services.run(signing, || how.interrupted(what, &steps))?;
        done(signed, None, manifest).ok_or_else(|| Fault::new(what, "it was not verified", "try again"))
    }

    async fn by_job(
        &self,
        unsigned: &Unsigned,
        steps: &Mutex<Option<Step>>,
        what: &str,
    ) -> Result<Signed, Fault> {
        let listener = |step| {
            if let Ok(mut last) = steps.lock() {
                *last = Some(step);
            }
        };
        let signed = self.desk.sign(&self.services.connection, unsigned, &listener).await;
        signed.map_err(|error| signing_fault(what.to_owned(), &error))
    }
}

impl SignerArguments {
    pub(super) fn open(&self, name: &ProfileName) -> Result<Service, Fault> {
        self.desk.open(name, self.trust.roots()?, || self.aws.connect())
    }

    /// Clients, whoever signs.
    pub(super) fn services(&self) -> Result<Services, Fault> {
        self.aws.connect()
    }

    /// Where a signed package is stored besides.
    fn stored(&self, task: &Task, bucket: &str) -> Option<Destination> {
        let pairs = |pairs: &[Pair]| -> BTreeMap<String, String> {
            pairs.iter().map(|Pair(name, value)| (name.clone(), value.clone())).collect()
        };
        let name = task.output.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let key = self.store_as.as_ref()?.replace("{name}", &name);
        let (metadata, tags) = (pairs(&self.metadata), pairs(&self.tags));
        Some(Destination { bucket: bucket.to_owned(), key, metadata, tags })
    }
}

/// As many at once as their bytes allow.
pub(super) fn jobs(tasks: &[Task]) -> NonZeroUsize {
    let largest = tasks.iter().map(|task| task.bytes().saturating_mul(COPIES)).max().unwrap_or(0).max(1);
    let jobs = (MEMORY / largest).clamp(2, JOBS);
    usize::try_from(jobs).ok().and_then(NonZeroUsize::new).unwrap_or(NonZeroUsize::MIN)
}

impl Arguments {
    /// Signs by a job; the package is verified when it comes back.
    pub(super) fn sign_by_job(
        &self,
        task: &Task,
        service: &Service,
        threads: Threads,
    ) -> Result<Done, Fault> {
        let package = self.read(task)?;
        let what = || format!("could not sign {}", escaped(&task.input.to_string_lossy()));
        let refused = |error: &dyn core::fmt::Display, remedy: &str| {
            Fault::of(what(), &error.to_string(), remedy).refused()
        };
        let is_signed = |error: &PrepareError| matches!(error, PrepareError::AlreadySigned);
        let settled = match settle_manifest(package.into_vec(), self.manifest(), threads) {
            Ok(settled) => settled,
            Err(error) if is_signed(&error) && self.passes_on() => {
                let bytes = self.read(task)?;
                self.check_signed(task, &bytes, &service.trusted)?;
                return Ok(Done { bytes: bytes.into_vec(), how: How::PassedOn });
            }
            Err(error) => return Err(refused(&error, error.remedy())),
        };
        let manifest = settled.manifest.into();
        let unsigned = Unsigned::read(settled.bytes)
            .map_err(|error| refused(&error, SigningError::Package(error.clone()).remedy()))?;
        let steps = Mutex::new(None);
        let work = self.by_job(task, service, (&unsigned, manifest), &steps);
        service.services.run(work, || self.signer.desk.interrupted(&what(), &steps))
    }

    async fn by_job(
        &self,
        task: &Task,
        service: &Service,
        (unsigned, manifest): (&Unsigned, ManifestIs),
        steps: &Mutex<Option<Step>>,
    ) -> Result<Done, Fault> {
        let Service { services, desk, .. } = service;
        let what = || format!("could not sign {}", escaped(&task.input.to_string_lossy()));
        let signed = service.by_job(unsigned, steps, &what()).await?;
        let stored = match self.signer.stored(task, desk.bucket()) {
            None => None,
            Some(to) => {
                let put = object::put(&services.connection.s3, &to, signed.bytes()).await;
                let what = format!("could not store {}", escaped(&task.output.to_string_lossy()));
                Some(put.map_err(|error| Fault::of(what, &error, error.remedy()))?)
            }
        };
        done(signed, stored, manifest).ok_or_else(|| Fault::new(what(), "it was not verified", "try again"))
    }
}

fn done(signed: Signed, stored: Option<ObjectVersion>, manifest: ManifestIs) -> Option<Done> {
    let package = signed.verdict().package()?;
    let (claims, content) = (package.claims(), package.content());
    let remarks = signed
        .left
        .iter()
        .map(|(object, error)| format!("s3://{}/{} is still there: {error}", object.bucket, object.key));
    let kept = signed.left.is_empty();
    let made = Made {
        profile_version: claims.profile().to_string(),
        job: claims.job().to_string(),
        signed_at: claims.signing_time(),
        expires: claims.expires(),
        code_sha256: content.code_sha256(),
        framed_sha384: content.framed(),
        manifest,
        objects: Objects {
            signed: kept.then(|| signed.object.clone().into()),
            stored: stored.map(ObjectRow::from),
        },
        remarks: remarks.map(|remark| escaped(&remark)).collect(),
    };
    Some(Done { bytes: signed.into_bytes(), how: How::Signed(Box::new(made)) })
}

impl From<ObjectVersion> for ObjectRow {
    fn from(object: ObjectVersion) -> Self {
        Self { bucket: object.bucket, key: object.key, version: object.version }
    }
}

/// What Signer refuses of a package is a refusal; all else is a fault.
fn signing_fault(what: String, error: &SigningError) -> Fault {
    let fault = Fault::of(what, error, error.remedy());
    match error {
        SigningError::Package(PackageError::Archive(_) | PackageError::AlreadySigned)
        | SigningError::NotAsAsked { .. } => fault.refused(),
        SigningError::Profile(_)
        | SigningError::Withdrawn { .. }
        | SigningError::Upload(_)
        | SigningError::Start(_)
        | SigningError::Poll { .. }
        | SigningError::Overdue { .. }
        | SigningError::Failed { .. }
        | SigningError::Exhausted { .. }
        | SigningError::Collect(_)
        | SigningError::Stopped => fault,
    }
}
