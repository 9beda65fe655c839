//! DPoP: a proof is for `POST` and the URL of the gRPC method.

use bearward_issuer::{Algorithm, DpopKey};
use bearward_tonic::DpopPolicy;
use bearward_tonic::bearward_tower::bearward::check::DpopNonces;
use tonic::{Code, Status};

use crate::support::{LIST, Scene, bearer, rules, unary, values};

async fn call(scene: &Scene, path: &str, token: &str, proof: String) -> Result<String, Status> {
    scene.call_with(path, [("authorization", format!("DPoP {token}")), ("dpop", proof)]).await
}

#[tokio::test]
async fn a_proof_for_the_method_passes_once_and_any_other_is_refused() {
    let scene = Scene::with(|builder| builder.dpop(DpopPolicy::accepted()), rules).await;
    let key = DpopKey::generate(Algorithm::Es256);
    let token = scene.mint().bound_to_key(key.thumbprint()).sign();
    let url = |path: &str| format!("http://{}{path}", scene.address);
    let proof = key.proof("POST", &url(LIST)).access_token(&token).sign();
    assert_eq!(call(&scene, LIST, &token, proof.clone()).await.unwrap(), "test-client: hello");

    let refused = async |proof: String| {
        let status = call(&scene, LIST, &token, proof).await.unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated);
        status.message().to_owned()
    };
    assert_eq!(refused(proof).await, "the DPoP proof was used before");
    let other = key.proof("POST", &url("/notes.v1.Notes/Delete")).access_token(&token).sign();
    assert_eq!(refused(other).await, "the DPoP proof is for another URL");
    let encrypted = format!("https://{}{LIST}", scene.address);
    assert_eq!(
        refused(key.proof("POST", &encrypted).access_token(&token).sign()).await,
        "the DPoP proof is for another URL"
    );
    assert_eq!(
        refused(key.proof("GET", &url(LIST)).access_token(&token).sign()).await,
        "the DPoP proof is for another method"
    );
    let status = scene.call(LIST, Some(&bearer(&token))).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated, "a bound token is no bearer token");
    assert!(values(&status, "www-authenticate")[1].contains("error="));
}

#[tokio::test]
async fn a_nonce_is_asked_for_and_renewed_in_the_metadata() {
    let nonces = DpopNonces::random().unwrap();
    let scene = Scene::with(|builder| builder.dpop(DpopPolicy::accepted().nonces(nonces)), rules).await;
    let key = DpopKey::generate(Algorithm::Es256);
    let token = scene.mint().bound_to_key(key.thumbprint()).sign();
    let url = format!("http://{}{LIST}", scene.address);
    let proof = || key.proof("POST", &url).access_token(&token);
    let status = call(&scene, LIST, &token, proof().sign()).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    let nonce = values(&status, "dpop-nonce")[0];
    let metadata = [("authorization", format!("DPoP {token}")), ("dpop", proof().nonce(nonce).sign())];
    assert_eq!(
        unary(scene.channel().await, LIST, metadata).await.unwrap().into_inner(),
        "test-client: hello"
    );
}
