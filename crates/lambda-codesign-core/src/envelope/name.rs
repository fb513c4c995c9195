//! Distinguished names, as far as their form goes (RFC 5280 4.1.2.4).

use super::ber::{BerError, Reader, tag};

/// That a name is a sequence of sets of pairs of a type and a value, under these very tags.
pub(crate) fn check(name: &[u8]) -> Result<(), BerError> {
    let mut whole = Reader::new(name);
    let mut sets = whole.der(tag::SEQUENCE)?.reader();
    whole.finish()?;
    while !sets.is_empty() {
        let mut pairs = sets.der(tag::SET)?.reader();
        while !pairs.is_empty() {
            let mut pair = pairs.der(tag::SEQUENCE)?.reader();
            pair.der(tag::OBJECT_IDENTIFIER)?;
            pair.der_any()?;
            pair.finish()?;
        }
    }
    Ok(())
}
