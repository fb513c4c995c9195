//! Profiles on disk: whose they are, what happens when they are damaged, and many processes at once.

#![expect(clippy::unwrap_used, reason = "what a helper of a test meets ends the test")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use lambda_codesign_signing::name::ProfileName;
use lambda_codesign_signing::pack::{PackOptions, pack};
use lambda_codesign_signing::profile::{Profile, ProfileError, ProfileStatus, ProfileStore};
use lambda_codesign_signing::sign::{SignError, SignRequest, sign};
use lambda_codesign_signing::validity::Validity;
use tempfile::TempDir;

fn now() -> Timestamp {
    "2026-11-24T10:00:00.120Z".parse().unwrap()
}

fn name(text: &str) -> ProfileName {
    text.parse().unwrap()
}

fn package() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("app.py"), "handler = print\n").unwrap();
    pack(folder.path(), &PackOptions::default()).unwrap().bytes
}

/// A store with the profile `release`.
fn store() -> (TempDir, ProfileStore, Profile) {
    let folder = tempfile::tempdir().unwrap();
    let store = ProfileStore::open(&folder.path().join("profiles")).unwrap();
    let profile = store.create(&name("release"), Validity::DEFAULT, now()).unwrap();
    (folder, store, profile)
}

fn files(folder: &Path) -> Vec<(String, u32)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().permissions().mode())
        })
        .map(|(name, mode)| (name, mode & 0o777))
        .collect();
    files.sort();
    files
}

#[test]
fn what_is_written_is_the_owners_alone() {
    let (folder, _, profile) = store();
    sign(&package(), &profile, &SignRequest::at(now())).unwrap();
    let root = folder.path().join("profiles");
    assert_eq!(files(folder.path()), [("profiles".into(), 0o700)]);
    assert_eq!(files(&root), [(".lock".into(), 0o600), ("release".into(), 0o700)]);
    let inside = files(&root.join("release"));
    assert_eq!(inside.len(), 6, "{inside:?}");
    for (name, mode) in &inside {
        assert_eq!(*mode, if name == "jobs" { 0o700 } else { 0o600 }, "{name}");
    }
    assert_eq!(
        inside.iter().filter(|(name, _)| name.ends_with(".key")).count(),
        3,
        "leaf keys are never on disk"
    );
    assert_eq!(files(&root.join("release/jobs")).len(), 1);
}

#[test]
fn a_folder_or_key_open_to_others_is_refused() {
    let (folder, store, profile) = store();
    let root = folder.path().join("profiles");
    let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();

    set(&root, 0o770);
    let error = ProfileStore::open(&root).unwrap_err();
    assert!(error.to_string().ends_with("/profiles is open to other users (mode 0770)"), "{error}");
    set(&root, 0o755);
    assert!(ProfileStore::open(&root).is_ok());

    set(&root.join("release"), 0o702);
    let error = store.profile(&name("release")).err().unwrap();
    assert!(matches!(error, ProfileError::OpenToOthers { mode: 0o702, .. }), "{error}");
    set(&root.join("release"), 0o700);

    let key = key_file(&root.join("release"), "regional");
    set(&key, 0o640);
    let error = profile.begin(now(), None).err().unwrap();
    assert!(matches!(error, ProfileError::OpenToOthers { mode: 0o640, .. }), "{error}");
}

#[test]
fn a_folder_of_another_user_is_refused() {
    let (folder, store, _) = store();
    let release = folder.path().join("profiles/release");
    // Only root can give a folder away.
    if std::os::unix::fs::chown(&release, Some(12345), None).is_err() {
        return assert!(store.profile(&name("release")).is_ok());
    }
    let error = store.profile(&name("release")).err().unwrap();
    let shown = error.to_string();
    assert!(shown.contains("/profiles/release belongs to user 12345, and you are user "), "{shown}");
}

fn key_file(profile: &Path, role: &str) -> PathBuf {
    let (name, _) = files(profile).into_iter().find(|(name, _)| name.starts_with(role)).unwrap();
    profile.join(name)
}

#[test]
fn a_damaged_profile_says_which_file() {
    let package = package();
    let damage = |what: &dyn Fn(&Path)| {
        let (folder, store, profile) = store();
        let path = folder.path().join("profiles/release");
        what(&path);
        let Err(SignError::Profile(error)) = sign(&package, &profile, &SignRequest::at(now())) else {
            panic!("signed with a damaged profile")
        };
        assert_eq!(store.list().unwrap().len(), 1, "a damaged profile is listed all the same");
        assert!(!error.remedy().is_empty());
        error.to_string()
    };
    let shown = damage(&|path| fs::remove_file(key_file(path, "root")).unwrap());
    assert!(shown.contains("/release/root-") && shown.contains(".key is missing"), "{shown}");
    let shown = damage(&|path| fs::remove_file(path.join("state.json")).unwrap());
    assert!(shown.contains("/release/state.json is missing"), "{shown}");
    let shown = damage(&|path| fs::remove_dir_all(path.join("jobs")).unwrap());
    assert!(shown.contains("/release/jobs is missing"), "{shown}");
    let shown = damage(&|path| fs::write(path.join("state.json"), "{\"schema\"").unwrap());
    assert!(shown.contains("/release/state.json is damaged: "), "{shown}");
    let shown = damage(&|path| {
        let state = fs::read_to_string(path.join("state.json")).unwrap();
        fs::write(path.join("state.json"), state.replace("profile/v1", "profile/v2")).unwrap();
    });
    assert!(shown.contains("unknown variant `lambda-codesign/profile/v2`"), "{shown}");
    let shown = damage(&|path| fs::write(key_file(path, "regional"), "garbage").unwrap());
    assert!(shown.contains(".key is damaged: it is not a private key in PEM"), "{shown}");
    let shown = damage(&|path| {
        fs::copy(key_file(path, "subordinate"), key_file(path, "regional")).unwrap();
    });
    assert!(shown.ends_with("the regional key does not belong to the regional certificate"), "{shown}");
    let shown = damage(&|path| {
        fs::remove_file(path.join("state.json")).unwrap();
        fs::create_dir(path.join("state.json")).unwrap();
    });
    assert!(shown.ends_with("/release/state.json is not a regular file"), "{shown}");
}

#[test]
fn a_name_is_used_once() {
    let (_folder, store, profile) = store();
    let again = |store: &ProfileStore| store.create(&name("release"), Validity::DEFAULT, now()).err();
    assert_eq!(again(&store).unwrap().to_string(), "Profile with name release already exists");
    profile.cancel(now()).unwrap();
    assert!(matches!(again(&store), Some(ProfileError::Exists(_))));
    let unknown = store.profile(&name("nightly")).err().unwrap();
    assert!(unknown.to_string().starts_with("there is no profile local:nightly in "), "{unknown}");
}

#[test]
fn revocations_are_kept_and_only_move_earlier() {
    let (_folder, store, profile) = store();
    let signed = sign(&package(), &profile, &SignRequest::at(now())).unwrap();
    let job = profile.jobs().unwrap().remove(0);
    assert_eq!(job.code_sha256, signed.code_sha256);
    assert_eq!(job.expires, signed.statement.expires);
    let later = now() + 1.hour();

    let revoked = profile.revoke_signature(&job.id, "leaked", later).unwrap();
    assert_eq!(profile.revoke_signature(&job.id, "again", later + 1.hour()).unwrap(), revoked);
    let unknown = "00000000-0000-4000-8000-000000000000".parse().unwrap();
    assert!(matches!(profile.revoke_signature(&unknown, "x", later), Err(ProfileError::UnknownJob { .. })));

    let revoke = |effective| profile.revoke("compromised", effective, later);
    assert!(matches!(revoke(later + 1.second()), Err(ProfileError::EffectiveInFuture { .. })));
    revoke(now()).unwrap();
    assert!(matches!(revoke(later), Err(ProfileError::EffectiveMovesLater { .. })));
    revoke(now() - 1.hour()).unwrap();

    let read = store.profile(&name("release")).unwrap();
    assert_eq!(read.facts().unwrap().status, ProfileStatus::Revoked);
    let facts = read.revocations(later).unwrap();
    assert_eq!(facts.profile.unwrap().effective, now() - 1.hour());
    assert_eq!(facts.signatures, [(job.id, revoked)]);
    assert!(matches!(read.cancel(later), Err(ProfileError::CancelRevoked(_))));
    assert!(matches!(read.begin(later, None), Err(ProfileError::Revoked(_))));
}

#[test]
fn the_intermediates_renew_themselves_on_disk() {
    let (folder, store, profile) = store();
    let root = profile.trust_root_pem().unwrap();
    let path = folder.path().join("profiles/release");
    let keys = || -> Vec<String> {
        files(&path).into_iter().map(|(name, _)| name).filter(|name| name.ends_with(".key")).collect()
    };
    let at = |months: i32| {
        let start = now().to_zoned_datetime(TimeZone::UTC);
        start.checked_add(months.months()).unwrap().timestamp()
    };
    let before = keys();
    profile.begin(at(10), None).unwrap();
    assert_eq!(keys(), before);
    profile.begin(at(13), None).unwrap();
    let month_13 = keys();
    assert_eq!(before.iter().filter(|key| !month_13.contains(key)).count(), 1, "{month_13:?}");
    let year_6 = store.profile(&name("release")).unwrap();
    year_6.begin(at(72), None).unwrap();
    assert_eq!(month_13.iter().filter(|key| !keys().contains(key)).count(), 2);
    year_6.begin(at(73), None).unwrap();
    assert_eq!(keys().len(), 3, "keys that nothing names are removed");
    assert_eq!(year_6.trust_root_pem().unwrap(), root);
}

#[test]
fn a_read_only_store_says_so_and_keeps_what_it_has() {
    let (folder, _, profile) = store();
    let jobs = folder.path().join("profiles/release/jobs");
    fs::remove_dir(&jobs).unwrap();
    fs::write(&jobs, "a file where the folder was").unwrap();
    let error = sign(&package(), &profile, &SignRequest::at(now())).unwrap_err();
    assert!(error.to_string().contains("/release/jobs can't be used: "), "{error}");
    assert_eq!(profile.facts().unwrap().status, ProfileStatus::Active);
}

const STORE: &str = "LAMBDA_CODESIGN_TEST_STORE";
const WORKER: &str = "LAMBDA_CODESIGN_TEST_WORKER";
const ROUNDS: u32 = 12;

fn worker(folder: &Path, number: u32) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "one_of_many_processes", "--ignored"])
        .env(STORE, folder)
        .env(WORKER, number.to_string())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap()
}

/// Signs, creates and revokes, and notes each thing once it is done.
#[test]
#[ignore = "a process of the test below"]
fn one_of_many_processes() {
    let folder = PathBuf::from(std::env::var_os(STORE).unwrap());
    let number = std::env::var(WORKER).unwrap();
    let store = ProfileStore::open(&folder.join("profiles")).unwrap();
    let package = package();
    let note = |what: String| {
        let path = folder.join("done").join(&what);
        fs::write(path, "").unwrap();
    };
    for round in 0..ROUNDS {
        let shared = store.profile(&name("shared")).unwrap();
        // Past a year, so that whoever comes first renews the intermediate, and is perhaps killed at it.
        let at = now() + (24 * 400).hours();
        let signed = sign(&package, &shared, &SignRequest::at(at)).unwrap();
        let job = signed.statement.job.as_str().rsplit('/').next().unwrap().to_owned();
        note(format!("signed-{job}"));
        shared.revoke_signature(&job.parse().unwrap(), "each", at).unwrap();
        note(format!("revoked-{job}"));
        let own = name(&format!("own_{number}_{round}"));
        store.create(&own, Validity::DEFAULT, now()).unwrap();
        note(format!("created-{own}"));
    }
}

#[test]
fn processes_at_once_lose_nothing_also_when_some_are_killed() {
    let folder = tempfile::tempdir().unwrap();
    let store = ProfileStore::open(&folder.path().join("profiles")).unwrap();
    let shared = store.create(&name("shared"), Validity::DEFAULT, now()).unwrap();
    fs::create_dir(folder.path().join("done")).unwrap();
    let done = || files(&folder.path().join("done"));

    let mut finishing: Vec<Child> = (0..2).map(|number| worker(folder.path(), number)).collect();
    // Each of these is killed at another point: as soon as there is one more thing done than when it began.
    for number in 2..10 {
        let begun = done().len();
        let mut killed = worker(folder.path(), number);
        while done().len() <= begun + 2 && killed.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        killed.kill().unwrap();
        killed.wait().unwrap();
    }
    for child in &mut finishing {
        assert!(child.wait().unwrap().success());
    }

    let jobs = shared.jobs().unwrap();
    let listed = store.list().unwrap();
    let mut checked = 0;
    for (noted, _) in done() {
        let (what, which) = noted.split_once('-').unwrap();
        let held = match what {
            "signed" => jobs.iter().any(|job| job.id.as_str() == which),
            "revoked" => jobs.iter().any(|job| job.id.as_str() == which && job.revocation.is_some()),
            "created" => listed.iter().any(|listed| listed.name.as_str() == which && listed.facts.is_ok()),
            _ => panic!("{noted}"),
        };
        assert!(held, "{noted} was done and is lost");
        checked += 1;
    }
    assert!(checked >= 2 * 3 * ROUNDS, "{checked}");
    for listed in store.list().unwrap() {
        let profile = store.profile(&listed.name).unwrap();
        assert!(profile.begin(now() + 17_520.hours(), None).is_ok(), "{}", listed.name);
    }
    let leftovers = files(&folder.path().join("profiles/shared"));
    assert_eq!(leftovers.len(), 6, "{leftovers:?}");
}
