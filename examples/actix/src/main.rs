//! Reads `ISSUER` and `AUDIENCE` from the environment, and listens on port 8080.

use std::env;
use std::error::Error;

use actix_web::{App, HttpServer};
use messages::{resource_server, routes};

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let api = resource_server(&setting("ISSUER")?, &setting("AUDIENCE")?)?;
    let routes = routes(&api)?;
    let server = HttpServer::new(move || App::new().configure(routes.clone()));
    let server = server.bind(("127.0.0.1", 8080))?;
    println!("listening on http://127.0.0.1:8080");
    // Ends on SIGINT and SIGTERM, when the requests that run then are answered.
    server.run().await?;
    Ok(())
}

fn setting(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("the environment has no {name}"))
}
