//! Glewlwyd: JWTs (RFC 9068), DPoP with and without nonces, introspection and revocation of JWTs.

use std::process::Command;
use std::time::Duration;

use bearward_axum::IssuerConfig;
use bearward_axum::trust::{ClientAuthentication, IntrospectedTokens, Introspection};
use bearward_issuer::{Algorithm, DpopKey};
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::api::{ACCEPTED, AUDIENCE, OTHER_AUDIENCE, access_token, bearer, post, proven, serve, told};
use crate::party::{Party, interop};

struct Glewlwyd {
    process: Party,
    issuer: String,
}

impl Glewlwyd {
    fn start(arguments: &[&str]) -> Self {
        let server = interop("glewlwyd/server.py");
        let mut process = Party::start(Command::new("python3").arg(server).args(arguments));
        let issuer = process.line()["issuer"].as_str().unwrap().to_owned();
        Self { process, issuer }
    }

    /// A token by client credentials.
    async fn token(&self, client: &str, resource: Option<&str>) -> String {
        let mut form = vec![("grant_type", "client_credentials"), ("scope", "read:messages")];
        form.extend(resource.map(|resource| ("resource", resource)));
        access_token(&post(&self.token_endpoint(), client, &form, HeaderMap::new()).await)
    }

    /// The answer to a code of the user's for this API, which is used up by it.
    async fn exchange(&self, code: &Value, key: &DpopKey, nonce: Option<&str>) -> (HeaderMap, Value) {
        let text = |name: &str| code[name].as_str().unwrap_or_else(|| panic!("{code}"));
        let form = [
            ("grant_type", "authorization_code"),
            ("code", text("code")),
            ("code_verifier", text("code_verifier")),
            ("redirect_uri", text("redirect_uri")),
            ("resource", AUDIENCE),
        ];
        let endpoint = self.token_endpoint();
        let proof = key.proof("POST", &endpoint);
        let proof = nonce.into_iter().fold(proof, |proof, nonce| proof.nonce(nonce)).sign();
        let request = reqwest::Client::new().post(endpoint).basic_auth("full", Some("full-secret"));
        let response = request.header("dpop", proof).form(&form).send().await.unwrap();
        let headers = response.headers().clone();
        (headers, serde_json::from_str(&response.text().await.unwrap()).unwrap())
    }

    /// What the user's browser brings back to the client.
    fn authorize(&mut self) -> Value {
        self.process.ask(&format!("authorize {AUDIENCE}"))
    }

    async fn revoke(&self, client: &str, token: &str) {
        let endpoint = format!("{}/revoke", self.issuer);
        let answer = post(&endpoint, client, &[("token", token)], HeaderMap::new()).await;
        assert_eq!(answer, Value::String(String::new()));
    }

    fn token_endpoint(&self) -> String {
        format!("{}/token", self.issuer)
    }

    async fn api(&self) -> String {
        serve(IssuerConfig::new(self.issuer.as_str())).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn its_jwts_are_verified_and_those_for_others_are_refused() {
    let server = Glewlwyd::start(&[]);
    let api = server.api().await;
    let token = server.token("full", Some(AUDIENCE)).await;
    assert_eq!(told(&bearer(&api, "/api/private-scoped", &token).await), ACCEPTED);
    let lacking = bearer(&api, "/api/protected", &token).await;
    assert_eq!(told(&lacking), (403, "insufficient_scope", "the access token lacks a required scope"));

    let another = (401, "invalid_token", "the access token is for another audience");
    let foreign = server.token("full", Some(OTHER_AUDIENCE)).await;
    assert_eq!(told(&bearer(&api, "/api/private", &foreign).await), another);
    // Without `resource`, `aud` is the list of scopes.
    let for_scopes = server.token("full", None).await;
    assert_eq!(told(&bearer(&api, "/api/private", &for_scopes).await), another);

    let (signed, _) = token.rsplit_once('.').unwrap();
    let (_, signature) = foreign.rsplit_once('.').unwrap();
    let forged = bearer(&api, "/api/private", &format!("{signed}.{signature}")).await;
    assert_eq!(told(&forged), (401, "invalid_token", "the access token's signature is invalid"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_jwt_is_refused_once_it_has_expired() {
    let server = Glewlwyd::start(&["--lifetime", "1"]);
    let api = server.api().await;
    let token = server.token("full", Some(AUDIENCE)).await;
    assert_eq!(told(&bearer(&api, "/api/private", &token).await), ACCEPTED);
    // One second of life, and five for clocks that differ.
    tokio::time::sleep(Duration::from_millis(6500)).await;
    let expired = bearer(&api, "/api/private", &token).await;
    assert_eq!(told(&expired), (401, "invalid_token", "the access token expired"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_id_token_and_the_refresh_token_of_an_answer_are_refused() {
    let mut server = Glewlwyd::start(&[]);
    let api = server.api().await;
    let key = DpopKey::generate(Algorithm::Es256);
    let code = server.authorize();
    let (_, answer) = server.exchange(&code, &key, None).await;
    assert_eq!(told(&proven(&api, "/api/private-scoped", &access_token(&answer), &key).await), ACCEPTED);
    for name in ["id_token", "refresh_token"] {
        let token = answer[name].as_str().unwrap_or_else(|| panic!("{answer}"));
        let refused = bearer(&api, "/api/private", token).await;
        assert_eq!((refused.0, refused.1.as_str()), (401, "invalid_token"), "{name}: {}", refused.2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn its_dpop_bound_tokens_pass_with_their_key_alone_with_and_without_nonces() {
    for arguments in [&[][..], &["--dpop-nonces"]] {
        let mut server = Glewlwyd::start(arguments);
        let api = server.api().await;
        for algorithm in [Algorithm::Es256, Algorithm::Rs256, Algorithm::EdDsa] {
            let (key, thief) = (DpopKey::generate(algorithm), DpopKey::generate(algorithm));
            let code = server.authorize();
            let (headers, mut answer) = server.exchange(&code, &key, None).await;
            if !arguments.is_empty() {
                assert_eq!(answer["error"], "use_dpop_nonce", "{answer}");
                let nonce = headers["dpop-nonce"].to_str().unwrap().to_owned();
                (_, answer) = server.exchange(&code, &key, Some(&nonce)).await;
            }
            assert_eq!(answer["token_type"], "DPoP", "{algorithm}: {answer}");
            let token = access_token(&answer);
            assert_eq!(told(&proven(&api, "/api/protected", &token, &key).await), ACCEPTED, "{algorithm}");
            let as_bearer = bearer(&api, "/api/private", &token).await;
            let expected = (401, "invalid_token", "the access token needs a DPoP proof and the scheme DPoP");
            assert_eq!(told(&as_bearer), expected, "{algorithm}");
            let stolen = proven(&api, "/api/private", &token, &thief).await;
            let description = "the DPoP proof is of another key than the access token";
            assert_eq!(told(&stolen), (401, "invalid_dpop_proof", description), "{algorithm}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_jwt_is_refused_where_every_token_is_introspected() {
    let server = Glewlwyd::start(&[]);
    // Glewlwyd tells a client of its own tokens only.
    let client = ClientAuthentication::secret_basic("full", "full-secret");
    let introspection = Introspection::new(client).tokens(IntrospectedTokens::Every);
    let issuer = IssuerConfig::new(server.issuer.as_str());
    let asking = serve(issuer.introspection(introspection)).await;
    let verifying = server.api().await;

    let token = server.token("full", Some(AUDIENCE)).await;
    assert_eq!(told(&bearer(&asking, "/api/private-scoped", &token).await), ACCEPTED);
    let revoked = server.token("full", Some(AUDIENCE)).await;
    server.revoke("full", &revoked).await;
    let not_active = (401, "invalid_token", "the access token is not active");
    assert_eq!(told(&bearer(&asking, "/api/private", &revoked).await), not_active);
    let of_another_client = server.token("reader", Some(AUDIENCE)).await;
    assert_eq!(told(&bearer(&asking, "/api/private", &of_another_client).await), not_active);
    // An API that asks nobody cannot know.
    assert_eq!(told(&bearer(&verifying, "/api/private", &revoked).await), ACCEPTED);
}
