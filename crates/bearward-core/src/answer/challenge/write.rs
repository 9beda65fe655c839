//! The one function that writes into `WWW-Authenticate` (RFC 9110 §11.2, §5.6.4).

use http::HeaderValue;

/// The parameters of one challenge, written as they are added.
pub(super) struct Parameters {
    text: String,
    first: bool,
}

impl Parameters {
    pub(super) fn new(scheme: &'static str) -> Self {
        Self { text: scheme.to_owned(), first: true }
    }

    /// Adds `name="value"`, if there is a value. Quotes and backslashes are escaped; what is not printable
    /// ASCII becomes `?`, so that no value ends the header or starts another.
    pub(super) fn add(&mut self, name: &'static str, value: Option<&str>) {
        let Some(value) = value else { return };
        self.text.push_str(if self.first { " " } else { ", " });
        self.first = false;
        self.text.push_str(name);
        self.text.push_str("=\"");
        for character in value.chars() {
            match character {
                '"' | '\\' => self.text.extend(['\\', character]),
                ' '..='~' => self.text.push(character),
                _ => self.text.push('?'),
            }
        }
        self.text.push('"');
    }

    pub(super) fn into_value(self) -> HeaderValue {
        // Printable ASCII is always a header value; the fallback only spares a panic.
        HeaderValue::try_from(self.text).unwrap_or(HeaderValue::from_static("Bearer"))
    }
}

pub(super) fn is_printable(text: &str) -> bool {
    text.chars().all(|character| (' '..='~').contains(&character))
}
