//! A running issuer: its addresses, its keys, its tokens and its outages.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Router;
use serde_json::Value;
use tokio::net::TcpSocket;
use tokio::sync::Mutex;

use crate::algorithm::Algorithm;
use crate::config::RequestedClaims;
use crate::fault::{Endpoint, Fault};
use crate::mint::TokenBuilder;
use crate::server::introspection;
use crate::server::port::{self, Serving};
use crate::server::state::{IssuerState, fresh_nonce};
use crate::signing_key::SigningKey;
use crate::start_error::StartError;
use crate::token_store::OpaqueToken;

/// An authorization server that answers on its port until it is shut down or dropped.
///
/// All methods take `&self`, so it can be shared in an [`Arc`] and changed while requests are under way.
pub struct RunningIssuer {
    state: Arc<IssuerState>,
    router: Router,
    port: u16,
    gate: Mutex<Gate>,
}

/// Whether the port is served. While the server is down the number stays reserved for it.
#[derive(Debug)]
enum Gate {
    Open(Serving),
    Shut(Option<TcpSocket>),
}

/// Addresses.
impl RunningIssuer {
    pub(crate) fn new(state: Arc<IssuerState>, router: Router, serving: Serving, port: u16) -> Self {
        Self { state, router, port, gate: Mutex::new(Gate::Open(serving)) }
    }

    /// The issuer identifier, which is the `iss` of its tokens, such as `http://127.0.0.1:4000`.
    pub fn url(&self) -> &str {
        &self.state.url
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where the JWK Set is.
    pub fn jwks_uri(&self) -> String {
        self.state.url_of(&self.state.paths.jwks)
    }

    /// Where tokens are issued.
    pub fn token_endpoint(&self) -> String {
        self.state.url_of(&self.state.paths.token)
    }

    /// Where protected resources ask about tokens.
    pub fn introspection_endpoint(&self) -> String {
        self.state.url_of(&self.state.paths.introspection)
    }

    /// Where clients revoke their tokens.
    pub fn revocation_endpoint(&self) -> String {
        self.state.url_of(&self.state.paths.revocation)
    }

    /// Where OpenID Connect Discovery looks for the metadata.
    pub fn openid_configuration_uri(&self) -> String {
        self.state.url_of(&self.state.paths.openid)
    }

    /// Where RFC 8414 looks for the metadata.
    pub fn oauth_metadata_uri(&self) -> String {
        self.state.url_of(&self.state.paths.oauth)
    }
}

/// Tokens and keys.
impl RunningIssuer {
    /// Starts a token of this issuer, signed with the key that the token endpoint uses.
    pub fn mint(&self) -> TokenBuilder {
        self.signing_key().mint(self.url())
    }

    /// The same, signed with the newest published key for `algorithm`. Where there is none, one is made and
    /// published first.
    ///
    /// # Panics
    ///
    /// For HMAC, whose key is never published (use [`SigningKey::from_secret`]), and if no key can be made.
    #[expect(clippy::panic, reason = "documented under Panics: a mistake in the test")]
    pub fn mint_with(&self, algorithm: Algorithm) -> TokenBuilder {
        if algorithm.is_symmetric() {
            panic!("an issuer does not sign with {algorithm}: use SigningKey::from_secret");
        }
        let mut keys = self.state.keys_mut();
        let key = match keys.newest(algorithm) {
            Some(key) => key.clone(),
            None => {
                let key = SigningKey::generate(algorithm);
                keys.publish(key.clone());
                key
            }
        };
        drop(keys);
        key.mint(self.url())
    }

    /// The key that signs at the token endpoint.
    pub fn signing_key(&self) -> SigningKey {
        self.state.keys().signing().clone()
    }

    /// The `kid` of that key; empty if it has none.
    pub fn signing_kid(&self) -> String {
        self.signing_key().kid().unwrap_or_default().to_owned()
    }

    /// The JWK Set as it is published now.
    pub fn jwk_set(&self) -> Value {
        self.state.keys().jwk_set()
    }

    /// Rotates: a fresh key signs from now on, and the older ones stay published. Gives the new `kid`.
    ///
    /// # Panics
    ///
    /// If no key can be made.
    pub fn rotate(&self, algorithm: Algorithm) -> String {
        self.rotate_to(SigningKey::generate(algorithm))
    }

    /// Rotates to this key, and the older ones stay published. Gives its `kid`.
    pub fn rotate_to(&self, key: SigningKey) -> String {
        let kid = key.kid().unwrap_or_default().to_owned();
        self.state.keys_mut().rotate_to(key);
        kid
    }

    /// Rotates to a fresh key of the same algorithm and withdraws everything published before, as after a
    /// compromise. Gives the new `kid`.
    ///
    /// # Panics
    ///
    /// If no key can be made.
    pub fn rotate_and_withdraw(&self) -> String {
        let key = SigningKey::generate(self.signing_key().algorithm());
        let kid = key.kid().unwrap_or_default().to_owned();
        let mut keys = self.state.keys_mut();
        keys.rotate_to(key);
        keys.withdraw_older();
        kid
    }

    /// Publishes another key without signing with it.
    pub fn publish(&self, key: SigningKey) {
        self.state.keys_mut().publish(key);
    }

    /// Publishes any JSON value as a member of `keys`, be it a JWK or not.
    pub fn publish_extra_jwk(&self, jwk: Value) {
        self.state.keys_mut().publish_jwk(jwk);
    }

    /// Stops publishing every key with this `kid`, even the one that goes on signing. Says whether there was
    /// one.
    pub fn withdraw(&self, kid: &str) -> bool {
        self.state.keys_mut().withdraw(kid)
    }
}

/// Opaque tokens, introspection and revocation.
impl RunningIssuer {
    /// Keeps this token and gives an opaque handle for it. Its claims set is what introspection answers, as long
    /// as it is in force; the token as it is built here, header, key and all, is its phantom token.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let issuer = bearward_issuer::Issuer::builder().start().await?;
    /// let token = || issuer.mint().audience("https://api.example.com").scope("read:messages");
    /// let good = issuer.mint_opaque(token());
    /// let expired = issuer.mint_opaque(token().expires_in(-60));
    /// assert_ne!(good, expired);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If the cryptographic library cannot sign.
    pub fn mint_opaque(&self, token: TokenBuilder) -> String {
        let (claims, jwt) = (token.claims_set().clone(), Some(token.sign()));
        self.state.tokens().keep(OpaqueToken { claims, jwt })
    }

    /// Answers introspection of this token, be it one of this issuer's or not, with any JSON value: in the body, or
    /// as `token_introspection` of a signed answer.
    pub fn introspects_as(&self, token: &str, answer: impl Into<Value>) {
        self.state.tokens().stage(token, answer.into());
    }

    /// Starts a signed introspection answer for the protected resource `audience` (RFC 9701 §5), to be made wrong
    /// and staged with [`Fault::Body`].
    pub fn mint_introspection(&self, audience: &str, answer: impl Into<Value>) -> TokenBuilder {
        introspection::signed_answer(&self.state, audience, answer.into())
    }

    /// Revokes a token, opaque or JWT: introspection calls it inactive from now on.
    pub fn revoke(&self, token: &str) {
        self.state.tokens().revoke(token);
    }

    /// The nonce that a DPoP proof at the token endpoint must bear now; `None` where none is required.
    pub fn dpop_nonce(&self) -> Option<String> {
        self.state.settings().dpop_nonce
    }

    /// Replaces that nonce, if one is required: proofs with the older one are answered with `use_dpop_nonce`.
    pub fn renew_dpop_nonce(&self) {
        self.state.change_settings(|settings| {
            settings.dpop_nonce = settings.dpop_nonce.take().map(|_| fresh_nonce());
        });
    }
}

/// Outages.
impl RunningIssuer {
    /// Answers every request to `endpoint` with this fault, until [`heal`](Self::heal).
    pub fn stage(&self, endpoint: Endpoint, fault: Fault) {
        self.state.staged.always(endpoint, fault);
    }

    /// Answers one request to `endpoint` with this fault. Several are answered in their order.
    pub fn stage_once(&self, endpoint: Endpoint, fault: Fault) {
        self.state.staged.once(endpoint, fault);
    }

    /// Takes back every staged fault. Answers under way are not healed.
    pub fn heal(&self) {
        self.state.staged.clear();
    }

    /// Cuts every connection and refuses new ones, until [`come_up`](Self::come_up). The port stays reserved.
    pub async fn go_down(&self) {
        let mut gate = self.gate.lock().await;
        if let Gate::Open(_) = *gate
            && let Gate::Open(serving) = std::mem::replace(&mut *gate, Gate::Shut(None))
        {
            serving.cut().await;
            // Bound but not listening: connections are refused, and no other process is given the port.
            *gate = Gate::Shut(port::bind(self.port).ok());
        }
    }

    /// Whether its port is served: not after [`go_down`](Self::go_down), until [`come_up`](Self::come_up).
    pub async fn is_up(&self) -> bool {
        matches!(*self.gate.lock().await, Gate::Open(_))
    }

    /// Serves the same port again.
    ///
    /// # Errors
    ///
    /// [`StartError::PortInUse`] or [`StartError::Bind`] if the port was lost in the meantime.
    pub async fn come_up(&self) -> Result<(), StartError> {
        let mut gate = self.gate.lock().await;
        let Gate::Shut(reserved) = &mut *gate else {
            return Ok(());
        };
        let failed = |error| StartError::from_io(self.port, error);
        let socket = match reserved.take() {
            Some(socket) => socket,
            None => port::bind(self.port).map_err(failed)?,
        };
        *gate = Gate::Open(Serving::start(socket, self.router.clone()).map_err(failed)?);
        Ok(())
    }

    /// How many requests have come to `endpoint`, answered well or badly.
    pub fn requests(&self, endpoint: Endpoint) -> u64 {
        self.state.counters.read(endpoint)
    }

    /// How often the JWK Set was answered with 304.
    pub fn jwks_not_modified(&self) -> u64 {
        self.state.not_modified.load(Ordering::SeqCst)
    }

    /// Sets a member of both metadata documents; null leaves it out.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let issuer = bearward_issuer::Issuer::builder().start().await?;
    /// issuer.metadata_member("issuer", "https://impostor.example");
    /// issuer.metadata_member("jwks_uri", serde_json::Value::Null);
    /// # Ok(())
    /// # }
    /// ```
    pub fn metadata_member(&self, name: impl Into<String>, value: impl Into<Value>) {
        let (name, value) = (name.into(), value.into());
        self.state.change_settings(|settings| {
            settings.metadata.insert(name, value);
        });
    }

    /// Takes back every [`metadata_member`](Self::metadata_member).
    pub fn restore_metadata(&self) {
        self.state.change_settings(|settings| settings.metadata.clear());
    }

    /// Changes the `Cache-Control` of the JWK Set; `None` sends none.
    pub fn jwks_cache_control(&self, value: Option<&str>) {
        let value = value.map(str::to_owned);
        self.state.change_settings(|settings| settings.jwks_cache_control = value);
    }

    /// Changes what becomes of the `claims` parameter of token requests.
    pub fn requested_claims(&self, policy: RequestedClaims) {
        self.state.change_settings(|settings| settings.requested_claims = policy);
    }

    /// Stops serving: no new connections, and a second for the answers under way.
    pub async fn shutdown(self) {
        let mut gate = self.gate.lock().await;
        if let Gate::Open(serving) = std::mem::replace(&mut *gate, Gate::Shut(None)) {
            serving.finish().await;
        }
    }
}

impl Drop for RunningIssuer {
    fn drop(&mut self) {
        if let Gate::Open(serving) = self.gate.get_mut() {
            serving.abort();
        }
    }
}

impl fmt::Debug for RunningIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunningIssuer").field("url", &self.state.url).finish_non_exhaustive()
    }
}
