//! Authorization servers that people run themselves: the issuer's host is theirs.

use super::{PLAIN, list, text};
use crate::trust::provider::{
    ClaimForm, ClaimPlace, Evidence, IssuerForm, KeyPlace, Mistake, ProviderFacts, Sign, TokenForm,
};

/// The two names of one server.
const ADFS_TOKENS: IssuerForm = IssuerForm("http://{host}/adfs/services/trust");
const ADFS_METADATA: IssuerForm = IssuerForm("https://{host}/adfs");

pub(super) const ADFS: ProviderFacts = ProviderFacts {
    name: "adfs",
    title: "AD FS",
    issuers: &[ADFS_TOKENS, ADFS_METADATA],
    client_id: &["appid"],
    scope: Some(text(&["scp"])),
    keys: KeyPlace::MetadataUrl("https://{host}/adfs/.well-known/openid-configuration"),
    quirks: &[
        "The issuer of tokens is http://<host>/adfs/services/trust; that of the metadata is https://<host>/adfs. The metadata \
         has the first one in access_token_issuer.",
        "aud is microsoft:identityserver:<app>.",
        "auth_time is a string.",
    ],
    mistakes: &[Mistake {
        code: "adfs_issuer",
        when: |evidence| {
            let of_adfs = |issuer: &str| {
                ADFS_TOKENS.matches(issuer) || ADFS_METADATA.matches(issuer.trim_end_matches('/'))
            };
            evidence.has_failed("issuer")
                && evidence.issuer().is_some_and(of_adfs)
                && evidence.expected_issuers().any(of_adfs)
        },
        problem: "AD FS has two names: its tokens have the iss {iss}, its metadata names another; configured is {issuer}.",
        remedy: "Write the issuer as in iss, and set the URL of the keys.",
        rust: ".issuer(IssuerConfig::new(\"{iss}\").jwks_uri(\"https://{host}/adfs/discovery/keys\"))",
        node: "auth({ issuer: '{iss}', jwksUri: 'https://{host}/adfs/discovery/keys', audience: '{audience}' })",
    }],
    ..PLAIN
};

pub(super) const KEYCLOAK: ProviderFacts = ProviderFacts {
    name: "keycloak",
    title: "Keycloak",
    issuers: &[IssuerForm("{+base}/realms/{realm}")],
    client_id: &["azp", "client_id"],
    roles: &[list(&["realm_access", "roles"]), list(&["resource_access", "{client}", "roles"])],
    organization: &[ClaimPlace { path: &["organization"], form: ClaimForm::ListOrObjectKeys }],
    signs: &[&[Sign::ObjectClaim("realm_access"), Sign::Claim("azp")]],
    quirks: &[
        "An RSA-OAEP key for encryption is published beside the signing keys.",
        "cnf has kc-jkt-type beside jkt.",
        "Client ids in resource_access may hold dots.",
        "Behind a proxy that ends TLS, jwks_uri is http until the server is told its public URL (KC_HOSTNAME).",
    ],
    mistakes: &[
        Mistake {
            code: "keycloak_audience_mapper",
            when: |evidence| {
                let audiences = evidence.audiences();
                let only_account = audiences.iter().all(|audience| *audience == "account");
                evidence.has_failed("audience") && only_account && !is_other_token(evidence)
            },
            problem: "the token's aud is {aud}: Keycloak names this API only once a mapper says so.",
            remedy: "In the client scope that this API's tokens have, add a mapper of the type Audience with {audience} as \
                     the included (custom) audience and \"Add to access token\" on.",
            rust: ".issuer(\"{iss}\").audience(\"{audience}\")",
            node: "auth({ issuerBaseURL: '{iss}', audience: '{audience}' })",
        },
        Mistake {
            code: "keycloak_hostname",
            when: |evidence| {
                let realm = |issuer: &str| KEYCLOAK_REALM.value(issuer, "realm").map(str::to_owned);
                let found = evidence.issuer().and_then(realm);
                let of_realm = |expected: &str| realm(expected) == found;
                found.is_some() && evidence.has_failed("issuer") && evidence.expected_issuers().any(of_realm)
            },
            problem: "the realm is the same and its address is not: the token's iss is {iss}, configured is {issuer}. \
                      Keycloak writes the host that the client used.",
            remedy: "Start Keycloak with --hostname=<public URL> (KC_HOSTNAME), so that each token has one iss; where this \
                     API reaches it by another name, keep the iss and name the keys.",
            rust: ".issuer(IssuerConfig::new(\"{iss}\").jwks_uri(\"https://<host>/realms/{realm}/protocol/openid-connect/\
                   certs\"))",
            node: "auth({ issuer: '{iss}', jwksUri: 'https://<host>/realms/{realm}/protocol/openid-connect/certs', \
                   audience: '{audience}' })",
        },
    ],
    ..PLAIN
};

const KEYCLOAK_REALM: IssuerForm = IssuerForm("{+base}/realms/{realm}");

pub(super) const CURITY: ProviderFacts = ProviderFacts {
    name: "curity",
    title: "Curity Identity Server",
    issuers: &[IssuerForm("https://{host}/oauth/v2/oauth-anonymous"), IssuerForm("https://{host}/~")],
    access_tokens: TokenForm::JwtOnRequest,
    signs: &[&[Sign::TokenBegins("_0XBPWQQ_")]],
    quirks: &["Access tokens are opaque by default; introspection gives the JWT behind one (phantom token)."],
    mistakes: &[Mistake {
        code: "opaque_by_default",
        when: |evidence| evidence.is_unreadable(),
        problem: "Curity's access tokens are opaque by default.",
        remedy: "Ask for the JWT behind the token (phantom token): in the settings, write under this issuer `introspection: \
                 {client_id: <client id>, client_secret: \"${CLIENT_SECRET}\", answers: phantom_jwt}`. Or have the profile \
                 issue JWTs.",
        rust: ".introspection(Introspection::new(ClientAuthentication::secret_basic(\"<client id>\", secret))\
               .answers(IntrospectionAnswers::PhantomJwt))",
        node: "introspection: { clientId: '<client id>', clientSecret: process.env.CLIENT_SECRET, answers: 'phantom' }",
    }],
    ..PLAIN
};

pub(super) const ZITADEL: ProviderFacts = ProviderFacts {
    name: "zitadel",
    title: "Zitadel",
    issuers: &[IssuerForm("https://{instance}.zitadel.cloud")],
    roles: &[ClaimPlace { path: &["urn:zitadel:iam:org:project:roles"], form: ClaimForm::ObjectKeys }],
    organization: &[text(&["urn:zitadel:iam:user:resourceowner:id"])],
    access_tokens: TokenForm::JwtOnRequest,
    signs: &[&[Sign::ObjectClaim("urn:zitadel:iam:org:project:roles")]],
    quirks: &[
        "aud holds the ids of projects and clients.",
        "The names of the members of urn:zitadel:iam:org:project:roles are the roles.",
    ],
    mistakes: &[Mistake {
        code: "opaque_by_default",
        when: |evidence| evidence.is_unreadable(),
        problem: "Zitadel's access tokens are opaque by default.",
        remedy: "Set the application's auth token type to JWT. If it must stay, write under this issuer in the settings \
                 `introspection: {client_id: <client id>, client_secret: \"${CLIENT_SECRET}\"}`: the API then asks about \
                 each token.",
        rust: ".introspection(Introspection::new(ClientAuthentication::secret_basic(\"<client id>\", secret)))",
        node: "introspection: { clientId: '<client id>', clientSecret: process.env.CLIENT_SECRET }",
    }],
    ..PLAIN
};

pub(super) const UAA: ProviderFacts = ProviderFacts {
    name: "uaa",
    title: "UAA or XSUAA",
    issuers: &[
        IssuerForm("https://{zone}.authentication.{region}/oauth/token"),
        IssuerForm("https://{host}/oauth/token"),
    ],
    client_id: &["cid", "client_id"],
    scope: Some(list(&["scope"])),
    organization: &[text(&["zid"])],
    keys: KeyPlace::JwksUri("https://{zone}.authentication.{region}/token_keys"),
    signs: &[&[Sign::Claim("zid"), Sign::Claim("cid")]],
    quirks: &[
        "aud is derived from the scopes, which begin with the application's name (xsapp!t1.).",
        "The RSA modulus of its keys has a leading zero octet, and kty MAC keys are beside them.",
        "The header has a jku, which is never followed.",
    ],
    mistakes: &[
        Mistake {
            code: "uaa_issuer",
            when: |evidence| {
                let base =
                    |issuer: &str| issuer.trim_end_matches('/').trim_end_matches("/oauth/token").to_owned();
                let found = evidence.issuer().map(base);
                evidence.has_failed("issuer")
                    && found.is_some()
                    && evidence.expected_issuers().any(|expected| Some(base(expected)) == found)
            },
            problem: "the issuer of UAA's tokens ends in /oauth/token: the token's iss is {iss}, configured is {issuer}.",
            remedy: "Write the issuer as in iss, and set the URL of the keys.",
            rust: ".issuer(IssuerConfig::new(\"{iss}\").jwks_uri(\"<url of the service key>/token_keys\"))",
            node: "auth({ issuer: '{iss}', jwksUri: '<url of the service key>/token_keys', audience: '{audience}' })",
        },
        Mistake {
            code: "metadata_elsewhere",
            when: |evidence| evidence.has_code("keys_unavailable"),
            problem: "the keys are not at the place that the issuer {iss} leads to.",
            remedy: "Set their URL: the url of the service key, with /token_keys.",
            rust: ".issuer(IssuerConfig::new(\"{iss}\").jwks_uri(\"<url of the service key>/token_keys\"))",
            node: "auth({ issuer: '{iss}', jwksUri: '<url of the service key>/token_keys', audience: '{audience}' })",
        },
    ],
    ..PLAIN
};

pub(super) const HYDRA: ProviderFacts = ProviderFacts {
    name: "hydra",
    title: "Ory Hydra",
    issuers: &[IssuerForm("https://{project}.projects.oryapis.com")],
    scope: Some(list(&["scp"])),
    roles: &[],
    access_tokens: TokenForm::JwtOnRequest,
    signs: &[
        &[Sign::ObjectClaim("ext"), Sign::ListClaim("scp")],
        &[Sign::ListClaim("scp"), Sign::Claim("client_id"), Sign::ListClaim("aud"), Sign::NoClaim("cid")],
        &[Sign::TokenBegins("ory_at_")],
    ],
    quirks: &[
        "aud is a list, and empty unless the client asks.",
        "The consent app's own claims are in the object ext.",
    ],
    mistakes: &[
        Mistake {
            code: "audience_not_requested",
            when: |evidence| evidence.has_failed("audience") && evidence.audiences().is_empty(),
            problem: "the token's aud is {aud}: the client asked for no audience.",
            remedy: "Allow the audience at the client (hydra update client --audience {audience}), have it send the \
                     parameter audience, and have the consent app grant it (grant_access_token_audience).",
            rust: ".issuer(\"{iss}\").audience(\"{audience}\")",
            node: "auth({ issuerBaseURL: '{iss}', audience: '{audience}' })",
        },
        Mistake {
            code: "opaque_by_default",
            when: |evidence| evidence.is_unreadable(),
            problem: "Hydra's access tokens are opaque by default.",
            remedy: "Set strategies.access_token to jwt. If it must stay, write under this issuer in the settings \
                     `introspection: {client_id: <client id>, client_secret: \"${CLIENT_SECRET}\", endpoint: \
                     \"https://<admin host>/admin/oauth2/introspect\"}`: the API then asks about each token.",
            rust: ".introspection(Introspection::new(ClientAuthentication::secret_basic(\"<client id>\", secret))\
                   .endpoint(\"https://<admin host>/admin/oauth2/introspect\"))",
            node: "introspection: { clientId: '<client id>', clientSecret: process.env.CLIENT_SECRET, endpoint: \
                   'https://<admin host>/admin/oauth2/introspect' }",
        },
    ],
    ..PLAIN
};

pub(super) const IDENTITY_SERVER: ProviderFacts = ProviderFacts {
    name: "identity_server",
    title: "IdentityServer",
    scope: Some(list(&["scope"])),
    access_tokens: TokenForm::JwtOnRequest,
    signs: &[&[Sign::ListClaim("scope"), Sign::Claim("client_id"), Sign::Claim("jti"), Sign::Claim("iss")]],
    quirks: &["typ is at+jwt.", "Reference tokens are opaque, and may hold dots."],
    mistakes: &[Mistake {
        code: "audience_absent",
        when: |evidence| evidence.has_failed("audience") && evidence.claim("aud").is_none(),
        problem: "the token has no aud: IdentityServer adds it only for an ApiResource, not for an ApiScope alone.",
        remedy: "Define new ApiResource(\"{audience}\") with the scopes that this API's clients ask for.",
        rust: ".issuer(\"{iss}\").audience(\"{audience}\")",
        node: "auth({ issuerBaseURL: '{iss}', audience: '{audience}' })",
    }],
    ..PLAIN
};

pub(super) const PASSPORT: ProviderFacts = ProviderFacts {
    name: "passport",
    title: "Laravel Passport",
    client_id: &["aud"],
    scope: Some(list(&["scopes"])),
    keys: KeyPlace::Configured,
    signs: &[&[Sign::NoClaim("iss"), Sign::ListClaim("scopes")]],
    quirks: &[
        "Tokens have no iss; aud is the client id.",
        "The key is a PEM file: storage/oauth-public.key.",
    ],
    mistakes: &[NO_ISSUER],
    ..PLAIN
};

pub(super) const SPRING: ProviderFacts = ProviderFacts {
    name: "spring",
    title: "Spring Authorization Server",
    scope: Some(list(&["scope"])),
    signs: &[
        &[Sign::ListClaim("scope"), Sign::ListClaim("authorities"), Sign::NoClaim("iss")],
        &[
            Sign::ListClaim("scope"),
            Sign::Claim("iss"),
            Sign::Claim("nbf"),
            Sign::Claim("aud"),
            Sign::NoClaim("client_id"),
        ],
    ],
    quirks: &["aud is the client id by default.", "Tokens of old Spring Security OAuth have no iss."],
    mistakes: &[
        NO_ISSUER,
        Mistake {
            code: "audience_is_client",
            when: |evidence| {
                let audiences = evidence.audiences();
                let is_subject =
                    || audiences.iter().any(|audience| evidence.text_claim("sub") == Some(*audience));
                evidence.has_code("audience_mismatch") && (is_subject() || evidence.claim("azp").is_some())
            },
            problem: "the token's aud is {aud}: Spring Authorization Server writes the client's id by default.",
            remedy: "Register an OAuth2TokenCustomizer<JwtEncodingContext> that calls context.getClaims().audience(\
                     List.of(\"{audience}\")).",
            rust: ".issuer(\"{iss}\").audience(\"{audience}\")",
            node: "auth({ issuerBaseURL: '{iss}', audience: '{audience}' })",
        },
    ],
    ..PLAIN
};

/// What Bearward asks of a token that its server does not write.
const NO_ISSUER: Mistake = Mistake {
    code: "issuer_absent",
    when: |evidence| evidence.has_failed("issuer") && evidence.issuer().is_none(),
    problem: "the token has no iss, so it does not name its issuer.",
    remedy: "Have the server write iss. Where it cannot, accept its key's tokens without one, as the only issuer of this \
             API.",
    rust: ".issuer(IssuerConfig::new(\"<issuer>\").public_key_pem(pem)) and .dangerous().allow_tokens_without_issuer()",
    node: "auth({ issuer: '<issuer>', publicKey: pem, tokenSigningAlg: 'RS256', audience: '{audience}', dangerous: { \
           tokensWithoutIssuer: true } })",
};

/// Whether it is an ID or refresh token, which has a hint of its own.
fn is_other_token(evidence: &Evidence<'_>) -> bool {
    let kind = evidence.text_claim("typ").unwrap_or_default();
    ["id", "refresh", "offline"].iter().any(|other| kind.eq_ignore_ascii_case(other))
}
