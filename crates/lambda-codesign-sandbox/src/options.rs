//! How a sandbox is started.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a sandbox is started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it listens; port 0 takes a free one. Any address but loopback needs [`Signatures::Required`].
    pub listen: SocketAddr,
    /// The file that keeps what was acknowledged; a temporary one where none is given.
    pub state: Option<PathBuf>,
    /// How long a function stays `Pending` or `InProgress`.
    pub transition: Duration,
    /// How long a signing job stays `InProgress`.
    pub job: Duration,
    /// What is asked of the signatures of requests.
    pub signatures: Signatures,
    /// The faults it begins with.
    pub faults: Faults,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            state: None,
            transition: Duration::ZERO,
            job: Duration::ZERO,
            signatures: Signatures::Parsed,
            faults: Faults::default(),
        }
    }
}

/// What is asked of the SigV4 signatures of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signatures {
    /// They say service, region and account; nobody proves them.
    Parsed,
    /// A request without a signature by the sandbox's own credentials is refused.
    Required,
}

/// Faults that requests meet on purpose, each at a rate in percent, drawn from a seed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Faults {
    /// The seed of the draws.
    pub seed: u64,
    /// Percent of requests that are answered with the service's throttling error.
    pub throttle: u8,
    /// Percent of requests that are answered with a 500.
    pub error: u8,
    /// Percent of requests whose connection is cut before they are carried out.
    pub cut: u8,
    /// Percent of requests that are carried out and whose connection is cut instead of an answer.
    pub cut_after: u8,
    /// Percent of requests that wait `slow_ms` first.
    pub slow: u8,
    /// How long slow requests wait, in milliseconds.
    pub slow_ms: u64,
    /// Cuts exactly this request, counted from 0 since the faults were set, once it was carried out.
    pub cut_request: Option<u64>,
    /// Cuts exactly this request, counted from 0 since the faults were set, before it is carried out.
    pub drop_request: Option<u64>,
}
