//! What an AWS load balancer says of the user that it has logged in: a JWT in the header `x-amzn-oidc-data`, which
//! differs from others.
//!
//! 1. Each part is base64url *with* padding. What has none where it is due, or leftover bits, is refused all the same:
//!    a token has one spelling.
//! 2. `iss`, `exp` and `client` are in the JOSE header. They become the claims `iss`, `exp`, `aud` and `client_id`,
//!    whatever the payload has under these names: that is what the user's provider said of itself.
//! 3. `signer` in the JOSE header is the load balancer's ARN. All load balancers of a region publish their keys in one
//!    place, so that it is this one's token only the ARN says.
//!
//! Does not check: the signature, and the rest of what [`UnverifiedToken`] does not.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use serde_json::{Map, Value};

use super::{Header, MOST_HEADER_CHARACTERS, MOST_HEADER_VALUES, TokenKind, UnverifiedToken, parts};
use crate::token::claims::ClaimsSet;
use crate::token::error::TokenError;
use crate::wire::json::{JsonError, Members};

impl<'t> UnverifiedToken<'t> {
    /// Reads what the load balancer of this ARN says.
    pub(crate) fn parse_of_load_balancer(compact: &'t str, signer: &str) -> Result<Self, TokenError> {
        let [header, payload, signature] = parts(compact)?;
        if header.len() > MOST_HEADER_CHARACTERS {
            return Err(TokenError::HeaderTooLarge);
        }
        let header = text(padded(header)?).map_err(|why| TokenError::Header(Some(why)))?;
        let members =
            Members::parse(&header, MOST_HEADER_VALUES).map_err(|why| TokenError::Header(Some(why)))?;
        if members.string("signer").as_deref() != Some(signer) {
            return Err(TokenError::ForeignSigner);
        }
        let own = Header::of(&members)?;
        // Read strictly, before it is written anew: two readers of one text must not see two claims sets.
        let said = ClaimsSet::parse(padded(payload)?).map_err(TokenError::Payload)?;
        let mut claims: Map<String, Value> =
            said.to().map_err(|_| TokenError::Payload(JsonError::NotAnObject))?;
        let mut said_by: Map<String, Value> =
            serde_json::from_str(&header).map_err(|_| TokenError::Header(Some(JsonError::Syntax)))?;
        let client = said_by.remove("client");
        for (claim, value) in [
            ("iss", said_by.remove("iss")),
            ("exp", said_by.remove("exp")),
            ("aud", client.clone()),
            ("client_id", client),
        ] {
            claims.remove(claim);
            claims.extend(value.map(|value| (claim.to_owned(), value)));
        }
        let claims =
            ClaimsSet::parse(Value::Object(claims).to_string().into_bytes()).map_err(TokenError::Payload)?;
        let signature = padded(signature)?;
        if signature.is_empty() {
            return Err(TokenError::NotCompact);
        }
        // What the user's provider says of the user may look like another kind of JWT.
        let header = Header { kind: TokenKind::Unspecified, ..own };
        Ok(Self { compact, header, claims, signature })
    }
}

fn padded(part: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE.decode(part).map_err(|_| TokenError::NotCompact)
}

fn text(json: Vec<u8>) -> Result<String, JsonError> {
    String::from_utf8(json).map_err(|_| JsonError::Syntax)
}
