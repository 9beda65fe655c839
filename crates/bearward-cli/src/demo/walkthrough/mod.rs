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
    /// A token, a request that passes, one that does not, and why: what fits a screen.
    pub first: Vec<Line>,
    /// Every step.
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

/// Every section.
impl fmt::Display for Walkthrough {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Paste these lines into another shell, in their order.")?;
        for section in &self.sections {
            writeln!(f, "\n## {}", section.title)?;
            section.lines.iter().try_for_each(|line| line.fmt(f))?;
        }
        Ok(())
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => writeln!(f, "# {status}: {}", self.about)?,
            None => writeln!(f, "# {}", self.about)?,
        }
        writeln!(f, "{}", self.command)
    }
}

impl Walkthrough {
    /// What fits a screen: where everything is, and the first lines to paste.
    #[must_use]
    pub fn summary(&self) -> Summary<'_> {
        Summary(self)
    }
}

/// What fits a screen of a [`Walkthrough`].
#[derive(Debug, Clone, Copy)]
pub struct Summary<'w>(&'w Walkthrough);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Walkthrough { api, issuer, audience, first, .. } = self.0;
        writeln!(f, "API                   {api}   (open it in a browser: the playground)")?;
        writeln!(f, "authorization server  {issuer}")?;
        writeln!(f, "audience              {audience}")?;
        writeln!(f, "\nOr paste these lines into another shell:")?;
        first.iter().try_for_each(|line| line.fmt(f))?;
        writeln!(f, "\nCtrl-C ends the demo; --verbose prints every line to paste.")
    }
}
