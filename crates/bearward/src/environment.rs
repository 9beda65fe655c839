//! Configuration from environment variables, by the names `express-oauth2-jwt-bearer` users know.

use bearward_core::{Algorithm, ConfigError, IssuerConfig};

use crate::builder::{Given, ResourceServerBuilder};

/// Builds from variables that `variable` looks up; empty ones count as absent.
pub(crate) fn read(
    variable: impl Fn(&'static str) -> Option<String>,
) -> Result<ResourceServerBuilder<Given, Given>, ConfigError> {
    let variable = |name| variable(name).filter(|value| !value.is_empty());
    let wrong = |variable, why| ConfigError::Environment { variable, why };

    let audience = variable("AUDIENCE").ok_or(wrong("AUDIENCE", "is mandatory"))?;
    let (base, issuer) = (variable("ISSUER_BASE_URL"), variable("ISSUER"));
    let (jwks_uri, secret) = (variable("JWKS_URI"), variable("SECRET"));
    let algorithm = variable("TOKEN_SIGNING_ALG")
        .map(|name| name.parse::<Algorithm>())
        .transpose()
        .map_err(|_| wrong("TOKEN_SIGNING_ALG", "is not the name of a supported algorithm, such as RS256"))?;

    let config = match (base, issuer, jwks_uri, secret) {
        (Some(base), None, None, None) => IssuerConfig::new(base),
        (Some(_), ..) => {
            return Err(wrong("ISSUER_BASE_URL", "stands alone: leave out ISSUER, JWKS_URI and SECRET"));
        }
        (None, None, ..) => return Err(wrong("ISSUER_BASE_URL", "is mandatory, or ISSUER in its place")),
        (None, Some(issuer), Some(uri), None) => IssuerConfig::new(issuer).jwks_uri(uri),
        (None, Some(issuer), None, Some(secret)) if algorithm.is_some() => {
            IssuerConfig::new(issuer).shared_secret(secret)
        }
        (None, Some(_), None, Some(_)) => {
            return Err(wrong("TOKEN_SIGNING_ALG", "is mandatory with SECRET: HS256, HS384 or HS512"));
        }
        (None, Some(_), Some(_), Some(_)) => return Err(wrong("SECRET", "excludes JWKS_URI")),
        (None, Some(_), None, None) => return Err(wrong("ISSUER", "needs JWKS_URI or SECRET beside it")),
    };
    let config = match algorithm {
        Some(algorithm) => config.algorithms([algorithm]),
        None => config,
    };
    Ok(ResourceServerBuilder::new().issuer(config).audience(audience))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(variables: &[(&'static str, &'static str)]) -> Result<Vec<String>, ConfigError> {
        let find =
            |name| variables.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned());
        let server = read(find)?.build()?;
        Ok(server.engine().issuers().map(|issuer| issuer.identifier().to_owned()).collect())
    }

    #[test]
    fn an_issuer_and_its_keys_come_in_three_ways() {
        let audience = ("AUDIENCE", "https://api.example.com");
        let secret = ("SECRET", "0123456789abcdef0123456789abcdef");
        for variables in [
            vec![audience, ("ISSUER_BASE_URL", "https://a.example")],
            vec![audience, ("ISSUER", "https://a.example"), ("JWKS_URI", "https://a.example/jwks")],
            vec![audience, ("ISSUER", "https://a.example"), secret, ("TOKEN_SIGNING_ALG", "HS256")],
        ] {
            assert_eq!(from(&variables).unwrap(), ["https://a.example"], "{variables:?}");
        }
    }

    #[test]
    fn what_is_missing_or_contradicts_is_named() {
        let audience = ("AUDIENCE", "api");
        let base = ("ISSUER_BASE_URL", "https://a.example");
        let issuer = ("ISSUER", "https://a.example");
        for (variables, expected) in [
            (vec![base], "AUDIENCE"),
            (vec![base, ("AUDIENCE", "")], "AUDIENCE"),
            (vec![audience], "ISSUER_BASE_URL"),
            (vec![audience, base, issuer], "ISSUER_BASE_URL"),
            (vec![audience, issuer], "ISSUER"),
            (vec![audience, issuer, ("SECRET", "x")], "TOKEN_SIGNING_ALG"),
            (vec![audience, issuer, ("SECRET", "x"), ("JWKS_URI", "https://a")], "SECRET"),
            (vec![audience, base, ("TOKEN_SIGNING_ALG", "none")], "TOKEN_SIGNING_ALG"),
        ] {
            match from(&variables) {
                Err(ConfigError::Environment { variable, .. }) => assert_eq!(variable, expected),
                other => panic!("{variables:?}: {other:?}"),
            }
        }
    }
}
