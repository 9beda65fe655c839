//! A provider in environment variables.
//!
//! 1. `PROVIDER` is the name of a preset, or the whole settings in JSON, as [`Provider::from_json`] reads them.
//! 2. Beside a name, `PROVIDER_REGION` is the member `region`, and so on. Several values have spaces between them. An empty
//!    variable is absent.
//! 3. `AUDIENCE` is the member `audience`, as it is the audience without a provider.
//! 4. A `PROVIDER_…` that is not a member of the preset is refused, like a misspelt member in JSON.

use std::collections::BTreeMap;

use super::read::row;
use super::{Provider, ProviderError, Takes};

/// The variable that names the provider.
const PROVIDER: &str = "PROVIDER";
const AUDIENCE: &str = "AUDIENCE";

impl Provider {
    /// Reads `PROVIDER=cognito` and `PROVIDER_REGION=eu-west-1`, `PROVIDER_POOL=…`, `PROVIDER_CLIENTS=one another`, or
    /// `PROVIDER={"cognito": {…}}`. Gives `None` where `PROVIDER` is absent or empty. Other variables are not looked at,
    /// except `AUDIENCE`, which is the audience.
    ///
    /// # Errors
    /// [`ProviderError`], as [`from_json`](Self::from_json).
    pub fn from_variables<N: AsRef<str>, V: AsRef<str>>(
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Option<Self>, ProviderError> {
        let is_ours = |name: &str| name == PROVIDER || name == AUDIENCE || member_of(name).is_some();
        let read: BTreeMap<String, String> = variables
            .into_iter()
            .filter(|(name, value)| is_ours(name.as_ref()) && !value.as_ref().trim().is_empty())
            .map(|(name, value)| (name.as_ref().to_owned(), value.as_ref().to_owned()))
            .collect();
        let Some(name) = read.get(PROVIDER).map(|name| name.trim()) else { return Ok(None) };
        let beside = || read.iter().filter(|(variable, _)| *variable != PROVIDER);
        if name.starts_with('{') {
            return match beside().next() {
                None => Self::from_json(name).map(Some),
                Some((variable, _)) => Err(ProviderError::BesideJson(variable.clone())),
            };
        }
        let facts = row(name)?;
        let mut members = Vec::new();
        for (variable, value) in beside() {
            let name = member_of(variable).unwrap_or_else(|| "audience".to_owned());
            if members.iter().any(|(known, _)| *known == name) {
                let (first, second) = ("PROVIDER_AUDIENCE", AUDIENCE);
                return Err(ProviderError::Excludes { provider: facts.name, first, second });
            }
            match facts.member(&name).map(|member| member.takes) {
                Some(Takes::Several) => {
                    members.extend(value.split_whitespace().map(|text| (name.clone(), text)));
                }
                Some(Takes::One) => members.push((name, value.trim())),
                _ => members.push((name, value.as_str())),
            }
        }
        Self::from_texts(facts.name, members).map(Some)
    }
}

/// `region` for `PROVIDER_REGION`.
fn member_of(variable: &str) -> Option<String> {
    variable.strip_prefix(PROVIDER)?.strip_prefix('_').map(str::to_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Option<Provider>, String> {
        Provider::from_variables(variables.iter().copied()).map_err(|error| error.to_string())
    }

    #[test]
    fn variables_say_the_same_as_json() {
        let cognito = Provider::cognito("eu-west-1", "eu-west-1_Ab1").client("one").client("another");
        let auth0 = Provider::auth0("acme.eu.auth0.com").audience("https://api.example.com");
        let tenant = "11111111-2222-3333-4444-555555555555";
        for (variables, expected) in [
            (vec![], None),
            (vec![("PROVIDER", ""), ("PROVIDER_POOL", "x"), ("AUDIENCE", "a")], None),
            (
                vec![
                    ("PROVIDER", "cognito"),
                    ("PROVIDER_REGION", "eu-west-1"),
                    ("PROVIDER_POOL", "eu-west-1_Ab1 "),
                    ("PROVIDER_CLIENTS", "one  another"),
                    ("PROVIDER_AUDIENCE", ""),
                    ("PATH", "/bin"),
                ],
                Some(cognito.clone()),
            ),
            (
                vec![
                    (
                        "PROVIDER",
                        r#"{"cognito": {"region": "eu-west-1", "pool": "eu-west-1_Ab1", "clients": ["one", "another"]}}"#,
                    ),
                    ("AUDIENCE", ""),
                ],
                Some(cognito),
            ),
            (
                vec![
                    ("PROVIDER", "auth0"),
                    ("PROVIDER_DOMAIN", "acme.eu.auth0.com"),
                    ("AUDIENCE", "https://api.example.com"),
                ],
                Some(auth0),
            ),
            (
                vec![
                    ("PROVIDER", "entra"),
                    ("PROVIDER_TENANT", tenant),
                    ("PROVIDER_API", tenant),
                    ("PROVIDER_APP_KEYS", "true"),
                ],
                Some(Provider::entra(tenant).api(tenant).app_keys()),
            ),
        ] {
            assert_eq!(read(&variables), Ok(expected), "{variables:?}");
        }
    }

    #[test]
    fn a_variable_that_is_missing_misspelt_or_contradicts_is_named() {
        let auth0 = ("PROVIDER", "auth0");
        let domain = ("PROVIDER_DOMAIN", "acme.eu.auth0.com");
        let json = r#"{"firebase": {"project": "acme"}}"#;
        for (variables, expected) in [
            (vec![("PROVIDER", "auth")], "provider: there is no preset \"auth\"; did you mean \"auth0\"?"),
            (vec![auth0, domain], "provider.auth0.audience is missing:"),
            (
                vec![auth0, ("PROVIDER_DOMIAN", "acme.eu.auth0.com"), ("AUDIENCE", "a")],
                "provider.auth0: there is no setting \"domian\"; did you mean \"domain\"?",
            ),
            (
                vec![auth0, domain, ("AUDIENCE", "a"), ("PROVIDER_AUDIENCE", "a")],
                "provider.auth0: give PROVIDER_AUDIENCE or AUDIENCE, not both",
            ),
            (
                vec![("PROVIDER", "firebase"), ("PROVIDER_PROJECT", "acme"), ("AUDIENCE", "a")],
                "provider.firebase: there is no setting \"audience\";",
            ),
            (
                vec![("PROVIDER", json), ("PROVIDER_PROJECT", "acme")],
                "PROVIDER is given in JSON: leave out PROVIDER_PROJECT",
            ),
            (vec![("PROVIDER", json), ("AUDIENCE", "a")], "PROVIDER is given in JSON: leave out AUDIENCE"),
        ] {
            let said = read(&variables).unwrap_err();
            assert!(said.starts_with(expected), "{variables:?}\n{said}");
        }
    }
}
