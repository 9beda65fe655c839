//! `bearward dpop-proof` as people and scripts call it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod process;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearward_issuer::{Algorithm, Config, DpopKey, Issuer, SigningKey};
use process::{Directory, Run, dpop_proof};
use serde_json::{Value, json};

const URL: &str = "https://api.example.com/messages";
/// SHA-256 of "token" in base64url.
const HASH_OF_TOKEN: &str = "PEaenWxYddN6Q_NT1PiOYfz4EsZu7jRXRlpAsNpBU-A";
/// Of the token `-t`.
const HASH_OF_HYPHENATED_TOKEN: &str = "fNLoF5W5f01ZPQFQ8ogtiECVcZ5PYSCTqFPXJ0fr26A";

/// The header and the claims of the one line that was printed.
fn printed(run: &Run) -> (Value, Value) {
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let proof = run.stdout.strip_suffix('\n').unwrap();
    let parts: Vec<_> = proof.split('.').collect();
    assert_eq!(parts.len(), 3, "{proof}");
    let read = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    (read(parts[0]), read(parts[1]))
}

#[test]
fn a_proof_names_its_request_and_nothing_secret() {
    let directory = Directory::new();
    let key = directory.file("key.pem");
    let run = dpop_proof(&["--key", &key, "--new-key", "--url", &format!("{URL}?a=b#c")], "");
    let (header, claims) = printed(&run);
    let members = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!((&header["typ"], &header["alg"]), (&json!("dpop+jwt"), &json!("ES256")));
    assert_eq!(members(&header["jwk"]), ["crv", "kty", "x", "y"], "the public half alone");
    assert_eq!((&claims["htm"], &claims["htu"]), (&json!("GET"), &json!(URL)));
    assert_eq!(members(&claims), ["htm", "htu", "iat", "jti"], "neither token nor nonce was named");

    // One nonce in 64 begins with a hyphen, as base64url does.
    let arguments = ["--key", &key, "--url", URL, "--method", "POST", "--token", "token", "--nonce", "--n0"];
    let (again, claims) = printed(&dpop_proof(&arguments, ""));
    assert_eq!(again, header, "the key was kept");
    assert_eq!(
        (&claims["htm"], &claims["ath"], &claims["nonce"]),
        (&json!("POST"), &json!(HASH_OF_TOKEN), &json!("--n0"))
    );
    let (_, claims) = printed(&dpop_proof(&["--key", &key, "--url", URL, "--token", "-t"], ""));
    assert_eq!(claims["ath"], HASH_OF_HYPHENATED_TOKEN);
    for input in ["token", "token\n", "Bearer token", "Authorization: DPoP token\n"] {
        let (_, claims) = printed(&dpop_proof(&["--key", &key, "--url", URL, "--token", "-"], input));
        assert_eq!(claims["ath"], HASH_OF_TOKEN, "{input:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_fresh_key_is_for_its_owner_s_eyes_and_is_never_written_over() {
    use std::os::unix::fs::PermissionsExt as _;

    let directory = Directory::new();
    let key = directory.file("key.pem");
    let thumbprint = || dpop_proof(&["--key", &key, "--new-key", "--thumbprint"], "").stdout;
    let first = thumbprint();
    let mode = std::fs::metadata(&key).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(thumbprint(), first, "--new-key makes one where there is none, and no other");
    let read = DpopKey::from_pem(&std::fs::read_to_string(&key).unwrap()).unwrap();
    assert_eq!(first, format!("{}\n", read.thumbprint()));
}

#[test]
fn keys_that_other_tools_made_sign_too() {
    let directory = Directory::new();
    let file = directory.file("key");
    for (algorithm, other) in
        [(Algorithm::Rs256, "PS256"), (Algorithm::Es384, "ES384"), (Algorithm::Ed25519, "EdDSA")]
    {
        let key = DpopKey::generate(algorithm);
        for text in [key.private_pem().unwrap(), key.private_jwk().to_string()] {
            std::fs::write(&file, text).unwrap();
            let (header, _) = printed(&dpop_proof(&["--key", &file, "--url", URL, "--algorithm", other], ""));
            assert_eq!((&header["alg"], &header["jwk"]), (&json!(other), &key.public_jwk()));
            let thumbprint = dpop_proof(&["--key", &file, "--thumbprint"], "");
            assert_eq!(thumbprint.stdout, format!("{}\n", key.thumbprint()));
        }
    }
    let fresh = directory.file("fresh");
    let (header, _) =
        printed(&dpop_proof(&["--key", &fresh, "--new-key", "--url", URL, "--algorithm", "EdDSA"], ""));
    assert_eq!(header["alg"], "EdDSA");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_binds_a_token_at_the_token_endpoint() {
    let issuer = Issuer::builder().config(Config::demo()).start().await.unwrap();
    let directory = Directory::new();
    let (key, endpoint) = (directory.file("key.pem"), issuer.token_endpoint());
    let run = dpop_proof(&["--key", &key, "--new-key", "--method", "POST", "--url", &endpoint], "");
    let request = reqwest::Client::new().post(&endpoint).header("DPoP", run.stdout.trim());
    let form =
        [("grant_type", "client_credentials"), ("client_id", "demo"), ("client_secret", "demo-secret")];
    let answer = request.form(&form).send().await.unwrap().text().await.unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["token_type"], "DPoP", "{answer}");
    let claims = answer["access_token"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let thumbprint = dpop_proof(&["--key", &key, "--thumbprint"], "").stdout;
    assert_eq!(claims["cnf"], json!({ "jkt": thumbprint.trim() }));
}

#[test]
fn what_cannot_be_done_is_said_and_nothing_is_printed() {
    let directory = Directory::new();
    let [missing, none, secret, good, older, directory_itself] =
        ["missing", "none", "secret", "good", "older", ""].map(|name| directory.file(name));
    std::fs::write(&none, "nothing").unwrap();
    let shared = SigningKey::from_secret([7; 32], Algorithm::Hs256).unwrap();
    std::fs::write(&secret, shared.private_jwk().to_string()).unwrap();
    std::fs::write(&good, DpopKey::generate(Algorithm::Es256).private_pem().unwrap()).unwrap();
    std::fs::write(&older, "-----BEGIN EC PRIVATE KEY-----\nMA==\n-----END EC PRIVATE KEY-----\n").unwrap();
    let elsewhere = directory.file("no/such/directory");
    for (arguments, complaint) in [
        (&["--key", &missing, "--url", URL][..], "missing; --new-key makes it"),
        (&["--key", &elsewhere, "--new-key", "--url", URL], "cannot make"),
        (&["--key", &directory_itself, "--url", URL], "cannot read"),
        (&["--key", &none, "--url", URL], "neither a PRIVATE KEY in PEM (PKCS#8) nor a private JWK"),
        (&["--key", &secret, "--url", URL], "a private key"),
        (&["--key", &older, "--url", URL], "openssl pkcs8 -topk8 -nocrypt"),
        (&["--key", &good, "--url", URL, "--algorithm", "RS256"], "signs ES256, and cannot sign RS256"),
        (&["--key", &good, "--url", URL, "--algorithm", "HS256"], "not with a shared secret"),
        (&["--key", &good, "--url", URL, "--algorithm", "none"], "not an algorithm such as ES256"),
        (&["--key", &good, "--url", "/messages"], "not a URL that begins with http"),
        (&["--key", &good, "--url", "https://a:b@api.example.com/"], "nothing before the host"),
        (&["--key", &good, "--url", URL, "--method", "G T"], "not the name of a method"),
        (&["--key", &good, "--url", URL, "--token", ""], "it is empty"),
        (&["--key", &good, "--url", URL, "--token", "-"], "it is empty"),
        (&["--key", &good], "--url"),
        (&["--url", URL], "--key"),
        (&["--key", &good, "--thumbprint", "--url", URL], "cannot be used with"),
    ] {
        let run = dpop_proof(arguments, "");
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(complaint), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
    }
}

#[test]
fn the_help_shows_how_curl_sends_it() {
    let help = dpop_proof(&["--help"], "");
    assert_eq!(help.code, 0);
    for part in ["-H \"DPoP: $(bearward dpop-proof --key", "--nonce", "--thumbprint", "readable only by you"]
    {
        assert!(help.stdout.contains(part), "{part}: {}", help.stdout);
    }
}
