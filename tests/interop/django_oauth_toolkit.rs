//! django-oauth-toolkit: opaque tokens, and an introspection endpoint that the OpenID metadata do not name.

use std::process::Command;
use std::time::Duration;

use bearward_axum::IssuerConfig;
use bearward_axum::trust::{ClientAuthentication, Introspection};
use reqwest::header::HeaderMap;
use serde_json::Value;

use crate::api::{ACCEPTED, AUDIENCE, OTHER_AUDIENCE, access_token, bearer, document, post, serve, told};
use crate::party::{Party, interop};

struct Django {
    _process: Party,
    issuer: String,
}

impl Django {
    fn start(arguments: &[&str]) -> Self {
        let python = interop("django-oauth-toolkit/.venv/bin/python");
        let server = interop("django-oauth-toolkit/server.py");
        let mut process = Party::start(Command::new(python).arg(server).args(arguments));
        let issuer = process.line()["issuer"].as_str().unwrap().to_owned();
        Self { _process: process, issuer }
    }

    async fn token(&self, client: &str, resource: &[&str]) -> String {
        let mut form = vec![("grant_type", "client_credentials"), ("scope", "read:messages")];
        form.extend(resource.iter().map(|resource| ("resource", *resource)));
        let endpoint = format!("{}/token/", self.issuer);
        access_token(&post(&endpoint, client, &form, HeaderMap::new()).await)
    }

    async fn revoke(&self, client: &str, token: &str) {
        let endpoint = format!("{}/revoke_token/", self.issuer);
        let answer = post(&endpoint, client, &[("token", token)], HeaderMap::new()).await;
        assert_eq!(answer, Value::String(String::new()));
    }

    /// An API that authenticates at the introspection endpoint as this client.
    async fn api(&self, client: ClientAuthentication) -> String {
        let introspection = Introspection::new(client);
        serve(IssuerConfig::new(self.issuer.as_str()).introspection(introspection)).await
    }

    /// The metadata of OpenID Connect, and those of RFC 8414.
    async fn metadata(&self) -> (Value, Value) {
        let origin = self.issuer.strip_suffix("/o").unwrap();
        let openid = document(&format!("{}/.well-known/openid-configuration", self.issuer)).await;
        (openid, document(&format!("{origin}/.well-known/oauth-authorization-server/o")).await)
    }
}

fn api_with_secret() -> ClientAuthentication {
    ClientAuthentication::secret_basic("api", "api-secret")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_introspection_endpoint_of_the_second_metadata_document_is_found_and_asked() {
    let server = Django::start(&[]);
    let (openid, oauth) = server.metadata().await;
    assert_eq!(openid["introspection_endpoint"], Value::Null, "else this test shows nothing");
    assert_eq!(oauth["introspection_endpoint"], format!("{}/introspect/", server.issuer));

    let secret_in_body = ClientAuthentication::secret_post("api", "api-secret");
    for client in [api_with_secret(), secret_in_body] {
        let way = format!("{client:?}");
        let api = server.api(client).await;
        let token = server.token("full", &[AUDIENCE]).await;
        for _ in 0..2 {
            assert_eq!(told(&bearer(&api, "/api/private-scoped", &token).await), ACCEPTED, "{way}");
        }
        let lacking = bearer(&api, "/api/protected", &token).await;
        let expected = (403, "insufficient_scope", "the access token lacks a required scope");
        assert_eq!(told(&lacking), expected, "{way}");
        let both = server.token("full", &[OTHER_AUDIENCE, AUDIENCE]).await;
        assert_eq!(told(&bearer(&api, "/api/private-scoped", &both).await), ACCEPTED, "{way}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_openid_the_one_document_is_enough() {
    let server = Django::start(&["--no-openid"]);
    let api = server.api(api_with_secret()).await;
    let token = server.token("full", &[AUDIENCE]).await;
    assert_eq!(told(&bearer(&api, "/api/private-scoped", &token).await), ACCEPTED);
}

#[tokio::test(flavor = "multi_thread")]
async fn opaque_tokens_that_are_revoked_unknown_or_for_others_are_refused() {
    let server = Django::start(&[]);
    let api = server.api(api_with_secret()).await;
    let revoked = server.token("full", &[AUDIENCE]).await;
    server.revoke("full", &revoked).await;
    let not_active = (401, "invalid_token", "the access token is not active");
    for (token, expected) in [
        (revoked, not_active),
        ("made-up".to_owned(), not_active),
        (
            server.token("full", &[OTHER_AUDIENCE]).await,
            (401, "invalid_token", "the access token is for another audience"),
        ),
        // The toolkit holds a token without `resource` good for every API. An API that does so too would accept what
        // a client got for another.
        (server.token("full", &[]).await, (401, "invalid_token", "the access token has no claim aud")),
    ] {
        assert_eq!(told(&bearer(&api, "/api/private", &token).await), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opaque_token_is_refused_once_it_has_expired() {
    let server = Django::start(&["--lifetime", "1"]);
    let api = server.api(api_with_secret()).await;
    let token = server.token("full", &[AUDIENCE]).await;
    tokio::time::sleep(Duration::from_millis(2500)).await;
    let expired = bearer(&api, "/api/private", &token).await;
    assert_eq!(told(&expired), (401, "invalid_token", "the access token is not active"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_the_server_does_not_know_answers_503() {
    let server = Django::start(&[]);
    let token = server.token("full", &[AUDIENCE]).await;
    for client in ["nobody", "api"] {
        let api = server.api(ClientAuthentication::secret_basic(client, "another-secret")).await;
        let expected = (
            503,
            "temporarily_unavailable",
            "the authorization server could not be asked about the access token",
        );
        assert_eq!(told(&bearer(&api, "/api/private", &token).await), expected, "{client}");
    }
}
