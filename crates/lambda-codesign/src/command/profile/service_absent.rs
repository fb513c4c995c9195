//! Profiles of AWS Signer, in a build that speaks to no service.

use super::{Command, Row, Withdraw};
use crate::aws::{AwsArguments, absent};
use crate::fault::Fault;
use crate::profile_arguments::SigningProfile;

pub(super) fn row(command: &Command) -> Result<Option<Row>, Fault> {
    match command {
        Command::Create { profile: SigningProfile::Aws(name), .. }
        | Command::Show { profile: SigningProfile::Aws(name), .. }
        | Command::Withdraw(Withdraw::Cancel { profile: SigningProfile::Aws(name), .. }) => {
            Err(absent(format_args!("use the AWS Signer profile {name}")))
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

pub(super) fn list(_: &AwsArguments) -> Result<Vec<Row>, Fault> {
    Err(absent("list the profiles of AWS Signer"))
}
