//! Lambda's part in code signing: functions, versions, aliases, layers and code signing configs (BEHAVIOUR.md "Lambda").

mod operation;
mod call;
mod answer;
mod error;
mod dispatch;

mod name;
mod page;
mod record;
mod settings;

mod outside;
mod source;
mod judge;
mod deployment;

mod functions;
mod shown;
mod versions;
mod aliases;
mod layers;
mod configs;
mod attachment;
mod tags;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use http_body_util::{BodyExt as _, Limited};

use crate::sigv4::Caller;
use crate::world::World;
use answer::Answer;
use call::Call;
use error::LambdaError;
use operation::Operation;

pub(crate) use operation::CODE_PATH;

/// The most bytes of a request (BEHAVIOUR.md "Lambda", limits).
const MAX_REQUEST_BYTES: usize = 70_167_211;

/// Lambda's routes, for one caller.
pub(crate) fn routes(world: Arc<World>, caller: Caller) -> Router {
    // ARNs arrive percent-encoded with `:` and `/` (BEHAVIOUR.md "On the wire"), so the raw path is matched here.
    Router::new().fallback(move |request: Request| answer(world, caller, request))
}

async fn answer(world: Arc<World>, caller: Caller, request: Request) -> Response<Body> {
    let answered = carried_out(&world, caller, request).await;
    match answered {
        Ok(answer) => answer.into_response(&world),
        Err(error) => error.into_response(),
    }
}

async fn carried_out(world: &Arc<World>, caller: Caller, request: Request) -> Result<Answer, LambdaError> {
    let (parts, body) = request.into_parts();
    let (operation, parameters) =
        operation::find(&parts.method, parts.uri.path(), parts.uri.query().unwrap_or_default())
            .ok_or(LambdaError::UnknownOperation)?;
    if let Operation::Absent(name) = operation {
        return Err(LambdaError::NotImplemented(name));
    }
    let body = Limited::new(body, MAX_REQUEST_BYTES).collect().await;
    let body = body.map_err(|error| unread(error.as_ref(), operation))?.to_bytes();
    let query = call::pairs(parts.uri.query().unwrap_or_default());
    let work = move |world: &World| {
        dispatch::carry_out(operation, &Call { world, caller: &caller, parameters, query, body: &body })
    };
    world.blocking(work).await.map_err(|_| LambdaError::Internal)?
}

fn unread(error: &(dyn std::error::Error + 'static), operation: Operation) -> LambdaError {
    if error.is::<http_body_util::LengthLimitError>() {
        LambdaError::TooLarge(format!(
            "Request must be smaller than {MAX_REQUEST_BYTES} bytes for the {} operation",
            operation.name()
        ))
    } else {
        LambdaError::InvalidContent("The body of the request ended early.".to_owned())
    }
}
