//! The token that is to be explained.

use bearward_core::token::UnverifiedToken;

use super::raw_json::RawJson;
use crate::token_input;
use crate::usage::UsageError;

/// A token as somebody handed it over.
pub(super) struct PresentedToken {
    compact: String,
}

impl PresentedToken {
    /// Reads the token; `None` and `-` mean standard input.
    pub(super) fn read(argument: Option<&str>) -> Result<Self, UsageError> {
        let text = match argument {
            None | Some("-") => token_input::from_stdin("access token")?,
            Some(text) => {
                crate::warn(
                    "a token on the command line stays in the shell's history and shows in the list of processes; \
                     better pass it on standard input",
                );
                text.to_owned()
            }
        };
        let presented = Self::pasted(&text)?;
        if presented.compact.is_empty() {
            return Err(UsageError::new(
                "no token: pass one on standard input, such as: echo \"$TOKEN\" | bearward explain",
            ));
        }
        Ok(presented)
    }

    /// A token as a person pastes it, perhaps with its scheme, as a whole header or in a token endpoint's answer.
    pub(super) fn pasted(text: &str) -> Result<Self, UsageError> {
        token_input::pasted(text).map(|token| Self::exactly(&token))
    }

    /// A token as it is in a request.
    pub(super) fn exactly(compact: &str) -> Self {
        Self { compact: compact.to_owned() }
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
    pub(super) fn header(&self) -> Option<RawJson> {
        RawJson::of_part(&self.compact, 0)
    }

    /// The claims set, in the same way. Only a JWS has one to show (RFC 7516 §3.1: a JWE has five parts).
    pub(super) fn claims(&self) -> Option<RawJson> {
        if self.parts() == 3 { RawJson::of_part(&self.compact, 1) } else { None }
    }
}
