//! What the sandbox itself answers, below `/_sandbox/`.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};

use super::admission::plain;
use crate::options::Faults;
use crate::world::World;

pub(super) const PREFIX: &str = "/_sandbox/";

/// `GET trust-root.pem`, `GET judgements`, `GET health`, `PUT faults`.
pub(super) async fn answer(world: &Arc<World>, request: Request<Body>) -> Response<Body> {
    let path = request.uri().path().strip_prefix(PREFIX).unwrap_or_default().to_owned();
    match (request.method().clone(), path.as_str()) {
        (Method::GET, "trust-root.pem") => {
            typed("application/x-pem-file", world.authority.root_pem.clone().into_bytes())
        }
        (Method::GET, "health") => typed("application/json", b"{\"status\":\"ok\"}".to_vec()),
        (Method::GET, "judgements") => judgements(world).await,
        (Method::PUT, "faults") => set_faults(world, request).await,
        _ => plain(StatusCode::NOT_FOUND, "The sandbox has nothing there."),
    }
}

async fn judgements(world: &Arc<World>) -> Response<Body> {
    let records = world.blocking(World::judgements).await;
    let body = match records {
        Ok(Ok(records)) => serde_json::to_vec(&records).ok(),
        Ok(Err(_)) | Err(_) => None,
    };
    body.map_or_else(
        || plain(StatusCode::INTERNAL_SERVER_ERROR, "The records can't be read."),
        |body| typed("application/json", body),
    )
}

async fn set_faults(world: &World, request: Request<Body>) -> Response<Body> {
    let Ok(body) = Limited::new(request.into_body(), 1 << 16).collect().await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "The faults are too long.");
    };
    match serde_json::from_slice::<Faults>(&body.to_bytes()) {
        Ok(faults) => {
            world.faults.set(faults);
            plain(StatusCode::OK, "Set.")
        }
        Err(_) => plain(StatusCode::BAD_REQUEST, "The faults are no JSON that the sandbox knows."),
    }
}

fn typed(kind: &'static str, body: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
