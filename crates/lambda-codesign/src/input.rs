//! Packages and other files, read whole and no further than they may be large.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::str::FromStr;
#[cfg(unix)]
use std::thread;

use lambda_codesign_core::archive::Limits;
#[cfg(unix)]
use memmap2::{Mmap, MmapMut};

use crate::fault::{Fault, escaped};
use crate::pool::Weighed;

/// The bytes of a file that is read by two threads.
#[cfg(unix)]
const WORTH_TWO_THREADS: u64 = 8 * 1024 * 1024;

/// The path of a package; `-` is standard input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

/// The bytes of a file, or that there are more than may be read.
pub(crate) enum Contents {
    /// All of them.
    Whole(Bytes),
    /// More than the limit; the size as far as it is known.
    TooLarge(u64),
}

/// The bytes of a file in memory of this process alone.
pub(crate) enum Bytes {
    /// Those of a small file, or of one that is no file.
    Allocated(Vec<u8>),
    /// Those of a large file, in huge pages where the system has them: a small page costs more than reading it.
    #[cfg(unix)]
    Mapped(Mmap),
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Allocated(bytes) => bytes,
            #[cfg(unix)]
            Self::Mapped(bytes) => bytes,
        }
    }
}

impl Bytes {
    pub(crate) fn into_vec(self) -> Vec<u8> {
        match self {
            Self::Allocated(bytes) => bytes,
            #[cfg(unix)]
            Self::Mapped(bytes) => bytes.to_vec(),
        }
    }
}

impl FromStr for Source {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(if text == "-" { Self::Stdin } else { Self::File(text.into()) })
    }
}

impl Source {
    /// The path as it is shown and reported, not yet escaped.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::File(path) => path.to_string_lossy().into_owned(),
            Self::Stdin => "-".to_owned(),
        }
    }

    /// Reads it, but for more than `limit` bytes.
    pub(crate) fn read(&self, limit: u64) -> Result<Contents, Fault> {
        let fault = |error: &io::Error| unreadable(&self.name(), error);
        match self {
            Self::Stdin => read_up_to(io::stdin().lock(), limit, 0).map_err(|error| fault(&error)),
            Self::File(path) => {
                let (file, size) = open(path).map_err(|error| fault(&error))?;
                if size > limit {
                    return Ok(Contents::TooLarge(size));
                }
                match in_halves(&file, size) {
                    Some(bytes) => Ok(Contents::Whole(bytes)),
                    None => read_up_to(file, limit, size).map_err(|error| fault(&error)),
                }
            }
        }
    }
}

impl Weighed for Source {
    fn bytes(&self) -> u64 {
        match self {
            Self::File(path) => path.metadata().map_or(0, |metadata| metadata.len()),
            // It may be anything: one of the largest, then.
            Self::Stdin => u64::MAX,
        }
    }
}

/// Reads a package that is not verified but changed or compared; one that is too large is refused.
pub(crate) fn read_package(path: &Path) -> Result<Bytes, Fault> {
    let limits = Limits::default();
    match Source::File(path.to_owned()).read(limits.package_size)? {
        Contents::Whole(package) => Ok(package),
        Contents::TooLarge(size) => {
            let error = limits.too_large(size);
            let what = format!("could not use {}", escaped(&path.to_string_lossy()));
            Err(Fault::of(what, &error, error.code().remedy()).refused())
        }
    }
}

/// Reads a small file, such as a trust root or a lock.
pub(crate) fn read_small(path: &Path, what: &str) -> Result<Vec<u8>, Fault> {
    const LIMIT: u64 = 64 * 1024 * 1024;
    let name = format!("the {what} {}", path.to_string_lossy());
    match Source::File(path.to_owned()).read(LIMIT) {
        Ok(Contents::Whole(bytes)) => Ok(bytes.into_vec()),
        Ok(Contents::TooLarge(size)) => Err(Fault::new(
            format!("could not read {}", escaped(&name)),
            format!("it has {size} bytes, more than any such file"),
            "check that it is the right file",
        )),
        Err(fault) => Err(Fault::new(
            format!("could not read {}", escaped(&name)),
            fault.why(),
            "check the path and its permissions",
        )),
    }
}

fn open(path: &Path) -> io::Result<(File, u64)> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    Ok((file, metadata.len()))
}

/// A large file, read by two threads; none where it is not large, or has not as many bytes as the file system says.
#[cfg(unix)]
fn in_halves(file: &File, size: u64) -> Option<Bytes> {
    use std::os::unix::fs::FileExt;

    if size < WORTH_TWO_THREADS {
        return None;
    }
    let mut bytes = MmapMut::map_anon(usize::try_from(size).ok()?).ok()?;
    huge_pages(&bytes);
    let half = bytes.len() / 2;
    let (first, second) = bytes.split_at_mut(half);
    let half = u64::try_from(half).ok()?;
    thread::scope(|scope| {
        let second = thread::Builder::new().spawn_scoped(scope, || file.read_exact_at(second, half)).ok()?;
        file.read_exact_at(first, 0).ok()?;
        second.join().ok()?.ok()
    })?;
    let ends_here = matches!(file.read_at(&mut [0], size), Ok(0));
    if ends_here { bytes.make_read_only().ok().map(Bytes::Mapped) } else { None }
}

/// Asks for them; what there is without them serves as well.
#[cfg(target_os = "linux")]
fn huge_pages(memory: &MmapMut) {
    let _ = memory.advise(memmap2::Advice::HugePage);
}

#[cfg(all(unix, not(target_os = "linux")))]
const fn huge_pages(_: &MmapMut) {}

#[cfg(not(unix))]
const fn in_halves(_: &File, _: u64) -> Option<Bytes> {
    None
}

/// Reads to the end, or one byte past the limit. The size that the file system names is only a hint.
fn read_up_to(reader: impl Read, limit: u64, hint: u64) -> io::Result<Contents> {
    let mut bytes = Vec::with_capacity(usize::try_from(hint.min(limit)).unwrap_or(0));
    let read = reader.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    let read = u64::try_from(read).unwrap_or(u64::MAX);
    Ok(if read > limit { Contents::TooLarge(read) } else { Contents::Whole(Bytes::Allocated(bytes)) })
}

fn unreadable(name: &str, error: &io::Error) -> Fault {
    const READ: [(io::ErrorKind, &str, &str); 3] = [
        (io::ErrorKind::NotFound, "there is no such file", "check the path"),
        (io::ErrorKind::IsADirectory, "it is a directory", "give the zip that was built from it"),
        (io::ErrorKind::PermissionDenied, "this user may not read it", "check who may read it"),
    ];
    let what = format!("could not read {}", escaped(name));
    match READ.iter().find(|(kind, _, _)| *kind == error.kind()) {
        Some((_, why, help)) => Fault::new(what, why, *help),
        None => Fault::new(what, error, "check the path and the file system"),
    }
}
