//! The form of an issuer identifier: a text with holes.

use serde::Serialize;

/// Longer issuers are no provider's.
const MOST_BYTES: usize = 512;

/// The form of an issuer identifier, such as `https://{tenant}.auth0.com/`.
///
/// A hole in braces takes one or more characters and no slash; `{+base}` takes slashes too (as in RFC 6570 §3.2.3).
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct IssuerForm(pub(super) &'static str);

impl IssuerForm {
    /// Whether an identifier has this form, to the last slash.
    pub(super) fn matches(&self, issuer: &str) -> bool {
        self.values(issuer).is_some()
    }

    /// The value of each hole, where an identifier has this form.
    pub(super) fn values<'i>(&self, issuer: &'i str) -> Option<Vec<(&'static str, &'i str)>> {
        let mut values = Vec::new();
        (issuer.len() <= MOST_BYTES && fits(self.0, issuer, &mut values)).then_some(values)
    }

    /// The value of the hole of this name.
    pub(super) fn value<'i>(&self, issuer: &'i str, name: &str) -> Option<&'i str> {
        self.values(issuer)?.into_iter().find(|(hole, _)| *hole == name).map(|(_, value)| value)
    }

    /// The names of the holes, in order.
    pub(super) fn holes(&self) -> impl Iterator<Item = &'static str> {
        let pieces = self.0.split('{').skip(1);
        pieces.filter_map(|piece| piece.split_once('}')).map(|(name, _)| name.trim_start_matches('+'))
    }

    /// The identifier with these values; `None` where a value is missing, or would be read back as another.
    pub(super) fn fill<'v>(&self, value: impl Fn(&str) -> Option<&'v str>) -> Option<String> {
        let mut filled = String::new();
        let mut rest = self.0;
        let mut given = Vec::new();
        while let Some((before, name, after)) = next_hole(rest) {
            let bare = name.trim_start_matches('+');
            let value = value(bare)?;
            filled.push_str(before);
            filled.push_str(value);
            given.push((bare, value));
            rest = after;
        }
        filled.push_str(rest);
        (self.values(&filled)? == given).then_some(filled)
    }
}

/// The text before the next hole, the hole's name, and the text after it.
fn next_hole(form: &'static str) -> Option<(&'static str, &'static str, &'static str)> {
    let (before, rest) = form.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

fn fits<'i>(form: &'static str, text: &'i str, values: &mut Vec<(&'static str, &'i str)>) -> bool {
    let Some((before, name, after)) = next_hole(form) else { return form == text };
    let Some(text) = text.strip_prefix(before) else { return false };
    let takes_slashes = name.starts_with('+');
    let ends = text.char_indices().skip(1).map(|(at, _)| at).chain([text.len()]);
    for end in ends {
        let (value, rest) = text.split_at(end);
        let last = value.chars().next_back();
        if !last.is_some_and(|last| is_allowed(last, takes_slashes)) {
            return false;
        }
        let known = values.len();
        values.push((name.trim_start_matches('+'), value));
        if fits(after, rest, values) {
            return true;
        }
        values.truncate(known);
    }
    false
}

fn is_allowed(character: char, takes_slashes: bool) -> bool {
    match character {
        '/' => takes_slashes,
        _ => character.is_ascii_alphanumeric() || "-._~:%@[]".contains(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_has_a_form_to_the_last_slash() {
        let auth0 = IssuerForm("https://{tenant}.auth0.com/");
        let keycloak = IssuerForm("{+base}/realms/{realm}");
        let cognito = IssuerForm("https://cognito-idp.{region}.amazonaws.com/{pool}");
        for (form, issuer, expected) in [
            (auth0, "https://acme.eu.auth0.com/", Some(vec![("tenant", "acme.eu")])),
            (auth0, "https://acme.auth0.com", None),
            (auth0, "https://.auth0.com/", None),
            (auth0, "https://evil.example/.auth0.com/", None),
            (auth0, "https://acme?.auth0.com/", None),
            (
                keycloak,
                "http://localhost:8080/auth/realms/demo",
                Some(vec![("base", "http://localhost:8080/auth"), ("realm", "demo")]),
            ),
            (keycloak, "https://id.example/realms/demo/x", None),
            (
                cognito,
                "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab",
                Some(vec![("region", "eu-west-1"), ("pool", "eu-west-1_Ab")]),
            ),
            (IssuerForm("https://accounts.google.com"), "https://accounts.google.com", Some(vec![])),
            (IssuerForm("https://accounts.google.com"), "https://accounts.google.com/", None),
        ] {
            assert_eq!(form.values(issuer), expected, "{issuer}");
        }
        assert_eq!(auth0.values(&format!("https://{}.auth0.com/", "a".repeat(600))), None);
    }

    #[test]
    fn a_form_is_filled_with_what_it_would_give_back_and_nothing_else() {
        let entra = IssuerForm("https://login.microsoftonline.com/{tenant}/v2.0");
        assert_eq!(entra.holes().collect::<Vec<_>>(), ["tenant"]);
        let filled = |value: &'static str| entra.fill(move |_| Some(value));
        assert_eq!(filled("t-1").as_deref(), Some("https://login.microsoftonline.com/t-1/v2.0"));
        for wrong in ["", "a/b", "a?b", "a b", "a#b", "é"] {
            assert_eq!(filled(wrong), None, "{wrong}");
        }
        assert_eq!(entra.fill(|_| None), None);
    }
}
