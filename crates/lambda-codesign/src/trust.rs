//! The roots that the command line names.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use lambda_codesign_core::chain::{TrustRoots, Vouches};
use lambda_codesign_core::claims::{PatternError, PublisherPattern};

use crate::fault::{Fault, escaped};
use crate::input;

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
struct GivenRoot {
    file: PathBuf,
    vouches: Vouches,
}

impl FromStr for GivenRoot {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        match text.rsplit_once("=arn:") {
            None => Ok(Self { file: text.into(), vouches: Vouches::All }),
            Some((file, pattern)) => {
                let pattern: PublisherPattern = format!("arn:{pattern}").parse()?;
                Ok(Self { file: file.into(), vouches: Vouches::Matching(pattern) })
            }
        }
    }
}

impl TrustArguments {
    /// The set of trusted roots, which must not be empty.
    pub(crate) fn roots(&self) -> Result<TrustRoots, Fault> {
        let mut roots = if self.no_aws_root { TrustRoots::none() } else { TrustRoots::aws() };
        for GivenRoot { file, vouches } in &self.given {
            let pem = input::read_small(file, "trust root")?;
            roots.add_pem(&pem, vouches).map_err(|error| {
                Fault::new(
                    format!("can't trust the root {}", escaped(&file.to_string_lossy())),
                    error,
                    "give the root certificate as one PEM file, as `profile show local:NAME --trust-root` prints it",
                )
            })?;
        }
        if roots.iter().next().is_none() {
            return Err(Fault::usage(
                "no root is trusted",
                "--no-aws-root was given, and no --trust-root",
                "name the root that signed your packages with --trust-root",
            ));
        }
        Ok(roots)
    }
}
