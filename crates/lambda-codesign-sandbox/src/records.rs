//! What the sandbox keeps of its judgements, in the manner of CloudTrail (BEHAVIOUR.md "Lambda").

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A judgement of one deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JudgementRecord {
    /// When.
    pub event_time: Timestamp,
    /// `CreateFunction20150331`, `UpdateFunctionCode20150331v2` or `UpdateFunctionConfiguration20150331v2`.
    pub event_name: String,
    /// The region.
    pub aws_region: String,
    /// The account.
    pub recipient_account_id: String,
    /// The function's ARN.
    pub function_arn: String,
    /// The error code where the deployment was refused.
    pub error_code: Option<String>,
    /// The error message where the deployment was refused.
    pub error_message: Option<String>,
    /// `signatureStatus` and the two ARNs; none where the deployment was refused or no config is attached.
    pub additional_event_data: Option<SignatureStatus>,
    /// Ours, and not CloudTrail's: the stable code of the check that failed, so that tests can ask for it.
    pub check: Option<String>,
}

/// What CloudTrail says of a signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignatureStatus {
    /// VALID, EXPIRED, MISMATCH or REVOKED.
    pub signature_status: String,
    /// The profile version that signed, where there is a valid signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing_profile_version_arn: Option<String>,
    /// The job that signed, where there is a valid signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing_job_arn: Option<String>,
}
