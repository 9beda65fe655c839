//! The forms of a certificate in a header. Each gives the DER, or nothing at all.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::LARGEST;
use crate::wire::lenient_base64;
use crate::wire::pem::Pem;
use crate::wire::percent;

/// A byte sequence of structured fields, without parameters (RFC 8941 §3.3.5). Padding may be missing, and bits that pad
/// may be other than zero (§4.2.7). The digest is of the DER, so that two ways to write it are still one certificate.
pub(crate) fn byte_sequence(text: &str) -> Option<Vec<u8>> {
    let base64 = text.strip_prefix(':')?.strip_suffix(':')?;
    certificate(lenient_base64::STANDARD.decode(base64).ok()?)
}

/// Base64 as it is mostly written, padded (RFC 4648 §4).
pub(crate) fn base64_der(text: &str) -> Option<Vec<u8>> {
    certificate(STANDARD.decode(text).ok()?)
}

/// The first of several with commas in between; the others must be certificates, too. Some versions of the proxy
/// that writes them percent-encode the whole.
pub(crate) fn first_of_chain(text: &str) -> Option<Vec<u8>> {
    let text = String::from_utf8(percent::decode(text.as_bytes())?).ok()?;
    let mut chain = text.split(',').map(base64_der);
    let first = chain.next().flatten()?;
    chain.all(|other| other.is_some()).then_some(first)
}

/// One `CERTIFICATE` block and nothing around it (RFC 7468 §3, §5.1), percent-encoded or with white space in place of
/// the ends of lines, which may be anywhere. A header cannot have line ends, and what a PEM text has in their place is
/// up to the proxy.
pub(crate) fn pem(text: &str) -> Option<Vec<u8>> {
    let text = String::from_utf8(percent::decode(text.as_bytes())?).ok()?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let block = Pem::begin(text.strip_suffix('\r').unwrap_or(text))?;
    let body = block.body().filter(|_| block.label() == "CERTIFICATE")?.as_bytes();
    if !body.first().is_some_and(ends_line) || !body.last().is_some_and(ends_line) {
        return None;
    }
    certificate(block.decode()?)
}

const fn ends_line(byte: &u8) -> bool {
    matches!(*byte, b'\r' | b'\n' | b' ' | b'\t')
}

/// X.690 §8.9: one outer SEQUENCE of exactly the length that is there, written as DER writes it (§10.1).
fn certificate(der: Vec<u8>) -> Option<Vec<u8>> {
    let (length, content) = match &*der {
        [0x30, 0x81, length, content @ ..] if *length >= 0x80 => (usize::from(*length), content),
        [0x30, 0x82, high, low, content @ ..] if *high != 0 => {
            (usize::from(*high) << 8 | usize::from(*low), content)
        }
        [0x30, length, content @ ..] if *length < 0x80 => (usize::from(*length), content),
        _ => return None,
    };
    (content.len() == length && der.len() <= LARGEST).then_some(der)
}
