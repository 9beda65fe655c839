//! TLS, passwords and users.

use std::fs;
use std::path::Path;

use bearward::store::StoreError;
use bearward_redis::{Redis, RedisBuilder};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

use crate::proof::{Proof, built, until_granted};
use crate::revocations::is_revoked;
use crate::server::Server;

/// A certificate authority and certificates of its making, as PEM text.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn pem(&self) -> String {
        self.0.pem()
    }

    fn issue(&self) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }
}

fn tls_server(authority: &Authority, clients: &str) -> Server {
    let (certificate, key) = authority.issue();
    let authority = authority.pem();
    Server::start_with(|folder, port| {
        let write = |name: &str, text: &str| {
            let file = folder.join(name);
            fs::write(&file, text).unwrap();
            path(&file)
        };
        let mut arguments = vec!["--port".to_owned(), "0".to_owned()];
        for (name, value) in [
            ("--tls-port", port.to_string()),
            ("--tls-cert-file", write("certificate.pem", &certificate)),
            ("--tls-key-file", write("key.pem", &key)),
            ("--tls-ca-cert-file", write("authority.pem", &authority)),
            ("--tls-auth-clients", clients.to_owned()),
        ] {
            arguments.extend([name.to_owned(), value]);
        }
        arguments
    })
}

fn path(file: &Path) -> String {
    file.to_str().unwrap().to_owned()
}

fn over_tls(server: &Server) -> RedisBuilder {
    Redis::single(format!("rediss://localhost:{}", server.port))
}

async fn assert_unavailable(redis: &Redis) {
    let outcome = Proof::new().claim(redis).await;
    assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
}

#[tokio::test]
async fn a_server_is_known_by_its_certificate() {
    let authority = Authority::new();
    let server = tls_server(&authority, "no");
    until_granted(&built(over_tls(&server).certificate_authority(authority.pem()))).await;
    assert_unavailable(&built(over_tls(&server).certificate_authority(Authority::new().pem()))).await;
    // The certificate is for the name, not for the address.
    let by_address = Redis::single(format!("rediss://127.0.0.1:{}", server.port));
    assert_unavailable(&built(by_address.certificate_authority(authority.pem()))).await;
    assert_unavailable(&built(Redis::single(server.url()))).await;
}

#[tokio::test]
async fn a_server_may_ask_for_a_certificate_too() {
    let authority = Authority::new();
    let server = tls_server(&authority, "yes");
    let trusting = || over_tls(&server).certificate_authority(authority.pem());
    let (chain, key) = authority.issue();
    until_granted(&built(trusting().client_certificate(chain, key))).await;
    assert_unavailable(&built(trusting())).await;
    let (chain, key) = Authority::new().issue();
    assert_unavailable(&built(trusting().client_certificate(chain, key))).await;
}

#[tokio::test]
async fn a_password_is_taken_from_the_url_or_the_builder_and_told_to_nobody() {
    let server = Server::start(&["--requirepass", "p@ss:word"]);
    let address = format!("127.0.0.1:{}", server.port);
    until_granted(&built(Redis::single(format!("redis://:p%40ss%3Aword@{address}")))).await;
    until_granted(&built(Redis::single(format!("redis://{address}")).password("p@ss:word"))).await;
    until_granted(&built(Redis::single(format!("redis://:old@{address}")).password("p@ss:word"))).await;
    assert_unavailable(&built(Redis::single(format!("redis://{address}")))).await;
    let refusal = Proof::new().claim(&built(Redis::single(server.url()).password("secret"))).await;
    assert!(!refusal.unwrap_err().to_string().contains("secret"));
}

#[tokio::test]
async fn a_user_needs_no_more_rights_than_the_readme_names() {
    let readme = include_str!("../../README.md");
    let rule = readme.lines().find_map(|line| line.strip_prefix("user bearward ")).expect("the rule");
    let rule = rule.replace(">SECRET", ">pw");
    let arguments: Vec<_> = ["--user", "bearward"].into_iter().chain(rule.split(' ')).collect();
    let server = Server::start(&arguments);
    let url = format!("redis://bearward:pw@127.0.0.1:{}", server.port);
    let redis = built(Redis::single(&url).seal_with([1; 32]));
    until_granted(&redis).await;
    let revocations = redis.revocation_store();
    let revocation = bearward::check::Revocation::token_id(crate::revocations::ISSUER, "t-1");
    let expires_at = crate::proof::after(crate::proof::now(), 60.0);
    revocations.revoke(&revocation, expires_at, crate::proof::now()).await.unwrap();
    assert!(is_revoked(&revocations, "t-1").await);
    revocations.lift(&revocation).await.unwrap();
    assert!(!is_revoked(&revocations, "t-1").await);
    let elsewhere = built(Redis::single(&url).key_prefix("else:"));
    assert_unavailable(&elsewhere).await;
}

#[tokio::test]
async fn a_database_is_taken_from_the_url_or_the_builder() {
    let server = Server::start(&[]);
    until_granted(&built(Redis::single(format!("{}/3", server.url())))).await;
    until_granted(&built(Redis::single(server.url()).database(4))).await;
    let keyspace: String = server.tell("INFO keyspace").await;
    assert!(keyspace.contains("db3:") && keyspace.contains("db4:") && !keyspace.contains("db0:"));
}
