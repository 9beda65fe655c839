//! The three models of organizations, from one requirement.

use std::borrow::Cow;

use super::*;
use crate::check::requirement::{
    AuthorizationError, Denial, acr, claim, custom, max_age, organization, scope,
};
use crate::token::OrganizationClaim;

/// A request's own facts.
#[derive(Default)]
struct Request {
    path: Option<&'static str>,
    header: Option<&'static str>,
    host: Option<&'static str>,
}

impl RequestFacts for Request {
    fn path_parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        self.path.filter(|_| name == "org").map(Cow::Borrowed)
    }

    fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        self.header.filter(|_| name == "x-org").map(Cow::Borrowed)
    }

    fn host(&self) -> Option<Cow<'_, str>> {
        self.host.map(Cow::Borrowed)
    }
}

fn path(org: &'static str) -> Request {
    Request { path: Some(org), ..Request::default() }
}

fn urn(org: &str) -> String {
    format!("urn:logto:organization:{org}")
}

fn mismatch() -> Result<(), Failure> {
    Err(Denial::OrganizationMismatch.into())
}

fn absent() -> Result<(), Failure> {
    Err(Denial::OrganizationMissing.into())
}

fn malformed() -> Result<(), Failure> {
    Err(ClaimsError::Malformed("organization").into())
}

fn foreign_audience() -> Result<(), Failure> {
    Err(ClaimsError::AudienceMismatch.into())
}

#[test]
fn the_organization_claim_is_that_of_the_path() {
    let rule = || organization().from_path("org");
    let claims = |org: &Value| json!({ "organization_id": org });
    for (org, expected) in [
        (json!("acme"), Ok(())),
        (json!("other"), mismatch()),
        (json!("ACME"), mismatch()),
        (json!("acme "), mismatch()),
        (json!("acmeacme"), mismatch()),
        (json!(""), absent()),
        (json!(null), absent()),
        (json!(["acme"]), malformed()),
        (json!({ "id": "acme" }), malformed()),
        (json!(7), malformed()),
        (json!(true), malformed()),
    ] {
        assert_eq!(require_of(rule(), &claims(&org), &path("acme")), expected, "{org}");
    }
    assert_eq!(require_of(rule(), &claims(&json!("acme")), &path("")), mismatch());
}

#[test]
fn a_missing_organization_is_401_and_another_403() {
    let engine = engine();
    for (denial, status) in [(absent(), 401), (mismatch(), 403), (foreign_audience(), 401)] {
        assert_eq!(answer_of(&engine, &denial.unwrap_err()).status, status);
    }
}

#[test]
fn another_claim_name_may_be_configured() {
    let rule = organization().from_path("org").check().unwrap();
    let engine = config().organization_claim("org_id").build().unwrap();
    let ask = |changes: &Value| {
        let facts = path("acme");
        settled(check_for(&engine, &token(changes), Route::requiring(&rule, &facts), at(0)))
    };
    assert_eq!(ask(&json!({ "org_id": "acme" })).unwrap().organization(), Some("acme"));
    assert_eq!(ask(&json!({ "organization_id": "acme" })).map(drop), absent());
}

#[test]
fn the_expected_organization_comes_from_where_the_route_says() {
    let claims = json!({ "organization_id": "acme" });
    let header = |value| Request { header: Some(value), ..Request::default() };
    let host = |value| Request { host: Some(value), ..Request::default() };
    let by_header = || organization().from_header("x-org");
    assert_eq!(require_of(by_header(), &claims, &header("acme")), Ok(()));
    assert_eq!(require_of(by_header(), &claims, &header("other")), mismatch());
    assert_eq!(require_of(by_header(), &claims, &header("")), mismatch());
    assert_eq!(
        require_of(by_header(), &claims, &Request::default()),
        mismatch(),
        "nothing named matches nothing"
    );

    let by_host = || organization().from_host("{organization}.example.com");
    assert_eq!(require_of(by_host(), &claims, &host("acme.example.com")), Ok(()));
    assert_eq!(require_of(by_host(), &claims, &host("ACME.EXAMPLE.COM")), Ok(()));
    for foreign in [
        "other.example.com",
        "acme.attacker.com",
        "acme.example.com.attacker.com",
        "x.acme.example.com",
        "acme.x.example.com",
        ".example.com",
        "example.com",
        "acmeexample.com",
        "acme.example.com.",
    ] {
        assert_eq!(require_of(by_host(), &claims, &host(foreign)), mismatch(), "{foreign}");
    }

    let by_function =
        || organization().from_request(|facts| facts.host().map(|host| host.replace(".test", "")));
    assert_eq!(require_of(by_function(), &claims, &host("acme.test")), Ok(()));
    assert_eq!(require_of(by_function(), &claims, &Request::default()), mismatch());

    assert_eq!(require(organization().is("acme"), &claims), Ok(()));
    assert_eq!(require(organization().is("other"), &claims), mismatch());
    assert_eq!(require(organization().any(), &claims), Ok(()));
    assert_eq!(require(organization().any(), &json!({})), absent());
}

#[test]
fn a_route_without_the_parameter_lets_nobody_pass_and_is_500() {
    let facts = Request::default();
    let claims = json!({ "organization_id": "acme", "scope": "a" });
    let misconfigured: Failure = Misconfiguration::NoSuchPathParameter("org".into()).into();
    let rule = || organization().from_path("org");
    for requirement in
        [rule(), rule().not(), rule().or(scope("a")), scope("a").or(rule()), rule().and(scope("a"))]
    {
        assert_eq!(require_of(requirement, &claims, &facts), Err(misconfigured.clone()));
    }
    let answer = answer_of(&engine(), &misconfigured);
    assert_eq!(answer.status, 500);
    assert!(!String::from_utf8(answer.body).unwrap().contains("org\""), "which is nobody's business");
}

#[test]
fn an_organization_s_audience_opens_that_organization_s_routes() {
    let rule = || organization().logto_permissions().from_path("org");
    for (aud, expected) in [
        (json!(urn("acme")), Ok(())),
        (json!([urn("acme")]), Ok(())),
        (json!([urn("other"), urn("acme")]), Ok(())),
        (json!([AUDIENCE, urn("acme")]), Ok(())),
        (json!(urn("other")), mismatch()),
        (json!([AUDIENCE, urn("other")]), mismatch()),
        (json!(urn("ACME")), mismatch()),
        (json!(AUDIENCE), absent()),
        (json!(urn("")), foreign_audience()),
        (json!("urn:logto:organization"), foreign_audience()),
        (json!("URN:LOGTO:ORGANIZATION:acme"), foreign_audience()),
        (json!("https://other.example"), foreign_audience()),
        (json!([]), foreign_audience()),
    ] {
        assert_eq!(require_of(rule(), &json!({ "aud": aud }), &path("acme")), expected, "{aud}");
    }
    let with_scope = || rule().and(scope("read:member"));
    let granted = json!({ "aud": urn("acme"), "scope": "read:member" });
    assert_eq!(require_of(with_scope(), &granted, &path("acme")), Ok(()));
    let failure = require_of(with_scope(), &json!({ "aud": urn("acme") }), &path("acme")).unwrap_err();
    assert_eq!(failure.code(), "insufficient_scope");
}

#[test]
fn an_organization_s_audience_opens_nothing_else() {
    let facts = path("acme");
    // Everything a token can bring along but the right audience.
    let claims = json!({
        "aud": urn("acme"), "organization_id": "acme", "scope": "a", "acr": "mfa", "auth_time": START,
    });
    for (requirement, what) in [
        (scope("a"), "a scope"),
        (claim("sub").exists(), "a claim"),
        (organization().from_path("org"), "the claim's model"),
        (organization().any(), "any organization, by claim"),
        (acr(["mfa"]), "acr"),
        (max_age(secs(3600)), "max_age"),
        (custom(|_, _| true), "a function"),
        (scope("b").not(), "a negation"),
        (organization().logto_permissions().from_path("org").not(), "the negated template"),
        (organization().logto_permissions().from_path("org").not().not(), "negated twice"),
        (organization().logto_permissions().is("other").not(), "not another's"),
        (organization().in_audience("urn:x:{organization}").unwrap().any(), "another template"),
    ] {
        assert_eq!(require_of(requirement, &claims, &facts), foreign_audience(), "{what}");
    }
    assert_eq!(refusal(&engine(), &token(&claims)), ClaimsError::AudienceMismatch.into(), "an open route");
}

#[test]
fn once_cached_it_still_opens_nothing_else() {
    let engine = engine();
    let token = token(&json!({ "aud": urn("acme"), "organization_id": "acme", "scope": "a" }));
    let facts = path("acme");
    let own = organization().logto_permissions().from_path("org").check().unwrap();
    let ask = |requirement: &CheckedRequirement| {
        let check = check_for(&engine, &token, Route::requiring(requirement, &facts), at(0));
        (check.source, settled(check).map(drop))
    };
    assert_eq!(ask(&own), (Source::Verification, Ok(())));
    assert_eq!(ask(&own), (Source::Cache, Ok(())));
    for requirement in [
        scope("a"),
        scope("b"),
        organization().from_path("org"),
        custom(|_, _| true),
        scope("a").or(organization().in_audience("urn:x:{organization}").unwrap().any()),
    ] {
        let checked = requirement.check().unwrap();
        assert_eq!(ask(&checked), (Source::Cache, foreign_audience()), "{checked:?}");
    }
    let open = check(&engine, &token, at(0));
    assert_eq!(open.source, Source::Cache);
    assert_eq!(settled(open).map(drop), foreign_audience());
    let closed = check_for(&engine, &token, Route::closed(), at(0));
    assert_eq!(settled(closed).map(drop), foreign_audience());
    assert_eq!(ask(&own), (Source::Cache, Ok(())));
    let others = path("other");
    let elsewhere = check_for(&engine, &token, Route::requiring(&own, &others), at(0));
    assert_eq!(settled(elsewhere).map(drop), mismatch());
}

#[test]
fn with_combinators_only_the_branch_that_holds_the_organization_opens() {
    let facts = path("acme");
    let rule = || organization().logto_permissions().from_path("org");
    let acme = |scopes: &str| json!({ "aud": urn("acme"), "scope": scopes });
    let other = |scopes: &str| json!({ "aud": urn("other"), "scope": scopes });
    let global = |scopes: &str| json!({ "scope": scopes });

    let either = || scope("admin").or(rule());
    assert_eq!(require_of(either(), &acme(""), &facts), Ok(()));
    assert_eq!(require_of(either(), &acme("admin"), &facts), Ok(()));
    assert_eq!(require_of(either(), &global("admin"), &facts), Ok(()));
    assert_eq!(
        require_of(either(), &other("admin"), &facts),
        foreign_audience(),
        "the scope is not for this API"
    );
    assert!(require_of(either(), &global(""), &facts).is_err());

    let both = || scope("read").and(rule());
    assert_eq!(require_of(both(), &acme("read"), &facts), Ok(()));
    assert_eq!(require_of(both(), &global("read"), &facts), absent());
    assert_eq!(require_of(both(), &other("read"), &facts), mismatch());

    let nested = || scope("admin").or(rule().and(scope("read"))).and(scope("banned").not());
    assert_eq!(require_of(nested(), &acme("read"), &facts), Ok(()));
    assert_eq!(require_of(nested(), &acme("admin"), &facts), foreign_audience());
    assert_eq!(require_of(nested(), &acme("read banned"), &facts), Err(Denial::Unmet.into()));

    let two = || rule().and(organization().logto_permissions().is("other"));
    assert_eq!(require_of(two(), &acme(""), &facts), mismatch());
    let members_of_both = json!({ "aud": [urn("acme"), urn("other")] });
    assert_eq!(require_of(two(), &members_of_both, &facts), Ok(()));
}

#[test]
fn the_organization_of_a_token_is_the_one_that_let_it_in() {
    let engine = engine();
    let rule = organization().logto_permissions().from_path("org").check().unwrap();
    let facts = path("acme");
    let ask = |changes: &Value| {
        let check = check_for(&engine, &token(changes), Route::requiring(&rule, &facts), at(0));
        settled(check).unwrap().organization().map(str::to_owned)
    };
    assert_eq!(ask(&json!({ "aud": urn("acme") })).as_deref(), Some("acme"));
    let two_words = json!({ "aud": urn("acme"), "organization_id": "other" });
    assert_eq!(ask(&two_words).as_deref(), Some("acme"), "or a handler would act for another");
}

#[test]
fn what_was_confirmed_for_a_request_is_what_its_handler_sees() {
    let engine = engine();
    let members = organization().logto_permissions().from_path("org").check().unwrap();
    let admit = |claims: Value, org: &'static str| {
        let facts = path(org);
        settled(check_for(&engine, &token(&claims), Route::requiring(&members, &facts), at(0)))
    };
    // The claim names one organization, the audience that let it in another.
    let both = json!({ "aud": [AUDIENCE, urn("acme")], "organization_id": "other", "scope": "a" });
    assert_eq!(admit(both, "acme").unwrap().organization(), Some("acme"));
    let two = || json!({ "aud": [urn("acme"), urn("two")] });
    assert_eq!(admit(two(), "two").unwrap().organization(), Some("two"));
    assert_eq!(admit(two(), "acme").unwrap().organization(), Some("acme"));

    // A token for several organizations is for no one of them in particular.
    let any = organization().logto_permissions().any();
    assert_eq!(require_of(any.clone(), &two(), &path("acme")), mismatch());
    assert_eq!(require_of(any, &json!({ "aud": urn("acme") }), &path("acme")), Ok(()));

    // A requirement further in takes the word of the one further out, for this request alone.
    let confirmed = admit(json!({ "aud": urn("acme"), "scope": "a" }), "acme").unwrap();
    let inner = |scope_name: &str, token: AccessToken| {
        let requirement = scope(scope_name).check().unwrap();
        Route::requiring(&requirement, &path("acme"))
            .authorize(token, at(0).date())
            .map(|token| token.organization().map(str::to_owned))
    };
    assert_eq!(inner("a", confirmed.clone()), Ok(Some("acme".to_owned())));
    assert!(matches!(inner("b", confirmed), Err(AuthorizationError::Denied(_))));
}

/// What a route says under this organization claim, to a new token and to a cached one.
fn claimed_in(
    claim: OrganizationClaim,
    rule: crate::check::requirement::Requirement,
    changes: &Value,
    facts: &Request,
) -> Result<Option<String>, Failure> {
    let engine = config().organization_claim(claim).build().unwrap();
    let (rule, token) = (rule.check().unwrap(), token(changes));
    let ask = || {
        let token = settled(check_for(&engine, &token, Route::requiring(&rule, facts), at(0)))?;
        Ok(token.organization().map(str::to_owned))
    };
    let (new, again) = (ask(), ask());
    assert_eq!(new, again, "the answer to a cached token is another");
    new
}

#[test]
fn a_nested_organization_is_found_by_its_path() {
    let clerk = json!({ "o": { "id": "acme", "rol": "admin" } });
    let rule = || organization().from_path("org");
    for claim in [OrganizationClaim::one("o.id"), OrganizationClaim::one(["o", "id"])] {
        let ask = |org| claimed_in(claim.clone(), rule(), &clerk, &path(org));
        assert_eq!(ask("acme"), Ok(Some("acme".into())));
        assert_eq!(ask("id").map(drop), mismatch());
        let none = claimed_in(claim.clone(), rule(), &json!({}), &path("acme"));
        assert_eq!(none.map(drop), absent());
        let odd = claimed_in(claim.clone(), rule(), &json!({ "o": "acme" }), &path("acme"));
        assert_eq!(odd.map(drop), malformed(), "what should hold the claim is no object");
    }
    // One organization that is described by an object is not taken for several that are called after its members.
    let described = claimed_in(OrganizationClaim::several("o"), rule(), &clerk, &path("id"));
    assert_eq!(described.map(drop), malformed());
}

#[test]
fn a_token_for_several_organizations_acts_for_the_one_that_the_request_names() {
    let rule = || organization().from_path("org");
    let several = || OrganizationClaim::several("organization");
    for own in [json!(["acme", "zeta"]), json!({ "acme": { "id": "1" }, "zeta": { "id": "2" } })] {
        let changes = json!({ "organization": own });
        let ask = |rule, org| claimed_in(several(), rule, &changes, &path(org));
        assert_eq!(ask(rule(), "acme"), Ok(Some("acme".into())), "{own}");
        assert_eq!(ask(rule(), "zeta"), Ok(Some("zeta".into())), "{own}");
        assert_eq!(ask(rule(), "other").map(drop), mismatch(), "{own}");
        assert_eq!(ask(rule(), "id").map(drop), mismatch(), "{own}");
        assert_eq!(ask(rule().or(acr(["x"])), "zeta"), Ok(Some("zeta".into())), "{own}");
        // What the request names is stronger than what the route does, in whatever order they are written.
        assert_eq!(ask(rule().and(organization().is("acme")), "zeta"), Ok(Some("zeta".into())), "{own}");
        assert_eq!(ask(organization().is("acme").and(rule()), "zeta"), Ok(Some("zeta".into())), "{own}");
        // Such a token is for none in particular.
        assert_eq!(ask(organization().any(), "acme").map(drop), mismatch(), "{own}");
        assert_eq!(ask(organization().any().not(), "acme").map(drop), Err(Denial::Unmet.into()), "{own}");
        assert_eq!(ask(rule().not(), "acme").map(drop), Err(Denial::Unmet.into()), "{own}");
        assert_eq!(ask(rule(), "").map(drop), mismatch(), "{own}");
        // Nothing was required, so nothing is chosen.
        assert_eq!(ask(claim("sub").exists(), "acme"), Ok(None), "{own}");
    }
}

#[test]
fn a_list_of_one_organization_is_that_organization_and_an_empty_one_is_none() {
    let several = || OrganizationClaim::several("organization");
    for own in [json!("acme"), json!(["acme"]), json!(["acme", "acme"]), json!({ "acme": {} })] {
        let changes = json!({ "organization": own });
        let any = claimed_in(several(), organization().any(), &changes, &Request::default());
        assert_eq!(any, Ok(Some("acme".into())), "{own}");
        let open = claimed_in(several(), claim("sub").exists(), &changes, &Request::default());
        assert_eq!(open, Ok(Some("acme".into())), "{own}");
    }
    for own in [json!([]), json!({}), json!(""), json!(null)] {
        let changes = json!({ "organization": own });
        let any = claimed_in(several(), organization().any(), &changes, &Request::default());
        assert_eq!(any.map(drop), absent(), "{own}");
        let none = claimed_in(several(), organization().any().not(), &changes, &Request::default());
        assert_eq!(none, Ok(None), "{own}");
    }
    for own in [json!([7]), json!(["acme", null]), json!({ "acme": true }), json!(7)] {
        let changes = json!({ "organization": own });
        for rule in [organization().from_path("org"), organization().from_path("org").not()] {
            assert_eq!(claimed_in(several(), rule, &changes, &path("acme")).map(drop), malformed(), "{own}");
        }
    }
}

#[test]
fn a_list_in_the_claim_lets_no_token_in_that_an_organizations_audience_let_in() {
    let engine = config().organization_claim(OrganizationClaim::several("organization")).build().unwrap();
    let in_claim = organization().from_path("org");
    let rule = organization().logto_permissions().is("zeta").or(in_claim).check().unwrap();
    let foreign = token(&json!({ "aud": urn("other"), "organization": ["acme", "zeta"] }));
    let facts = path("acme");
    let answer = settled(check_for(&engine, &foreign, Route::requiring(&rule, &facts), at(0)));
    assert_eq!(answer.map(drop), foreign_audience());
}

#[test]
fn an_issuers_own_organization_claim_is_stronger_than_the_one_for_all() {
    let other = IssuerConfig::new("https://other.example")
        .static_keys(mint::jwks([&key()]))
        .organization_claim(OrganizationClaim::several("organization"));
    let engine = config().issuer(other).organization_claim("o.id").build().unwrap();
    let rule = organization().from_path("org").check().unwrap();
    let facts = path("acme");
    let ask = |changes: &Value| {
        settled(check_for(&engine, &token(changes), Route::requiring(&rule, &facts), at(0))).map(drop)
    };
    assert_eq!(ask(&json!({ "o": { "id": "acme" } })), Ok(()));
    assert_eq!(ask(&json!({ "organization": ["acme"] })), absent());
    assert_eq!(ask(&json!({ "iss": "https://other.example", "organization": ["acme"] })), Ok(()));
    assert_eq!(ask(&json!({ "iss": "https://other.example", "o": { "id": "acme" } })), absent());
}

#[test]
fn an_organization_claim_without_a_name_is_an_error_at_the_start() {
    for path in ["", "o.", ".id", "o..id"] {
        let error = config().organization_claim(path).build().unwrap_err();
        let expected = IssuerProblem::OrganizationClaim(path.to_owned());
        let expected = ConfigError::new("issuers[0].organization_claim", expected);
        assert_eq!(error, expected);
        let own = EngineConfig::new().issuer(issuer().organization_claim(path)).audience(AUDIENCE);
        assert_eq!(own.build().unwrap_err(), expected);
    }
}
