//! An AWS Application Load Balancer that logs users in, and says who they are in `x-amzn-oidc-data`.

use std::fmt;

/// A load balancer, by its ARN, and where the public keys of its region are.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct LoadBalancer {
    arn: String,
    keys_at: String,
}

/// The tokens of a load balancer cannot be read with these settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadBalancerError(pub(crate) &'static str);

impl fmt::Display for LoadBalancerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for LoadBalancerError {}

impl LoadBalancer {
    /// The load balancer of this ARN: `arn:aws:elasticloadbalancing:<region>:<account>:loadbalancer/app/<name>/<id>`.
    /// Its keys are those of its region.
    ///
    /// # Errors
    /// [`LoadBalancerError`] when it is not such an ARN.
    pub fn new(arn: &str) -> Result<Self, LoadBalancerError> {
        let refused = |why| Err(LoadBalancerError(why));
        let parts: Vec<_> = arn.split(':').collect();
        let [_, partition, "elasticloadbalancing", region, account, resource] = parts[..] else {
            return refused(
                "must be an ARN, arn:aws:elasticloadbalancing:<region>:<account>:loadbalancer/app/<name>/<id>",
            );
        };
        let is_name = |text: &str| {
            let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            !text.is_empty() && text.bytes().all(legal)
        };
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        if parts[0] != "arn" || !is_name(region) || !is_account || !resource.starts_with("loadbalancer/app/")
        {
            return refused("must name the region, the account and an application load balancer");
        }
        let keys_at = match partition {
            "aws" => format!("https://public-keys.auth.elb.{region}.amazonaws.com/"),
            "aws-us-gov" => format!("https://s3-{region}.amazonaws.com/aws-elb-public-keys-prod-{region}/"),
            _ => return refused("is of a partition whose keys are at a place that is not known here"),
        };
        Ok(Self { arn: arn.to_owned(), keys_at })
    }

    /// Its keys are below this URL, which ends in a slash, instead of at that of its region.
    pub fn with_keys_at(mut self, url: impl Into<String>) -> Self {
        self.keys_at = url.into();
        if !self.keys_at.ends_with('/') {
            self.keys_at.push('/');
        }
        self
    }

    pub(super) fn arn(&self) -> &str {
        &self.arn
    }

    pub(super) fn keys_at(&self) -> &str {
        &self.keys_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_are_those_of_the_region_in_the_arn() {
        let arn =
            "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188";
        let load_balancer = LoadBalancer::new(arn).unwrap();
        assert_eq!(load_balancer.keys_at(), "https://public-keys.auth.elb.eu-central-1.amazonaws.com/");
        let government = arn.replace("arn:aws:", "arn:aws-us-gov:").replace("eu-central-1", "us-gov-west-1");
        let expected = "https://s3-us-gov-west-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-west-1/";
        assert_eq!(LoadBalancer::new(&government).unwrap().keys_at(), expected);
    }

    #[test]
    fn what_is_no_arn_of_a_load_balancer_is_refused() {
        let good =
            "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/web/50dc6c495c0c9188";
        for arn in [
            String::new(),
            "web".to_owned(),
            good.replace("elasticloadbalancing", "ec2"),
            good.replace("eu-central-1", ""),
            good.replace("eu-central-1", "evil.example/"),
            good.replace("123456789012", "1"),
            good.replace("loadbalancer/app", "loadbalancer/net"),
            good.replace("arn:aws:", "arn:aws-cn:"),
            good.replace("arn:aws:", "urn:aws:"),
            format!("{good}:more"),
        ] {
            assert!(LoadBalancer::new(&arn).is_err(), "{arn}");
        }
    }
}
