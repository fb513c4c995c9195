//! The bodies, queries and times of Signer's requests.

use axum::body::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::Serializer;
use serde::de::DeserializeOwned;

use super::refusal::Refusal;

/// A query: lists repeat their key (BEHAVIOUR.md "On the wire").
pub(super) type Query = axum::extract::Query<Vec<(String, String)>>;

/// What the service says of a body that is not of its model.
pub(super) fn body<T: DeserializeOwned>(bytes: &Bytes) -> Result<T, Refusal> {
    let bytes: &[u8] = if bytes.is_empty() { b"{}" } else { bytes };
    serde_json::from_slice(bytes)
        .map_err(|error| Refusal::validation(format!("The request is not valid: {error}")))
}

/// The last value of a query's key.
pub(super) fn value<'a>(query: &'a Query, key: &str) -> Option<&'a str> {
    query.0.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
}

/// The values of a query's key that is a list.
pub(super) fn values<'a>(query: &'a Query, key: &'static str) -> impl Iterator<Item = &'a str> {
    query.0.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
}

/// A value of a query's key that is of the service's form, or the service's refusal.
pub(super) fn parsed<T: std::str::FromStr>(query: &Query, key: &str) -> Result<Option<T>, Refusal> {
    value(query, key)
        .map(|text| {
            text.parse().map_err(|_| Refusal::validation(format!("The value of {key} is not valid.")))
        })
        .transpose()
}

/// Now, to the millisecond: what a signature says.
pub(super) fn to_millisecond(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}

/// A time of a body: seconds since the epoch, with or without a fraction.
pub(super) fn epoch(seconds: f64) -> Option<Timestamp> {
    let since = SignedDuration::try_from_secs_f64(seconds).ok()?;
    Timestamp::UNIX_EPOCH.checked_add(since).ok()
}

/// Writes a time as bodies have it.
pub(super) fn as_epoch<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    let since = to_millisecond(*time).duration_since(Timestamp::UNIX_EPOCH);
    serializer.serialize_f64(since.as_secs_f64())
}

/// Writes a time that may be absent as bodies have it.
#[expect(clippy::ref_option, reason = "serde's `serialize_with` passes a reference")]
pub(super) fn as_epoch_if_any<S: Serializer>(
    time: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => as_epoch(time, serializer),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::epoch;

    #[test]
    fn times_of_bodies_are_numbers_and_absurd_ones_are_none() {
        assert_eq!(epoch(1_700_000_000.5).unwrap().to_string(), "2023-11-14T22:13:20.5Z");
        for absurd in [f64::NAN, f64::INFINITY, 1e18, -1e30] {
            assert_eq!(epoch(absurd), None, "{absurd}");
        }
    }
}
