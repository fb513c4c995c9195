//! The cases of testdata: a package, what it is judged by, and what the verdict has to be.
//!
//! They are forged here, byte for byte the same every time, and written by `forge-testdata`.

mod refused;
mod admitted;
pub mod archives;

use crate::cms::Form;
use crate::package::SignedPackage;
use crate::snapshot::SignedSnapshot;

/// The publisher that cases allow unless they say otherwise.
pub const ALLOWED: &str = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/release_builds/AbCdEf1234";
/// The time as of which cases are judged unless they say otherwise.
pub const AT: &str = "2026-11-20T00:00:00Z";

/// One folder of testdata.
#[derive(Clone, Debug)]
pub struct Case {
    /// `accepted/<case>` or `rejected/<code>--<what>`.
    pub folder: String,
    /// What was done, in a sentence.
    pub origin: String,
    pub package: Vec<u8>,
    /// The trusted root, PEM.
    pub root: String,
    pub rules: Rules,
    pub expected: Expected,
    /// Files beside the package: a lock, a snapshot.
    pub files: Vec<(&'static str, String)>,
}

/// What the case is judged by, as flags of `verify` without their dashes.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    pub at: Option<&'static str>,
    pub flags: Vec<String>,
    /// The publishers that the root vouches for, where not all.
    pub vouches: Option<&'static str>,
    /// Whether [`ALLOWED`] is left out.
    pub no_allow: bool,
}

/// What the verdict has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    pub status: &'static str,
    pub decision: &'static str,
    /// The code of the one check that fails, or of the one that stayed unknown.
    pub code: Option<&'static str>,
    /// The code of a check that was skipped or stayed unknown, where the case is about that.
    pub unsettled: Option<&'static str>,
    pub warnings: Vec<&'static str>,
}

/// Every case.
pub fn all() -> Vec<Case> {
    let mut cases = admitted::cases();
    cases.extend(refused::cases());
    cases.extend(archives::cases());
    cases
}

impl Case {
    fn new(folder: &str, origin: &str, package: &SignedPackage, expected: Expected) -> Self {
        Self::of_bytes(folder, origin, package.zip(), package.trusted_pem(), expected)
    }

    /// A package that no ordinary tool would write.
    fn of_bytes(folder: &str, origin: &str, package: Vec<u8>, root: String, expected: Expected) -> Self {
        Self {
            folder: folder.into(),
            origin: format!("Forged by tests/support: {origin}"),
            package,
            root,
            rules: Rules::default(),
            expected,
            files: Vec::new(),
        }
    }

    /// With a flag of `verify`, and its value where it has one.
    fn flag(mut self, flag: &str) -> Self {
        self.rules.flags.extend(flag.split(' ').map(Into::into));
        self
    }

    fn vouching_for(mut self, pattern: &'static str) -> Self {
        self.rules.vouches = Some(pattern);
        self
    }

    fn at(mut self, time: &'static str) -> Self {
        self.rules.at = Some(time);
        self
    }

    fn without_publishers(mut self) -> Self {
        self.rules.no_allow = true;
        self
    }

    fn file(mut self, name: &'static str, content: String) -> Self {
        self.files.push((name, content));
        self
    }

    /// With a signed snapshot, and its root pinned.
    fn knowing(self, snapshot: &SignedSnapshot) -> Self {
        self.flag("revocations snapshot.json")
            .flag("revocations-root snapshot-root.pem")
            .file("snapshot.json", snapshot.file())
            .file("snapshot-root.pem", snapshot.authority.root_pem())
    }

    /// The files of the folder, by name.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = vec![
            ("package.zip".to_owned(), self.package.clone()),
            ("root.pem".to_owned(), self.root.clone().into_bytes()),
            ("case.toml".to_owned(), self.toml().into_bytes()),
        ];
        files.extend(
            self.files.iter().map(|(name, content)| ((*name).to_owned(), content.clone().into_bytes())),
        );
        files
    }

    fn toml(&self) -> String {
        let Expected { status, decision, code, unsettled, warnings } = &self.expected;
        let line = |key: &str, value: Option<&str>| {
            value.map(|value| format!("{key} = {value:?}\n")).unwrap_or_default()
        };
        let allow = if self.rules.no_allow { "[]".to_owned() } else { format!("[{ALLOWED:?}]") };
        [
            format!("origin = {:?}\n", self.origin),
            format!("at = {:?}\n", self.rules.at.unwrap_or(AT)),
            line("vouches", self.rules.vouches),
            format!("allow = {allow}\n"),
            format!("flags = {:?}\n", self.rules.flags),
            format!("\n[expected]\nstatus = {status:?}\ndecision = {decision:?}\n"),
            line("code", *code),
            line("unsettled", *unsettled),
            format!("warnings = {warnings:?}\n"),
        ]
        .concat()
    }
}

fn expected(
    status: &'static str,
    decision: &'static str,
    code: Option<&'static str>,
    warnings: &[&'static str],
) -> Expected {
    Expected { status, decision, code, unsettled: None, warnings: warnings.to_vec() }
}

/// A sound package with a manifest.
fn sound() -> SignedPackage {
    SignedPackage::standard(Form::Of2024).with_manifest()
}

/// A sound package with a manifest, changed before it is signed.
fn changed(change: impl FnOnce(&mut SignedPackage)) -> SignedPackage {
    let mut package = sound();
    change(&mut package);
    package
}
