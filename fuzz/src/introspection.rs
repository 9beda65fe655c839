//! What an introspection endpoint may answer.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bearward_core::trust::{ClientAuthentication, FetchAnswer, Introspection, IntrospectionAnswers};
use bearward_core::{Credential, Engine, EngineConfig, IssuerConfig, Now, Route, Step};
use http::{HeaderMap, HeaderValue, StatusCode};

const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "https://api.example.com";

/// RFC 7515 appendix A.3.1: whoever sends these bytes does not have its private half.
const KEY: &str = r#"{"kty":"EC","crv":"P-256","kid":"k",
    "x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;

/// Each engine with the content type of its answers.
static ENGINES: LazyLock<[(Engine, &str); 3]> = LazyLock::new(|| {
    [
        (engine(IntrospectionAnswers::Json), "application/json"),
        (engine(IntrospectionAnswers::SignedJwt), "application/token-introspection+jwt"),
        (engine(IntrospectionAnswers::PhantomJwt), "application/jwt"),
    ]
});

fn engine(answers: IntrospectionAnswers) -> Engine {
    let client = ClientAuthentication::secret_basic("api", "secret");
    let introspection =
        Introspection::new(client).endpoint("https://issuer.example/introspect").answers(answers);
    let issuer = IssuerConfig::new(ISSUER).static_keys(KEY).introspection(introspection);
    EngineConfig::new().issuer(issuer).audience(AUDIENCE).build().expect("the settings work")
}

/// Reads the bytes as an answer of each kind: a lenient reader finds an active token for this audience in whatever
/// lets a token in, and nothing that must be signed does.
pub fn introspection_answer(data: &[u8]) {
    // An hour and a bit later each time, so that nothing of the last run is remembered.
    static RUNS: AtomicU64 = AtomicU64::new(0);
    let uptime = Duration::from_secs(RUNS.fetch_add(1, Ordering::Relaxed) * 4000);
    let now = Now::new(Duration::from_secs(1_700_000_000), uptime);
    for (engine, content_type) in &*ENGINES {
        let credential = Credential::from_token("opaque", engine.credential_rules()).expect("a token68");
        let mut attempt = engine.attempt(&credential, Route::open());
        let Step::Fetch(call) = attempt.step(now) else { panic!("nobody has asked") };
        let headers = [(http::header::CONTENT_TYPE, HeaderValue::from_static(content_type))];
        let headers: HeaderMap = headers.into_iter().collect();
        let read = call.answered(FetchAnswer { status: StatusCode::OK, headers: &headers, body: data }, now);
        let Step::Done(result) = attempt.step(now) else { panic!("an answer is an answer") };
        if let Ok(token) = result {
            assert!(read.is_ok());
            assert_eq!(*content_type, "application/json", "nobody has signed this");
            let answer: serde_json::Value = serde_json::from_slice(data).expect("JSON");
            assert_eq!(answer["active"], true);
            let audience = &answer["aud"];
            let named = audience.as_array().is_some_and(|all| all.iter().any(|one| one == AUDIENCE));
            assert!(named || audience == AUDIENCE);
            assert_eq!(token.expose_token(), "opaque");
        }
    }
}
