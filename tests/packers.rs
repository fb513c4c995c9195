//! What the packers of this machine write is admitted, but for what no verifier can let pass.
//!
//! Packers that the machine does not have are named and left out.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io, process};

use lambda_codesign_core::archive::{Archive, ArchiveError, ArchiveWarning, Entry, EntryKind, Limits, Sink};
use lambda_codesign_core::code::Code;
use lambda_codesign_tests::tools::version;

/// A packer, and how it is asked for its version.
struct Packer {
    program: &'static str,
    argument: &'static str,
    recipes: &'static [Recipe],
}

/// A way to pack: a script that is run in the tree and writes `$OUT`.
struct Recipe {
    what: &'static str,
    script: &'static str,
    /// The code that refuses what it writes.
    refused: Option<Code>,
}

const fn admitted(what: &'static str, script: &'static str) -> Recipe {
    Recipe { what, script, refused: None }
}

const fn refused(code: Code, what: &'static str, script: &'static str) -> Recipe {
    Recipe { what, script, refused: Some(code) }
}

const PACKERS: &[Packer] = &[
    Packer {
        program: "zip",
        argument: "-v",
        recipes: &[
            admitted("a tree", "zip -qr $OUT ."),
            admitted("without extra fields and directories", "zip -qrXD $OUT ."),
            admitted("stored", "zip -qr0 $OUT ."),
            admitted("links as links", "zip -qry $OUT ."),
            admitted("into a pipe", "zip -qr - . | cat > $OUT"),
            admitted("updated in place", "zip -q $OUT app.py; zip -qr $OUT ."),
            admitted("with a comment", "zip -qr $OUT .; echo release | zip -qz $OUT"),
            refused(Code::ArchiveEntryType, "standard input, as a FIFO", "cat app.py | zip -q $OUT -"),
        ],
    },
    Packer {
        program: "python3",
        argument: "--version",
        recipes: &[
            admitted("shutil", "python3 -c 'import shutil, sys; shutil.make_archive(sys.argv[1][:-4], \"zip\", \".\")' $OUT"),
            admitted("zipfile", "python3 -m zipfile -c $OUT *"),
            admitted(
                "zipfile, forced ZIP64",
                "python3 -c '
import sys, os, zipfile
with zipfile.ZipFile(sys.argv[1], \"w\", zipfile.ZIP_DEFLATED) as z:
    for folder, _, names in os.walk(\".\"):
        for name in names:
            path = os.path.relpath(os.path.join(folder, name))
            with z.open(zipfile.ZipInfo(path), \"w\", force_zip64=True) as f: f.write(open(path, \"rb\").read())
' $OUT",
            ),
            admitted(
                "zipfile, into a pipe",
                "python3 -c '
import sys, os, zipfile
with zipfile.ZipFile(sys.stdout.buffer, \"w\", zipfile.ZIP_DEFLATED) as z:
    for folder, _, names in os.walk(\".\"):
        for name in names: z.write(os.path.relpath(os.path.join(folder, name)))
' | cat > $OUT",
            ),
            admitted("zipapp", "python3 -m zipapp . -m app:handler -c -o $OUT"),
            refused(
                Code::ArchivePrefix,
                "zipapp with a launcher line",
                "python3 -m zipapp . -m app:handler -p /usr/bin/python3 -o $OUT",
            ),
            refused(
                Code::ArchiveMalformed,
                "zipfile without files",
                "python3 -c 'import sys, zipfile; zipfile.ZipFile(sys.argv[1], \"w\").close()' $OUT",
            ),
        ],
    },
    Packer {
        program: "jar",
        argument: "--version",
        recipes: &[
            admitted("a tree", "jar cf $OUT ."),
            admitted("without a manifest", "jar cfM $OUT ."),
            admitted("stored", "jar c0fM $OUT ."),
            admitted("updated", "jar cfM $OUT app.py; jar ufM $OUT ."),
            admitted("into a pipe", "jar cM . | cat > $OUT"),
        ],
    },
    Packer {
        program: "bsdtar",
        argument: "--version",
        recipes: &[
            admitted("named files", "bsdtar --format zip -cf $OUT *"),
            admitted("stored", "bsdtar --format zip --options zip:compression=store -cf $OUT *"),
            refused(Code::ArchiveUnsafeName, "names that begin with ./", "bsdtar --format zip -cf $OUT ."),
            refused(Code::ArchiveTrailingBytes, "into a pipe", "bsdtar --format zip -cf - * | cat > $OUT"),
        ],
    },
    Packer {
        program: "7z",
        argument: "i",
        recipes: &[
            admitted("a tree", "7z a -tzip $OUT . > $OUT.log"),
            admitted("links as links", "7z a -tzip -snl $OUT . > $OUT.log"),
        ],
    },
    Packer {
        program: "git",
        argument: "--version",
        recipes: &[admitted(
            "archive",
            "export GIT_DIR=$OUT.git GIT_WORK_TREE=.; git init -q; git add -A; git archive --format=zip -o $OUT $(git write-tree)",
        )],
    },
];

/// Modules of Node, where one is installed.
const NODE: &[(&str, Recipe)] = &[
    (
        "adm-zip",
        admitted(
            "a tree",
            "node -e 'const z = new (require(\"adm-zip\"))(); z.addLocalFolder(\".\"); z.writeZip(process.argv[1])' $OUT",
        ),
    ),
    (
        "archiver",
        admitted(
            "a tree",
            "node -e '
const m = require(\"archiver\"), a = m.ZipArchive ? new m.ZipArchive() : m(\"zip\");
a.pipe(require(\"fs\").createWriteStream(process.argv[1])); a.directory(\".\", false); a.finalize()' $OUT",
        ),
    ),
    (
        "yazl",
        admitted(
            "files",
            "find * -type f -print0 | xargs -0 node -e '
const y = new (require(\"yazl\").ZipFile)(), fs = require(\"fs\");
for (const f of process.argv.slice(2)) y.addFile(f, f);
y.outputStream.pipe(fs.createWriteStream(process.argv[1])); y.end()' $OUT",
        ),
    ),
    (
        "jszip",
        admitted(
            "files",
            "find * -type f -print0 | xargs -0 node -e '
const z = new (require(\"jszip\"))(), fs = require(\"fs\");
for (const f of process.argv.slice(2)) z.file(f, fs.readFileSync(f));
z.generateAsync({type: \"nodebuffer\"}).then(b => fs.writeFileSync(process.argv[1], b))' $OUT",
        ),
    ),
    (
        "fflate",
        admitted(
            "files",
            "find * -type f -print0 | xargs -0 node -e '
const { zipSync } = require(\"fflate\"), fs = require(\"fs\"), t = {};
for (const f of process.argv.slice(2)) t[f] = fs.readFileSync(f);
fs.writeFileSync(process.argv[1], zipSync(t))' $OUT",
        ),
    ),
];

/// The files of the tree, and what they hold.
fn files() -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("app.py", "def handler(event, context):\n    return \"hello\"\n".to_owned()),
        ("lib/util.py", "def answer():\n    return 42\n".repeat(500)),
        ("lib/deep/er/a.txt", "a".to_owned()),
        ("empty.txt", String::new()),
        ("man/B::Deparse.3", ".TH B::Deparse 3\n".to_owned()),
        ("a name with spaces.txt", "text".to_owned()),
    ])
}

fn write_tree(root: &Path) {
    for (name, body) in files() {
        let path = root.join(name);
        fs::create_dir_all(path.parent().expect("it stands below the root")).expect("the folder is ours");
        fs::write(path, body).expect("the folder is ours");
    }
    fs::create_dir(root.join("empty")).expect("the folder is ours");
    symlink("util.py", root.join("lib/link.py")).expect("the folder is ours");
}

#[derive(Default)]
struct Unpacked(BTreeMap<String, (Option<EntryKind>, Vec<u8>)>, String);

impl<'a> Sink<'a> for Unpacked {
    fn entry(&mut self, entry: &Entry<'a>) {
        self.1 = entry.name().to_owned();
        self.0.insert(self.1.clone(), (Some(entry.kind()), Vec::new()));
    }

    fn body(&mut self, chunk: &[u8]) {
        let body = self.0.get_mut(&self.1).expect("a body follows its entry");
        body.1.extend_from_slice(chunk);
    }
}

fn read(bytes: &[u8]) -> Result<(Unpacked, Vec<ArchiveWarning>), ArchiveError> {
    let archive = Archive::parse(bytes, &Limits::default())?;
    let mut unpacked = Unpacked::default();
    archive.unpack(&mut unpacked)?;
    Ok((unpacked, archive.warnings().to_vec()))
}

/// Packs in a tree of its own, and holds what was written to what is expected.
fn check(scratch: &Path, what: &str, recipe: &Recipe) {
    let tree = scratch.join("tree");
    fs::create_dir(&tree).expect("the folder is ours");
    write_tree(&tree);
    let out = scratch.join("out.zip");
    let packed = Command::new("sh")
        .args(["-ec", recipe.script])
        .current_dir(&tree)
        .env("OUT", &out)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .expect("a shell is there");
    assert!(packed.status.success(), "{what}: {}", String::from_utf8_lossy(&packed.stderr));
    let bytes = fs::read(&out).expect("it was written");
    match (read(&bytes), recipe.refused) {
        (Ok((unpacked, warnings)), None) => holds_the_tree(what, &unpacked, &warnings),
        (Err(error), Some(code)) => assert_eq!(error.code(), code, "{what}: {error}"),
        (Ok(_), Some(code)) => panic!("{what}: admitted, and not refused as {code}"),
        (Err(error), None) => panic!("{what}: refused as {}: {error}", error.code()),
    }
    fs::remove_dir_all(scratch).expect("the folder is ours");
    fs::create_dir(scratch).expect("the folder is ours");
}

fn holds_the_tree(what: &str, unpacked: &Unpacked, warnings: &[ArchiveWarning]) {
    assert_eq!(warnings, [], "{what}");
    for (name, body) in files() {
        let expected = (Some(EntryKind::File), body.into_bytes());
        assert_eq!(unpacked.0.get(name), Some(&expected), "{what}: {name}");
    }
}

#[test]
fn what_real_packers_write_is_admitted() {
    let scratch = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("packers-{}", process::id()));
    fs::create_dir_all(&scratch).expect("the folder is ours");
    let mut report = String::from("\n");
    for packer in PACKERS {
        let program = packer.program;
        let Some(version) = version(program, packer.argument) else {
            let _ = writeln!(report, "  {program} is not on this machine");
            continue;
        };
        for recipe in packer.recipes {
            check(&scratch, &format!("{program}, {}", recipe.what), recipe);
        }
        let refused = packer.recipes.iter().filter(|recipe| recipe.refused.is_some()).count();
        let admitted = packer.recipes.len() - refused;
        let _ =
            writeln!(report, "  {program}: {admitted} admitted, {refused} refused as expected ({version})");
    }
    for (module, recipe) in NODE {
        let probe = format!(
            "const fs = require('fs'), all = require.resolve.paths('{module}').map(to => `${{to}}/{module}/package.json`);
             console.log(JSON.parse(fs.readFileSync(all.find(fs.existsSync))).version)"
        );
        let found = Command::new("node").args(["-e", &probe]).stdin(Stdio::null()).output();
        match found.ok().filter(|found| found.status.success()) {
            None => {
                let _ = writeln!(report, "  Node's {module} is not on this machine");
            }
            Some(found) => {
                check(&scratch, module, recipe);
                let version = String::from_utf8_lossy(&found.stdout).trim().to_owned();
                let _ = writeln!(report, "  Node's {module}: 1 admitted ({version})");
            }
        }
    }
    fs::remove_dir_all(&scratch).expect("the folder is ours");
    io::stderr().write_all(report.as_bytes()).expect("it can be written");
}
