//! Workloads and proxies that vouch for a caller by a token of their own.

use super::{AUDIENCE, Member, MemberForm, Need, Preset, REQUIRED, SEVERAL};
use crate::token::algorithm::Algorithm;
use crate::trust::issuer::{IssuerConfig, LoadBalancer};

pub(super) const AWS_ALB: Preset = Preset {
    name: "aws_alb",
    members: &[
        Member {
            name: "load_balancer",
            what: "the ARN of the load balancer, since all load balancers of a region publish their keys in one place",
            found: "AWS console, EC2, Load Balancers, your load balancer, Details, ARN",
            example: "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188",
            ..REQUIRED
        },
        Member {
            name: "issuer",
            form: MemberForm::IssuerUrl,
            what: "the issuer at which the load balancer signs users in",
            found: "AWS console, EC2, Load Balancers, Listeners, the authenticate rule, Issuer; for Cognito, that of the user pool",
            example: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123",
            ..REQUIRED
        },
        Member {
            name: "clients",
            what: "the client id that the load balancer has at the issuer",
            found: "AWS console, EC2, Load Balancers, Listeners, the authenticate rule, Client ID",
            example: "1example23456789",
            ..SEVERAL
        },
    ],
    issuers: |values| {
        let Ok(load_balancer) = LoadBalancer::new(values.one("load_balancer")?) else {
            return Err(values.malformed(
                "load_balancer",
                "must be the ARN of an application load balancer, \
                 arn:aws:elasticloadbalancing:<region>:<account>:loadbalancer/app/<name>/<id>",
            ));
        };
        let issuer = values.issuer(values.one("issuer")?).load_balancer(load_balancer);
        Ok(vec![values.all("clients").iter().fold(issuer, IssuerConfig::audience)])
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
            "its access tokens are session ids for Salesforce's own APIs, with characters that bearer tokens cannot have (RFC 6750 §2.1)",
            "Have the client send a JWT-based access token of your External Client App, and write its issuer, the My Domain URL; or use \
             another authorization server for your API",
        ))
    },
};
