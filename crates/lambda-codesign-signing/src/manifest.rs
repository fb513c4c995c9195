//! The manifest: entry 0, which fixes every boundary of the signed stream (FORMAT.md "Beyond the format").

use core::fmt;

/// The manifest's name.
pub const NAME: &str = ".lambda-codesign-manifest";

/// What the manifest's body begins with.
pub(crate) const MAGIC: &str = "lambda-codesign-manifest-v1\n";

/// Whether a package gets a manifest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manifest {
    /// A manifest is entry 0: one is put there where there is none.
    #[default]
    Write,
    /// None is written; nothing then proves the boundaries between entries.
    Omit,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
}

impl Kind {
    const fn letter(self) -> char {
        match self {
            Self::File => 'f',
            Self::Directory => 'd',
            Self::Link => 'l',
        }
    }

    /// The type bits of a Unix mode.
    pub(crate) const fn type_bits(self) -> u16 {
        match self {
            Self::File => 0o100_000,
            Self::Directory => 0o040_000,
            Self::Link => 0o120_000,
        }
    }
}

/// One line: an entry as the manifest records it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What the entry is.
    pub kind: Kind,
    /// Its permission bits, at most `0o7777`.
    pub mode: u16,
    /// The size of its body, uncompressed.
    pub size: u64,
    /// Its name, which holds no newline.
    pub name: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} {:04o} {} {}",
            self.kind.letter(),
            self.mode & 0o7777,
            self.size,
            self.name
        )
    }
}

/// The manifest's whole body for these entries, in their order.
#[must_use]
pub fn render(lines: &[Line]) -> Vec<u8> {
    let listed: String = lines.iter().map(Line::to_string).collect();
    // Ten digits and a newline stand for the whole body's length, themselves included.
    let length = MAGIC.len() + 11 + listed.len();
    format!("{MAGIC}{length:010}\n{listed}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::{Kind, Line, render};

    #[test]
    fn the_body_is_that_of_the_vectors() {
        let line = |kind, mode, size, name: &str| Line {
            kind,
            mode,
            size,
            name: name.to_owned(),
        };
        let body = render(&[
            line(Kind::File, 0o644, 53, "app.py"),
            line(Kind::Directory, 0o755, 0, "lib/"),
            line(Kind::File, 0o644, 2400, "lib/util.py"),
            line(Kind::File, 0o644, 0, "empty.txt"),
        ]);
        let expected = "lambda-codesign-manifest-v1\n0000000113\nf 0644 53 app.py\nd 0755 0 lib/\nf 0644 2400 lib/util.py\nf 0644 0 empty.txt\n";
        assert_eq!(String::from_utf8(body.clone()).unwrap(), expected);
        assert_eq!(body.len(), 113);
    }
}
