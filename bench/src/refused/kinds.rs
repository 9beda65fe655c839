//! The kinds of request that are refused.

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::forge::{Keys, LONGEST, World, bearer};
use super::{Cost, Length};
use crate::bearward::refused::Presented;
use crate::token::{self, Algorithm, SigningKey};

/// One kind of bad request.
pub(super) struct Kind {
    pub(super) what: String,
    pub(super) code: &'static str,
    pub(super) keys: Keys,
    pub(super) cost: Cost,
    pub(super) asked: Asked,
    pub(super) requests: Vec<Presented>,
    length: Length,
}

/// How often the requests of a kind are sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// Nothing is remembered of them.
    Again,
    Once,
}

impl Kind {
    fn new(what: &str, code: &'static str, length: Length, request: Presented) -> Self {
        Self {
            what: what.to_owned(),
            code,
            keys: Keys::One,
            cost: Cost::Bounded,
            asked: Asked::Again,
            requests: vec![request],
            length,
        }
    }

    pub(super) fn length(&self) -> Length {
        self.length
    }
}

/// Bad tokens of the world's algorithm, and for RS256, the cheapest to verify, every kind that needs no key.
pub(super) fn of_tokens(world: &World, count: usize) -> Result<Vec<Kind>> {
    let (header, claims) = (world.header(), world.claims(0)?);
    let forged = |payload: &Value| bearer(&world.forged(&header.to_string(), &payload.to_string())?);
    let mut long = claims.clone();
    long["padding"] = "x".repeat(world.room(&header) - claims.to_string().len() - 16).into();
    let nameless = json!({ "alg": world.algorithm().name(), "typ": "at+jwt" });
    let mut kinds = vec![
        Kind::new("wrong signature", "signature_invalid", Length::Usual, forged(&claims)?),
        Kind::new("wrong signature, 16 KiB", "signature_invalid", Length::Longest, forged(&long)?),
        Kind {
            keys: Keys::Nameless,
            cost: Cost::SeveralKeys,
            ..Kind::new(
                "no kid, ten keys without kid",
                "signature_invalid",
                Length::Usual,
                bearer(&world.forged(&nameless.to_string(), &claims.to_string())?)?,
            )
        },
    ];
    if world.algorithm() == Algorithm::RS256 {
        kinds.extend(of_credentials()?);
        kinds.extend(of_headers(world)?);
        kinds.extend(of_payloads(world)?);
        kinds.extend(of_claims(world)?);
        kinds.extend(of_opaque_tokens(world, count)?);
    }
    Ok(kinds)
}

fn of_credentials() -> Result<Vec<Kind>> {
    let kind = |what: &str, code, value: String| {
        anyhow::Ok(Kind::new(what, code, Length::Longest, Presented::new(&value)?))
    };
    Ok(vec![
        kind(
            "Authorization: another character",
            "authorization_malformed",
            format!("Bearer {}!", "a".repeat(LONGEST - 1)),
        )?,
        kind(
            "Authorization: only spaces",
            "authorization_malformed",
            format!("Bearer {}x y", " ".repeat(LONGEST)),
        )?,
        kind("Authorization: only =", "authorization_malformed", format!("Bearer {}", "=".repeat(LONGEST)))?,
        kind("one byte more than 16 KiB", "token_too_large", format!("Bearer {}", "a".repeat(LONGEST + 1)))?,
        kind("64 KiB", "token_too_large", format!("Bearer {}", ".".repeat(4 * LONGEST)))?,
        Kind::new(
            "two Authorization headers",
            "authorization_repeated",
            Length::Longest,
            bearer(&"a".repeat(LONGEST))?.sent_twice(),
        ),
        Kind::new("dots", "token_malformed", Length::Longest, bearer(&".".repeat(LONGEST))?),
        Kind::new("letters", "token_malformed", Length::Longest, bearer(&"a".repeat(LONGEST))?),
        Kind::new("three parts of letters", "header_malformed", Length::Longest, {
            let part = "a".repeat(LONGEST / 3 / 4 * 4);
            bearer(&format!("{part}.{part}.{part}"))?
        }),
    ])
}

fn of_headers(world: &World) -> Result<Vec<Kind>> {
    let claims = world.claims(0)?.to_string();
    let room = 8 * 1024 / 4 * 3;
    let filled =
        |start: &str, unit: &str| format!("{start}{}", unit.repeat((room - start.len()) / unit.len()));
    let with = |name: &str, value: Value| {
        let mut header = world.header();
        header[name] = value;
        header.to_string()
    };
    let mut kinds = Vec::new();
    for (what, code, length, header) in [
        ("a header of 12 KiB", "header_too_large", Length::Longest, with("x5c", "M".repeat(9000).into())),
        ("a header of 8 KiB of [", "header_malformed", Length::Longest, filled("{\"a\":", "[")),
        ("a header of 8 KiB of {", "header_malformed", Length::Longest, filled("{\"a\":", "{\"a\":")),
        ("a header of 8 KiB of members", "header_malformed", Length::Longest, filled("{", "\"a\":0,")),
        (
            "a header of 8 KiB of escapes",
            "header_malformed",
            Length::Longest,
            filled("{\"alg\":\"", "\\u0061"),
        ),
        ("alg none", "algorithm_unsupported", Length::Usual, with("alg", "none".into())),
        ("another algorithm", "key_unknown", Length::Usual, with("alg", "ES512".into())),
        ("crit", "critical_header", Length::Usual, with("crit", json!(["b64"]))),
        ("typ of another kind", "token_type_mismatch", Length::Usual, with("typ", "dpop+jwt".into())),
        ("unknown kid", "key_unknown", Length::Usual, with("kid", "another".into())),
    ] {
        kinds.push(Kind::new(what, code, length, bearer(&world.forged(&header, &claims)?)?));
    }
    Ok(kinds)
}

/// Payloads that are as dear to read as the sender can make them, after everything that a good one holds.
fn of_payloads(world: &World) -> Result<Vec<Kind>> {
    let header = world.header();
    let claims = world.claims(0)?.to_string();
    let inside = claims.strip_suffix('}').context("claims are an object")?;
    let room = world.room(&header);
    let filled = |start: &str, unit: &str, end: &str| {
        let times = (room - inside.len() - start.len() - end.len() - 8) / unit.len();
        format!("{inside},\"x\":{start}{}{end}}}", unit.repeat(times))
    };
    let nested = format!("{}{},", "[".repeat(31), "]".repeat(31));
    let name = |number: usize| format!("\"{number:03x}\":0,");
    let names: String = (0..1300).map(name).collect();
    let escaped: String = (0..900).map(|number| format!("\"\\n{number:03x}\":0,")).collect();
    let scopes: Vec<_> = (0..1000).map(|number| format!("s:{number:03x}")).collect();
    let mut kinds = Vec::new();
    for (what, code, payload) in [
        ("[", "claims_malformed", filled("[", "[", "")),
        ("{", "claims_malformed", filled("", "{\"a\":", "")),
        ("nested []", "claims_malformed", filled("[", &nested, "0]")),
        ("empty arrays", "claims_malformed", filled("[", "[],", "0]")),
        ("little objects", "claims_malformed", filled("[", "{\"a\":{}},", "0]")),
        ("zeros", "claims_malformed", filled("[", "0,", "0]")),
        ("\"", "claims_malformed", filled("", "\"", "")),
        ("empty strings", "claims_malformed", filled("[", "\"\",", "0]")),
        ("one name again and again", "claims_malformed", filled("{", "\"a\":0,", "\"b\":0}")),
        ("one long string", "signature_invalid", filled("\"", "a", "\"")),
        ("one long number", "signature_invalid", filled("0.", "1", "")),
        ("escapes", "signature_invalid", filled("\"", "\\u0061", "\"")),
        ("spaces", "signature_invalid", filled("", " ", "0")),
        ("1 300 claims", "signature_invalid", format!("{inside},{}\"b\":0}}", names)),
        ("900 claims with escapes", "signature_invalid", format!("{inside},{}\"b\":0}}", escaped)),
        ("scopes in a string", "signature_invalid", filled("0,\"scp\":\"", "a b ", "\"")),
        ("a thousand scopes", "signature_invalid", format!("{inside},\"scp\":{}}}", json!(scopes))),
        ("not UTF-8, at the end", "claims_malformed", filled("\"", "a", "\"")),
    ] {
        let token = world.forged(&header.to_string(), &payload)?;
        let token = match what {
            "not UTF-8, at the end" => without_text(&token, &payload)?,
            _ => token,
        };
        kinds.push(Kind::new(&format!("claims: {what}"), code, Length::Longest, bearer(&token)?));
    }
    Ok(kinds)
}

/// The same token with a last byte that is no UTF-8.
fn without_text(token: &str, payload: &str) -> Result<String> {
    let mut parts = token.split('.');
    let (header, signature) = (parts.next().context("a header")?, parts.nth(1).context("a signature")?);
    let mut bytes = payload.as_bytes().to_vec();
    bytes.pop();
    bytes.push(0xff);
    Ok(format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(bytes)))
}

/// Tokens that the issuer signed, and that do not hold.
fn of_claims(world: &World) -> Result<Vec<Kind>> {
    let mut kinds = Vec::new();
    for (what, code, name, value) in [
        ("foreign issuer", "issuer_unknown", "iss", json!("https://as.example/tenant-2")),
        ("expired", "token_expired", "exp", json!(1_000_000_000)),
        ("another audience", "audience_mismatch", "aud", json!("https://other.example")),
    ] {
        let mut claims = world.claims(0)?;
        claims[name] = value;
        kinds.push(Kind::new(what, code, Length::Usual, bearer(&world.sign(&world.header(), &claims)?)?));
    }
    Ok(kinds)
}

fn of_opaque_tokens(world: &World, count: usize) -> Result<Vec<Kind>> {
    let asking = |what: &str, code, length, asked, tokens: Vec<String>| {
        let requests = tokens.iter().map(|token| bearer(token)).collect::<Result<_>>()?;
        let first = bearer(tokens.first().context("a token")?)?;
        anyhow::Ok(Kind {
            keys: Keys::OneAndIntrospection,
            asked,
            requests,
            ..Kind::new(what, code, length, first)
        })
    };
    let numbered = |length: usize| (0..count).map(|number| format!("{number:0length$}")).collect::<Vec<_>>();
    let disguised = world.forged(r#"{"alg":"none"}"#, &"x".repeat(world.room(&world.header())))?;
    let inactive = "token_inactive";
    Ok(vec![
        asking("opaque, made up, each new", inactive, Length::Usual, Asked::Once, numbered(43))?,
        asking(
            "opaque, made up, the same again",
            inactive,
            Length::Usual,
            Asked::Again,
            vec!["0".repeat(43)],
        )?,
        asking("opaque, 16 KiB, each new", inactive, Length::Longest, Asked::Once, numbered(LONGEST))?,
        asking(
            "opaque, 16 KiB, the same again",
            inactive,
            Length::Longest,
            Asked::Again,
            vec!["0".repeat(LONGEST)],
        )?,
        asking("opaque, dots", inactive, Length::Longest, Asked::Again, vec![".".repeat(LONGEST)])?,
        asking(
            "a JWT in disguise, 16 KiB",
            "algorithm_unsupported",
            Length::Longest,
            Asked::Again,
            vec![disguised],
        )?,
    ])
}

/// Bad proofs beside a good token that is in the cache.
pub(super) fn of_proofs(world: &World) -> Result<Vec<Kind>> {
    let header = world.proof_header();
    let good = token::compact(world.client(), &header, &world.proof_claims()?)?;
    let (_, signature) = good.rsplit_once('.').context("a proof has three parts")?;
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let of_header = |header: &str| format!("{}.{}.{signature}", part(header), part("{}"));
    let of_payload = |payload: &str| format!("{}.{}.{signature}", part(&header.to_string()), part(payload));
    let other = |algorithm: Algorithm| {
        let key = SigningKey::generate(algorithm, "other")?;
        token::compact(
            &key,
            &json!({ "typ": "dpop+jwt", "alg": algorithm.name(), "jwk": key.jwk() }),
            &json!({}),
        )
    };
    let with_jwk =
        |jwk: Value| of_header(&json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": jwk }).to_string());
    let mut private = world.client().jwk();
    private["d"] = private["x"].clone();
    let changed = |name: &str, value: Value| {
        let mut claims = world.proof_claims()?;
        claims[name] = value;
        token::compact(world.client(), &header, &claims)
    };
    let filled =
        |start: &str, unit: &str, end: &str| format!("{start}{}{end}", unit.repeat(6_000 / unit.len()));
    let long =
        |start: &str, unit: &str, end: &str| format!("{start}{}{end}", unit.repeat(11_000 / unit.len()));
    let malformed = "proof_malformed";
    let key = "proof_key_unusable";
    let mut kinds = Vec::new();
    for (what, code, length, proof) in [
        ("dots", malformed, Length::Longest, ".".repeat(LONGEST)),
        ("letters", malformed, Length::Longest, "a".repeat(LONGEST)),
        ("one byte more than 16 KiB", "proof_too_large", Length::Longest, "a".repeat(LONGEST + 1)),
        ("header: [", malformed, Length::Longest, of_header(&filled("{\"a\":", "[", ""))),
        ("header: empty arrays", malformed, Length::Longest, of_header(&filled("{\"a\":[", "[],", "0]}"))),
        (
            "header: little objects",
            malformed,
            Length::Longest,
            of_header(&filled("{\"a\":[", "{\"a\":{}},", "0]}")),
        ),
        ("claims: [", malformed, Length::Longest, of_payload(&long("{\"a\":", "[", ""))),
        ("claims: empty arrays", malformed, Length::Longest, of_payload(&long("{\"a\":[", "[],", "0]}"))),
        ("jwk of RSA, another key", "proof_key_mismatch", Length::Usual, other(Algorithm::RS256)?),
        ("jwk of EC, another key", "proof_key_mismatch", Length::Usual, other(Algorithm::ES256)?),
        ("jwk of OKP, another key", "proof_key_mismatch", Length::Usual, other(Algorithm::EdDSA)?),
        ("jwk with a private key", key, Length::Usual, with_jwk(private)),
        ("jwk of a secret", key, Length::Usual, with_jwk(json!({ "kty": "oct", "k": "c2VjcmV0" }))),
        (
            "jwk of 6 KiB",
            "proof_key_mismatch",
            Length::Usual,
            with_jwk(json!({ "kty": "RSA", "e": "AQAB", "n": "s".repeat(5_000) })),
        ),
        (
            "wrong signature",
            "proof_signature_invalid",
            Length::Usual,
            of_payload(&world.proof_claims()?.to_string().replace("\"1\"", "\"2\"")),
        ),
        ("wrong method", "proof_method_mismatch", Length::Usual, changed("htm", json!("POST"))?),
        ("too old", "proof_too_old", Length::Usual, changed("iat", json!(1_000_000_000))?),
    ] {
        kinds.push(Kind::new(&format!("proof: {what}"), code, length, world.proven(&proof)?));
    }
    Ok(kinds)
}
