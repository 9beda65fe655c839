//! No type shows a secret: a walk over the errors, variant by variant, and over every public type.
//!
//! Two things make it hard to forget a new one. The variants of an error are named in a `match` without a wildcard,
//! so that this does not compile before a new variant is named, and does not pass before it has a sample. And each
//! name that `lib.rs` exports stands in one of two lists: of types that are shown here, and of types that can hold
//! nothing to hide.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::{Debug, Write as _};
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use crate::answer::challenge::ChallengePolicy;
use crate::answer::resource_metadata::ResourceSettings;
use crate::check::requirement::{acr, claim, organization, scope};
use crate::engine::tests::{Asked, asked};
use crate::mint;
use crate::mint::SigningKey;
use crate::request::origin::PublicOrigin;
use crate::trust::issuer::KeyProgress;
use crate::trust::key::{KeyLookup, KeyRequest, KeySetCache};
use crate::{answer::*, check::*, engine::*, memory::*, request::*, token::*, trust::*, wire::*};

/// Stands in every secret: passwords, keys of queries, tokens, values of claims.
const MARK: &str = "hush";

const ISSUER: &str = "https://issuer.example";
const AUDIENCE: &str = "https://api.example.com";
const START: u64 = 1_700_000_000;

/// A URL with secrets in every place that one may have.
const URL: &str = "https://hush:hush@issuer.example/path?code=hush&hush#hush";
const ARN: &str =
    "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188";
/// One that is accepted.
const QUERY: &str = "https://issuer.example/path?code=hush";

#[track_caller]
fn assert_silent(shown: &str) {
    let bytes = MARK.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>();
    for secret in [MARK.to_owned(), mint::base64url(MARK), bytes.join(", "), bytes.join(",\n")] {
        assert!(!shown.contains(&secret), "{secret:?} in {shown}");
    }
}

fn debug(value: &dyn Debug) -> String {
    format!("{value:?}\n{value:#?}")
}

/// What an error says, in all its forms, and what the errors behind it say.
fn said(error: &(dyn Error + 'static)) -> String {
    let mut said = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        writeln!(said, "{error}\n{error:#}\n{}", debug(&error)).unwrap();
        next = error.source();
    }
    said
}

/// The names of all variants, and which of them a value is. The `match` has no wildcard.
macro_rules! variants {
    ($type:ty: $($pattern:pat => $name:literal),+ $(,)?) => {{
        fn name(value: &$type) -> &'static str {
            match value { $($pattern => $name),+ }
        }
        (name as fn(&$type) -> &'static str, &[$($name),+][..])
    }};
}

/// Each variant has a sample, and no sample says a secret.
#[track_caller]
fn assert_covers<E: Error + 'static>(samples: &[E], (name, all): (fn(&E) -> &'static str, &[&str])) {
    let met: BTreeSet<_> = samples.iter().map(name).collect();
    let missing: Vec<_> = all.iter().filter(|name| !met.contains(*name)).collect();
    assert!(missing.is_empty(), "without a sample: {missing:?}");
    for sample in samples {
        let said = said(sample);
        assert!(!said.trim().is_empty());
        assert_silent(&said);
    }
}

fn at(seconds: u64) -> Now {
    Now::new(Duration::from_secs(START + seconds), Duration::from_secs(seconds))
}

fn key() -> SigningKey {
    SigningKey::ed25519("k", 1)
}

fn issuer() -> IssuerConfig {
    IssuerConfig::new(ISSUER).static_keys(mint::jwks([&key()]))
}

fn config() -> EngineConfig {
    EngineConfig::new().issuer(issuer()).audience(AUDIENCE)
}

/// A token whose every value that can is marked.
fn token(changes: &Value) -> String {
    let mut claims = json!({
        "iss": ISSUER, "aud": [AUDIENCE, MARK], "sub": MARK, "client_id": MARK, "jti": MARK, "sid": MARK,
        "scope": "hush:read hush:write", "organization_id": MARK, "email": MARK, "iat": START, "exp": START + 3600,
    });
    for (name, value) in changes.as_object().unwrap() {
        claims[name] = value.clone();
    }
    key().token(&claims)
}

fn refused(config: EngineConfig) -> ConfigError {
    config.build().map(drop).unwrap_err()
}

fn by(issuer: IssuerConfig) -> EngineConfig {
    EngineConfig::new().issuer(issuer).audience(AUDIENCE)
}

fn introspection() -> Introspection {
    Introspection::new(ClientAuthentication::secret_basic("api", MARK)).endpoint(QUERY)
}

#[test]
fn no_configuration_error_says_a_secret() {
    let plain = || IssuerConfig::new(ISSUER);
    let resource = |resource: ProtectedResource| resource.describe(&ResourceSettings::new()).unwrap_err();
    let rule = "a rule";
    let plain_problem = |problem: Problem| ConfigError::new("a.setting", problem);
    let samples = [
        refused(by(IssuerConfig::new(URL))),
        refused(by(IssuerConfig::new("hush:hush@issuer.example"))),
        refused(by(IssuerConfig::new(URL).static_keys(mint::jwks([&key()])))),
        refused(by(IssuerConfig::new(QUERY).shared_secret(MARK.repeat(8)))),
        plain_problem(Problem::NoIssuer),
        plain_problem(Problem::KeyRequestHeaders(RedactedUrl::of(URL))),
        refused(EngineConfig::new().provider(Provider::auth0(URL).audience(MARK))),
        refused(config().issuer(issuer())),
        plain_problem(Problem::RepeatedIssuer(RedactedUrl::of(URL))),
        plain_problem(IssuerProblem::NotAsked(RedactedUrl::of(URL)).into()),
        plain_problem(Problem::AnyIssuer),
        refused(config().issuer("https://other.example").dangerous().allow_tokens_without_issuer()),
        refused(by(plain().shared_secret(MARK.repeat(8)).shared_secret_beside_keys(MARK.repeat(8)))),
        refused(by(plain().shared_secret_beside_keys(MARK))),
        refused(by(plain().jwks_uri(URL))),
        refused(by(plain().jwks_uri("http://issuer.example/?code=hush"))),
        refused(by(plain().jwks_uri("https://hush:hush"))),
        refused(by(plain().metadata_url(URL))),
        refused(by(plain().metadata_base_url(URL))),
        refused(by(IssuerConfig::new(format!("{URL}/.well-known/openid-configuration")))),
        refused(by(IssuerConfig::new("hush.example/a:hush@b?c=hush"))),
        refused(by(issuer().introspection(introspection().endpoint(URL)))),
        resource(ProtectedResource::new(URL)).into(),
        resource(ProtectedResource::new(AUDIENCE).documentation(URL)).into(),
        plain_problem(Problem::Audience),
        refused(by(issuer().tokens_without_audience(AudienceSubstitute::azp([URL, ""])))),
        refused(by(issuer().organization_claim("a..b"))),
        refused(by(issuer().require_claim("", [MARK]))),
        refused(by(plain().algorithms([]))),
        refused(by(plain()
            .load_balancer(crate::trust::LoadBalancer::new(ARN).unwrap())
            .shared_secret_beside_keys(MARK))),
        refused(EngineConfig::new().issuer(plain())),
        refused(config().issuer("https://other.example").dangerous().allow_any_issuer()),
        refused(config().dpop(DpopPolicy::accepted().algorithms([]))),
        refused(by(plain().shared_secret(MARK))),
        DpopNonces::from_secret(MARK).map(drop).unwrap_err().into(),
        refused(by(plain().shared_secret(format!("-----BEGIN PUBLIC KEY----- {}", MARK.repeat(8))))),
        NonceError::Random.into(),
        plain_problem(Problem::NoTrustedProxy),
        refused(by(plain().static_keys("hush"))),
        refused(by(plain().static_keys(r#"{"kty":"oct","k":"hush"}"#))),
        refused(by(plain().public_key_pem("-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----"))),
        plain_problem(Problem::SeveralIntrospect {
            first: RedactedUrl::of(URL),
            other: RedactedUrl::of(URL),
        }),
        refused(by(
            issuer().introspection(Introspection::new(ClientAuthentication::secret_post("api", MARK)))
        )),
        plain_problem(IssuerProblem::ResolvedIntrospection(RedactedUrl::of(URL)).into()),
        PrivateKey::from_pkcs8_pem("-----BEGIN PRIVATE KEY-----\nhush", Algorithm::ES256, None)
            .unwrap_err()
            .into(),
        plain_problem(Problem::Duration(rule)),
        ChallengeError::Realm.into(),
        ChallengePolicy::default().resource_metadata(Some(URL.to_owned())).unwrap_err().into(),
        plain_problem(Problem::ResourceMetadataTwice),
        plain_problem(Problem::NoResource),
        resource(ProtectedResource::new(AUDIENCE).member("scopes_supported", MARK)).into(),
        TrustedProxies::parse([URL]).unwrap_err().into(),
        TrustedProxies::parse(["hush:hush@10.0.0.1"]).unwrap_err().into(),
        PublicOrigin::parse(URL).unwrap_err().into(),
        PublicOrigin::parse("https://hush:hush@").unwrap_err().into(),
        crate::request::TokenHeader::new("hush hush").unwrap_err().into(),
        crate::trust::LoadBalancer::new(MARK).unwrap_err().into(),
        scope("").check().unwrap_err().into(),
        plain_problem(Problem::Variable { name: "SECRET".to_owned(), why: rule }),
        plain_problem(Problem::MisspeltVariable { meant: "SECRET" }),
        plain_problem(Problem::HttpClient(RedactedUrl::within(&format!("proxy {URL}")))),
        plain_problem(Problem::UnknownMember { nearest: Some("issuer"), members: &["issuer"] }),
        plain_problem(Problem::ImpliedScopes(crate::trust::ImpliedScopesError::Itself)),
        plain_problem(Problem::Missing),
        plain_problem(Problem::Form("a text".to_owned())),
        plain_problem(Problem::NotOneOf { nearest: None, words: &["off"] }),
        plain_problem(Problem::Exclusive(&["jwks_uri", "static_keys"])),
        plain_problem(Problem::File("cannot be read".to_owned())),
    ];
    let all = variants! { ConfigError:
        ConfigError { problem: Problem::NoIssuer, .. } => "NoIssuer",
        ConfigError { problem: Problem::RepeatedIssuer(_), .. } => "RepeatedIssuer",
        ConfigError { problem: Problem::AnyIssuer, .. } => "AnyIssuer",
        ConfigError { problem: Problem::TokensWithoutIssuer, .. } => "TokensWithoutIssuer",
        ConfigError { problem: Problem::Issuer(IssuerProblem::Identifier { .. }), .. } => "Issuer::Identifier",
        ConfigError { problem: Problem::Issuer(IssuerProblem::Url { .. }), .. } => "Issuer::Url",
        ConfigError { problem: Problem::Issuer(IssuerProblem::Audience), .. } => "Issuer::Audience",
        ConfigError { problem: Problem::Issuer(IssuerProblem::TokensWithoutAudience(_)), .. } => "Issuer::TokensWithoutAudience",
        ConfigError { problem: Problem::Issuer(IssuerProblem::OrganizationClaim(_)), .. } => "Issuer::OrganizationClaim",
        ConfigError { problem: Problem::Issuer(IssuerProblem::RequiredClaim(_)), .. } => "Issuer::RequiredClaim",
        ConfigError { problem: Problem::Issuer(IssuerProblem::Algorithms(_)), .. } => "Issuer::Algorithms",
        ConfigError { problem: Problem::Issuer(IssuerProblem::SecretBesideSecret), .. } => "Issuer::SecretBesideSecret",
        ConfigError { problem: Problem::Issuer(IssuerProblem::SecretTooShort { .. }), .. } => "Issuer::SecretTooShort",
        ConfigError { problem: Problem::Issuer(IssuerProblem::SecretIsPublic), .. } => "Issuer::SecretIsPublic",
        ConfigError { problem: Problem::Issuer(IssuerProblem::KeySet(_)), .. } => "Issuer::KeySet",
        ConfigError { problem: Problem::Issuer(IssuerProblem::Jwk(_)), .. } => "Issuer::Jwk",
        ConfigError { problem: Problem::Issuer(IssuerProblem::Pem(_)), .. } => "Issuer::Pem",
        ConfigError { problem: Problem::Issuer(IssuerProblem::Introspection(_)), .. } => "Issuer::Introspection",
        ConfigError { problem: Problem::Issuer(IssuerProblem::LoadBalancer(_)), .. } => "Issuer::LoadBalancer",
        ConfigError { problem: Problem::Issuer(IssuerProblem::NotAsked(_)), .. } => "Issuer::NotAsked",
        ConfigError { problem: Problem::Issuer(IssuerProblem::ResolvedIntrospection(_)), .. } => "ResolvedIntrospection",
        ConfigError { problem: Problem::SeveralIntrospect { .. }, .. } => "SeveralIntrospect",
        ConfigError { problem: Problem::KeyRequestHeaders(_), .. } => "KeyRequestHeaders",
        ConfigError { problem: Problem::PrivateKey(_), .. } => "PrivateKey",
        ConfigError { problem: Problem::Provider(_), .. } => "Provider",
        ConfigError { problem: Problem::Audience, .. } => "Audience",
        ConfigError { problem: Problem::Duration(_), .. } => "Duration",
        ConfigError { problem: Problem::ImpliedScopes(_), .. } => "ImpliedScopes",
        ConfigError { problem: Problem::Dpop(_), .. } => "Dpop",
        ConfigError { problem: Problem::Nonces(_), .. } => "Nonces",
        ConfigError { problem: Problem::NoTrustedProxy, .. } => "NoTrustedProxy",
        ConfigError { problem: Problem::TrustedProxy(_), .. } => "TrustedProxy",
        ConfigError { problem: Problem::PublicOrigin(_), .. } => "PublicOrigin",
        ConfigError { problem: Problem::TokenPlace(_), .. } => "TokenPlace",
        ConfigError { problem: Problem::LoadBalancer(_), .. } => "LoadBalancer",
        ConfigError { problem: Problem::Challenge(_), .. } => "Challenge",
        ConfigError { problem: Problem::Resource(_), .. } => "Resource",
        ConfigError { problem: Problem::ResourceMetadataTwice, .. } => "ResourceMetadataTwice",
        ConfigError { problem: Problem::NoResource, .. } => "NoResource",
        ConfigError { problem: Problem::Requirement(_), .. } => "Requirement",
        ConfigError { problem: Problem::HttpClient(_), .. } => "HttpClient",
        ConfigError { problem: Problem::UnknownMember { .. }, .. } => "UnknownMember",
        ConfigError { problem: Problem::Missing, .. } => "Missing",
        ConfigError { problem: Problem::Form(_), .. } => "Form",
        ConfigError { problem: Problem::NotOneOf { .. }, .. } => "NotOneOf",
        ConfigError { problem: Problem::Exclusive(_), .. } => "Exclusive",
        ConfigError { problem: Problem::Variable { .. }, .. } => "Variable",
        ConfigError { problem: Problem::MisspeltVariable { .. }, .. } => "MisspeltVariable",
        ConfigError { problem: Problem::File(_), .. } => "File",
    };
    assert_covers(&samples, all);
}

#[test]
fn no_error_of_a_provider_says_a_value() {
    let refused = |provider: Provider| match provider.issuers() {
        Err(error) => error,
        other => panic!("{other:?}"),
    };
    let read = |text: &str| match Provider::from_json(text) {
        Err(error) => error,
        other => panic!("{other:?}"),
    };
    let samples = [
        read("hush"),
        read(r#"{"auth0": "hush"}"#),
        match Provider::from_variables([("PROVIDER", "{}"), ("PROVIDER_SECRET", MARK)]) {
            Err(error) => error,
            other => panic!("{other:?}"),
        },
        read(r#"{"unknown": {"domain": "hush"}}"#),
        read(r#"{"auth0": {"domian": "hush"}}"#),
        refused(Provider::auth0("hush.example")),
        refused(Provider::auth0(URL).audience(MARK)),
        read(r#"{"supabase": {"project": "hush", "url": "https://hush.example"}}"#),
        read(r#"{"okta": {"domain": "hush.example", "audience": "hush"}}"#),
    ];
    let all = variants! { ProviderError:
        ProviderError::Json(_) => "Json",
        ProviderError::Form => "Form",
        ProviderError::BesideJson(_) => "BesideJson",
        ProviderError::UnknownProvider { .. } => "UnknownProvider",
        ProviderError::UnknownMember { .. } => "UnknownMember",
        ProviderError::Missing { .. } => "Missing",
        ProviderError::Malformed { .. } => "Malformed",
        ProviderError::Excludes { .. } => "Excludes",
        ProviderError::CannotWork { .. } => "CannotWork",
    };
    assert_covers(&samples, all);
}

#[test]
fn no_error_of_a_requirement_says_a_password() {
    let template = format!("{URL}/");
    let samples = [
        RequirementError::Empty("scopes"),
        scope("a b").check().unwrap_err(),
        scope("offline_access").check().unwrap_err(),
        claim("a..b").exists().check().unwrap_err(),
        RequirementError::from(requirement::AudienceTemplate::new(&template).unwrap_err()),
        organization().from_host(URL).check().unwrap_err(),
        RequirementError::EmptyName("role"),
        RequirementError::HeaderName("a b".to_owned()),
        acr(["a b"]).check().unwrap_err(),
        claim("a").equals(json!({ "hush": 1e300 })).check().unwrap_err(),
        claim("a").equals(json!({ "hush": null })).check().unwrap_err(),
        requirement::authorization_details("a").member("type", "hush").granted().check().unwrap_err(),
        requirement::operations([requirement::operation().any_token()]).check().unwrap_err(),
        RequirementError::AnyFalse,
    ];
    let all = variants! { RequirementError:
        RequirementError::Empty(_) => "Empty",
        RequirementError::Scope(_) => "Scope",
        RequirementError::OfflineAccess => "OfflineAccess",
        RequirementError::ClaimPath(_) => "ClaimPath",
        RequirementError::AudienceTemplate(_) => "AudienceTemplate",
        RequirementError::HostTemplate(_) => "HostTemplate",
        RequirementError::EmptyName(_) => "EmptyName",
        RequirementError::HeaderName(_) => "HeaderName",
        RequirementError::Acr(_) => "Acr",
        RequirementError::Number => "Number",
        RequirementError::Null => "Null",
        RequirementError::DetailMember(_) => "DetailMember",
        RequirementError::Operation(_) => "Operation",
        RequirementError::AnyFalse => "AnyFalse",
    };
    assert_covers(&samples, all);
}

/// What comes of a fetch that is answered so.
fn fetched(status: u16, body: &Value) -> FetchError {
    let config = IssuerConfig::new(ISSUER).metadata_url(QUERY);
    let engine = EngineConfig::new().issuer(config).audience(AUDIENCE).build().unwrap();
    let check = checked(&engine, &token(&json!({})));
    let headers = HeaderMap::new();
    let body = body.to_string();
    let answer = FetchAnswer {
        status: StatusCode::from_u16(status).unwrap(),
        headers: &headers,
        body: body.as_bytes(),
    };
    check.fetch.unwrap().answered(answer, at(0)).map(drop).unwrap_err()
}

/// What comes of a search for metadata that neither place has.
fn not_found() -> FetchError {
    let engine = EngineConfig::new().issuer(ISSUER).audience(AUDIENCE).build().unwrap();
    let first = checked(&engine, &token(&json!({}))).fetch.unwrap();
    let headers = HeaderMap::new();
    let body = json!({ "issuer": URL }).to_string();
    let answer = FetchAnswer { status: StatusCode::OK, headers: &headers, body: body.as_bytes() };
    let FetchProgress::Elsewhere { next, .. } = first.answered(answer, at(0)).unwrap() else {
        panic!("no other place is tried")
    };
    next.answered(answer, at(0)).map(drop).unwrap_err()
}

fn checked(engine: &Engine, token: &str) -> Asked {
    let credential = Credential::from_token(token, engine.credential_rules()).unwrap();
    asked(engine.attempt(&credential, Route::open()), at(0))
}

#[test]
fn no_failed_fetch_says_what_the_server_said() {
    let samples = [
        FetchError::Transport,
        FetchError::Timeout,
        fetched(302, &json!(MARK)),
        fetched(500, &json!(MARK)),
        FetchError::TooLarge,
        fetched(200, &json!(MARK)),
        fetched(200, &json!({ "issuer": URL })),
        fetched(200, &json!({ "issuer": ISSUER })),
        fetched(200, &json!({ "issuer": ISSUER, "jwks_uri": URL })),
        not_found(),
        FetchError::KeySet(KeySetError::NoKeys),
        FetchError::Key(crate::trust::PemError::NotPem),
        FetchError::Introspection(IntrospectionError::Endpoint(UrlError::Extra)),
    ];
    let all = variants! { FetchError:
        FetchError::Transport => "Transport",
        FetchError::Timeout => "Timeout",
        FetchError::Redirect => "Redirect",
        FetchError::Status(_) => "Status",
        FetchError::TooLarge => "TooLarge",
        FetchError::Metadata(MetadataError::Json(_)) => "Metadata::Json",
        FetchError::Metadata(MetadataError::IssuerMismatch { .. }) => "Metadata::IssuerMismatch",
        FetchError::Metadata(MetadataError::NoJwksUri) => "Metadata::NoJwksUri",
        FetchError::Metadata(MetadataError::JwksUri(_)) => "Metadata::JwksUri",
        FetchError::NoMetadata(_) => "NoMetadata",
        FetchError::KeySet(_) => "KeySet",
        FetchError::Key(_) => "Key",
        FetchError::Introspection(_) => "Introspection",
    };
    assert_covers(&samples, all);
}

#[test]
fn no_failure_says_anything_of_the_token() {
    let engine = config()
        .validator(|claims| match claims.get("refuse") {
            Some(_) => Err(ValidatorError::new("refused")),
            None => Ok(()),
        })
        .build()
        .unwrap();
    let refused = |token: &str| match checked(&engine, token).step {
        Step::Done(Err(refusal)) => refusal.into_failure(),
        other => panic!("{other:?}"),
    };
    let retry_after = Duration::from_secs(1);
    let nonce = DpopNonce(MARK.to_owned());
    let why = IntrospectionError::Issuer;
    let samples: Vec<Failure> = vec![
        Rejection::MissingCredential.into(),
        CredentialError::Malformed.into(),
        refused(MARK),
        refused(&token(&json!({ "iss": MARK }))),
        refused(&key().token_with_header(
            &json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": MARK }),
            &json!({ "iss": ISSUER }),
        )),
        refused(&SigningKey::ed25519("k", 2).token(&json!({ "iss": ISSUER }))),
        refused(&token(&json!({ "aud": MARK }))),
        refused(&token(&json!({ "exp": MARK }))),
        refused(&token(&json!({ "refuse": MARK }))),
        refused(&token(&json!({ "cnf": { "jkt": MARK } }))),
        ConfirmationError::NonceRequired(nonce).into(),
        Rejection::Revoked.into(),
        Rejection::MalformedPath.into(),
        Rejection::MalformedOperation.into(),
        Denial::InsufficientScope { required: "read".to_owned() }.into(),
        Unavailable::Keys { retry_after }.into(),
        Unavailable::Introspection { retry_after, why }.into(),
        Misconfiguration::NoSuchPathParameter("org".to_owned()).into(),
    ];
    let all = variants! { Failure:
        Failure::Rejected(Rejection::MissingCredential) => "MissingCredential",
        Failure::Rejected(Rejection::Credential(_)) => "Credential",
        Failure::Rejected(Rejection::Token(_)) => "Token",
        Failure::Rejected(Rejection::Issuer(_)) => "Issuer",
        Failure::Rejected(Rejection::Key(_)) => "Key",
        Failure::Rejected(Rejection::Signature(_)) => "Signature",
        Failure::Rejected(Rejection::Claims(ClaimsError::Custom(_))) => "Claims::Custom",
        Failure::Rejected(Rejection::Claims(_)) => "Claims",
        Failure::Rejected(Rejection::Revoked) => "Revoked",
        Failure::Rejected(Rejection::MalformedPath) => "MalformedPath",
        Failure::Rejected(Rejection::MalformedOperation) => "MalformedOperation",
        Failure::Rejected(Rejection::Confirmation(ConfirmationError::NonceRequired(_))) => "NonceRequired",
        Failure::Rejected(Rejection::Confirmation(_)) => "Confirmation",
        Failure::Rejected(Rejection::Denied(_)) => "Denied",
        Failure::Unavailable(_) => "Unavailable",
        Failure::Misconfigured(_) => "Misconfigured",
    };
    assert_covers(&samples, all);
    for failure in &samples {
        let answer = engine.refuse(failure.clone(), Scheme::Bearer).answer();
        assert_silent(&debug(&answer));
        let shown = debug(&Finding::Failed(failure.clone()));
        assert_silent(&shown);
    }
}

/// Types whose values are named by the specification or the operator, or are numbers: they can hold nothing to hide.
const HOLD_NOTHING: &[&str] = &[
    "Algorithm",
    "AlgorithmSet",
    "CertificateError",
    "CertificateHeader",
    "CertificatePolicy",
    "CheckedRequirement",
    "ClaimPath",
    "CredentialError",
    "CredentialRules",
    "DpopScheme",
    "DiscoveryWants",
    "ErrorBody",
    "IntrospectedTokens",
    "IntrospectionAnswers",
    "IntrospectionError",
    "IssuerError",
    "IssuerResolution",
    "JsonError",
    "JwkError",
    "KeyError",
    "KeySetError",
    "KeySetPolicy",
    "Limits",
    "LoadBalancer",
    "NoFacts",
    "Now",
    "NumericDate",
    "OrganizationClaim",
    "Panicked",
    "PemError",
    "PrivateKeyError",
    "Profile",
    "ProofError",
    "ProxyHeaders",
    "QueryTokens",
    "ReplayOutcome",
    "ReplayStoreFull",
    "RequestFacts",
    "Requirement",
    "RevocationEntry",
    "RevocationListFull",
    "Route",
    "Rule",
    "Scheme",
    "Security",
    "SignatureError",
    "SkippedKey",
    "Source",
    "Store",
    "TokenCookie",
    "TokenError",
    "TokenHeader",
    "TokenPlace",
    "TokenSubprotocol",
    "UnknownAlgorithm",
    "UrlError",
    "closest_name",
];

/// Errors, which are walked through above.
const ERRORS: &[&str] = &[
    "AuthorizationError",
    "ChallengeError",
    "ClaimsError",
    "ConfigError",
    "ConfirmationError",
    "Denial",
    "DpopProblem",
    "Failure",
    "FetchError",
    "ImpliedScopesError",
    "IntrospectionProblem",
    "IssuerProblem",
    "LoadBalancerError",
    "MetadataError",
    "Misconfiguration",
    "NonceError",
    "OriginError",
    "PlaceError",
    "Problem",
    "ProviderError",
    "Rejection",
    "RequiredClaimError",
    "RequirementError",
    "ResourceError",
    "TrustedProxyError",
    "Unavailable",
    "ValidatorError",
];

/// Types without `Debug`.
const NOT_SHOWN: &[&str] = &["ClaimsSet"];

struct Probe<T>(std::marker::PhantomData<T>);

impl<T: Debug> Probe<T> {
    #[allow(dead_code)] // until the type can be shown
    fn is_shown() -> bool {
        true
    }
}

/// What is asked where the function above does not exist.
trait NotShown {
    fn is_shown() -> bool {
        false
    }
}

impl<T> NotShown for Probe<T> {}

#[test]
fn no_public_type_shows_a_secret_or_a_value_of_a_token() {
    assert!(!Probe::<ClaimsSet>::is_shown());
    let shown = shown();
    for (name, text) in &shown {
        assert!(!text.is_empty(), "{name}");
        assert_silent(text);
    }
    let mut listed: BTreeSet<_> = shown.iter().map(|(name, _)| *name).collect();
    listed.extend(HOLD_NOTHING.iter().chain(ERRORS).chain(NOT_SHOWN));
    let exported: BTreeSet<_> = exported().into_iter().collect();
    let forgotten: Vec<_> = exported.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&exported).collect();
    assert!(forgotten.is_empty() && gone.is_empty(), "forgotten: {forgotten:?}, gone: {gone:?}");
}

/// The sources that show names: the root, and the floors.
const SHOW_NAMES: [&str; 9] = [
    include_str!("../lib.rs"),
    include_str!("../wire/mod.rs"),
    include_str!("../request/mod.rs"),
    include_str!("../token/mod.rs"),
    include_str!("../trust/mod.rs"),
    include_str!("../check/mod.rs"),
    include_str!("../memory/mod.rs"),
    include_str!("../engine/mod.rs"),
    include_str!("../answer/mod.rs"),
];

/// Each name that the root and the floors show, without modules.
fn exported() -> Vec<&'static str> {
    let is_name = |name: &&str| !["", "self", "requirement"].contains(name);
    SHOW_NAMES
        .into_iter()
        .flat_map(|source| reexported(source).chain(declared(source)))
        .filter(is_name)
        .collect()
}

fn reexported(source: &'static str) -> impl Iterator<Item = &'static str> {
    let exports = source.split("\npub use self::").skip(1);
    let lists = exports.map(|export| export.split(';').next().unwrap());
    let names = lists.flat_map(|list| list.rsplit_once("::").unwrap().1.split(['{', '}', ',', '\n']));
    names.map(str::trim)
}

fn declared(source: &'static str) -> impl Iterator<Item = &'static str> {
    let heads = ["\npub struct ", "\npub enum ", "\npub trait "];
    let bodies = heads.into_iter().flat_map(move |head| source.split(head).skip(1));
    bodies.map(|body| body.split(|c: char| !c.is_alphanumeric()).next().unwrap())
}

fn hidden_settings() -> Settings {
    let issuer = json!({ "issuer": ISSUER, "shared_secret": MARK.repeat(8), "jwks_uri": QUERY });
    Settings::from_value(json!({ "issuers": [issuer] })).unwrap()
}

/// Values of public types that hold marked secrets, as `Debug` shows them.
fn shown() -> Vec<(&'static str, String)> {
    let resolving = config().issuer_resolution(IssuerResolution::On).revocations(Store::Shared);
    let resolving = resolving.public_origin("https://api.example.com");
    let nonces = DpopNonces::from_secret(MARK.repeat(8)).unwrap();
    let resolving = resolving.dpop(DpopPolicy::accepted().nonces(nonces.clone()));
    let resolving_debug = debug(&resolving);
    let engine = resolving.build().unwrap();
    // The memory of refused issuers holds what tokens say.
    engine.resolved(&format!("https://{MARK}.example"), None, at(0)).unwrap();
    let consult = checked(&engine, &token(&json!({})));
    let resolve = checked(&engine, &token(&json!({ "iss": "https://other.example/hush" })));
    let Step::Ask(consultation) = &consult.step else { panic!("{consult:?}") };
    let plain = config().build().unwrap();
    let good = token(&json!({}));
    let accepted = checked(&plain, &good);
    let Step::Done(Ok(access_token)) = &accepted.step else { panic!("{accepted:?}") };
    let explanation = plain.explain(&good, Route::open(), at(0));

    let by_jwks_uri = IssuerConfig::new(ISSUER).jwks_uri(QUERY).introspection(introspection());
    let fetching = EngineConfig::new().issuer(by_jwks_uri.clone()).audience(URL).build().unwrap();
    let missing = plain.refuse(Rejection::MissingCredential, Scheme::Bearer);
    let keys = checked(&fetching, &good).fetch.unwrap();
    let request = debug(keys.request());
    let keys_debug = debug(&keys);
    let etag = [(http::header::ETAG, MARK.parse().unwrap())].into_iter().collect();
    let set = mint::jwks([&key()]);
    let answer = FetchAnswer { status: StatusCode::OK, headers: &etag, body: set.as_bytes() };
    let answer_debug = debug(&answer);
    let FetchError::NoMetadata(places) = not_found() else { panic!("the metadata were found") };
    let Fetch::Keys(key_fetch) = keys else { panic!("not of keys") };
    let key_fetch_debug = debug(&key_fetch);
    let outcome = key_fetch.answered(answer, at(0)).unwrap();
    let KeyProgress::Finished(loaded) = &outcome else { panic!("{outcome:?}") };
    let Fetch::Introspection(call) = checked(&fetching, MARK).fetch.unwrap() else {
        panic!("not of a token")
    };
    let failing = EngineConfig::new().issuer(by_jwks_uri.clone()).audience(URL).build().unwrap();
    checked(&failing, &good).fetch.unwrap().failed(not_found(), at(0));
    let discovering = EngineConfig::new().issuer(ISSUER).audience(AUDIENCE).build().unwrap();
    let readiness = discovering.readiness(discovering.issuers().next().unwrap(), at(0));

    let mut headers = HeaderMap::new();
    headers.insert("authorization", format!("Bearer {good}").parse().unwrap());
    headers.insert("dpop", MARK.parse().unwrap());
    let connection = Connection { security: Security::Tls, peer: None, certificate: Some(MARK.as_bytes()) };
    let sender = Sender::new("GET", URL, &headers, connection);
    let credential = Credential::from_token(&good, plain.credential_rules()).unwrap().sent_by(sender);
    let date = at(0).date();
    let revocation = Revocation::subject(ISSUER, MARK).issued_before(date);
    let list = Arc::new(RevocationList::new(10));
    list.revoke(&revocation, at(60).date(), date).unwrap();
    let replay_key = ReplayKey::of(&[7; 32], MARK);
    let claim = ReplayClaim { key: replay_key, created_at: date, expires_at: date };
    let store = MemoryReplayStore::new(10);
    assert_eq!(store.claim(replay_key, at(60).date(), date), Ok(ReplayOutcome::Granted));
    let resource = ProtectedResource::new("https://api.example.com/?code=hush")
        .documentation("https://docs.example.com/?code=hush")
        .member("policy", MARK);
    let metadata = resource.describe(&ResourceSettings::new()).unwrap();
    let document = format!("{AUDIENCE}/.well-known/openid-configuration?code={MARK}");
    let discovery = IssuerDiscovery::new(document).unwrap();
    let search = discovery.search(DiscoveryWants::Keys);
    let search_debug = debug(&search);
    let body = br#"{"issuer":"https://a.example","jwks_uri":"https://a.example/hush"}"#;
    let answer = FetchAnswer { status: StatusCode::OK, headers: &HeaderMap::new(), body };
    let discovered = search.answered(answer).unwrap();
    let challenges = ChallengePolicy::default().resource_metadata(Some(QUERY.to_owned())).unwrap();
    let pem = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIGh1c2hodXNoaHVzaGh1c2hodXNoaHVzaGh1c2hodXNo\n\
         -----END PRIVATE KEY-----\n";
    let private_key = PrivateKey::from_pkcs8_pem(pem, Algorithm::EdDSA, Some("k")).unwrap();
    let unverified = UnverifiedToken::parse(&good).unwrap();
    let keys = plain.issuers().next().unwrap().keys().unwrap();
    let secret = by(IssuerConfig::new(ISSUER).shared_secret(MARK.repeat(8))).build().unwrap();
    let secret_keys = secret.issuers().next().unwrap().keys().unwrap();
    let cache = KeySetCache::new(KeySetPolicy::default(), Duration::from_secs(1));
    let key_request = KeyRequest::new(Duration::ZERO).token(Some(MARK), None);
    let lookup = cache.lookup(key_request, |_| true);
    let lookup_debug = debug(&lookup);
    let KeyLookup::Fetch(ticket) = lookup else { panic!("{lookup_debug}") };
    // Not public, but parts of what is.
    let fetches = [key_fetch_debug, debug(&outcome)];
    let inner = [debug(&key_request), debug(&cache), debug(&ticket), lookup_debug, debug(&challenges)];
    inner.iter().chain(&fetches).for_each(|text| assert_silent(text));

    vec![
        ("AccessToken", debug(access_token)),
        ("Answer", debug(&missing.answer())),
        ("AudienceSubstitute", debug(&AudienceSubstitute::azp([URL]).and_claim("token_use", MARK))),
        ("AuthInfo", debug(&access_token.info())),
        ("CertificateThumbprint", debug(&CertificateThumbprint::of(MARK.as_bytes()))),
        ("Attempt", debug(&plain.attempt(&credential, Route::open()))),
        ("ClientAuthentication", debug(&ClientAuthentication::private_key_jwt("api", private_key.clone()))),
        ("Connection", debug(&connection)),
        ("Consultation", debug(consultation)),
        ("Credential", debug(&credential)),
        ("DangerousEngine", debug(&by(by_jwks_uri.clone()).audience(URL).dangerous())),
        ("DangerousIssuer", debug(&IssuerConfig::new(URL).audience(URL).dangerous())),
        ("DpopNonce", debug(&DpopNonce(MARK.to_owned()))),
        ("DiscoveryProgress", debug(&discovered)),
        ("DiscoverySearch", search_debug),
        ("DpopNonces", debug(&nonces)),
        ("DpopPolicy", debug(&DpopPolicy::required().nonces(nonces))),
        ("Engine", debug(&engine) + &debug(&fetching) + &debug(&secret)),
        (
            "EngineConfig",
            resolving_debug + &debug(&EngineConfig::new().issuer(by_jwks_uri.clone()).audience(URL)),
        ),
        ("EngineStatus", debug(&engine.status(at(0))) + &debug(&fetching.status(at(0)))),
        ("Explanation", debug(&explanation)),
        ("Fetch", keys_debug),
        ("FetchAnswer", answer_debug),
        ("FetchOutcome", debug(loaded)),
        ("FetchProgress", debug(&FetchProgress::Finished(loaded.clone()))),
        ("FetchRequest", request + &debug(call.request())),
        ("Finding", debug(&Finding::Failed(ClaimsError::Malformed("aud").into()))),
        ("Introspection", debug(&introspection())),
        ("IntrospectionCall", debug(&call)),
        ("Issuer", debug(fetching.issuers().next().unwrap()) + &debug(secret.issuers().next().unwrap())),
        (
            "IssuerConfig",
            debug(&by_jwks_uri) + &debug(&IssuerConfig::new(URL).audience(URL).shared_secret(MARK)),
        ),
        ("IssuerDiscovery", debug(&discovery)),
        ("FailureStatus", debug(&failing.status(at(1)).issuers[0].last_failure)),
        ("IntrospectionStatus", debug(&fetching.status(at(0)).introspection)),
        ("IssuerStatus", debug(&secret.status(at(0)).issuers)),
        ("Occupancy", debug(&engine.status(at(0)).verified_tokens)),
        ("SkippedKeyStatus", debug(&fetching.status(at(0)).issuers[0].skipped_keys)),
        ("InFlight", debug(&ticket.in_flight())),
        ("KeyStatus", debug(&secret.status(at(0)).issuers[0].keys)),
        ("MetadataPlace", debug(&places[0])),
        ("KeySet", debug(&keys) + &debug(&fetching.issuers().next().unwrap().keys())),
        ("MemoryReplayStore", debug(&store)),
        ("PrivateKey", debug(&private_key)),
        ("ProtectedResource", debug(&resource) + &debug(&ProtectedResource::new(URL).documentation(URL))),
        ("NearMiss", debug(&NearMiss::of_issuer("https://issuer.example/", ISSUER).unwrap())),
        ("Provider", debug(&Provider::auth0(URL).audience(URL))),
        ("Readiness", debug(&readiness)),
        ("RedactedUrl", debug(&RedactedUrl::of(URL))),
        ("ReplayClaim", debug(&claim)),
        ("ReplayKey", debug(&replay_key)),
        ("ResourceMetadata", debug(&metadata)),
        ("Revocation", debug(&revocation) + &debug(&Revocation::token_id(URL, MARK))),
        ("RevocationKey", debug(&revocation.key())),
        ("RevocationList", debug(&list)),
        ("RevocationQuery", debug(&RevocationQuery::of(ISSUER, unverified.unverified_claims()))),
        ("Scopes", debug(&access_token.scopes())),
        ("Sender", debug(&sender)),
        ("PerThreadArc", debug(&PerThreadArc::new(MARK))),
        ("Refusal", debug(&missing)),
        ("RuleResult", debug(&explanation.rules)),
        ("Settings", debug(&hidden_settings())),
        ("Step", debug(&accepted.step) + &debug(&consult.step) + &debug(&resolve.step)),
        ("StoreAnswers", debug(&StoreAnswers { revocations: Some(vec![revocation.entry()]), claim: None })),
        ("TargetUrl", debug(&TargetUrl::parse(QUERY).unwrap())),
        ("TrustedProxies", debug(&TrustedProxies::parse(["10.0.0.0/8"]).unwrap())),
        ("UnverifiedToken", debug(&unverified)),
        ("VerifyingKey", debug(&secret_keys.keys()[0])),
    ]
}
