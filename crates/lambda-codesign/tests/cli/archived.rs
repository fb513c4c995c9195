//! What a release's archive holds beside the binary: completions and manual pages.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::running::{run, seen, text};

/// What bash offers for the last of some words.
fn completed(script: &Path, words: &[&str]) -> Vec<String> {
    let ask = "source \"$1\"; shift; COMP_WORDS=(lambda-codesign \"$@\"); COMP_CWORD=$#; \
               _lambda__codesign lambda-codesign \"${COMP_WORDS[$#]}\" \"${COMP_WORDS[$#-1]}\"; printf '%s\\n' \"${COMPREPLY[@]}\"";
    let asked = Command::new("bash").args(["-c", ask, "bash"]).arg(script).args(words).output().unwrap();
    assert!(asked.status.success() && asked.stderr.is_empty(), "{}", text(&asked.stderr));
    text(&asked.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_their_flags_and_values() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script");
    fs::write(&script, run(folder.path(), &["completions", "bash"]).stdout).unwrap();
    assert_eq!(completed(&script, &["ve"]), ["verify"]);
    assert_eq!(completed(&script, &["policy", "c"]), ["check"]);
    assert_eq!(completed(&script, &["verify", "--require-m"]), ["--require-manifest"]);
    assert_eq!(completed(&script, &["profile", "create", "--val"]), ["--validity"]);
    assert_eq!(completed(&script, &["verify", "--output", "s"]), ["sarif"]);
    assert_eq!(completed(&script, &["verify", "--no-such-flag"]), [""]);
}

#[test]
fn every_page_that_a_manual_page_names_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["man", "--out-dir", "share/man1"]);
    assert_eq!(seen(&output), "exit 0\n");
    let pages = folder.path().join("share/man1");
    let mut named = 0;
    for entry in fs::read_dir(&pages).unwrap() {
        let page = fs::read_to_string(entry.unwrap().path()).unwrap();
        for line in
            page.lines().filter(|line| line.starts_with("lambda\\-codesign\\-") && line.ends_with("(1)"))
        {
            let name = line.replace('\\', "").replace("(1)", ".1");
            assert!(pages.join(&name).exists(), "{name}");
            named += 1;
        }
    }
    assert!(named > 40, "only {named} pages are named");
    let one = run(folder.path(), &["man", "policy", "check"]);
    assert_eq!(one.stdout, fs::read(pages.join("lambda-codesign-policy-check.1")).unwrap());
    for wrong in [&["man", "policy", "no-such"][..], &["man", "verify", "--out-dir", "x"]] {
        assert_eq!(run(folder.path(), wrong).status.code(), Some(2), "{wrong:?}");
    }
    fs::write(folder.path().join("file"), "").unwrap();
    let refused = run(folder.path(), &["man", "--out-dir", "file/man1"]);
    assert_eq!(refused.status.code(), Some(3));
    assert!(text(&refused.stderr).contains("could not write all manual pages into file/man1"));
}
