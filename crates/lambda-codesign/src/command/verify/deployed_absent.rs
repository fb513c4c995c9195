//! Deployed code, in a build that speaks to no service: there is none.

use std::convert::Infallible;

use clap::Args;
use lambda_codesign_policy::Target;

use super::{Arguments, Judged};
use crate::fault::Fault;
use crate::judging::Judging;

/// No arguments.
#[derive(Debug, Args)]
pub(super) struct DeployedArguments {}

/// Nothing is ever fetched.
pub(super) struct Fetched {
    pub(super) target: Target,
    never: Infallible,
}

impl DeployedArguments {
    pub(super) const fn fetch(&self, _: &Arguments) -> Result<Option<Fetched>, Fault> {
        Ok(None)
    }
}

impl Fetched {
    pub(super) const fn unread(&self) -> Option<Judged> {
        match self.never {}
    }

    pub(super) fn judge(self, _: &Judging<'_>) -> Judged {
        match self.never {}
    }
}
