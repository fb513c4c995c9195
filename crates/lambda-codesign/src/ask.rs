//! Questions before what can't be taken back.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use crate::fault::Fault;

/// Whether somebody was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consent {
    /// By a flag.
    Given,
    /// Not yet.
    Open,
}

/// Goes on where somebody agrees; where nobody can be asked, a flag has to.
pub(crate) fn ask(what: &str, question: &str, consent: Consent) -> Result<(), Fault> {
    if consent == Consent::Given {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Fault::usage(
            format!("{what} was not done"),
            "it asks first, and standard input is no terminal",
            "give --yes where nobody can be asked",
        ));
    }
    let mut answer = String::new();
    let asked = anstream::stderr()
        .write_all(format!("{question} Only `yes` goes on: ").as_bytes())
        .and_then(|()| anstream::stderr().flush())
        .and_then(|()| io::stdin().lock().read_line(&mut answer));
    match asked {
        Ok(_) if answer.trim() == "yes" => Ok(()),
        Ok(_) => {
            Err(Fault::new(format!("{what} was not done"), "it was not agreed to", "answer yes to go on"))
        }
        Err(error) => Err(Fault::new(format!("{what} was not done"), error, "give --yes")),
    }
}
