//! What somebody probably meant by a name that is not known.

use super::Member;
use crate::trust::provider::ProviderFacts;
use crate::wire::misspelling::closest_name;

/// The provider that is probably meant.
pub(in crate::trust::provider) fn provider(
    name: &str,
    rows: &'static [ProviderFacts],
) -> Option<&'static str> {
    let bare = bare(name);
    let other = rows.iter().find(|facts| facts.other_names.contains(&bare.as_str())).map(|facts| facts.name);
    other.or_else(|| closest_name(name, rows.iter().map(|facts| facts.name)))
}

/// The member that is probably meant.
pub(super) fn member(name: &str, members: &'static [Member]) -> Option<&'static str> {
    let bare = bare(name);
    let names = || members.iter().map(|member| member.name);
    // `clientId` for `clients`, `userPoolId` for `pool`.
    let contained = || {
        names().find(|own| {
            let own = own.trim_end_matches('s');
            own.len() > 2 && (bare.contains(&self::bare(own)) || (bare.len() > 2 && own.contains(&bare)))
        })
    };
    closest_name(name, names()).or_else(contained)
}

/// Without case and marks between words.
fn bare(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).take(40).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::provider::PROVIDERS;

    #[test]
    fn a_misspelt_name_is_recognised_and_a_foreign_one_is_not() {
        for (name, expected) in [
            ("cognitoo", Some("cognito")),
            ("githubActions", Some("github_actions")),
            ("keycloack", Some("keycloak")),
            ("Auth0", Some("auth0")),
            ("azure-ad", Some("entra")),
            ("b2c", Some("entra_external")),
            ("whatever", None),
            ("", None),
        ] {
            assert_eq!(provider(name, PROVIDERS), expected, "{name}");
        }
    }
}
