//! Stages 2 to 5, for tokens that cannot be verified here: their issuer is asked about them (RFC 7662, RFC 9701).
//!
//! 1. A credential is opaque if no reader would take it for a JWT, or if it is a JWE, which only its issuer can open
//!    ([`opaque`]). Whatever reads as a JWT, however leniently, and breaks a rule of stage 2 is refused; it is never
//!    introspected.
//! 2. One issuer is asked, at an endpoint that is fetched as safely as its keys are, by a client that
//!    authenticates itself ([`client`]).
//! 3. One call serves everyone who waits, and its answer those who come later, for its time ([`cache`]). The
//!    token is remembered by its hash alone. A share of the calls is kept for tokens in use.
//! 4. `active` must be the boolean `true`; `false` refuses the token, and anything else falls under rule 7 (RFC
//!    7662 §2.2). What the answer says beside it is validated like a JWT's claims (stage 6), each time it is used.
//! 5. Where a signed answer is asked for, an unsigned one is not accepted, and the other way round. A signed answer
//!    must be of `typ` `token-introspection+jwt`, signed with a key of the issuer, `iss` the issuer, `aud` this client,
//!    `iat` just now (RFC 9701 §5).
//! 6. Where the phantom token is asked for, the JWT in the answer is parsed, verified and validated by the same
//!    functions as one that a client presents, and must be this issuer's.
//! 7. What the server does not say, or says wrongly, is never held against the client: 503, not 401.
//! 8. An answer about a bound token says to whom it is bound ([`binding`]).
//!
//! Does no IO: the call is handed out as an [`IntrospectionCall`].
//!
//! Does not check: who sent the token. The `cnf` of the answer is stage 7's, as in a JWT.

mod cache;
mod call;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest;

pub(crate) use self::cache::{Cache, Found, PAUSE, Ticket, TokenHash, Turn};
pub use self::call::IntrospectionCall;
use crate::token::claims::ClaimsSet;
use crate::token::error::TokenError;
use crate::token::unverified::UnverifiedToken;
use crate::trust::introspection::{
    Answered, IntrospectedTokens, Introspection, IntrospectionError, passes_for_a_jwt, signed_introspection,
};
use crate::trust::issuer::Issuer;
use crate::trust::limits::Limits;
use crate::wire::time::{Now, NumericDate};

/// An issuer that is asked about tokens, and what it has said.
pub(crate) struct Introspector {
    issuer: Arc<Issuer>,
    settings: Introspection,
    cache: Arc<Cache>,
    max_bytes: usize,
    /// What goes into every token's hash: who is asked, by whom, for what.
    hash_start: digest::Context,
}

impl Introspector {
    pub(crate) fn new(issuer: Arc<Issuer>, settings: Introspection, limits: &Limits) -> Arc<Self> {
        let mut hash_start = digest::Context::new(&digest::SHA256);
        let answers = settings.chosen_answers().accept();
        for part in [issuer.identifier(), settings.client().client_id(), answers] {
            hash_start.update(&(part.len() as u64).to_be_bytes());
            hash_start.update(part.as_bytes());
        }
        let cache = Cache::new(limits, settings.bridge());
        Arc::new(Self { issuer, settings, cache, max_bytes: limits.max_introspection_bytes, hash_start })
    }

    pub(crate) fn issuer(&self) -> &Arc<Issuer> {
        &self.issuer
    }

    pub(crate) fn cache(&self) -> &Arc<Cache> {
        &self.cache
    }

    /// Whether this issuer is to be asked about a credential that parses so, unless it
    /// [passes for a JWT](passes_for_a_jwt) that is broken.
    pub(crate) fn takes(&self, presented: &str, parsed: &Result<UnverifiedToken<'_>, TokenError>) -> bool {
        match parsed {
            Err(TokenError::NotCompact | TokenError::Encrypted) => true,
            // The header was read, so this is a JWT.
            Err(TokenError::Payload(_)) => false,
            // Three parts, the first of which is base64url by chance, make no JWT.
            Err(_) => !passes_for_a_jwt(presented),
            Ok(token) => {
                self.settings.chosen_tokens() == IntrospectedTokens::Every
                    && token.unverified_issuer() == Some(self.issuer.identifier())
            }
        }
    }

    pub(crate) fn hash(&self, token: &str) -> TokenHash {
        let mut context = self.hash_start.clone();
        context.update(token.as_bytes());
        let mut hash = [0; 32];
        hash.copy_from_slice(context.finish().as_ref());
        TokenHash(hash)
    }

    /// The endpoint to ask, or why there is no endpoint; `None` before the metadata was read.
    pub(crate) fn endpoint(&self) -> Option<Result<Arc<str>, IntrospectionError>> {
        match self.settings.chosen_endpoint() {
            Some(url) => Some(Ok(url.into())),
            None => self.issuer.introspection_endpoint(),
        }
    }

    /// Whether the endpoint comes from metadata, which must be looked at again from time to time.
    pub(crate) fn discovers(&self) -> bool {
        self.settings.chosen_endpoint().is_none()
    }

    pub(crate) fn call(
        self: &Arc<Self>,
        ticket: Ticket,
        endpoint: &str,
        token: &str,
        now: Now,
    ) -> Result<IntrospectionCall, IntrospectionError> {
        IntrospectionCall::start(self, ticket, endpoint, token, now)
    }

    /// Until when a validated answer serves.
    pub(crate) fn active_until(
        &self,
        answered: &Answered,
        expires_at: Option<NumericDate>,
        now: Now,
    ) -> Duration {
        answered.age.until_expiry(self.settings.life(), expires_at, now)
    }

    /// Until when an answer serves that refuses the token.
    pub(crate) fn refused_until(&self, answered: &Answered) -> Duration {
        answered.age.until(self.settings.refusal_life())
    }

    /// Takes what a signed answer says out of its claims; `None` when it says that the token is not active.
    pub(crate) fn unpack(
        &self,
        answer: &ClaimsSet,
        answered: &Answered,
    ) -> Result<Option<String>, IntrospectionError> {
        let tolerance = self.issuer.validation().clock_tolerance;
        let (issuer, client_id) = (self.issuer.identifier(), self.settings.client().client_id());
        signed_introspection(answer, issuer, client_id, answered.age.said(), tolerance)
    }
}

impl fmt::Debug for Introspector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Introspector")
            .field("issuer", &self.issuer.identifier())
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
