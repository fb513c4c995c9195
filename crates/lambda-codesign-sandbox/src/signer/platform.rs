//! The one platform of the sandbox: Lambda's (BEHAVIOUR.md "Signer").

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};

use super::Signer;
use super::refusal::{self, Kind, Refusal};
use super::request::{Query, value};

/// The id of Lambda's platform.
pub(super) const LAMBDA: &str = "AWSLambda-SHA384-ECDSA";
/// How people read it.
pub(super) const LAMBDA_DISPLAY: &str = "AWS Lambda";
/// The most bytes of a package that it signs: 250 MB.
pub(super) const MOST_BYTES: u64 = 250 << 20;

const PARTNER: &str = "AWSLambda";
const TARGET: &str = "SHA384-ECDSA";
const CATEGORY: &str = "AWS";

fn lambda() -> Value {
    json!({
        "platformId": LAMBDA,
        "displayName": LAMBDA_DISPLAY,
        "partner": PARTNER,
        "target": TARGET,
        "category": CATEGORY,
        "signingConfiguration": {
            "encryptionAlgorithmOptions": { "allowedValues": ["ECDSA"], "defaultValue": "ECDSA" },
            "hashAlgorithmOptions": { "allowedValues": ["SHA384"], "defaultValue": "SHA384" },
        },
        "signingImageFormat": { "supportedFormats": ["JSONDetached"], "defaultFormat": "JSONDetached" },
        "maxSizeInMB": 250,
        "revocationSupported": true,
    })
}

/// ListSigningPlatforms.
pub(super) async fn list(State(signer): State<Signer>, query: Query) -> Response {
    signer
        .carry_out(move |_, _| {
            let is = |key, own: &str| value(&query, key).is_none_or(|wanted| wanted == own);
            let listed = is("category", CATEGORY) && is("partner", PARTNER) && is("target", TARGET);
            Ok(json!({ "platforms": if listed { vec![lambda()] } else { Vec::new() } }))
        })
        .await
}

/// GetSigningPlatform.
pub(super) async fn get(State(signer): State<Signer>, Path(id): Path<String>) -> Response {
    signer
        .carry_out(move |_, _| if id == LAMBDA { Ok(lambda()) } else { Err(unknown(Kind::ResourceNotFound)) })
        .await
}

/// GetRevocationStatus: the sandbox has no platform that it answers for.
pub(super) async fn revocation_status(query: Query) -> Response {
    if value(&query, "platformId") == Some(LAMBDA) {
        return refusal::answer::<()>(Err(Refusal::validation(
            "GetRevocationStatus does not support the platform AWSLambda-SHA384-ECDSA.",
        )));
    }
    refusal::absent("GetRevocationStatus")
}

/// The refusal of a platform that is not Lambda's.
pub(super) fn unknown(kind: Kind) -> Refusal {
    Refusal::new(kind, format!("The sandbox has no platform but {LAMBDA}."))
}
