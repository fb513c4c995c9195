//! What systems differ in: who may reach a file, what a file is, whether it can be executed.
//!
//! Unix answers all of it. Elsewhere the standard library does not tell who may read a file, so that no private key is kept
//! there; `portable` has the other answers, and is compiled and tried on Unix too.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub(crate) use unix::*;

#[cfg(any(not(unix), test))]
mod portable;
#[cfg(not(unix))]
pub(crate) use portable::*;

use std::io;

/// Who can reach a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// A user owns it, and its permission bits say what others may.
    #[cfg_attr(not(unix), expect(dead_code, reason = "Unix alone tells"))]
    Owned {
        /// The owner's id.
        owner: u32,
        /// This process's user id.
        user: u32,
        /// The permission bits.
        mode: u32,
    },
    /// The system does not tell.
    #[cfg_attr(all(unix, not(test)), expect(dead_code, reason = "Unix tells"))]
    Untold,
}

/// What a file is, whatever it holds: two files of the same identity are one.
pub(crate) type Identity = (u64, u64);

/// That a lock on a file could not be had.
pub(crate) type Held = io::Result<std::fs::File>;

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{portable, unix};

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("script"), "#!/bin/sh\n").unwrap();
        fs::write(folder.path().join("elf"), b"\x7fELF\x02").unwrap();
        fs::write(folder.path().join("text"), "text").unwrap();
        fs::write(folder.path().join("empty"), "").unwrap();
        folder
    }

    #[test]
    fn without_permission_bits_what_a_system_runs_is_executable() {
        let folder = folder();
        let tell = |name: &str| {
            let path = folder.path().join(name);
            portable::is_executable(&path, &fs::metadata(&path).unwrap()).unwrap()
        };
        assert_eq!(["script", "elf", "text", "empty"].map(tell), [true, true, false, false]);
        let path = folder.path();
        assert!(!portable::is_executable(path, &fs::metadata(path).unwrap()).unwrap());
        assert!(
            portable::is_executable(&path.join("none"), &fs::metadata(path.join("text")).unwrap()).is_err()
        );
    }

    #[test]
    fn a_file_is_itself_by_any_path() {
        let folder = folder();
        let at = |path: &Path| {
            let metadata = fs::metadata(path).unwrap();
            (unix::identity(path, &metadata).unwrap(), portable::identity(path, &metadata).unwrap())
        };
        let (one, other) = (folder.path().join("text"), folder.path().join("elf"));
        let around = folder.path().join(".").join("text");
        assert_eq!(at(&one), at(&around));
        assert_ne!(at(&one).0, at(&other).0);
        assert_ne!(at(&one).1, at(&other).1);
    }

    #[test]
    fn a_file_that_was_written_has_another_state() {
        let folder = folder();
        let path = folder.path().join("text");
        let states = || {
            (
                unix::State::of(&fs::metadata(&path).unwrap()),
                portable::State::of(&fs::metadata(&path).unwrap()),
            )
        };
        let before = states();
        assert!(before == states());
        fs::write(&path, "longer text").unwrap();
        let after = states();
        assert!(before.0 != after.0 && before.1 != after.1);
    }

    #[test]
    fn a_lock_is_had_by_one_at_a_time() {
        for hold in [unix::hold, portable::hold] {
            let folder = folder();
            let path = folder.path().join("text");
            let held = hold(&path).unwrap();
            let locked =
                if path.with_extension("lock").exists() { path.with_extension("lock") } else { path.clone() };
            assert!(fs::File::open(&locked).unwrap().try_lock_shared().is_err());
            drop(held);
            assert!(fs::File::open(&locked).unwrap().try_lock_shared().is_ok());
        }
    }

    #[test]
    fn folders_and_files_are_made_either_way() {
        let folder = folder();
        let new = || fs::OpenOptions::new().write(true).create(true).to_owned();
        let (one, two) = (folder.path().join("unix/inner"), folder.path().join("portable/inner"));
        for _again in 0..2 {
            unix::make_private_folder(&one).unwrap();
            portable::make_private_folder(&two).unwrap();
        }
        unix::private(&mut new()).open(one.join("file")).unwrap();
        portable::private(&mut new()).open(two.join("file")).unwrap();
        unix::sync_folder(&one).unwrap();
        portable::sync_folder(&two).unwrap();
        let metadata = fs::metadata(folder.path()).unwrap();
        assert_eq!(portable::reach(&metadata), super::Reach::Untold);
        assert!(matches!(unix::reach(&metadata), super::Reach::Owned { .. }));
        let mut builder = tempfile::Builder::new();
        portable::with_mode(&mut builder, 0o600);
        unix::with_mode(&mut builder, 0o600);
        assert!(builder.tempfile_in(folder.path()).is_ok());
    }
}
