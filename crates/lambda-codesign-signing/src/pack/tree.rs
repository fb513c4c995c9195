//! The tree to pack, as it was found.

use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;

use lambda_codesign_core::archive::EntryKind;
use lambda_codesign_core::manifest::Line;

use super::stamp::Stamp;
use super::{MAX_ENTRIES, MAX_UNZIPPED, NameDefect, PackError, PackOptions, Symlinks, name};
use crate::manifest::Manifest;
use crate::platform::{self, Identity};
use crate::shown::ShownPath;

/// One thing to pack.
pub(super) struct Item {
    /// Its name in the package, directories with `/` at the end.
    name: String,
    pub(super) path: PathBuf,
    kind: EntryKind,
    stamp: Stamp,
    /// Whether the owner may execute it.
    executable: bool,
    /// Where a link leads.
    target: String,
}

/// All that is to be packed, in the order of the names' bytes.
pub(super) struct Tree {
    pub(super) items: Vec<Item>,
    root: (PathBuf, Stamp),
    symlinks: Symlinks,
}

/// A directory whose content is still to be looked at.
struct Pending {
    path: PathBuf,
    /// Its name in the package with `/` at the end; empty for the root.
    name: String,
    /// What it is and what it lies in, for finding circles of followed links.
    within: Vec<Identity>,
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> PackError {
    let path = path.into();
    |source| PackError::Unreadable { path, source }
}

/// What a path is, links followed or not.
fn look(path: &Path, symlinks: Symlinks) -> Result<Metadata, PackError> {
    match symlinks {
        Symlinks::Keep => fs::symlink_metadata(path),
        Symlinks::Follow => fs::metadata(path),
    }
    .map_err(unreadable(path))
}

/// Finds everything below `folder`.
pub(super) fn walk(folder: &Path, options: &PackOptions) -> Result<Tree, PackError> {
    let metadata = fs::metadata(folder).map_err(unreadable(folder))?;
    if !metadata.is_dir() {
        return Err(PackError::NotAFolder(folder.into()));
    }
    let stamp = Stamp::of(&metadata);
    let identity = platform::identity(folder, &metadata).map_err(unreadable(folder))?;
    let mut walk = Walk { options, items: Vec::new(), pending: Vec::new(), size: 0 };
    let mut next = Some(Pending { path: folder.to_owned(), name: String::new(), within: vec![identity] });
    while let Some(directory) = next {
        walk.enter(&directory)?;
        next = walk.pending.pop();
    }
    if walk.items.is_empty() {
        return Err(PackError::Empty(folder.into()));
    }
    let mut items = walk.items;
    items.sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
    Ok(Tree { items, root: (folder.to_owned(), stamp), symlinks: options.symlinks })
}

struct Walk<'a> {
    options: &'a PackOptions,
    items: Vec<Item>,
    pending: Vec<Pending>,
    size: u64,
}

impl Walk<'_> {
    fn enter(&mut self, directory: &Pending) -> Result<(), PackError> {
        for entry in fs::read_dir(&directory.path).map_err(unreadable(&directory.path))? {
            let entry = entry.map_err(unreadable(&directory.path))?;
            self.visit(directory, entry.path(), &entry.file_name())?;
        }
        Ok(())
    }

    fn visit(
        &mut self,
        directory: &Pending,
        path: PathBuf,
        segment: &std::ffi::OsStr,
    ) -> Result<(), PackError> {
        let mut relative = PathBuf::from(&directory.name);
        relative.push(segment);
        // What is left out need not be readable, nor have a name that can be packed.
        let metadata = look(&path, self.options.symlinks);
        let left_out = match &metadata {
            Ok(metadata) if metadata.is_dir() => self.options.exclude.leaves_out_directory(&relative),
            Ok(_) | Err(_) => self.options.exclude.leaves_out_file(&relative),
        };
        if left_out {
            return Ok(());
        }
        let metadata = metadata?;
        let name = checked_name(&path, &relative)?;
        let stamp = Stamp::of(&metadata);
        let file_type = metadata.file_type();
        let item = if file_type.is_dir() {
            self.descend(directory, &path, &name, &metadata)?;
            Item {
                name: name + "/",
                path,
                kind: EntryKind::Directory,
                stamp,
                executable: true,
                target: String::new(),
            }
        } else if file_type.is_symlink() {
            let target = inner_target(&path, &name)?;
            Item { name, path, kind: EntryKind::Symlink, stamp, executable: true, target }
        } else if file_type.is_file() {
            let executable = platform::is_executable(&path, &metadata).map_err(unreadable(&path))?;
            Item { name, path, kind: EntryKind::File, stamp, executable, target: String::new() }
        } else {
            return Err(PackError::Special(path.as_path().into()));
        };
        self.take(item)
    }

    fn descend(
        &mut self,
        parent: &Pending,
        path: &Path,
        name: &str,
        metadata: &Metadata,
    ) -> Result<(), PackError> {
        let identity = platform::identity(path, metadata).map_err(unreadable(path))?;
        if parent.within.contains(&identity) {
            return Err(PackError::LinkCircle(path.into()));
        }
        let within = parent.within.iter().copied().chain([identity]).collect();
        self.pending.push(Pending { path: path.to_owned(), name: format!("{name}/"), within });
        Ok(())
    }

    fn take(&mut self, item: Item) -> Result<(), PackError> {
        let most = match self.options.manifest {
            Manifest::Write => MAX_ENTRIES - 1,
            Manifest::Omit => MAX_ENTRIES,
        };
        if self.items.len() >= most {
            return Err(PackError::TooMany(item.path.as_path().into()));
        }
        self.size = self.size.saturating_add(item.size());
        if self.size > MAX_UNZIPPED {
            return Err(PackError::TooLarge { path: item.path.as_path().into(), size: self.size });
        }
        self.items.push(item);
        Ok(())
    }
}

fn checked_name(path: &Path, relative: &Path) -> Result<String, PackError> {
    let refused = |defect| PackError::Name { path: path.into(), defect };
    let parts: Option<Vec<&str>> = relative.iter().map(std::ffi::OsStr::to_str).collect();
    let name = parts.ok_or_else(|| refused(NameDefect::NotUtf8))?.join("/");
    name::check(&name).map_err(refused)?;
    Ok(name)
}

/// The bytes of a file that are read at once; a larger one finds its room as it comes.
const AT_ONCE: usize = 1024 * 1024;

/// The longest target of a link that the verifier admits, in bytes.
const MAX_TARGET: usize = 1024;

/// Where a link leads, once it is known to stay inside the tree.
///
/// `..` may stand at the front only: it then climbs through real directories, never through another link's target,
/// so that no chain of links leaves the tree.
fn inner_target(path: &Path, name: &str) -> Result<String, PackError> {
    let target = fs::read_link(path).map_err(unreadable(path))?;
    let not_utf8 = |_| PackError::Name { path: path.into(), defect: NameDefect::NotUtf8 };
    let target = target.into_os_string().into_string().map_err(not_utf8)?;
    if target.len() > MAX_TARGET {
        return Err(PackError::Name { path: path.into(), defect: NameDefect::TooLong });
    }
    let parts = || target.split('/').filter(|part| !matches!(*part, "" | "."));
    let climbs = parts().take_while(|part| *part == "..").count();
    let is_plain = |part: &str| part != ".." && name::check(part).is_ok();
    let depth = name.matches('/').count();
    if target.is_empty() || target.starts_with('/') || climbs > depth || !parts().skip(climbs).all(is_plain) {
        return Err(PackError::LinkLeavesTree { path: path.into(), target });
    }
    Ok(target)
}

impl Item {
    fn size(&self) -> u64 {
        match self.kind {
            EntryKind::File => self.stamp.size(),
            EntryKind::Directory => 0,
            EntryKind::Symlink => u64::try_from(self.target.len()).unwrap_or(u64::MAX),
        }
    }

    /// The item as the manifest records it, its permission bits reduced to what a package carries.
    pub(super) fn line(&self) -> Line<'_> {
        let mode = match self.kind {
            EntryKind::File if self.executable => 0o755,
            EntryKind::File => 0o644,
            EntryKind::Directory => 0o755,
            EntryKind::Symlink => 0o777,
        };
        Line { kind: self.kind, mode, size: self.size(), name: &self.name }
    }

    /// The body, read from a file that is still the one that was found.
    pub(super) fn body(&self) -> Result<Vec<u8>, PackError> {
        match self.kind {
            EntryKind::Directory => Ok(Vec::new()),
            EntryKind::Symlink => Ok(self.target.clone().into_bytes()),
            EntryKind::File => self.read(),
        }
    }

    fn read(&self) -> Result<Vec<u8>, PackError> {
        let file = File::open(&self.path).map_err(unreadable(&self.path))?;
        self.check(&file.metadata().map_err(unreadable(&self.path))?)?;
        // One byte more than was announced shows a file that grew, and bounds one that never ends.
        let most = usize::try_from(self.size()).unwrap_or(usize::MAX).saturating_add(1);
        let mut body = Vec::with_capacity(most.min(AT_ONCE));
        let mut limited = (&file).take(self.size().saturating_add(1));
        limited.read_to_end(&mut body).map_err(unreadable(&self.path))?;
        self.check(&file.metadata().map_err(unreadable(&self.path))?)?;
        if u64::try_from(body.len()).ok() != Some(self.size()) {
            return Err(PackError::Changed(ShownPath(self.path.clone())));
        }
        Ok(body)
    }

    fn check(&self, now: &Metadata) -> Result<(), PackError> {
        if Stamp::of(now) == self.stamp {
            Ok(())
        } else {
            Err(PackError::Changed(ShownPath(self.path.clone())))
        }
    }
}

impl Tree {
    /// Looks once more at everything, on several threads: a directory shows whether a name came or went.
    pub(super) fn check_unchanged(&self, threads: NonZeroUsize) -> Result<(), PackError> {
        let (path, stamp) = &self.root;
        if Stamp::of(&fs::metadata(path).map_err(unreadable(path))?) != *stamp {
            return Err(PackError::Changed(path.as_path().into()));
        }
        let check =
            |items: &[Item]| items.iter().try_for_each(|item| item.check(&look(&item.path, self.symlinks)?));
        let share = self.items.len().div_ceil(threads.get()).max(1);
        thread::scope(|scope| {
            let shares = self.items.chunks(share);
            let checks: Vec<_> = shares.map(|items| scope.spawn(move || check(items))).collect();
            checks.into_iter().try_for_each(|check| check.join().unwrap_or_else(|panic| resume_unwind(panic)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Tree, walk};
    use crate::pack::{PackError, PackOptions};
    use std::fs;
    use std::num::NonZeroUsize;
    use std::path::Path;

    /// Walks a folder of one file, changes it, and reads what was found.
    fn after(change: impl FnOnce(&Path)) -> Result<(), PackError> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("app.py"), "12345").unwrap();
        let tree: Tree = walk(folder.path(), &PackOptions::default()).unwrap();
        change(folder.path());
        tree.items.iter().try_for_each(|item| item.body().map(drop))?;
        tree.check_unchanged(NonZeroUsize::MIN)
    }

    #[test]
    fn a_tree_that_changes_is_noticed() {
        after(|_| ()).unwrap();
        let mut changes: Vec<&dyn Fn(&Path)> = vec![
            &|folder| fs::write(folder.join("app.py"), "123456").unwrap(),
            &|folder| fs::write(folder.join("app.py"), "1234").unwrap(),
            &|folder| {
                fs::write(folder.join("other"), "54321").unwrap();
                fs::rename(folder.join("other"), folder.join("app.py")).unwrap();
            },
            &|folder| fs::write(folder.join("new.py"), "").unwrap(),
            &|folder| {
                let file = fs::File::options().write(true).open(folder.join("app.py")).unwrap();
                file.set_modified(std::time::UNIX_EPOCH).unwrap();
            },
        ];
        #[cfg(unix)]
        changes.push(&|folder| {
            fs::remove_file(folder.join("app.py")).unwrap();
            std::os::unix::fs::symlink("/etc/hostname", folder.join("app.py")).unwrap();
        });
        for (number, change) in changes.into_iter().enumerate() {
            let outcome = after(change);
            assert!(matches!(outcome, Err(PackError::Changed(_))), "{number}: {outcome:?}");
        }
    }

    #[test]
    fn every_item_is_looked_at_however_many_threads_share_them() {
        let folder = tempfile::tempdir().unwrap();
        for count in 1..=9 {
            fs::write(folder.path().join(format!("{count}")), "x").unwrap();
            for changed in 1..=count {
                let tree = walk(folder.path(), &PackOptions::default()).unwrap();
                let threads = || (1..=12).filter_map(NonZeroUsize::new);
                threads().for_each(|threads| tree.check_unchanged(threads).unwrap());
                let changed = folder.path().join(format!("{changed}"));
                fs::write(&changed, fs::read_to_string(&changed).unwrap() + "x").unwrap();
                for threads in threads() {
                    let outcome = tree.check_unchanged(threads);
                    assert!(
                        matches!(&outcome, Err(PackError::Changed(path)) if path.0 == changed),
                        "{outcome:?}"
                    );
                }
            }
        }
    }
}
