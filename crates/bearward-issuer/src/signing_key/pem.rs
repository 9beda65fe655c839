//! Textual encoding (RFC 7468) of one DER value.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub(super) const PRIVATE_KEY: &str = "PRIVATE KEY";
pub(super) const PUBLIC_KEY: &str = "PUBLIC KEY";

/// Writes `der` in lines of 64 characters between the boundaries of `label`.
pub(super) fn write(label: &str, der: &[u8]) -> String {
    let mut pem = format!("-----BEGIN {label}-----\n");
    for line in STANDARD.encode(der).as_bytes().chunks(64) {
        pem.extend(line.iter().copied().map(char::from));
        pem.push('\n');
    }
    pem.push_str(&format!("-----END {label}-----\n"));
    pem
}

/// The first value of this label, whatever stands around it (RFC 7468 §2).
pub(super) fn read(label: &str, text: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    STANDARD.decode(body.split_ascii_whitespace().collect::<String>()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again_among_other_text() {
        let der: Vec<u8> = (0..=255).collect();
        let pem = format!("a note\n{}{}", write(PRIVATE_KEY, &der), write(PUBLIC_KEY, b"another"));
        assert!(pem.lines().all(|line| line.len() <= 64));
        assert_eq!(read(PRIVATE_KEY, &pem), Some(der));
        assert_eq!(read(PRIVATE_KEY, &pem.replace('\n', "\r\n")).map(|der| der.len()), Some(256));
        assert_eq!(read("CERTIFICATE", &pem), None);
        assert_eq!(read(PUBLIC_KEY, "-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----"), None);
    }
}
