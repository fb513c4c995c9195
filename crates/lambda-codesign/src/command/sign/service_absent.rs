//! Signing with AWS Signer, in a build that speaks to no service.

use std::num::NonZeroUsize;

use clap::Args;
use lambda_codesign_core::digest::Threads;
use lambda_codesign_signing::name::ProfileName;

use super::{Arguments, Done, Task};
use crate::aws::absent;
use crate::fault::Fault;
use crate::pool;

/// No arguments.
#[derive(Debug, Args)]
pub(crate) struct SignerArguments {}

/// There is none.
pub(crate) enum Service {}

impl SignerArguments {
    pub(super) fn open(&self, name: &ProfileName) -> Result<Service, Fault> {
        Err(absent(format_args!("sign with the AWS Signer profile {name}")))
    }
}

pub(super) fn jobs(_: &[Task]) -> NonZeroUsize {
    pool::default_jobs()
}

impl Arguments {
    pub(super) fn sign_by_job(&self, _: &Task, service: &Service, _: Threads) -> Result<Done, Fault> {
        match *service {}
    }
}
