//! The token that is to be explained.

use std::io::{IsTerminal as _, Read as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearward_core::{Limits, UnverifiedToken};

use super::UsageError;
use super::written::WrittenJson;

/// Far more than any token; whoever pipes in a film is told so, not read to the end.
const MOST_INPUT: u64 = 1024 * 1024;

/// A token as somebody handed it over.
pub(super) struct PresentedToken {
    compact: String,
}

impl PresentedToken {
    /// Reads the token; `None` and `-` mean standard input.
    pub(super) fn read(argument: Option<&str>) -> Result<Self, UsageError> {
        let text = match argument {
            None | Some("-") => from_stdin()?,
            Some(text) => {
                let _ = writeln!(
                    std::io::stderr(),
                    "warning: a token on the command line stays in the shell's history and shows in the list of \
                     processes; better pass it on standard input"
                );
                text.to_owned()
            }
        };
        let compact = without_scheme(text.trim()).to_owned();
        if compact.is_empty() {
            return Err(UsageError::new(
                "no token: pass one on standard input, such as: echo \"$TOKEN\" | bearward explain",
            ));
        }
        Ok(Self { compact })
    }

    /// The token as it was presented. It is a secret.
    pub(super) fn expose(&self) -> &str {
        &self.compact
    }

    /// The token as the engine reads it; `None` where it cannot be read.
    pub(super) fn unverified(&self) -> Option<UnverifiedToken<'_>> {
        UnverifiedToken::parse(&self.compact).ok()
    }

    /// How many parts the dots make.
    pub(super) fn parts(&self) -> usize {
        self.compact.split('.').count()
    }

    /// The JOSE header, whatever it says, for showing only; `None` where it is not JSON in base64url.
    pub(super) fn header(&self) -> Option<WrittenJson> {
        self.part(0)
    }

    /// The claims set, in the same way. Only a JWS has one to show (RFC 7516 §3.1: a JWE has five parts).
    pub(super) fn claims(&self) -> Option<WrittenJson> {
        if self.parts() == 3 { self.part(1) } else { None }
    }

    fn part(&self, index: usize) -> Option<WrittenJson> {
        if self.compact.len() > Limits::default().token_bytes {
            return None;
        }
        let encoded = self.compact.split('.').nth(index)?;
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()?;
        WrittenJson::read(&text)
    }
}

fn from_stdin() -> Result<String, UsageError> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        let _ = writeln!(std::io::stderr(), "Paste the access token, then press Enter and Ctrl-D:");
    }
    let mut bytes = Vec::new();
    let read = stdin.lock().take(MOST_INPUT + 1).read_to_end(&mut bytes);
    read.map_err(|error| UsageError::new(format!("cannot read standard input: {error}")))?;
    if bytes.len() as u64 > MOST_INPUT {
        return Err(UsageError::new("standard input is longer than a mebibyte: that is no token"));
    }
    String::from_utf8(bytes).map_err(|_| UsageError::new("standard input is not UTF-8: that is no token"))
}

/// People paste what their tools show: a whole `Authorization` header.
fn without_scheme(text: &str) -> &str {
    let after = |text: &'_ str, prefix: &str| {
        let start = text.get(..prefix.len())?;
        start.eq_ignore_ascii_case(prefix).then_some(prefix.len())
    };
    let value = after(text, "authorization:").map_or(text, |end| text[end..].trim_start());
    match after(value, "bearer").map(|end| &value[end..]) {
        Some(rest) if rest.is_empty() || rest.starts_with(' ') => rest.trim_start(),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_header_is_as_good_as_the_token_in_it() {
        for text in [
            "a.b.c",
            "Bearer a.b.c",
            "bearer   a.b.c",
            "Authorization: Bearer a.b.c",
            "authorization:BEARER a.b.c",
        ] {
            assert_eq!(without_scheme(text), "a.b.c", "{text}");
        }
        assert_eq!(without_scheme("é"), "é");
        assert_eq!(without_scheme("Bearer"), "");
        assert_eq!(without_scheme("bearer.b.c"), "bearer.b.c");
        assert_eq!(without_scheme("Basic x"), "Basic x");
    }
}
