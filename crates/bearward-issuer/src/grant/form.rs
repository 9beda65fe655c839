//! Parameters of a form.
//!
//! 1. A parameter without a value counts as absent (RFC 6749 §3.2).
//! 2. A parameter comes at most once, unless its own rules say otherwise (§3.2); those that nobody asks for may
//!    be there in any number.

use super::error::{ErrorCode, TokenError};

#[derive(Debug)]
pub(crate) struct Form {
    parameters: Vec<(String, String)>,
}

impl Form {
    pub(crate) fn parse(body: &[u8]) -> Self {
        let parameters = form_urlencoded::parse(body).into_owned();
        Self { parameters: parameters.filter(|(_, value)| !value.is_empty()).collect() }
    }

    /// Takes a parameter that comes at most once.
    pub(crate) fn take(&mut self, name: &str) -> Result<Option<String>, TokenError> {
        let mut values = self.take_all(name);
        match values.len() {
            0 | 1 => Ok(values.pop()),
            _ => Err(ErrorCode::InvalidRequest.because("a parameter is repeated")),
        }
    }

    /// Takes a parameter that may repeat, in its order.
    pub(crate) fn take_all(&mut self, name: &str) -> Vec<String> {
        self.parameters.extract_if(.., |(candidate, _)| candidate == name).map(|(_, value)| value).collect()
    }
}
