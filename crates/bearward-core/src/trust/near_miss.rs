//! A setting that is almost what a refused token says: the commonest mistake in the settings of an issuer or an audience.
//!
//! 1. Two texts are alike if nothing but their scheme, their last slashes and their letter case differs.
//! 2. What is told names the setting, and nothing of the token.
//!
//! Nothing is accepted by this: `iss` and `aud` are compared as they are written (RFC 7519 §4.1.1, §4.1.3).

use std::fmt;

/// An issuer or an audience that is configured almost as a refused token has it. Its text is for the operator alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearMiss<'c> {
    setting: Setting,
    configured: &'c str,
    differences: Vec<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Setting {
    Issuer,
    Audience,
}

impl<'c> NearMiss<'c> {
    /// What to say of a token with this `iss`, if this configured issuer is almost the same.
    #[must_use]
    pub fn of_issuer(iss: &str, configured: &'c str) -> Option<Self> {
        Self::of(Setting::Issuer, iss, configured)
    }

    /// The same of an audience.
    pub(crate) fn of_audience(aud: &str, configured: &'c str) -> Option<Self> {
        Self::of(Setting::Audience, aud, configured)
    }

    fn of(setting: Setting, found: &str, configured: &'c str) -> Option<Self> {
        if found == configured || alike(found) != alike(configured) {
            return None;
        }
        let (own, other) = (Parts::of(found), Parts::of(configured));
        let differences = [
            (own.scheme != other.scheme, "the scheme"),
            (own.rest != other.rest, "letter case"),
            (own.slashes != other.slashes, "the last slash"),
        ];
        let differences = differences.into_iter().filter_map(|(differs, what)| differs.then_some(what));
        Some(Self { setting, configured, differences: differences.collect() })
    }
}

impl fmt::Display for NearMiss<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, claim) = match self.setting {
            Setting::Issuer => ("issuer", "iss"),
            Setting::Audience => ("audience", "aud"),
        };
        let Self { configured, differences, .. } = self;
        let differences = differences.join(" and ");
        write!(
            f,
            "the token's {claim} differs from the configured {name} {configured:?} only in {differences}: write the \
             {name} exactly as in {claim}"
        )
    }
}

/// What two texts that are alike have in common.
pub(crate) fn alike(text: &str) -> String {
    Parts::of(text).rest.to_ascii_lowercase()
}

struct Parts<'t> {
    /// With `://`; empty if the text has no scheme.
    scheme: String,
    rest: &'t str,
    slashes: usize,
}

impl<'t> Parts<'t> {
    fn of(text: &'t str) -> Self {
        let start = text.find("://").map_or(0, |colon| colon + "://".len());
        let (scheme, rest) = text.split_at(start);
        let bare = rest.trim_end_matches('/');
        Self { scheme: scheme.to_ascii_lowercase(), rest: bare, slashes: rest.len() - bare.len() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_differ_in_form_alone_are_told_apart_by_what_differs() {
        let configured = "https://tenant.example/oidc";
        for (found, differences) in [
            ("https://tenant.example/oidc/", "the last slash"),
            ("https://Tenant.example/OIDC", "letter case"),
            ("http://tenant.example/oidc", "the scheme"),
            ("tenant.example/oidc", "the scheme"),
            ("http://Tenant.example/oidc/", "the scheme and letter case and the last slash"),
        ] {
            let text = NearMiss::of_issuer(found, configured).map(|near| near.to_string());
            let expected = format!(
                "the token's iss differs from the configured issuer \"https://tenant.example/oidc\" only in {differences}: \
                 write the issuer exactly as in iss"
            );
            assert_eq!(text.as_deref(), Some(&*expected), "{found}");
        }
    }

    #[test]
    fn other_texts_are_no_near_miss() {
        let configured = "https://tenant.example/oidc";
        for found in [
            configured,
            "",
            "/",
            "https://",
            "https://tenant.example",
            "https://tenant.example/oidc?",
            "https://other.example/oidc",
            "https://tenant.example//oidc",
        ] {
            assert_eq!(NearMiss::of_issuer(found, configured), None, "{found}");
        }
    }

    #[test]
    fn an_audience_may_differ_in_a_scheme_that_one_of_the_two_lacks() {
        let near = NearMiss::of_audience("api://orders", "orders").map(|near| near.to_string());
        let expected = "the token's aud differs from the configured audience \"orders\" only in the scheme: write the \
                        audience exactly as in aud";
        assert_eq!(near.as_deref(), Some(expected));
    }
}
