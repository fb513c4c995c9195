//! The body of a request: decoded, counted and hashed as it passes.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};

use axum::body::{Body, HttpBody};
use axum::http::HeaderMap;
use bytes::Bytes;
use http_body::Frame;

use super::chunked::{ChunkFault, Decoder};
use super::digest::{Algorithm, ContentHash, Digester, Digests, Expected, Wrong};

/// Why a body is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BodyFault {
    #[error("the body is cut short, or its length is not the one that was said")]
    Incomplete,
    #[error("the body is not aws-chunked")]
    Malformed,
    #[error("the value of a checksum is invalid")]
    InvalidDigest,
    #[error("a hash of the body is not the one that was said")]
    Wrong(Wrong),
}

impl From<ChunkFault> for BodyFault {
    fn from(fault: ChunkFault) -> Self {
        match fault {
            ChunkFault::Malformed => Self::Malformed,
            ChunkFault::Incomplete => Self::Incomplete,
        }
    }
}

/// What became of a body, for whoever waits for its end.
#[derive(Clone, Default)]
pub(super) struct Outcome(Arc<OnceLock<Result<Digests, BodyFault>>>);

impl Outcome {
    /// The hashes of a body that came to its end and is as it was said.
    pub(super) fn digests(&self) -> Option<&Digests> {
        self.0.get()?.as_ref().ok()
    }

    pub(super) fn fault(&self) -> Option<BodyFault> {
        self.0.get()?.as_ref().err().copied()
    }
}

/// What the headers say of a body.
pub(super) struct Said {
    pub(super) expected: Expected,
    /// The algorithms to take.
    pub(super) algorithms: Vec<Algorithm>,
    /// The length of the object.
    pub(super) length: Option<u64>,
    pub(super) encoding: Encoding,
}

/// How the bytes of an object are put into a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Plain,
    AwsChunked,
}

/// What `x-amz-checksum-*` headers are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChecksumHeaders {
    /// The body.
    Body,
    /// The object that an upload's parts become.
    Object,
}

impl Said {
    pub(super) fn of(headers: &HeaderMap, checksums: ChecksumHeaders) -> Result<Self, BodyFault> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let sha256 = text("x-amz-content-sha256").unwrap_or_default();
        let is_chunked = sha256.starts_with("STREAMING-")
            || text("content-encoding").is_some_and(|value| tokens(value).any(|token| token == AWS_CHUNKED));
        let encoding = if is_chunked { Encoding::AwsChunked } else { Encoding::Plain };
        let length = text(match encoding {
            Encoding::AwsChunked => "x-amz-decoded-content-length",
            Encoding::Plain => "content-length",
        });
        let length = length.map(|length| length.parse().map_err(|_| BodyFault::Incomplete)).transpose()?;
        let mut said = Self { expected: Expected::default(), algorithms: Vec::new(), length, encoding };
        let is_hash = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        said.expected.content = is_hash.then(|| sha256.to_ascii_lowercase());
        said.expected.md5 = text("content-md5").map(str::to_owned);
        if checksums == ChecksumHeaders::Body {
            said.take_checksums(headers)?;
        }
        Ok(said)
    }

    fn take_checksums(&mut self, headers: &HeaderMap) -> Result<(), BodyFault> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        for algorithm in Algorithm::ALL {
            if let Some(value) = text(algorithm.header()) {
                self.expect(algorithm, value)?;
            }
        }
        let trailers = text("x-amz-trailer").unwrap_or_default();
        self.algorithms.extend(tokens(trailers).filter_map(Algorithm::of_header));
        let named = text("x-amz-sdk-checksum-algorithm").or_else(|| text("x-amz-checksum-algorithm"));
        self.algorithms.extend(named.and_then(Algorithm::of_name));
        Ok(())
    }

    fn expect(&mut self, algorithm: Algorithm, value: &str) -> Result<(), BodyFault> {
        if !algorithm.fits(value) {
            return Err(BodyFault::InvalidDigest);
        }
        self.algorithms.push(algorithm);
        self.expected.checksums.insert(algorithm, value.to_owned());
        Ok(())
    }
}

pub(super) const AWS_CHUNKED: &str = "aws-chunked";

/// The tokens of a header that lists some.
pub(super) fn tokens(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|token| !token.is_empty())
}

/// A body whose end is an error where it is not what was said.
pub(super) struct CheckedBody {
    inner: Body,
    decoder: Option<Decoder>,
    pending: Bytes,
    expected: Expected,
    length: Option<u64>,
    seen: u64,
    /// Gone once the body has ended.
    digester: Option<Digester>,
    outcome: Outcome,
}

impl CheckedBody {
    pub(super) fn new(inner: Body, said: Said, outcome: Outcome) -> Self {
        let content =
            if said.expected.content.is_some() { ContentHash::Wanted } else { ContentHash::Unwanted };
        Self {
            inner,
            decoder: (said.encoding == Encoding::AwsChunked).then(Decoder::new),
            pending: Bytes::new(),
            digester: Some(Digester::new(&said.algorithms, content)),
            expected: said.expected,
            length: said.length,
            seen: 0,
            outcome,
        }
    }

    /// The next bytes of the object out of those that came.
    fn next_bytes(&mut self) -> Result<Option<Bytes>, BodyFault> {
        let bytes = match &mut self.decoder {
            Some(decoder) => decoder.next(&mut self.pending)?,
            None => Some(std::mem::take(&mut self.pending)).filter(|bytes| !bytes.is_empty()),
        };
        if let Some(bytes) = &bytes {
            self.seen = self.seen.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            if self.length.is_some_and(|length| self.seen > length) {
                return Err(BodyFault::Incomplete);
            }
            if let Some(digester) = &mut self.digester {
                digester.update(bytes);
            }
        }
        Ok(bytes)
    }

    /// Checks a body that came to its end.
    fn end(&mut self, digester: Digester) -> Result<Digests, BodyFault> {
        if let Some(decoder) = &self.decoder {
            for (name, value) in decoder.finish()? {
                if let Some(algorithm) = Algorithm::of_header(name) {
                    if !algorithm.fits(value) {
                        return Err(BodyFault::InvalidDigest);
                    }
                    self.expected.checksums.insert(algorithm, value.clone());
                }
            }
        }
        if self.length.is_some_and(|length| length != self.seen) {
            return Err(BodyFault::Incomplete);
        }
        let digests = digester.finish();
        self.expected.check(&digests).map_err(BodyFault::Wrong)?;
        Ok(digests)
    }

    fn fail(&mut self, fault: BodyFault) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        self.digester = None;
        // The first outcome stands.
        let _set = self.outcome.0.set(Err(fault));
        Poll::Ready(Some(Err(fault)))
    }
}

impl HttpBody for CheckedBody {
    type Data = Bytes;
    type Error = BodyFault;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyFault>>> {
        let this = self.get_mut();
        loop {
            match this.next_bytes() {
                Ok(Some(bytes)) => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
                Ok(None) => {}
                Err(fault) => return this.fail(fault),
            }
            match ready!(Pin::new(&mut this.inner).poll_frame(context)) {
                Some(Ok(frame)) => this.pending = frame.into_data().unwrap_or_default(),
                Some(Err(_)) => return this.fail(BodyFault::Incomplete),
                None => {
                    let Some(digester) = this.digester.take() else { return Poll::Ready(None) };
                    return match this.end(digester) {
                        Ok(digests) => {
                            let _set = this.outcome.0.set(Ok(digests));
                            Poll::Ready(None)
                        }
                        Err(fault) => this.fail(fault),
                    };
                }
            }
        }
    }
}
