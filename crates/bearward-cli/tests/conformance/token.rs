//! The token of a case, made with the test kit, which shares no code with what reads it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearward_issuer::{Algorithm, SigningKey, TokenBuilder};
use serde_json::{Map, Value};

use crate::suite::{Secret, Sign, Signature, Signer, Token};
use crate::target::Target;
use crate::text::{self, Placeholders};

/// Mints the token that a case describes.
pub(crate) fn mint(token: &Token, target: &Target) -> Vec<u8> {
    let published = target.key(token.sign.algorithm.filter(|a| !a.is_symmetric()).unwrap_or(DEFAULT));
    let key = signer(&token.sign, published);
    let placeholders = [
        ("{issuer}", target.issuer().url().to_owned()),
        ("{audience}", target.audience().to_owned()),
        ("{kid}", published.kid().unwrap_or_default().to_owned()),
    ];
    let builder = key.mint(target.issuer().url()).audience(target.audience());
    let builder = edited(builder, token, &placeholders, &key.public_jwk());
    match token.length {
        Some(length) => of_length(&builder, length),
        None => written(&builder, &key, token, &placeholders),
    }
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
    jwk: &Value,
) -> TokenBuilder {
    let now = builder.claims_set()["iat"].as_i64().unwrap();
    let fill = |value: &Value| text::fill_value(value, placeholders, now, jwk);
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

fn written(
    builder: &TokenBuilder,
    key: &SigningKey,
    token: &Token,
    placeholders: Placeholders<'_>,
) -> Vec<u8> {
    let json = |members: &Map<String, Value>| serde_json::to_vec(members).unwrap();
    let header = match &token.raw_header {
        Some(raw) => raw.write(placeholders),
        None => json(builder.jose_header()),
    };
    let claims = match &token.raw_claims {
        Some(raw) => raw.write(placeholders),
        None => json(builder.claims_set()),
    };
    let signed = key.sign_raw(&header, &claims);
    let mut parts = signed.split('.').map(str::to_owned);
    let mut part = || parts.next().unwrap();
    let (header, claims, mut signature) = (part(), part(), part());
    if let Some(other) = token.signature {
        let bytes = match other {
            Signature::Zeros(length) => vec![0; length],
            Signature::Ones(length) => vec![0xff; length],
        };
        signature = URL_SAFE_NO_PAD.encode(bytes);
    }
    let Some(form) = &token.write else {
        return [header, claims, signature].join(".").into_bytes();
    };
    form.write(&[("{header}", header), ("{claims}", claims), ("{signature}", signature)])
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
