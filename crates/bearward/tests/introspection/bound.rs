//! Opaque tokens that are bound to a key (RFC 9449 §6.2).

use bearward::answer::Refusal;
use bearward::engine::Route;
use bearward::{AccessToken, ResourceServer};
use bearward_issuer::{Algorithm, DpopKey};
use http::Request;

use super::{asking, issuer};
use crate::support::{AUDIENCE, present};

const URL: &str = "https://api.example.com/orders";

async fn prove(api: &ResourceServer, token: &str, proof: &str) -> Result<AccessToken, Refusal> {
    let request = Request::get(URL).header("authorization", format!("DPoP {token}")).header("dpop", proof);
    api.authenticate(&request.body(()).unwrap(), Route::open()).await
}

#[tokio::test]
async fn a_bound_opaque_token_needs_a_proof_over_its_own_text() {
    let issuer = issuer().await;
    let api = asking(&issuer).public_origin("https://api.example.com").build().unwrap();
    let (key, other) = (DpopKey::generate(Algorithm::Es256), DpopKey::generate(Algorithm::Es256));
    let token = issuer.mint_opaque(issuer.mint().audience(AUDIENCE).bound_to_key(key.thumbprint()));
    let proof = |key: &DpopKey, token: &str| key.proof("GET", URL).access_token(token).sign();
    for asked in ["anew", "from the cache"] {
        let passed = prove(&api, &token, &proof(&key, &token)).await;
        assert_eq!(passed.map(|passed| passed.expose_token() == token), Ok(true), "{asked}");
        let code = |result: Result<AccessToken, Refusal>| result.map(drop).map_err(|failure| failure.code());
        assert_eq!(code(present(&api, &token).await), Err("proof_required"), "{asked}");
        let wrong = prove(&api, &token, &proof(&other, &token)).await;
        assert_eq!(code(wrong), Err("proof_key_mismatch"), "{asked}");
        let wrong = prove(&api, &token, &proof(&key, "another token")).await;
        assert_eq!(code(wrong), Err("proof_token_mismatch"), "{asked}");
    }
}
