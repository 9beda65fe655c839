//! The description says what the routes do.

use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::served::Served;

#[tokio::test]
async fn each_operation_asks_for_what_the_description_says() {
    let api = Served::start().await;
    // Without a token: it is for those who have none yet.
    let description: Value = api.get("/openapi.json").send().await.unwrap().json().await.unwrap();
    let schemes = &description["components"]["securitySchemes"];
    assert_eq!(schemes["bearer"], json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" }));
    let mut seen = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            seen.push(format!("{method} {path}"));
            let security = operation["security"][0].as_object().unwrap();
            let (_, scopes) = security.iter().next().unwrap();
            let scopes: Vec<&str> =
                scopes.as_array().unwrap().iter().map(|scope| scope.as_str().unwrap()).collect();
            let url = format!("http://{}{}", api.address, path.replace("{id}", "1"));
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let refused = Client::new().request(method, url).send().await.unwrap();
            assert_eq!(refused.status(), 401, "{path}");
            let challenge = refused.headers()["www-authenticate"].to_str().unwrap();
            let asked = format!("scope=\"{}\"", scopes.join(" "));
            assert_eq!(challenge.contains("scope="), !scopes.is_empty(), "{path}: {challenge}");
            assert!(scopes.is_empty() || challenge.contains(&asked), "{path}: {challenge}");
        }
    }
    seen.sort();
    let expected = [
        "get /orders",
        "get /orders/events",
        "get /orders/socket",
        "get /orders/{id}",
        "get /support/orders",
        "post /orders",
    ];
    assert_eq!(seen, expected);
}
