//! Changed copies of a signed package, written by an ordinary zip library.

use std::io::{Cursor, Write as _};

use jiff::Timestamp;
use lambda_codesign_core::archive::{Archive, Entry, EntryKind, Limits, Sink};
use lambda_codesign_signing::profile::Profile;
use lambda_codesign_signing::sign::{SignRequest, sign};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The entries of a package, unpacked.
#[derive(Clone)]
struct Tree(Vec<File>);

#[derive(Clone)]
struct File {
    name: String,
    kind: EntryKind,
    body: Vec<u8>,
}

impl<'a> Sink<'a> for Tree {
    fn entry(&mut self, entry: &Entry<'a>) {
        self.0.push(File { name: entry.name().to_owned(), kind: entry.kind(), body: Vec::new() });
    }

    fn body(&mut self, chunk: &[u8]) {
        if let Some(file) = self.0.last_mut() {
            file.body.extend_from_slice(chunk);
        }
    }
}

impl Tree {
    fn read(package: &[u8]) -> Result<Self, String> {
        let mut tree = Self(Vec::new());
        let archive = Archive::parse(package, &Limits::default()).map_err(|error| error.to_string())?;
        archive.unpack(&mut tree).map_err(|error| error.to_string())?;
        Ok(tree)
    }

    fn zip(&self) -> Result<Vec<u8>, String> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for File { name, kind, body } in &self.0 {
            let options = SimpleFileOptions::default().unix_permissions(match kind {
                EntryKind::Directory => 0o755,
                EntryKind::File | EntryKind::Symlink => 0o644,
            });
            let started = match kind {
                EntryKind::Directory => writer.add_directory(name, options),
                EntryKind::File | EntryKind::Symlink => writer.start_file(name, options),
            };
            started.map_err(|error| error.to_string())?;
            writer.write_all(body).map_err(|error| error.to_string())?;
        }
        Ok(writer.finish().map_err(|error| error.to_string())?.into_inner())
    }

    fn file(&mut self, name: &str) -> Result<&mut File, String> {
        self.0.iter_mut().find(|file| file.name == name).ok_or_else(|| format!("there is no {name}"))
    }
}

/// The same names and bodies, compressed anew.
pub(super) fn recompressed(signed: &[u8]) -> Result<Vec<u8>, String> {
    Tree::read(signed)?.zip()
}

/// Five packages that must not be taken, and what was done to each.
pub(super) fn five_ways(signed: &[u8], profile: &Profile) -> Result<Vec<(&'static str, Vec<u8>)>, String> {
    let tree = Tree::read(signed)?;
    let changed = |edit: fn(&mut Tree) -> Result<(), String>| {
        let mut copy = tree.clone();
        edit(&mut copy)?;
        copy.zip()
    };
    Ok(vec![
        (
            "a byte of app.py changed",
            changed(|tree| {
                tree.file("app.py")?.body.push(b'#');
                Ok(())
            })?,
        ),
        (
            "lib/data.txt renamed",
            changed(|tree| {
                tree.file("lib/data.txt")?.name = "lib/date.txt".to_owned();
                Ok(())
            })?,
        ),
        (
            "a file added",
            changed(|tree| {
                tree.0
                    .insert(1, File { name: "evil.py".to_owned(), kind: EntryKind::File, body: Vec::new() });
                Ok(())
            })?,
        ),
        (
            "a name moved into the file before it: the signed bytes are the same",
            changed(|tree| {
                let at = tree.0.iter().position(|file| file.name == "lib/").ok_or("there is no lib/")?;
                let moved = tree.0.remove(at).name;
                tree.file("app.py")?.body.extend(moved.bytes());
                Ok(())
            })?,
        ),
        ("the signature of another package put on it", borrowed(tree.clone(), profile)?),
    ])
}

/// Another package of the same profile lends its signature.
fn borrowed(mut tree: Tree, profile: &Profile) -> Result<Vec<u8>, String> {
    const SIGNATURE: &str = lambda_codesign_core::archive::SIGNATURE_ENTRY;
    let other =
        Tree(vec![File { name: "other.py".to_owned(), kind: EntryKind::File, body: Vec::new() }]).zip()?;
    let other =
        sign(&other, profile, &SignRequest::at(Timestamp::now())).map_err(|error| error.to_string())?;
    let signature = Tree::read(&other.bytes)?.file(SIGNATURE)?.body.clone();
    tree.file(SIGNATURE)?.body = signature;
    tree.zip()
}
