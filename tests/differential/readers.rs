//! The readers, and the archives that they are given.

use std::fs;
use std::path::{Path, PathBuf};

use lambda_codesign_tests::zip::ambiguous::Specimen;

use crate::batch;
use crate::reading::{Judged, Outcome};
use crate::unpackers;

/// The archives, as files of a folder by their number and in memory.
pub(crate) struct Archives<'a> {
    /// Where readers may write.
    pub(crate) scratch: PathBuf,
    pub(crate) folder: PathBuf,
    pub(crate) all: Vec<&'a [u8]>,
    /// The numbers of those that are admitted.
    pub(crate) admitted: Vec<usize>,
}

impl<'a> Archives<'a> {
    pub(crate) fn write(scratch: &Path, specimens: &'a [Specimen], judged: &[Judged]) -> Self {
        let folder = scratch.join("archives");
        fs::create_dir_all(&folder).expect("the folder is ours");
        let all: Vec<_> = specimens.iter().map(|specimen| &specimen.bytes[..]).collect();
        let archives = Self {
            scratch: scratch.into(),
            folder,
            admitted: (0..all.len()).filter(|&number| judged[number].is_admitted()).collect(),
            all,
        };
        for (number, bytes) in archives.all.iter().enumerate() {
            fs::write(archives.path(number), bytes).expect("the folder is ours");
        }
        archives
    }

    pub(crate) fn path(&self, number: usize) -> PathBuf {
        self.folder.join(format!("{number:05}.zip"))
    }
}

/// A reader, in one of its ways to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    ZipCrate,
    ZipCrateStream,
    Python,
    JavaZipFile,
    JavaStream,
    Unzip,
    Bsdtar,
    BsdtarStream,
}

/// What a reader made of the archives: of each by its number, or of none.
pub(crate) enum Answer {
    /// The version, and an outcome for each number that was asked for.
    Took { version: String, outcomes: Vec<(usize, Outcome)> },
    /// The machine does not have it.
    Absent,
}

impl Reader {
    pub(crate) const ALL: [Self; 8] = [
        Self::ZipCrate,
        Self::ZipCrateStream,
        Self::Python,
        Self::JavaZipFile,
        Self::JavaStream,
        Self::Unzip,
        Self::Bsdtar,
        Self::BsdtarStream,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ZipCrate => "zip crate",
            Self::ZipCrateStream => "zip crate, streaming",
            Self::Python => "Python zipfile",
            Self::JavaZipFile => "Java ZipFile",
            Self::JavaStream => "Java ZipInputStream",
            Self::Unzip => "unzip",
            Self::Bsdtar => "bsdtar -xf FILE",
            Self::BsdtarStream => "cat | bsdtar -xf -",
        }
    }

    /// Reads: all archives where one process can, else those that are admitted.
    pub(crate) fn read(self, archives: &Archives<'_>) -> Answer {
        match self {
            Self::ZipCrate => batch::zip_crate(archives),
            Self::ZipCrateStream => batch::zip_crate_stream(archives),
            Self::Python => batch::python(archives),
            Self::JavaZipFile => batch::java(archives, "ZipFile"),
            Self::JavaStream => batch::java(archives, "ZipInputStream"),
            Self::Unzip => unpackers::each(archives, "unzip", "-v", unpackers::unzip),
            Self::Bsdtar => unpackers::each(archives, "bsdtar", "--version", unpackers::bsdtar),
            Self::BsdtarStream => unpackers::each(archives, "bsdtar", "--version", unpackers::bsdtar_stream),
        }
    }
}
