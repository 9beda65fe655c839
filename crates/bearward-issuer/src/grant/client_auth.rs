//! Client authentication with a secret (RFC 6749 §2.3.1), in the `Authorization` header or in the body.
//!
//! 1. One method per request (§2.3).
//! 2. An unknown client and a wrong secret are the same answer, after the same work.
//! 3. Does not check how often a client guesses.

use aws_lc_rs::{constant_time, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::error::{ErrorCode, TokenError};
use super::request::TokenRequest;
use crate::config::{Client, Config};

/// Who the client says it is.
struct ClientCredential {
    id: String,
    secret: String,
}

/// Finds the client that sent this request.
pub(crate) fn authenticate<'a>(
    config: &'a Config,
    headers: &HeaderMap,
    request: &TokenRequest,
) -> Result<&'a Client, TokenError> {
    let credential = credential(headers, request)?;
    let client = config.client(&credential.id);
    let secret = client.map_or("", |client| client.secret.as_str());
    // Digests are of equal length, so the comparison tells nothing about the length of the secret either.
    let equal = constant_time::verify_slices_are_equal(
        digest::digest(&digest::SHA256, secret.as_bytes()).as_ref(),
        digest::digest(&digest::SHA256, credential.secret.as_bytes()).as_ref(),
    );
    match (client, equal) {
        (Some(client), Ok(())) => Ok(client),
        _ => Err(ErrorCode::InvalidClient.because("unknown client or wrong secret")),
    }
}

fn credential(headers: &HeaderMap, request: &TokenRequest) -> Result<ClientCredential, TokenError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    match (values.next(), values.next(), &request.client_secret) {
        (None, _, Some(secret)) => {
            let id = request.client_id.clone();
            let id = id.ok_or(ErrorCode::InvalidRequest.because("client_id is missing"))?;
            Ok(ClientCredential { id, secret: secret.clone() })
        }
        (None, _, None) => Err(ErrorCode::InvalidClient.because("the client is not authenticated")),
        (Some(value), None, None) => {
            let basic = value.to_str().ok().and_then(basic);
            let basic = basic.ok_or(ErrorCode::InvalidClient.because("malformed Basic credential"))?;
            match &request.client_id {
                Some(id) if *id != basic.id => {
                    Err(ErrorCode::InvalidRequest.because("two different client ids"))
                }
                _ => Ok(basic),
            }
        }
        _ => Err(ErrorCode::InvalidRequest.because("more than one client authentication")),
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
    Some(ClientCredential { id: form_decoded(id)?, secret: form_decoded(secret)? })
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
        authenticate(&config, &headers, &request).map(|client| client.id.clone()).map_err(|error| error.code)
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
        ];
        for (headers, body) in invalid_client {
            assert_eq!(outcome(headers, body), Err(ErrorCode::InvalidClient), "{headers:?} {body}");
        }
        let invalid_request: &[(&[&str], &str)] = &[
            (&[], "client_secret=s3cret"),
            (&[&right], "client_id=app&client_secret=s3cret"),
            (&[&right], "client_id=other"),
            (&[&right, &right], ""),
        ];
        for (headers, body) in invalid_request {
            assert_eq!(outcome(headers, body), Err(ErrorCode::InvalidRequest), "{headers:?} {body}");
        }
    }
}
