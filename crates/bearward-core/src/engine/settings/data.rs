//! The settings of a resource server as data, as they are in a file.
//!
//! The names are those of the builder and of the RFCs. Bounds begin with `max_` or `min_`; what weakens the protection
//! stands under `dangerous`. Everything but the issuers has a default.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::values::{Hidden, Readable, Secret};
use crate::answer::challenge::ErrorBody;
use crate::token::claims::{ClaimPath, OrganizationClaim};
use crate::trust::introspection::{IntrospectedTokens, IntrospectionAnswers};
use crate::trust::validation_policy::Profile;

/// The settings of a resource server.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct Data {
    /// The trusted authorization servers.
    pub(super) issuers: Vec<IssuerData>,
    /// Whom tokens must be for, where their issuer names no audiences of its own.
    pub(super) audiences: Vec<String>,
    /// How close to RFC 9068 tokens must be.
    pub(super) profile: Profile,
    /// How far clocks may differ: 5s unless set, 1m at most.
    pub(super) clock_tolerance: Option<Readable>,
    /// Tokens that were issued longer ago than this are refused, with any exp.
    pub(super) max_age: Option<Readable>,
    /// The claim that names the organization: organization_id unless set.
    pub(super) organization_claim: Option<OrganizationClaimData>,
    /// The scopes that a scope includes, by its name: {"files:write": ["files:read"]}.
    pub(super) implies: BTreeMap<String, Vec<String>>,
    /// How long key sets live, and how often they are fetched.
    pub(super) key_sets: KeySetData,
    /// The bounds.
    pub(super) limits: LimitData,
    /// Where requests have their access token, where that is not the Authorization header.
    pub(super) token_place: Option<TokenPlaceData>,
    /// Proof of possession (RFC 9449).
    pub(super) dpop: DpopData,
    /// Certificate-bound tokens (RFC 8705): accepted, or required.
    pub(super) certificates: Support,
    /// Tokens can be refused before they expire: the application revokes them on a list of this process.
    pub(super) revocations: Option<RevocationData>,
    /// Where clients reach the API, such as https://api.example.com.
    pub(super) public_origin: Option<String>,
    /// The proxies in front of the API, and the headers that they are trusted to set.
    pub(super) trusted_proxies: TrustedProxyData,
    /// The realm of challenges: api unless set.
    pub(super) realm: Option<String>,
    /// The shape of the bodies of refusals.
    pub(super) error_body: ErrorBody,
    /// The protected resource metadata that this server serves (RFC 9728).
    pub(super) resource: Option<ResourceData>,
    /// The URL of protected resource metadata that are served elsewhere.
    pub(super) resource_metadata: Option<String>,
    /// Settings that weaken the protection.
    pub(super) dangerous: DangerousData,
}

/// The list of revocations of this process.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct RevocationData {
    /// The most revocations that it holds. While it is full of live ones, no other can be added.
    pub(super) max_entries: usize,
}

/// One trusted issuer, or a provider's preset in its place.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct IssuerData {
    /// Its identifier: exactly what tokens have as iss.
    pub(super) issuer: Option<String>,
    /// The preset of a provider, alone: {auth0: {domain: acme.eu.auth0.com, audience: https://api.example.com}}.
    pub(super) provider: Option<Hidden>,
    /// The URL of its metadata, instead of the well-known places.
    pub(super) metadata_url: Option<String>,
    /// Its metadata are at the well-known places of this URL.
    pub(super) metadata_base_url: Option<String>,
    /// The URL of its key set; no metadata are fetched.
    pub(super) jwks_uri: Option<String>,
    /// Its keys: a JWK Set or a JWK.
    pub(super) static_keys: Option<Hidden>,
    /// Its public key in PEM.
    pub(super) public_key_pem: Option<String>,
    /// The secret that its tokens are signed with (HS256).
    pub(super) shared_secret: Option<Secret>,
    /// A secret that some of its tokens are signed with, beside its published keys.
    pub(super) shared_secret_beside_keys: Option<Secret>,
    /// Its tokens are those of an AWS load balancer.
    pub(super) load_balancer: Option<LoadBalancerData>,
    /// The algorithms that its tokens may be signed with.
    pub(super) algorithms: Option<Vec<String>>,
    /// Its own audiences.
    pub(super) audiences: Vec<String>,
    /// What takes the place of an audience in its tokens without one.
    pub(super) tokens_without_audience: Option<TokensWithoutAudienceData>,
    /// The claim that names the organization of its tokens.
    pub(super) organization_claim: Option<OrganizationClaimData>,
    /// Claims that its tokens must have.
    pub(super) required_claims: Vec<RequiredClaimData>,
    /// It is asked about its opaque tokens (RFC 7662).
    pub(super) introspection: Option<IntrospectionData>,
    /// Settings that weaken the protection.
    pub(super) dangerous: DangerousIssuerData,
}

/// An AWS Application Load Balancer.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct LoadBalancerData {
    /// Its ARN.
    pub(super) arn: String,
    /// Where its keys are, instead of the place of its region.
    #[serde(default)]
    pub(super) keys_at: Option<String>,
}

/// Which tokens without aud are for this API. Exactly one of the first four.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct TokensWithoutAudienceData {
    /// The accepted values of client_id.
    pub(super) client_id: Option<Vec<String>>,
    /// The accepted values of azp.
    pub(super) azp: Option<Vec<String>>,
    /// The accepted values of appid.
    pub(super) appid: Option<Vec<String>>,
    /// The accepted values of cid.
    pub(super) cid: Option<Vec<String>>,
    /// Claims that must be exactly this text, too.
    pub(super) claims: BTreeMap<String, String>,
}

/// A claim that tokens must have.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct RequiredClaimData {
    /// Its path.
    pub(super) claim: PathData,
    /// The values that it may have.
    pub(super) one_of: Vec<Value>,
}

/// How an issuer is asked about tokens. One of client_secret and private_key.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct IntrospectionData {
    /// The id that this API is registered under at the authorization server.
    pub(super) client_id: String,
    /// The secret of that client.
    #[serde(default)]
    pub(super) client_secret: Option<Secret>,
    /// How the secret is sent.
    #[serde(default)]
    pub(super) client_auth: ClientAuth,
    /// The private key of that client (private_key_jwt).
    #[serde(default)]
    pub(super) private_key: Option<PrivateKeyData>,
    /// The URL of the introspection endpoint, where the issuer's metadata do not name it.
    #[serde(default)]
    pub(super) endpoint: Option<String>,
    /// Which tokens the issuer is asked about.
    #[serde(default)]
    pub(super) tokens: IntrospectedTokens,
    /// What the issuer is asked to answer with.
    #[serde(default)]
    pub(super) answers: IntrospectionAnswers,
    /// How long an active token is not asked about again: 1m unless set, from 1s to 1h.
    #[serde(default)]
    pub(super) cache_for: Option<Readable>,
    /// How long a refused token is not asked about again: 5s unless set, from 1s to 1h.
    #[serde(default)]
    pub(super) cache_refusals_for: Option<Readable>,
    /// How much longer an active token passes while every call is taken: 5s unless set, 1m at most.
    #[serde(default)]
    pub(super) bridge_for: Option<Readable>,
}

/// How a client secret is sent.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(super) enum ClientAuth {
    #[default]
    ClientSecretBasic,
    ClientSecretPost,
}

/// A private key that client assertions are signed with.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct PrivateKeyData {
    /// The key in PEM, in the form of PKCS#8.
    pub(super) pem: Secret,
    /// The algorithm, such as ES256.
    pub(super) algorithm: String,
    /// Its kid.
    #[serde(default)]
    pub(super) kid: Option<String>,
}

/// How long key sets live, and how often they are fetched.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct KeySetData {
    /// The least time between fetches for tokens whose key is unknown: 30s unless set.
    pub(super) cooldown: Option<Readable>,
    /// The least age at which a set is refreshed: 30s unless set, or max_age where that is less.
    pub(super) min_age: Option<Readable>,
    /// The age at which a set is refreshed: 10m unless set.
    pub(super) max_age: Option<Readable>,
    /// The longest time that a set serves during an outage: 24h unless set, or max_age where that is more.
    pub(super) max_stale: Option<Readable>,
    /// The age at which metadata are asked for again: 1h unless set.
    pub(super) max_metadata_age: Option<Readable>,
}

/// The bounds. Each has a default that is right for nearly every API.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct LimitData {
    /// The longest access token in bytes.
    pub(super) max_token_bytes: Option<usize>,
    /// The longest key set or metadata document in bytes.
    pub(super) max_key_set_bytes: Option<usize>,
    /// The most keys of one set.
    pub(super) max_keys: Option<usize>,
    /// The most keys tried on a token that names no key.
    pub(super) max_keys_tried: Option<usize>,
    /// The most tokens in the verified-token cache; 0 switches it off.
    pub(super) max_cached_tokens: Option<usize>,
    /// The most memory of the verified-token cache in bytes.
    pub(super) max_cached_token_bytes: Option<usize>,
    /// The most requests that wait for one thing.
    pub(super) max_waiting_requests: Option<usize>,
    /// The longest time of one fetch.
    pub(super) fetch_timeout: Option<Readable>,
    /// The most introspected tokens that are remembered.
    pub(super) max_introspected_tokens: Option<usize>,
    /// The most memory of the remembered introspections in bytes.
    pub(super) max_introspected_token_bytes: Option<usize>,
    /// The most introspection calls at a time.
    pub(super) max_introspection_calls: Option<usize>,
    /// The longest introspection answer in bytes.
    pub(super) max_introspection_bytes: Option<usize>,
    /// The most issuers that a resolver has named and that are kept.
    pub(super) max_resolved_issuers: Option<usize>,
    /// The most DPoP proofs that are remembered.
    pub(super) max_replay_entries: Option<usize>,
}

/// Where requests have their access token. Exactly one of header, cookie and subprotocol.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct TokenPlaceData {
    /// The header that has it by itself.
    pub(super) header: Option<String>,
    /// The cookie that has it.
    pub(super) cookie: Option<String>,
    /// The WebSocket subprotocol after which it comes.
    pub(super) subprotocol: Option<String>,
    /// A token in Authorization is for another party, and ignored. For a header.
    pub(super) beside_authorization: bool,
    /// Clients write the header themselves. For a header.
    pub(super) written_by_clients: bool,
    /// Pages of these origins may send requests, too. For a header or a cookie.
    pub(super) trusted_origins: Vec<String>,
}

/// Proof of possession (RFC 9449).
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct DpopData {
    /// off, accepted or required.
    pub(super) mode: DpopMode,
    /// The longest time since a proof was made: 5m unless set, from 1s to 1h.
    pub(super) max_proof_age: Option<Readable>,
    /// How far in the future a proof may be made: 30s unless set, 5m at most.
    pub(super) max_proof_future: Option<Readable>,
    /// The algorithms that proofs may be signed with.
    pub(super) algorithms: Option<Vec<String>>,
    /// Proofs need a nonce of this server.
    pub(super) nonces: Option<NonceData>,
}

/// How DPoP is handled.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(super) enum DpopMode {
    Off,
    #[default]
    Accepted,
    Required,
}

/// Whether something is accepted beside other tokens, or required of each.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(super) enum Support {
    #[default]
    Accepted,
    Required,
}

/// The nonces of proofs.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct NonceData {
    /// The secret that all machines of the API share; a random one of this process unless set.
    pub(super) secret: Option<Secret>,
    /// The secret before it, whose nonces are still recognized.
    pub(super) previous_secret: Option<Secret>,
    /// How long a nonce is good for: 5m unless set, from 10s to 1h.
    pub(super) lifetime: Option<Readable>,
}

/// The proxies in front of the API.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct TrustedProxyData {
    /// The addresses and networks that they connect from, such as 10.0.0.0/8.
    pub(super) networks: Vec<String>,
    /// The headers that they set on every request.
    pub(super) headers: ProxyHeaderData,
}

/// The headers that trusted proxies set.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct ProxyHeaderData {
    /// The header with the host that the client used.
    pub(super) host: Option<HostHeader>,
    /// The header with the scheme that the client used.
    pub(super) proto: Option<ProtoHeader>,
    /// The header with the client's certificate.
    pub(super) client_certificate: Option<CertificateHeaderData>,
}

/// A header with the host.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) enum HostHeader {
    XForwardedHost,
    Forwarded,
}

/// A header with the scheme.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) enum ProtoHeader {
    XForwardedProto,
    Forwarded,
}

/// A header with the client's certificate.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct CertificateHeaderData {
    /// The form of the header.
    pub(super) form: CertificateForm,
    /// Its name, for pem and base64-der.
    #[serde(default)]
    pub(super) header: Option<String>,
}

/// The form of a header with a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) enum CertificateForm {
    Pem,
    Base64Der,
    ClientCert,
    XForwardedClientCert,
    XForwardedTlsClientCert,
    /// No header: what runs before has put the client's certificate in the place of the connection's.
    Connection,
}

/// The protected resource, for its metadata.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct ResourceData {
    /// The URL under which clients know the API.
    pub(super) identifier: String,
    /// The authorization servers that clients may ask, in place of all trusted ones.
    #[serde(default)]
    pub(super) authorization_servers: Vec<String>,
    /// The scopes that clients may ask for.
    #[serde(default)]
    pub(super) scopes: Vec<String>,
    /// Its name for people.
    #[serde(default)]
    pub(super) name: Option<String>,
    /// The URL of a page for developers.
    #[serde(default)]
    pub(super) documentation: Option<String>,
    /// Clients are asked for certificates by this server itself.
    #[serde(default)]
    pub(super) client_certificates: bool,
    /// Tokens are accepted in forms, too.
    #[serde(default)]
    pub(super) form_tokens: bool,
    /// The document is served at the root of the host, too.
    #[serde(default)]
    pub(super) at_root: bool,
    /// Any other members of the document.
    #[serde(default)]
    pub(super) members: BTreeMap<String, Value>,
}

/// Settings that weaken the protection.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct DangerousData {
    /// Tokens of any iss are verified with the keys of the one issuer.
    pub(super) allow_any_issuer: bool,
    /// Tokens without iss are those of the one issuer.
    pub(super) allow_tokens_without_issuer: bool,
    /// Tokens for any audience are accepted.
    pub(super) allow_any_audience: bool,
    /// Tokens without exp are accepted.
    pub(super) allow_tokens_without_expiry: bool,
    /// Tokens in the query are accepted.
    pub(super) allow_query_tokens: bool,
    /// Clocks may differ by this, which may be more than a minute.
    pub(super) clock_tolerance: Option<Readable>,
}

/// Settings of one issuer that weaken the protection.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct DangerousIssuerData {
    /// Its metadata and keys are fetched over plain http from any host.
    pub(super) allow_plain_http: bool,
}

/// The path of a claim: a text with dots, or a list of names.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "the path of a claim: a text, or a list of names")]
pub(super) enum PathData {
    Dotted(String),
    Names(Vec<String>),
}

/// The claim that names the organization: its path, or an object for one that may name several.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "the path of a claim, or an object with path and several")]
pub(super) enum OrganizationClaimData {
    One(PathData),
    Object(OrganizationClaimObject),
}

/// A claim that may name several organizations.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct OrganizationClaimObject {
    /// Its path.
    pub(super) path: PathData,
    /// Whether it may name several.
    #[serde(default)]
    pub(super) several: bool,
}

impl PathData {
    pub(super) fn path(&self) -> ClaimPath {
        match self {
            Self::Dotted(path) => ClaimPath::Dotted(path.clone()),
            Self::Names(names) => ClaimPath::Segments(names.clone()),
        }
    }
}

impl OrganizationClaimData {
    pub(super) fn claim(&self) -> OrganizationClaim {
        match self {
            Self::One(path) => OrganizationClaim::one(path.path()),
            Self::Object(claim) if claim.several => OrganizationClaim::several(claim.path.path()),
            Self::Object(claim) => OrganizationClaim::one(claim.path.path()),
        }
    }
}
