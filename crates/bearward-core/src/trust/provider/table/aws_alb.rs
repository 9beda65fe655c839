//! AWS ALB, a load balancer that signs users in.

use super::{PLAIN, REQUIRED, SEVERAL};
use crate::request::credential::BesideAuthorization;
use crate::trust::issuer::{IssuerConfig, LoadBalancer};
use crate::trust::provider::mistake::is_refused_for_padding;
use crate::trust::provider::{
    AudiencePlace, KeyPlace, Member, MemberForm, Mistake, Provider, ProviderFacts, Sign,
};

pub(super) const AWS_ALB: ProviderFacts = ProviderFacts {
    name: "aws_alb",
    title: "AWS ALB",
    other_names: &["alb"],
    audience: AudiencePlace::Nowhere,
    client_id: &[],
    scope: None,
    keys: KeyPlace::PemByKid("https://public-keys.auth.elb.{region}.amazonaws.com/{kid}"),
    carried_in: Some("x-amzn-oidc-data"),
    beside_authorization: BesideAuthorization::Ignore,
    signs: &[&[Sign::Header("signer"), Sign::Header("client")]],
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
    issuer_configs: |values| {
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

impl Provider {
    /// AWS ALB: the load balancer's ARN, and the issuer at which it logs users in. Name the client id that it has there by
    /// [`client`](Self::client).
    pub fn aws_alb(load_balancer: impl Into<String>, issuer: impl Into<String>) -> Self {
        Self::of(&AWS_ALB).with("load_balancer", load_balancer).with("issuer", issuer)
    }
}
