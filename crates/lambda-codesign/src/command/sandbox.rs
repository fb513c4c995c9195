//! `sandbox`: serves Signer, Lambda's part in code signing and S3 until it is interrupted.

use std::fs;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use lambda_codesign_sandbox::{Faults, Options, Sandbox, Signatures, StartError};
use tokio::runtime::Runtime;

use crate::fault::{Exit, Fault, escaped};
use crate::output::Output;

/// Serve AWS Signer, Lambda's part in code signing and the S3 they need, on loopback, without any account.
///
/// It prints what to export, one line a variable, and serves until it is interrupted. It signs with an authority of its
/// own and judges each deployment as Lambda does.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lambda-codesign sandbox --listen 127.0.0.1:4599
  lambda-codesign sandbox --state sandbox.db --job-ms 2000 --transition-ms 500
  aws signer put-signing-profile --profile-name release --platform-id AWSLambda-SHA384-ECDSA
  lambda-codesign verify signed.zip --trust-root \"$LAMBDA_CODESIGN_SANDBOX_TRUST_ROOT\"

What it serves besides, at its own address: /_sandbox/trust-root.pem, /_sandbox/judgements, /_sandbox/health, and
PUT /_sandbox/faults with JSON such as {\"seed\": 7, \"throttle\": 30}.")]
pub(crate) struct Arguments {
    /// Where to listen; port 0 takes a free one. Any address but loopback needs --require-signatures.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Keep what was acknowledged in this file; without it, all is gone at the end.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// How long a function stays Pending or InProgress, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    transition_ms: u64,
    /// How long a signing job stays InProgress, in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 0)]
    job_ms: u64,
    /// Refuse requests that are not signed with the printed credentials.
    #[arg(long)]
    require_signatures: bool,
    /// Write the trust root to this file, which stays [default: a temporary file].
    #[arg(long, value_name = "FILE")]
    trust_root_out: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<Exit, Fault> {
    let runtime =
        Runtime::new().map_err(|error| Fault::new("the sandbox can't start", error, "try again"))?;
    runtime.block_on(serve(arguments, output))
}

async fn serve(arguments: &Arguments, output: &mut Output) -> Result<Exit, Fault> {
    let cant_go_on = |error: std::io::Error| Fault::new("the sandbox can't go on", error, "try again");
    let stop = Stop::listen().map_err(cant_go_on)?;
    let sandbox = Sandbox::start(arguments.options()).await.map_err(|error| start_fault(&error))?;
    let (root, _temporary) = arguments.write_root(sandbox.trust_root_pem())?;
    for (name, value) in sandbox.environment() {
        output.text(&format!("export {name}={value}\n"));
    }
    output.text(&format!("export LAMBDA_CODESIGN_SANDBOX_TRUST_ROOT={}\n", quoted(&root)));
    output.flush();
    stop.came().await.map_err(cant_go_on)?;
    sandbox.stop().await;
    Ok(Exit::Done)
}

/// That somebody interrupts or terminates this process, listened for from the beginning: who reads the first line may do
/// so at once.
#[cfg(unix)]
struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Stop {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn came(mut self) -> std::io::Result<()> {
        tokio::select! {
            _interrupted = self.interrupt.recv() => Ok(()),
            _terminated = self.terminate.recv() => Ok(()),
        }
    }
}

/// That somebody interrupts this process.
#[cfg(not(unix))]
struct Stop;

#[cfg(not(unix))]
impl Stop {
    const fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn came(self) -> std::io::Result<()> {
        tokio::signal::ctrl_c().await
    }
}

impl Arguments {
    fn options(&self) -> Options {
        let signatures = if self.require_signatures { Signatures::Required } else { Signatures::Parsed };
        Options {
            listen: self.listen,
            state: self.state.clone(),
            transition: Duration::from_millis(self.transition_ms),
            job: Duration::from_millis(self.job_ms),
            signatures,
            faults: Faults::default(),
        }
    }

    /// Where the root stands; the guard of a temporary file removes it at the end.
    fn write_root(&self, pem: &str) -> Result<(PathBuf, Option<tempfile::TempPath>), Fault> {
        let unwritten = |error: std::io::Error| {
            Fault::new("the trust root can't be written", error, "choose another file with --trust-root-out")
        };
        if let Some(path) = &self.trust_root_out {
            fs::write(path, pem).map_err(unwritten)?;
            return Ok((path.clone(), None));
        }
        let mut file = tempfile::Builder::new()
            .prefix("lambda-codesign-sandbox-root-")
            .suffix(".pem")
            .tempfile()
            .map_err(unwritten)?;
        file.write_all(pem.as_bytes()).map_err(unwritten)?;
        let path = file.into_temp_path();
        Ok((path.to_path_buf(), Some(path)))
    }
}

fn start_fault(error: &StartError) -> Fault {
    let what = escaped(&error.to_string());
    match error {
        StartError::Exposed(_) => Fault::usage_of(what, &error.why(), error.remedy()),
        StartError::Listen { .. } | StartError::State { .. } | StartError::Authority(_) => {
            Fault::of(what, &error.why(), error.remedy())
        }
    }
}

/// The path as a shell reads it.
fn quoted(path: &std::path::Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', "'\\''"))
}
