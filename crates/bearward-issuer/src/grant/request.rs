//! The parameters of a token request, and of a question about a token.
//!
//! 1. The body is a form (RFC 6749 §4.4.2); a parameter without a value counts as absent (§3.2).
//! 2. A parameter comes at most once (§3.2), only `resource` may repeat (RFC 8707 §2).
//! 3. Unknown parameters are ignored (§3.2).

use serde_json::{Map, Value};

use super::error::{ErrorCode, TokenError};
use super::form::Form;

/// With what a client authenticates in the body (RFC 6749 §2.3.1, RFC 7521 §4.2).
#[derive(Debug, Default, PartialEq)]
pub(crate) struct ClientParameters {
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<String>,
    pub(crate) assertion_type: Option<String>,
    pub(crate) assertion: Option<String>,
}

impl ClientParameters {
    pub(crate) fn take(form: &mut Form) -> Result<Self, TokenError> {
        Ok(Self {
            client_id: form.take("client_id")?,
            client_secret: form.take("client_secret")?,
            assertion_type: form.take("client_assertion_type")?,
            assertion: form.take("client_assertion")?,
        })
    }
}

#[derive(Debug, Default, PartialEq)]
pub(crate) struct TokenRequest {
    pub(crate) client: ClientParameters,
    pub(crate) resource: Option<String>,
    pub(crate) scope: Option<String>,
    pub(crate) organization_id: Option<String>,
    pub(crate) claims: Map<String, Value>,
    /// Authentication context classes in order of preference, space-separated (RFC 9470 §4).
    pub(crate) acr_values: Option<String>,
    /// How old the authentication may be, in seconds (RFC 9470 §4).
    pub(crate) max_age: Option<u64>,
}

impl TokenRequest {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, TokenError> {
        let mut form = Form::parse(body);
        match form.take("grant_type")?.as_deref() {
            Some("client_credentials") => {}
            Some(_) => {
                let known = "this grant type is not offered";
                return Err(ErrorCode::UnsupportedGrantType.because(known));
            }
            None => return Err(ErrorCode::InvalidRequest.because("grant_type is missing")),
        }
        // `audience` is what Auth0 calls the resource.
        let mut resources = form.take_all("resource");
        resources.extend(form.take("audience")?);
        resources.dedup();
        if resources.len() > 1 {
            return Err(ErrorCode::InvalidTarget.because("a token is for one resource"));
        }
        let claims = form.take("claims")?.map_or(Ok(Map::new()), |claims| serde_json::from_str(&claims));
        let max_age = form.take("max_age")?.map(|seconds| seconds.parse()).transpose();
        Ok(Self {
            client: ClientParameters::take(&mut form)?,
            resource: resources.pop(),
            scope: form.take("scope")?,
            organization_id: form.take("organization_id")?,
            claims: claims.map_err(|_| ErrorCode::InvalidRequest.because("claims is not a JSON object"))?,
            acr_values: form.take("acr_values")?,
            max_age: max_age
                .map_err(|_| ErrorCode::InvalidRequest.because("max_age is not a number of seconds"))?,
        })
    }
}

/// Whether a token request brings a code of the user's.
pub(crate) fn is_of_code_flow(body: &[u8]) -> bool {
    Form::parse(body).take("grant_type").is_ok_and(|grant| grant.as_deref() == Some("authorization_code"))
}

/// What introspection (RFC 7662 §2.1) and revocation (RFC 7009 §2.1) ask about. The hint is of no use here: every
/// token is an access token.
#[derive(Debug)]
pub(crate) struct TokenQuestion {
    pub(crate) client: ClientParameters,
    pub(crate) token: Option<String>,
}

impl TokenQuestion {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, TokenError> {
        let mut form = Form::parse(body);
        Ok(Self { client: ClientParameters::take(&mut form)?, token: form.take("token")? })
    }

    pub(crate) fn token(&self) -> Result<&str, TokenError> {
        self.token.as_deref().ok_or(ErrorCode::InvalidRequest.because("token is missing"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(body: &str) -> Option<ErrorCode> {
        TokenRequest::parse(body.as_bytes()).err().map(|error| error.code)
    }

    #[test]
    fn the_parameters_are_read() {
        let body =
            b"grant_type=client_credentials&client_id=a+b&client_secret=%26&resource=urn%3Ax&scope=r+w\
                     &organization_id=o&claims=%7B%22k%22%3A1%7D&unknown=1&unknown=2&acr_values=a+b&max_age=60";
        let request = TokenRequest::parse(body).unwrap();
        let expected = TokenRequest {
            client: ClientParameters {
                client_id: Some("a b".to_owned()),
                client_secret: Some("&".to_owned()),
                ..ClientParameters::default()
            },
            resource: Some("urn:x".to_owned()),
            scope: Some("r w".to_owned()),
            organization_id: Some("o".to_owned()),
            claims: Map::from_iter([("k".to_owned(), 1.into())]),
            acr_values: Some("a b".to_owned()),
            max_age: Some(60),
        };
        assert_eq!(request, expected);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let good = "grant_type=client_credentials";
        let cases = [
            ("", Some(ErrorCode::InvalidRequest)),
            ("grant_type=", Some(ErrorCode::InvalidRequest)),
            ("grant_type=password", Some(ErrorCode::UnsupportedGrantType)),
            (good, None),
            (&format!("{good}&{good}"), Some(ErrorCode::InvalidRequest)),
            (&format!("{good}&scope=a&scope=b"), Some(ErrorCode::InvalidRequest)),
            (&format!("{good}&scope=&scope=b"), None),
            (&format!("{good}&resource=a&resource=a&audience=a"), None),
            (&format!("{good}&resource=a&resource=b"), Some(ErrorCode::InvalidTarget)),
            (&format!("{good}&resource=a&audience=b"), Some(ErrorCode::InvalidTarget)),
            (&format!("{good}&claims=[1]"), Some(ErrorCode::InvalidRequest)),
            (&format!("{good}&claims=%7B"), Some(ErrorCode::InvalidRequest)),
            (&format!("{good}&max_age=-1"), Some(ErrorCode::InvalidRequest)),
            (&format!("{good}&client_assertion=a&client_assertion=a"), Some(ErrorCode::InvalidRequest)),
        ];
        for (body, expected) in cases {
            assert_eq!(code(body), expected, "{body}");
        }
    }
}
