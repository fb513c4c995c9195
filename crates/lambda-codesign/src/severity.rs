//! How much what was found matters, and from where on a command fails by it.

use clap::ValueEnum;
#[cfg(feature = "services")]
use lambda_codesign_aws::audit;

/// How much it matters, in the words of `audit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    Low,
    Medium,
    High,
}

/// From which severity on what was found is a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Low,
    Medium,
    High,
    Never,
}

#[cfg(feature = "services")]
impl From<audit::Severity> for Severity {
    fn from(severity: audit::Severity) -> Self {
        match severity {
            audit::Severity::Low => Self::Low,
            audit::Severity::Medium => Self::Medium,
            audit::Severity::High => Self::High,
        }
    }
}

impl FailOn {
    /// Whether something so bad is a failure.
    pub(crate) fn fails(self, severity: Severity) -> bool {
        let least = match self {
            Self::Low => Severity::Low,
            Self::Medium => Severity::Medium,
            Self::High => Severity::High,
            Self::Never => return false,
        };
        severity >= least
    }
}
