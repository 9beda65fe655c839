//! A request with a DPoP-bound token, beside the signature checks it cannot do without.

use std::hint::black_box;

use anyhow::{Context as _, Result};
use aws_lc_rs::signature::ParsedPublicKey;

use super::{Round, Row};
use crate::bearward::bound::{Bound, Request};
use crate::plan::Plan;
use crate::timing::nanoseconds_each;
use crate::token::{self, Algorithm, Mint, SigningKey};

const ISSUER: &str = "https://as.example";
const AUDIENCE: &str = "https://api.example";
const ORIGIN: &str = "https://api.example";
const URL: &str = "https://api.example/api/private";

/// A key and what it signed.
struct Signed {
    key: ParsedPublicKey,
    messages: Vec<(String, Vec<u8>)>,
}

impl Signed {
    fn new(key: &SigningKey, texts: &[String]) -> Result<Self> {
        let split = |text: &String| Ok((token::signed_part(text)?.to_owned(), token::signature(text)?));
        Ok(Self { key: key.parsed_public_key()?, messages: texts.iter().map(split).collect::<Result<_>>()? })
    }

    fn verify(&self, number: usize) -> Result<()> {
        let (message, signature) = &self.messages[number];
        let verified = self.key.verify_sig(black_box(message.as_bytes()), black_box(signature));
        verified.context("a good signature was refused")
    }
}

pub(super) fn rows(plan: &Plan) -> Result<Vec<Row>> {
    let key = SigningKey::generate(Algorithm::RS256, "key")?;
    let client = SigningKey::generate(Algorithm::ES256, "client")?;
    let mint = Mint { issuer: ISSUER, audience: AUDIENCE, key: &key };
    let thumbprint = client.thumbprint();
    let count = plan.beyond_proofs;
    let tokens: Vec<_> =
        (0..count).map(|number| mint.bound_token(number, &thumbprint)).collect::<Result<_>>()?;
    let proof = |token: &String, number| token::proof(&client, URL, token, number);
    let of_each: Vec<_> =
        tokens.iter().enumerate().map(|(number, token)| proof(token, number)).collect::<Result<_>>()?;
    let of_first: Vec<_> = (0..count).map(|number| proof(&tokens[0], number)).collect::<Result<_>>()?;

    let (by_issuer, by_client) = (Signed::new(&key, &tokens)?, Signed::new(&client, &of_each)?);
    let new: Vec<_> = tokens
        .iter()
        .zip(&of_each)
        .map(|(token, proof)| Request::new(token, proof))
        .collect::<Result<_>>()?;
    let repeated: Vec<_> =
        of_first.iter().map(|proof| Request::new(&tokens[0], proof)).collect::<Result<_>>()?;

    let round = |requests: &[Request], floor: &dyn Fn(usize) -> Result<()>| -> Result<Round> {
        // A proof passes once, so each round has an engine that has seen none.
        let bound = Bound::new(ISSUER, AUDIENCE, ORIGIN, &key)?;
        let cost = nanoseconds_each(count, || requests.iter().try_for_each(|one| bound.accept(one)))?;
        let least = nanoseconds_each(count, || (0..count).try_for_each(floor))?;
        Ok((cost, least))
    };
    let both = |number| by_issuer.verify(number).and_then(|()| by_client.verify(number));
    let (mut of_new, mut of_repeated) = (Vec::new(), Vec::new());
    for _ in 0..plan.verify_rounds {
        of_new.push(round(&new, &both)?);
        of_repeated.push(round(&repeated, &|number| by_client.verify(number))?);
    }
    Ok(vec![
        Row::of("DPoP, new token", "an RS256 and an ES256 signature, keys parsed", &of_new)?,
        Row::of("DPoP, repeated token", "an ES256 signature, key parsed", &of_repeated)?,
    ])
}
