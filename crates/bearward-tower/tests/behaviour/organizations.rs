//! Organizations that a request names by a header or its host, and what a path parameter is without a router.

use bearward_tower::ProtectLayer;
use bearward_tower::requirement::{Requirement, organization};
use http::Request;
use tower::{Layer, service_fn};

use crate::support::{Body, ask, handler, mint, trusting};

/// A request with these headers by somebody of `org_1`, answered `None` when it passes.
async fn assert_outcome(
    requirement: &Requirement,
    uri: &str,
    headers: &[(&str, &[u8])],
    refusal: Option<&str>,
) {
    let api = trusting().build().unwrap();
    let service =
        ProtectLayer::new(api.clone()).requirement(requirement.clone()).unwrap().layer(service_fn(handler));
    let token = mint().organization("org_1").sign();
    let mut request = Request::get(uri).header("authorization", format!("Bearer {token}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answered = ask(&service, request.body(Body::default()).unwrap()).await;
    let case = format!("{uri} {headers:?}");
    match refusal {
        None => answered.assert_passed("test-client:"),
        Some(name) => answered.assert_refused(name, &case),
    }
}

#[tokio::test]
async fn a_header_counts_once_and_whole() {
    let by_header = organization().from_header("x-organization");
    let mismatch = Some("organization_mismatch");
    assert_outcome(&by_header, "/", &[("X-Organization", b"org_1")], None).await;
    for headers in [
        &[][..],
        &[("x-organization", b"" as &[u8])],
        &[("x-organization", b"org_2")],
        &[("x-organization", b"ORG_1")],
        &[("x-organization", b"org_1,org_2")],
        &[("x-organization", b"org_1"), ("x-organization", b"org_2")],
        &[("x-organization", b"org_1"), ("x-organization", b"org_1")],
        &[("x-organization", b"org_1\xff")],
        &[("x-forwarded-organization", b"org_1")],
    ] {
        assert_outcome(&by_header, "/", headers, mismatch).await;
    }
}

#[tokio::test]
async fn the_host_is_the_targets_authority_before_it_is_the_host_header() {
    let by_host = organization().from_host("{organization}.example.com");
    let mismatch = Some("organization_mismatch");
    for (uri, headers, refusal) in [
        ("/", &[("host", b"org_1.example.com" as &[u8])][..], None),
        ("/", &[("host", b"org_1.example.com:8443")], None),
        ("/", &[("host", b"ORG_1.Example.COM")], None),
        ("http://org_1.example.com/", &[], None),
        // HTTP/2 and the absolute form: the authority decides, whatever Host says (RFC 9112 §3.2.2).
        ("http://org_1.example.com/", &[("host", b"org_2.example.com")], None),
        ("http://org_2.example.com/", &[("host", b"org_1.example.com")], mismatch),
        ("http://org_1.example.com@org_2.example.com/", &[], mismatch),
        ("/", &[], mismatch),
        ("/", &[("host", b"org_2.example.com")], mismatch),
        ("/", &[("host", b"org_1.example.com"), ("host", b"org_1.example.com")], mismatch),
        ("/", &[("host", b"org_1.example.com.")], mismatch),
        ("/", &[("host", b"org_1.example.com.evil.example")], mismatch),
        ("/", &[("host", b"org_1.evil.example.com")], mismatch),
        ("/", &[("host", b"evil.org_1.example.com")], mismatch),
        ("/", &[("host", b".example.com")], mismatch),
        ("/", &[("host", b"example.com")], mismatch),
        ("/", &[("host", b"org_1.example.com@evil.example")], mismatch),
        ("/", &[("host", b"evil@org_1.example.com")], mismatch),
        ("/", &[("host", b"org_1.example.com/")], mismatch),
        ("/", &[("host", b"org_1.example.com?")], mismatch),
        ("/", &[("host", b"org_1.example.com, org_2.example.com")], mismatch),
        ("/", &[("host", b"")], mismatch),
        ("/", &[("x-forwarded-host", b"org_1.example.com")], mismatch),
        ("/", &[("forwarded", b"host=org_1.example.com")], mismatch),
    ] {
        assert_outcome(&by_host, uri, headers, refusal).await;
    }
}

#[tokio::test]
async fn a_path_parameter_without_a_router_is_a_mistake_that_lets_nobody_pass() {
    let by_path = organization().from_path("org");
    assert_outcome(&by_path, "/org_1", &[], Some("path_parameter_missing")).await;
    let or = organization().from_path("org").or(organization().any());
    assert_outcome(&or, "/org_1", &[], Some("path_parameter_missing")).await;
    let not = organization().from_path("org").not();
    assert_outcome(&not, "/org_1", &[], Some("path_parameter_missing")).await;
}

#[tokio::test]
async fn a_function_of_ones_own_names_the_organization_or_nobody() {
    let by_query = organization().from_request(|facts| facts.header("x-tenant").map(Into::into));
    let mismatch = Some("organization_mismatch");
    assert_outcome(&by_query, "/", &[("x-tenant", b"org_1")], None).await;
    assert_outcome(&by_query, "/", &[("x-tenant", b"org_2")], mismatch).await;
    assert_outcome(&by_query, "/", &[], mismatch).await;
    let empty = organization().from_request(|_| Some(String::new()));
    assert_outcome(&empty, "/", &[], mismatch).await;
    assert_outcome(&organization().any(), "/", &[], None).await;
    assert_outcome(&organization().is("org_1"), "/", &[], None).await;
    assert_outcome(&organization().is("org_2"), "/", &[], mismatch).await;
}
