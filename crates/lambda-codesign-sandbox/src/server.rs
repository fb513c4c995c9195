//! The process: it listens, refuses whoever is not to be answered, and hands each request to its service.

mod admission;
mod own;
mod signatures;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

use crate::fault::{Fault, FaultSource};
use crate::options::{Options, Signatures};
use crate::records::JudgementRecord;
use crate::signer::{self, AuthorityHolder};
use crate::sigv4::{Caller, Scope, Service, service};
use crate::store::{Store, StoreError};
use crate::world::World;
use crate::{lambda, s3, sts};

/// Why a sandbox does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Others could reach it and nobody would have to prove anything.
    #[error("the sandbox does not listen on {0} without signatures")]
    Exposed(SocketAddr),
    /// The address can't be listened on.
    #[error("the sandbox can't listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The state file can't be used.
    #[error("the state file {} can't be used", .path.as_deref().unwrap_or("that is temporary".as_ref()).display())]
    State {
        /// The file; none for the temporary one.
        path: Option<PathBuf>,
        /// Why.
        why: Box<str>,
    },
    /// It has no authority to sign with.
    #[error("the sandbox has no authority to sign with")]
    Authority(Box<str>),
}

impl StartError {
    /// Why, in one sentence.
    #[must_use]
    pub fn why(&self) -> String {
        match self {
            Self::Exposed(_) => "others could reach it, and nobody would have to prove who asks".to_owned(),
            Self::Listen { source, .. } => source.to_string(),
            Self::State { why, .. } | Self::Authority(why) => why.to_string(),
        }
    }

    /// What to do about it, in one sentence.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::Exposed(_) => "Listen on 127.0.0.1, or ask for signatures with --require-signatures.",
            Self::Listen { .. } => "Choose another port, or port 0 for a free one.",
            Self::State { .. } => {
                "Stop the sandbox that uses the file, or give another file; a damaged one has to be made anew."
            }
            Self::Authority(_) => "Check this machine's clock, or start with another state file.",
        }
    }
}

/// A sandbox that answers until it is stopped or dropped.
pub struct Sandbox {
    world: Arc<World>,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<()>,
}

impl Sandbox {
    /// Starts one.
    ///
    /// # Errors
    /// The address or the state file can't be used.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        if !options.listen.ip().is_loopback() && options.signatures == Signatures::Parsed {
            return Err(StartError::Exposed(options.listen));
        }
        let listen = |source| StartError::Listen { address: options.listen, source };
        let listener = TcpListener::bind(options.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let store = open(&options)?;
        let authority = AuthorityHolder::open(&store, Timestamp::now())
            .map_err(|error| StartError::Authority(error.to_string().into()))?;
        let world = Arc::new(World {
            store,
            authority,
            transition: options.transition,
            job: options.job,
            signatures: options.signatures,
            secret: secret(options.signatures),
            faults: FaultSource::new(options.faults),
            endpoint: format!("http://{address}"),
        });
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(serve(listener, world.clone(), stopped));
        Ok(Self { world, address, stop: Some(stop), served })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://ADDRESS:PORT`, for `AWS_ENDPOINT_URL`.
    #[must_use]
    pub fn endpoint_url(&self) -> &str {
        &self.world.endpoint
    }

    /// The root of all that it signs, as PEM.
    #[must_use]
    pub fn trust_root_pem(&self) -> &str {
        &self.world.authority.root_pem
    }

    /// What clients are to have in their environment: names and values.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", self.world.endpoint.clone()),
            ("AWS_REGION", crate::sigv4::DEFAULT_REGION.to_owned()),
            ("AWS_DEFAULT_REGION", crate::sigv4::DEFAULT_REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", crate::sigv4::DEFAULT_ACCOUNT.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", self.world.secret.clone()),
        ]
    }

    /// Its judgements so far, oldest first; none where the state can't be read.
    #[must_use]
    pub fn judgements(&self) -> Vec<JudgementRecord> {
        self.world.judgements().unwrap_or_default()
    }

    /// Sets the faults that requests meet from now on.
    pub fn set_faults(&self, faults: crate::options::Faults) {
        self.world.faults.set(faults);
    }

    /// How many requests were met since the faults were set.
    #[must_use]
    pub fn requests_met(&self) -> u64 {
        self.world.faults.met()
    }

    /// Stops: takes no more connections and finishes the requests that it has.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            // A server that has ended already needs no word.
            let _gone = stop.send(());
        }
        let _ended = self.served.await;
    }
}

/// Where nobody proves anything there is nothing to keep secret.
fn secret(signatures: Signatures) -> String {
    match signatures {
        Signatures::Parsed => "sandbox".to_owned(),
        Signatures::Required => format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple()),
    }
}

fn open(options: &Options) -> Result<Store, StartError> {
    let opened = match &options.state {
        Some(path) => Store::open(path),
        None => Store::temporary(),
    };
    opened.map_err(|error: StoreError| StartError::State {
        path: options.state.clone(),
        why: error.to_string().into(),
    })
}

async fn serve(listener: TcpListener, world: Arc<World>, mut stopped: oneshot::Receiver<()>) {
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = &mut stopped => break,
        };
        // Out of file descriptors, say: those that are open go on.
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            continue;
        };
        let world = world.clone();
        let service = service_fn(move |request| answer(world.clone(), request));
        let connection =
            http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        // A connection that ends in an error concerns its client alone.
        tokio::spawn(async move { drop(connection.await) });
    }
    let _late = tokio::time::timeout(std::time::Duration::from_secs(10), graceful.shutdown()).await;
}

/// The connection is to be cut.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut on purpose")]
struct Cut;

async fn answer(world: Arc<World>, request: Request<hyper::body::Incoming>) -> Result<Response<Body>, Cut> {
    let waits = request.headers().contains_key(header::EXPECT);
    let mut response = answered(world, request).await?;
    // A client that gets a refusal instead of `100 Continue` keeps its body, and what it sends next is a request: without
    // this its first bytes could be taken for the body (RFC 9110, 10.1.1).
    if waits && !response.status().is_success() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    Ok(response)
}

async fn answered(world: Arc<World>, request: Request<hyper::body::Incoming>) -> Result<Response<Body>, Cut> {
    let request = request.map(Body::new);
    if let Some(refusal) = admission::refuse(&world, &request) {
        return Ok(refusal);
    }
    if request.uri().path().starts_with(own::PREFIX) {
        return Ok(own::answer(&world, request).await);
    }
    let (parts, body) = request.into_parts();
    let scope = Scope::of(&parts);
    let service = service(scope.as_ref(), parts.uri.path());
    let request = Request::from_parts(parts, body);
    let checked = match (world.signatures, &world.secret) {
        (Signatures::Required, secret) if !is_open(request.uri().path()) => {
            signatures::check(request, service, secret, world.now()).await
        }
        (Signatures::Required | Signatures::Parsed, _) => Ok(request),
    };
    let request = match checked {
        Ok(request) => request,
        Err(error) => return Ok(admission::unsigned(service, error)),
    };
    let caller = scope.as_ref().map_or_else(Caller::anonymous, Scope::caller);
    let fault = world.faults.draw();
    match fault {
        Fault::Cut => return Err(Cut),
        Fault::Throttle | Fault::Error => return Ok(admission::fault_answer(service, fault)),
        Fault::Slow(wait) => tokio::time::sleep(wait).await,
        Fault::None | Fault::CutAfter => {}
    }
    let mut response = dispatch(world, caller, service, request).await;
    if fault == Fault::CutAfter {
        return Err(Cut);
    }
    if let Ok(id) = HeaderValue::try_from(uuid::Uuid::new_v4().to_string()) {
        response.headers_mut().entry("x-amzn-requestid").or_insert(id);
    }
    Ok(response)
}

/// The locations of code bear a token of their own instead of a signature.
fn is_open(path: &str) -> bool {
    path.starts_with(lambda::CODE_PATH)
}

async fn dispatch(
    world: Arc<World>,
    caller: Caller,
    service: Service,
    request: Request<Body>,
) -> Response<Body> {
    match service {
        Service::Signer => routed(signer::routes(world, caller), request).await,
        Service::Lambda => routed(lambda::routes(world, caller), request).await,
        Service::S3 => s3::answer(world, caller, request).await,
        Service::Sts => match Limited::new(request.into_body(), 1 << 16).collect().await {
            Ok(form) => sts::answer(&caller, &form.to_bytes()),
            Err(_) => admission::plain(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large."),
        },
    }
}

async fn routed(routes: axum::Router, request: Request<Body>) -> Response<Body> {
    routes.oneshot(request).await.unwrap_or_else(|never: Infallible| match never {})
}
