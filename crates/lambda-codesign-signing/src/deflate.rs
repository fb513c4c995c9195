//! A body as it is stored in the archive.

use sirocco::Format;
use sirocco::deflate::{Encoder, Flush, Level};

/// The compression level: a constant, since another level gives other bytes.
const LEVEL: Level = Level::new(6);

/// The bytes that are kept for the bodies to come; what a larger one takes is given back.
const KEPT: usize = 1024 * 1024;

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
    /// As [`Deflater::smallest`], for a body that comes alone.
    pub(crate) fn smallest(body: Vec<u8>) -> Result<Self, TooLarge> {
        Deflater::new().smallest(body)
    }

    /// The body as it is.
    pub(crate) fn verbatim(body: Vec<u8>) -> Result<Self, TooLarge> {
        let size = u32::try_from(body.len()).map_err(|_| TooLarge)?;
        Ok(Self { method: Method::Stored, crc: crc32fast::hash(&body), size, data: body })
    }
}

/// Deflates one body after the other; what comes of one does not depend on those before it.
pub(crate) struct Deflater {
    encoder: Encoder,
    room: Vec<u8>,
}

impl Deflater {
    pub(crate) fn new() -> Self {
        Self { encoder: Encoder::new(Format::Deflate, LEVEL), room: Vec::new() }
    }

    /// The body deflated, or as it is where deflate does not make it smaller.
    pub(crate) fn smallest(&mut self, body: Vec<u8>) -> Result<Stored, TooLarge> {
        let deflated = self.deflated(&body);
        let stored = Stored::verbatim(body)?;
        Ok(match deflated {
            Some(data) => Stored { method: Method::Deflated, data, ..stored },
            None => stored,
        })
    }

    /// The body as one raw deflate stream, or none where that is not smaller than the body.
    fn deflated(&mut self, body: &[u8]) -> Option<Vec<u8>> {
        // Room for one byte less than the body: what does not fit does not help.
        let most = body.len().checked_sub(1)?;
        if self.room.len() < most {
            self.room.resize(most, 0);
        }
        self.encoder.reset();
        let step = self.encoder.compress(body, self.room.get_mut(..most)?, Flush::Finish);
        let data = step.done.then(|| step.output.to_vec());
        if self.room.len() > KEPT {
            self.room = Vec::new();
        }
        data
    }
}

#[cfg(test)]
mod tests {
    use super::{Deflater, Method, Stored};

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

    #[test]
    fn bodies_before_it_change_nothing() {
        let line = |n: u32| format!("{n} {:x}\n", crc32fast::hash(&n.to_le_bytes()));
        let mut deflater = Deflater::new();
        for lines in [3_u32, 40_000, 1, 500, 0, 70_000, 2_000] {
            let body: Vec<u8> = (0..lines).flat_map(|n| line(n.wrapping_mul(lines)).into_bytes()).collect();
            let (together, alone) =
                (deflater.smallest(body.clone()).unwrap(), Stored::smallest(body).unwrap());
            assert_eq!(together.method, alone.method);
            assert!(together.data == alone.data, "{lines}");
        }
    }

    const PINNED: (usize, u32) = (36013, 3_443_619_178);
}
