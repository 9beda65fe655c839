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

use serde_json::{Map, Value};

use super::{ACCESS_TOKENS, Header, TokenKind, UnverifiedToken};
use crate::token::claims::ClaimsSet;
use crate::token::error::TokenError;
use crate::wire::json::JsonError;
use crate::wire::jws::{CompactJws, HeaderBuffer};

impl<'t> UnverifiedToken<'t> {
    /// Reads what the load balancer of this ARN says.
    pub(crate) fn parse_of_load_balancer(compact: &'t str, signer: &str) -> Result<Self, TokenError> {
        let jws = CompactJws::split(compact)?.padded();
        let mut buffer = HeaderBuffer::new();
        let header = jws.header(&mut buffer)?;
        let signed_by = header.get("signer").and_then(|value| value.as_str());
        if signed_by.as_deref() != Some(signer) {
            return Err(TokenError::ForeignSigner);
        }
        let own = Header::read(&header, &ACCESS_TOKENS)?;
        // Read strictly, before it is written anew: two readers of one text must not see two claims sets.
        let said = ClaimsSet::parse(jws.payload()?).map_err(TokenError::Payload)?;
        let mut claims: Map<String, Value> =
            said.to().map_err(|_| TokenError::Payload(JsonError::NotAnObject))?;
        let mut said_by: Map<String, Value> = serde_json::from_str(header.as_json())
            .map_err(|_| TokenError::Header(Some(JsonError::Syntax)))?;
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
        // What the user's provider says of the user may look like another kind of JWT.
        let header = Header { kind: TokenKind::Unspecified, ..own };
        Ok(Self { compact, signing_input: jws.signing_input(), header, claims, signature: jws.signature()? })
    }
}
