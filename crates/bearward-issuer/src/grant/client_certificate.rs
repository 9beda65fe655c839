//! The client certificate of a token request (RFC 8705 §3), as a proxy that terminates TLS passes it on.
//!
//! 1. `Client-Cert` holds the DER as a byte sequence (RFC 9440 §2.2).
//! 2. Does not check the certificate: that was the proxy's part. This server listens on the loopback interface
//!    only, so whoever asks is as good as that proxy.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderValue};

use super::error::{ErrorCode, TokenError};

/// The certificate as DER; `None` if the client has no certificate.
pub(crate) fn shown(headers: &HeaderMap) -> Result<Option<Vec<u8>>, TokenError> {
    let mut values = headers.get_all("client-cert").iter();
    let der = match (values.next(), values.next()) {
        (None, _) => return Ok(None),
        (Some(value), None) => byte_sequence(value),
        _ => None,
    };
    der.map(Some).ok_or(ErrorCode::InvalidRequest.because("malformed Client-Cert header"))
}

/// A byte sequence of structured fields (RFC 8941 §3.3.5).
fn byte_sequence(value: &HeaderValue) -> Option<Vec<u8>> {
    let inner = value.to_str().ok()?.trim().strip_prefix(':')?.strip_suffix(':')?;
    STANDARD.decode(inner).ok().filter(|der| !der.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&'static str]) -> Result<Option<Vec<u8>>, ErrorCode> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("client-cert", HeaderValue::from_static(value));
        }
        shown(&headers).map_err(|error| error.code)
    }

    #[test]
    fn only_one_byte_sequence_is_a_certificate() {
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&[":MAA=:"]), Ok(Some(vec![0x30, 0])));
        let wrong: [&[&str]; 6] =
            [&[""], &["::"], &["MAA="], &[":MAA=:;a"], &[":M!A=:"], &[":MAA=:", ":MAA=:"]];
        for values in wrong {
            assert_eq!(read(values), Err(ErrorCode::InvalidRequest), "{values:?}");
        }
    }
}
