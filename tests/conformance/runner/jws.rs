//! A compact serialization, right or wrong: what the tokens and the proofs of cases have in common.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearward_issuer::SigningKey;
use serde_json::{Map, Value};

use crate::suite::Signature;
use crate::text::{Placeholders, Text};

/// How a case wants it written, where not as usual.
pub(crate) struct Form<'c> {
    pub(crate) raw_header: Option<&'c Text>,
    pub(crate) raw_claims: Option<&'c Text>,
    pub(crate) signature: Option<Signature>,
    pub(crate) write: Option<&'c Text>,
}

impl Form<'_> {
    /// Signs and puts together.
    pub(crate) fn sign(
        &self,
        key: &SigningKey,
        header: &Map<String, Value>,
        claims: &Map<String, Value>,
        placeholders: Placeholders<'_>,
    ) -> Vec<u8> {
        let bytes = |raw: Option<&Text>, members| match raw {
            Some(raw) => raw.write(placeholders),
            None => serde_json::to_vec(members).unwrap(),
        };
        let signed = key.sign_raw(&bytes(self.raw_header, header), &bytes(self.raw_claims, claims));
        let mut parts = signed.split('.').map(str::to_owned);
        let mut part = || parts.next().unwrap();
        let (header, claims, mut signature) = (part(), part(), part());
        if let Some(other) = self.signature {
            let bytes = match other {
                Signature::Zeros(length) => vec![0; length],
                Signature::Ones(length) => vec![0xff; length],
            };
            signature = URL_SAFE_NO_PAD.encode(bytes);
        }
        let Some(form) = self.write else {
            return [header, claims, signature].join(".").into_bytes();
        };
        let mut all = placeholders.to_vec();
        all.extend([("{header}", header), ("{claims}", claims), ("{signature}", signature)]);
        form.write(&all)
    }
}
