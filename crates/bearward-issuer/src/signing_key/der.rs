//! Just enough DER (X.690) for the integers of an RSA key and the seed of an ML-DSA key.

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;
/// `[0] IMPLICIT`: the seed among the choices of an ML-DSA private key (RFC 9881 §6).
const SEED: u8 = 0x80;

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

/// The seed inside a PKCS#8 `PrivateKeyInfo` of ML-DSA that holds nothing but the seed (RFC 9881 §6).
pub(super) fn ml_dsa_seed(pkcs8: &[u8]) -> Option<[u8; 32]> {
    let (info, _) = read(pkcs8, SEQUENCE)?;
    let (_version, rest) = read(info, INTEGER)?;
    let (_algorithm, rest) = read(rest, SEQUENCE)?;
    let (key, _) = read(rest, OCTET_STRING)?;
    let (seed, _) = read(key, SEED)?;
    seed.try_into().ok()
}

/// Writes a two-prime `RSAPrivateKey` (RFC 8017 A.1.2) of these integers: all but its version.
pub(super) fn write_rsa_private_key(integers: &[Vec<u8>]) -> Vec<u8> {
    let mut members = Vec::new();
    write(INTEGER, &[0], &mut members);
    for integer in integers {
        // A leading zero keeps the highest bit from being a sign.
        write(INTEGER, &[&[0], &**integer].concat(), &mut members);
    }
    let mut der = Vec::new();
    write(SEQUENCE, &members, &mut der);
    der
}

fn write(tag: u8, value: &[u8], der: &mut Vec<u8>) {
    let value = match (tag, value) {
        // DER wants no zero in front that is not needed (X.690 §8.3.2).
        (INTEGER, [0, rest @ ..]) if rest.first().is_some_and(|byte| *byte < 0x80) => rest,
        _ => value,
    };
    der.push(tag);
    let length = value.len().to_be_bytes();
    match value.len() {
        0..0x80 => der.extend(length.last()),
        _ => {
            let zeros = length.iter().take_while(|byte| **byte == 0).count();
            let digits = length.get(zeros..).unwrap_or_default();
            der.extend(u8::try_from(digits.len()).map(|count| 0x80 | count));
            der.extend(digits);
        }
    }
    der.extend(value);
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
    fn what_is_written_is_read_again() {
        for integer in [vec![1], vec![0x80], vec![0x7f; 127], vec![0xff; 300]] {
            let der = write_rsa_private_key(std::slice::from_ref(&integer));
            assert_eq!(integers_of_sequence(&der), Some(vec![&[][..], &*integer]));
        }
        assert_eq!(write_rsa_private_key(&[vec![0x80]]), [0x30, 7, 2, 1, 0, 2, 2, 0, 0x80]);
    }

    #[test]
    fn a_truncated_value_is_refused() {
        assert_eq!(integers_of_sequence(&[0x30, 0x05, 0x02, 0x01]), None);
        assert_eq!(integers_of_sequence(&[]), None);
    }
}
