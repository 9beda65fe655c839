//! The certified authorization server of `interop/oidc-provider`, as a process of its own.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use reqwest::header::HeaderMap;
use serde_json::Value;

const SERVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../interop/oidc-provider/server.mjs");

/// It ends with its standard input, so a test that dies takes it along.
pub(crate) struct AuthorizationServer {
    child: Child,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    issuer: String,
    /// The private keys of resource servers that authenticate with one, as JWKs.
    assertion_keys: Value,
    client: reqwest::Client,
}

impl AuthorizationServer {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    pub(crate) fn start_with(arguments: &[&str]) -> Self {
        let mut child = Command::new("node")
            .arg(SERVER)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Node.js is needed, and `cargo xtask test interop`, which sets up the rest");
        let commands = child.stdin.take().expect("it is piped");
        let answers = BufReader::new(child.stdout.take().expect("it is piped"));
        let client = reqwest::Client::new();
        let (issuer, assertion_keys) = (String::new(), Value::Null);
        let mut server = Self { child, commands, answers, issuer, assertion_keys, client };
        let mut hello = server.answer();
        server.assertion_keys = hello["assertionKeys"].take();
        server.issuer = hello["issuer"].as_str().expect("it says where it is").to_owned();
        server
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The private key of this resource server.
    pub(crate) fn assertion_key(&self, resource_server: &str) -> &Value {
        &self.assertion_keys[resource_server]
    }

    /// Gives a command and waits until it is in force.
    pub(crate) fn command(&mut self, command: &str) -> Value {
        writeln!(self.commands, "{command}").expect("it listens");
        let answer = self.answer();
        assert_eq!(answer["done"], command, "{answer}");
        answer
    }

    /// How often the key set was fetched so far.
    pub(crate) fn key_set_requests(&mut self) -> u64 {
        self.command("status")["keySetRequests"].as_u64().expect("it counts")
    }

    /// The key that signs with this algorithm now.
    pub(crate) fn active_kid(&mut self, algorithm: &str) -> String {
        self.command("status")["active"][algorithm].as_str().expect("it has one").to_owned()
    }

    /// Makes token requests.
    pub(crate) fn clients(&self) -> Clients {
        Clients { endpoint: format!("{}/token", self.issuer), client: self.client.clone() }
    }

    fn answer(&mut self) -> Value {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("it answers in UTF-8");
        assert!(!line.is_empty(), "it ended; `cargo xtask test interop` installs what it needs");
        serde_json::from_str(&line).expect("it answers in JSON")
    }
}

impl Drop for AuthorizationServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The clients of that authorization server.
#[derive(Clone)]
pub(crate) struct Clients {
    endpoint: String,
    client: reqwest::Client,
}

impl Clients {
    /// A token of this client for this resource, with every scope that both know of these.
    pub(crate) async fn token(&self, client: &str, resource: &str, scope: &str) -> String {
        let (_, answer) = self.request(client, resource, scope, HeaderMap::new()).await;
        answer["access_token"].as_str().unwrap_or_else(|| panic!("no token: {answer}")).to_owned()
    }

    /// A token of this client for this resource with authorization details (RFC 9396) and no scope.
    pub(crate) async fn token_with_details(&self, client: &str, resource: &str, details: &Value) -> String {
        let details = details.to_string();
        let more = [("authorization_details", details.as_str())];
        let (_, answer) = self.request_with(client, resource, &more, HeaderMap::new()).await;
        answer["access_token"].as_str().unwrap_or_else(|| panic!("no token: {answer}")).to_owned()
    }

    /// Where tokens are.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The headers and the body of the answer to a token request with these headers.
    pub(crate) async fn request(
        &self,
        client: &str,
        resource: &str,
        scope: &str,
        headers: HeaderMap,
    ) -> (HeaderMap, Value) {
        let scope = (!scope.is_empty()).then_some(("scope", scope));
        self.request_with(client, resource, scope.as_slice(), headers).await
    }

    async fn request_with(
        &self,
        client: &str,
        resource: &str,
        more: &[(&str, &str)],
        headers: HeaderMap,
    ) -> (HeaderMap, Value) {
        let secret = format!("{client}-secret");
        let own = [
            ("grant_type", "client_credentials"),
            ("client_id", client),
            ("client_secret", &secret),
            ("resource", resource),
        ];
        let request = self.client.post(&self.endpoint).headers(headers).form(&[&own, more].concat());
        let response = request.send().await.expect("it is there");
        let headers = response.headers().clone();
        let body = response.text().await.expect("it answers whole");
        (headers, serde_json::from_str(&body).expect("it answers in JSON"))
    }

    /// Takes a token of this client back (RFC 7009).
    pub(crate) async fn revoke(&self, client: &str, token: &str) {
        let secret = format!("{client}-secret");
        let form = [("token", token), ("client_id", client), ("client_secret", &secret)];
        let endpoint = format!("{}/revocation", self.endpoint);
        let response = self.client.post(endpoint).form(&form).send().await.expect("it is there");
        assert_eq!(response.status(), 200, "the token is the client's own");
    }
}
