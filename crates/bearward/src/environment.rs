//! Configuration from environment variables, by the names `express-oauth2-jwt-bearer` users know.

use std::ffi::OsString;

use bearward_core::engine::Problem;
use bearward_core::token::Algorithm;
use bearward_core::wire::closest_name;
use bearward_core::{ConfigError, Provider, Settings};
use serde_json::{Value, json};

use crate::ResourceServer;
use crate::builder::ResourceServerBuilder;

const VARIABLES: [&str; 7] =
    ["ISSUER_BASE_URL", "ISSUER", "JWKS_URI", "SECRET", "AUDIENCE", "TOKEN_SIGNING_ALG", "PROVIDER"];

impl ResourceServer {
    /// Reads `ISSUER`, alone, with `JWKS_URI` or `SECRET`, or with the `ISSUER_BASE_URL` that the server is reached at
    /// from here; `ISSUER_BASE_URL` alone is the issuer. Reads `AUDIENCE`, and `TOKEN_SIGNING_ALG`. In the place of all
    /// but `AUDIENCE`, `PROVIDER` names a preset ([`Provider::from_variables`](crate::Provider::from_variables)). An empty
    /// variable is as good as absent.
    ///
    /// # Errors
    /// [`ConfigError`](crate::ConfigError) names the variable that is missing, misspelt or cannot be used.
    pub fn from_env() -> Result<Self, crate::ConfigError> {
        let names = std::env::vars_os().filter(|(_, value)| !value.is_empty());
        let names: Vec<_> = names.filter_map(|(name, _)| name.into_string().ok()).collect();
        read(|name| std::env::var_os(name), &names)?.build()
    }
}

/// What the provider's preset says by itself.
fn beside_no_provider() -> impl Iterator<Item = &'static str> {
    VARIABLES.into_iter().filter(|name| !matches!(*name, "AUDIENCE" | "PROVIDER"))
}

/// Builds from variables that `variable` looks up. An empty one is as good as absent: a template that leaves a value out
/// makes it. It never switches a check off. `names` are those of all variables.
///
/// A misspelt variable would be ignored, and a misspelt `TOKEN_SIGNING_ALG` would allow every algorithm. A name of one
/// word, such as `SECRETS`, may be another program's: it is an error only where something is missing.
fn read(
    variable: impl Fn(&str) -> Option<OsString>,
    names: &[String],
) -> Result<ResourceServerBuilder, ConfigError> {
    let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
    let absent: Vec<_> = VARIABLES.into_iter().filter(|name| variable(name).is_none()).collect();
    let misspelt = |must_be_ours: fn(&str) -> bool| {
        let unknown = names.iter().filter(|name| !VARIABLES.contains(&name.as_str()));
        let mut close =
            unknown.filter_map(|given| Some((given, closest_name(given, absent.iter().copied())?)));
        let (given, meant) = close.find(|(_, meant)| must_be_ours(meant))?;
        Some(ConfigError::new(given.clone(), Problem::MisspeltVariable { meant }))
    };
    if let Some(error) = misspelt(|meant| meant.contains('_')) {
        return Err(error);
    }
    match provider(variable, names)? {
        Some(provider) => build_with(provider, variable),
        None => build(variable).map_err(|missing| misspelt(|_| true).unwrap_or(missing)),
    }
}

/// The provider, where there is one. With other characters in place of what is not Unicode, a secret could be guessed.
fn provider(
    variable: impl Fn(&str) -> Option<OsString>,
    names: &[String],
) -> Result<Option<Provider>, ConfigError> {
    if variable("PROVIDER").is_none() {
        return Ok(None);
    }
    let is_ours = |name: &str| name.starts_with("PROVIDER") || name == "AUDIENCE";
    let mut values = Vec::new();
    for name in names.iter().filter(|name| is_ours(name)) {
        match variable(name).map(OsString::into_string) {
            Some(Ok(value)) => values.push((name, value)),
            Some(Err(_)) => {
                let why = "is not Unicode text, or a variable that goes with it is not";
                return Err(refused("PROVIDER", why));
            }
            None => {}
        }
    }
    Ok(Provider::from_variables(values)?)
}

/// The variable has the place of a path.
fn refused(variable: &'static str, why: &'static str) -> ConfigError {
    ConfigError::new(variable, Problem::Variable { name: variable.to_owned(), why })
}

fn build_with(
    provider: Provider,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<ResourceServerBuilder, ConfigError> {
    match beside_no_provider().find(|name| variable(name).is_some()) {
        Some(variable) => Err(refused(variable, "cannot be beside PROVIDER, which says the same")),
        None => {
            let preset = Settings::json_value(&provider.to_json())?;
            from_settings(json!({ "issuers": [{ "provider": preset }] }))
        }
    }
}

fn build(variable: impl Fn(&str) -> Option<OsString>) -> Result<ResourceServerBuilder, ConfigError> {
    let wrong = refused;
    let variable = |name: &'static str| match variable(name).map(OsString::into_string) {
        Some(Ok(value)) => Ok(Some(value)),
        // Taken for absent, it could leave a restriction off.
        Some(Err(_)) => Err(wrong(name, "is not Unicode text")),
        None => Ok(None),
    };

    let audience = variable("AUDIENCE")?.ok_or(wrong("AUDIENCE", "is mandatory"))?;
    let (base, issuer) = (variable("ISSUER_BASE_URL")?, variable("ISSUER")?);
    let (jwks_uri, secret) = (variable("JWKS_URI")?, variable("SECRET")?);
    let algorithm = variable("TOKEN_SIGNING_ALG")?
        .map(|name| name.parse::<Algorithm>())
        .transpose()
        .map_err(|_| wrong("TOKEN_SIGNING_ALG", "is not the name of a supported algorithm, such as RS256"))?;

    let mut trusted = match (base, issuer, jwks_uri, secret) {
        (Some(base), None, None, None) => json!({ "issuer": base }),
        // What the tokens name, and where the server is reached from here.
        (Some(base), Some(issuer), None, None) if base != issuer => {
            json!({ "issuer": issuer, "metadata_base_url": base })
        }
        (_, Some(issuer), None, None) => json!({ "issuer": issuer }),
        (Some(_), ..) => {
            return Err(wrong(
                "ISSUER_BASE_URL",
                "cannot be beside JWKS_URI or SECRET: set ISSUER with those instead",
            ));
        }
        (None, None, ..) => return Err(wrong("ISSUER_BASE_URL", "is mandatory, or ISSUER in its place")),
        (None, Some(issuer), Some(uri), None) => json!({ "issuer": issuer, "jwks_uri": uri }),
        (None, Some(issuer), None, Some(secret)) if algorithm.is_some() => {
            json!({ "issuer": issuer, "shared_secret": secret })
        }
        (None, Some(_), None, Some(_)) => {
            return Err(wrong("TOKEN_SIGNING_ALG", "is mandatory with SECRET: HS256, HS384 or HS512"));
        }
        (None, Some(_), Some(_), Some(_)) => return Err(wrong("SECRET", "excludes JWKS_URI")),
    };
    if let Some(algorithm) = algorithm {
        trusted["algorithms"] = json!([algorithm.name()]);
    }
    from_settings(json!({ "issuers": [trusted], "audiences": [audience] }))
}

fn from_settings(settings: Value) -> Result<ResourceServerBuilder, ConfigError> {
    ResourceServerBuilder::new().settings(&Settings::from_value(settings)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(variables: &[(&'static str, &'static str)]) -> Result<Vec<String>, ConfigError> {
        let find = |name: &str| {
            variables.iter().find(|(own, _)| *own == name).map(|(_, value)| OsString::from(value))
        };
        let names: Vec<_> = variables.iter().map(|(name, _)| (*name).to_owned()).collect();
        let server = read(find, &names)?.build()?;
        Ok(server.engine().issuers().map(|issuer| issuer.identifier().to_owned()).collect())
    }

    #[test]
    fn an_issuer_and_its_keys_come_in_five_ways() {
        let audience = ("AUDIENCE", "https://api.example.com");
        let secret = ("SECRET", "0123456789abcdef0123456789abcdef");
        for variables in [
            vec![audience, ("ISSUER_BASE_URL", "https://a.example")],
            vec![audience, ("ISSUER", "https://a.example")],
            vec![audience, ("ISSUER", "https://a.example"), ("ISSUER_BASE_URL", "https://a.svc/realms/b")],
            vec![audience, ("ISSUER", "https://a.example"), ("ISSUER_BASE_URL", "https://a.example")],
            vec![audience, ("ISSUER", "https://a.example"), ("JWKS_URI", "https://a.example/jwks")],
            vec![audience, ("ISSUER", "https://a.example"), secret, ("TOKEN_SIGNING_ALG", "HS256")],
        ] {
            assert_eq!(from(&variables).unwrap(), ["https://a.example"], "{variables:?}");
        }
    }

    #[test]
    fn an_empty_variable_is_as_good_as_absent_and_switches_nothing_off() {
        let audience = ("AUDIENCE", "https://api.example.com");
        let issuer = ("ISSUER", "https://a.example");
        let all_empty = ["ISSUER_BASE_URL", "JWKS_URI", "SECRET", "TOKEN_SIGNING_ALG"].map(|name| (name, ""));
        let variables = [&[audience, issuer][..], &all_empty].concat();
        assert_eq!(from(&variables).unwrap(), ["https://a.example"]);
        let secret = ("SECRET", "0123456789abcdef0123456789abcdef");
        for (variables, expected) in [
            (vec![issuer, ("AUDIENCE", "")], "AUDIENCE"),
            (vec![audience, ("ISSUER", "")], "ISSUER_BASE_URL"),
            (vec![audience, issuer, secret, ("TOKEN_SIGNING_ALG", "")], "TOKEN_SIGNING_ALG"),
        ] {
            match from(&variables) {
                Err(ConfigError { path, problem: Problem::Variable { .. }, .. }) => {
                    assert_eq!(path, expected)
                }
                other => panic!("{variables:?}: {other:?}"),
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_variable_that_is_no_text_is_refused_and_not_taken_for_absent() {
        use std::os::unix::ffi::OsStringExt;

        for broken in ["AUDIENCE", "ISSUER_BASE_URL", "TOKEN_SIGNING_ALG", "SECRET"] {
            let find = |name: &str| match name {
                _ if name == broken => Some(OsString::from_vec(vec![0xff])),
                "AUDIENCE" => Some(OsString::from("api")),
                "ISSUER" => Some(OsString::from("https://a.example")),
                _ => None,
            };
            let expected = refused(broken, "is not Unicode text");
            assert_eq!(read(find, &[]).map(drop).unwrap_err(), expected);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_of_a_provider_that_is_no_text_is_refused_and_not_read_with_other_characters() {
        use std::os::unix::ffi::OsStringExt;

        let find = |name: &str| match name {
            "PROVIDER" => Some(OsString::from("supabase")),
            "PROVIDER_PROJECT" => Some(OsString::from("abcdefghijklmnopqrst")),
            "PROVIDER_SECRET" => Some(OsString::from_vec(vec![0xff; 32])),
            _ => None,
        };
        let names = ["PROVIDER", "PROVIDER_PROJECT", "PROVIDER_SECRET"].map(str::to_owned);
        let why = "is not Unicode text, or a variable that goes with it is not";
        let expected = refused("PROVIDER", why);
        assert_eq!(read(find, &names).map(drop).unwrap_err(), expected);
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
            (vec![audience, base, issuer, ("JWKS_URI", "https://a.example/jwks")], "ISSUER_BASE_URL"),
            (vec![audience, base, ("SECRET", "x")], "ISSUER_BASE_URL"),
            (vec![audience, issuer, ("SECRET", "x")], "TOKEN_SIGNING_ALG"),
            (vec![audience, issuer, ("SECRET", "x"), ("JWKS_URI", "https://a")], "SECRET"),
            (vec![audience, base, ("TOKEN_SIGNING_ALG", "none")], "TOKEN_SIGNING_ALG"),
        ] {
            match from(&variables) {
                Err(ConfigError { path, problem: Problem::Variable { .. }, .. }) => {
                    assert_eq!(path, expected)
                }
                other => panic!("{variables:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_variable_that_is_almost_called_like_one_that_is_read_is_refused() {
        let audience = ("AUDIENCE", "api");
        let base = ("ISSUER_BASE_URL", "https://a.example");
        for (variables, given, meant) in [
            (
                vec![audience, base, ("TOKEN_SIGNING_ALGO", "RS256")],
                "TOKEN_SIGNING_ALGO",
                "TOKEN_SIGNING_ALG",
            ),
            (vec![audience, base, ("JWKS_URL", "https://a.example/jwks")], "JWKS_URL", "JWKS_URI"),
            (vec![audience, ("ISSUER_BASE_URI", "https://a.example")], "ISSUER_BASE_URI", "ISSUER_BASE_URL"),
            (vec![audience, ("issuer_base_url", "https://a.example")], "issuer_base_url", "ISSUER_BASE_URL"),
            (vec![base, ("AUDIENCES", "api")], "AUDIENCES", "AUDIENCE"),
        ] {
            match from(&variables) {
                Err(ConfigError { path, problem: Problem::MisspeltVariable { meant: found }, .. }) => {
                    assert_eq!((&*path, found), (given, meant));
                }
                other => panic!("{variables:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_provider_takes_the_place_of_an_issuer() {
        let provider = [("PROVIDER", "auth0"), ("PROVIDER_DOMAIN", "acme.eu.auth0.com"), ("AUDIENCE", "api")];
        assert_eq!(from(&provider).unwrap(), ["https://acme.eu.auth0.com/"]);
        let json = r#"{"firebase": {"project": "acme"}}"#;
        assert_eq!(from(&[("PROVIDER", json)]).unwrap(), ["https://securetoken.google.com/acme"]);
        for beside in beside_no_provider() {
            let variables: Vec<_> = provider.into_iter().chain([(beside, "https://a.example")]).collect();
            match from(&variables) {
                Err(ConfigError { path, problem: Problem::Variable { .. }, .. }) => assert_eq!(path, beside),
                other => panic!("{beside}: {other:?}"),
            }
        }
        let error = from(&[provider[0], ("PROVIDER_DOMIAN", "acme.eu.auth0.com"), provider[2]]).unwrap_err();
        assert!(error.to_string().contains("did you mean \"domain\"?"), "{error}");
    }

    #[test]
    fn variables_of_other_programs_are_left_alone() {
        let own = [("AUDIENCE", "api"), ("ISSUER_BASE_URL", "https://a.example")];
        for other in [("SECRETS", "/run/secrets"), ("ISSUERS", "x"), ("AUDIENCES", "x"), ("PATH", "/bin")] {
            assert_eq!(from(&[own[0], own[1], other]).unwrap(), ["https://a.example"], "{other:?}");
        }
    }
}
