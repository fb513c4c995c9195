//! Profiles of AWS Signer.

use lambda_codesign_aws::profile::{self, SigningProfile as Described, Status, Unit, Validity as Period};
use lambda_codesign_core::claims::AccountId;
use lambda_codesign_signing::name::ProfileName;
use lambda_codesign_signing::validity::{Unit as Counted, Validity};

use super::{Command, Row, Withdraw};
use crate::aws::{AwsArguments, Services, service_fault};
use crate::fault::Fault;
use crate::profile_arguments::SigningProfile;

/// What a command about one profile of AWS Signer answers; nothing where it is about a local one.
pub(super) fn row(command: &Command) -> Result<Option<Row>, Fault> {
    match command {
        Command::Create { profile: SigningProfile::Aws(name), validity, aws } => {
            create(&aws.connect()?, name, *validity).map(Some)
        }
        Command::Show { profile: SigningProfile::Aws(name), trust_root: false, profile_owner, aws } => {
            show(&aws.connect()?, name, profile_owner.as_ref()).map(Some)
        }
        Command::Show { profile: SigningProfile::Aws(name), trust_root: true, .. } => Err(Fault::usage(
            format!("the AWS Signer profile {name} has no root of its own"),
            "AWS Signer signs under AWS's root, which is built in",
            "leave out --trust-root",
        )),
        Command::Withdraw(Withdraw::Cancel { profile: SigningProfile::Aws(name), aws }) => {
            cancel(&aws.connect()?, name).map(Some)
        }
        Command::Create { .. }
        | Command::Show { .. }
        | Command::List { .. }
        | Command::Withdraw(_)
        | Command::Revocations { .. }
        | Command::Export { .. }
        | Command::Import { .. } => Ok(None),
    }
}

/// Every profile for Lambda.
pub(super) fn list(aws: &AwsArguments) -> Result<Vec<Row>, Fault> {
    let services = aws.connect()?;
    let listing = async {
        let listed = profile::list(&services.connection.signer).await;
        listed.map_err(|error| service_fault("could not list the profiles", &error))
    };
    let listed = services.run(listing, || interrupted("could not list the profiles"))?;
    Ok(listed.iter().map(Row::described).collect())
}

fn create(services: &Services, name: &ProfileName, validity: Validity) -> Result<Row, Fault> {
    let what = format!("could not create the AWS Signer profile {name}");
    let creating = async {
        let signer = &services.connection.signer;
        profile::create(signer, name.as_str(), Some(period(validity)))
            .await
            .map_err(|error| service_fault(&what, &error))?;
        profile::get(signer, name.as_str(), None).await.map_err(|error| service_fault(&what, &error))
    };
    services.run(creating, || interrupted(&what)).map(|made| Row::described(&made))
}

fn show(services: &Services, name: &ProfileName, owner: Option<&AccountId>) -> Result<Row, Fault> {
    let what = format!("could not show the AWS Signer profile {name}");
    let looking = async {
        let found = profile::get(&services.connection.signer, name.as_str(), owner).await;
        found.map_err(|error| service_fault(&what, &error))
    };
    services.run(looking, || interrupted(&what)).map(|found| Row::described(&found))
}

fn cancel(services: &Services, name: &ProfileName) -> Result<Row, Fault> {
    let what = format!("could not cancel the AWS Signer profile {name}");
    let cancelling = async {
        let signer = &services.connection.signer;
        profile::cancel(signer, name.as_str()).await.map_err(|error| service_fault(&what, &error))?;
        profile::get(signer, name.as_str(), None).await.map_err(|error| service_fault(&what, &error))
    };
    services.run(cancelling, || interrupted(&what)).map(|found| Row::described(&found))
}

fn interrupted(what: &str) -> Fault {
    Fault::new(what, "it was interrupted", "look at the profile before you run it again")
}

fn period(validity: Validity) -> Period {
    let unit = match validity.unit() {
        Counted::Days => Unit::Days,
        Counted::Months => Unit::Months,
        Counted::Years => Unit::Years,
    };
    Period { value: validity.value(), unit }
}

impl Row {
    fn described(profile: &Described) -> Self {
        Self {
            name: profile.name.clone(),
            signing_profile_version_arn: Some(profile.version.to_string()),
            validity: profile.validity.map(|validity| validity.to_string()),
            created: None,
            status: match profile.status {
                Status::Active => "active",
                Status::Canceled => "canceled",
                Status::Revoked => "revoked",
            },
            revoked_from: profile.revoked_from.map(|from| from.to_string()),
        }
    }
}
