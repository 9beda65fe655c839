//! Tokens whose issuer is asked about them.

mod answers;
mod asking;
mod binding;
mod caching;
mod crowded;
mod discovering;
mod explained;
mod phantom;
mod reported;
mod signed;

use super::*;
use crate::memory::introspection::IntrospectionCall;
use crate::trust::introspection::{
    ClientAuthentication, IntrospectedTokens, Introspection, IntrospectionAnswers, IntrospectionError,
};

const TOKEN: &str = "opaque-token";
const ENDPOINT: &str = "https://issuer.example/introspect";

fn introspection() -> Introspection {
    Introspection::new(ClientAuthentication::secret_basic("api", "secret")).endpoint(ENDPOINT)
}

fn asking(introspection: Introspection) -> Engine {
    configured(introspection).build().unwrap()
}

fn configured(introspection: Introspection) -> EngineConfig {
    EngineConfig::new().issuer(issuer().introspection(introspection)).audience(AUDIENCE)
}

/// The call of the first who asks.
fn call(engine: &Engine, token: &str, now: Now) -> Fetch {
    let fetch = waited_fetch(check(engine, token, now));
    assert!(matches!(fetch, Fetch::Introspection(_)), "{fetch:?}");
    fetch
}

/// A good answer for an hour, with these members changed; `null` takes one out.
fn active(changes: &Value) -> Reply {
    let mut body = claims(&json!({}));
    body["active"] = true.into();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => body.as_object_mut().unwrap().remove(name),
            value => body.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    json_of(body.to_string())
}

fn json_of(body: impl Into<String>) -> Reply {
    Reply::new(200, body).header("content-type", "application/json")
}

fn inactive() -> Reply {
    json_of(r#"{"active":false}"#)
}

/// What is decided about a token whose issuer answers so, now.
fn after(engine: &Engine, reply: &Reply, now: Now) -> Result<AccessToken, Failure> {
    let _ = answer(call(engine, TOKEN, now), reply, now);
    decide(engine, TOKEN, now)
}

/// Why no use can be made of what the issuer answers.
fn useless(engine: &Engine, reply: &Reply, now: Now) -> IntrospectionError {
    let failure = after(engine, reply, now).unwrap_err();
    assert_eq!(failure.code(), "introspection_unavailable");
    let told = answer_of(engine, &failure);
    assert_eq!((told.status.as_u16(), told.headers["retry-after"].to_str().unwrap()), (503, "1"));
    let Failure::Unavailable(Unavailable::Introspection { why, .. }) = failure else { panic!("{failure:?}") };
    why
}

/// Hands over an answer that another machine was given so long ago; gives back the call where it will not do.
fn answered_before(
    engine: &Engine,
    reply: &Reply,
    age: Duration,
    now: Now,
) -> Result<FetchOutcome, Box<IntrospectionCall>> {
    let Fetch::Introspection(call) = call(engine, TOKEN, now) else { panic!("keys") };
    let status = http::StatusCode::from_u16(reply.status).unwrap();
    call.answered_before(
        FetchAnswer { status, headers: &reply.headers, body: reply.body.as_bytes() },
        age,
        now,
    )
}
