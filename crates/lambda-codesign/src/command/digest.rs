//! `digest`: the digests of a package.

use clap::Args;
use lambda_codesign_core::archive::{Archive, ArchiveError, Limits};
use lambda_codesign_core::digest::{ContentDigest, SCHEME};
use lambda_codesign_core::text::Hex;
use serde::Serialize;

use crate::cli::{Format, Global};
use crate::fault::{Exit, Fault, escaped};
use crate::input::{Contents, Source};
use crate::output::Output;

/// Print the digests of a package: what is signed, what Lambda shows, and what a lock lists.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  lambda-codesign digest app.zip
  The detached content of the signature, for another verifier:
    lambda-codesign digest app.zip --raw > inner.bin
    openssl cms -verify -inform PEM -in FILE.SF -content inner.bin -binary -CAfile root.pem -purpose any \\
      -attime SECONDS

Exit codes: 0 done, 1 the archive is refused, 2 wrong usage, 3 the file could not be read.")]
pub(crate) struct Arguments {
    /// The package; `-` is standard input.
    #[arg(value_name = "PKG.zip")]
    package: Source,
    /// Write the 48 bytes of the inner digest, and nothing else.
    #[arg(long)]
    raw: bool,
}

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    path: String,
    scheme: &'static str,
    inner: String,
    outer: String,
    framed_sha384: String,
    code_sha256: String,
}

pub(crate) fn run(arguments: &Arguments, global: &Global, output: &mut Output) -> Result<Exit, Fault> {
    let name = arguments.package.name();
    let limits = Limits::default();
    let computed = match arguments.package.read(limits.package_size)? {
        Contents::Whole(bytes) => compute(&bytes, &limits),
        Contents::TooLarge(size) => Err(limits.too_large(size)),
    };
    let digest = computed.map_err(|error| {
        let what = format!("{} has no digest, {}", escaped(&name), error.code());
        Fault::of(what, &error, error.code().remedy()).refused()
    })?;
    let report = Report {
        schema: "lambda-codesign/digest/v1",
        path: escaped(&name),
        scheme: SCHEME,
        inner: Hex(digest.inner()).to_string(),
        outer: Hex(digest.outer()).to_string(),
        framed_sha384: digest.framed().to_string(),
        code_sha256: digest.code_sha256().to_string(),
    };
    match (arguments.raw, global.output) {
        (true, _) => output.raw(digest.inner()),
        (false, Format::Json) => output.json(&report),
        (false, Format::Human) => output.text(&report.human()),
    }
    Ok(Exit::Done)
}

fn compute(package: &[u8], limits: &Limits) -> Result<ContentDigest, ArchiveError> {
    Archive::parse(package, limits)?.content_digest()
}

impl Report {
    fn human(&self) -> String {
        format!(
            "inner       {}  ({})\nouter       {}  (what is signed)\nframed      {}  (what a lock lists)\n\
             CodeSha256  {}  (what Lambda shows)\n",
            self.inner, self.scheme, self.outer, self.framed_sha384, self.code_sha256
        )
    }
}
