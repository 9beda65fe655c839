//! What came with the token: the proof and the certificate of whoever sent it.

use std::fs;
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

/// The sender of the token, as far as the command line tells.
pub(super) struct PresentedSender {
    proof: Option<PresentedProof>,
    /// In DER.
    certificate: Option<Vec<u8>>,
    headers: HeaderMap,
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
        Ok(Self { proof, certificate, headers })
    }

    pub(super) fn proof(&self) -> Option<&PresentedProof> {
        self.proof.as_ref()
    }

    pub(super) fn has_certificate(&self) -> bool {
        self.certificate.is_some()
    }

    /// The scheme that the token is presented under: a proof is sent with the scheme `DPoP` alone.
    pub(super) fn scheme(&self) -> Scheme {
        if self.proof.is_some() { Scheme::Dpop } else { Scheme::Bearer }
    }

    /// The credential as this sender presents it.
    pub(super) fn present<'r>(&'r self, credential: Credential<'r>) -> Credential<'r> {
        let (method, url) = match &self.proof {
            Some(proof) => (proof.method.as_str(), proof.url.as_str()),
            None => ("GET", "/"),
        };
        let encrypted = url.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("https:"));
        let connection = Connection {
            security: if encrypted { Security::Tls } else { Security::Plain },
            peer: None,
            certificate: self.certificate.as_deref(),
        };
        // A whole URL as the request's target is its own authority, as in HTTP/2.
        let sender = Sender::new(method, url, &self.headers, connection);
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
