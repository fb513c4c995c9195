//! The package manifest (FORMAT.md "Beyond the format").

/// The name of entry 0.
pub const NAME: &str = ".lambda-codesign-manifest";
/// The first 28 bytes of its body, the newline included.
pub const MAGIC: &str = "lambda-codesign-manifest-v1\n";

/// What one line says of one entry.
#[derive(Clone, Debug)]
pub struct Line {
    /// `f`, `d` or `l`.
    pub kind: char,
    /// The permission bits.
    pub mode: u32,
    pub size: usize,
    pub name: String,
}

/// `TYPE MODE SIZE NAME` and a newline for each.
pub fn lines(lines: &[Line]) -> String {
    lines
        .iter()
        .map(|line| format!("{} {:04o} {} {}\n", line.kind, line.mode, line.size, line.name))
        .collect()
}

/// The whole body: magic, its own length in ten digits, the lines.
pub fn body(entries: &[Line]) -> String {
    let lines = lines(entries);
    let length = MAGIC.len() + "0000000000\n".len() + lines.len();
    format!("{MAGIC}{length:010}\n{lines}")
}
