//! The token of a case, made with the test kit, which shares no code with what reads it.

use bearward_issuer::{Algorithm, SigningKey, TokenBuilder};
use serde_json::Value;

use crate::jws::Form;
use crate::parties::Parties;
use crate::suite::{Secret, Sign, Signer, Token};
use crate::target::Target;
use crate::text::{self, Placeholders};

/// Mints the token that a case describes.
pub(crate) fn mint(token: &Token, target: &Target, parties: &Parties) -> Vec<u8> {
    let published = target.key(token.sign.algorithm.filter(|a| !a.is_symmetric()).unwrap_or(DEFAULT));
    let key = signer(&token.sign, published);
    let mut placeholders = vec![
        ("{issuer}", target.issuer().url().to_owned()),
        ("{audience}", target.audience().to_owned()),
        ("{kid}", published.kid().unwrap_or_default().to_owned()),
    ];
    if token.claims.contains_key("cnf") {
        placeholders.extend(parties.thumbprints());
    }
    let builder = key.mint(target.issuer().url()).audience(target.audience());
    let builder = edited(builder, token, &placeholders, &[("{jwk}", key.public_jwk())]);
    if token.opaque {
        return target.issuer().mint_opaque(builder).into_bytes();
    }
    if let Some(length) = token.length {
        return of_length(&builder, length);
    }
    let form = Form {
        raw_header: token.raw_header.as_ref(),
        raw_claims: token.raw_claims.as_ref(),
        signature: token.signature,
        write: token.write.as_ref(),
    };
    form.sign(&key, builder.jose_header(), builder.claims_set(), &placeholders)
}

const DEFAULT: Algorithm = Algorithm::Es256;

fn signer(sign: &Sign, published: &SigningKey) -> SigningKey {
    match sign.with {
        Signer::Issuer => published.clone(),
        Signer::Stranger => SigningKey::generate(published.algorithm()),
        Signer::Secret => {
            let secret = match sign.secret.expect("a secret to sign with") {
                Secret::Pem => published.public_pem().unwrap().into_bytes(),
                Secret::Der => published.public_der().unwrap(),
                Secret::Jwk => published.public_jwk().to_string().into_bytes(),
                Secret::Empty => Vec::new(),
            };
            SigningKey::from_secret(secret, sign.algorithm.unwrap_or(Algorithm::Hs256)).unwrap()
        }
    }
}

fn edited(
    mut builder: TokenBuilder,
    token: &Token,
    placeholders: Placeholders<'_>,
    values: &[(&str, Value)],
) -> TokenBuilder {
    let now = builder.claims_set()["iat"].as_i64().unwrap();
    // In use for a minute, as most tokens are: of one that is newer than the key set in hand, nobody can say that its
    // key does not exist.
    builder = builder.claim("iat", now - 60);
    let fill = |value: &Value| text::fill_value(value, placeholders, now, values);
    for (name, value) in &token.header {
        builder = match value {
            Value::Null => builder.remove_header(name),
            value => builder.header(name, fill(value)),
        };
    }
    for (name, value) in &token.claims {
        builder = match value {
            Value::Null => builder.remove(name),
            value => builder.claim(name, fill(value)),
        };
    }
    builder
}

/// The token filled up to exactly this many bytes. Base64 leaps over some lengths, so header and claims set
/// both take part of the filling.
fn of_length(builder: &TokenBuilder, length: usize) -> Vec<u8> {
    let filled = |header: usize, claims: usize| {
        let builder = builder.clone().header("filler", "x".repeat(header));
        builder.claim("filler", "x".repeat(claims)).sign().into_bytes()
    };
    for in_header in 0..4 {
        let missing = length - filled(in_header, 0).len();
        for in_claims in missing * 3 / 4 - 4..=missing * 3 / 4 + 4 {
            let token = filled(in_header, in_claims);
            if token.len() == length {
                return token;
            }
        }
    }
    panic!("no token of {length} bytes could be made");
}
