//! What stands in for the services in a build that speaks to none.

#[cfg(feature = "signing")]
use core::fmt;

use clap::Args;

#[cfg(feature = "signing")]
use crate::fault::Fault;

/// No arguments.
#[derive(Debug, Args)]
pub(crate) struct AwsArguments {}

/// That this build can't do something.
#[cfg(feature = "signing")]
pub(crate) fn absent(what: impl fmt::Display) -> Fault {
    Fault::usage(
        format!("can't {what}"),
        "this build speaks to no service",
        "take a build with the feature `services`, as the releases are",
    )
}
