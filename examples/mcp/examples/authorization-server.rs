//! An authorization server for trying the example by hand: `cargo run --example authorization-server`. Its one user
//! allows each client on a page, without a password, so it is for this machine alone.

use std::error::Error;

use bearward_issuer::{Api, Issuer, Role, User};

const RESOURCE: &str = "http://127.0.0.1:3000/mcp";
const SCOPES: [&str; 2] = ["notes:read", "notes:write"];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let issuer = Issuer::builder()
        .port(4000)
        .api(Api::new(RESOURCE, SCOPES))
        .role(Role::new("author").grants(RESOURCE, SCOPES))
        .user(User::new("ada").role("author"))
        .start()
        .await?;
    println!("ISSUER={} RESOURCE={RESOURCE} cargo run", issuer.url());
    std::future::pending().await
}
