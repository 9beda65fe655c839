//! One RSA key of 1024 bits, which the cryptographic library would neither make nor sign with.
//!
//! 1. The key is public knowledge: it is below. It exists so that a test can show a short key refused although its
//!    signature is right.
//! 2. RSASSA-PKCS1-v1_5 with SHA-256 only (RFC 8017 §8.2.1), as m^d mod n with Montgomery multiplication.
//! 3. Nothing here runs in constant time.

use aws_lc_rs::digest;

/// A number of 1024 bits, least significant limb first.
type Number = [u64; LIMBS];

const LIMBS: usize = 16;

/// Length of the modulus and of every signature, in bytes.
pub(super) const BYTES: usize = LIMBS * 8;

pub(super) const PUBLIC_EXPONENT: [u8; 3] = [1, 0, 1];

const MODULUS: Number = [
    0xe01d370180d46679,
    0xb2ad4cc92e25767b,
    0x19bc16999c91e5e0,
    0xf32cc50ed5fe29ee,
    0xb24af6a026f6c49e,
    0xae1398ad3bed7e9a,
    0x17f35f92b74b5f06,
    0x08abc21b4a21d79b,
    0x65d1500cba315860,
    0x46494f30d542e318,
    0xcf15ca504c28d0a2,
    0x26ce028b48b8d307,
    0x18062497097f90e1,
    0xe6d60a5fcc0406ce,
    0xe2aa23f982e7154a,
    0xa33b40df823681eb,
];

const PRIVATE_EXPONENT: Number = [
    0x80371967a707c991,
    0xc8e9d186cd9c6839,
    0x4725efc69956d0ed,
    0x831b769eb918b420,
    0x07be51d9cf29ca06,
    0x193e7614338adc87,
    0x371ec97c70f16017,
    0x956e2a0e308e6bc6,
    0xe354d997ac867144,
    0x98d6ef32ce75853b,
    0xf28ed6baf1fb6573,
    0xfeb395455391843c,
    0xa89d286431a1b1ef,
    0x704940bf42b47e62,
    0x2a4d93b83cdffcd8,
    0x9096b80c44078c66,
];

/// The `DigestInfo` of SHA-256 up to the hash (RFC 8017 §9.2, note 1).
const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];

pub(super) fn modulus() -> [u8; BYTES] {
    to_bytes(&MODULUS)
}

pub(super) fn private_exponent() -> [u8; BYTES] {
    to_bytes(&PRIVATE_EXPONENT)
}

pub(super) fn sign(message: &[u8]) -> [u8; BYTES] {
    to_bytes(&power(&from_bytes(&encoded(message)), &PRIVATE_EXPONENT))
}

/// EMSA-PKCS1-v1_5 (RFC 8017 §9.2): 00 01 FF … FF 00, then the digest with its name.
fn encoded(message: &[u8]) -> [u8; BYTES] {
    let hash = digest::digest(&digest::SHA256, message);
    let tail = [&[0], &SHA256_DIGEST_INFO[..], hash.as_ref()].concat();
    let mut block = [0xff; BYTES];
    block[..2].copy_from_slice(&[0, 1]);
    block[BYTES - tail.len()..].copy_from_slice(&tail);
    block
}

/// `base` to the power of `exponent` modulo n, bit by bit from the top.
fn power(base: &Number, exponent: &Number) -> Number {
    let mut one = [0; LIMBS];
    one[0] = 1;
    // R^2 mod n, with R = 2^1024: one doubled 2048 times.
    let r_squared = (0..2 * 64 * LIMBS).fold(one, |number, _| doubled(&number));
    let base = multiplied(base, &r_squared);
    let mut result = multiplied(&one, &r_squared);
    for bit in (0..64 * LIMBS).rev() {
        result = multiplied(&result, &result);
        if exponent[bit / 64] >> (bit % 64) & 1 == 1 {
            result = multiplied(&result, &base);
        }
    }
    multiplied(&result, &one)
}

/// a · b / R mod n: Montgomery multiplication, reducing after each limb.
fn multiplied(a: &Number, b: &Number) -> Number {
    let negative_inverse = negative_inverse(MODULUS[0]);
    let mut sum = [0_u64; LIMBS + 2];
    for limb in b {
        add_product(&mut sum, a, *limb);
        let factor = sum[0].wrapping_mul(negative_inverse);
        // Makes the lowest limb zero, so that it can be dropped.
        add_product(&mut sum, &MODULUS, factor);
        sum.rotate_left(1);
    }
    let mut result = [0; LIMBS];
    result.copy_from_slice(&sum[..LIMBS]);
    if sum[LIMBS] > 0 { less_modulus(&result) } else { reduced(&result) }
}

/// Adds `number` times `factor`.
fn add_product(sum: &mut [u64; LIMBS + 2], number: &Number, factor: u64) {
    let mut carry = 0;
    for (index, place) in sum.iter_mut().enumerate() {
        let limb = number.get(index).copied().unwrap_or(0);
        let total = u128::from(*place) + u128::from(limb) * u128::from(factor) + carry;
        *place = low(total);
        carry = total >> 64;
    }
}

/// 2a mod n.
fn doubled(a: &Number) -> Number {
    let mut twice = [0; LIMBS];
    let mut carry = 0;
    for (place, limb) in twice.iter_mut().zip(a) {
        *place = limb << 1 | carry;
        carry = limb >> 63;
    }
    if carry > 0 { less_modulus(&twice) } else { reduced(&twice) }
}

/// a mod n, for an a below 2n.
fn reduced(a: &Number) -> Number {
    let below = a.iter().rev().lt(MODULUS.iter().rev());
    if below { *a } else { less_modulus(a) }
}

/// a - n modulo R.
fn less_modulus(a: &Number) -> Number {
    let mut difference = [0; LIMBS];
    let mut borrow = false;
    for ((place, limb), modulus) in difference.iter_mut().zip(a).zip(&MODULUS) {
        let (less, first) = limb.overflowing_sub(*modulus);
        let (less, second) = less.overflowing_sub(u64::from(borrow));
        *place = less;
        borrow = first || second;
    }
    difference
}

/// -1/a modulo 2^64 for an odd a, by Newton's iteration: each step doubles the number of right bits.
fn negative_inverse(a: u64) -> u64 {
    let inverse = (0..6).fold(1_u64, |x, _| x.wrapping_mul(2_u64.wrapping_sub(a.wrapping_mul(x))));
    inverse.wrapping_neg()
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half is what is wanted")]
fn low(total: u128) -> u64 {
    total as u64
}

fn to_bytes(number: &Number) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    for (chunk, limb) in bytes.chunks_exact_mut(8).zip(number.iter().rev()) {
        chunk.copy_from_slice(&limb.to_be_bytes());
    }
    bytes
}

fn from_bytes(bytes: &[u8; BYTES]) -> Number {
    let mut number = [0; LIMBS];
    let (chunks, _) = bytes.as_chunks();
    for (limb, chunk) in number.iter_mut().rev().zip(chunks) {
        *limb = u64::from_be_bytes(*chunk);
    }
    number
}
