//! Lists that come in pages.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;

use super::call::Call;
use super::error::{LambdaError, invalid};
use crate::store::{More, Read, Table};

/// The items of one page and where the next begins.
pub(super) struct Items<V> {
    pub(super) items: Vec<V>,
    /// The last part of the key of each.
    pub(super) names: Vec<String>,
    pub(super) next: Option<String>,
}

/// The most items of a page, whatever is asked.
const MAX_PAGE: usize = 50;

/// The page that the query asks for of the records below `prefix`. Keys leave as markers that say nothing to people.
pub(super) fn page<V: DeserializeOwned>(
    call: &Call<'_>,
    read: &Read,
    table: &Table<V>,
    prefix: &str,
) -> Result<Items<V>, LambdaError> {
    let limit = limit(call)?;
    let after =
        call.query("Marker").filter(|marker| !marker.is_empty()).map(|marker| decoded(prefix, marker));
    let page = read.scan(table, prefix, after.transpose()?.as_deref(), limit)?;
    let last = page.records.last().map(|(key, _)| key.as_str()).unwrap_or_default();
    let next = match page.more {
        More::Follows => Some(URL_SAFE_NO_PAD.encode(last.strip_prefix(prefix).unwrap_or_default())),
        More::End => None,
    };
    let name = |key: String| key.strip_prefix(prefix).map(ToOwned::to_owned).unwrap_or_default();
    let (names, items) = page.records.into_iter().map(|(key, value)| (name(key), value)).unzip();
    Ok(Items { items, names, next })
}

fn limit(call: &Call<'_>) -> Result<usize, LambdaError> {
    let Some(asked) = call.query("MaxItems") else { return Ok(MAX_PAGE) };
    match asked.parse::<usize>() {
        Ok(number) if (1..=10_000).contains(&number) => Ok(number.min(MAX_PAGE)),
        Ok(_) | Err(_) => {
            Err(invalid(asked, "maxItems", "Member must have value between 1 and 10000, inclusive"))
        }
    }
}

fn decoded(prefix: &str, marker: &str) -> Result<String, LambdaError> {
    let bytes = URL_SAFE_NO_PAD.decode(marker).ok();
    let after = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let after = after.ok_or_else(|| LambdaError::InvalidParameter("Invalid Marker.".to_owned()))?;
    Ok(format!("{prefix}{after}"))
}
