//! What came back, and whether it is what a case expects, to the last byte.

use http::header::{AsHeaderName, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderMap, Response};
use http_body_util::BodyExt as _;
use reqwest::{Body, RequestBuilder};
use serde_json::Value;

use crate::protocol::{GRPC, Protocol};
use crate::suite::Refusal;
use crate::target::CODE;

pub(crate) const DPOP_NONCE: &str = "dpop-nonce";

const GRPC_STATUS: &str = "grpc-status";
const GRPC_MESSAGE: &str = "grpc-message";

#[derive(Debug)]
pub(crate) struct Answer {
    protocol: Protocol,
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
    trailers: HeaderMap,
}

impl Answer {
    pub(crate) async fn to(request: RequestBuilder, protocol: Protocol) -> Self {
        let response: Response<Body> = request.send().await.unwrap().into();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap();
        let trailers = body.trailers().cloned().unwrap_or_default();
        let body = body.to_bytes().to_vec();
        Self { protocol, status: head.status.as_u16(), headers: head.headers, body, trailers }
    }

    /// The nonce for the next proof.
    pub(crate) fn nonce(&self) -> Option<String> {
        self.values(DPOP_NONCE).pop()
    }

    pub(crate) fn is_accepted(&self) -> Result<(), String> {
        equal("status", self.status, 200)?;
        match self.protocol {
            Protocol::Http => Ok(()),
            Protocol::Grpc => {
                equal("grpc-status of the headers", self.values(GRPC_STATUS).len(), 0)?;
                equal("grpc-status", values(&self.trailers, GRPC_STATUS), vec!["0".to_owned()])
            }
        }
    }

    /// The JSON that the handler answered.
    pub(crate) fn is_json(&self, status: u16, json: &Value) -> Result<(), String> {
        let text = match self.protocol {
            Protocol::Http => {
                equal("status", self.status, status)?;
                &self.body
            }
            Protocol::Grpc => {
                assert_eq!(status, 200, "no such expectation is known");
                self.is_accepted()?;
                self.message()?
            }
        };
        let found: Value = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        equal("body", &found, json)
    }

    pub(crate) fn is_refused(
        &self,
        row: &Refusal,
        challenges: Vec<String>,
        method: &str,
    ) -> Result<(), String> {
        equal("code", self.values(CODE), vec![row.code.clone()])?;
        match self.protocol {
            Protocol::Http => self.is_refused_by_http(row, method)?,
            Protocol::Grpc => self.is_refused_by_grpc(row)?,
        }
        equal("WWW-Authenticate", self.values(WWW_AUTHENTICATE), challenges)?;
        equal("Cache-Control", self.values(CACHE_CONTROL), vec!["no-store".to_owned()])?;
        let nonces = usize::from(row.code == "proof_nonce_required");
        equal("number of DPoP-Nonce", self.values(DPOP_NONCE).len(), nonces)
    }

    fn is_refused_by_http(&self, row: &Refusal, method: &str) -> Result<(), String> {
        equal("status", self.status, row.status)?;
        equal("Content-Type", self.values(CONTENT_TYPE), vec!["application/json".to_owned()])?;
        let body = if method == "HEAD" { "" } else { &row.body };
        equal("body", String::from_utf8_lossy(&self.body).into_owned(), body.to_owned())
    }

    /// A response of headers alone ("Trailers-Only"): the status of gRPC that the HTTP status becomes, and the sentence
    /// of the body as its message.
    fn is_refused_by_grpc(&self, row: &Refusal) -> Result<(), String> {
        let status = match row.status {
            400 => "3",
            401 => "16",
            403 => "7",
            503 => "14",
            _ => "13",
        };
        let body: Value = serde_json::from_str(&row.body).unwrap();
        let sentence = body["error_description"].as_str().unwrap();
        equal("HTTP status", self.status, 200)?;
        equal("grpc-status", self.values(GRPC_STATUS), vec![status.to_owned()])?;
        equal("grpc-message", self.values(GRPC_MESSAGE), vec![sentence.to_owned()])?;
        equal("Content-Type", self.values(CONTENT_TYPE), vec![GRPC.to_str().unwrap().to_owned()])?;
        equal("length of the body", self.body.len(), 0)?;
        equal("number of trailers", self.trailers.len(), 0)
    }

    /// The one message of a call, which its length comes before.
    fn message(&self) -> Result<&[u8], String> {
        let (prefix, message) = self.body.split_at_checked(5).ok_or("there is no message")?;
        let length = u32::try_from(message.len()).unwrap().to_be_bytes();
        equal("prefix of the message", prefix, &[&[0], &length[..]].concat())?;
        Ok(message)
    }

    fn values(&self, name: impl AsHeaderName) -> Vec<String> {
        values(&self.headers, name)
    }
}

fn values(headers: &HeaderMap, name: impl AsHeaderName) -> Vec<String> {
    let values = headers.get_all(name).iter();
    values.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
}

pub(crate) fn equal<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Result<(), String> {
    match found == expected {
        true => Ok(()),
        false => Err(format!("{what}\n  found    {found:?}\n  expected {expected:?}")),
    }
}
