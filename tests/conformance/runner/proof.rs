//! The DPoP proof of a case, made with the test kit, which shares no code with what checks it.

use bearward_issuer::{Algorithm, ProofBuilder, SigningKey};
use serde_json::Value;

use crate::jws::Form;
use crate::parties::Parties;
use crate::protocol::Protocol;
use crate::suite::{Party, Proof, ProofSigner};
use crate::text::{self, Placeholders};

/// The request that a proof is for.
pub(crate) struct Purpose<'p> {
    pub(crate) protocol: Protocol,
    pub(crate) method: &'p str,
    /// Without query.
    pub(crate) url: &'p str,
    pub(crate) token: &'p str,
}

/// Makes the proof that a case describes.
pub(crate) fn make(
    proof: &Proof,
    purpose: &Purpose<'_>,
    parties: &Parties,
    placeholders: Placeholders<'_>,
) -> Vec<u8> {
    let key = parties.key(proof.key);
    let builder = key.proof(purpose.method, purpose.url).access_token(purpose.token);
    let values = [("{jwk}", key.public_jwk()), ("{private_jwk}", key.private_jwk())];
    let (builder, signer) = match proof.signed_by {
        None => (builder, key.signing_key().clone()),
        Some(ProofSigner::Stranger) => (builder, parties.key(Party::Stranger).signing_key().clone()),
        Some(ProofSigner::Secret) => {
            let secret = key.public_jwk().to_string().into_bytes();
            let signer = SigningKey::from_secret(secret, Algorithm::Hs256).unwrap();
            (builder.header("alg", Algorithm::Hs256.name()), signer)
        }
    };
    let builder = edited(builder, proof, purpose.protocol, placeholders, &values);
    let form = Form {
        raw_header: proof.raw_header.as_ref(),
        raw_claims: proof.raw_claims.as_ref(),
        signature: proof.signature,
        write: proof.write.as_ref(),
    };
    form.sign(&signer, builder.jose_header(), builder.claims_set(), placeholders)
}

fn edited(
    mut builder: ProofBuilder,
    proof: &Proof,
    protocol: Protocol,
    placeholders: Placeholders<'_>,
    values: &[(&str, Value)],
) -> ProofBuilder {
    let now = builder.claims_set()["iat"].as_i64().unwrap();
    let fill = |value: &Value| text::fill_value(value, placeholders, now, values);
    for (name, value) in &proof.header {
        builder = match value {
            Value::Null => builder.remove_header(name),
            value => builder.header(name, fill(value)),
        };
    }
    for (name, value) in &proof.claims {
        builder = match value {
            Value::Null => builder.remove(name),
            value if name == "htm" => builder.claim(name, protocol.htm(fill(value))),
            value => builder.claim(name, fill(value)),
        };
    }
    builder
}
