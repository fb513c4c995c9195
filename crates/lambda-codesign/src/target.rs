//! What a package is for, as the command line says it.

use clap::Args;
use lambda_codesign_core::claims::AccountId;
use lambda_codesign_policy::{Region, Target};

/// What a package is for.
#[derive(Debug, Args)]
#[command(next_help_heading = "Target")]
pub(crate) struct TargetArguments {
    /// What the package is for: function:NAME or NAME, layer:NAME, or an ARN, which says region and account too.
    #[arg(long = "for", value_name = "NAME")]
    subject: Option<Target>,
    /// The region that it is for [default: `AWS_REGION`].
    #[arg(long, value_name = "REGION")]
    region: Option<Region>,
    /// The account that it is for.
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<AccountId>,
}

impl TargetArguments {
    /// The region that is named.
    #[cfg(feature = "services")]
    pub(crate) const fn region(&self) -> Option<&Region> {
        self.region.as_ref()
    }

    /// What is known of the target: what an ARN says comes first, what the environment says last.
    pub(crate) fn target(&self) -> Target {
        // What is no region tells nothing; a rule that depends on it asks.
        let around = || std::env::var("AWS_REGION").ok().and_then(|region| region.parse().ok());
        let named = self.subject.clone().unwrap_or_default();
        let region = self.region.clone().or_else(around);
        named.or(Target { subject: None, region, account: self.account.clone() })
    }
}
