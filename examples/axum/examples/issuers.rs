//! Two authorization servers for trying the example by hand: `cargo run --example issuers`. They give a token to everyone who
//! asks on this machine, so they are for this machine alone.

use std::error::Error;

use bearward_issuer::Issuer;
use serde_json::json;

const AUDIENCE: &str = "https://orders.example.com";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let customers = Issuer::builder().port(4000).start().await?;
    let staff = Issuer::builder().port(4001).start().await?;
    println!("export CUSTOMERS_ISSUER={} STAFF_ISSUER={} AUDIENCE={AUDIENCE}", customers.url(), staff.url());
    let customer = customers.mint().audience(AUDIENCE).subject("ada").scope("orders:write");
    println!("export CUSTOMER={}", customer.sign());
    let support = staff.mint().audience(AUDIENCE).subject("sam");
    println!("export SUPPORT={}", support.claim("realm_access", json!({ "roles": ["support"] })).sign());
    std::future::pending().await
}
