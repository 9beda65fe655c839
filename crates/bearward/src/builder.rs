//! Building a [`ResourceServer`]: `build` does not exist before an issuer and an audience are named.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use bearward_core::answer::{ErrorBody, ProtectedResource};
use bearward_core::check::DpopPolicy;
use bearward_core::engine::{IssuerResolution, Problem, Store};
use bearward_core::memory::RevocationList;
use bearward_core::request::{ProxyHeaders, TokenPlace};
use bearward_core::token::{ClaimsSet, OrganizationClaim};
use bearward_core::trust::{KeySetPolicy, Limits, Profile, ValidatorError};
use bearward_core::wire::RedactedUrl;
use bearward_core::{ConfigError, EngineConfig, IssuerConfig, Now, Provider, Settings};
use http::HeaderMap;
use reqwest::Client;

use crate::ResourceServer;
use crate::clock::Clock;
use crate::fetch;
use crate::key_request_headers::KeyRequestHeaders;
pub use crate::key_request_headers::KeyRequestHeadersError;
use crate::resolver::IssuerResolver;
use crate::resource_server::Http;
use crate::shared_stores::SharedStores;
use crate::store::{IntrospectionStore, ReplayStore, RevocationStore};

/// Collects the settings of a [`ResourceServer`].
///
/// The two type parameters tell whether an issuer and an audience have been named; both are needed:
///
/// ```compile_fail
/// // No audience: tokens made for any other API of the issuer would pass.
/// bearward::ResourceServer::builder().issuer("https://tenant.example").build();
/// ```
///
/// ```compile_fail
/// // No issuer: whose tokens?
/// bearward::ResourceServer::builder().audience("https://api.example.com").build();
/// ```
#[must_use]
pub struct ResourceServerBuilder<Issuer = Given, Audience = Given> {
    parts: Parts,
    state: PhantomData<(Issuer, Audience)>,
}

#[derive(Default)]
struct Parts {
    engine: EngineConfig,
    /// Whether the engine has settings that others would undo.
    begun: bool,
    client: Option<Client>,
    key_request_headers: KeyRequestHeaders,
    clock: Option<Clock>,
    resolver: Option<Box<dyn IssuerResolver>>,
    stores: SharedStores,
}

/// Not named yet.
#[derive(Debug)]
pub enum Missing {}

/// Named.
#[derive(Debug)]
pub enum Given {}

/// No issuer is named, but a resolver can name some.
#[derive(Debug)]
pub enum ResolverOnly {}

impl<I, A> std::fmt::Debug for ResourceServerBuilder<I, A> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResourceServerBuilder").field("engine", &self.parts.engine).finish_non_exhaustive()
    }
}

impl ResourceServer {
    /// Starts with nothing configured; an issuer and an audience are mandatory.
    pub fn builder() -> ResourceServerBuilder<Missing, Missing> {
        ResourceServerBuilder::new()
    }
}

impl ResourceServerBuilder<Missing, Missing> {
    pub(crate) fn new() -> Self {
        Self { parts: Parts::default(), state: PhantomData }
    }
}

impl ResourceServerBuilder<Missing, Missing> {
    /// Begins with settings that are data ([`Settings`]); what is code can be added.
    ///
    /// # Errors
    /// [`ConfigError`] says which setting cannot work, and why; also where something was set before.
    pub fn settings(
        mut self,
        settings: &Settings,
    ) -> Result<ResourceServerBuilder<Given, Given>, ConfigError> {
        if self.parts.begun {
            let form = "the first call on the builder: it would undo what was set before".to_owned();
            return Err(ConfigError::new("", Problem::Form(form)));
        }
        self.parts.begun = true;
        self.parts.engine = settings.engine_config()?;
        Ok(self.into_state())
    }
}

impl<I, A> ResourceServerBuilder<I, A> {
    /// Trusts an issuer, besides others given in the same way: its identifier, for discovery, or an
    /// [`IssuerConfig`].
    pub fn issuer(self, issuer: impl Into<IssuerConfig>) -> ResourceServerBuilder<Given, A> {
        self.engine(|engine| engine.issuer(issuer)).into_state()
    }

    /// Trusts a provider, besides other issuers and providers: its preset says where its keys are and whom tokens must be
    /// for.
    ///
    /// ```
    /// use bearward::{Provider, ResourceServer};
    ///
    /// let api = ResourceServer::builder()
    ///     .provider(Provider::auth0("acme.eu.auth0.com").audience("https://api.example.com"))
    ///     .build()?;
    /// # Ok::<(), bearward::ConfigError>(())
    /// ```
    pub fn provider(self, provider: Provider) -> ResourceServerBuilder<Given, Given> {
        self.engine(|engine| engine.provider(provider)).into_state()
    }

    /// Asks this function about issuers that are not configured.
    pub fn issuer_resolver(
        mut self,
        resolver: impl IssuerResolver,
    ) -> ResourceServerBuilder<I::WithResolver, A>
    where
        I: IssuerState,
    {
        self.parts.resolver = Some(Box::new(resolver));
        self.engine(|engine| engine.issuer_resolution(IssuerResolution::On)).into_state()
    }

    /// Accepts tokens for this audience, besides others given in the same way: from every issuer that names no audience
    /// of its own ([`IssuerConfig::audience`]), at any place in the chain.
    pub fn audience(self, audience: impl Into<String>) -> ResourceServerBuilder<I, Given> {
        self.engine(|engine| engine.audience(audience)).into_state()
    }

    /// Every issuer names its own audiences ([`IssuerConfig::audience`]), or what takes their place
    /// ([`IssuerConfig::tokens_without_audience`]); one that does not is a [`ConfigError`].
    pub fn audience_per_issuer(self) -> ResourceServerBuilder<I, Given> {
        self.into_state()
    }

    /// Requires tokens of the strict profile of RFC 9068, or accepts what most servers still send.
    pub fn profile(self, profile: Profile) -> Self {
        self.engine(|engine| engine.profile(profile))
    }

    /// How far clocks may differ: 5 seconds unless set, a minute at most.
    pub fn clock_tolerance(self, tolerance: Duration) -> Self {
        self.engine(|engine| engine.clock_tolerance(tolerance))
    }

    /// Refuses tokens issued longer ago than this (`iat`), with any `exp`.
    pub fn max_age(self, max_age: Duration) -> Self {
        self.engine(|engine| engine.max_age(max_age))
    }

    /// Adds your own check of the claims set. It runs on every request, so it must be quick and must not block. If it
    /// panics, the request is answered 500.
    pub fn validator(
        self,
        validator: impl Fn(&ClaimsSet) -> Result<(), ValidatorError> + Send + Sync + 'static,
    ) -> Self {
        self.engine(|engine| engine.validator(validator))
    }

    /// The claim that names the token's organization: `organization_id` unless set. Auth0 uses `org_id`, Clerk `o.id`,
    /// Keycloak [`OrganizationClaim::several("organization")`](OrganizationClaim::several). An issuer may have one of its own
    /// ([`IssuerConfig::organization_claim`]).
    pub fn organization_claim(self, claim: impl Into<OrganizationClaim>) -> Self {
        self.engine(|engine| engine.organization_claim(claim))
    }

    /// Says that a scope includes others, which may include others in turn: `implies("files:write", ["files:read"])`
    /// lets tokens with `files:write` meet a requirement of `files:read`, and refuses them where that is required not
    /// to be granted. [`AccessToken::scopes`](crate::AccessToken::scopes) and challenges stay as they are. A scope that
    /// implies itself, directly or through others, is an error of [`build`](Self::build).
    pub fn implies<S: Into<String>>(
        self,
        scope: impl Into<String>,
        implied: impl IntoIterator<Item = S>,
    ) -> Self {
        self.engine(|engine| engine.implies(scope, implied))
    }

    /// How long key sets live and how often they are fetched.
    pub fn key_sets(self, policy: KeySetPolicy) -> Self {
        self.engine(|engine| engine.key_sets(policy))
    }

    /// The bounds on tokens, key sets, caches and waiting requests.
    pub fn limits(self, limits: Limits) -> Self {
        self.engine(|engine| engine.limits(limits))
    }

    /// Where requests have their access token: the `Authorization` header unless set. A token anywhere else lets no
    /// request in, and a second one beside it is answered 400. The scheme `DPoP` is that header's alone, so a token
    /// that is bound to a key is then refused.
    ///
    /// ```
    /// use bearward::ResourceServer;
    /// use bearward::request::TokenHeader;
    ///
    /// let api = ResourceServer::builder()
    ///     .issuer("https://team.cloudflareaccess.com")
    ///     .audience("32eafc7626e737606f1d46a05cbd7f2b")
    ///     .token_place(TokenHeader::new("cf-access-jwt-assertion")?)
    ///     .build()?;
    /// # Ok::<(), bearward::ConfigError>(())
    /// ```
    pub fn token_place(self, place: impl Into<TokenPlace>) -> Self {
        self.engine(|engine| engine.token_place(place))
    }

    /// How DPoP is handled: accepted and not required unless set (RFC 9449).
    pub fn dpop(self, policy: DpopPolicy) -> Self {
        self.engine(|engine| engine.dpop(policy))
    }

    /// Where clients reach this API, such as `https://api.example.com`, with the path prefix that a proxy strips,
    /// if any: what DPoP proofs must name, whatever a request says of itself. What is not an origin is a [`ConfigError`] of
    /// [`build`](Self::build).
    pub fn public_origin(self, origin: &str) -> Self {
        self.engine(|engine| engine.public_origin(origin))
    }

    /// The networks of the proxies in front of this API, such as `10.0.0.0/8`, and the headers that they are
    /// believed: `ProxyHeaders::none()` and then each by its name. Name the headers that the proxy sets on every
    /// request; one that it passes on from its clients lets them say what URL they used, or which certificate
    /// they have. No proxy is trusted unless it is named here. What is not a network, or is the network of all addresses, is a
    /// [`ConfigError`] of [`build`](Self::build).
    ///
    /// ```
    /// use bearward::ResourceServer;
    /// use bearward::request::{CertificateHeader, ProxyHeaders};
    ///
    /// let api = ResourceServer::builder()
    ///     .issuer("https://tenant.example/oidc")
    ///     .audience("https://api.example.com")
    ///     .trusted_proxies(["10.0.0.0/8"], ProxyHeaders::none().client_certificate(CertificateHeader::ClientCert))
    ///     .build()?;
    /// # Ok::<(), bearward::ConfigError>(())
    /// ```
    pub fn trusted_proxies<'t>(
        self,
        networks: impl IntoIterator<Item = &'t str>,
        headers: ProxyHeaders,
    ) -> Self {
        self.engine(|engine| engine.trusted_proxies(networks, headers))
    }

    /// Remembers used DPoP proofs in this store instead of this process: for APIs on several machines.
    pub fn replay_store(mut self, store: impl ReplayStore) -> Self {
        self.parts.stores.replays = Some(Box::new(store));
        self.engine(|engine| engine.replays(Store::Shared))
    }

    /// Refuses the tokens on this list, from the next request on, cached or not.
    pub fn revocation_list(self, list: Arc<RevocationList>) -> Self {
        self.engine(|engine| engine.revocation_list(list))
    }

    /// Asks this store about each token too, which takes its time with every request: for APIs on several machines.
    pub fn revocation_store(mut self, store: impl RevocationStore) -> Self {
        self.parts.stores.revocations = Some(Box::new(store));
        self.engine(|engine| engine.revocations(Store::Shared))
    }

    /// Shares what introspection says through this store, so that one machine asks for all.
    pub fn introspection_store(mut self, store: impl IntrospectionStore) -> Self {
        self.parts.stores.introspections = Some(Box::new(store));
        self
    }

    /// The realm of every challenge: `api` unless set.
    pub fn realm(self, realm: impl Into<String>) -> Self {
        self.engine(|engine| engine.realm(realm))
    }

    /// Describes the API to clients that wonder whom to ask for a token (RFC 9728). Every challenge then names the
    /// URL of the description, which is to be served from [`ResourceServer::resource_metadata`]; `bearward-axum`
    /// has a route for it.
    ///
    /// ```
    /// use bearward::ResourceServer;
    /// use bearward::answer::ProtectedResource;
    ///
    /// let api = ResourceServer::builder()
    ///     .issuer("https://tenant.example/oidc")
    ///     .audience("https://api.example.com/mcp")
    ///     .resource(ProtectedResource::new("https://api.example.com/mcp").scope("notes:read"))
    ///     .build()?;
    /// let path = "/.well-known/oauth-protected-resource/mcp";
    /// assert_eq!(api.resource_metadata().map(|metadata| metadata.path()), Some(path));
    /// # Ok::<(), bearward::ConfigError>(())
    /// ```
    pub fn resource(self, resource: ProtectedResource) -> Self {
        self.engine(|engine| engine.resource(resource))
    }

    /// The URL of protected resource metadata that is served elsewhere, named in every challenge (RFC 9728 §5.1).
    pub fn resource_metadata(self, url: impl Into<String>) -> Self {
        self.engine(|engine| engine.resource_metadata(url))
    }

    /// The shape of refusals' bodies.
    pub fn error_body(self, body: ErrorBody) -> Self {
        self.engine(|engine| engine.error_body(body))
    }

    /// Fetches with this client: for a private CA, a proxy, a client certificate. The fetch timeout and the
    /// size limits hold all the same, and answers from elsewhere than the URL asked for are refused. Build it
    /// with `redirect(Policy::none())`, so that redirects are not even followed.
    pub fn http_client(mut self, client: Client) -> Self {
        self.parts.client = Some(client);
        self
    }

    /// Sends headers of the operator's own when the metadata and keys of this issuer are fetched, such as the bearer
    /// token that the API server of Kubernetes wants to see. The function is asked before each fetch, so it may read a
    /// file that changes. The headers go to the scheme, host and port that are configured for the issuer, and to no
    /// other host that its metadata name; set [`IssuerConfig::jwks_uri`] where the keys are elsewhere. No log and no
    /// error shows them.
    ///
    /// ```
    /// use bearward::{IssuerConfig, ResourceServer};
    /// use http::{HeaderMap, HeaderValue, header};
    ///
    /// const TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";
    /// let api = ResourceServer::builder()
    ///     .issuer(
    ///         IssuerConfig::new("https://kubernetes.default.svc.cluster.local")
    ///             .jwks_uri("https://kubernetes.default.svc/openid/v1/jwks"),
    ///     )
    ///     .key_request_headers("https://kubernetes.default.svc.cluster.local", || {
    ///         let token = std::fs::read_to_string(TOKEN)?;
    ///         let value = HeaderValue::try_from(format!("Bearer {}", token.trim()))?;
    ///         Ok(HeaderMap::from_iter([(header::AUTHORIZATION, value)]))
    ///     })
    ///     .audience("https://api.example.com")
    ///     .build()?;
    /// # Ok::<(), bearward::ConfigError>(())
    /// ```
    pub fn key_request_headers(
        mut self,
        issuer: impl Into<String>,
        headers: impl Fn() -> Result<HeaderMap, KeyRequestHeadersError> + Send + Sync + 'static,
    ) -> Self {
        self.parts.key_request_headers.add(issuer.into(), headers);
        self
    }

    /// Reads the time from this function instead of the machine's clocks: for tests.
    pub fn clock(mut self, read: impl Fn() -> Now + Send + Sync + 'static) -> Self {
        self.parts.clock = Some(Clock::Custom(Arc::new(read)));
        self
    }

    /// Settings that weaken the protection.
    pub fn dangerous(self) -> Dangerous<I, A> {
        Dangerous(self)
    }

    fn engine(mut self, change: impl FnOnce(EngineConfig) -> EngineConfig) -> Self {
        self.parts.begun = true;
        self.parts.engine = change(self.parts.engine);
        self
    }

    fn into_state<J, B>(self) -> ResourceServerBuilder<J, B> {
        ResourceServerBuilder { parts: self.parts, state: PhantomData }
    }
}

impl<I: HasIssuers> ResourceServerBuilder<I, Given> {
    /// Checks the settings. Nothing is fetched: the first request does that, or
    /// [`ready`](ResourceServer::ready).
    ///
    /// # Errors
    /// [`ConfigError`] says which setting cannot work, and why.
    pub fn build(self) -> Result<ResourceServer, ConfigError> {
        let Parts { engine, client, key_request_headers, clock, resolver, stores, begun: _ } = self.parts;
        let engine = engine.build()?;
        let is_configured = |name: &str| engine.issuers().any(|issuer| issuer.identifier() == name);
        if let Some(unknown) = key_request_headers.issuers().find(|issuer| !is_configured(issuer)) {
            let unknown = Problem::KeyRequestHeaders(RedactedUrl::of(unknown));
            return Err(ConfigError::new("key_request_headers", unknown));
        }
        let client = match client {
            Some(client) => client,
            None => fetch::default_client().map_err(|error| {
                // A proxy of the environment may have a password.
                let why = RedactedUrl::within(&error.without_url().to_string());
                ConfigError::new("http_client", Problem::HttpClient(why))
            })?,
        };
        let clock = clock.unwrap_or_else(Clock::system);
        let http = Http { client, key_request_headers };
        Ok(ResourceServer::new(engine, http, clock, resolver, stores))
    }
}

/// Whether an issuer is named.
pub trait IssuerState: sealed::Sealed {
    /// The state once a resolver is there too.
    type WithResolver;
}

/// States in which some issuer may be trusted.
pub trait HasIssuers: IssuerState {}

impl IssuerState for Missing {
    type WithResolver = ResolverOnly;
}

impl IssuerState for Given {
    type WithResolver = Self;
}

impl IssuerState for ResolverOnly {
    type WithResolver = Self;
}

impl HasIssuers for Given {}
impl HasIssuers for ResolverOnly {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Missing {}
    impl Sealed for super::Given {}
    impl Sealed for super::ResolverOnly {}
}

/// Settings that weaken the protection. Each is here to be found by searching for `dangerous`.
#[derive(Debug)]
#[must_use]
pub struct Dangerous<I, A>(ResourceServerBuilder<I, A>);

impl<I, A> Dangerous<I, A> {
    /// Accepts tokens without `exp`: a stolen one works for ever.
    pub fn allow_tokens_without_expiry(self) -> ResourceServerBuilder<I, A> {
        self.0.engine(|engine| engine.dangerous().allow_tokens_without_expiry())
    }

    /// Accepts tokens for any audience: a token made for another API of the same issuer passes here.
    pub fn allow_any_audience(self) -> ResourceServerBuilder<I, Given> {
        self.0.engine(|engine| engine.dangerous().allow_any_audience()).into_state()
    }

    /// Accepts tokens without `iss` as those of the one configured issuer: anything else that is signed with its keys
    /// and names no issuer passes for its access token. A token that has an `iss` must still name that issuer. More
    /// issuers, or a resolver, beside it are a [`ConfigError`].
    ///
    /// ```
    /// use bearward::{IssuerConfig, ResourceServer};
    ///
    /// let api = ResourceServer::builder()
    ///     // The identifier is what revocations and logs call it.
    ///     .issuer(IssuerConfig::new("https://passport.example").jwks_uri("https://passport.example/keys"))
    ///     .audience("3")
    ///     .dangerous()
    ///     .allow_tokens_without_issuer()
    ///     .build()?;
    /// # Ok::<(), bearward::ConfigError>(())
    /// ```
    pub fn allow_tokens_without_issuer(self) -> ResourceServerBuilder<I, A> {
        self.0.engine(|engine| engine.dangerous().allow_tokens_without_issuer())
    }

    /// Accepts tokens in the query (`?access_token=`): they end up in logs, histories and `Referer` headers.
    pub fn allow_query_tokens(self) -> ResourceServerBuilder<I, A> {
        self.0.engine(|engine| engine.dangerous().allow_query_tokens())
    }

    /// Accepts clocks that differ by more than a minute: expired tokens live on for as long.
    pub fn clock_tolerance(self, tolerance: Duration) -> ResourceServerBuilder<I, A> {
        self.0.engine(|engine| engine.dangerous().clock_tolerance(tolerance))
    }
}
