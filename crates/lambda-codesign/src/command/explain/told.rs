//! What stands in a pasted text: a sentence, an error, or events of CloudTrail.

use serde_json::Value;

use super::saying::Saying;

/// So many events are told of; a page of CloudTrail has 50.
const MOST: usize = 200;

/// One thing that was said.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) operation: Option<String>,
    pub(super) time: Option<String>,
    /// The function of the request.
    pub(super) function: Option<String>,
    /// The service's word for an error.
    code: Option<String>,
    /// The service's sentence.
    pub(super) words: Option<String>,
    /// What CloudTrail recorded of a signature.
    status: Status,
}

/// What an event says of a signature.
#[derive(Debug, Default, PartialEq, Eq)]
enum Status {
    /// It is no event of a deployment.
    #[default]
    NoDeployment,
    /// Nothing.
    Silent,
    /// A word of CloudTrail's, with or without the two ARNs.
    Recorded { word: String, signed: bool },
}

/// Everything that was said.
pub(super) fn read(text: &str) -> Vec<Told> {
    match serde_json::from_str::<Value>(text) {
        Ok(value) => {
            let mut told = Vec::new();
            gather(&value, &mut told, 0);
            told
        }
        Err(_) => vec![Told::of_text(text)],
    }
}

/// Events within lists, records and envelopes.
fn gather(value: &Value, told: &mut Vec<Told>, depth: u8) {
    if depth > 4 || told.len() >= MOST {
        return;
    }
    let deeper = depth.saturating_add(1);
    match value {
        Value::Array(items) => items.iter().for_each(|item| gather(item, told, deeper)),
        // `lookup-events` answers each event as a text.
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner @ (Value::Object(_) | Value::Array(_))) => gather(&inner, told, deeper),
            Ok(_) | Err(_) => told.push(Told::of_text(text)),
        },
        Value::Object(members) => {
            let within = ["Records", "Events", "CloudTrailEvent", "detail"];
            match within.iter().find_map(|name| members.get(*name)) {
                Some(inner) => gather(inner, told, deeper),
                None => told.push(Told::of_object(value)),
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

impl Told {
    fn of_text(text: &str) -> Self {
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        // As botocore writes it: An error occurred (CODE) when calling the OPERATION operation: WORDS
        let code = between(&words, "An error occurred (", ")");
        let operation = between(&words, "when calling the ", " operation");
        Self { operation, code, words: Some(words), ..Self::default() }
    }

    fn of_object(event: &Value) -> Self {
        let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        let first = |pointers: &[&str]| pointers.iter().find_map(|pointer| text(pointer));
        let operation = text("/eventName");
        let is_deployment = operation.as_deref().is_some_and(|name| {
            name.starts_with("CreateFunction20") || name.starts_with("UpdateFunctionCode20")
        });
        let status = match text("/additionalEventData/signatureStatus") {
            Some(word) => {
                let signed = text("/additionalEventData/signingProfileVersionArn")
                    .or_else(|| text("/additionalEventData/signingJobArn"));
                Status::Recorded { word, signed: signed.is_some() }
            }
            None if is_deployment => Status::Silent,
            None => Status::NoDeployment,
        };
        Self {
            time: text("/eventTime"),
            function: text("/requestParameters/functionName"),
            code: first(&["/errorCode", "/Error/Code", "/__type", "/code"]),
            words: first(&["/errorMessage", "/Error/Message", "/Message", "/message"]),
            operation,
            status,
        }
    }

    /// What is known of it.
    pub(super) fn saying(&self) -> Option<Saying> {
        let said =
            Saying::of(self.code.as_deref().unwrap_or_default(), self.words.as_deref().unwrap_or_default());
        match (&self.status, &self.code) {
            (Status::Recorded { word, signed }, _) => Saying::of_status(word, *signed),
            (Status::Silent, None) if said.is_none() => Some(Saying::Silent),
            (Status::Silent | Status::NoDeployment, _) => said,
        }
    }
}

fn between(text: &str, before: &str, after: &str) -> Option<String> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found.to_owned())
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::command::explain::saying::Saying;

    fn sayings(text: &str) -> Vec<Option<Saying>> {
        read(text).iter().map(super::Told::saying).collect()
    }

    const REFUSED: &str = "Lambda cannot deploy the function. The function or layer might be signed using a signature that \
        the client is not configured to accept. Check the provided signature for f.";

    #[test]
    fn sentences_and_errors_are_read() {
        for (text, expected) in [
            (REFUSED.to_owned(), Some(Saying::NotAccepted)),
            (REFUSED.replace(' ', "\n   "), Some(Saying::NotAccepted)),
            (
                format!(
                    "An error occurred (CodeVerificationFailedException) when calling the UpdateFunctionCode operation: {REFUSED}"
                ),
                Some(Saying::NotAccepted),
            ),
            (
                "The function or layer code is not properly signed.".to_owned(),
                Some(Saying::NotProperlySigned),
            ),
            (format!("{{\"Type\": \"User\", \"Message\": \"{REFUSED}\"}}"), Some(Saying::NotAccepted)),
            (
                "{\"errorCode\": \"InvalidCodeSignatureException\"}".to_owned(),
                Some(Saying::NotProperlySigned),
            ),
            ("all is well".to_owned(), None),
            ("{\"a\": 1}".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(sayings(&text), [expected], "{text}");
        }
    }

    #[test]
    fn events_are_found_in_what_holds_them() {
        let event = r#"{"eventName": "UpdateFunctionCode20150331v2", "additionalEventData": {"signatureStatus": "EXPIRED",
            "signingJobArn": "a", "signingProfileVersionArn": "b"}}"#;
        let text = serde_json::to_string(event).unwrap();
        for held in [
            event.to_owned(),
            format!("[{event}]"),
            format!("{{\"Records\": [{event}]}}"),
            format!("{{\"detail\": {event}}}"),
            format!("{{\"Events\": [{{\"EventName\": \"x\", \"CloudTrailEvent\": {text}}}]}}"),
        ] {
            assert_eq!(sayings(&held), [Some(Saying::Expired)], "{held}");
        }
        let unsigned = r#"{"eventName": "CreateFunction20150331", "additionalEventData": {"signatureStatus": "MISMATCH"}}"#;
        assert_eq!(sayings(unsigned), [Some(Saying::Unsigned)]);
        assert_eq!(sayings(r#"{"eventName": "CreateFunction20150331"}"#), [Some(Saying::Silent)]);
        assert_eq!(sayings(r#"{"eventName": "Invoke"}"#), [None]);
        assert!(read(&format!("[{}]", vec![event; 1000].join(","))).len() <= super::MOST);
        assert!(sayings(&"[".repeat(100_000)).iter().all(Option::is_none));
    }
}
