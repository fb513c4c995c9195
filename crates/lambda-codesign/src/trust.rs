//! The roots that the command line names.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use lambda_codesign_core::chain::{TrustRoots, Vouches};
use lambda_codesign_core::claims::{PatternError, PublisherPattern};

use crate::fault::{Fault, escaped};
use crate::input;
use crate::judging::widens;
use crate::policy_file::LoadedPolicy;

/// Which roots are trusted.
#[derive(Debug, Args)]
#[command(next_help_heading = "Trust")]
pub(crate) struct TrustArguments {
    /// Trust the root in this PEM file, for the publishers that PATTERN matches (for all, where none is given).
    #[arg(long = "trust-root", value_name = "PEM[=PATTERN]")]
    given: Vec<GivenRoot>,
    /// Do not trust AWS Signer's own root, which is built in.
    #[arg(long)]
    no_aws_root: bool,
}

/// A root file, and the publishers that it vouches for.
#[derive(Debug, Clone)]
pub(crate) struct GivenRoot {
    file: PathBuf,
    vouches: Vouches,
}

impl FromStr for GivenRoot {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        // A file may have `=` in its name; what no file is called ends in a pattern.
        match text.rsplit_once('=').filter(|_| !Path::new(text).exists()) {
            None => Ok(Self { file: text.into(), vouches: Vouches::All }),
            Some((file, pattern)) => {
                let pattern: PublisherPattern = pattern.parse()?;
                Ok(Self { file: file.into(), vouches: Vouches::Matching(pattern) })
            }
        }
    }
}

impl GivenRoot {
    /// Trusts it beside those that are.
    pub(crate) fn add_to(&self, roots: &mut TrustRoots) -> Result<(), Fault> {
        let pem = input::read_small(&self.file, "trust root")?;
        roots.add_pem(&pem, &self.vouches).map_err(|error| {
            Fault::new(
                format!("can't trust the root {}", escaped(&self.file.to_string_lossy())),
                error,
                "give the root certificate as one PEM file, as `profile show local:NAME --trust-root` prints it",
            )
        })
    }
}

impl TrustArguments {
    /// The set of trusted roots, which must not be empty.
    pub(crate) fn roots(&self) -> Result<TrustRoots, Fault> {
        self.roots_beside(None)
    }

    /// The set of trusted roots beside a policy file: what the file says of trust is the whole of it.
    pub(crate) fn roots_beside(&self, file: Option<&LoadedPolicy>) -> Result<TrustRoots, Fault> {
        let mut roots = match file.filter(|loaded| loaded.file.trust.is_some()) {
            Some(_) if !self.given.is_empty() => {
                return Err(widens("--trust-root", "the policy file says which roots are trusted"));
            }
            Some(loaded) => loaded.roots()?,
            None => TrustRoots::aws(),
        };
        if self.no_aws_root {
            roots = roots.without_aws();
        }
        self.given.iter().try_for_each(|root| root.add_to(&mut roots))?;
        if roots.iter().next().is_none() {
            return Err(Fault::usage(
                "no root is trusted",
                "--no-aws-root was given, and no other root is named",
                "name the root that signed your packages with --trust-root",
            ));
        }
        Ok(roots)
    }
}
