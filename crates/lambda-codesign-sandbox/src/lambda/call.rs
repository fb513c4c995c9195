//! A request as the operations read it.

use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use super::error::LambdaError;
use super::operation::Parameters;
use crate::sigv4::Caller;
use crate::world::World;

/// One request: who asks, and for what.
pub(super) struct Call<'a> {
    pub(super) world: &'a World,
    pub(super) caller: &'a Caller,
    pub(super) parameters: Parameters,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: &'a [u8],
}

/// The pairs of a query, decoded.
pub(super) fn pairs(query: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let of = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    };
    query.split('&').filter(|pair| !pair.is_empty()).map(of).collect()
}

impl Call<'_> {
    /// A parameter of the path, by its name in the model.
    pub(super) fn parameter(&self, wanted: &str) -> &str {
        let found = self.parameters.iter().find(|(name, _)| *name == wanted);
        found.map_or("", |(_, value)| value)
    }

    /// The first value of a name in the query.
    pub(super) fn query(&self, wanted: &str) -> Option<&str> {
        self.query.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
    }

    /// The body, which must be JSON of this shape; an absent one is an empty object.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, LambdaError> {
        let body = if self.body.is_empty() { b"{}".as_slice() } else { self.body };
        serde_json::from_slice(body).map_err(|error| {
            LambdaError::InvalidContent(format!("Could not parse request body into json: {error}"))
        })
    }

    /// The key of a record of this caller: account and region come first.
    pub(super) fn key(&self, parts: &[&str]) -> String {
        let mut all = vec![self.caller.account.as_str(), self.caller.region.as_str()];
        all.extend(parts);
        crate::store::key(&all)
    }

    /// The prefix of this caller's records below these parts.
    pub(super) fn below(&self, parts: &[&str]) -> String {
        let mut all = vec![self.caller.account.as_str(), self.caller.region.as_str()];
        all.extend(parts);
        crate::store::below(&all)
    }

    /// The ARN of something of this caller's.
    pub(super) fn arn(&self, resource: &str) -> String {
        format!("arn:aws:lambda:{}:{}:{resource}", self.caller.region, self.caller.account)
    }
}
