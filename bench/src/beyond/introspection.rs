//! An opaque token whose answer is in hand, beside the hash that finds it.

use std::hint::black_box;

use anyhow::Result;
use aws_lc_rs::digest::{SHA256, digest};

use super::Row;
use crate::bearward::opaque::Opaque;
use crate::plan::Plan;
use crate::timing::nanoseconds_each;
use crate::token::{Algorithm, Mint, SigningKey};

const ISSUER: &str = "https://as.example";
const AUDIENCE: &str = "https://api.example";
/// 256 bits in base64url, as authorization servers make them.
const TOKEN: &str = "mF9Xk1cN0s7Zb2Qw4Er5Ty6Ui8Op0As1Df3Gh5Jk7L9";

pub(super) fn row(plan: &Plan) -> Result<Row> {
    let key = SigningKey::generate(Algorithm::EdDSA, "key")?;
    let claims = Mint { issuer: ISSUER, audience: AUDIENCE, key: &key }.claims(0)?;
    let opaque = Opaque::new(ISSUER, AUDIENCE, TOKEN, &serde_json::to_value(claims)?)?;
    let count = plan.verify_repeats;
    let mut rounds = Vec::new();
    for _ in 0..plan.verify_rounds {
        let cost = nanoseconds_each(count, || (0..count).try_for_each(|_| opaque.accept()))?;
        let floor = nanoseconds_each(count, || {
            for _ in 0..count {
                black_box(digest(&SHA256, black_box(TOKEN.as_bytes())));
            }
            Ok(())
        })?;
        rounds.push((cost, floor));
    }
    Row::of("introspection, answer in hand", "the SHA-256 of the token", &rounds)
}
