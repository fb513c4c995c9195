//! What is known of revocations: the snapshots that are given, and who vouches for them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use lambda_codesign_core::chain::TrustRoots;
use lambda_codesign_core::policy::{MaxAge, Policy, Requirement, Revocations, Voucher};
use lambda_codesign_core::report::SnapshotReport;
use lambda_codesign_core::snapshot::Snapshot;

use crate::fault::{Fault, escaped};
use crate::input;
use crate::judging::widens;
use crate::policy_file::LoadedPolicy;
use crate::trust::GivenRoot;

/// The snapshots by which revocation is judged.
#[derive(Debug, Args)]
#[command(next_help_heading = "Policy")]
pub(crate) struct RevocationArguments {
    /// Judge revocation by this snapshot. May be given several times, for several accounts and regions.
    #[arg(long = "revocations", value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    roots: RootArguments,
    /// Block what is not known to be unrevoked.
    #[arg(long = "require-revocation")]
    pub(crate) required: bool,
    /// Take a snapshot that is older than this for no knowledge, such as 90m, 24h or 7d.
    #[arg(long = "max-revocation-age", value_name = "AGE")]
    pub(crate) max_age: Option<MaxAge>,
}

/// The roots that vouch for snapshots.
#[derive(Debug, Args)]
#[command(next_help_heading = "Policy")]
pub(crate) struct RootArguments {
    /// Let a snapshot clear that is signed under the root in this PEM file, by the publishers that PATTERN matches (all,
    /// where none is given). Any other snapshot can revoke, and not clear.
    #[arg(long = "revocations-root", value_name = "PEM[=PATTERN]")]
    roots: Vec<GivenRoot>,
}

/// Snapshots that were read.
pub(crate) struct Known {
    revocations: Revocations,
    given: Vec<(String, Snapshot)>,
}

impl RevocationArguments {
    /// What is known as of `now`; nothing where no snapshot is named.
    pub(crate) fn read(&self, policy: Option<&LoadedPolicy>, now: Timestamp) -> Result<Option<Known>, Fault> {
        Known::read(&self.files, &self.roots.pinned(policy)?, now)
    }

    /// A policy that asks for what the flags ask for too; of two ages, the stricter one holds.
    pub(crate) fn narrow(&self, mut policy: Policy, max_age: Option<MaxAge>) -> Policy {
        if self.required {
            policy = policy.with_revocation(Requirement::Required);
        }
        match self.max_age.map(|age| max_age.map_or(age, |max_age| max_age.stricter(age))) {
            Some(age) => policy.with_max_age(age),
            None => policy,
        }
    }
}

impl RootArguments {
    /// The set of them: what a policy file says of trust is the whole of it.
    pub(crate) fn pinned(&self, policy: Option<&LoadedPolicy>) -> Result<TrustRoots, Fault> {
        let mut roots = match policy.filter(|loaded| loaded.file.trust.is_some()) {
            Some(_) if !self.roots.is_empty() => {
                return Err(widens("--revocations-root", "the policy file says which roots are trusted"));
            }
            Some(loaded) => loaded.revocations_roots()?,
            None => TrustRoots::none(),
        };
        self.roots.iter().try_for_each(|root| root.add_to(&mut roots))?;
        Ok(roots)
    }
}

impl Known {
    /// Reads snapshots, of which those signed under a pinned root can clear.
    pub(crate) fn read(
        files: &[PathBuf],
        pinned: &TrustRoots,
        now: Timestamp,
    ) -> Result<Option<Self>, Fault> {
        let mut given = Vec::new();
        for file in files {
            given.push((file.to_string_lossy().into_owned(), read(file, pinned, now)?));
        }
        let facts = given.iter().map(|(_, snapshot)| snapshot.clone().into_revocations());
        Ok(facts.reduce(Revocations::and).map(|revocations| Self { revocations, given }))
    }

    /// As a verifier takes them.
    pub(crate) const fn evidence(known: Option<&Self>) -> Option<&Revocations> {
        match known {
            Some(known) => Some(&known.revocations),
            None => None,
        }
    }

    /// As reports name them.
    pub(crate) fn reports(&self) -> Vec<SnapshotReport> {
        self.given.iter().map(|(path, snapshot)| SnapshotReport::of(path, snapshot)).collect()
    }

    /// A line each, for people.
    pub(crate) fn human(&self, now: Timestamp) -> String {
        let mut text = String::new();
        for (path, snapshot) in &self.given {
            let (account, region) = (snapshot.account().as_str(), escaped(snapshot.region()));
            let until = snapshot.complete_until();
            let by = match snapshot.voucher() {
                Voucher::Signature { signer, .. } => format!("signed by {signer}"),
                Voucher::Caller | Voucher::Nobody => {
                    "not signed under a pinned root, so it can revoke and not clear".to_owned()
                }
            };
            let path = escaped(path);
            // Writing to a String does not fail.
            let _ = writeln!(
                text,
                "revocations: {path}, of {account} in {region}, complete until {until} ({}), {by}",
                age(now.duration_since(until))
            );
        }
        text
    }
}

fn read(path: &Path, pinned: &TrustRoots, now: Timestamp) -> Result<Snapshot, Fault> {
    Snapshot::read(&input::read_small(path, "revocation snapshot")?, pinned, now).map_err(|error| {
        let name = escaped(&path.to_string_lossy());
        let help = "fetch the snapshot again, and give the root of the profile that signs it";
        Fault::new(format!("can't use the revocation snapshot {name}"), error, help)
    })
}

/// How old something is, in its largest unit of which there are two at least.
fn age(age: SignedDuration) -> String {
    let minutes = age.as_mins();
    match minutes {
        ..0 => "still to come".to_owned(),
        0..120 => format!("{minutes} min old"),
        120..2880 => format!("{} h old", age.as_hours()),
        2880.. => format!("{} days old", age.as_hours() / 24),
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::age;

    #[test]
    fn an_age_has_the_largest_unit_of_which_there_are_two() {
        let shown = |minutes| age(SignedDuration::from_mins(minutes));
        assert_eq!(shown(-1), "still to come");
        assert_eq!(shown(0), "0 min old");
        assert_eq!(shown(119), "119 min old");
        assert_eq!(shown(120), "2 h old");
        assert_eq!(shown(47 * 60 + 59), "47 h old");
        assert_eq!(shown(48 * 60), "2 days old");
    }
}
