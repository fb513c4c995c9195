//! Deployed code: fetched from Lambda, then judged like a file.

use std::time::Duration;

use clap::Args;
use lambda_codesign_aws::code::{CodeError, DeployedCode};
use lambda_codesign_aws::connection::Connection;
use lambda_codesign_aws::deployed::{self, Package};
use lambda_codesign_aws::download::CodeLocation;
use lambda_codesign_aws::function_name::FunctionName;
use lambda_codesign_aws::name::LayerVersionArn;
use lambda_codesign_aws::service::ServiceError;
use lambda_codesign_aws::wait::Deadline;
use lambda_codesign_core::archive::Limits;
use lambda_codesign_core::digest::CodeSha256;
use lambda_codesign_core::digest::{Threads, Workers};
use lambda_codesign_policy::{Region, Subject, Target};

use super::{Arguments, Judged};
use crate::aws::{ServiceArguments, service_fault};
use crate::fault::Fault;
use crate::judging::Judging;
use crate::pool;

/// What is judged instead of files.
#[derive(Debug, Args)]
#[command(next_help_heading = "Deployed code")]
pub(super) struct DeployedArguments {
    /// Judge what this function, its version or its alias runs.
    #[arg(long, value_name = "NAME[:QUALIFIER]", conflicts_with_all = ["packages", "layer", "subject", "account"])]
    function: Option<FunctionName>,
    /// Judge this version of a layer.
    #[arg(long, value_name = "ARN", conflicts_with_all = ["packages", "subject", "region", "account"])]
    layer: Option<LayerVersionArn>,
    #[command(flatten)]
    services: ServiceArguments,
}

/// Deployed code, or why it is not at hand.
pub(super) struct Fetched {
    name: String,
    pub(super) target: Target,
    code: Result<DeployedCode, Fault>,
}

/// Where code is, and what it has to be.
struct Place {
    location: Option<CodeLocation>,
    stated: CodeSha256,
}

const PATIENCE: Duration = Duration::from_secs(300);

impl DeployedArguments {
    /// Fetches what is named; nothing where files are.
    pub(super) fn fetch(&self, arguments: &Arguments) -> Result<Option<Fetched>, Fault> {
        let region: Option<Region> = match (&self.function, &self.layer) {
            (None, None) => return Ok(None),
            (_, Some(layer)) => Some(layer.region().clone()),
            (Some(function), None) => {
                arguments.judging.target.region().cloned().or_else(|| function.region())
            }
        };
        let services = self.services.connect(region.as_ref())?;
        let fetching = async {
            match (&self.function, &self.layer) {
                (_, Some(layer)) => Ok(Some(self::layer(&services.connection, layer).await)),
                (Some(function), None) => Ok(Some(self::function(&services.connection, function).await)),
                (None, None) => Ok(None),
            }
        };
        services.run(fetching, || {
            Fault::new("the deployed code was not judged", "it was interrupted", "run it again")
        })
    }
}

async fn function(connection: &Connection, name: &FunctionName) -> Fetched {
    let what = format!("could not read the code of {name}");
    let unread = |fault| Fetched { name: name.to_string(), target: Target::default(), code: Err(fault) };
    let found = match deployed::function(&connection.lambda, name.name(), name.qualifier()).await {
        Ok(found) => found,
        Err(error) if error.is("ResourceNotFoundException") => return unread(absent(&what, &error)),
        Err(error) => return unread(service_fault(what, &error)),
    };
    let arn = &found.function.arn;
    let target = Target {
        subject: Some(Subject::Function(arn.name().clone())),
        region: Some(arn.region().clone()),
        account: Some(arn.account().clone()),
    };
    let code = match (found.function.package, found.function.code_sha256) {
        (Package::Image, _) | (Package::Zip, None) => Err(Fault::new(
            what,
            "it is a container image, to which code signing does not apply",
            "verify the image with the tool that signed it",
        )),
        (Package::Zip, Some(stated)) => {
            code(connection, Place { location: found.location, stated }, &what).await
        }
    };
    let qualifier = name.qualifier().map(|qualifier| format!(":{qualifier}")).unwrap_or_default();
    Fetched { name: format!("{arn}{qualifier}"), target, code }
}

async fn layer(connection: &Connection, arn: &LayerVersionArn) -> Fetched {
    let what = format!("could not read the code of {arn}");
    let target = Target {
        subject: Some(Subject::Layer(arn.name().clone())),
        region: Some(arn.region().clone()),
        account: Some(arn.account().clone()),
    };
    let code = match deployed::layer(&connection.lambda, arn).await {
        Ok(layer) => {
            let place = Place { location: layer.location, stated: layer.code_sha256 };
            code(connection, place, &what).await
        }
        Err(error) if error.is("ResourceNotFoundException") => Err(absent(&what, &error)),
        Err(error) => Err(service_fault(what, &error)),
    };
    Fetched { name: arn.to_string(), target, code }
}

fn absent(what: &str, error: &ServiceError) -> Fault {
    Fault::new(what, error, "check the name, the version or alias, the region and the account")
}

async fn code(connection: &Connection, place: Place, what: &str) -> Result<DeployedCode, Fault> {
    let (limit, deadline) = (Limits::default().package_size, Deadline::after(PATIENCE));
    let location = place.location.as_ref();
    let fetched = DeployedCode::fetch(&connection.downloads, location, place.stated, limit, deadline).await;
    fetched.map_err(|error: CodeError| Fault::of(what, &error, error.remedy()))
}

impl Fetched {
    /// The row of code that could not be read.
    pub(super) fn unread(&self) -> Option<Judged> {
        let fault = self.code.as_ref().err()?;
        Some(Judged::without(self.name.clone(), Err(fault.clone())))
    }

    pub(super) fn judge(self, judging: &Judging<'_>) -> Judged {
        let threads = match pool::default_jobs() {
            cores if cores.get() > 1 => Threads::Several(Workers::for_cores(cores)),
            _ => Threads::One,
        };
        let evidence = judging.evidence();
        match self.code {
            Ok(code) => {
                let verdict = judging.verifier.verify_on(threads, code.bytes(), evidence);
                Judged::of(self.name, code.bytes(), verdict)
            }
            Err(fault) => Judged::without(self.name, Err(fault)),
        }
    }
}
