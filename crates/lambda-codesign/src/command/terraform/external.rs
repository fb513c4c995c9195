//! `terraform external`: the program of an `external` data source.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;
use lambda_codesign_core::claims::Claims;
use lambda_codesign_core::digest::{CodeSha256, Threads};
use lambda_codesign_core::text::Hex;
use lambda_codesign_core::verdict::{Decision, Verdict};
use lambda_codesign_signing::manifest::Manifest;
use lambda_codesign_signing::output as files;
use lambda_codesign_signing::pack::{PackOptions, pack};
use lambda_codesign_signing::prepare::Prepared;
use sha2::{Digest as _, Sha256};

use super::query::Query;
use crate::command::sign::{Signatory, Trusted};
use crate::fault::{Exit, Fault, escaped};
use crate::input::{Bytes, read_package};
use crate::output::Output;

/// Answer an `external` data source: the query on standard input names a package and a signing profile, the answer on
/// standard output the signed package and its hash.
///
/// What was signed before is taken again where it verifies, holds this very content and lives long enough; so a plan that
/// changes nothing signs nothing. Keys of the query: package, `signing_profile`, `out_dir`, `renew_before`, and the flags of
/// `sign` with underscores, such as bucket, region, `trust_root`, `profile_dir`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  echo '{\"package\": \"app.zip\", \"signing_profile\": \"local:dev\"}' | lambda-codesign terraform external

It answers path, source_code_hash, signing_profile_version_arn, signing_job_arn, signing_time and expires.
Exit codes: 0 done, 1 the package was refused, 2 wrong usage, 3 not done; where it is not 0, nothing is on standard output.")]
pub(super) struct Arguments {}

/// A signed package where it is kept.
struct Kept {
    path: PathBuf,
    bytes: Vec<u8>,
    claims: Claims,
}

pub(super) fn run(output: &mut Output) -> Result<Exit, Fault> {
    let query = Query::read()?;
    let package = query.package()?;
    let signatory = query.signatory()?;
    let kept = query.kept(&package, &signatory)?;
    output.json(&kept.answer(&query)?);
    Ok(Exit::Done)
}

impl Query {
    fn what(&self) -> String {
        format!("could not sign {}", escaped(&self.package.to_string_lossy()))
    }

    fn package(&self) -> Result<Bytes, Fault> {
        if !self.package.is_dir() {
            return read_package(&self.package);
        }
        match pack(&self.package, &PackOptions::default()) {
            Ok(packed) => Ok(Bytes::Allocated(packed.bytes)),
            Err(error) => Err(Fault::of(self.what(), &error, error.remedy())),
        }
    }

    fn signatory(&self) -> Result<Signatory, Fault> {
        let connect = || self.aws.connect();
        Signatory::open(&self.signing_profile, &self.folder, &self.desk, &self.trust, connect)
    }

    /// The signed package: what is kept, where it still holds, or a new one. One process at a time looks and signs.
    fn kept(&self, package: &[u8], signatory: &Signatory) -> Result<Kept, Fault> {
        let trusted = signatory.trusted()?;
        let prepared = Prepared::read(package, Manifest::Write, Threads::One)
            .map_err(|error| Fault::of(self.what(), &error, error.remedy()).refused())?;
        let framed = prepared.digest().framed();
        let path = self.place(package, &trusted);
        let _held = self.hold(&path)?;
        let holds = |verdict: &Verdict| {
            let content = verdict.package().map(|package| package.content().framed());
            let lives = verdict.package().is_some_and(|package| self.lives(package.claims()));
            verdict.decision() == Decision::Allow && content == Some(framed) && lives
        };
        if let Some(bytes) = read(&path).map_err(|error| self.unusable(&path, &error))? {
            let verdict = trusted.judge(&bytes, &[]);
            if let Some(package) = verdict.package().filter(|_| holds(&verdict)) {
                return Ok(Kept { claims: package.claims().clone(), path, bytes });
            }
        }
        let bytes = signatory.seal(&self.desk, package.to_vec(), None, &self.what())?.bytes;
        let verdict = trusted.judge(&bytes, &[]);
        let claims = verdict.package().filter(|_| holds(&verdict)).map(|package| package.claims().clone());
        let Some(claims) = claims else {
            let why = format!("what was signed ends within {}, or does not verify", self.renew_before);
            return Err(Fault::new(self.what(), why, "give a shorter renew_before, or another profile"));
        };
        files::write(&path, &bytes).map_err(|error| Fault::of(self.what(), &error, error.remedy()))?;
        Ok(Kept { path, bytes, claims })
    }

    /// One place for each content and profile; its name keeps that of the package.
    fn place(&self, package: &[u8], trusted: &Trusted) -> PathBuf {
        let key = Sha256::new()
            .chain_update(b"lambda-codesign terraform external v1")
            .chain_update(CodeSha256::of(package).as_bytes())
            .chain_update(trusted.own.to_string())
            .finalize();
        let (key, _) = key.split_at(8);
        let name = self.package.file_stem().unwrap_or_default().to_string_lossy();
        self.out_dir.join(format!("{name}.{}.zip", Hex(key)))
    }

    /// Waits until no other process works on this place.
    fn hold(&self, path: &Path) -> Result<File, Fault> {
        let fault = |error| self.unusable(path, &error);
        fs::create_dir_all(&self.out_dir).map_err(fault)?;
        let file = File::create(path.with_extension("lock")).map_err(fault)?;
        file.lock().map_err(fault)?;
        Ok(file)
    }

    fn unusable(&self, path: &Path, error: &io::Error) -> Fault {
        let why = format!("{}: {error}", escaped(&path.to_string_lossy()));
        Fault::new(self.what(), why, "name a folder that may be written to with out_dir")
    }

    fn lives(&self, claims: &Claims) -> bool {
        self.renew_before.end(Timestamp::now()).is_ok_and(|until| claims.expires() > until)
    }
}

fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

impl Kept {
    /// As Terraform takes it: an object of texts.
    fn answer(&self, query: &Query) -> Result<BTreeMap<&'static str, String>, Fault> {
        let path = self.path.to_str().ok_or_else(|| {
            Fault::new(query.what(), "its path is not UTF-8", "name another folder with out_dir")
        })?;
        Ok(BTreeMap::from([
            ("path", path.to_owned()),
            ("source_code_hash", CodeSha256::of(&self.bytes).to_string()),
            ("signing_profile_version_arn", self.claims.profile().to_string()),
            ("signing_job_arn", self.claims.job().to_string()),
            ("signing_time", self.claims.signing_time().to_string()),
            ("expires", self.claims.expires().to_string()),
        ]))
    }
}
