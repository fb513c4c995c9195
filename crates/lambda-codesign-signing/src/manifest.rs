//! Whether a package gets a manifest: entry 0, which fixes every boundary of the signed stream (FORMAT.md "Beyond the
//! format").

/// Whether a package gets a manifest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manifest {
    /// A manifest is entry 0: one is put there where there is none.
    #[default]
    Write,
    /// None is written; nothing then proves the boundaries between entries.
    Omit,
}
