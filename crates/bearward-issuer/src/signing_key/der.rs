//! Just enough DER (X.690) to take the integers out of an RSA key.

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;

/// The unsigned integers of `SEQUENCE { INTEGER, ... }`, without leading zeros (RFC 7518 §2, Base64urlUInt).
pub(super) fn integers_of_sequence(der: &[u8]) -> Option<Vec<&[u8]>> {
    let (mut members, _) = read(der, SEQUENCE)?;
    let mut integers = Vec::new();
    while !members.is_empty() {
        let (integer, rest) = read(members, INTEGER)?;
        let zeros = integer.iter().take_while(|byte| **byte == 0).count();
        integers.push(integer.get(zeros..)?);
        members = rest;
    }
    Some(integers)
}

/// The integers of the `RSAPrivateKey` inside a PKCS#8 `PrivateKeyInfo` (RFC 5208 §5).
pub(super) fn rsa_private_key(pkcs8: &[u8]) -> Option<Vec<&[u8]>> {
    let (info, _) = read(pkcs8, SEQUENCE)?;
    let (_version, rest) = read(info, INTEGER)?;
    let (_algorithm, rest) = read(rest, SEQUENCE)?;
    let (key, _) = read(rest, OCTET_STRING)?;
    integers_of_sequence(key)
}

/// Splits one value with this tag from what follows it.
fn read(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        let length = bytes
            .iter()
            .try_fold(0_usize, |sum, byte| sum.checked_mul(256)?.checked_add(usize::from(*byte)))?;
        (length, rest)
    };
    (found == tag).then(|| rest.split_at_checked(length))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_lose_their_leading_zeros() {
        let der = [0x30, 0x07, 0x02, 0x02, 0x00, 0x81, 0x02, 0x01, 0x03];
        assert_eq!(integers_of_sequence(&der), Some(vec![&[0x81][..], &[0x03][..]]));
    }

    #[test]
    fn long_lengths_are_read() {
        let mut der = vec![0x30, 0x81, 0x84, 0x02, 0x81, 0x81];
        der.extend([7; 0x81]);
        assert_eq!(integers_of_sequence(&der), Some(vec![&[7; 0x81][..]]));
    }

    #[test]
    fn a_truncated_value_is_refused() {
        assert_eq!(integers_of_sequence(&[0x30, 0x05, 0x02, 0x01]), None);
        assert_eq!(integers_of_sequence(&[]), None);
    }
}
