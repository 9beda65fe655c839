//! Who may do what.

use serde_json::json;

use crate::served::{AUDIENCE, PAGE, Served, refusal};

#[tokio::test]
async fn a_customer_places_orders_and_sees_no_others() {
    let api = Served::start().await;
    let (ada, bob) = (api.customer("ada", "orders:write"), api.customer("bob", "orders:read"));
    let order = api.place(&ada, "honey").await;
    assert_eq!(order, json!({ "id": 1, "item": "honey" }));
    // `orders:write` includes `orders:read`.
    assert_eq!(api.orders(&ada).await, json!([order]));
    assert_eq!(api.orders(&bob).await, json!([]));
    let (status, code, _) = refusal(api.get("/orders/1").bearer_auth(&bob)).await;
    assert_eq!((status, &*code), (404, "not_found"));
    let (status, code, challenge) =
        refusal(api.post("/orders").bearer_auth(&bob).json(&json!({ "item": "salmon" }))).await;
    assert_eq!((status, &*code), (403, "insufficient_scope"));
    assert!(challenge.contains("scope=\"orders:write\""), "{challenge}");
}

#[tokio::test]
async fn a_subject_of_one_issuer_is_not_the_subject_of_that_name_of_the_other() {
    let api = Served::start().await;
    api.place(&api.customer("ada", "orders:write"), "honey").await;
    assert_eq!(api.orders(&api.staff("ada", "support")).await, json!([]));
}

#[tokio::test]
async fn a_token_without_a_subject_owns_nothing() {
    let api = Served::start().await;
    let token = api.customers.mint().audience(AUDIENCE).scope("orders:write");
    for token in [token.clone().remove("sub"), token.subject("")] {
        let (status, code, _) = refusal(api.get("/orders").bearer_auth(token.sign())).await;
        assert_eq!((status, &*code), (403, "subject_missing"));
    }
}

#[tokio::test]
async fn support_sees_all_orders_by_a_role_that_only_the_staffs_issuer_gives() {
    let api = Served::start().await;
    api.place(&api.customer("ada", "orders:write"), "honey").await;
    let all = api.get("/support/orders").bearer_auth(api.staff("sam", "support")).send().await.unwrap();
    assert_eq!(all.json::<serde_json::Value>().await.unwrap(), json!([{ "id": 1, "item": "honey" }]));
    let forged = api.customers.mint().audience(AUDIENCE).subject("ada").scope("orders:write");
    let forged = forged.claim("realm_access", json!({ "roles": ["support"] })).sign();
    for token in [api.staff("tim", "kitchen"), forged, api.customer("ada", "orders:write")] {
        let (status, _, _) = refusal(api.get("/support/orders").bearer_auth(token)).await;
        assert_eq!(status, 403);
    }
}

#[tokio::test]
async fn tokens_that_do_not_hold_are_refused() {
    let api = Served::start().await;
    let mint = || api.customers.mint().audience(AUDIENCE).scope("orders:read");
    let elsewhere = mint().audience("https://billing.example.com").sign();
    let expired = mint().issued_at(1_700_000_000).sign();
    let forged = mint().signed_by(&api.staff.signing_key()).header("kid", api.customers.signing_kid()).sign();
    for (token, expected) in
        [(elsewhere, "audience_mismatch"), (expired, "token_expired"), (forged, "signature_invalid")]
    {
        let (status, code, challenge) = refusal(api.get("/orders").bearer_auth(token)).await;
        assert_eq!((status, &*code), (401, expected));
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    }
}

#[tokio::test]
async fn an_answer_that_is_no_success_is_a_problem_document() {
    let api = Served::start().await;
    let ada = api.customer("ada", "orders:write");
    for (request, expected) in [
        (api.get("/nowhere"), (404, "not_found")),
        (api.post("/live"), (405, "method_not_allowed")),
        (api.get("/orders"), (401, "credential_missing")),
        (api.post("/orders").bearer_auth(&ada).json(&json!({ "item": 1 })), (422, "body_malformed")),
        (api.post("/orders").bearer_auth(&ada).body("item=honey"), (422, "body_malformed")),
        (api.get("/orders/7").bearer_auth(&ada), (404, "not_found")),
    ] {
        let (status, code, _) = refusal(request).await;
        assert_eq!((status, &*code), expected);
    }
}

#[tokio::test]
async fn pages_of_the_named_origin_may_call_and_read_why_they_are_refused() {
    let api = Served::start().await;
    let preflight = |origin: &str| {
        let url = format!("http://{}/orders", api.address);
        let request = reqwest::Client::new().request(reqwest::Method::OPTIONS, url).header("origin", origin);
        request
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type")
    };
    let allowed = preflight(PAGE).send().await.unwrap();
    assert_eq!(
        (allowed.status().as_u16(), &allowed.headers()["access-control-allow-origin"]),
        (200, &PAGE.parse().unwrap())
    );
    let other = preflight("https://evil.example").send().await.unwrap();
    assert_eq!(other.headers().get("access-control-allow-origin"), None);
    let refused = api.get("/orders").header("origin", PAGE).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let exposed = refused.headers()["access-control-expose-headers"].to_str().unwrap();
    assert!(exposed.contains("www-authenticate"), "{exposed}");
}
