//! A revocation as JSON.

use serde::{Deserialize, Serialize};

use super::{Kind, Revocation};
use crate::wire::time::NumericDate;

/// Unknown members are refused: what narrows a revocation must not be read as if it were not there.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    iss: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    issued_before: Option<f64>,
}

impl TryFrom<Written> for Revocation {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let (kind, value) = match (written.jti, written.sid, written.sub, written.client_id) {
            (Some(jti), None, None, None) => (Kind::TokenId, jti),
            (None, Some(sid), None, None) => (Kind::Session, sid),
            (None, None, Some(sub), None) => (Kind::Subject, sub),
            (None, None, None, Some(client_id)) => (Kind::Client, client_id),
            _ => return Err("a revocation names exactly one of jti, sid, sub and client_id"),
        };
        let revocation = Self::new(kind, written.iss, value);
        match written.issued_before.map(NumericDate::from_seconds) {
            None => Ok(revocation),
            Some(Some(date)) => Ok(revocation.issued_before(date)),
            Some(None) => Err("issued_before is not a date"),
        }
    }
}

impl From<Revocation> for Written {
    fn from(revocation: Revocation) -> Self {
        let mut written = Self {
            iss: revocation.issuer,
            issued_before: revocation.issued_before.map(NumericDate::seconds),
            ..Self::default()
        };
        let member = match revocation.kind {
            Kind::TokenId => &mut written.jti,
            Kind::Session => &mut written.sid,
            Kind::Subject => &mut written.sub,
            Kind::Client => &mut written.client_id,
        };
        *member = Some(revocation.value);
        written
    }
}
