//! A code in exchange for a token (RFC 6749 §4.1.3).

use super::store::Authorization;
use crate::grant::decision::Grant;
use crate::grant::error::{ErrorCode, TokenError};
use crate::grant::form::Form;
use crate::grant::request::ClientParameters;

/// What the client sends to the token endpoint.
#[derive(Debug)]
pub(crate) struct CodeRequest {
    pub(crate) client: ClientParameters,
    pub(crate) code: String,
    redirect_uri: String,
    code_verifier: String,
    resources: Vec<String>,
}

impl CodeRequest {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, TokenError> {
        let mut form = Form::parse(body);
        let client = ClientParameters::take(&mut form)?;
        let mut take = |name: &str, missing: &'static str| {
            form.take(name)?.ok_or(ErrorCode::InvalidRequest.because(missing))
        };
        Ok(Self {
            client,
            code: take("code", "code is missing")?,
            redirect_uri: take("redirect_uri", "redirect_uri is missing")?,
            code_verifier: take("code_verifier", "code_verifier is missing")?,
            resources: form.take_all("resource"),
        })
    }

    /// What the user granted, if the request is of the client, the redirect URI and the verifier that the code is for.
    pub(crate) fn redeem(&self, authorization: Authorization, client_id: &str) -> Result<Grant, TokenError> {
        let Authorization { client, redirect_uri, challenge, grant, .. } = authorization;
        // One answer for all of them: which one failed is of use to a thief alone.
        let same_client = client.id == client_id;
        let same_place = redirect_uri.as_str() == self.redirect_uri;
        if !(same_client && same_place && challenge.is_answered_by(&self.code_verifier)) {
            return Err(
                ErrorCode::InvalidGrant.because("the code is for another client, redirect URI or verifier")
            );
        }
        // RFC 8707 §2.2: the resource that the user allowed, or none.
        if self.resources.iter().any(|resource| *resource != grant.audience) {
            return Err(ErrorCode::InvalidTarget.because("the code is for another resource"));
        }
        Ok(grant)
    }
}
