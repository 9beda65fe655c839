//! What to paste into a shell, in what order, and what comes of it.
//!
//! Each command is one line that works as it stands in bash and zsh, with curl, sed, cut, mktemp and this program
//! lines of the first section set the variables that later ones use.
//!
//! 1. [`line`]: how a line is written;
//! 2. [`embedded`]: the tour with tokens of the embedded authorization server, the bearer's part;
//! 3. [`beyond_bearer`]: its tokens that are bound to somebody, and the stepped-up ones;
//! 4. [`external`]: the tour with a token that the reader brings along.

mod beyond_bearer;
mod embedded;
mod external;
mod line;

use std::fmt;

/// A guided tour of one running demo.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Walkthrough {
    /// Where the API is.
    pub api: String,
    /// The issuer whose tokens it accepts.
    pub issuer: String,
    /// The audience its tokens must have.
    pub audience: String,
    /// The steps.
    pub sections: Vec<Section>,
}

/// Lines that show one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Section {
    /// What they show.
    pub title: &'static str,
    /// The lines, in order.
    pub lines: Vec<Line>,
}

/// One line to paste.
///
/// `Debug` leaves the line itself out: it has a token or a secret of the demo.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line {
    /// The status of the answer; `None` for lines that do not call the API.
    pub status: Option<u16>,
    /// What the line shows.
    pub about: String,
    /// The line.
    pub command: String,
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line")
            .field("status", &self.status)
            .field("about", &self.about)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Walkthrough {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "API                   {}   (open it in a browser)", self.api)?;
        writeln!(f, "authorization server  {}", self.issuer)?;
        writeln!(f, "audience              {}", self.audience)?;
        writeln!(f, "\nPaste these lines into another shell; Ctrl-C here ends the demo.")?;
        for section in &self.sections {
            writeln!(f, "\n## {}", section.title)?;
            for line in &section.lines {
                match line.status {
                    Some(status) => writeln!(f, "# {status}: {}", line.about)?,
                    None => writeln!(f, "# {}", line.about)?,
                }
                writeln!(f, "{}", line.command)?;
            }
        }
        Ok(())
    }
}
