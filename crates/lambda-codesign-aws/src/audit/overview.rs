//! The configs of a region, and the account's profiles.

use std::collections::{BTreeMap, BTreeSet};

use lambda_codesign_core::claims::ProfileVersionArn;
use lambda_codesign_core::policy::Mode;

use super::{Problem, Row};
use crate::config::Config;
use crate::connection::Connection;
use crate::inventory;
use crate::name::FunctionArn;
use crate::pace::Pace;
use crate::profile::{self, SigningProfile};
use crate::service::ServiceError;

/// What is read once for a region.
pub(super) struct Overview {
    configs: Vec<Config>,
    /// Each function's config, by its place in the list.
    attached: BTreeMap<FunctionArn, usize>,
    profiles: Vec<SigningProfile>,
}

impl Overview {
    pub(super) async fn read(connection: &Connection, pace: &Pace) -> Result<Self, ServiceError> {
        let configs = inventory::configs(&connection.lambda, pace).await?;
        let mut attached = BTreeMap::new();
        for (place, config) in configs.iter().enumerate() {
            for function in inventory::attached_to(&connection.lambda, pace, &config.arn).await? {
                attached.insert(function, place);
            }
        }
        let profiles = profile::list(&connection.signer).await?;
        Ok(Self { configs, attached, profiles })
    }

    /// The config of a function.
    pub(super) fn config(&self, function: &FunctionArn) -> Option<&Config> {
        self.attached.get(function).and_then(|place| self.configs.get(*place))
    }

    /// The profile of a version, where this account has it in this region.
    pub(super) fn profile(&self, version: &ProfileVersionArn) -> Option<&SigningProfile> {
        self.profiles.iter().find(|profile| profile.version == *version)
    }

    /// What there is to say of each config.
    pub(super) fn rows(&self, region: &str) -> Vec<Row> {
        let used: BTreeSet<usize> = self.attached.values().copied().collect();
        let rows = self.configs.iter().enumerate().map(|(place, config)| {
            let mut row = Row { config: Some(config.arn.to_string()), ..Row::of_region(region) };
            if !used.contains(&place) {
                row.add(Problem::ConfigUnused);
            }
            for publisher in &config.publishers {
                if self.lacks(publisher, region) {
                    row.add(Problem::NoSuchPublisher { arn: publisher.clone() });
                }
            }
            row
        });
        rows.filter(|row| !row.findings.is_empty()).collect()
    }

    /// Whether a publisher would be one of this account and region, and is not there. Lambda takes any.
    fn lacks(&self, publisher: &str, region: &str) -> bool {
        let Ok(version) = publisher.parse::<ProfileVersionArn>() else { return true };
        let own = self.configs.first().and_then(|config| config.arn.as_str().split(':').nth(4));
        let is_own = own == Some(version.account().as_str()) && version.region() == region;
        is_own && self.profile(&version).is_none()
    }
}

/// Whether a config takes this publisher's code. It may name one without a version, which stands for any.
pub(super) fn takes(config: &Config, publisher: &ProfileVersionArn) -> bool {
    config.publishers.iter().any(|taken| {
        let rest = publisher.as_str().strip_prefix(taken.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Whether a config only logs.
pub(super) fn only_warns(config: &Config) -> bool {
    config.mode == Mode::Warn
}
