//! The cases of testdata: each folder gets the verdict that it says, no other, and is what the forge writes.

use std::fs;
use std::path::{Path, PathBuf};

use lambda_codesign_core::Verifier;
use lambda_codesign_core::chain::{TrustRoots, Vouches};
use lambda_codesign_core::policy::{Evidence, Lock, Mode, Policy, Publishers, Requirement, Revocations};
use lambda_codesign_core::snapshot::Snapshot;
use lambda_codesign_core::verdict::{Checks, Outcome, Verdict};
use lambda_codesign_policy::{PolicyFile, Target};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(rename = "origin")]
    _origin: String,
    at: String,
    vouches: Option<String>,
    allow: Vec<String>,
    flags: Vec<String>,
    expected: Expected,
}

#[derive(Deserialize, Debug, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Expected {
    status: String,
    decision: String,
    code: Option<String>,
    unsettled: Option<String>,
    warnings: Vec<String>,
}

fn testdata() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../testdata")
}

fn folders(group: &str) -> Vec<PathBuf> {
    let mut folders: Vec<_> =
        fs::read_dir(testdata().join(group)).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

impl Case {
    fn read(folder: &Path) -> Self {
        let text = fs::read_to_string(folder.join("case.toml")).unwrap();
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
    }

    fn verify(&self, folder: &Path, package: &[u8]) -> Verdict {
        let allowed: Vec<_> = self.allow.iter().map(|pattern| pattern.parse().unwrap()).collect();
        let publishers = if allowed.is_empty() { Publishers::NotGiven } else { Publishers::Only(allowed) };
        let (policy, revocations) = self.policy(folder, &publishers);
        let vouches = match &self.vouches {
            None => Vouches::All,
            Some(pattern) => Vouches::Matching(pattern.parse().unwrap()),
        };
        let mut roots = TrustRoots::aws();
        roots.add_pem(&fs::read(folder.join("root.pem")).unwrap(), &vouches).unwrap();
        let evidence = Evidence { now: self.at.parse().unwrap(), revocations: revocations.as_ref() };
        Verifier::new(roots, policy).verify(package, evidence)
    }

    fn policy(&self, folder: &Path, publishers: &Publishers) -> (Policy, Option<Revocations>) {
        let mut policy = Policy::new(publishers.clone());
        let (mut snapshot, mut pinned) = (None, TrustRoots::none());
        let mut flags = self.flags.iter();
        while let Some(flag) = flags.next() {
            let mut value = || flags.next().expect("the flag has a value");
            policy = match flag.as_str() {
                "require-manifest" => policy.with_manifest(Requirement::Required),
                "require-revocation" => policy.with_revocation(Requirement::Required),
                "not-before" => policy.with_not_before(value().parse().unwrap()),
                "lock" => {
                    policy.with_lock(Lock::from_json(&fs::read(folder.join(value())).unwrap()).unwrap())
                }
                "max-revocation-age" => policy.with_max_age(value().parse().unwrap()),
                "config" => {
                    let file = PolicyFile::parse(&fs::read_to_string(folder.join(value())).unwrap()).unwrap();
                    let effective = file.effective(&Target::default()).unwrap();
                    effective.policy().with_publishers(publishers.clone())
                }
                "mode" => {
                    assert_eq!(value(), "warn");
                    policy.with_mode(Mode::Warn)
                }
                "revocations" => {
                    snapshot = Some(fs::read(folder.join(value())).unwrap());
                    policy
                }
                "revocations-root" => {
                    pinned.add_pem(&fs::read(folder.join(value())).unwrap(), &Vouches::All).unwrap();
                    policy
                }
                other => panic!("{}: no such flag: {other}", folder.display()),
            };
        }
        let read = |json: Vec<u8>| Snapshot::read(&json, &pinned, self.at.parse().unwrap()).unwrap();
        (policy, snapshot.map(read).map(Snapshot::into_revocations))
    }
}

fn outcomes(verdict: &Verdict) -> [&Outcome; 4] {
    let Checks { integrity, expiry, mismatch, revocation } = verdict.checks();
    [integrity, expiry, mismatch, revocation]
}

/// What became of the package, in the words of a case: the code is that of the check that decided.
fn actual(verdict: &Verdict, expected: &Expected) -> Expected {
    let failed = outcomes(verdict).into_iter().find(|outcome| outcome.is_fail());
    let decided = failed.or_else(|| {
        let revocation = &verdict.checks().revocation;
        (verdict.status().as_str() == "UNKNOWN").then_some(revocation)
    });
    let unsettled =
        outcomes(verdict).into_iter().filter(|outcome| !outcome.is_fail()).filter_map(Outcome::code);
    let mut unsettled = unsettled.map(|code| code.as_str().to_owned());
    Expected {
        status: verdict.status().as_str().to_owned(),
        decision: verdict.decision().as_str().to_owned(),
        code: decided.and_then(Outcome::code).map(|code| code.as_str().to_owned()),
        unsettled: unsettled.find(|code| Some(code) == expected.unsettled.as_ref()),
        warnings: verdict.warnings().iter().map(|warning| warning.code().as_str().to_owned()).collect(),
    }
}

#[test]
fn each_folder_gets_the_verdict_that_it_says() {
    let mut judged = 0;
    for folder in folders("accepted").into_iter().chain(folders("rejected")) {
        let case = Case::read(&folder);
        let verdict = case.verify(&folder, &fs::read(folder.join("package.zip")).unwrap());
        assert_eq!(
            actual(&verdict, &case.expected),
            case.expected,
            "{}: {:?}",
            folder.display(),
            verdict.checks()
        );
        judged += 1;
    }
    assert!(judged >= 40, "only {judged} cases were found");
}

#[test]
fn each_folder_stands_where_it_belongs() {
    for folder in folders("accepted") {
        assert_ne!(Case::read(&folder).expected.decision, "block", "{}", folder.display());
    }
    for folder in folders("rejected") {
        let expected = Case::read(&folder).expected;
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!(expected.decision, "block", "{name}");
        let (code, _) = name.split_once("--").expect("a folder is named <code>--<what>");
        assert_eq!(Some(code), expected.code.as_deref(), "{name}");
    }
}

#[test]
fn each_folder_is_what_the_forge_writes() {
    for case in lambda_codesign_tests::cases::all() {
        let folder = testdata().join(&case.folder);
        for (name, content) in case.files() {
            let written = fs::read(folder.join(&name)).unwrap_or_default();
            assert!(written == content, "{}/{name} is stale: run forge-testdata", case.folder);
        }
    }
}

/// What an archive case breaks is the one thing that is wrong with it.
#[test]
fn each_archive_case_was_sound_before_its_defect() {
    let folder = testdata().join("accepted/archive-plain");
    let case = Case::read(&folder);
    for defect in lambda_codesign_tests::cases::archives::defects() {
        let verdict = case.verify(&folder, &defect.sound);
        assert_eq!(
            verdict.status().as_str(),
            "VALID",
            "{}--{}: {:?}",
            defect.code,
            defect.what,
            verdict.checks()
        );
        assert_ne!(defect.sound, defect.broken, "{}--{}", defect.code, defect.what);
    }
}
