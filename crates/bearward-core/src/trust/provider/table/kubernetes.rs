//! Service accounts of Kubernetes.

use super::{AUDIENCE, PLAIN, REQUIRED, text};
use crate::trust::provider::{IssuerForm, Member, MemberForm, Mistake, Need, Provider, ProviderFacts, Sign};

pub(super) const KUBERNETES: ProviderFacts = ProviderFacts {
    name: "kubernetes",
    title: "Kubernetes service account",
    other_names: &["k8s"],
    issuers: &[
        IssuerForm("https://kubernetes.default.svc.cluster.local"),
        IssuerForm("https://kubernetes.default.svc"),
    ],
    client_id: &[],
    scope: None,
    roles: &[text(&["kubernetes.io", "serviceaccount", "name"])],
    organization: &[text(&["kubernetes.io", "namespace"])],
    signs: &[&[Sign::ObjectClaim("kubernetes.io")]],
    members: &[
        Member {
            name: "issuer",
            need: Need::Optional,
            form: MemberForm::IssuerUrl,
            what: "the cluster's service account issuer; https://kubernetes.default.svc.cluster.local unless set",
            found: "kubectl get --raw /.well-known/openid-configuration, issuer",
            example: "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE",
            ..REQUIRED
        },
        Member {
            found: "audiences of the serviceAccountToken volume, or kubectl create token --audience",
            example: "https://api.example.com",
            ..AUDIENCE
        },
        Member {
            name: "jwks",
            need: Need::Optional,
            form: MemberForm::Jwks,
            what: "the cluster's keys, where they cannot be fetched without a token",
            found: "kubectl get --raw /openid/v1/jwks",
            example: "{\"keys\":[…]}",
            ..REQUIRED
        },
    ],
    issuer_configs: |values| {
        let issuer = values
            .issuer(values.optional("issuer").unwrap_or("https://kubernetes.default.svc.cluster.local"));
        Ok(vec![match values.optional("jwks") {
            Some(jwks) => issuer.static_keys(jwks),
            None => issuer,
        }])
    },
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

impl Provider {
    /// Service accounts of a Kubernetes cluster with the usual issuer. Name the API by [`audience`](Self::audience).
    pub fn kubernetes() -> Self {
        Self::of(&KUBERNETES)
    }

    /// Service accounts of a Kubernetes cluster with this issuer. Name the API by [`audience`](Self::audience).
    pub fn kubernetes_at(issuer: impl Into<String>) -> Self {
        Self::of(&KUBERNETES).with("issuer", issuer)
    }

    /// The keys of a Kubernetes cluster, a JWK Set in JSON, where they cannot be fetched.
    pub fn jwks(self, jwks: impl Into<String>) -> Self {
        self.with("jwks", jwks)
    }
}
