//! What each fuzz target does with its bytes, and what must hold of the outcome.

mod introspection;
mod proof;
mod sender;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearward_core::Credential;
use bearward_core::request::{CredentialRules, QueryTokens};
use bearward_core::token::{AlgorithmSet, UnverifiedToken};
use bearward_core::trust::KeySet;
use http::{HeaderMap, HeaderValue};

pub use self::introspection::introspection_answer;
pub use self::proof::dpop_proof;
pub use self::sender::{certificate_headers, target_url};

const RULES: CredentialRules<'_> = CredentialRules::new(QueryTokens::Accept, 16 * 1024);

/// Reads the bytes as an `Authorization` header, as a form body, and as a query.
pub fn authorization_header(data: &[u8]) {
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(data) {
        headers.insert("authorization", value);
        if let Ok(Some(credential)) = Credential::extract(&headers, None, None, RULES) {
            let token = credential.expose_token();
            assert!(!token.is_empty() && data.ends_with(token.as_bytes()));
            assert!(data[..6].eq_ignore_ascii_case(b"bearer") && data[6] == b' ');
        }
    }
    let none = HeaderMap::new();
    let in_form = Credential::extract(&none, None, Some(data), RULES);
    if let Ok(query) = std::str::from_utf8(data) {
        let in_query = Credential::extract(&none, Some(query), None, RULES);
        match (in_form, in_query) {
            (Ok(form), Ok(query)) => assert_eq!(
                form.as_ref().map(Credential::expose_token),
                query.as_ref().map(Credential::expose_token)
            ),
            (form, query) => assert_eq!(form.err(), query.err()),
        }
    }
}

/// Reads the bytes as a token: what is accepted is what its own parts would be written as.
pub fn compact_token(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(token) = UnverifiedToken::parse(text) {
        let parts: Vec<_> = text.split('.').collect();
        assert_eq!(parts.len(), 3);
        for part in &parts {
            let bytes = URL_SAFE_NO_PAD.decode(part).expect("canonical base64url");
            assert_eq!(URL_SAFE_NO_PAD.encode(bytes), **part);
        }
        let payload = URL_SAFE_NO_PAD.decode(parts[1]).expect("canonical base64url");
        assert_eq!(token.unverified_claims().as_json().as_bytes(), payload);
        assert!(token.unverified_algorithm().name().parse() == Ok(token.unverified_algorithm()));
    }
}

/// Reads the bytes as the claims set of a token: a reader that is less strict reads the same issuer.
pub fn claims(data: &[u8]) {
    let token = format!("eyJhbGciOiJFUzI1NiJ9.{}.AA", URL_SAFE_NO_PAD.encode(data));
    if let Ok(token) = UnverifiedToken::parse(&token) {
        let claims = token.unverified_claims();
        let issuer = claims.get("iss").and_then(|issuer| issuer.as_str());
        assert_eq!(token.unverified_issuer(), issuer);
        let members = claims.to::<std::collections::BTreeMap<String, serde::de::IgnoredAny>>();
        assert!(members.is_ok(), "what the strict reader accepts, any other reads");
    }
}

/// Reads the bytes as a JWK Set: each key is used or skipped, and every one that is used has an algorithm.
pub fn jwk_set(data: &[u8]) {
    if let Ok(set) = KeySet::parse(data, AlgorithmSet::asymmetric(), 100) {
        assert!(set.keys().len() + set.skipped().len() <= 100);
        for key in set.keys() {
            let algorithm = key.algorithms().next().expect("a key serves an algorithm");
            assert!(algorithm.is_asymmetric());
            assert!(set.candidates(key.kid(), algorithm).any(|candidate| std::ptr::eq(&**candidate, &**key)));
        }
    }
}
