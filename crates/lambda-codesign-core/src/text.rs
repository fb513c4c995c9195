//! Text that came from a package, made safe to show.

use core::fmt;

/// Bytes of a package, shown so that no terminal, log or report can act on them.
///
/// Control, format, bidirectional and other unprintable characters appear as `\u{..}`, a backslash as `\\`,
/// and bytes that are not UTF-8 as `\x..`. The result has no newline, and no two `#` in a row: a runner of continuous
/// integration takes `##[` and `##vso[` for commands wherever they stand in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Escaped<'a>(pub &'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = ' ';
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                match (before, character) {
                    ('#', '#') => write!(f, "{}", character.escape_unicode())?,
                    (_, '"' | '\'') => write!(f, "{character}")?,
                    (_, _) => write!(f, "{}", character.escape_debug())?,
                }
                before = character;
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

/// Bytes in lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hex<'a>(pub &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Escaped, Hex};

    #[test]
    fn each_byte_has_two_digits() {
        assert_eq!(Hex(&[0, 0x0a, 0xff]).to_string(), "000aff");
    }

    #[test]
    fn nothing_a_terminal_acts_on_survives() {
        let shown = |bytes: &[u8]| Escaped(bytes).to_string();
        assert_eq!(shown(b"plain name's.txt"), "plain name's.txt");
        assert_eq!(shown("übung".as_bytes()), "übung");
        assert_eq!(shown(b"\x1b[31mred"), "\\u{1b}[31mred");
        assert_eq!(shown(b"a\r\n::error::b"), "a\\r\\n::error::b");
        assert_eq!(shown("a\u{202e}b\u{9b}c".as_bytes()), "a\\u{202e}b\\u{9b}c");
        assert_eq!(shown(b"\xff\\"), "\\xff\\\\");
        assert_eq!(shown(b"nul\0"), "nul\\0");
        assert_eq!(shown(b"a#b ##vso[x] ###[y]"), "a#b #\\u{23}vso[x] #\\u{23}\\u{23}[y]");
    }
}
