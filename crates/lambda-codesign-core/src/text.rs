//! Text that came from a package, made safe to show.

use core::fmt;

/// Bytes of a package, shown so that no terminal, log or report can act on them.
///
/// Control, format, bidirectional and other unprintable characters appear as `\u{..}`, a backslash as `\\`,
/// and bytes that are not UTF-8 as `\x..`. The result has no newline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Escaped<'a>(pub &'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for character in chunk.valid().chars() {
                match character {
                    '"' | '\'' => write!(f, "{character}")?,
                    _ => write!(f, "{}", character.escape_debug())?,
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Escaped;

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
    }
}
