//! What a configuration asks: an object of texts on standard input, each a flag without its dashes.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::PathBuf;

use clap::{ArgAction, CommandFactory as _, Parser};
use lambda_codesign_signing::validity::Validity;

use crate::aws::AwsArguments;
use crate::command::sign::DeskArguments;
use crate::fault::{Fault, escaped};
use crate::profile_arguments::{ProfileFolder, SigningProfile};
use crate::trust::TrustArguments;

/// A query is some hundred bytes.
const LONGEST: u64 = 64 * 1024;

/// What is to be signed, and how.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true, disable_version_flag = true)]
pub(super) struct Query {
    /// The zip, or the folder to pack.
    #[arg(long)]
    pub(super) package: PathBuf,
    #[arg(long)]
    pub(super) signing_profile: SigningProfile,
    /// Where signed packages are kept.
    #[arg(long, default_value = ".terraform/lambda-codesign")]
    pub(super) out_dir: PathBuf,
    /// A signature that ends sooner is made anew.
    #[arg(long, default_value = "30days")]
    pub(super) renew_before: Validity,
    #[command(flatten)]
    pub(super) desk: DeskArguments,
    #[command(flatten)]
    pub(super) folder: ProfileFolder,
    #[command(flatten)]
    pub(super) trust: TrustArguments,
    #[command(flatten)]
    pub(super) aws: AwsArguments,
}

impl Query {
    /// Reads standard input to its end.
    pub(super) fn read() -> Result<Self, Fault> {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().take(LONGEST.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|error| wrong(error, "run it as the program of an `external` data source"))?;
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LONGEST {
            return Err(wrong("it is longer than any query", "give paths, not contents"));
        }
        Self::parse_object(&bytes)
    }

    fn parse_object(bytes: &[u8]) -> Result<Self, Fault> {
        let help = "write `query` as a map of texts, such as { package = \"app.zip\", signing_profile = \"local:dev\" }";
        let object: BTreeMap<String, String> = serde_json::from_slice(bytes)
            .map_err(|error| wrong(format!("it is no JSON object of texts: {error}"), help))?;
        let command = Self::command();
        let known = || command.get_arguments().filter(|argument| argument.get_long().is_some());
        let key = |argument: &clap::Arg| argument.get_long().unwrap_or_default().replace('-', "_");
        let mut line = Vec::new();
        for (name, value) in &object {
            let Some(argument) = known().find(|argument| key(argument) == *name) else {
                let all: Vec<String> = known().map(key).collect();
                let why = format!("`{}` is no key of it", escaped(name));
                return Err(wrong(why, format!("use one of {}", all.join(", "))));
            };
            let flag = argument.get_long().unwrap_or_default();
            match (argument.get_action(), value.as_str()) {
                (ArgAction::SetTrue, "true") => line.push(format!("--{flag}")),
                (ArgAction::SetTrue, "false") => {}
                (ArgAction::SetTrue, _) => {
                    return Err(wrong(format!("`{name}` is neither true nor false"), "say which"));
                }
                // What is not given is often empty in a configuration.
                (_, "") => {}
                (_, value) => line.push(format!("--{flag}={value}")),
            }
        }
        Self::try_parse_from(line).map_err(|error| {
            // clap tells of flags; the reasons are the same.
            let text = error.render().to_string();
            let why = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
            wrong(escaped(&why), "mend the query of the data source")
        })
    }
}

fn wrong(why: impl std::fmt::Display, help: impl std::fmt::Display) -> Fault {
    Fault::usage("can't use the query on standard input", why.to_string(), help.to_string())
}

#[cfg(test)]
mod tests {
    use super::Query;

    fn why(json: &str) -> String {
        Query::parse_object(json.as_bytes())
            .map(|_| String::new())
            .unwrap_or_else(|fault| fault.why().to_owned())
    }

    #[test]
    fn a_query_is_an_object_of_texts_with_keys_that_are_known() {
        assert_eq!(why(r#"{"package": "a.zip", "signing_profile": "local:dev", "bucket": ""}"#), "");
        assert_eq!(why(r#"{"package": "--a=b", "signing_profile": "local:dev", "clean_up": "true"}"#), "");
        for (json, says) in [
            ("", "no JSON object"),
            ("[]", "no JSON object"),
            (r#"{"package": 1}"#, "no JSON object"),
            (r#"{"packages": "a.zip"}"#, "`packages` is no key of it"),
            (r#"{"package": "a.zip"}"#, "required"),
            (r#"{"package": "a.zip", "signing_profile": "local:"}"#, "signing-profile"),
            (
                r#"{"package": "a.zip", "signing_profile": "local:dev", "clean_up": "yes"}"#,
                "neither true nor false",
            ),
        ] {
            assert!(why(json).contains(says), "{json}: {}", why(json));
        }
    }
}
