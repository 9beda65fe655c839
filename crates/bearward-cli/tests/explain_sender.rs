//! `bearward explain` with what came beside the token: DPoP proofs and client certificates.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod process;

use bearward_issuer::{Algorithm, ClientCertificate, DpopKey, Issuer, ProofBuilder, RunningIssuer};
use process::{Directory, Run, explain};
use serde_json::{Value, json};

const API: &str = "https://api.example.com";
const URL: &str = "https://api.example.com/messages?page=2";

/// An authorization server, and a client with a token that is bound to its key.
struct Scene {
    issuer: RunningIssuer,
    key: DpopKey,
    token: String,
}

impl Scene {
    async fn new() -> Self {
        let issuer = Issuer::builder().algorithms([Algorithm::Es256]).start().await.unwrap();
        let key = DpopKey::generate(Algorithm::Es256);
        let token = issuer.mint().audience(API).bound_to_key(key.thumbprint()).sign();
        Self { issuer, key, token }
    }

    fn proof(&self) -> ProofBuilder {
        self.key.proof("GET", URL).access_token(&self.token)
    }

    fn explained(&self, token: &str, more: &[&str]) -> Run {
        let arguments = ["--issuer", self.issuer.url(), "--audience", API];
        explain(&[&arguments[..], more].concat(), token)
    }

    /// With a proof that was sent to the URL.
    fn with_proof(&self, proof: &str, more: &[&str]) -> Value {
        let arguments = ["--json", "--dpop-proof", proof, "--url", URL];
        self.explained(&self.token, &[&arguments[..], more].concat()).json()
    }
}

fn confirmation(report: &Value) -> &Value {
    report["checks"].as_array().unwrap().iter().find(|check| check["name"] == "confirmation").unwrap()
}

fn detail(report: &Value) -> &str {
    confirmation(report)["detail"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_proof_is_accepted_and_shown() {
    let scene = Scene::new().await;
    let report = scene.with_proof(&scene.proof().sign(), &[]);
    assert_eq!(report["verdict"]["code"], "accepted", "{report}");
    assert_eq!(detail(&report), "the proof is of its key, and for this request");
    assert_eq!(report["dpop_proof"]["header"]["typ"], "dpop+jwt");
    assert_eq!(report["dpop_proof"]["claims"]["htu"], "https://api.example.com/messages");

    let pasted = format!("DPoP: {}\n", scene.proof().sign());
    assert_eq!(scene.with_proof(&pasted, &[])["verdict"]["code"], "accepted");
    let authorization = format!("Authorization: DPoP {}", scene.token);
    let run = scene.explained(&authorization, &["--dpop-proof", &scene.proof().sign(), "--url", URL]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(
        run.stdout.contains("\nproof header {\n") && run.stdout.contains("\nproof claims {\n"),
        "{}",
        run.stdout
    );
    let posted = scene.key.proof("POST", URL).access_token(&scene.token).sign();
    assert_eq!(scene.with_proof(&posted, &["--method", "POST"])["verdict"]["code"], "accepted");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_check_of_a_proof_is_told_by_its_number_and_in_plain_words() {
    let scene = Scene::new().await;
    let other = DpopKey::generate(Algorithm::Es256);
    let proof = || scene.proof();
    for (proof, code, expected) in [
        ("a.b".to_owned(), "proof_malformed", "check 2: it has 2 parts, not three"),
        ("a".repeat(20_000), "proof_too_large", "16384 bytes are the most"),
        (proof().sign_payload(b"[]"), "proof_malformed", "check 2: a part is not strict JSON"),
        (proof().remove("jti").sign(), "proof_claim_malformed", "check 3: the claim jti is missing"),
        (proof().claim("iat", "now").sign(), "proof_claim_malformed", "check 3: the claim iat is \"now\""),
        (proof().remove("ath").sign(), "proof_claim_malformed", "the hash of the access token"),
        (
            proof().header("typ", "JWT").sign(),
            "proof_type_mismatch",
            "check 4: typ is \"JWT\", not \"dpop+jwt\"",
        ),
        (proof().remove_header("typ").sign(), "proof_type_mismatch", "check 4: typ is missing"),
        (proof().header("alg", "HS256").sign(), "proof_algorithm_not_allowed", "check 5: alg is \"HS256\""),
        (
            proof().signed_by(other.signing_key()).sign(),
            "proof_signature_invalid",
            "check 6: not made by the key",
        ),
        (proof().remove_header("jwk").sign(), "proof_key_unusable", "check 7: the header has no jwk"),
        (
            proof().header("jwk", scene.key.private_jwk()).sign(),
            "proof_key_unusable",
            "check 7: the jwk holds a private or secret key",
        ),
        (proof().header("alg", "RS256").sign(), "proof_key_unusable", "check 7: the jwk is not a key that"),
        (
            proof().claim("htm", "get").sign(),
            "proof_method_mismatch",
            "check 8: htm is \"get\", the request's method is \"GET\"",
        ),
        (
            proof().claim("htu", "https://api.example.com/messages/").sign(),
            "proof_url_mismatch",
            "check 9: htu is \"https://api.example.com/messages/\", the request's URL is \
             \"https://api.example.com/messages\"; the trailing slash makes the difference",
        ),
        (proof().claim("htu", "/messages").sign(), "proof_url_mismatch", "it is not an absolute URL"),
        (
            proof().claim("htu", "HTTPS://API.example.com/MESSAGES").sign(),
            "proof_url_mismatch",
            "the letter case",
        ),
        (proof().issued_in(-7200).sign(), "proof_too_old", ", 2 hours ago"),
        (proof().issued_in(7260).sign(), "proof_from_future", "is one of the two clocks wrong?"),
        (proof().access_token("another").sign(), "proof_token_mismatch", "the hash of another access token"),
        (
            other.proof("GET", URL).access_token(&scene.token).sign(),
            "proof_key_mismatch",
            scene.key.thumbprint().as_str(),
        ),
    ] {
        let report = scene.with_proof(&proof, &[]);
        let verdict = &report["verdict"];
        assert_eq!((&verdict["code"], &verdict["status"]), (&json!(code), &json!(401)), "{report}");
        assert_eq!(confirmation(&report)["code"], code);
        assert!(detail(&report).contains(expected), "{code}: {}", detail(&report));
        let challenges = verdict["www_authenticate"].as_str().unwrap();
        let expected = "Bearer realm=\"api\", DPoP realm=\"api\", error=\"invalid_dpop_proof\", ";
        assert!(challenges.starts_with(expected), "{challenges}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_does_not_mend_what_else_is_wrong() {
    let scene = Scene::new().await;
    let expired =
        scene.issuer.mint().audience(API).bound_to_key(scene.key.thumbprint()).expires_in(-60).sign();
    let proof = scene.key.proof("GET", URL).access_token(&expired).issued_in(-7200).sign();
    let report = scene.explained(&expired, &["--json", "--dpop-proof", &proof, "--url", URL]).json();
    assert_eq!(report["verdict"]["code"], "token_expired");
    assert_eq!(confirmation(&report)["code"], "proof_too_old", "both are told at once");

    let bearer = scene.issuer.mint().audience(API).sign();
    let proof = scene.key.proof("GET", URL).access_token(&bearer).sign();
    let report = scene.explained(&bearer, &["--json", "--dpop-proof", &proof, "--url", URL]).json();
    assert_eq!(report["verdict"]["code"], "token_not_bound");
    assert!(detail(&report).contains("send it under Bearer"), "{}", detail(&report));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_proof_or_certificate_is_told_with_the_flag_that_names_it() {
    let scene = Scene::new().await;
    let certificate = ClientCertificate::generate();
    let held = scene.issuer.mint().audience(API).bound_to_certificate(certificate.der()).sign();
    for (token, code, flag) in [
        (
            &scene.token,
            "proof_required",
            "a DPoP proof (cnf.jkt, RFC 9449) beside it (--dpop-proof with --url)",
        ),
        (
            &held,
            "certificate_required",
            "a client certificate (cnf.x5t#S256, RFC 8705) beside it (--certificate)",
        ),
    ] {
        let report = scene.explained(token, &["--json"]).json();
        assert_eq!(report["verdict"]["code"], code);
        assert!(detail(&report).contains(flag), "{}", detail(&report));
        assert!(report.get("dpop_proof").is_none(), "there was none");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_certificate_of_the_client_is_compared() {
    let scene = Scene::new().await;
    let (own, other) = (ClientCertificate::generate(), ClientCertificate::generate());
    let directory = Directory::new();
    let [own_file, other_file] = ["own.pem", "other.pem"].map(|name| directory.file(name));
    std::fs::write(&own_file, format!("{}{}", own.pem(), other.pem())).unwrap();
    std::fs::write(&other_file, other.pem()).unwrap();
    let held = scene.issuer.mint().audience(API).bound_to_certificate(own.der());
    let token = held.sign();
    let run = scene.explained(&token, &["--certificate", &own_file]);
    assert_eq!(run.code, 0, "the first of the file is the client's own: {}", run.stdout);
    assert!(run.stdout.contains("it is bound to the certificate that came with it"), "{}", run.stdout);
    let report = scene.explained(&token, &["--json", "--certificate", &other_file]).json();
    assert_eq!(report["verdict"]["code"], "certificate_mismatch");
    assert!(detail(&report).contains(&own.thumbprint()), "{}", detail(&report));

    let both = held.bound_to_key(scene.key.thumbprint()).sign();
    let proof = scene.key.proof("GET", URL).access_token(&both).sign();
    let with_proof = ["--dpop-proof", &proof, "--url", URL];
    let run = scene.explained(&both, &[&with_proof[..], &["--certificate", &own_file]].concat());
    assert_eq!(run.code, 0, "{}", run.stdout);
    let run = scene.explained(&both, &with_proof);
    assert!(run.stdout.contains("REFUSED: certificate_required"), "{}", run.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nonce_is_compared_with_the_server_s_last() {
    let scene = Scene::new().await;
    let with = |nonce: &str| scene.proof().nonce(nonce).sign();
    let (good, refused) = ("every check passed", "an API that asks for nonces refuses the proof");
    for (proof, expected, verdict) in [
        (with("-n1"), "for this request, with the server's nonce", good),
        (with("-n0"), "its nonce is \"-n0\" where the server's is \"-n1\"", refused),
        (scene.proof().sign(), "its nonce is missing where the server's is \"-n1\"", refused),
    ] {
        let report = scene.with_proof(&proof, &["--nonce", "-n1"]);
        assert!(detail(&report).contains(expected), "{}", detail(&report));
        assert!(report["verdict"]["detail"].as_str().unwrap().contains(verdict), "{report}");
    }
}

#[test]
fn what_makes_no_sense_is_a_usage_error() {
    let directory = Directory::new();
    let none = directory.file("none.pem");
    std::fs::write(&none, "nothing").unwrap();
    for (arguments, complaint) in [
        (&["--dpop-proof", "a.b.c"][..], "--url"),
        (&["--url", URL], "--dpop-proof"),
        (&["--method", "GET"], "--dpop-proof"),
        (&["--nonce", "n"], "--dpop-proof"),
        (&["--dpop-proof", "a.b.c", "--url", "messages"], "not a URL"),
        (&["--dpop-proof", "a\nb", "--url", URL], "characters that no header has"),
        (&["--certificate", &none], "no CERTIFICATE in PEM"),
        (&["--certificate", "/no/such/file"], "/no/such/file"),
    ] {
        let run = explain(arguments, "a.b.c");
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(complaint), "{arguments:?}: {}", run.stderr);
    }
}
