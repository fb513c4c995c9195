//! The configuration of a function that code signing has no part in, kept and shown as it was given.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::{LambdaError, invalid};

/// What a request sets; what it does not name stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Settings {
    pub(super) runtime: Option<String>,
    pub(super) role: Option<String>,
    pub(super) handler: Option<String>,
    pub(super) description: Option<String>,
    pub(super) timeout: Option<u32>,
    pub(super) memory_size: Option<u32>,
    pub(super) architectures: Option<Vec<String>>,
    pub(super) environment: Option<Environment>,
    pub(super) tracing_config: Option<TracingConfig>,
    pub(super) ephemeral_storage: Option<EphemeralStorage>,
    pub(super) snap_start: Option<SnapStart>,
    pub(super) logging_config: Option<LoggingConfig>,
    pub(super) image_config: Option<ImageConfig>,
    pub(super) vpc_config: Option<VpcConfig>,
    pub(super) dead_letter_config: Option<DeadLetterConfig>,
    pub(super) file_system_configs: Option<Vec<FileSystemConfig>>,
    #[serde(rename = "KMSKeyArn")]
    pub(super) kms_key_arn: Option<String>,
}

macro_rules! shapes {
    ($($name:ident { $($field:ident: $of:ty),+ $(,)? })+) => {$(
        /// The structure of this name in the service model.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        pub(super) struct $name {
            $(#[serde(skip_serializing_if = "Option::is_none")] pub(super) $field: Option<$of>,)+
        }
    )+};
}

shapes! {
    Environment { variables: BTreeMap<String, String> }
    TracingConfig { mode: String }
    EphemeralStorage { size: u32 }
    SnapStart { apply_on: String }
    LoggingConfig {
        log_format: String,
        application_log_level: String,
        system_log_level: String,
        log_group: String,
    }
    ImageConfig { entry_point: Vec<String>, command: Vec<String>, working_directory: String }
    VpcConfig { subnet_ids: Vec<String>, security_group_ids: Vec<String>, ipv6_allowed_for_dual_stack: bool }
    DeadLetterConfig { target_arn: String }
    FileSystemConfig { arn: String, local_mount_path: String }
}

macro_rules! take_over {
    ($into:ident, $from:ident: $($field:ident),+) => {
        $(if $from.$field.is_some() { $into.$field = $from.$field; })+
    };
}

impl Settings {
    /// With what another names in the place of what was.
    pub(super) fn changed_by(mut self, change: Self) -> Self {
        take_over!(
            self, change: runtime, role, handler, description, timeout, memory_size, architectures, environment,
            tracing_config, ephemeral_storage, snap_start, logging_config, image_config, vpc_config,
            dead_letter_config, file_system_configs, kms_key_arn
        );
        self
    }

    /// That sizes and lengths are within what the model says.
    pub(super) fn checked(self) -> Result<Self, LambdaError> {
        if let Some(timeout) = self.timeout.filter(|timeout| !(1..=900).contains(timeout)) {
            let constraint = "Member must have value between 1 and 900, inclusive";
            return Err(invalid(&timeout.to_string(), "timeout", constraint));
        }
        if let Some(size) = self.memory_size.filter(|size| !(128..=10_240).contains(size)) {
            let constraint = "Member must have value between 128 and 10240, inclusive";
            return Err(invalid(&size.to_string(), "memorySize", constraint));
        }
        if let Some(text) = self.description.as_deref().filter(|text| text.chars().count() > 256) {
            let constraint = "Member must have length less than or equal to 256";
            return Err(invalid(text, "description", constraint));
        }
        let is_role =
            |role: &str| role.starts_with("arn:") && role.contains(":iam::") && role.contains(":role/");
        if let Some(role) = self.role.as_deref().filter(|role| !is_role(role)) {
            let constraint = "Member must satisfy regular expression pattern: \
                              arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+";
            return Err(invalid(role, "role", constraint));
        }
        Ok(self)
    }
}
