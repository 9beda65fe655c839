//! Text from a stranger on its way to a terminal.
//!
//! A control character can move the cursor, change the title or hide what was printed before; a
//! bidirectional one can make a name read as another. Both are written out.

use std::fmt::Write as _;

use serde::Serialize;

/// The text in double quotes, with nothing in it that a terminal would obey.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            _ => push(&mut out, character),
        }
    }
    out.push('"');
    out
}

/// The text without quotes, for text that is in words.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|character| push(&mut out, character));
    out
}

/// JSON over several lines, readable as JSON still.
pub(super) fn json(value: &impl Serialize) -> String {
    // Writing what is in memory to memory: nothing can fail.
    let written = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut out = String::with_capacity(written.len());
    for character in written.chars() {
        match character {
            '\n' => out.push('\n'),
            _ => push(&mut out, character),
        }
    }
    out
}

/// As JSON writes it (RFC 8259 §7), which is also well understood elsewhere.
fn push(out: &mut String, character: char) {
    if is_harmless(character) {
        out.push(character);
        return;
    }
    for unit in character.encode_utf16(&mut [0; 2]) {
        // Writing to a String cannot fail.
        let _ = write!(out, "\\u{unit:04x}");
    }
}

/// Whether Rust's own `Debug` would show the character as it is. It escapes control, format and unassigned
/// characters, and marks that change the one before them.
fn is_harmless(character: char) -> bool {
    matches!(character, '"' | '\'' | '\\') || character.escape_debug().len() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        for (text, expected) in [
            ("plain", r#""plain""#),
            ("Jürgen 東京", r#""Jürgen 東京""#),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("\u{1b}[2J\u{7}", r#""\u001b[2J\u0007""#),
            ("a\r\nb\0", r#""a\u000d\u000ab\u0000""#),
            ("\u{9b}31m\u{7f}", r#""\u009b31m\u007f""#),
            ("\u{202e}gpj.exe\u{2066}\u{200b}", r#""\u202egpj.exe\u2066\u200b""#),
            ("\u{e0041}", r#""\udb40\udc41""#),
        ] {
            assert_eq!(quoted(text), expected);
        }
        assert_eq!(plain("a \"b\"\n"), "a \"b\"\\u000a");
    }

    #[test]
    fn json_stays_json() {
        let value = serde_json::json!({ "\u{1b}": "\u{202e}x\n", "é": "\u{9b}" });
        let shown = json(&value);
        assert!(shown.chars().all(|character| character == '\n' || is_harmless(character)), "{shown}");
        let read: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(read, value);
    }
}
