//! Finds RSA keys of the series that can be factored from their public half (ROCA, CVE-2017-15361).
//!
//! A library of chips made each prime as `k · M + (65537^a mod M)`, where `M` is the product of the first primes. The
//! modulus is then a power of 65537 modulo `M`, which an ordinary modulus is only by a chance of about one in 2^150
//! (Nemec and others, "The Return of Coppersmith's Attack", CCS 2017, section 3.4). This looks for that power, and
//! computes with public numbers alone.

/// The odd primes up to 167, which divide `M` for every size of key; each line's product is below 2^32. The primes of
/// which 65537 reaches the fewest remainders come first: nearly all other keys fail there.
const PRIMES: [&[u64]; 8] = [
    &[11, 37, 61, 79, 97],
    &[13, 17, 19, 53, 71],
    &[73, 103, 107, 109],
    &[127, 151, 157, 3, 5],
    &[7, 23, 29, 31, 41],
    &[43, 47, 59, 67],
    &[83, 89, 101, 113],
    &[131, 137, 139, 149],
];
const LAST_PRIMES: [&[u64]; 1] = [&[163, 167]];

const GENERATOR: u64 = 65537;

/// A remainder of the modulus as a power of the generator: `exponent` modulo `order`.
#[derive(Clone, Copy)]
struct Power {
    exponent: u64,
    order: u64,
}

/// Whether the modulus, big endian, is a power of 65537 modulo all of the primes at once.
pub(crate) fn has_fingerprint(modulus: &[u8]) -> bool {
    let mut powers: Vec<Power> = Vec::new();
    for primes in PRIMES.into_iter().chain(LAST_PRIMES) {
        let remainder = remainder(modulus, primes.iter().product());
        for prime in primes {
            let Some(power) = power_of(remainder % prime, *prime) else { return false };
            powers.push(power);
        }
    }
    // Exponents that agree two by two have one in common (Chinese remainder theorem).
    let agree = |a: &Power, b: &Power| {
        a.exponent.abs_diff(b.exponent).is_multiple_of(greatest_divisor(a.order, b.order))
    };
    powers.iter().enumerate().all(|(place, a)| powers[..place].iter().all(|b| agree(a, b)))
}

/// The remainder of a big-endian number by a divisor below 2^32.
fn remainder(number: &[u8], divisor: u64) -> u64 {
    let (head, words) = number.as_rchunks::<4>();
    let start = head.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)) % divisor;
    words.iter().fold(start, |rest, word| (rest << 32 | u64::from(u32::from_be_bytes(*word))) % divisor)
}

/// Finds the power of the generator that this is modulo a small prime, by trying each.
fn power_of(wanted: u64, prime: u64) -> Option<Power> {
    let (mut found, mut power, mut order) = (None, 1, 0);
    loop {
        if power == wanted && found.is_none() {
            found = Some(order);
        }
        power = power * GENERATOR % prime;
        order += 1;
        // The generator is divisible by none of these primes, so its powers come back to one.
        if power == 1 {
            return found.map(|exponent| Power { exponent, order });
        }
    }
}

fn greatest_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest::{SHA512, digest};
    use aws_lc_rs::rsa::{KeySize, PublicKeyComponents};
    use aws_lc_rs::signature::{KeyPair, RsaKeyPair};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;
    use crate::token::algorithm::AlgorithmSet;
    use crate::trust::key::{JwkError, KeySet, PemError, VerifyingKey};

    // Moduli of real cards, from the test data of the authors' detector.
    const PEM: &str = include_str!("../../../tests/fixtures/roca/public_key_2049.pem");
    const MODULI: [&str; 2] = [
        include_str!("../../../tests/fixtures/roca/modulus_2048.hex"),
        include_str!("../../../tests/fixtures/roca/modulus_4096.hex"),
    ];

    fn bytes(hex: &str) -> Vec<u8> {
        let digits = hex.trim().as_bytes().chunks(2);
        digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }

    fn jwk(kid: &str, modulus: &[u8]) -> String {
        format!(r#"{{"kty":"RSA","kid":"{kid}","e":"AQAB","n":"{}"}}"#, URL_SAFE_NO_PAD.encode(modulus))
    }

    #[test]
    fn the_primes_are_those_from_3_to_167_and_their_products_fit() {
        let mut primes: Vec<u64> = PRIMES.into_iter().chain(LAST_PRIMES).flatten().copied().collect();
        primes.sort_unstable();
        let is_prime = |number: &u64| (2..*number).all(|divisor| !number.is_multiple_of(divisor));
        assert_eq!(primes, (3..=167).filter(is_prime).collect::<Vec<_>>());
        for line in PRIMES {
            assert!(line.iter().product::<u64>() < 1 << 32, "{line:?}");
        }
    }

    #[test]
    fn a_key_that_can_be_factored_is_skipped_with_its_reason_and_the_others_serve() {
        let good = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let good = PublicKeyComponents::<Vec<u8>>::from(good.public_key());
        for modulus in MODULI.map(bytes) {
            assert!(has_fingerprint(&modulus));
            let set = format!(r#"{{"keys":[{},{}]}}"#, jwk("card", &modulus), jwk("good", &good.n));
            let set = KeySet::parse(set.as_bytes(), AlgorithmSet::asymmetric(), 10).unwrap();
            assert_eq!(set.keys().iter().map(|key| key.kid()).collect::<Vec<_>>(), [Some("good")]);
            let skipped: Vec<_> = set.skipped().iter().map(|key| (key.kid.as_deref(), key.why)).collect();
            assert_eq!(skipped, [(Some("card"), JwkError::Factorable)]);
        }
        let pem = VerifyingKey::from_pem(PEM, AlgorithmSet::asymmetric()).map(drop);
        assert_eq!(pem, Err(PemError::Factorable));
    }

    #[test]
    fn ordinary_moduli_do_not_have_the_fingerprint() {
        for size in [KeySize::Rsa2048, KeySize::Rsa3072] {
            let pair = RsaKeyPair::generate(size).unwrap();
            assert!(!has_fingerprint(&PublicKeyComponents::<Vec<u8>>::from(pair.public_key()).n));
        }
        for number in 0..20_000_u32 {
            let block =
                |part: u8| digest(&SHA512, &[&number.to_be_bytes()[..], &[part]].concat()).as_ref().to_vec();
            let modulus: Vec<u8> = (0..4).flat_map(block).collect();
            assert!(!has_fingerprint(&modulus), "{number}");
        }
    }

    #[test]
    fn powers_of_the_generator_have_it_only_where_one_exponent_fits_all() {
        for exponent in 0..8 {
            let power = u128::from(GENERATOR).pow(exponent);
            assert!(has_fingerprint(&power.to_be_bytes()), "{power}");
            assert!(!has_fingerprint(&(power * 2).to_be_bytes()), "twice {power}");
        }
        // A power modulo each prime, of exponents that do not fit together: from the same test data.
        let modulus = bytes(include_str!("../../../tests/fixtures/roca/no_common_exponent.hex"));
        for prime in PRIMES.into_iter().chain(LAST_PRIMES).flatten() {
            assert!(power_of(remainder(&modulus, *prime), *prime).is_some(), "{prime}");
        }
        assert!(!has_fingerprint(&modulus));
    }
}
