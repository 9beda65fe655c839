//! Workloads and proxies that vouch for a caller by a token of their own.

use super::{AUDIENCE, Member, MemberForm, Need, Preset, REQUIRED, SEVERAL};
use crate::key::Algorithm;

pub(super) const AWS_ALB: Preset = Preset {
    name: "aws_alb",
    members: &[],
    issuers: |values| {
        Err(values.cannot_work(
            "its tokens are not compact serializations (their parts are padded), have no aud, and have one key in PEM for each kid",
            "Verify the access token that the load balancer passes on in x-amzn-oidc-accesstoken by its own provider, \
             for example cognito",
        ))
    },
};

pub(super) const GITHUB_ACTIONS: Preset = Preset {
    name: "github_actions",
    members: &[
        Member {
            what: "the audience that workflows ask for, which names this API",
            found: "the audience parameter of the workflow's request for a token",
            example: "https://api.example.com",
            ..AUDIENCE
        },
        Member {
            name: "owners",
            need: Need::Optional,
            form: MemberForm::Segment,
            what: "the organizations and users whose repositories may call, since any repository can ask for any audience",
            found: "the part of a repository's name before the slash",
            example: "acme",
            ..SEVERAL
        },
        Member {
            name: "repositories",
            need: Need::Optional,
            form: MemberForm::Repository,
            what: "the repositories that may call",
            found: "the address of the repository",
            example: "acme/deployments",
            ..SEVERAL
        },
    ],
    issuers: |values| {
        let (owners, repositories) = (values.all("owners"), values.all("repositories"));
        if owners.is_empty() && repositories.is_empty() {
            return Err(values.missing("owners"));
        }
        let mut issuer = values.issuer("https://token.actions.githubusercontent.com");
        for (claim, accepted) in [("repository_owner", owners), ("repository", repositories)] {
            if !accepted.is_empty() {
                issuer = issuer.require_claim(claim, accepted.to_vec());
            }
        }
        Ok(vec![issuer])
    },
};

pub(super) const KUBERNETES: Preset = Preset {
    name: "kubernetes",
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
    issuers: |values| {
        let issuer = values
            .issuer(values.optional("issuer").unwrap_or("https://kubernetes.default.svc.cluster.local"));
        Ok(vec![match values.optional("jwks") {
            Some(jwks) => issuer.static_keys(jwks),
            None => issuer,
        }])
    },
};

pub(super) const SPIFFE: Preset = Preset {
    name: "spiffe",
    members: &[],
    issuers: |values| {
        Err(values.cannot_work(
            "a JWT-SVID has no iss, so only settings that weaken the protection accept it",
            "Give the trust domain's keys as the only issuer's (static_keys), allow tokens without issuer under dangerous(), and \
             require the sub of the workloads that may call",
        ))
    },
};

pub(super) const CLOUDFLARE_ACCESS: Preset = Preset {
    name: "cloudflare_access",
    members: &[
        Member {
            name: "team",
            form: MemberForm::Label,
            what: "the name of the team, before .cloudflareaccess.com",
            found: "Cloudflare Zero Trust, Settings, Team name and domain",
            example: "acme",
            ..REQUIRED
        },
        Member {
            what: "the Application Audience (AUD) Tag of this application",
            found: "Cloudflare Zero Trust, Access, Applications, your application, Additional settings",
            example: "4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2",
            ..AUDIENCE
        },
    ],
    issuers: |values| {
        let keys = values.fill("https://{team}.cloudflareaccess.com/cdn-cgi/access/certs")?;
        Ok(vec![values.issuer(values.fill("https://{team}.cloudflareaccess.com")?).jwks_uri(keys)])
    },
};

pub(super) const GOOGLE_IAP: Preset = Preset {
    name: "google_iap",
    members: &[Member {
        form: MemberForm::IapAudience,
        what: "the audience of the backend",
        found: "Google Cloud console, Security, Identity-Aware Proxy, the backend's menu, Get JWT audience code",
        example: "/projects/123456789/global/backendServices/987654321",
        ..AUDIENCE
    }],
    issuers: |values| {
        let issuer = values.issuer("https://cloud.google.com/iap").algorithms([Algorithm::ES256]);
        Ok(vec![issuer.jwks_uri("https://www.gstatic.com/iap/verify/public_key-jwk")])
    },
};

pub(super) const SALESFORCE: Preset = Preset {
    name: "salesforce",
    members: &[],
    issuers: |values| {
        Err(values.cannot_work(
            "its access tokens are session ids for Salesforce's own APIs, and no characters of bearer tokens (RFC 6750 §2.1)",
            "Have the client send a JWT-based access token of your External Client App, whose issuer is the My Domain URL, and name that \
             as the issuer; or have an API of your own behind another authorization server",
        ))
    },
};
