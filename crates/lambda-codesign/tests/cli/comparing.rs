//! Comparing packages, and grafting a published signature onto a rebuilt one.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::running::{done, fails, workplace};

#[test]
fn what_differs_is_told_apart_by_what_is_signed() {
    let folder = workplace();
    let at = folder.path();
    done(at, &["pack", "build", "-o", "a.zip"]);
    done(at, &["diff", "a.zip", "a.zip"]);
    fs::set_permissions(at.join("build/app.py"), fs::Permissions::from_mode(0o755)).unwrap();
    done(at, &["pack", "build", "-o", "mode.zip", "--no-manifest"]);
    fs::set_permissions(at.join("build/app.py"), fs::Permissions::from_mode(0o644)).unwrap();
    done(at, &["pack", "build", "-o", "plain.zip", "--no-manifest"]);
    fails(at, &["diff", "plain.zip", "mode.zip"], 1, "in what is not signed:\n  mode");
    done(at, &["diff", "--signed-only", "plain.zip", "mode.zip"]);
    fs::write(at.join("build/app.py"), "changed\n").unwrap();
    done(at, &["pack", "build", "-o", "b.zip"]);
    fails(at, &["diff", "a.zip", "b.zip"], 1, "\n  body            app.py  48 bytes");
    fails(at, &["diff", "a.zip", "missing.zip"], 3, "there is no such file");
}

#[test]
fn a_published_signature_is_grafted_onto_a_rebuilt_package_only() {
    let folder = workplace();
    let at = folder.path();
    done(at, &["profile", "create", "local:dev"]);
    done(at, &["pack", "build", "-o", "app.zip"]);
    done(at, &["sign", "app.zip", "-o", "signed.zip", "--signing-profile", "local:dev"]);
    fs::write(at.join("root.pem"), done(at, &["profile", "show", "local:dev", "--trust-root"])).unwrap();
    done(at, &["signature", "extract", "signed.zip", "-o", "app.SF"]);
    done(at, &["pack", "build", "-o", "rebuilt.zip"]);
    let attach =
        ["signature", "attach", "rebuilt.zip", "app.SF", "-o", "grafted.zip", "--trust-root", "root.pem"];
    done(at, &attach);
    assert_eq!(fs::read(at.join("signed.zip")).unwrap(), fs::read(at.join("grafted.zip")).unwrap());
    fs::remove_file(at.join("grafted.zip")).unwrap();
    // Without the root that signed, the result would not verify: nothing is written.
    fails(at, &attach[..6], 1, "trusted root");
    fs::write(at.join("build/app.py"), "changed\n").unwrap();
    done(at, &["pack", "build", "-o", "rebuilt.zip"]);
    fails(at, &attach, 1, "other content");
    assert!(!at.join("grafted.zip").exists(), "nothing is written");
    fails(at, &["signature", "extract", "app.zip", "-o", "none.SF"], 1, "carries no signature");
}
