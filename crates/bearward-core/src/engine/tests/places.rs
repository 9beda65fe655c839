//! Tokens in another place than `Authorization`, through the whole engine.

use http::{HeaderMap, HeaderName};
use serde_json::json;

use super::*;
use crate::check::confirmation::ConfirmationError;
use crate::check::confirmation::DpopPolicy;
use crate::request::connection::{Connection, Sender};
use crate::request::credential::CredentialError;
use crate::request::credential::{QueryTokens, TokenCookie, TokenHeader, TokenPlace, TokenSubprotocol};

const NAME: &str = "x-goog-iap-jwt-assertion";

fn header() -> TokenHeader {
    TokenHeader::new(NAME).unwrap()
}

fn engine_of(place: impl Into<TokenPlace>) -> Engine {
    config().public_origin("https://api.example.com").token_place(place).build().unwrap()
}

/// What is decided about a request with these headers; `None` where it presents nothing.
fn ask(engine: &Engine, method: &str, lines: &[(&str, &str)]) -> Option<Result<AccessToken, Failure>> {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    let credential = match Credential::extract(&headers, None, None, engine.credential_rules()) {
        Ok(credential) => credential?,
        Err(error) => return Some(Err(error.into())),
    };
    let sender = Sender::new(method, "/api/private", &headers, Connection::unknown());
    let credential = credential.sent_by(sender);
    Some(settled(asked(engine.attempt(&credential, Route::open()), at(0))))
}

fn refusal(engine: &Engine, method: &str, lines: &[(&str, &str)]) -> Failure {
    ask(engine, method, lines).unwrap().unwrap_err()
}

#[test]
fn a_token_in_the_header_that_is_set_is_verified_like_any_other() {
    let engine = engine_of(header());
    let good = token(&json!({}));
    for method in ["GET", "POST"] {
        let accepted = ask(&engine, method, &[(NAME, &good)]).unwrap().unwrap();
        assert_eq!(accepted.expose_token(), good);
    }
    let expired = token(&json!({ "exp": START - 60 }));
    assert_eq!(refusal(&engine, "GET", &[(NAME, &expired)]).code(), "token_expired");
    assert!(ask(&engine, "GET", &[("authorization", &format!("Bearer {good}"))]).is_none());
}

#[test]
fn a_browser_may_not_have_a_proxy_add_the_header_for_another_page() {
    let good = token(&json!({}));
    let forged =
        [(NAME, good.as_str()), ("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
    let refused = Failure::from(CredentialError::CrossOrigin);
    for method in ["GET", "POST"] {
        assert_eq!(refusal(&engine_of(header()), method, &forged), refused, "{method}");
        let trusting = header().trust_origin("https://app.example.com").unwrap();
        assert_eq!(refusal(&engine_of(trusting), method, &forged), refused, "{method}");
        let written = engine_of(header().written_by_clients());
        assert!(ask(&written, method, &forged).unwrap().is_ok(), "{method}");
    }
    let own = [forged[0], ("origin", "https://api.example.com")];
    assert!(ask(&engine_of(header()), "POST", &own).unwrap().is_ok());
}

#[test]
fn a_credential_that_comes_without_its_sender_is_refused_where_browsers_matter() {
    let engine = engine_of(header());
    let headers = [(HeaderName::from_static(NAME), token(&json!({})).parse().unwrap())].into_iter().collect();
    let credential = Credential::extract(&headers, None, None, engine.credential_rules()).unwrap().unwrap();
    let check = asked(engine.attempt(&credential, Route::open()), at(0));
    assert_eq!(settled(check).unwrap_err(), CredentialError::CrossOrigin.into());
}

#[test]
fn a_token_that_is_bound_to_a_key_is_refused_in_another_place() {
    let bound = token(&json!({ "cnf": { "jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" } }));
    let engine = engine_of(header());
    let lines = [(NAME, bound.as_str()), ("dpop", "a.b.c")];
    assert_eq!(refusal(&engine, "GET", &lines), ConfirmationError::ProofRequired.into());
    let challenges: Vec<_> = engine
        .refuse(Rejection::MissingCredential, Scheme::Bearer)
        .answer()
        .headers
        .get_all("www-authenticate")
        .iter()
        .cloned()
        .collect();
    assert_eq!(challenges, [r#"Bearer realm="api""#], "DPoP is not offered where it cannot be used");
}

#[test]
fn settings_that_exclude_each_other_are_refused() {
    let twice = config().dangerous().allow_query_tokens().token_place(header()).build();
    assert!(matches!(twice.unwrap_err().problem, Problem::TokenPlace(_)));
    let dpop = config().dpop(DpopPolicy::required()).token_place(header()).build();
    assert!(matches!(dpop.unwrap_err().problem, Problem::TokenPlace(_)));
    assert_eq!(engine().credential_rules().place, &TokenPlace::Authorization);
    assert_eq!(engine().credential_rules().query, QueryTokens::Ignore);
}

#[test]
fn a_cookie_admits_what_its_own_pages_send_and_nothing_that_is_forged() {
    let cookie = TokenCookie::new("__Host-token").unwrap().trust_origin("https://app.example.com").unwrap();
    let engine = engine_of(cookie);
    let cookie = format!("a=1; __Host-token={}", token(&json!({})));
    let cookie = ("cookie", cookie.as_str());
    for (method, mark) in [
        ("POST", ("sec-fetch-site", "same-origin")),
        ("DELETE", ("origin", "https://api.example.com")),
        ("POST", ("origin", "https://app.example.com")),
        ("GET", ("x-unmarked", "1")),
    ] {
        assert!(ask(&engine, method, &[cookie, mark]).unwrap().is_ok(), "{method} {mark:?}");
    }
    for (method, mark) in [
        ("POST", ("x-unmarked", "1")),
        ("GET", ("upgrade", "websocket")),
        ("GET", ("sec-fetch-site", "same-site")),
        ("POST", ("sec-fetch-site", "cross-site")),
        ("POST", ("origin", "null")),
        ("POST", ("origin", "https://evil.example")),
    ] {
        let refused = refusal(&engine, method, &[cookie, mark]);
        assert_eq!(refused, CredentialError::CrossOrigin.into(), "{method} {mark:?}");
    }
}

#[test]
fn a_token_that_was_accepted_before_is_refused_to_another_page_too() {
    let engine = engine_of(TokenCookie::new("token").unwrap());
    let cookie = format!("token={}", token(&json!({})));
    let own = [("cookie", cookie.as_str()), ("sec-fetch-site", "same-origin")];
    let forged = [own[0], ("sec-fetch-site", "cross-site")];
    for _ in 0..2 {
        assert!(ask(&engine, "POST", &own).unwrap().is_ok());
        assert_eq!(refusal(&engine, "POST", &forged), CredentialError::CrossOrigin.into());
    }
}

#[test]
fn a_web_socket_that_offers_the_token_may_be_opened_by_any_page() {
    let engine = engine_of(TokenSubprotocol::new("bearer").unwrap());
    let offer = format!("bearer, {}", token(&json!({})));
    let lines = [
        ("sec-websocket-protocol", offer.as_str()),
        ("upgrade", "websocket"),
        ("origin", "https://app.example"),
    ];
    assert!(ask(&engine, "GET", &lines).unwrap().is_ok());
}
