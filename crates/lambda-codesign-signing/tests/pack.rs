//! Packing: the same tree gives the same bytes, and what can't be packed is named.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what a helper of a test meets ends the test")]

use std::fs;
use std::num::NonZeroUsize;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use lambda_codesign_core::archive::{Archive, EntryKind, Limits};
use lambda_codesign_signing::manifest::Manifest;
use lambda_codesign_signing::pack::{
    Exclude, NameDefect, PackError, PackOptions, PackWarning, Symlinks, pack,
};
use tempfile::TempDir;

/// A tree of all that can be packed, written in the order of `files`.
fn tree(order: impl Fn(&mut Vec<(&str, Vec<u8>, u32)>)) -> TempDir {
    let noise: Vec<u8> = (0..40_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    let mut files = vec![
        ("app.py", b"def handler(event, context):\n    return 1\n".repeat(50), 0o600),
        ("bootstrap", b"#!/bin/sh\n".to_vec(), 0o700),
        ("lib/a.py", b"A = 1\n".to_vec(), 0o644),
        ("lib-x/b.py", b"B = 1\n".to_vec(), 0o664),
        ("lib/deep/er/noise.bin", noise, 0o640),
        ("\u{fc}bung.txt", "gr\u{fc}n\n".as_bytes().to_vec(), 0o644),
        (".hidden", b"kept\n".to_vec(), 0o644),
        ("empty.txt", Vec::new(), 0o644),
    ];
    order(&mut files);
    let folder = tempfile::tempdir().unwrap();
    for (name, body, mode) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, body).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
    fs::create_dir(folder.path().join("void")).unwrap();
    symlink("a.py", folder.path().join("lib/current.py")).unwrap();
    symlink("../../app.py", folder.path().join("lib/deep/up.py")).unwrap();
    folder
}

fn packed(folder: &Path) -> Vec<u8> {
    pack(folder, &PackOptions::default()).unwrap().bytes
}

#[test]
fn one_tree_gives_the_same_bytes_whatever_surrounds_it() {
    let first = tree(|_| ());
    let bytes = packed(first.path());

    let other_order = tree(|files| files.reverse());
    assert_eq!(packed(other_order.path()), bytes, "another order of creation, in another folder");

    let times = Command::new("find")
        .args([first.path().as_os_str(), "-exec".as_ref(), "touch".as_ref()])
        .args(["-h", "-d", "2001-02-03T04:05:06Z", "{}", "+"])
        .status();
    assert!(times.unwrap().success());
    assert_eq!(packed(first.path()), bytes, "other times");

    for (name, mode) in [("app.py", 0o666), ("bootstrap", 0o755), ("lib", 0o700), ("void", 0o777)] {
        fs::set_permissions(first.path().join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    assert_eq!(packed(first.path()), bytes, "another umask");

    for threads in [1, 2, 3, 16] {
        let threads = NonZeroUsize::new(threads).unwrap();
        let options = PackOptions { threads, ..PackOptions::default() };
        assert_eq!(pack(first.path(), &options).unwrap().bytes, bytes, "{threads} threads");
    }

    let relative = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "pack_the_working_directory", "--ignored"])
        .current_dir(first.path())
        .env("PACK_TO", other_order.path().join("../relative.zip"))
        .status();
    assert!(relative.unwrap().success());
    let relative = other_order.path().join("../relative.zip");
    assert_eq!(fs::read(&relative).unwrap(), bytes, "by a relative path");
    fs::remove_file(relative).unwrap();
}

#[test]
#[ignore = "a process of the test above"]
fn pack_the_working_directory() {
    let bytes = packed(Path::new("."));
    fs::write(std::env::var_os("PACK_TO").unwrap(), bytes).unwrap();
}

#[test]
fn the_bytes_are_pinned() {
    let bytes = packed(tree(|_| ()).path());
    let digest = lambda_codesign_core::digest::CodeSha256::of(&bytes).to_string();
    // Other bytes for the same tree would make every user's packages differ from one release to the next.
    assert_eq!(digest, "qaDun8n3EvMdd7M7LhUc3p/oYPvsqbxfXJBcW4NoKpw=");
}

#[test]
fn what_is_packed_is_admitted_and_listed_in_the_manifest() {
    let folder = tree(|_| ());
    let packed = pack(folder.path(), &PackOptions::default()).unwrap();
    let archive = Archive::parse(&packed.bytes, &Limits::default()).unwrap();
    let shown: Vec<_> =
        archive.entries().iter().map(|entry| (entry.name(), entry.kind(), entry.mode().unwrap())).collect();
    let (file, directory, link) = (EntryKind::File, EntryKind::Directory, EntryKind::Symlink);
    let expected = [
        (".lambda-codesign-manifest", file, 0o644),
        (".hidden", file, 0o644),
        ("app.py", file, 0o644),
        ("bootstrap", file, 0o755),
        ("empty.txt", file, 0o644),
        ("lib-x/", directory, 0o755),
        ("lib-x/b.py", file, 0o644),
        ("lib/", directory, 0o755),
        ("lib/a.py", file, 0o644),
        ("lib/current.py", link, 0o777),
        ("lib/deep/", directory, 0o755),
        ("lib/deep/er/", directory, 0o755),
        ("lib/deep/er/noise.bin", file, 0o644),
        ("lib/deep/up.py", link, 0o777),
        ("void/", directory, 0o755),
        ("\u{fc}bung.txt", file, 0o644),
    ];
    assert_eq!(shown, expected);
    assert_eq!(packed.entries, expected.len());
    assert_eq!(packed.uncompressed_size, archive.uncompressed_size());
    let manifest = archive.read(&archive.entries()[0], 4096).unwrap();
    let manifest = String::from_utf8(manifest).unwrap();
    assert_eq!(manifest.lines().nth(1).unwrap().parse(), Ok(manifest.len()));
    assert!(manifest.contains("\nl 0777 12 lib/deep/up.py\n"), "{manifest}");
    assert_eq!(manifest.lines().count(), 2 + expected.len() - 1);
}

#[test]
fn without_a_manifest_the_rest_is_the_same() {
    let folder = tree(|_| ());
    let options = PackOptions { manifest: Manifest::Omit, ..PackOptions::default() };
    let bytes = pack(folder.path(), &options).unwrap().bytes;
    let archive = Archive::parse(&bytes, &Limits::default()).unwrap();
    assert_eq!(archive.entries().len(), 15);
    assert_eq!(archive.entries()[0].name(), ".hidden");
}

fn names(folder: &Path, options: &PackOptions) -> Vec<String> {
    let bytes = pack(folder, options).unwrap().bytes;
    let archive = Archive::parse(&bytes, &Limits::default()).unwrap();
    archive.entries().iter().skip(1).map(|entry| entry.name().to_owned()).collect()
}

#[test]
fn excludes_have_the_syntax_of_gitignore_and_no_such_file_is_read() {
    let folder = tree(|_| ());
    fs::write(folder.path().join(".gitignore"), "*.py\n").unwrap();
    let excluding = |globs: &[&str]| PackOptions {
        exclude: Exclude::globs(globs).unwrap(),
        symlinks: Symlinks::Keep,
        ..PackOptions::default()
    };
    let kept = names(folder.path(), &excluding(&["/lib/", "lib-x/*", "*.txt", "!empty.txt", "void"]));
    assert_eq!(kept, [".gitignore", ".hidden", "app.py", "bootstrap", "empty.txt", "lib-x/"]);
    let kept = names(folder.path(), &excluding(&["/*", "!/lib/", "**/deep"]));
    assert_eq!(kept, ["lib/", "lib/a.py", "lib/current.py"]);
    assert_eq!(names(folder.path(), &excluding(&[])).len(), 16);

    let error = Exclude::globs(&["a[b"]).unwrap_err();
    assert!(error.to_string().starts_with("the exclude pattern \"a[b\" is not a glob"), "{error}");
    let all = pack(folder.path(), &excluding(&["*"]));
    assert!(matches!(all, Err(PackError::Empty(_))), "{all:?}");
}

#[test]
fn what_is_excluded_need_not_be_packable() {
    let folder = tree(|_| ());
    assert!(Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap().success());
    fs::write(folder.path().join("back\\slash"), "").unwrap();
    symlink("/etc/passwd", folder.path().join("out")).unwrap();
    let exclude = Exclude::globs(&["pipe", "back*", "/out"]).unwrap();
    let options = PackOptions { exclude, ..PackOptions::default() };
    assert_eq!(pack(folder.path(), &options).unwrap().bytes, packed(tree(|_| ()).path()));
}

fn error_of(make: impl FnOnce(&Path)) -> PackError {
    let folder = tree(|_| ());
    make(folder.path());
    let error = pack(folder.path(), &PackOptions::default()).unwrap_err();
    assert!(!error.remedy().is_empty());
    error
}

fn name_defect(name: &[u8]) -> NameDefect {
    use std::os::unix::ffi::OsStrExt as _;
    let error = error_of(|folder| {
        let path = folder.join(std::ffi::OsStr::from_bytes(name));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    });
    let PackError::Name { defect, .. } = error else { panic!("{error}") };
    defect
}

#[test]
fn names_that_cannot_be_packed_are_named() {
    assert_eq!(name_defect(b"lib/a\nb"), NameDefect::Unprintable('\n'));
    assert_eq!(name_defect(b"a\xffb"), NameDefect::NotUtf8);
    assert_eq!(name_defect(b"a\\b"), NameDefect::Backslash);
    assert_eq!(name_defect(b".lambda-codesign-manifest"), NameDefect::Manifest);
    assert_eq!(name_defect(b"META_INF/aws_signer_signature_v1.0.SF"), NameDefect::Signature);
    let deep = format!("{}/x", vec!["y".repeat(200); 5].join("/") + &"z".repeat(40));
    assert_eq!(name_defect(deep.as_bytes()), NameDefect::TooLong);
    let error = error_of(|folder| fs::write(folder.join("a\u{1b}[2Jb"), "").unwrap());
    let shown = error.to_string();
    assert!(shown.contains("a\\u{1b}[2Jb can't be packed") && !shown.contains('\u{1b}'), "{shown}");
}

#[test]
fn links_that_stay_inside_are_kept_as_they_are() {
    let folder = tree(|_| ());
    symlink("./app.py", folder.path().join("dotted")).unwrap();
    let bytes = packed(folder.path());
    assert!(bytes.windows(14).any(|window| window == b"dotted./app.py"));
}

#[test]
fn links_that_leave_the_tree_are_named() {
    for target in ["/etc/passwd", "../x", "lib/../../x", "lib/deep/../a.py", ".."] {
        let error = error_of(|folder| symlink(target, folder.join("link")).unwrap());
        assert!(matches!(error, PackError::LinkLeavesTree { .. }), "{target}: {error}");
    }
    let long = vec!["x".repeat(200); 6].join("/");
    let error = error_of(|folder| symlink(&long, folder.join("link")).unwrap());
    assert!(matches!(error, PackError::Name { defect: NameDefect::TooLong, .. }), "{error}");
    let error = error_of(|folder| symlink("../../x", folder.join("lib/link")).unwrap());
    assert!(error.to_string().contains("lib/link can't be packed: the link leads to \"../../x\""), "{error}");
}

#[test]
fn links_are_followed_where_asked() {
    let outside = tree(|_| ());
    let folder = tempfile::tempdir().unwrap();
    symlink(outside.path().join("lib"), folder.path().join("lib")).unwrap();
    symlink(outside.path().join("app.py"), folder.path().join("app.py")).unwrap();
    let options = PackOptions { symlinks: Symlinks::Follow, ..PackOptions::default() };
    let followed = names(folder.path(), &options);
    let expected = [
        "app.py",
        "lib/",
        "lib/a.py",
        "lib/current.py",
        "lib/deep/",
        "lib/deep/er/",
        "lib/deep/er/noise.bin",
        "lib/deep/up.py",
    ];
    assert_eq!(followed, expected);
    symlink("..", outside.path().join("lib/round")).unwrap();
    symlink(outside.path(), outside.path().join("self")).unwrap();
    let circle = pack(outside.path(), &options);
    assert!(matches!(circle, Err(PackError::LinkCircle(_))), "{circle:?}");
}

#[test]
fn what_is_no_file_is_named() {
    let error = error_of(|folder| {
        assert!(Command::new("mkfifo").arg(folder.join("pipe")).status().unwrap().success());
    });
    assert!(matches!(error, PackError::Special(_)), "{error}");
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = pack(file.path(), &PackOptions::default()).unwrap_err();
    assert!(matches!(error, PackError::NotAFolder(_)), "{error}");
    let error = pack(Path::new("/nonexistent"), &PackOptions::default()).unwrap_err();
    assert!(error.to_string().starts_with("/nonexistent can't be read: "), "{error}");
    let empty = tempfile::tempdir().unwrap();
    let error = pack(empty.path(), &PackOptions::default()).unwrap_err();
    assert!(matches!(error, PackError::Empty(_)), "{error}");
}

#[test]
fn case_twins_are_packed_with_a_warning() {
    let folder = tree(|_| ());
    fs::write(folder.path().join("APP.py"), "").unwrap();
    let warnings = pack(folder.path(), &PackOptions::default()).unwrap().warnings;
    assert_eq!(warnings, [PackWarning::CaseTwins { first: "APP.py".into(), second: "app.py".into() }]);
}

#[test]
fn lambdas_limits_are_held_before_anything_is_read() {
    let error = error_of(|folder| {
        let file = fs::File::create(folder.join("big.bin")).unwrap();
        file.set_len(262_144_001).unwrap();
    });
    let PackError::TooLarge { path, size } = error else { panic!("{error}") };
    assert!(path.to_string().ends_with("/big.bin"));
    assert!(size > 262_144_000);
}

#[test]
fn one_entry_too_many_is_refused_and_as_many_as_allowed_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = |n: usize| -> PathBuf { folder.path().join(format!("{n:05}")) };
    fs::write(file(0), "").unwrap();
    for n in 1..65_534 {
        // A file has at most so many names.
        fs::hard_link(file(n - n % 16_000), file(n)).or_else(|_| fs::write(file(n), "")).unwrap();
    }
    let error = pack(folder.path(), &PackOptions::default()).unwrap_err();
    assert!(matches!(error, PackError::TooMany(_)), "the manifest counts: {error}");
    let options = PackOptions { manifest: Manifest::Omit, ..PackOptions::default() };
    let packed = pack(folder.path(), &options).unwrap();
    assert_eq!(packed.entries, 65_534);
    let archive = Archive::parse(&packed.bytes, &Limits::default()).unwrap();
    assert_eq!(archive.entries().len(), 65_534);
}
