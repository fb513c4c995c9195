//! What packages are judged by: the policy file, and the flags that narrow it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use lambda_codesign_core::Verifier;
#[cfg(feature = "services")]
use lambda_codesign_core::chain::TrustRoots;
use lambda_codesign_core::claims::{ProfileVersionArn, PublisherPattern};
use lambda_codesign_core::finding::Warning;
use lambda_codesign_core::policy::{Evidence, Lock, Mode, Modes, Policy, Publishers, Requirement};
use lambda_codesign_core::verdict::Judgement;
use lambda_codesign_policy::{Diagnostic, Effective, Problem, ScopedException, Setting, Target};

use crate::cli::Global;
use crate::fault::{Fault, escaped};
use crate::input;
use crate::known::{Known, RevocationArguments};
use crate::policy_file::{self, LoadedPolicy};
use crate::target::TargetArguments;
use crate::trust::TrustArguments;

/// The rules that flags set, and what the packages are for.
#[derive(Debug, Args)]
pub(crate) struct JudgingArguments {
    #[command(flatten)]
    pub(crate) rules: RuleArguments,
    #[command(flatten)]
    pub(crate) target: TargetArguments,
}

/// The rules that flags set.
#[derive(Debug, Args)]
pub(crate) struct RuleArguments {
    #[command(flatten)]
    trust: TrustArguments,
    /// Allow this publisher: a signing profile version ARN, or a pattern in which `*` stands for any characters
    /// within one part. It narrows what a policy file allows.
    #[arg(long = "allow", value_name = "ARN_OR_PATTERN", help_heading = "Policy")]
    allowed: Vec<PublisherPattern>,
    /// Let whoever a trusted root vouches for have signed.
    #[arg(long, conflicts_with = "allowed", help_heading = "Policy")]
    any_publisher: bool,
    /// Block what fails, or, but for integrity, only warn of it [default: enforce].
    #[arg(long, value_enum, help_heading = "Policy")]
    mode: Option<ModeArgument>,
    /// Judge as of this time (RFC 3339) instead of now.
    #[arg(long, value_name = "TIME", help_heading = "Policy")]
    at: Option<Timestamp>,
    /// Refuse signatures that were made before this time (RFC 3339).
    #[arg(long, value_name = "TIME", help_heading = "Policy")]
    not_before: Option<Timestamp>,
    #[command(flatten)]
    revocations: RevocationArguments,
    /// Block packages without a manifest, whose files' boundaries nothing proves.
    #[arg(long, help_heading = "Policy")]
    require_manifest: bool,
    /// Block packages that this lock does not list.
    #[arg(long, value_name = "FILE", help_heading = "Policy")]
    lock: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ModeArgument {
    Enforce,
    Warn,
}

/// Whether a policy names a publisher.
pub(crate) type IsNamed<'a> = Box<dyn Fn(&ProfileVersionArn) -> bool + 'a>;

/// Everything that packages are judged by.
pub(crate) struct Judging<'f> {
    pub(crate) verifier: Verifier,
    pub(crate) now: Timestamp,
    known: Option<Known>,
    file: Option<(&'f LoadedPolicy, Effective<'f>)>,
}

impl JudgingArguments {
    /// The time as of which packages are judged.
    pub(crate) fn now(&self) -> Timestamp {
        self.rules.now()
    }

    /// The policy file that applies.
    pub(crate) fn file(&self, global: &Global, now: Timestamp) -> Result<Option<LoadedPolicy>, Fault> {
        self.rules.file(global, now)
    }

    /// What packages are judged by, the flags and the file together, for the target that the flags name.
    pub(crate) fn judging<'f>(
        &self,
        file: Option<&'f LoadedPolicy>,
        now: Timestamp,
    ) -> Result<Judging<'f>, Fault> {
        self.rules.judging(file, now, &self.target.target())
    }
}

impl RuleArguments {
    /// The time as of which packages are judged.
    pub(crate) fn now(&self) -> Timestamp {
        self.at.unwrap_or_else(Timestamp::now)
    }

    /// The policy file that applies.
    pub(crate) fn file(&self, global: &Global, now: Timestamp) -> Result<Option<LoadedPolicy>, Fault> {
        policy_file::load(global, now)
    }

    /// What packages for this target are judged by, the flags and the file together.
    pub(crate) fn judging<'f>(
        &self,
        file: Option<&'f LoadedPolicy>,
        now: Timestamp,
        target: &Target,
    ) -> Result<Judging<'f>, Fault> {
        let file = match file {
            Some(loaded) => Some((loaded, loaded.effective(target)?)),
            None => None,
        };
        let roots = self.trust.roots_beside(file.as_ref().map(|(loaded, _)| *loaded))?;
        let policy = self.policy(file.as_ref().map(|(_, effective)| effective))?;
        let known = self.known(file.as_ref().map(|(loaded, _)| *loaded), now)?;
        Ok(Judging { verifier: Verifier::new(roots, policy), now, known, file })
    }

    /// What is asked besides a code signing config, which names publishers itself; nothing where neither flags nor file
    /// ask for anything.
    #[cfg(feature = "services")]
    pub(crate) fn policy_beside_config(&self, file: Option<&Effective<'_>>) -> Result<Option<Policy>, Fault> {
        let narrows = !self.allowed.is_empty()
            || self.mode == Some(ModeArgument::Enforce)
            || self.not_before.is_some()
            || self.revocations.max_age.is_some()
            || self.lock.is_some()
            || self.require_manifest
            || self.revocations.required;
        if file.is_none() && !narrows {
            return Ok(None);
        }
        let policy = self.policy(file)?;
        let names = !self.allowed.is_empty() || file.is_some_and(|file| file.allow.is_some());
        Ok(Some(if names { policy } else { policy.with_publishers(Publishers::Any) }))
    }

    /// The roots that are trusted.
    #[cfg(feature = "services")]
    pub(crate) fn roots(&self, file: Option<&LoadedPolicy>) -> Result<TrustRoots, Fault> {
        self.trust.roots_beside(file)
    }

    /// Flags fill what the file leaves open, and narrow what it says.
    pub(crate) fn policy(&self, file: Option<&Effective<'_>>) -> Result<Policy, Fault> {
        let policy = file.map_or_else(|| Policy::new(Publishers::NotGiven), Effective::policy);
        let mut policy = self.publishers(policy, file)?.with_modes(self.modes(file)?);
        if self.require_manifest {
            policy = policy.with_manifest(Requirement::Required);
        }
        let not_before = file.and_then(|file| file.not_before).map(|setting| setting.value);
        if let Some(time) = self.not_before.max(not_before) {
            policy = policy.with_not_before(time);
        }
        let max_age = file.and_then(|file| file.max_age).map(|setting| setting.value);
        policy = self.revocations.narrow(policy, max_age);
        match self.lock()? {
            Some(lock) => Ok(policy.with_lock(lock)),
            None => Ok(policy),
        }
    }

    fn publishers(&self, policy: Policy, file: Option<&Effective<'_>>) -> Result<Policy, Fault> {
        match (file.and_then(|file| file.allow), self.any_publisher, self.allowed.as_slice()) {
            (Some(_), true, _) => Err(widens("--any-publisher", "the policy file names publishers")),
            (None, true, _) => Ok(policy.with_publishers(Publishers::Any)),
            (_, false, []) => Ok(policy),
            (Some(_), false, allowed) => Ok(policy.narrowed_to(allowed.to_vec())),
            (None, false, allowed) => Ok(policy.with_publishers(Publishers::Only(allowed.to_vec()))),
        }
    }

    fn modes(&self, file: Option<&Effective<'_>>) -> Result<Modes, Fault> {
        let asked = match self.mode {
            Some(ModeArgument::Enforce) => Mode::Enforce,
            Some(ModeArgument::Warn) => Mode::Warn,
            None => return Ok(file.map_or_else(Modes::default, Effective::modes)),
        };
        let narrowed = |setting: Setting<'_, Mode>| match (setting.rule, asked.stricter(setting.value)) {
            (None, _) => Ok(asked),
            (Some(_), stricter) if stricter == asked => Ok(asked),
            (Some(_), _) => Err(widens("--mode warn", "the policy file enforces a check")),
        };
        match file {
            None => Ok(Modes::all(asked)),
            Some(file) => Ok(Modes {
                expiry: narrowed(file.expiry)?,
                mismatch: narrowed(file.mismatch)?,
                revocation: narrowed(file.revocation)?,
            }),
        }
    }

    fn lock(&self) -> Result<Option<Lock>, Fault> {
        let Some(file) = &self.lock else {
            return Ok(None);
        };
        let lock = Lock::from_json(&input::read_small(file, "lock")?).map_err(|error| {
            let name = escaped(&file.to_string_lossy());
            Fault::new(format!("can't use the lock {name}"), error, "restore the file that was reviewed")
        })?;
        Ok(Some(lock))
    }

    /// What the snapshots say that are named.
    pub(crate) fn known(&self, file: Option<&LoadedPolicy>, now: Timestamp) -> Result<Option<Known>, Fault> {
        self.revocations.read(file, now)
    }
}

/// That a flag would let pass what the policy file does not.
pub(crate) fn widens(flag: &str, why: &str) -> Fault {
    Fault::usage(
        format!("can't use {flag} with the policy file"),
        format!("{why}, and flags narrow what it says and never widen it"),
        format!("leave out {flag}"),
    )
}

impl Judging<'_> {
    /// What is known from outside the packages.
    pub(crate) const fn evidence(&self) -> Evidence<'_> {
        Evidence { now: self.now, revocations: Known::evidence(self.known.as_ref()) }
    }

    /// The snapshots that were judged by.
    pub(crate) const fn known(&self) -> Option<&Known> {
        self.known.as_ref()
    }

    /// Whether the policy names a publisher, where it names any.
    pub(crate) fn names(&self) -> Option<IsNamed<'_>> {
        let names = self.verifier.policy.names()?;
        Some(Box::new(names))
    }

    /// The policy file that was judged by, and what of it applied.
    pub(crate) const fn file(&self) -> Option<&(&LoadedPolicy, Effective<'_>)> {
        self.file.as_ref()
    }
}

/// The exceptions that were made for a target and that none of its packages needed.
pub(crate) fn unused<'v, V: AsRef<Judgement> + 'v>(
    effective: &Effective<'_>,
    verdicts: impl Iterator<Item = &'v V>,
) -> Vec<Diagnostic> {
    let mut unused = effective.exceptions.clone();
    for verdict in verdicts {
        unused.retain(|scoped| !was_used(scoped, verdict.as_ref().warnings()));
    }
    unused.iter().map(|scoped| Diagnostic::new(Problem::ExceptionUnused, scoped.at.clone())).collect()
}

/// Whether one of these warnings is that this exception let something pass.
pub(crate) fn was_used(scoped: &ScopedException, warnings: &[Warning]) -> bool {
    warnings.iter().any(|warning| matches!(warning, Warning::Excepted(used) if *used == scoped.exception))
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use jiff::Timestamp;
    use lambda_codesign_core::chain::TrustRoots;
    use lambda_codesign_core::digest::CodeSha256;
    use lambda_codesign_core::policy::{Evidence, Manifest, Policy, SupposedSignature, Supposition};
    use lambda_codesign_core::verdict::Decision;
    use lambda_codesign_policy::{PolicyFile, Target};

    use super::JudgingArguments;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        judging: JudgingArguments,
    }

    const PUBLISHERS: [&str; 3] = [
        "arn:aws:signer:us-east-1:123456789012:/signing-profiles/release_builds/AbCdEf1234",
        "arn:aws:signer:us-east-1:123456789012:/signing-profiles/other/AbCdEf1234",
        "arn:aws:signer:us-east-1:000000000000:/signing-profiles/local/AbCdEf1234",
    ];

    /// Files that leave nothing open.
    fn files() -> Vec<PolicyFile> {
        let mut files = Vec::new();
        for publisher in ["release_builds", "*"] {
            for mode in [
                "\"enforce\"",
                "\"warn\"",
                "{ expiry = \"warn\", mismatch = \"enforce\", revocation = \"warn\" }",
            ] {
                for rest in [
                    "",
                    "require-manifest = true",
                    "require-revocation = true",
                    "not-before = 2026-06-01",
                    "[[exception]]\ncode = \"expired\"\nuntil = 2099-12-31\nreason = \"r\"",
                ] {
                    let text = format!(
                        "version = 1\n[publishers]\np = [\"arn:aws:signer:*:*:/signing-profiles/{publisher}/*\"]\n\
                         [[rule]]\nname = \"a\"\nallow = [\"p\"]\nmode = {mode}\n{rest}\n"
                    );
                    files.push(PolicyFile::parse(&text).unwrap());
                }
            }
        }
        files
    }

    /// Flags that may stand beside such a file, or are refused.
    const FLAGS: [&[&str]; 12] = [
        &["--allow", PUBLISHERS[0]],
        &["--allow", "arn:aws:signer:*:*:/signing-profiles/*/*"],
        &["--allow", PUBLISHERS[1], "--allow", PUBLISHERS[2]],
        &["--any-publisher"],
        &["--mode", "enforce"],
        &["--mode", "warn"],
        &["--not-before", "2020-01-01T00:00:00Z"],
        &["--not-before", "2026-10-01T00:00:00Z"],
        &["--require-manifest"],
        &["--require-revocation"],
        &["--max-revocation-age", "1d"],
        &["--require-revocation", "--mode", "enforce", "--allow", PUBLISHERS[1]],
    ];

    fn suppositions() -> Vec<Supposition> {
        let job = "arn:aws:signer:us-east-1:123456789012:/signing-jobs/11111111-2222-4333-8444-555555555555";
        let mut suppositions = vec![Supposition { code_sha256: CodeSha256::of(b"x"), signature: None }];
        for publisher in PUBLISHERS {
            for (signed, expires) in
                [("2026-01-01", "2027-01-01"), ("2026-09-01", "2026-10-01"), ("2026-11-01", "2027-01-01")]
            {
                for manifest in [Manifest::Present, Manifest::Absent] {
                    let signature = SupposedSignature {
                        publisher: publisher.parse().unwrap(),
                        job: job.parse().unwrap(),
                        signing_time: time(signed),
                        expires: time(expires),
                        manifest,
                    };
                    let code_sha256 = CodeSha256::of(b"x");
                    suppositions.push(Supposition { code_sha256, signature: Some(signature) });
                }
            }
        }
        suppositions
    }

    fn time(date: &str) -> Timestamp {
        format!("{date}T00:00:00Z").parse().unwrap()
    }

    const fn strictness(decision: Decision) -> u8 {
        match decision {
            Decision::Allow => 0,
            Decision::Warn => 1,
            Decision::Block => 2,
        }
    }

    #[test]
    fn no_flag_lets_pass_what_the_file_does_not() {
        let roots = TrustRoots::aws();
        let decide = |policy: &Policy, supposition: &Supposition| {
            let evidence = Evidence { now: time("2026-11-20"), revocations: None };
            strictness(policy.suppose(supposition, &roots, evidence).decision())
        };
        let (mut refused, mut stricter, mut same) = (0, 0, 0);
        for file in files() {
            let effective = file.effective(&Target::default()).unwrap();
            for flags in FLAGS {
                let line = Line::try_parse_from([&["verify"], flags].concat()).unwrap();
                let Ok(policy) = line.judging.rules.policy(Some(&effective)) else {
                    refused += 1;
                    continue;
                };
                for supposition in suppositions() {
                    let (with, without) =
                        (decide(&policy, &supposition), decide(&effective.policy(), &supposition));
                    assert!(with >= without, "{flags:?} {supposition:?} {file:?}");
                    if with > without { stricter += 1 } else { same += 1 }
                }
            }
        }
        // --any-publisher beside all 30 files, --mode warn beside the 20 that enforce something.
        assert_eq!(refused, 50);
        assert!(stricter > 500 && same > 500, "{stricter} {same}");
    }
}
