//! Lines and columns.

/// A place in a file as people name it, both numbers from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// The lines of a text.
#[derive(Debug, Clone, Copy)]
pub struct Lines<'a>(&'a str);

impl<'a> Lines<'a> {
    /// Of this text.
    #[must_use]
    pub const fn of(text: &'a str) -> Self {
        Self(text)
    }

    /// Where the byte at this offset stands; past the end is the end.
    #[must_use]
    pub fn position(self, offset: usize) -> Position {
        let end = self.0.floor_char_boundary(offset);
        let before = self.0.get(..end).unwrap_or(self.0);
        let line = before.bytes().filter(|byte| *byte == b'\n').count().saturating_add(1);
        let column =
            before.chars().rev().take_while(|character| *character != '\n').count().saturating_add(1);
        Position { line, column }
    }
}

impl core::fmt::Display for Position {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::Lines;

    #[test]
    fn lines_and_columns_count_from_one_and_in_characters() {
        let lines = Lines::of("a\nüb\n");
        for (offset, expected) in
            [(0, "1:1"), (1, "1:2"), (2, "2:1"), (3, "2:1"), (4, "2:2"), (5, "2:3"), (6, "3:1"), (99, "3:1")]
        {
            assert_eq!(lines.position(offset).to_string(), expected, "{offset}");
        }
        assert_eq!(Lines::of("").position(0).to_string(), "1:1");
    }
}
