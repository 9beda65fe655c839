//! What came with the token: the proof and the certificate of the client that sent it.

use std::fs;
use std::net::IpAddr;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bearward_core::Credential;
use bearward_core::request::{Connection, Scheme, Security, Sender};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value;

use super::Options;
use super::raw_json::RawJson;
use crate::token_input;
use crate::usage::UsageError;

/// The sender of the token, as far as the command line tells, or a request.
pub(super) struct PresentedSender {
    proof: Option<PresentedProof>,
    /// In DER.
    certificate: Option<Vec<u8>>,
    headers: HeaderMap,
    method: Method,
    /// What the request line names.
    target: String,
    peer: Option<IpAddr>,
    scheme: Scheme,
}

/// A proof and the request that it came with.
pub(super) struct PresentedProof {
    compact: String,
    pub(super) method: Method,
    pub(super) url: String,
    /// The nonce that the server gave last.
    pub(super) nonce: Option<String>,
}

impl PresentedSender {
    pub(super) fn new(options: &Options) -> Result<Self, UsageError> {
        let mut headers = HeaderMap::new();
        let mut proof = None;
        if let (Some(text), Some(url)) = (&options.dpop_proof, &options.url) {
            let compact = token_input::without_name(text.trim(), "dpop").to_owned();
            let value = HeaderValue::from_str(&compact)
                .map_err(|_| UsageError::new("--dpop-proof: it has characters that no header has"))?;
            headers.insert("dpop", value);
            let (method, url, nonce) = (options.method.clone(), url.clone(), options.nonce.clone());
            proof = Some(PresentedProof { compact, method, url, nonce });
        }
        let certificate = options.certificate.as_deref().map(read).transpose()?;
        // A proof is sent with the scheme `DPoP` alone.
        let scheme = if proof.is_some() { Scheme::Dpop } else { Scheme::Bearer };
        let (method, target) = match &proof {
            Some(proof) => (proof.method.clone(), proof.url.clone()),
            None => (Method::GET, "/".to_owned()),
        };
        Ok(Self { proof, certificate, headers, method, target, peer: None, scheme })
    }

    /// The sender of a request that came from this address, with these headers.
    pub(super) fn of_request(
        scheme: Scheme,
        method: Method,
        target: &str,
        headers: HeaderMap,
        peer: IpAddr,
    ) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let proof = text("dpop").map(|compact| PresentedProof {
            compact: compact.to_owned(),
            method: method.clone(),
            url: format!("http://{}{target}", text("host").unwrap_or_default()),
            nonce: None,
        });
        let target = target.to_owned();
        Self { proof, certificate: None, headers, method, target, peer: Some(peer), scheme }
    }

    pub(super) fn proof(&self) -> Option<&PresentedProof> {
        self.proof.as_ref()
    }

    pub(super) fn has_certificate(&self) -> bool {
        self.certificate.is_some()
    }

    /// The scheme that the token is presented under.
    pub(super) fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// The credential as this sender presents it.
    pub(super) fn present<'r>(&'r self, credential: Credential<'r>) -> Credential<'r> {
        let url = self.target.as_str();
        let encrypted = url.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("https:"));
        let connection = Connection {
            security: if encrypted { Security::Tls } else { Security::Plain },
            peer: self.peer,
            certificate: self.certificate.as_deref(),
        };
        // A whole URL as the request's target is its own authority, as in HTTP/2.
        let sender = Sender::new(self.method.as_str(), url, &self.headers, connection);
        credential.under(self.scheme()).sent_by(sender)
    }
}

impl PresentedProof {
    /// Whether the proof lacks the nonce that the server gave last.
    pub(super) fn lacks_nonce(&self) -> bool {
        let found = self.claims();
        let found = found.as_ref().and_then(|claims| claims.get("nonce")).and_then(Value::as_str);
        self.nonce.as_deref().is_some_and(|expected| found != Some(expected))
    }

    /// How many parts the dots make.
    pub(super) fn parts(&self) -> usize {
        self.compact.split('.').count()
    }

    /// The JOSE header, for showing only; `None` where it is not JSON in base64url.
    pub(super) fn header(&self) -> Option<RawJson> {
        RawJson::of_part(&self.compact, 0)
    }

    /// The claims, in the same way.
    pub(super) fn claims(&self) -> Option<RawJson> {
        RawJson::of_part(&self.compact, 1)
    }
}

/// The first certificate of a PEM file (RFC 7468 §5), which in a chain is the client's own.
fn read(file: &Path) -> Result<Vec<u8>, UsageError> {
    let named = |why: &str| UsageError::new(format!("--certificate: {}: {why}", file.display()));
    let text = fs::read_to_string(file).map_err(|error| named(&error.to_string()))?;
    let after = text.split_once("-----BEGIN CERTIFICATE-----").map(|(_, after)| after);
    let body = after.and_then(|after| after.split_once("-----END CERTIFICATE-----")).map(|(body, _)| body);
    let body: String = body.ok_or_else(|| named("no CERTIFICATE in PEM"))?.split_ascii_whitespace().collect();
    STANDARD.decode(body).map_err(|_| named("its CERTIFICATE is not base64"))
}
