//! Tokens and proofs as people hand them over: piped in, or pasted with whatever stood around them.

use std::io::{IsTerminal as _, Read as _, Write as _};

use bearward_core::trust::provider::PROVIDERS;

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

/// The token in what people's tools show: a whole `Authorization` header, or that of a proxy.
pub(crate) fn without_scheme(text: &str) -> &str {
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
    fn a_header_s_name_is_taken_off_its_value() {
        for text in ["a.b.c", "DPoP: a.b.c", "dpop:a.b.c"] {
            assert_eq!(without_name(text, "dpop"), "a.b.c", "{text}");
        }
        assert_eq!(without_name("dpop.b.c", "dpop"), "dpop.b.c");
    }
}
