//! What can be wrong with a token: each flaw is one thing, done to a token that is otherwise good.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearward_issuer::{Algorithm, KeyError, RunningIssuer, SigningKey, TokenBuilder};
use serde_json::json;

const HOUR: i64 = 60 * 60;

/// A flaw, for people to choose.
pub(super) struct Flaw {
    pub(super) code: &'static str,
    pub(super) title: &'static str,
    pub(super) about: &'static str,
    change: Change,
}

/// How a token gets its flaw.
enum Change {
    /// A claim is changed: opaque tokens can have this flaw too.
    Claims(fn(TokenBuilder) -> TokenBuilder),
    /// The header or the signature is changed, which only a JWT has.
    Jwt(fn(TokenBuilder, &RunningIssuer) -> Result<String, KeyError>),
    /// The issuer takes the token back.
    Revoked,
}

/// Every flaw, in the order in which they are shown.
pub(super) const FLAWS: [Flaw; 16] = [
    claims("expired", "expired", "It expired an hour ago.", |token| token.issued_at(now() - 2 * HOUR)),
    claims("not_yet_valid", "not valid yet", "It is valid from an hour from now on (nbf).", |token| {
        token.not_before_in(HOUR)
    }),
    claims("without_expiry", "no expiry", "It has no exp, so it would be valid for ever.", |token| {
        token.remove("exp")
    }),
    claims("wrong_audience", "wrong audience", "It is for another API (aud).", |token| {
        token.claim("aud", "https://other.example.com")
    }),
    claims("without_audience", "no audience", "It does not say which API it is for.", |token| {
        token.remove("aud")
    }),
    claims("other_issuer", "other issuer", "It says that somebody else issued it (iss).", |token| {
        token.claim("iss", "https://attacker.example")
    }),
    jwt(
        "other_key",
        "other key",
        "An attacker signed it, and named the issuer's key (kid).",
        |token, issuer| {
            Ok(token
                .signed_by(&SigningKey::generate(Algorithm::Es256))
                .header("kid", issuer.signing_kid())
                .sign())
        },
    ),
    jwt(
        "unknown_kid",
        "unknown kid",
        "It was signed with a key that the issuer does not publish.",
        |token, _| {
            // Issued before the API's last look at the keys: of a newer token, the API could not tell yet.
            let token = token.issued_at(now() - HOUR / 2);
            Ok(token.signed_by(&SigningKey::generate(Algorithm::Es256)).sign())
        },
    ),
    jwt("none", "alg none", "It says that it needs no signature.", |token, _| Ok(token.unsigned())),
    jwt(
        "hmac",
        "HMAC with the public key",
        "The public key was used as a shared secret (HS256).",
        |token, issuer| {
            let key = issuer.signing_key();
            let secret = key.public_pem().unwrap_or_default();
            let forged = SigningKey::from_secret(secret, Algorithm::Hs256)?;
            Ok(token.signed_by(&forged).header("kid", issuer.signing_kid()).sign())
        },
    ),
    jwt("embedded_key", "key in the header", "It brings its own key along (jwk).", |token, issuer| {
        let key = SigningKey::generate(Algorithm::Es256);
        let header = token.signed_by(&key).header("kid", issuer.signing_kid());
        Ok(header.header("jwk", key.public_jwk()).sign())
    }),
    jwt("changed_claims", "changed claims", "role = admin was added after it was signed.", |token, _| {
        let signed = token.sign();
        let changed = token.claim("role", "admin").claim("changed", true);
        let payload = URL_SAFE_NO_PAD.encode(json!(changed.claims_set()).to_string());
        let mut parts: Vec<&str> = signed.split('.').collect();
        if let Some(part) = parts.get_mut(1) {
            *part = &payload;
        }
        Ok(parts.join("."))
    }),
    jwt("other_type", "another kind of JWT", "It is a logout token (typ).", |token, _| {
        Ok(token.header("typ", "logout+jwt").sign())
    }),
    jwt("critical", "unknown extension", "It needs an extension that no API knows (crit).", |token, _| {
        Ok(token.header("crit", json!(["example"])).header("example", true).sign())
    }),
    claims("unreadable_scope", "scope of a wrong type", "Its scope is a number.", |token| {
        token.claim("scope", 7)
    }),
    Flaw {
        code: "revoked",
        title: "revoked",
        about: "Its issuer took it back. Only an API that asks about tokens knows: choose the client opaque.",
        change: Change::Revoked,
    },
];

const fn claims(
    code: &'static str,
    title: &'static str,
    about: &'static str,
    change: fn(TokenBuilder) -> TokenBuilder,
) -> Flaw {
    Flaw { code, title, about, change: Change::Claims(change) }
}

const fn jwt(
    code: &'static str,
    title: &'static str,
    about: &'static str,
    change: fn(TokenBuilder, &RunningIssuer) -> Result<String, KeyError>,
) -> Flaw {
    Flaw { code, title, about, change: Change::Jwt(change) }
}

/// What a token is before it is signed.
pub(super) enum Form {
    Jwt,
    Opaque,
}

impl Flaw {
    pub(super) fn named(code: &str) -> Option<&'static Self> {
        FLAWS.iter().find(|flaw| flaw.code == code)
    }

    /// The token with this flaw; `None` where a token of this form cannot have it.
    pub(super) fn apply(&self, token: TokenBuilder, form: &Form, issuer: &RunningIssuer) -> Option<String> {
        match (&self.change, form) {
            (Change::Claims(change), _) => Some(finished(change(token), form, issuer)),
            (Change::Jwt(change), Form::Jwt) => change(token, issuer).ok(),
            (Change::Jwt(_), Form::Opaque) => None,
            (Change::Revoked, _) => {
                let token = finished(token, form, issuer);
                issuer.revoke(&token);
                Some(token)
            }
        }
    }
}

/// A token as its issuer hands it out.
pub(super) fn finished(token: TokenBuilder, form: &Form, issuer: &RunningIssuer) -> String {
    match form {
        Form::Jwt => token.sign(),
        Form::Opaque => issuer.mint_opaque(token),
    }
}

fn now() -> i64 {
    let elapsed = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    i64::try_from(elapsed.as_secs()).unwrap_or_default()
}
