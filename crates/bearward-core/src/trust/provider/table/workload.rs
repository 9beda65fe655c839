//! Workloads and proxies that vouch for a caller by a token of their own.

use super::{PLAIN, list, text};
use crate::trust::provider::general::is_refused_for_padding;
use crate::trust::provider::{AudiencePlace, IssuerForm, KeyPlace, Mistake, ProviderFacts, Sign, TokenForm};

pub(super) const GITHUB_ACTIONS: ProviderFacts = ProviderFacts {
    name: "github_actions",
    title: "GitHub Actions",
    issuers: &[IssuerForm("https://token.actions.githubusercontent.com")],
    client_id: &[],
    scope: None,
    organization: &[text(&["repository_owner"])],
    quirks: &[
        "aud is what the workflow chooses; by default it is https://github.com/<owner>.",
        "repository, ref, environment and job_workflow_ref say which job it is: require them.",
    ],
    mistakes: &[Mistake {
        code: "audience_not_requested",
        when: |evidence| evidence.has_code("audience_mismatch"),
        problem: "the token's aud is {aud}: the workflow chooses the audience, and did not choose this API's.",
        remedy: "Ask for it in the workflow, with core.getIDToken('{audience}') or &audience={audience} on \
                 ACTIONS_ID_TOKEN_REQUEST_URL; and require the repository, since every repository can ask.",
        rust: ".issuer(\"{iss}\").audience(\"{audience}\") and require(claim(\"repository\").equals(\"<owner>/<name>\"))",
        node: "auth({ issuerBaseURL: '{iss}', audience: '{audience}' }), claimEquals('repository', '<owner>/<name>')",
    }],
    ..PLAIN
};

pub(super) const KUBERNETES: ProviderFacts = ProviderFacts {
    name: "kubernetes",
    title: "Kubernetes service account",
    issuers: &[
        IssuerForm("https://kubernetes.default.svc.cluster.local"),
        IssuerForm("https://kubernetes.default.svc"),
    ],
    client_id: &[],
    scope: None,
    roles: &[text(&["kubernetes.io", "serviceaccount", "name"])],
    organization: &[text(&["kubernetes.io", "namespace"])],
    signs: &[&[Sign::ObjectClaim("kubernetes.io")]],
    quirks: &[
        "The claim's name kubernetes.io holds a dot.",
        "Keys need a bearer token and the cluster's private CA.",
    ],
    mistakes: &[
        Mistake {
            code: "audience_not_requested",
            when: |evidence| evidence.has_code("audience_mismatch"),
            problem: "the token's aud is {aud}: it is the pod's token for the cluster's own API server.",
            remedy: "Mount a token for this API: a projected volume with serviceAccountToken: { audience: {audience} }, or \
                     kubectl create token <name> --audience={audience}.",
            rust: ".issuer(\"{iss}\").audience(\"{audience}\")",
            node: "auth({ issuerBaseURL: '{iss}', audience: '{audience}' })",
        },
        Mistake {
            code: "keys_need_credentials",
            when: |evidence| evidence.has_code("keys_unavailable"),
            problem: "the cluster gives its keys only to clients that send a service account's token, over TLS with a private CA.",
            remedy: "Allow unauthenticated clients to read these public keys (kubectl create clusterrolebinding oidc-reviewer \
                     --clusterrole=system:service-account-issuer-discovery --group=system:unauthenticated), trust the CA, \
                     or save kubectl get --raw /openid/v1/jwks to a file.",
            rust: ".issuer(IssuerConfig::new(\"{issuer}\").static_keys(jwks)), or .http_client(client) with the CA",
            node: "NODE_EXTRA_CA_CERTS=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt, or the option agent",
        },
    ],
    ..PLAIN
};

pub(super) const SPIFFE: ProviderFacts = ProviderFacts {
    name: "spiffe",
    title: "SPIFFE JWT-SVID",
    client_id: &[],
    scope: None,
    keys: KeyPlace::Configured,
    signs: &[&[Sign::ClaimBegins("sub", "spiffe://")]],
    quirks: &["There is no iss: sub names the trust domain.", "The keys of a bundle have the use jwt-svid."],
    mistakes: &[Mistake {
        code: "issuer_absent",
        when: |evidence| evidence.has_failed("issuer") && evidence.issuer().is_none(),
        problem: "a JWT-SVID has no iss: its trust domain is in sub.",
        remedy: "Give the API the trust domain's keys as the only issuer, and require the sub of the workloads.",
        rust: ".issuer(IssuerConfig::new(\"<trust domain>\").static_keys(jwks)) and .dangerous().allow_tokens_without_issuer()",
        node: "auth({ issuer: '<trust domain>', jwksUri: 'https://…', audience: '{audience}', dangerous: { \
               tokensWithoutIssuer: true } })",
    }],
    ..PLAIN
};

pub(super) const CLOUDFLARE_ACCESS: ProviderFacts = ProviderFacts {
    name: "cloudflare_access",
    title: "Cloudflare Access",
    issuers: &[IssuerForm("https://{team}.cloudflareaccess.com")],
    client_id: &["common_name"],
    scope: None,
    keys: KeyPlace::JwksUri("https://{team}.cloudflareaccess.com/cdn-cgi/access/certs"),
    carried_in: Some("cf-access-jwt-assertion"),
    quirks: &["aud is a list with the application's tag.", "sub is empty for services."],
    mistakes: &[
        Mistake {
            code: "token_in_other_header",
            when: |evidence| !evidence.is_read_from("cf-access-jwt-assertion"),
            problem: "Cloudflare Access sends this token in the header Cf-Access-Jwt-Assertion; an API reads Authorization \
                      unless it is told otherwise.",
            remedy: "Have the API read that header, and let nothing but Cloudflare reach it.",
            rust: ".token_place(TokenHeader::new(\"cf-access-jwt-assertion\")?)",
            node: "auth({ issuerBaseURL: '{issuer}', audience: '<application tag>', tokenPlace: { header: \
                   'cf-access-jwt-assertion' } })",
        },
        Mistake {
            code: "audience_is_tag",
            when: |evidence| evidence.has_code("audience_mismatch"),
            problem: "the token's aud is {aud}: the tag of the application, not its URL.",
            remedy: "Write the application's audience tag (AUD), which the Zero Trust dashboard shows.",
            rust: ".audience(\"<application tag>\")",
            node: "auth({ issuerBaseURL: '{issuer}', audience: '<application tag>' })",
        },
    ],
    ..PLAIN
};

pub(super) const GOOGLE_IAP: ProviderFacts = ProviderFacts {
    name: "google_iap",
    title: "Google IAP",
    issuers: &[IssuerForm("https://cloud.google.com/iap")],
    client_id: &["azp"],
    scope: None,
    organization: &[text(&["hd"])],
    keys: KeyPlace::JwksUri("https://www.gstatic.com/iap/verify/public_key-jwk"),
    carried_in: Some("x-goog-iap-jwt-assertion"),
    quirks: &["aud is /projects/<number>/…, depending on the kind of backend.", "Keys are ES256."],
    mistakes: &[
        Mistake {
            code: "token_in_other_header",
            when: |evidence| !evidence.is_read_from("x-goog-iap-jwt-assertion"),
            problem: "Google IAP sends this token in the header x-goog-iap-jwt-assertion; an API reads Authorization unless \
                      it is told otherwise.",
            remedy: "Have the API read that header, and let nothing but the load balancer reach it.",
            rust: ".token_place(TokenHeader::new(\"x-goog-iap-jwt-assertion\")?)",
            node: "auth({ issuer: '{issuer}', jwksUri: 'https://www.gstatic.com/iap/verify/public_key-jwk', audience: \
                   '<as in aud>', tokenPlace: { header: 'x-goog-iap-jwt-assertion' } })",
        },
        Mistake {
            code: "metadata_elsewhere",
            when: |evidence| evidence.has_code("keys_unavailable"),
            problem: "Google IAP publishes no metadata.",
            remedy: "Name where its keys are.",
            rust: ".issuer(IssuerConfig::new(\"{issuer}\").jwks_uri(\"https://www.gstatic.com/iap/verify/public_key-jwk\"))",
            node: "auth({ issuer: '{issuer}', jwksUri: 'https://www.gstatic.com/iap/verify/public_key-jwk', audience: \
                   '{audience}' })",
        },
    ],
    ..PLAIN
};

pub(super) const AWS_ALB: ProviderFacts = ProviderFacts {
    name: "aws_alb",
    title: "AWS ALB",
    audience: AudiencePlace::Nowhere,
    client_id: &[],
    scope: None,
    keys: KeyPlace::PemByKid("https://public-keys.auth.elb.{region}.amazonaws.com/{kid}"),
    carried_in: Some("x-amzn-oidc-data"),
    signs: &[&[Sign::Header("signer"), Sign::Header("client")]],
    quirks: &[
        "The parts of the token are padded with =.",
        "The header's signer is the load balancer's ARN, which must be compared; client is the client id.",
        "There is no aud.",
    ],
    mistakes: &[
        Mistake {
            code: "token_in_other_header",
            when: |evidence| !evidence.is_read_from("x-amzn-oidc-data"),
            problem: "the load balancer sends this token in the header x-amzn-oidc-data, with padded parts, and no aud.",
            remedy: "Have the client send the access token of the user pool in Authorization, or have the API read the load \
                     balancer's token by its preset.",
            rust: ".issuer(IssuerConfig::new(\"{issuer}\").load_balancer(LoadBalancer::new(\"<ARN>\")?))",
            node: "auth({ issuer: '{issuer}', audience: '<client id>', loadBalancer: { arn: '<ARN>' } })",
        },
        Mistake {
            code: "alb_signer",
            when: |evidence| evidence.has_code("signer_mismatch"),
            problem: "the token is of another load balancer: its signer is not the ARN that is configured.",
            remedy: "Write the ARN of the load balancer in front of this API, and let nothing but that reach the API: load \
                     balancers of other accounts have their keys at the same place.",
            rust: ".issuer(IssuerConfig::new(\"{issuer}\").load_balancer(LoadBalancer::new(\"<ARN>\")?))",
            node: "auth({ issuer: '{issuer}', loadBalancer: { arn: '<ARN>' }, audience: '{audience}' })",
        },
        Mistake {
            code: "padded_parts",
            when: is_refused_for_padding,
            problem: "the load balancer pads the parts of its token with =, which no JWT has (RFC 7515 §2).",
            remedy: "Have the API read it by the preset, which expects that; the token is not forged.",
            rust: ".issuer(IssuerConfig::new(\"{issuer}\").load_balancer(LoadBalancer::new(\"<ARN>\")?))",
            node: "auth({ issuer: '{issuer}', audience: '<client id>', loadBalancer: { arn: '<ARN>' } })",
        },
    ],
    ..PLAIN
};

pub(super) const SALESFORCE: ProviderFacts = ProviderFacts {
    name: "salesforce",
    title: "Salesforce",
    issuers: &[
        IssuerForm("https://login.salesforce.com"),
        IssuerForm("https://test.salesforce.com"),
        IssuerForm("https://{domain}.my.salesforce.com"),
    ],
    roles: &[list(&["custom_permissions"])],
    access_tokens: TokenForm::JwtOnRequest,
    signs: &[&[Sign::TokenBegins("00D"), Sign::TokenHolds("!")]],
    quirks: &[
        "Opaque access tokens hold an exclamation mark, which the syntax of bearer tokens (RFC 6750 §2.1) has not.",
    ],
    mistakes: &[Mistake {
        code: "salesforce_session",
        when: |evidence| evidence.is_unreadable(),
        problem: "this is an opaque token of Salesforce: the \"!\" in it is no character of a bearer token (RFC 6750 §2.1), \
                  so an API answers 400 to it.",
        remedy: "Have the connected app issue JWT-based access tokens, with {audience} as their audience.",
        rust: ".issuer(\"https://<domain>.my.salesforce.com\").audience(\"{audience}\")",
        node: "auth({ issuerBaseURL: 'https://<domain>.my.salesforce.com', audience: '{audience}' })",
    }],
    ..PLAIN
};
