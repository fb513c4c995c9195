//! What an operation answers where it succeeds.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Response, StatusCode, header};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use serde::Serialize;

use super::error::LambdaError;
use crate::store::{Blob, BlobReader, StoreError};
use crate::world::World;

/// What an operation answers where it succeeds.
pub(super) enum Answer {
    /// JSON.
    Json(StatusCode, Vec<u8>),
    /// Nothing.
    Empty,
    /// The bytes of code.
    Code(Blob),
}

impl Answer {
    pub(super) fn ok(body: &impl Serialize) -> Result<Self, LambdaError> {
        Self::json(StatusCode::OK, body)
    }

    pub(super) fn created(body: &impl Serialize) -> Result<Self, LambdaError> {
        Self::json(StatusCode::CREATED, body)
    }

    fn json(status: StatusCode, body: &impl Serialize) -> Result<Self, LambdaError> {
        let body = serde_json::to_vec(body).map_err(StoreError::from)?;
        Ok(Self::Json(status, body))
    }

    pub(super) fn into_response(self, world: &World) -> Response<Body> {
        let (status, kind, body) = match self {
            Self::Json(status, body) => (status, "application/json", Body::from(body)),
            Self::Empty => (StatusCode::NO_CONTENT, "application/json", Body::empty()),
            Self::Code(blob) => {
                let reader = world.store.read_blob(blob, 0, blob.size);
                (StatusCode::OK, "application/zip", Body::new(CodeBody { reader, left: blob.size }))
            }
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        response
    }
}

/// Code that is read from the store while it is sent, a chunk at a time.
struct CodeBody {
    reader: BlobReader,
    left: u64,
}

impl HttpBody for CodeBody {
    type Data = Bytes;
    type Error = StoreError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, StoreError>>> {
        let chunk = self.reader.next_chunk();
        if let Ok(Some(bytes)) = &chunk {
            self.left = self.left.saturating_sub(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        }
        Poll::Ready(chunk.transpose().map(|chunk| chunk.map(|bytes| Frame::data(bytes.into()))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
