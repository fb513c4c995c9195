//! Packing, signing, comparing and grafting by the command line, in an empty home.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Stdio;

use lambda_codesign_tests::zip::{ZipForge, file};

use crate::running::{command, done, fails, json, run, seen, testdata, text, with_profiles, workplace};

#[test]
fn a_folder_is_packed_signed_and_verified() {
    let folder = workplace();
    let at = folder.path();
    done(at, &["pack", "build", "-o", "app.zip"]);
    done(at, &["profile", "create", "local:dev"]);
    let signed = done(at, &["sign", "app.zip", "-o", "signed.zip", "--signing-profile", "local:dev"]);
    for word in ["profile", "/signing-profiles/dev/", "job", "/signing-jobs/", "expires"] {
        assert!(signed.contains(word), "{word}: {signed}");
    }
    fs::write(at.join("root.pem"), done(at, &["profile", "show", "local:dev", "--trust-root"])).unwrap();
    let allowed = "arn:aws:signer:*:000000000000:/signing-profiles/dev/*";
    done(at, &["verify", "signed.zip", "--trust-root", "root.pem", "--allow", allowed, "--require-manifest"]);
    // The built-in root never vouches for local profiles, and another root for nobody.
    fails(at, &["verify", "signed.zip", "--allow", allowed], 1, "chain-untrusted");
    // The same tree gives the same bytes.
    done(at, &["pack", "build", "-o", "again.zip"]);
    assert_eq!(fs::read(at.join("app.zip")).unwrap(), fs::read(at.join("again.zip")).unwrap());
}

#[test]
fn a_folder_is_signed_in_one_go_and_locked() {
    let folder = workplace();
    let at = folder.path();
    let sign =
        ["sign", "build", "-o", "app.zip", "--signing-profile", "local:ci", "--ephemeral-root", "root.pem"];
    let output = run(at, &[&sign[..], &["--lock", "app.lock", "--output", "json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", seen(&output));
    let row = &json(&output)["results"][0];
    assert_eq!((&row["result"], &row["manifest"]), (&"signed".into(), &true.into()));
    let verify = ["verify", "app.zip", "--trust-root", "root.pem", "--lock", "app.lock"];
    let output = run(at, &verify);
    assert_eq!(output.status.code(), Some(0), "{}", seen(&output));
    // Signed anew it is another file with other content: the lock lists it no more.
    run(
        at,
        &[
            "sign",
            "build",
            "-o",
            "app.zip",
            "--signing-profile",
            "local:ci",
            "--ephemeral-root",
            "root.pem",
            "--no-manifest",
        ],
    );
    let output = run(at, &verify);
    assert_eq!(output.status.code(), Some(1), "{}", seen(&output));
    assert!(seen(&output).contains("not-in-lock"), "{}", seen(&output));
}

#[test]
fn signed_packages_are_refused_or_verified_and_passed_on() {
    let folder = workplace();
    let at = folder.path();
    done(at, &["profile", "create", "local:dev"]);
    done(at, &["sign", "build", "-o", "signed.zip", "--signing-profile", "local:dev"]);
    let again = ["sign", "signed.zip", "-o", "again.zip", "--signing-profile", "local:dev"];
    fails(at, &again, 1, "signed");
    assert!(!at.join("again.zip").exists(), "nothing is written");
    done(at, &[&again[..], &["--skip-signed"]].concat());
    assert_eq!(fs::read(at.join("signed.zip")).unwrap(), fs::read(at.join("again.zip")).unwrap());
    // Signed by another profile, it is a stranger's.
    done(at, &["profile", "create", "local:other"]);
    let stranger =
        ["sign", "signed.zip", "-o", "other.zip", "--signing-profile", "local:other", "--skip-signed"];
    fails(at, &stranger, 1, "could not pass signed.zip on");
    assert!(!at.join("other.zip").exists(), "nothing is written");
}

#[test]
fn a_revoked_signature_is_not_passed_on() {
    let folder = workplace();
    let at = folder.path();
    done(at, &["profile", "create", "local:dev"]);
    done(at, &["sign", "build", "-o", "signed.zip", "--signing-profile", "local:dev"]);
    done(at, &["profile", "revoke", "local:dev", "--reason", "r", "--effective", "2020-01-01T00:00:00Z"]);
    let again = ["sign", "signed.zip", "-o", "again.zip", "--signing-profile", "local:dev", "--skip-signed"];
    fails(at, &again, 1, "revoked");
    assert!(!at.join("again.zip").exists(), "nothing is written");
}

#[test]
fn a_package_without_permission_bits_is_signed() {
    let folder = workplace();
    let at = folder.path();
    let entry =
        file("A.class", "class").central(|central| (central.host, central.external_attributes) = (0, 0));
    fs::write(at.join("jar.zip"), ZipForge::of([entry]).build()).unwrap();
    let sign = [
        "sign",
        "jar.zip",
        "-o",
        "signed.zip",
        "--signing-profile",
        "local:ci",
        "--ephemeral-root",
        "root.pem",
    ];
    done(at, &sign);
    let verify = ["verify", "signed.zip", "--trust-root", "root.pem", "--require-manifest"];
    assert!(!done(at, &verify).contains("mode-changed"));
}

#[test]
fn what_could_pass_for_a_signature_is_not_packed() {
    let folder = workplace();
    let at = folder.path();
    fs::create_dir(at.join("build/META-INF")).unwrap();
    fs::write(at.join("build/META-INF/aws_signer_signature_v1.0.SF"), "").unwrap();
    fails(at, &["pack", "build", "-o", "app.zip"], 3, "the verifier would refuse the package");
    assert!(!at.join("app.zip").exists(), "nothing is written");
}

#[test]
fn an_input_is_never_written_over_and_a_bad_lock_stops_first() {
    let folder = workplace();
    let at = folder.path();
    done(at, &["profile", "create", "local:dev"]);
    done(at, &["pack", "build", "-o", "app.zip"]);
    fails(at, &["sign", "app.zip", "-o", "./app.zip", "--signing-profile", "local:dev"], 2, "written over");
    fs::write(at.join("bad.lock"), "{}").unwrap();
    fails(
        at,
        &["sign", "app.zip", "-o", "s.zip", "--signing-profile", "local:dev", "--lock", "bad.lock"],
        3,
        "lock",
    );
    fails(at, &["pack", "build", "-o", "s.zip", "--lock", "bad.lock"], 3, "lock");
    assert!(!at.join("s.zip").exists(), "nothing is written");
}

#[test]
fn many_are_signed_at_once_and_one_failure_stops_no_other() {
    let folder = workplace();
    let at = folder.path();
    done(at, &["profile", "create", "local:dev"]);
    done(at, &["pack", "build", "-o", "a.zip"]);
    fs::copy(at.join("a.zip"), at.join("b.zip")).unwrap();
    fs::write(at.join("c.zip"), "no zip").unwrap();
    fs::create_dir(at.join("out")).unwrap();
    let many = ["sign", "a.zip", "c.zip", "b.zip", "--out-dir", "out", "--signing-profile", "local:dev"];
    fails(at, &many, 1, "could not sign c.zip");
    assert!(at.join("out/a.zip").exists() && at.join("out/b.zip").exists() && !at.join("out/c.zip").exists());
    fails(
        at,
        &["sign", "a.zip", "b.zip", "-o", "x.zip", "--signing-profile", "local:dev"],
        2,
        "several packages",
    );
    fs::create_dir(at.join("twin")).unwrap();
    fs::copy(at.join("a.zip"), at.join("twin/a.zip")).unwrap();
    let twins = ["sign", "a.zip", "twin/a.zip", "--out-dir", "out", "--signing-profile", "local:dev"];
    fails(at, &twins, 2, "two packages would be written to");
}

#[test]
fn revocations_of_a_profile_are_a_snapshot_for_verify() {
    let folder = workplace();
    let at = folder.path();
    done(at, &["profile", "create", "local:dev"]);
    done(at, &["sign", "build", "-o", "signed.zip", "--signing-profile", "local:dev"]);
    fs::write(at.join("root.pem"), done(at, &["profile", "show", "local:dev", "--trust-root"])).unwrap();
    let verify = [
        "verify",
        "signed.zip",
        "--trust-root",
        "root.pem",
        "--revocations",
        "r.json",
        "--revocations-root",
        "auditor.pem",
        "--require-revocation",
    ];
    done(at, &["profile", "create", "local:auditor"]);
    fs::write(at.join("auditor.pem"), done(at, &["profile", "show", "local:auditor", "--trust-root"]))
        .unwrap();
    done(at, &["profile", "revocations", "local:dev", "-o", "r.json"]);
    fails(at, &verify, 1, "revocation-unvouched");
    done(at, &["revocations", "sign", "r.json", "-o", "s.json", "--signing-profile", "local:auditor"]);
    assert!(done(at, &["revocations", "show", "s.json"]).contains("not signed under a pinned root"));
    let shown = done(at, &["revocations", "show", "s.json", "--revocations-root", "auditor.pem"]);
    assert!(shown.contains("signing-profiles/auditor/"), "{shown}");
    let snapshot = ["-o", "r.json", "--signing-profile", "local:auditor"];
    let write = [["profile", "revocations", "local:dev"].as_slice(), &snapshot].concat();
    done(at, &write);
    let said = done(at, &verify);
    assert!(said.contains("complete until") && said.contains("signing-profiles/auditor/"), "{said}");
    // The profile that signs packages does not vouch for snapshots unless it is pinned for that.
    done(at, &["profile", "revocations", "local:dev", "-o", "r.json", "--signing-profile", "local:dev"]);
    fails(at, &verify, 3, "can't use the revocation snapshot");
    fails(
        at,
        &["revocations", "sign", "s.json", "-o", "t.json", "--signing-profile", "local:dev"],
        3,
        "signed already",
    );
    done(at, &write);
    let document = json(
        &with_profiles(at, &["verify", "signed.zip", "--trust-root", "root.pem", "--output", "json"])
            .output()
            .unwrap(),
    );
    let job = document["results"][0]["signature"]["signing_job_arn"]
        .as_str()
        .unwrap()
        .rsplit_once('/')
        .unwrap()
        .1
        .to_owned();
    done(at, &["profile", "revoke-job", "local:dev", &job, "--reason", "a test"]);
    done(at, &["profile", "revocations", "local:dev", "-o", "r.json"]);
    fails(at, &verify, 1, "revoked-signature");
    done(at, &["profile", "revoke", "local:dev", "--reason", "a test"]);
    fails(at, &["sign", "build", "-o", "late.zip", "--signing-profile", "local:dev"], 3, "revoked");
    fails(at, &["profile", "cancel", "local:dev"], 3, "revoked");
}

#[test]
fn a_profile_moves_to_another_folder_encrypted() {
    let folder = workplace();
    let at = folder.path();
    fs::write(at.join("secret.txt"), "correct horse\n").unwrap();
    fs::write(at.join("wrong.txt"), "wrong horse\n").unwrap();
    done(at, &["profile", "create", "local:dev"]);
    done(at, &["profile", "export", "local:dev", "-o", "dev.age", "--passphrase-file", "secret.txt"]);
    let exported = fs::read(at.join("dev.age")).unwrap();
    assert!(!String::from_utf8_lossy(&exported).contains("PRIVATE KEY"));
    let elsewhere = ["profile", "import", "dev.age", "--profile-dir", "elsewhere", "--passphrase-file"];
    fails(at, &[&elsewhere[..], &["wrong.txt"]].concat(), 3, "passphrase");
    done(at, &[&elsewhere[..], &["secret.txt"]].concat());
    let root =
        |folder: &str| done(at, &["profile", "show", "local:dev", "--trust-root", "--profile-dir", folder]);
    assert_eq!(root("profiles"), root("elsewhere"));
    assert!(done(at, &["profile", "list", "--profile-dir", "elsewhere"]).contains("local:dev"));
}

#[test]
fn faults_write_nothing_and_say_what_to_do() {
    let folder = workplace();
    let at = folder.path();
    done(at, &["profile", "create", "local:dev"]);
    done(at, &["pack", "build", "-o", "app.zip"]);
    symlink("/etc/passwd", at.join("build/out")).unwrap();
    fails(at, &["pack", "build", "-o", "linked.zip"], 3, "out");
    assert!(!at.join("linked.zip").exists());
    fs::remove_file(at.join("build/out")).unwrap();
    fails(at, &["pack", "missing", "-o", "x.zip"], 3, "missing");
    fails(at, &["pack", "build", "-o", "nowhere/x.zip"], 3, "could not write the package");
    fails(
        at,
        &["sign", "missing.zip", "-o", "x.zip", "--signing-profile", "local:dev"],
        3,
        "there is no such file",
    );
    fails(at, &["sign", "app.zip", "-o", "x.zip", "--signing-profile", "local:nobody"], 3, "nobody");
    fails(
        at,
        &["sign", "app.zip", "-o", "x.zip", "--signing-profile", "local:n o"],
        2,
        "invalid value 'local:n o'",
    );
    fails(at, &["sign", "app.zip", "-o", "x.zip", "--signing-profile", "release"], 2, "--bucket");
    fails(
        at,
        &["sign", "app.zip", "-o", "x.zip", "--signing-profile", "local:dev", "--expires-in", "136months"],
        2,
        "136months",
    );
    fails(at, &["profile", "create", "local:dev"], 3, "already exists");
    fails(
        at,
        &["profile", "revoke", "local:dev", "--reason", "r", "--effective", "2099-01-01T00:00:00Z"],
        3,
        "2099",
    );
    // A folder that others can write is not trusted with keys.
    fs::set_permissions(at.join("profiles"), fs::Permissions::from_mode(0o777)).unwrap();
    fails(at, &["sign", "app.zip", "-o", "x.zip", "--signing-profile", "local:dev"], 3, "profiles");
    fs::set_permissions(at.join("profiles"), fs::Permissions::from_mode(0o700)).unwrap();
    assert!(!at.join("x.zip").exists());
}

#[test]
fn a_full_disk_leaves_no_half_package() {
    let folder = workplace();
    // /dev/full answers every write with "no space left"; nothing may stand where the output would be.
    let mut pack = command(folder.path(), &["digest", "--raw", "app.zip"]);
    done(folder.path(), &["pack", "build", "-o", "app.zip"]);
    let Ok(full) = fs::OpenOptions::new().write(true).open("/dev/full") else {
        return;
    };
    let output = pack.stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("could not write to standard output"), "{}", text(&output.stderr));
}

#[test]
fn an_output_inside_the_folder_is_not_packed_the_next_time() {
    let folder = workplace();
    let build = folder.path().join("build");
    done(&build, &["pack", ".", "-o", "app[1].zip"]);
    let first = fs::read(build.join("app[1].zip")).unwrap();
    done(&build, &["pack", ".", "-o", "app[1].zip"]);
    assert_eq!(first, fs::read(build.join("app[1].zip")).unwrap());
}

#[test]
fn the_demonstration_shows_five_refusals() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["demo"]);
    assert_eq!(output.status.code(), Some(0), "{}", seen(&output));
    let shown = text(&output.stdout);
    let tampered = shown.split("6. Tampered").nth(1).unwrap();
    assert_eq!(tampered.lines().filter(|line| line.contains("block")).count(), 5, "{shown}");
    assert!(tampered.contains("manifest-mismatch"), "{shown}");
    assert!(fs::read_dir(folder.path()).unwrap().next().is_none(), "it leaves nothing behind");
}

#[test]
fn what_the_demonstration_embeds_is_what_testdata_has() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo");
    for (embedded, original) in [
        ("datadog-forwarder-2024.SF", "aws/datadog-forwarder-2024.SF"),
        ("valid-manifest.zip", "vectors/valid-manifest.zip"),
        ("manifest-moved.zip", "vectors/manifest-moved.zip"),
        ("vectors-root.pem", "vectors/root.pem"),
    ] {
        assert_eq!(
            fs::read(demo.join(embedded)).unwrap(),
            fs::read(testdata().join(original)).unwrap(),
            "{embedded}"
        );
    }
}
