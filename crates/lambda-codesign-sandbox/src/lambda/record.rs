//! What is kept of functions, versions, aliases, layers and configs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::LambdaError;
use super::settings::Settings;
use crate::store::{Blob, StoreError, Table, Write};

pub(super) type Tags = BTreeMap<String, String>;

pub(super) const FUNCTIONS: Table<Function> = Table::new("lambda-functions");
pub(super) const VERSIONS: Table<Deployed> = Table::new("lambda-versions");
pub(super) const ALIASES: Table<Alias> = Table::new("lambda-aliases");
/// The number of the latest version that a layer ever had.
pub(super) const LAYERS: Table<u64> = Table::new("lambda-layers");
pub(super) const LAYER_VERSIONS: Table<LayerVersion> = Table::new("lambda-layer-versions");
pub(super) const CONFIGS: Table<Config> = Table::new("lambda-code-signing-configs");
/// The code behind a location, by its token.
pub(super) const LOCATIONS: Table<Blob> = Table::new("lambda-code-locations");

/// A function.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Function {
    /// `$LATEST`.
    pub(super) latest: Deployed,
    /// The ARN of the config that is attached.
    pub(super) config: Option<String>,
    /// The number of the last version that was published.
    pub(super) published: u64,
    pub(super) tags: Tags,
}

/// Code and configuration that belong together: `$LATEST` or a version.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Deployed {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) package: Package,
    pub(super) layers: Vec<AttachedLayer>,
    pub(super) settings: Settings,
    pub(super) revision: String,
    pub(super) created: Timestamp,
    /// When the last update began.
    pub(super) updated: Option<Timestamp>,
}

impl Deployed {
    /// When code or configuration changed last.
    pub(super) fn modified(&self) -> Timestamp {
        self.updated.unwrap_or(self.created)
    }
}

/// What a function runs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Package {
    Zip(Code),
    /// Code signing does not apply to it (BEHAVIOUR.md "Lambda").
    Image {
        uri: String,
        sha256: String,
    },
}

impl Package {
    /// The code, where there is any that can be signed.
    pub(super) const fn code(&self) -> Option<&Code> {
        match self {
            Self::Zip(code) => Some(code),
            Self::Image { .. } => None,
        }
    }

    pub(super) fn sha256(&self) -> &str {
        match self {
            Self::Zip(code) => &code.sha256,
            Self::Image { sha256, .. } => sha256,
        }
    }
}

/// A zip, and what was read of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Code {
    pub(super) blob: Blob,
    /// What its location ends in.
    pub(super) token: String,
    /// In base64, as the API has it.
    pub(super) sha256: String,
    /// The bytes once unzipped, as its directory declares them.
    pub(super) unzipped: u64,
    pub(super) signed: Option<SignedBy>,
}

/// The two ARNs of an authentic signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SignedBy {
    pub(super) profile_version: String,
    pub(super) job: String,
}

impl Code {
    /// Claims the bytes for one more record and gives them a location.
    pub(super) fn keep(&mut self, write: &Write) -> Result<(), StoreError> {
        write.claim(self.blob)?;
        self.token = uuid::Uuid::new_v4().simple().to_string();
        write.put(&LOCATIONS, &self.token, &self.blob)
    }

    /// Gives the bytes of one record up.
    pub(super) fn give_up(&self, write: &Write) -> Result<(), StoreError> {
        write.remove(&LOCATIONS, &self.token)?;
        write.give_up(self.blob)
    }
}

/// A layer as a function refers to it; it stays usable when the layer version is deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AttachedLayer {
    pub(super) arn: String,
    pub(super) blob: Blob,
    pub(super) unzipped: u64,
    pub(super) signed: Option<SignedBy>,
}

/// An alias.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Alias {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) description: String,
    /// The weights of other versions.
    pub(super) weights: BTreeMap<String, f64>,
    pub(super) revision: String,
}

/// A version of a layer.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct LayerVersion {
    pub(super) layer: String,
    pub(super) version: u64,
    pub(super) code: Code,
    pub(super) description: String,
    pub(super) created: Timestamp,
    pub(super) runtimes: Vec<String>,
    pub(super) architectures: Vec<String>,
    pub(super) license: Option<String>,
}

/// A code signing config.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Config {
    pub(super) id: String,
    pub(super) arn: String,
    pub(super) description: Option<String>,
    pub(super) publishers: Vec<String>,
    pub(super) policy: UntrustedArtifact,
    pub(super) modified: Timestamp,
    pub(super) tags: Tags,
}

/// What a config does with an untrusted artifact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum UntrustedArtifact {
    #[default]
    Warn,
    Enforce,
}

/// A new revision id.
pub(super) fn revision() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// A time as Lambda writes it.
pub(super) fn written(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.3f+0000").to_string()
}

/// That a guard names the revision there is.
pub(super) fn guarded(asked: Option<&str>, revision: &str) -> Result<(), LambdaError> {
    match asked {
        Some(asked) if asked != revision => Err(LambdaError::PreconditionFailed),
        Some(_) | None => Ok(()),
    }
}
