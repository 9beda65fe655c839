//! The hosts of a provider, behind a forward proxy: real names, real TLS, by a certificate authority that is made here.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::{fs, io};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use reqwest::{Certificate, Client, Proxy, Url, redirect};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::files::Provider;
use crate::keys::Keys;

pub(crate) struct Internet {
    proxy: String,
    authority: Authority,
    hosts: Arc<Hosts>,
}

/// The certificate authority, which programs read from a file; the file goes with it.
struct Authority {
    certificate: Certificate,
    file: PathBuf,
}

struct Hosts {
    tls: TlsAcceptor,
    /// Whole answers by URL.
    answers: BTreeMap<String, Vec<u8>>,
    unread: Mutex<BTreeSet<String>>,
}

impl Internet {
    /// Serves the provider's documents. Every other path of its hosts is a page that says so, as with most servers.
    pub(crate) async fn start(provider: &Provider, keys: &Keys) -> Self {
        let answers: BTreeMap<_, _> = provider
            .documents
            .iter()
            .map(|(url, document)| {
                let (kind, body) = match (&document.json, &document.text) {
                    (Some(json), _) => ("application/json", keys.fill(json).to_string()),
                    (_, text) => ("text/plain", keys.fill_text(text.as_deref().unwrap_or_default())),
                };
                let mut headers = document.headers.clone();
                headers.entry("content-type".to_owned()).or_insert_with(|| kind.to_owned());
                (url.clone(), answer(document.status, &headers, body.as_bytes()))
            })
            .collect();
        let names: BTreeSet<_> =
            answers.keys().map(|url| Url::parse(url).unwrap().host_str().unwrap().to_owned()).collect();
        let (authority, tls) = certified(names);
        let unread = Mutex::new(answers.keys().cloned().collect());
        let hosts = Arc::new(Hosts { tls, answers, unread });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = format!("http://{}", listener.local_addr().unwrap());
        let serving = Arc::clone(&hosts);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let hosts = Arc::clone(&serving);
                tokio::spawn(async move { hosts.connect(stream).await });
            }
        });
        Self { proxy, authority, hosts }
    }

    /// The client that an operator behind such a proxy gives to the resource server.
    pub(crate) fn client(&self) -> Client {
        Client::builder()
            .redirect(redirect::Policy::none())
            .proxy(Proxy::all(&self.proxy).unwrap())
            .tls_certs_only([self.authority.certificate.clone()])
            .build()
            .unwrap()
    }

    /// The variables by which another program reaches these hosts.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let file = self.authority.file.to_str().unwrap().to_owned();
        vec![("HTTPS_PROXY", self.proxy.clone()), ("SSL_CERT_FILE", file)]
    }

    /// The documents that were never asked for.
    pub(crate) fn unread(&self) -> BTreeSet<String> {
        self.hosts.unread.lock().unwrap().clone()
    }
}

impl Hosts {
    /// `CONNECT` (RFC 9110 §9.3.6), then one request over TLS.
    async fn connect(&self, mut stream: TcpStream) -> io::Result<()> {
        let head = head(&mut stream).await?;
        let target = head.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next());
        let Some(host) = target.and_then(|target| target.strip_suffix(":443")) else {
            return stream.write_all(&answer(405, &BTreeMap::new(), b"CONNECT to port 443 only")).await;
        };
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
        let mut tls = self.tls.accept(stream).await?;
        let head = self::head(&mut tls).await?;
        let path = head.split(' ').nth(1).unwrap_or_default();
        let url = format!("https://{host}{path}");
        self.unread.lock().unwrap().remove(&url);
        let page = || answer(404, &BTreeMap::new(), b"<!doctype html><title>Not found</title>");
        tls.write_all(&self.answers.get(&url).cloned().unwrap_or_else(page)).await?;
        tls.shutdown().await
    }
}

async fn head(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < 16 * 1024 {
        head.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn answer(status: u16, headers: &BTreeMap<String, String>, body: &[u8]) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

/// An authority, and a server that has a certificate of it for these names.
fn certified(names: BTreeSet<String>) -> (Authority, TlsAcceptor) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, "authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(names.into_iter().collect::<Vec<_>>()).unwrap();
    let certificate = params.signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    (Authority::new(&authority.pem()), TlsAcceptor::from(Arc::new(config)))
}

impl Authority {
    fn new(pem: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let file =
            std::env::temp_dir().join(format!("bearward-authority-{}-{number}.pem", std::process::id()));
        fs::write(&file, pem).unwrap();
        Self { certificate: Certificate::from_pem(pem.as_bytes()).unwrap(), file }
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
    }
}
