//! The strict profile of RFC 9068, several audiences, and what other authorization servers call things.

use std::time::Duration;

use bearward::ResourceServer;
use bearward::engine::Route;
use bearward::requirement::{NoFacts, organization};
use bearward::trust::Profile;

use crate::support::{AUDIENCE, assert_accepted, assert_refused, issuer, present, present_to, trusting};

#[tokio::test]
async fn under_the_strict_profile_every_mandatory_claim_is_there() {
    let issuer = issuer().await;
    let strict = trusting(&issuer).profile(Profile::Rfc9068).build().unwrap();
    let lax = trusting(&issuer).build().unwrap();
    let token = || issuer.mint().audience(AUDIENCE);
    assert_accepted(present(&strict, &token().sign()).await, "all there");
    for claim in ["sub", "client_id", "iat", "jti"] {
        let without = token().remove(claim).sign();
        assert_accepted(present(&lax, &without).await, claim);
        assert_refused(present(&strict, &without).await, &format!("claim_missing {claim}"), claim);
    }
    for typ in ["JWT", "jwt", "application/jwt"] {
        let other = token().header("typ", typ).sign();
        assert_accepted(present(&lax, &other).await, typ);
        assert_refused(present(&strict, &other).await, "token_type_mismatch", typ);
    }
    let untyped = token().remove_header("typ").sign();
    assert_refused(present(&strict, &untyped).await, "token_type_mismatch", "no typ");
    let azp = token().remove("client_id").claim("azp", "me").sign();
    assert_refused(present(&strict, &azp).await, "claim_missing client_id", "azp is not client_id");
    for claim in ["exp", "aud"] {
        let without = token().remove(claim).sign();
        assert_refused(present(&strict, &without).await, &format!("claim_missing {claim}"), claim);
    }
}

#[tokio::test]
async fn the_strict_profile_holds_whatever_else_is_dangerously_allowed() {
    let issuer = issuer().await;
    let api = ResourceServer::builder()
        .issuer(issuer.url())
        .dangerous()
        .allow_any_audience()
        .dangerous()
        .allow_tokens_without_expiry()
        .profile(Profile::Rfc9068)
        .build()
        .unwrap();
    assert_accepted(
        present(&api, &issuer.mint().audience("https://any.example").sign()).await,
        "any audience",
    );
    let token = issuer.mint().sign();
    assert_refused(present(&api, &token).await, "claim_missing aud", "no audience");
    let token = issuer.mint().audience(AUDIENCE).remove("exp").sign();
    assert_refused(present(&api, &token).await, "claim_missing exp", "no expiry");
}

#[tokio::test]
async fn a_maximum_age_needs_iat() {
    let issuer = issuer().await;
    let api = trusting(&issuer).max_age(Duration::from_secs(600)).build().unwrap();
    let token = issuer.mint().audience(AUDIENCE).remove("iat").sign();
    assert_refused(present(&api, &token).await, "claim_missing iat", "no iat");
    let token = issuer.mint().audience(AUDIENCE).expires_in(9000);
    let now = token.claims_set()["iat"].as_i64().unwrap();
    let old = token.claim("iat", now - 700).sign();
    assert_refused(present(&api, &old).await, "token_too_old", "issued long ago");
}

#[tokio::test]
async fn any_of_several_audiences_will_do() {
    let issuer = issuer().await;
    let api = trusting(&issuer).audience("https://second.example").build().unwrap();
    for audience in [AUDIENCE, "https://second.example"] {
        assert_accepted(present(&api, &issuer.mint().audience(audience).sign()).await, audience);
    }
    let token = issuer.mint().audience("https://third.example").sign();
    assert_refused(present(&api, &token).await, "audience_mismatch", "a third");
}

#[tokio::test]
async fn the_organizations_claim_has_the_configured_name_alone() {
    let issuer = issuer().await;
    let api = trusting(&issuer).organization_claim("org_id").build().unwrap();
    let route = organization().is("org_1").check().unwrap();
    let route = Route::requiring(&route, &NoFacts);
    let token = issuer.mint().audience(AUDIENCE).claim("org_id", "org_1").sign();
    let accepted = assert_accepted(present_to(&api, &token, route).await, "org_id");
    assert_eq!(accepted.organization(), Some("org_1"));
    let token = issuer.mint().audience(AUDIENCE).organization("org_1").sign();
    let result = present_to(&api, &token, route).await;
    assert_refused(result, "organization_missing", "organization_id");
}
