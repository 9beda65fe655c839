//! URLs and other texts as people may see them: the core's rules, for what JavaScript says itself.

use bearward_core::wire::RedactedUrl;
use napi_derive::napi;
use serde_json::Error;

/// A URL, or a text in the place of one, without userinfo, values of parameters and fragment.
#[napi]
#[allow(unreachable_pub)] // JavaScript reaches it
pub fn redacted_url(text: String) -> String {
    RedactedUrl::of(&text).to_string()
}

/// A text with each URL in it redacted so.
#[napi]
#[allow(unreachable_pub)] // JavaScript reaches it
pub fn redacted_text(text: String) -> String {
    RedactedUrl::within(&text)
}

/// What is wrong with a value that is written as JSON. The parser quotes a value of a wrong type, which may be a
/// secret.
pub(crate) fn trouble(error: &Error) -> String {
    let text = error.to_string();
    let quotes = ["invalid type", "invalid value", "invalid length", "unknown variant"];
    match text.rsplit_once(", expected ") {
        Some((_, expected)) if quotes.iter().any(|start| text.starts_with(start)) => {
            format!("a value is of a wrong type, expected {expected}")
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Settings {
        #[allow(dead_code)]
        secret: String,
        #[allow(dead_code)]
        lifetime: Option<f64>,
    }

    #[test]
    fn a_value_of_a_wrong_type_is_not_quoted() {
        for (json, expected) in [
            (r#"{"secret":4711}"#, "a value is of a wrong type, expected a string at line 1 column 14"),
            (r#"{"secret":"x","lifetime":"4711, expected f64"}"#, "a value is of a wrong type, expected f64"),
            (r#"{"secret":["4711"]}"#, "a value is of a wrong type, expected a string"),
            (r#"{"secret":"x","lifetim":4711}"#, "unknown field `lifetim`"),
            ("{}", "missing field `secret`"),
        ] {
            let trouble = trouble(&serde_json::from_str::<Settings>(json).unwrap_err());
            assert!(trouble.starts_with(expected) && !trouble.contains("4711"), "{trouble}");
        }
    }
}
