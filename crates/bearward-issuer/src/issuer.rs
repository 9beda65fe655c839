//! Starting an issuer.

use std::sync::Arc;
use std::time::Duration;

use crate::algorithm::Algorithm;
use crate::config::{
    Api, Client, Config, DpopNonce, Organization, ProtectedResource, RequestedClaims, Role, User, WellKnown,
};
use crate::key_ring::KeyRing;
use crate::running::RunningIssuer;
use crate::server::port::{self, Serving};
use crate::server::state::IssuerState;
use crate::signing_key::{KeyError, SigningKey};
use crate::start_error::StartError;

/// An authorization server that has not started yet.
#[derive(Clone, Debug, Default)]
pub struct Issuer {
    config: Config,
}

impl Issuer {
    /// An issuer of this configuration.
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    /// Starts from an empty configuration: enough to mint tokens of any kind.
    pub fn builder() -> IssuerBuilder {
        IssuerBuilder::default()
    }

    /// Checks the configuration, makes the keys, binds the port and serves until shut down or dropped.
    ///
    /// It must be called within a Tokio runtime, and serves as long as that runtime lives.
    ///
    /// # Errors
    ///
    /// [`StartError::Config`] for a contradictory configuration, [`StartError::PortInUse`] and
    /// [`StartError::Bind`] if the port cannot be had, [`StartError::Key`] if no key can be made.
    pub async fn start(self) -> Result<RunningIssuer, StartError> {
        let Self { config } = self;
        config.check().map_err(StartError::Config)?;
        let keys = first_keys(&config.algorithms).map_err(StartError::Key)?;

        let port = config.port;
        let failed = |error| StartError::from_io(port, error);
        let socket = port::bind(port).map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        let state = Arc::new(IssuerState::new(config, &format!("http://{address}"), keys));
        let router = crate::server::router(Arc::clone(&state));
        let serving = Serving::start(socket, router.clone()).map_err(failed)?;
        tracing::info!(issuer = state.url, "authorization server started");
        Ok(RunningIssuer::new(state, router, serving, address.port()))
    }
}

/// One key for each algorithm; the first one signs.
fn first_keys(algorithms: &[Algorithm]) -> Result<KeyRing, KeyError> {
    let mut keys = algorithms.iter().map(|algorithm| SigningKey::try_generate(*algorithm));
    let mut ring = KeyRing::new(keys.next().ok_or(KeyError::Library)??);
    for key in keys {
        ring.publish(key?);
    }
    Ok(ring)
}

/// Collects the configuration of an [`Issuer`].
///
/// ```
/// use bearward_issuer::{Algorithm, Api, Client, Issuer, Role};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let issuer = Issuer::builder()
///     .path("/oidc")
///     .algorithms([Algorithm::Es256, Algorithm::Ed25519])
///     .api(Api::new("https://api.example.com", ["read:messages"]))
///     .role(Role::new("reader").grants("https://api.example.com", ["read:messages"]))
///     .client(Client::new("app", "s3cret").role("reader"))
///     .start()
///     .await?;
/// assert!(issuer.url().ends_with("/oidc"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "an issuer serves only once it is started"]
pub struct IssuerBuilder {
    config: Config,
}

impl IssuerBuilder {
    /// Replaces the whole configuration.
    pub fn config(mut self, config: Config) -> Self {
        self.config = config;
        self
    }

    /// Sets the port on 127.0.0.1; 0, the default, takes a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.config.port = port;
        self
    }

    /// Sets the path of the issuer identifier, such as `/oidc`. A final slash becomes part of it.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.config.path = path.into();
        self
    }

    /// Sets where the metadata is found; at both locations by default.
    pub fn well_known(mut self, locations: WellKnown) -> Self {
        self.config.well_known = locations;
        self
    }

    /// Sets the algorithms, one key for each. The first one, RS256 by default, signs the tokens.
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        self.config.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Sets how long tokens of the token endpoint live, in whole seconds; an hour by default.
    pub fn access_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.config.access_token_lifetime_secs = lifetime.as_secs();
        self
    }

    /// Sends this `Cache-Control` with the JWK Set; none by default.
    pub fn jwks_cache_control(mut self, value: impl Into<String>) -> Self {
        self.config.jwks_cache_control = Some(value.into());
        self
    }

    /// Sets what becomes of the `claims` parameter; refused by default.
    pub fn requested_claims(mut self, policy: RequestedClaims) -> Self {
        self.config.requested_claims = policy;
        self
    }

    /// Sets the audience of an organization's own permissions, `{id}` standing for its id;
    /// `urn:logto:organization:{id}` by default.
    pub fn organization_audience(mut self, template: impl Into<String>) -> Self {
        self.config.organization_audience = template.into();
        self
    }

    /// Adds an API. The first one is used if a token request names no API.
    pub fn api(mut self, api: Api) -> Self {
        self.config.apis.push(api);
        self
    }

    /// Adds a role.
    pub fn role(mut self, role: Role) -> Self {
        self.config.roles.push(role);
        self
    }

    /// Adds a client.
    pub fn client(mut self, client: Client) -> Self {
        self.config.clients.push(client);
        self
    }

    /// Adds an organization.
    pub fn organization(mut self, organization: Organization) -> Self {
        self.config.organizations.push(organization);
        self
    }

    /// Adds a protected resource, which may introspect.
    pub fn protected_resource(mut self, resource: ProtectedResource) -> Self {
        self.config.protected_resources.push(resource);
        self
    }

    /// Sets the user, who allows clients access: the server then has an authorization endpoint, and clients register
    /// themselves.
    pub fn user(mut self, user: User) -> Self {
        self.config.user = Some(user);
        self
    }

    /// Sets whether a DPoP proof at the token endpoint needs a nonce; it does not by default.
    pub fn dpop_nonce(mut self, policy: DpopNonce) -> Self {
        self.config.dpop_nonce = policy;
        self
    }

    /// Starts it: see [`Issuer::start`].
    ///
    /// # Errors
    ///
    /// Those of [`Issuer::start`].
    pub async fn start(self) -> Result<RunningIssuer, StartError> {
        Issuer::new(self.config).start().await
    }
}
