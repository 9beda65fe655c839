//! Who is asked about what, and as whom.

use bearward::token::Algorithm as Jws;
use bearward::trust::{
    ClientAuthentication, IntrospectedTokens, Introspection, IntrospectionError, PrivateKey,
};
use bearward_issuer::{Algorithm, Endpoint, Fault, Issuer, ProtectedResource, SigningKey};
use serde_json::json;

use super::{CLIENT, SECRET, asking, assert_inactive, assert_unavailable, introspection, issuer, opaque};
use crate::support::{AUDIENCE, assert_accepted, assert_refused, introspecting, present};

#[tokio::test]
async fn an_opaque_token_passes_and_a_jwt_needs_no_call() {
    let issuer = issuer().await;
    let api = asking(&issuer).build().unwrap();
    let token = opaque(&issuer);
    let passed = assert_accepted(present(&api, &token).await, "an opaque token");
    assert_eq!((passed.subject(), passed.issuer()), (Some("subject"), issuer.url()));
    assert!(passed.scopes().contain("read"));
    assert_eq!((passed.expose_token(), passed.expose_jwt()), (&*token, None));
    assert_eq!(issuer.requests(Endpoint::Introspection), 1);

    let jwt = issuer.mint().audience(AUDIENCE).sign();
    let passed = assert_accepted(present(&api, &jwt).await, "a JWT");
    assert_eq!(passed.expose_jwt(), Some(&*jwt));
    assert_eq!(issuer.requests(Endpoint::Introspection), 1, "a JWT is verified here");
    assert_inactive(present(&api, "made-up").await, "a token that nobody made");
}

#[tokio::test]
async fn a_broken_jwt_is_refused_without_asking_anybody() {
    let issuer = issuer().await;
    let api = asking(&issuer).build().unwrap();
    let unsigned = bearward_issuer::assemble(
        br#"{"alg":"none"}"#,
        &serde_json::to_vec(issuer.mint().audience(AUDIENCE).claims_set()).unwrap(),
        b"",
    );
    issuer.introspects_as(&unsigned, json!({ "active": true, "aud": AUDIENCE }));
    assert_refused(present(&api, &unsigned).await, "algorithm_unsupported", "unsigned");
    for spoilt in ["=", ".", ".a", ".a.b.c"] {
        let broken = format!("{}{spoilt}", issuer.mint().audience(AUDIENCE).sign());
        issuer.introspects_as(&broken, json!({ "active": true, "aud": AUDIENCE }));
        assert_refused(present(&api, &broken).await, "token_malformed", spoilt);
    }
    let expired = issuer.mint().audience(AUDIENCE).expires_in(-60).sign();
    assert_refused(present(&api, &expired).await, "token_expired", "expired");
    assert_eq!(issuer.requests(Endpoint::Introspection), 0);
}

#[tokio::test]
async fn every_way_to_authenticate_is_understood_by_the_server() {
    for algorithm in
        [Algorithm::Es256, Algorithm::Es384, Algorithm::Rs256, Algorithm::Ps256, Algorithm::EdDsa]
    {
        let key = SigningKey::generate(algorithm).with_kid("api-key");
        let gateway = ProtectedResource::with_key("gateway", key.public_jwk());
        let issuer = Issuer::builder()
            .algorithms([Algorithm::Es256])
            .protected_resource(gateway)
            .start()
            .await
            .unwrap();
        let jws: Jws = key.algorithm().name().parse().unwrap();
        let own = PrivateKey::from_pkcs8_pem(&key.private_pem().unwrap(), jws, Some("api-key")).unwrap();
        let client = ClientAuthentication::private_key_jwt("gateway", own);
        let api = introspecting(&issuer, Introspection::new(client)).build().unwrap();
        for call in ["first", "second"] {
            let case = format!("{jws}, {call} call");
            assert_accepted(present(&api, &opaque(&issuer)).await, &case);
        }
    }
    let issuer = issuer().await;
    for (name, client) in [
        ("client_secret_basic", ClientAuthentication::secret_basic(CLIENT, SECRET)),
        ("client_secret_post", ClientAuthentication::secret_post(CLIENT, SECRET)),
    ] {
        let api = introspecting(&issuer, Introspection::new(client)).build().unwrap();
        assert_accepted(present(&api, &opaque(&issuer)).await, name);
    }
}

#[tokio::test]
async fn a_wrong_secret_or_key_is_an_outage_and_not_the_clients_fault() {
    let issuer = issuer().await;
    let stranger = SigningKey::generate(Algorithm::Es256);
    let key = PrivateKey::from_pkcs8_pem(&stranger.private_pem().unwrap(), Jws::ES256, None).unwrap();
    for client in [
        ClientAuthentication::secret_basic(CLIENT, "wrong"),
        ClientAuthentication::secret_post("stranger", SECRET),
        ClientAuthentication::private_key_jwt(CLIENT, key),
    ] {
        let case = format!("{client:?}");
        let api = introspecting(&issuer, Introspection::new(client)).build().unwrap();
        let why = assert_unavailable(present(&api, &opaque(&issuer)).await, &case);
        assert_eq!(why, IntrospectionError::ClientRefused(401), "{case}");
    }
}

#[tokio::test]
async fn where_every_token_is_asked_about_a_revoked_jwt_is_refused() {
    let issuer = issuer().await;
    let every = introspection().tokens(IntrospectedTokens::Every);
    let api = introspecting(&issuer, every).build().unwrap();
    let (jwt, revoked) = (issuer.mint().audience(AUDIENCE).sign(), issuer.mint().audience(AUDIENCE).sign());
    issuer.revoke(&revoked);
    assert_accepted(present(&api, &jwt).await, "a JWT in force");
    assert_inactive(present(&api, &revoked).await, "a revoked JWT");
    assert_eq!(issuer.requests(Endpoint::Introspection), 2);
}

#[tokio::test]
async fn claims_that_do_not_hold_are_refused_by_name() {
    let issuer = issuer().await;
    let api = asking(&issuer).build().unwrap();
    for (case, answer, code) in [
        ("for another API", json!({ "active": true, "aud": "https://other.example" }), "audience_mismatch"),
        ("for nobody", json!({ "active": true }), "claim_missing"),
        (
            "of another issuer",
            json!({ "active": true, "aud": AUDIENCE, "iss": "https://x.example" }),
            "issuer_unknown",
        ),
        (
            "a refresh token",
            json!({ "active": true, "aud": AUDIENCE, "token_type": "refresh_token" }),
            "token_type_mismatch",
        ),
        ("run out", json!({ "active": true, "aud": AUDIENCE, "exp": 1_000_000_000 }), "token_expired"),
        (
            "bound",
            json!({ "active": true, "aud": AUDIENCE, "cnf": { "jkt": "A".repeat(43) } }),
            "proof_required",
        ),
    ] {
        let token = case.replace(' ', "-");
        issuer.introspects_as(&token, answer);
        let failure = present(&api, &token).await.unwrap_err();
        assert_eq!((failure.code(), failure.answer().status.as_u16()), (code, 401), "{case}");
    }
}

#[tokio::test]
async fn an_api_that_can_ask_is_ready_without_keys() {
    let issuer = issuer().await;
    issuer.stage(Endpoint::Jwks, Fault::Status(500));
    let api = asking(&issuer).build().unwrap();
    let started = std::time::Instant::now();
    while !api.health().is_ready() {
        assert!(started.elapsed().as_secs() < 20, "{:?}", api.status());
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let status = api.status().engine;
    assert!(status.issuers[0].keys.is_empty(), "{status:?}");
    assert_eq!(status.introspection.unwrap().issuer, issuer.url());
}
