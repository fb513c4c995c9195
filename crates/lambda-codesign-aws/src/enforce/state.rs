//! What an account has in one region.

use std::collections::{BTreeMap, BTreeSet};

use lambda_codesign_core::claims::{AccountId, ProfileVersionArn};
use lambda_codesign_policy::{Name, OWNER_TAG, Region};

use crate::config::{self, Config};
use crate::connection::Connection;
use crate::deployed::Function;
use crate::inventory::{self, FunctionPages};
use crate::name::{ConfigArn, FunctionArn};
use crate::pace::Pace;
use crate::profile::{self, Status};
use crate::service::ServiceError;

/// Whose account and which of its regions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Here {
    /// The region.
    pub region: Region,
    /// The account.
    pub account: AccountId,
}

/// A config that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveConfig {
    /// What it says.
    pub config: Config,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The functions that have it attached.
    pub functions: BTreeSet<FunctionArn>,
}

/// What an account had in one region while it was read, which takes some time: somebody may have changed it meanwhile.
#[derive(Clone, Debug)]
pub struct State {
    /// Where.
    pub here: Here,
    /// Its configs.
    pub configs: BTreeMap<ConfigArn, LiveConfig>,
    /// The versions of its signing profiles, but for those that are revoked.
    pub profiles: Vec<ProfileVersionArn>,
    /// Its functions.
    pub functions: BTreeMap<FunctionArn, Function>,
}

impl LiveConfig {
    /// The name of the file's config that it is tagged as.
    #[must_use]
    pub fn owner(&self) -> Option<Name> {
        self.tags.get(OWNER_TAG)?.parse().ok()
    }
}

impl State {
    /// Reads the account at a pace. The account is asked for nothing but what lists and tags say: two requests a config,
    /// and one for each fifty functions.
    ///
    /// # Errors
    /// A service refuses or does not answer.
    pub async fn read(connection: &Connection, here: Here, pace: &Pace) -> Result<Self, ServiceError> {
        let (configs, functions, profiles) = tokio::try_join!(
            configs(connection, pace),
            functions(connection, pace),
            profiles(connection, pace)
        )?;
        Ok(Self { here, configs, profiles, functions })
    }

    /// The config that a function has attached.
    #[must_use]
    pub fn config_of(&self, function: &FunctionArn) -> Option<&LiveConfig> {
        self.configs.values().find(|config| config.functions.contains(function))
    }
}

async fn configs(
    connection: &Connection,
    pace: &Pace,
) -> Result<BTreeMap<ConfigArn, LiveConfig>, ServiceError> {
    let mut live = BTreeMap::new();
    for config in inventory::configs(&connection.lambda, pace).await? {
        match rest(connection, pace, config).await {
            Ok(config) => _ = live.insert(config.config.arn.clone(), config),
            // It was deleted since it was listed.
            Err(error) if error.has_status(404) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(live)
}

/// What the list of configs does not say of one.
async fn rest(connection: &Connection, pace: &Pace, config: Config) -> Result<LiveConfig, ServiceError> {
    let functions = inventory::attached_to(&connection.lambda, pace, &config.arn).await?;
    pace.turn().await;
    let tags = config::tags(&connection.lambda, &config.arn).await?;
    Ok(LiveConfig { config, tags, functions: functions.into_iter().collect() })
}

async fn functions(
    connection: &Connection,
    pace: &Pace,
) -> Result<BTreeMap<FunctionArn, Function>, ServiceError> {
    let mut pages = FunctionPages::new(&connection.lambda, pace);
    let mut functions = BTreeMap::new();
    while let Some(page) = pages.next().await? {
        functions.extend(page.into_iter().map(|function| (function.arn.clone(), function)));
    }
    Ok(functions)
}

async fn profiles(connection: &Connection, pace: &Pace) -> Result<Vec<ProfileVersionArn>, ServiceError> {
    pace.turn().await;
    let listed = profile::list(&connection.signer).await?;
    // What a canceled profile signed stays valid, so a pattern means it as `verify` does.
    let counts = |status| match status {
        Status::Active | Status::Canceled => true,
        Status::Revoked => false,
    };
    Ok(listed.into_iter().filter(|profile| counts(profile.status)).map(|profile| profile.version).collect())
}
