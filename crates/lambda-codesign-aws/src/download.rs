//! Deployed code, by the address that Lambda gives for it.

use core::fmt;
use std::time::Duration;

use lambda_codesign_core::text::Escaped;
use reqwest::Url;
use reqwest::redirect::Policy;

use crate::service::chain;
use crate::wait::{Deadline, Pauses};

/// A client for addresses that were given by Lambda.
#[derive(Clone, Debug)]
pub struct Downloads(reqwest::Client);

/// The client can't be made.
#[derive(Debug, thiserror::Error)]
#[error("downloads are not possible: {0}")]
pub struct DownloadsError(String);

/// Where Lambda says that code is.
///
/// Holding one proves that it is an https address, or one of this very machine. It does not prove what is there. Its
/// query grants access, so nothing shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeLocation(Url);

/// Why an address is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// It is no URL.
    #[error("it is not a URL")]
    Shape,
    /// Anybody on the way could read or change what comes.
    #[error("it is neither https nor an address of this machine")]
    Insecure,
}

/// Why code could not be fetched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DownloadError {
    /// There is more of it than a package may have.
    #[error("the code has more than {limit} bytes")]
    TooLarge {
        /// The most bytes that are taken.
        limit: u64,
    },
    /// The address was refused.
    #[error("the code's address answered {status}")]
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// It did not arrive.
    #[error("the code did not arrive: {}", Escaped(.0.as_bytes()))]
    Broken(String),
}

impl DownloadError {
    /// What to do about it, in one sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "Nothing that Lambda deploys is so large; check the endpoint.",
            Self::Refused { .. } => "Try again: the address that Lambda gives is good for ten minutes.",
            Self::Broken(_) => "Check the network, and try again.",
        }
    }

    const fn may_pass(&self) -> bool {
        match self {
            Self::Broken(_) => true,
            Self::Refused { status } => *status >= 500 || *status == 429,
            Self::TooLarge { .. } => false,
        }
    }
}

impl CodeLocation {
    /// Reads the address that Lambda gave.
    ///
    /// # Errors
    /// It is no URL, or anybody on the way could change what comes.
    pub fn parse(text: &str) -> Result<Self, LocationError> {
        let url = Url::parse(text).map_err(|_| LocationError::Shape)?;
        let here = |host: &str| {
            let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
            host == "localhost" || address.is_ok_and(|address| address.is_loopback())
        };
        match (url.scheme(), url.host_str()) {
            ("https", Some(_)) => Ok(Self(url)),
            ("http", Some(host)) if here(host) => Ok(Self(url)),
            _ => Err(LocationError::Insecure),
        }
    }
}

impl fmt::Debug for CodeLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CodeLocation").field(&self.0.host_str()).finish()
    }
}

impl Downloads {
    /// A client that follows no redirection.
    ///
    /// # Errors
    /// This machine's certificates can't be used.
    pub fn new() -> Result<Self, DownloadsError> {
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(Duration::from_secs(30))
            .build()
            .map_err(|error| DownloadsError(chain(&error)))?;
        Ok(Self(client))
    }

    /// Fetches code of at most so many bytes; what breaks off is fetched again until the deadline.
    ///
    /// # Errors
    /// It is larger, the address is refused, or it did not arrive in time.
    pub async fn fetch(
        &self,
        location: &CodeLocation,
        limit: u64,
        deadline: Deadline,
    ) -> Result<Vec<u8>, DownloadError> {
        let mut pauses = Pauses::default();
        loop {
            match self.fetch_once(location, limit).await {
                Err(error) if error.may_pass() => pauses.pause(deadline).await.map_err(|_| error)?,
                other => return other,
            }
        }
    }

    async fn fetch_once(&self, location: &CodeLocation, limit: u64) -> Result<Vec<u8>, DownloadError> {
        // The address grants access, so an error must not carry it.
        let broken = |error: reqwest::Error| DownloadError::Broken(chain(&error.without_url()));
        let mut answer = self.0.get(location.0.clone()).send().await.map_err(broken)?;
        if !answer.status().is_success() {
            return Err(DownloadError::Refused { status: answer.status().as_u16() });
        }
        let limit_in_memory = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut bytes = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(broken)? {
            if chunk.len() > limit_in_memory.saturating_sub(bytes.len()) {
                return Err(DownloadError::TooLarge { limit });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::{CodeLocation, LocationError};

    #[test]
    fn only_addresses_that_nobody_can_change_on_the_way_are_followed() {
        for sound in [
            "https://awslambda-us-east-1-tasks.s3.us-east-1.amazonaws.com/snapshots/1?X-Amz-Signature=2",
            "http://127.0.0.1:4599/_code/1",
            "http://[::1]:4599/_code/1",
            "http://localhost:4566/x",
        ] {
            assert!(CodeLocation::parse(sound).is_ok(), "{sound}");
        }
        for (wrong, error) in [
            ("", LocationError::Shape),
            ("/etc/passwd", LocationError::Shape),
            ("file:///etc/passwd", LocationError::Insecure),
            ("http://169.254.169.254/latest/meta-data", LocationError::Insecure),
            ("http://127.0.0.1.example.com/", LocationError::Insecure),
            ("http://localhost.example.com/", LocationError::Insecure),
            ("ftp://127.0.0.1/", LocationError::Insecure),
        ] {
            assert_eq!(CodeLocation::parse(wrong), Err(error), "{wrong}");
        }
    }

    #[test]
    fn an_address_is_not_shown() {
        let location = CodeLocation::parse("https://example.com/x?X-Amz-Signature=secret").unwrap();
        assert_eq!(format!("{location:?}"), "CodeLocation(Some(\"example.com\"))");
    }
}
