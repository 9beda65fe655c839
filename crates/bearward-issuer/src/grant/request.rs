//! The parameters of a token request.
//!
//! 1. The body is a form (RFC 6749 §4.4.2); a parameter without a value counts as absent (§3.2).
//! 2. A parameter comes at most once (§3.2), only `resource` may repeat (RFC 8707 §2).
//! 3. Unknown parameters are ignored (§3.2).

use serde_json::{Map, Value};

use super::error::{ErrorCode, TokenError};

#[derive(Debug, Default, PartialEq)]
pub(crate) struct TokenRequest {
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<String>,
    pub(crate) resource: Option<String>,
    pub(crate) scope: Option<String>,
    pub(crate) organization_id: Option<String>,
    pub(crate) claims: Map<String, Value>,
}

impl TokenRequest {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, TokenError> {
        let mut grant_type = None;
        let mut claims = None;
        let mut audience = None;
        let mut resources = Vec::new();
        let mut request = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            if value.is_empty() {
                continue;
            }
            let slot = match &*name {
                "grant_type" => &mut grant_type,
                "client_id" => &mut request.client_id,
                "client_secret" => &mut request.client_secret,
                "audience" => &mut audience,
                "scope" => &mut request.scope,
                "organization_id" => &mut request.organization_id,
                "claims" => &mut claims,
                "resource" => {
                    resources.push(value.into_owned());
                    continue;
                }
                _ => continue,
            };
            if slot.replace(value.into_owned()).is_some() {
                return Err(ErrorCode::InvalidRequest.because("a parameter is repeated"));
            }
        }
        match grant_type.as_deref() {
            Some("client_credentials") => {}
            Some(_) => {
                let known = "the only grant type here is client_credentials";
                return Err(ErrorCode::UnsupportedGrantType.because(known));
            }
            None => return Err(ErrorCode::InvalidRequest.because("grant_type is missing")),
        }
        // `audience` is what Auth0 calls the resource.
        resources.extend(audience);
        resources.dedup();
        if resources.len() > 1 {
            return Err(ErrorCode::InvalidTarget.because("a token is for one resource"));
        }
        request.resource = resources.pop();
        if let Some(claims) = claims {
            request.claims = serde_json::from_str(&claims)
                .map_err(|_| ErrorCode::InvalidRequest.because("claims is not a JSON object"))?;
        }
        Ok(request)
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
                     &organization_id=o&claims=%7B%22k%22%3A1%7D&unknown=1&unknown=2";
        let request = TokenRequest::parse(body).unwrap();
        let expected = TokenRequest {
            client_id: Some("a b".to_owned()),
            client_secret: Some("&".to_owned()),
            resource: Some("urn:x".to_owned()),
            scope: Some("r w".to_owned()),
            organization_id: Some("o".to_owned()),
            claims: Map::from_iter([("k".to_owned(), 1.into())]),
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
        ];
        for (body, expected) in cases {
            assert_eq!(code(body), expected, "{body}");
        }
    }
}
