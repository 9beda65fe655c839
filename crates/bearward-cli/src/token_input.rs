//! Tokens and proofs as people hand them over: piped in, or pasted with whatever stood around them.

use std::borrow::Cow;
use std::io::{IsTerminal as _, Read as _, Write as _};

use bearward_core::trust::provider::PROVIDERS;
use serde::Deserialize;

use crate::usage::UsageError;

/// Far more than any token; whoever pipes in a film is told so, not read to the end.
const MOST_INPUT: u64 = 1024 * 1024;

/// Reads standard input to its end; whoever sits at a terminal is told of `what` is waited for.
pub(crate) fn from_stdin(what: &str) -> Result<String, UsageError> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        let _ = writeln!(std::io::stderr(), "Paste the {what}, then press Enter and Ctrl-D:");
    }
    let mut bytes = Vec::new();
    let read = stdin.lock().take(MOST_INPUT + 1).read_to_end(&mut bytes);
    read.map_err(|error| UsageError::new(format!("cannot read standard input: {error}")))?;
    if bytes.len() as u64 > MOST_INPUT {
        return Err(UsageError::new("standard input is longer than a mebibyte: that is not a token"));
    }
    String::from_utf8(bytes).map_err(|_| UsageError::new("standard input is not UTF-8: that is not a token"))
}

/// The token in what people's tools show: a whole `Authorization` header, that of a proxy, or what a token endpoint
/// answers (RFC 6749 §5.1).
pub(crate) fn pasted(text: &str) -> Result<Cow<'_, str>, UsageError> {
    let text = text.trim();
    if text.starts_with('{') {
        return in_response(text).map(Cow::Owned);
    }
    Ok(Cow::Borrowed(without_scheme(text)))
}

/// What a token endpoint answers, as far as it matters here.
#[derive(Deserialize)]
struct TokenResponse {
    access_token: Option<String>,
    id_token: Option<String>,
    error: Option<String>,
}

fn in_response(json: &str) -> Result<String, UsageError> {
    // The parser's own error may quote a part of a token.
    let response: TokenResponse = serde_json::from_str(json)
        .map_err(|_| UsageError::new("neither a token nor the JSON of a token endpoint's answer"))?;
    match response {
        TokenResponse { access_token: Some(token), .. } => Ok(token),
        TokenResponse { error: Some(error), .. } => {
            Err(UsageError::new(format!("the token endpoint gave no token, but the error {error:?}")))
        }
        TokenResponse { id_token: Some(_), .. } => Err(UsageError::new(
            "this answer has an ID token and no access_token: an API takes access tokens; have the client ask for one",
        )),
        _ => Err(UsageError::new(
            "this JSON has no access_token: pass the access token alone, or the answer that has it",
        )),
    }
}

fn without_scheme(text: &str) -> &str {
    let proxies = PROVIDERS.iter().filter_map(|facts| facts.carried_in);
    let value = proxies.fold(without_name(text, "authorization"), without_name);
    let after_scheme = |scheme: &str| {
        let rest = &value[prefix(value, scheme)?..];
        (rest.is_empty() || rest.starts_with(' ')).then(|| rest.trim_start())
    };
    after_scheme("bearer").or_else(|| after_scheme("dpop")).unwrap_or(value)
}

/// The value of a header that was pasted with its name.
pub(crate) fn without_name<'t>(text: &'t str, name: &str) -> &'t str {
    let value = prefix(text, name).and_then(|end| text[end..].strip_prefix(':'));
    value.map_or(text, str::trim_start)
}

/// The length of the prefix, if the text begins with it in any case.
fn prefix(text: &str, prefix: &str) -> Option<usize> {
    let start = text.get(..prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(prefix.len())
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
            "DPoP a.b.c",
            "Authorization: Bearer a.b.c",
            "authorization:BEARER a.b.c",
            "Authorization: dpop a.b.c",
            "Cf-Access-Jwt-Assertion: a.b.c",
            "x-goog-iap-jwt-assertion:a.b.c",
            "X-Amzn-Oidc-Data: a.b.c",
        ] {
            assert_eq!(without_scheme(text), "a.b.c", "{text}");
        }
        assert_eq!(without_scheme("é"), "é");
        assert_eq!(without_scheme("Bearer"), "");
        assert_eq!(without_scheme("bearer.b.c"), "bearer.b.c");
        assert_eq!(without_scheme("Basic x"), "Basic x");
    }

    #[test]
    fn the_answer_of_a_token_endpoint_is_as_good_as_the_token_in_it() {
        let read = |text: &str| pasted(text).map(Cow::into_owned).map_err(|error| error.to_string());
        let answer =
            r#" {"token_type":"Bearer","access_token":"a.b.c","expires_in":300,"id_token":"d.e.f"} "#;
        assert_eq!(read(answer), Ok("a.b.c".to_owned()));
        assert_eq!(read(" Bearer a.b.c\n"), Ok("a.b.c".to_owned()));
        for (text, part) in [
            (r#"{"error":"invalid_grant","error_description":"x"}"#, "the error \"invalid_grant\""),
            (r#"{"id_token":"d.e.f"}"#, "an ID token and no access_token"),
            (r#"{"token":"a.b.c"}"#, "no access_token"),
            (r#"{"access_token":7}"#, "neither a token nor"),
            (r#"{"access_token":"a.b.c""#, "neither a token nor"),
        ] {
            let error = read(text).unwrap_err();
            assert!(
                error.contains(part) && !error.contains("a.b.c") && !error.contains("d.e.f"),
                "{text}: {error}"
            );
        }
    }

    #[test]
    fn a_header_s_name_is_taken_off_its_value() {
        for text in ["a.b.c", "DPoP: a.b.c", "dpop:a.b.c"] {
            assert_eq!(without_name(text, "dpop"), "a.b.c", "{text}");
        }
        assert_eq!(without_name("dpop.b.c", "dpop"), "dpop.b.c");
    }
}
