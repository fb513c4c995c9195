//! The names that functions, layers and configs are asked for by.

use super::call::Call;
use super::error::{LambdaError, invalid};

/// A function as a request names it: by its name, its ARN or a part of it, with or without a qualifier.
///
/// Holding one proves the grammar and that the ARN, if it was one, is of the caller's region; not that the function
/// exists.
pub(super) struct FunctionName {
    pub(super) name: String,
    pub(super) qualifier: Option<String>,
}

const MAX_FUNCTION_NAME: usize = 64;

impl FunctionName {
    /// The function of the path, and the qualifier of the path or of the query.
    pub(super) fn of(call: &Call<'_>) -> Result<Self, LambdaError> {
        let mut named = Self::parse(call, call.parameter("FunctionName"))?;
        match (&named.qualifier, call.query("Qualifier")) {
            (Some(own), Some(asked)) if own != asked => Err(LambdaError::InvalidParameter(
                "The derived qualifier from the function name does not match the specified qualifier."
                    .to_owned(),
            )),
            (_, Some(asked)) if !is_qualifier(asked) => Err(invalid(
                asked,
                "qualifier",
                "Member must satisfy regular expression pattern: [a-zA-Z0-9$_-]+",
            )),
            (_, asked) => {
                named.qualifier = named.qualifier.or_else(|| asked.map(ToOwned::to_owned));
                Ok(named)
            }
        }
    }

    /// The function of the path, which must bear no qualifier but `$LATEST`.
    pub(super) fn unqualified(call: &Call<'_>) -> Result<String, LambdaError> {
        let named = Self::of(call)?;
        match named.qualifier.as_deref() {
            None => Ok(named.name),
            Some(qualifier) => Err(LambdaError::InvalidParameter(format!(
                "This operation is permitted on Lambda functions only. Aliases and versions do not support this \
                 operation. Please specify either a function name or an unqualified function ARN: {qualifier}"
            ))),
        }
    }

    /// Reads a name.
    pub(super) fn parse(call: &Call<'_>, text: &str) -> Result<Self, LambdaError> {
        let bad = || {
            invalid(
                text,
                "functionName",
                "Member must satisfy regular expression pattern: \
                 (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?\
                 ([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?",
            )
        };
        let parts: Vec<&str> = text.split(':').collect();
        let (region, account, rest) = match parts.as_slice() {
            ["arn", partition, "lambda", region, account, "function", rest @ ..]
                if partition.starts_with("aws") =>
            {
                (Some(*region), Some(*account), rest)
            }
            [region, account, "function", rest @ ..] => (Some(*region), Some(*account), rest),
            [account, "function", rest @ ..] => (None, Some(*account), rest),
            ["function", rest @ ..] if !rest.is_empty() => (None, None, rest),
            rest => (None, None, rest),
        };
        let (name, qualifier) = match rest {
            [name] => (*name, None),
            [name, qualifier] if is_qualifier(qualifier) => (*name, Some((*qualifier).to_owned())),
            _ => return Err(bad()),
        };
        if !is_word(name) || name.len() > MAX_FUNCTION_NAME {
            return Err(bad());
        }
        is_here(call, region, account, name)?;
        Ok(Self { name: name.to_owned(), qualifier })
    }

    /// Its ARN, with its qualifier.
    pub(super) fn arn(&self, call: &Call<'_>) -> String {
        function_arn(call, &self.name, self.qualifier.as_deref())
    }

    /// It is not there.
    pub(super) fn not_found(&self, call: &Call<'_>) -> LambdaError {
        LambdaError::NotFound(format!("Function not found: {}", self.arn(call)))
    }
}

fn is_here(
    call: &Call<'_>,
    region: Option<&str>,
    account: Option<&str>,
    name: &str,
) -> Result<(), LambdaError> {
    let here = &call.caller.region;
    if let Some(region) = region.filter(|region| region != here) {
        return Err(LambdaError::NotFound(format!(
            "Functions from '{region}' are not reachable in this region ('{here}')"
        )));
    }
    if let Some(account) = account.filter(|account| *account != call.caller.account) {
        return Err(LambdaError::NotFound(format!(
            "Function not found: arn:aws:lambda:{here}:{account}:function:{name}"
        )));
    }
    Ok(())
}

/// The ARN of a function, a version or an alias.
pub(super) fn function_arn(call: &Call<'_>, name: &str, qualifier: Option<&str>) -> String {
    match qualifier {
        Some(qualifier) => call.arn(&format!("function:{name}:{qualifier}")),
        None => call.arn(&format!("function:{name}")),
    }
}

/// Letters, digits, hyphens and underscores.
pub(super) fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn is_qualifier(text: &str) -> bool {
    text == LATEST || (is_word(text) && text.len() <= 128)
}

/// The version that is deployed to.
pub(super) const LATEST: &str = "$LATEST";

/// A layer's name: by name or by ARN.
pub(super) fn layer_name(call: &Call<'_>, text: &str) -> Result<String, LambdaError> {
    let own = call.arn("layer:");
    let name = text.strip_prefix(&own).unwrap_or(text);
    if is_word(name) && name.len() <= 140 {
        return Ok(name.to_owned());
    }
    Err(invalid(
        text,
        "layerName",
        "Member must satisfy regular expression pattern: (arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{12}:layer:\
         [a-zA-Z0-9-_]+)|[a-zA-Z0-9-_]+",
    ))
}

/// Name and version of a layer version's ARN, where it is one of the caller's.
pub(super) fn layer_version<'a>(call: &Call<'_>, arn: &'a str) -> Option<(&'a str, u64)> {
    let (name, version) = arn.strip_prefix(&call.arn("layer:"))?.split_once(':')?;
    Some((name, version.parse().ok()?))
}

/// The id of a config's ARN, where it is one of the caller's.
pub(super) fn config_id<'a>(call: &Call<'_>, arn: &'a str) -> Option<&'a str> {
    arn.strip_prefix(&call.arn("code-signing-config:"))
}

/// A number as keys hold it, so that their order is that of the numbers.
pub(super) fn padded(number: u64) -> String {
    format!("{number:020}")
}
