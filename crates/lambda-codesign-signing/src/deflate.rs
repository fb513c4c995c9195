//! A body as it is stored in the archive.

use zlib_rs::{Deflate, DeflateFlush, Status};

/// The compression level: a constant, since another level gives other bytes.
const LEVEL: i32 = 6;

/// The window: 32 KiB, all that a zip's deflate has (APPNOTE 4.4.5).
const WINDOW_BITS: u8 = 15;

/// How a body is stored (APPNOTE 4.4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// Method 0, as it is.
    Stored,
    /// Method 8, deflated.
    Deflated,
}

/// A body ready to be written: the same bytes for the same body on every machine.
pub(crate) struct Stored {
    pub(crate) method: Method,
    pub(crate) crc: u32,
    /// The size of the body, uncompressed.
    pub(crate) size: u32,
    pub(crate) data: Vec<u8>,
}

/// The body is 4 GiB or larger, which no package of Lambda's is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

impl Stored {
    /// The body deflated, or as it is where deflate does not make it smaller.
    pub(crate) fn smallest(body: Vec<u8>) -> Result<Self, TooLarge> {
        let deflated = deflated(&body);
        let stored = Self::verbatim(body)?;
        Ok(match deflated {
            Some(data) => Self { method: Method::Deflated, data, ..stored },
            None => stored,
        })
    }

    /// The body as it is.
    pub(crate) fn verbatim(body: Vec<u8>) -> Result<Self, TooLarge> {
        let size = u32::try_from(body.len()).map_err(|_| TooLarge)?;
        Ok(Self { method: Method::Stored, crc: crc32fast::hash(&body), size, data: body })
    }
}

/// The body as one raw deflate stream, or none where that is not smaller than the body.
fn deflated(body: &[u8]) -> Option<Vec<u8>> {
    // Room for one byte less than the body: what does not fit does not help.
    let mut data = vec![0; body.len().checked_sub(1)?];
    let mut stream = Deflate::new(LEVEL, false, WINDOW_BITS);
    match stream.compress(body, &mut data, DeflateFlush::Finish) {
        Ok(Status::StreamEnd) => {}
        Ok(Status::Ok | Status::BufError) | Err(_) => return None,
    }
    data.truncate(usize::try_from(stream.total_out()).ok()?);
    data.shrink_to_fit();
    Some(data)
}

#[cfg(test)]
mod tests {
    use super::{Method, Stored};

    #[test]
    fn what_deflate_does_not_help_is_stored() {
        let noise: Vec<u8> =
            (0..999_u32).flat_map(|n| crc32fast::hash(&n.to_le_bytes()).to_le_bytes()).collect();
        for body in [vec![], vec![7], vec![7, 7], noise] {
            let stored = Stored::smallest(body.clone()).unwrap();
            assert_eq!(stored.method, Method::Stored);
            assert_eq!(stored.data, body);
        }
    }

    #[test]
    fn the_deflated_bytes_are_pinned() {
        let line = |n: u32| format!("{n} {:x} a line like others\n", crc32fast::hash(&n.to_le_bytes()));
        let body: Vec<u8> = (0..5000).flat_map(|n| line(n).into_bytes()).collect();
        let stored = Stored::smallest(body.clone()).unwrap();
        assert_eq!(stored.method, Method::Deflated);
        assert_eq!(usize::try_from(stored.size).unwrap(), body.len());
        // A new release of the compressor that writes other bytes must not slip in: it would change every package.
        assert_eq!((stored.data.len(), crc32fast::hash(&stored.data)), PINNED);
    }

    const PINNED: (usize, u32) = (41056, 608_808_158);
}
