//! How the command line names signing profiles, and where local ones are kept.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use lambda_codesign_signing::name::{NameError, ProfileName};
use lambda_codesign_signing::profile::{Profile, ProfileError, ProfileStore};

use crate::fault::Fault;

/// A signing profile: `local:NAME`, or `NAME` of AWS Signer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SigningProfile {
    Local(ProfileName),
    Aws(ProfileName),
}

impl FromStr for SigningProfile {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        match text.strip_prefix("local:") {
            Some(name) => name.parse().map(Self::Local),
            None => text.parse().map(Self::Aws),
        }
    }
}

impl SigningProfile {
    /// The name of a local profile.
    pub(crate) fn local(&self) -> Result<&ProfileName, Fault> {
        match self {
            Self::Local(name) => Ok(name),
            Self::Aws(name) => Err(Fault::new(
                format!("can't use the AWS Signer profile {name}"),
                "this is about local profiles alone",
                format!("name one, such as local:{name}"),
            )),
        }
    }
}

/// Where local profiles are kept.
#[derive(Debug, Args)]
pub(crate) struct ProfileFolder {
    /// The folder of local profiles [default: the platform's data folder].
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "LAMBDA_CODESIGN_PROFILE_DIR",
        hide_env_values = true
    )]
    profile_dir: Option<PathBuf>,
}

impl ProfileFolder {
    pub(crate) fn store(&self) -> Result<ProfileStore, Fault> {
        let folder = match &self.profile_dir {
            Some(folder) => folder.clone(),
            None => default_folder()?,
        };
        ProfileStore::open(&folder).map_err(|error| profile_fault(&error))
    }

    pub(crate) fn profile(&self, profile: &SigningProfile) -> Result<Profile, Fault> {
        self.store()?.profile(profile.local()?).map_err(|error| profile_fault(&error))
    }
}

/// XDG Base Directory Specification; `~/Library/Application Support` on macOS.
fn default_folder() -> Result<PathBuf, Fault> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = match variable("XDG_DATA_HOME").filter(|folder| folder.is_absolute()) {
        Some(data) => Some(data),
        None if cfg!(target_os = "macos") => {
            variable("HOME").map(|home| home.join("Library/Application Support"))
        }
        None if cfg!(windows) => variable("LOCALAPPDATA"),
        None => variable("HOME").map(|home| home.join(".local/share")),
    };
    data.map(|data| data.join("lambda-codesign/profiles")).ok_or_else(|| {
        Fault::new(
            "there is no folder for local profiles",
            "neither --profile-dir nor HOME says where",
            "name one with --profile-dir",
        )
    })
}

pub(crate) fn profile_fault(error: &ProfileError) -> Fault {
    Fault::of("can't use the signing profile", error, error.remedy())
}
