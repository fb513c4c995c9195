//! Standard output: one writer, which outlives a closed pipe.

use std::io::{self, Write as _};

use crate::cli::Verbosity;
use crate::fault::Exit;

/// Where answers go. A reader that has seen enough and closed the pipe changes no exit code; a full disk does.
pub(crate) struct Output {
    stream: anstream::AutoStream<io::Stdout>,
    verbosity: Verbosity,
    failed: Option<io::Error>,
}

impl Output {
    pub(crate) fn new(verbosity: Verbosity) -> Self {
        Self { stream: anstream::stdout(), verbosity, failed: None }
    }

    pub(crate) const fn verbosity(&self) -> Verbosity {
        self.verbosity
    }

    /// Writes text as it is; colours are dropped where they are not wanted.
    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Writes what a quiet command leaves unsaid.
    pub(crate) fn note(&mut self, text: &str) {
        if self.verbosity != Verbosity::Quiet {
            self.text(text);
        }
    }

    /// Writes bytes as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        if self.failed.is_none() {
            let mut stdout = io::stdout().lock();
            self.failed = stdout.write_all(bytes).and_then(|()| stdout.flush()).err();
        }
    }

    /// Hands on what was written so far: whoever waits for it can go on.
    #[cfg(feature = "services")]
    pub(crate) fn flush(&mut self) {
        if self.failed.is_none() {
            self.failed = self.stream.flush().err();
        }
    }

    /// Notes that the rest of an answer can't be had: it ends as one that could not be written.
    pub(crate) fn fail(&mut self, error: io::Error) {
        self.failed.get_or_insert(error);
    }

    /// Writes one JSON document.
    pub(crate) fn json(&mut self, document: &impl serde::Serialize) {
        match serde_json::to_string_pretty(document) {
            Ok(json) => self.raw(format!("{json}\n").as_bytes()),
            Err(error) => self.failed = Some(error.into()),
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if self.failed.is_none() {
            self.failed = self.stream.write_all(bytes).err();
        }
    }

    /// The exit code, once everything is written.
    pub(crate) fn finish(mut self, exit: Exit) -> Exit {
        let flushed = self.stream.flush();
        match self.failed.take().or(flushed.err()) {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                let mut stderr = anstream::stderr();
                let _ = writeln!(stderr, "error: could not write to standard output: {error}");
                exit.max(Exit::NoVerdict)
            }
            Some(_) | None => exit,
        }
    }
}
