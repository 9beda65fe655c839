//! DPoP clients that people use, each with its own way of getting through a nonce challenge.
//!
//! | client | keeps nonces | repeats the request |
//! |---|---|---|
//! | oauth4webapi | itself | its caller, when `isDPoPNonceError` says so |
//! | openid-client | itself | itself |
//! | dpop | its caller | its caller: it makes proofs and nothing else |
//! | requests-oauth2client | itself | itself, where the header begins with the challenge `DPoP` |

use std::process::Command;

use bearward_axum::IssuerConfig;
use bearward_axum::check::{DpopNonces, DpopPolicy};
use serde_json::{Value, json};

use crate::api::{AUDIENCE, serve_with};
use crate::party::{Party, interop};

const CLIENTS: [&str; 4] =
    ["oauth4webapi.mjs", "openid-client.mjs", "dpop.mjs", "requests_oauth2client_errand.py"];

/// What a client reports of its errand: a token, and two calls.
fn errand(client: &str, issuer: &str, url: &str) -> [Value; 3] {
    let program = match client.ends_with(".py") {
        true => interop("dpop-clients/.venv/bin/python"),
        false => "node".into(),
    };
    let mut command = Command::new(program);
    command.arg(interop("dpop-clients").join(client)).args(["--client", "dpop", "--scope", "read:messages"]);
    command.args(["--issuer", issuer, "--resource", AUDIENCE, "--url", url]);
    let mut party = Party::start(&mut command);
    let mut token = party.line();
    // RFC 6749 §5.1: the case of the type means nothing, and these libraries differ in it.
    token["type"] = token["type"].as_str().unwrap_or_default().to_lowercase().into();
    [token, party.line(), party.line()]
}

fn reports(requests: [u64; 3]) -> [Value; 3] {
    [
        json!({ "part": "token", "requests": requests[0], "type": "dpop" }),
        json!({ "part": "first call", "requests": requests[1], "status": 200 }),
        json!({ "part": "second call", "requests": requests[2], "status": 200 }),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn every_client_gets_in_and_through_the_nonces_of_both_servers() {
    let nonces = || DpopPolicy::accepted().nonces(DpopNonces::random().unwrap());
    let required = || DpopPolicy::required().nonces(DpopNonces::random().unwrap());
    for (arguments, policy, requests) in [
        (&[][..], DpopPolicy::accepted(), [1, 1, 1]),
        // One more request for the first nonce of each server; the second call has it already.
        (&["--dpop-nonces"], nonces(), [2, 2, 1]),
        (&["--dpop-nonces"], required(), [2, 2, 1]),
    ] {
        let server = interop("oidc-provider/server.mjs");
        let mut server = Party::start(Command::new("node").arg(server).args(arguments));
        let issuer = server.line()["issuer"].as_str().unwrap().to_owned();
        let way = format!("{policy:?}");
        let api = serve_with(IssuerConfig::new(issuer.as_str()), policy).await;
        for client in CLIENTS {
            let url = format!("{api}/api/private-scoped");
            let (issuer, name) = (issuer.clone(), client);
            let told = tokio::task::spawn_blocking(move || errand(name, &issuer, &url)).await.unwrap();
            assert_eq!(told, reports(requests), "{client} {way}");
        }
    }
}
