//! The folder that holds profiles, each in a folder of its own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::folder::{Folder, lock};
use super::guard::{self, unusable};
use super::state::State;
use super::{JobRecord, Profile, ProfileError, ProfileFacts};
use crate::authority::Authority;
use crate::name::ProfileName;
use crate::platform;
use crate::validity::Validity;

/// No profile's name begins with a dot.
const LOCK: &str = ".lock";
const NEW_PREFIX: &str = ".new-";

/// A folder of profiles. Nothing is made on disk until a profile is created.
#[derive(Clone, Debug)]
pub struct ProfileStore(PathBuf);

/// A profile of the store, and what it says of itself or why it can't be read.
#[derive(Debug)]
pub struct Listed {
    /// Its name.
    pub name: ProfileName,
    /// What it says.
    pub facts: Result<ProfileFacts, ProfileError>,
}

impl ProfileStore {
    /// The store in this folder, which need not exist yet.
    ///
    /// # Errors
    /// The path is no folder, another user owns it, or others can write to it.
    pub fn open(folder: &Path) -> Result<Self, ProfileError> {
        match fs::metadata(folder) {
            Ok(metadata) => guard::check_folder(folder, &metadata)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unusable(folder)(error)),
        }
        Ok(Self(folder.to_owned()))
    }

    /// Creates a profile.
    ///
    /// # Errors
    /// The name is taken, or the folder can't be written.
    pub fn create(
        &self,
        name: &ProfileName,
        validity: Validity,
        now: Timestamp,
    ) -> Result<Profile, ProfileError> {
        let (state, authority) = State::create(name.clone(), validity, now)?;
        self.place(&state, &authority, &[])
    }

    /// Puts a whole profile in its place by one rename.
    pub(super) fn place(
        &self,
        state: &State,
        authority: &Authority,
        jobs: &[JobRecord],
    ) -> Result<Profile, ProfileError> {
        guard::make_folder(&self.0)?;
        guard::check_folder(&self.0, &fs::metadata(&self.0).map_err(unusable(&self.0))?)?;
        let _lock = lock(&self.0.join(LOCK))?;
        self.remove_leftovers()?;
        let path = self.0.join(state.name.as_str());
        if fs::symlink_metadata(&path).is_ok() {
            return Err(ProfileError::Exists(state.name.clone()));
        }
        let mut builder = tempfile::Builder::new();
        platform::with_mode(&mut builder, 0o700);
        let new = builder.prefix(NEW_PREFIX).tempdir_in(&self.0).map_err(unusable(&self.0))?;
        Folder::fill(new.path().to_owned(), state, authority, jobs)?;
        fs::rename(new.path(), &path).map_err(unusable(&path))?;
        // What it named has moved away; nothing is left to remove.
        let _moved: PathBuf = new.keep();
        platform::sync_folder(&self.0).map_err(unusable(&self.0))?;
        self.profile(&state.name)
    }

    /// The profile of this name.
    ///
    /// # Errors
    /// There is none, or its folder is not the user's alone.
    pub fn profile(&self, name: &ProfileName) -> Result<Profile, ProfileError> {
        let path = self.0.join(name.as_str());
        match fs::symlink_metadata(&path) {
            Ok(_) => Ok(Profile::in_folder(name.clone(), Folder::open(path)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(ProfileError::Unknown { name: name.clone(), store: self.0.as_path().into() })
            }
            Err(error) => Err(unusable(&path)(error)),
        }
    }

    /// All profiles by name, damaged ones included.
    ///
    /// # Errors
    /// The store's folder can't be read.
    pub fn list(&self) -> Result<Vec<Listed>, ProfileError> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unusable(&self.0)(error)),
        };
        let mut listed = Vec::new();
        for entry in entries {
            let entry = entry.map_err(unusable(&self.0))?;
            let name = entry.file_name().to_str().and_then(|name| name.parse::<ProfileName>().ok());
            if let Some(name) = name {
                let facts = self.profile(&name).and_then(|profile| profile.facts());
                listed.push(Listed { name, facts });
            }
        }
        listed.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(listed)
    }

    /// Removes the folders that a process killed while it created a profile left.
    fn remove_leftovers(&self) -> Result<(), ProfileError> {
        for entry in fs::read_dir(&self.0).map_err(unusable(&self.0))? {
            let entry = entry.map_err(unusable(&self.0))?;
            if entry.file_name().to_str().is_some_and(|name| name.starts_with(NEW_PREFIX)) {
                fs::remove_dir_all(entry.path()).map_err(unusable(&entry.path()))?;
            }
        }
        Ok(())
    }
}
