//! What the users of every provider get wrong.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;

use super::super::mistake::GENERAL;
use super::*;
use crate::engine::Problem;
use crate::trust::IssuerProblem;

#[test]
fn what_everybody_gets_wrong_is_told_for_a_server_that_is_not_known() {
    let own = "https://id.example.com";
    let good = token(json!({ "iss": own }));
    let parts: Vec<_> = good.split('.').collect();
    let padded = {
        let claims = claims(json!({ "iss": own, "note": "ab" })).to_string();
        let padded = URL_SAFE.encode(claims.clone() + if claims.len().is_multiple_of(3) { " " } else { "" });
        assert!(padded.ends_with('='));
        format!("{}.{padded}.{}", parts[0], parts[2])
    };
    let der = {
        let header = mint::base64url(json!({ "alg": "ES256", "kid": "k" }).to_string());
        let signature: Vec<u8> =
            [0x30, 0x44, 0x02, 0x20].into_iter().chain([7; 32]).chain([0x02, 0x20]).chain([7; 32]).collect();
        format!("{header}.{}.{}", parts[1], mint::base64url(signature))
    };
    let milliseconds = START * 1000;
    let cases = [
        (own, padded, "padded_parts"),
        (own, der, "der_signature"),
        (own, "b3BhcXVl".to_owned(), "opaque_token"),
        (
            own,
            format!("{}..a.b.c", mint::base64url(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#)),
            "encrypted_token",
        ),
        (own, token(json!({ "iss": own, "at_hash": "x", "nonce": "n" })), "id_token"),
        (own, token(json!({ "iss": own, "typ": "Refresh" })), "refresh_token"),
        (own, token(json!({ "iss": own, "iat": milliseconds, "exp": milliseconds + 1 })), "milliseconds"),
        (own, token(json!({ "iss": own, "exp": milliseconds * 1000 })), "milliseconds"),
        (own, token(json!({ "iss": "https://id.example.com/" })), "issuer_slash"),
        ("http://127.0.0.1:9000/", token(json!({ "iss": "http://127.0.0.1:9000" })), "issuer_slash"),
        (own, token(json!({ "iss": "http://id.example.com" })), "issuer_scheme"),
        (own, token(json!({ "iss": "id.example.com" })), "issuer_scheme"),
        (own, token(json!({ "iss": "https://ID.example.com" })), "issuer_case"),
        (own, token(json!({ "iss": "http://localhost:9000" })), "issuer_local_name"),
        ("http://127.0.0.1:9000", token(json!({ "iss": "http://localhost:9000" })), "issuer_loopback"),
        ("http://localhost:9000", token(json!({ "iss": "http://127.0.0.1:9000/" })), "issuer_loopback"),
        (own, token(json!({ "iss": own, "aud": "https://api.example.com/" })), "audience_slash"),
        (own, token(json!({ "iss": own, "aud": "spa", "client_id": "spa" })), "audience_is_client"),
        (own, token(json!({ "iss": own, "aud": null })), "audience_absent"),
        (own, SigningKey::secret("HS256", &[7; 32]).token(&claims(json!({ "iss": own }))), "shared_secret"),
        (own, with_header(json!({ "alg": "none" }), json!({ "iss": own })), "algorithm_none"),
    ];
    // An engine with this issuer is not built, and says the same.
    let metadata_url = "https://id.example.com/.well-known/openid-configuration";
    let configured = EngineConfig::new().issuer(metadata_url).audience(API).build();
    let problem = configured.map(drop).unwrap_err().problem;
    assert!(matches!(problem, Problem::Issuer(IssuerProblem::Identifier { .. })), "{problem}");
    let evidence = Evidence::of(&good).failed("issuer", "issuer_unknown").expecting_issuer(metadata_url);
    let of_metadata_url = (None, "issuer_is_metadata_url");
    assert_eq!(codes(&hint::hints(&evidence)), [of_metadata_url]);
    let met: BTreeSet<_> = cases.iter().map(|(_, _, code)| *code).chain([of_metadata_url.1]).collect();
    let all: BTreeSet<_> = GENERAL.iter().map(|mistake| mistake.code).collect();
    assert_eq!(met, all, "each general mistake is met");
    for (issuer, token, code) in cases {
        let found = hints(&api(issuer, API), &token);
        assert_eq!(codes(&found), [(None, code)], "{token}");
    }
}
