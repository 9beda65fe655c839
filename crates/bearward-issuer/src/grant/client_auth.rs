//! Client authentication with a secret (RFC 6749 §2.3.1), in the `Authorization` header or in the body, or with a
//! signed assertion (RFC 7523 §2.2).
//!
//! 1. One method per request (§2.3).
//! 2. An unknown client and a wrong secret are the same answer, after the same work.
//! 3. Does not check how often a client guesses.

use aws_lc_rs::{constant_time, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde_json::Value;

use super::client_assertion::{self, AssertionRules, JWT_BEARER};
use super::error::{ErrorCode, TokenError};
use super::request::ClientParameters;
use crate::config::{Client, ProtectedResource};

/// Someone the server knows, and what they authenticate with.
pub(crate) trait Registered {
    fn secret(&self) -> Option<&str>;
    fn jwk(&self) -> Option<&Value>;
}

impl Registered for Client {
    fn secret(&self) -> Option<&str> {
        Some(&self.secret)
    }

    fn jwk(&self) -> Option<&Value> {
        None
    }
}

impl Registered for ProtectedResource {
    fn secret(&self) -> Option<&str> {
        self.secret.as_deref()
    }

    fn jwk(&self) -> Option<&Value> {
        self.jwk.as_ref()
    }
}

/// Who the client says it is, and with what it shows that.
enum ClientCredential {
    Secret { id: String, secret: String },
    Assertion { id: String, assertion: String },
}

/// Finds the one that sent this request among those that `find` knows.
pub(crate) fn authenticate<'a, R: Registered>(
    find: impl FnOnce(&str) -> Option<&'a R>,
    headers: &HeaderMap,
    parameters: &ClientParameters,
    rules: AssertionRules<'_>,
) -> Result<&'a R, TokenError> {
    match credential(headers, parameters)? {
        ClientCredential::Secret { id, secret } => {
            let client = find(&id);
            let expected = client.and_then(Registered::secret);
            // Digests are of equal length, so the comparison tells nothing about the length of the secret either.
            let equal = constant_time::verify_slices_are_equal(
                digest::digest(&digest::SHA256, expected.unwrap_or_default().as_bytes()).as_ref(),
                digest::digest(&digest::SHA256, secret.as_bytes()).as_ref(),
            );
            match (client, expected, equal) {
                (Some(client), Some(_), Ok(())) => Ok(client),
                _ => Err(ErrorCode::InvalidClient.because("unknown client or wrong secret")),
            }
        }
        ClientCredential::Assertion { id, assertion } => {
            let unknown = ErrorCode::InvalidClient.because("unknown client or no key registered");
            let client = find(&id).ok_or(unknown)?;
            client_assertion::check(&assertion, &id, client.jwk().ok_or(unknown)?, rules)?;
            Ok(client)
        }
    }
}

fn credential(headers: &HeaderMap, parameters: &ClientParameters) -> Result<ClientCredential, TokenError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (id, secret, assertion) = (&parameters.client_id, &parameters.client_secret, &parameters.assertion);
    let credential = match (values.next(), values.next(), secret, assertion) {
        (None, _, Some(secret), None) => {
            let id = id.clone().ok_or(ErrorCode::InvalidRequest.because("client_id is missing"))?;
            return Ok(ClientCredential::Secret { id, secret: secret.clone() });
        }
        (None, _, None, Some(assertion)) => {
            if parameters.assertion_type.as_deref() != Some(JWT_BEARER) {
                return Err(ErrorCode::InvalidRequest.because("unknown client_assertion_type"));
            }
            let id = client_assertion::unverified_client_id(assertion);
            let id = id.ok_or(ErrorCode::InvalidClient.because("malformed client assertion"))?;
            ClientCredential::Assertion { id, assertion: assertion.clone() }
        }
        (None, _, None, None) => {
            return Err(ErrorCode::InvalidClient.because("the client is not authenticated"));
        }
        (Some(value), None, None, None) => {
            let basic = value.to_str().ok().and_then(basic);
            basic.ok_or(ErrorCode::InvalidClient.because("malformed Basic credential"))?
        }
        _ => return Err(ErrorCode::InvalidRequest.because("more than one client authentication")),
    };
    match id {
        Some(id) if id != credential.id() => {
            Err(ErrorCode::InvalidRequest.because("two different client ids"))
        }
        _ => Ok(credential),
    }
}

impl ClientCredential {
    fn id(&self) -> &str {
        match self {
            Self::Secret { id, .. } | Self::Assertion { id, .. } => id,
        }
    }
}

/// Reads `Basic` (RFC 7617); both halves are form-encoded before they are joined (RFC 6749 §2.3.1).
fn basic(value: &str) -> Option<ClientCredential> {
    let (scheme, token) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let joined = String::from_utf8(STANDARD.decode(token.trim()).ok()?).ok()?;
    let (id, secret) = joined.split_once(':')?;
    Some(ClientCredential::Secret { id: form_decoded(id)?, secret: form_decoded(secret)? })
}

/// Reads one form-encoded value, also one whose sender forgot to encode `&` and `=`.
fn form_decoded(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let (digits, after) = rest.split_at_checked(2)?;
                let digits = std::str::from_utf8(digits).ok()?;
                // `from_str_radix` would also take a sign.
                if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                    return None;
                }
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                rest = after;
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::config::Config;
    use crate::grant::request::TokenRequest;
    use crate::token_store::UsedIds;

    fn outcome(authorization: &[&str], body: &str) -> Result<String, ErrorCode> {
        let config = Config {
            clients: vec![Client::new("app", "s3cret"), Client::new("a:b", "p&q=r%+ ")],
            ..Config::new()
        };
        let mut headers = HeaderMap::new();
        for value in authorization {
            headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        let body = format!("grant_type=client_credentials&{body}");
        let request = TokenRequest::parse(body.as_bytes()).unwrap();
        let used = UsedIds::default();
        let rules = AssertionRules { audiences: &[], now: 0, used: &used };
        authenticate(|id| config.client(id), &headers, &request.client, rules)
            .map(|client| client.id.clone())
            .map_err(|error| error.code)
    }

    fn basic_of(joined: &str) -> String {
        format!("Basic {}", STANDARD.encode(joined))
    }

    #[test]
    fn the_secret_is_taken_from_the_body_or_from_the_header() {
        assert_eq!(outcome(&[], "client_id=app&client_secret=s3cret"), Ok("app".to_owned()));
        assert_eq!(outcome(&[&basic_of("app:s3cret")], ""), Ok("app".to_owned()));
        assert_eq!(outcome(&[&basic_of("app:s3cret")], "client_id=app"), Ok("app".to_owned()));
        assert_eq!(outcome(&[&basic_of("a%3Ab:p%26q%3Dr%25%2B+")], ""), Ok("a:b".to_owned()));
    }

    #[test]
    fn every_other_credential_is_refused() {
        let right = basic_of("app:s3cret");
        let invalid_client: &[(&[&str], &str)] = &[
            (&[], ""),
            (&[], "client_id=app"),
            (&[], "client_id=app&client_secret=wrong"),
            (&[], "client_id=nobody&client_secret=s3cret"),
            (&[&basic_of("app:")], ""),
            (&[&basic_of("app")], ""),
            (&[&basic_of("nobody:")], ""),
            (&[&basic_of("app:%+1")], ""),
            (&["Basic !!"], ""),
            (&["Bearer abc"], ""),
            (&[], &format!("client_assertion_type={JWT_BEARER}&client_assertion=abc")),
        ];
        for (headers, body) in invalid_client {
            assert_eq!(outcome(headers, body), Err(ErrorCode::InvalidClient), "{headers:?} {body}");
        }
        let invalid_request: &[(&[&str], &str)] = &[
            (&[], "client_secret=s3cret"),
            (&[&right], "client_id=app&client_secret=s3cret"),
            (&[&right], "client_id=other"),
            (&[&right, &right], ""),
            (&[&right], "client_assertion=abc"),
            (&[], "client_id=app&client_secret=s3cret&client_assertion=abc"),
            (&[], "client_assertion_type=saml&client_assertion=abc"),
        ];
        for (headers, body) in invalid_request {
            assert_eq!(outcome(headers, body), Err(ErrorCode::InvalidRequest), "{headers:?} {body}");
        }
    }
}
