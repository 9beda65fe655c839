//! What somebody probably meant by a name that is not known.

use super::{Member, PRESETS};
use crate::wire::misspelling::closest_name;

/// Names under which people look for a provider.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("aad", "entra"),
    ("adb2c", "entra_external"),
    ("alb", "aws_alb"),
    ("amazon", "cognito"),
    ("aws", "cognito"),
    ("azure", "entra"),
    ("azuread", "entra"),
    ("azureb2c", "entra_external"),
    ("b2c", "entra_external"),
    ("ciam", "entra_external"),
    ("cloudflare", "cloudflare_access"),
    ("duende", "identity_server"),
    ("github", "github_actions"),
    ("iap", "google_iap"),
    ("k8s", "kubernetes"),
    ("laravel", "passport"),
    ("microsoft", "entra"),
    ("ory", "hydra"),
    ("xsuaa", "uaa"),
];

/// The preset that is probably meant.
pub(super) fn provider(name: &str) -> Option<&'static str> {
    let bare = bare(name);
    let other = OTHER_NAMES.iter().find(|(other, _)| *other == bare).map(|(_, meant)| *meant);
    other.or_else(|| closest_name(name, PRESETS.iter().map(|preset| preset.name)))
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
            assert_eq!(provider(name), expected, "{name}");
        }
    }
}
