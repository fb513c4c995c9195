//! How commands reach the services.

use std::future::Future;

use clap::Args;
use lambda_codesign_aws::connection::{Connection, ConnectionError, Settings};
use lambda_codesign_aws::service::ServiceError;
use lambda_codesign_policy::Region;
use tokio::runtime::Runtime;

use crate::fault::Fault;

/// How the services are reached, but for the region.
#[derive(Debug, Args)]
#[command(next_help_heading = "AWS")]
pub(crate) struct ServiceArguments {
    /// The profile of the AWS configuration files [default: `AWS_PROFILE`, or as the AWS SDKs find credentials].
    #[arg(long, value_name = "NAME")]
    aws_profile: Option<String>,
    /// Where the services are, instead of AWS; `lambda-codesign sandbox` prints its own [default: `AWS_ENDPOINT_URL`].
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
}

/// How the services are reached.
#[derive(Debug, Args)]
#[command(next_help_heading = "AWS")]
pub(crate) struct AwsArguments {
    #[command(flatten)]
    services: ServiceArguments,
    /// The region [default: `AWS_REGION`, or that of the AWS profile].
    #[arg(long, value_name = "REGION")]
    region: Option<Region>,
}

/// Clients and what runs their calls.
pub(crate) struct Services {
    runtime: Runtime,
    pub(crate) connection: Connection,
}

impl ServiceArguments {
    /// Clients for this region; where none is given, the SDKs' own search finds one.
    pub(crate) fn connect(&self, region: Option<&Region>) -> Result<Services, Fault> {
        let runtime =
            Runtime::new().map_err(|error| Fault::new("AWS can't be called", error, "try again"))?;
        let settings = Settings {
            profile: self.aws_profile.clone(),
            region: region.map(ToString::to_string),
            endpoint_url: self.endpoint_url.clone(),
        };
        let connection =
            runtime.block_on(Connection::open(&settings)).map_err(|error| connection_fault(&error))?;
        Ok(Services { runtime, connection })
    }
}

impl AwsArguments {
    pub(crate) fn connect(&self) -> Result<Services, Fault> {
        self.connect_near(None)
    }

    /// Clients for the region that is named, or else for that of what they are for.
    pub(crate) fn connect_near(&self, home: Option<&Region>) -> Result<Services, Fault> {
        self.services.connect(self.region.as_ref().or(home))
    }
}

impl Services {
    /// Does the work, unless it is interrupted: then what `interrupted` says was done is the fault.
    pub(crate) fn run<T>(
        &self,
        work: impl Future<Output = Result<T, Fault>>,
        interrupted: impl FnOnce() -> Fault,
    ) -> Result<T, Fault> {
        self.runtime.block_on(async {
            tokio::select! {
                done = work => done,
                _signal = tokio::signal::ctrl_c() => Err(interrupted()),
            }
        })
    }
}

fn connection_fault(error: &ConnectionError) -> Fault {
    Fault::of("can't connect to AWS", error, error.remedy())
}

/// The fault of a call, for what it was made.
pub(crate) fn service_fault(what: impl Into<String>, error: &ServiceError) -> Fault {
    Fault::of(what, error, error.remedy())
}
