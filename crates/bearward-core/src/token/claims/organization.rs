//! The organizations a token is for, by a claim of it.
//!
//! 1. A text that is not empty is one organization.
//! 2. Where the operator says that the claim may name several, a list of such texts names each of them, and so does an
//!    object whose members are objects, by the names of the members.
//! 3. An absent claim, `null`, an empty text, and where several may be named an empty list or object, name none.
//! 4. Everything else cannot be read, and as a whole: one odd element leaves open what the others mean. An object such as
//!    `{"id":"acme"}` describes one organization, and is not taken for one that is called `id`.

use serde_json::Value;

use super::{ClaimPath, ClaimsSet, Found};

/// The claim that names the token's organization, or organizations.
///
/// A text, or an array of names, makes the claim of that path that names [one](Self::one).
///
/// ```
/// use bearward_core::token::OrganizationClaim;
///
/// let auth0 = OrganizationClaim::from("org_id");
/// let clerk = OrganizationClaim::one("o.id");
/// let keycloak = OrganizationClaim::several("organization");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct OrganizationClaim {
    path: ClaimPath,
    names: Names,
}

/// How many organizations the claim may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    One,
    Several,
}

/// What the claim of one token says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Organizations<'c> {
    None,
    One(&'c str),
    /// At least two, each once.
    Several(Vec<&'c str>),
    Unreadable,
}

impl OrganizationClaim {
    /// The claim at this path is a text: the one organization that the token is for.
    pub fn one(path: impl Into<ClaimPath>) -> Self {
        Self { path: path.into(), names: Names::One }
    }

    /// The claim at this path is a text, a list (`["acme"]`), or an object whose members are called after the
    /// organizations (`{"acme":{"id":"…"}}`), as Keycloak 26 writes it.
    pub fn several(path: impl Into<ClaimPath>) -> Self {
        Self { path: path.into(), names: Names::Several }
    }

    /// Where the claim is.
    #[must_use]
    pub fn path(&self) -> &ClaimPath {
        &self.path
    }

    pub(crate) fn read<'c>(&self, claims: &'c ClaimsSet) -> Organizations<'c> {
        let value = match claims.look_up(&self.path) {
            Found::Absent => return Organizations::None,
            Found::Unreadable => return Organizations::Unreadable,
            Found::Value(value) => value,
        };
        match (value, self.names) {
            (Value::String(name), _) => Organizations::of(Some(vec![name])),
            (Value::Array(names), Names::Several) => Organizations::of(
                names.iter().map(|name| name.as_str().filter(|name| !name.is_empty())).collect(),
            ),
            (Value::Object(members), Names::Several) => {
                let name = |(name, value): (&'c String, &Value)| {
                    (value.is_object() && !name.is_empty()).then_some(name.as_str())
                };
                Organizations::of(members.iter().map(name).collect())
            }
            _ => Organizations::Unreadable,
        }
    }
}

impl<'c> Organizations<'c> {
    /// `None` where one of the names cannot be read.
    fn of(names: Option<Vec<&'c str>>) -> Self {
        let Some(names) = names else { return Self::Unreadable };
        let mut each = Vec::with_capacity(names.len());
        for name in names {
            if !each.contains(&name) {
                each.push(name);
            }
        }
        match each[..] {
            [] | [""] => Self::None,
            [one] => Self::One(one),
            _ => Self::Several(each),
        }
    }
}

impl From<ClaimPath> for OrganizationClaim {
    fn from(path: ClaimPath) -> Self {
        Self::one(path)
    }
}

impl From<&str> for OrganizationClaim {
    fn from(path: &str) -> Self {
        Self::one(path)
    }
}

impl From<String> for OrganizationClaim {
    fn from(path: String) -> Self {
        Self::one(path)
    }
}

impl<const N: usize> From<[&str; N]> for OrganizationClaim {
    fn from(names: [&str; N]) -> Self {
        Self::one(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_names_one_organization_or_those_that_it_may_list() {
        let several = |names: &[&'static str]| Organizations::Several(names.to_vec());
        for (text, as_one, as_several) in [
            (r#""acme""#, Organizations::One("acme"), Organizations::One("acme")),
            (r#""""#, Organizations::None, Organizations::None),
            ("null", Organizations::None, Organizations::None),
            ("[]", Organizations::Unreadable, Organizations::None),
            ("{}", Organizations::Unreadable, Organizations::None),
            (r#"["acme"]"#, Organizations::Unreadable, Organizations::One("acme")),
            (r#"["acme","acme"]"#, Organizations::Unreadable, Organizations::One("acme")),
            (r#"["b","a"]"#, Organizations::Unreadable, several(&["b", "a"])),
            (r#"["acme",7]"#, Organizations::Unreadable, Organizations::Unreadable),
            (r#"["acme",""]"#, Organizations::Unreadable, Organizations::Unreadable),
            (r#"[["acme"]]"#, Organizations::Unreadable, Organizations::Unreadable),
            (r#"{"acme":{"id":"1"}}"#, Organizations::Unreadable, Organizations::One("acme")),
            (r#"{"acme":{}}"#, Organizations::Unreadable, Organizations::One("acme")),
            (r#"{"a":{},"b":{}}"#, Organizations::Unreadable, several(&["a", "b"])),
            (r#"{"id":"acme"}"#, Organizations::Unreadable, Organizations::Unreadable),
            (r#"{"acme":{},"id":"x"}"#, Organizations::Unreadable, Organizations::Unreadable),
            (r#"{"acme":null}"#, Organizations::Unreadable, Organizations::Unreadable),
            (r#"{"acme":true}"#, Organizations::Unreadable, Organizations::Unreadable),
            (r#"{"":{}}"#, Organizations::Unreadable, Organizations::Unreadable),
            ("7", Organizations::Unreadable, Organizations::Unreadable),
            ("true", Organizations::Unreadable, Organizations::Unreadable),
        ] {
            let claims = ClaimsSet::parse(format!(r#"{{"o":{text}}}"#).into_bytes()).unwrap();
            assert_eq!(OrganizationClaim::one("o").read(&claims), as_one, "one: {text}");
            assert_eq!(OrganizationClaim::several("o").read(&claims), as_several, "several: {text}");
        }
    }

    #[test]
    fn the_claim_is_found_by_its_path() {
        let claims = br#"{"o":{"id":"a"},"https://example.com/org":"b","x.y":{"z":"c"},"s":"d"}"#;
        let claims = ClaimsSet::parse(claims.to_vec()).unwrap();
        let read = |claim: OrganizationClaim| claim.read(&claims);
        assert_eq!(read("o.id".into()), Organizations::One("a"));
        assert_eq!(read(["o", "id"].into()), Organizations::One("a"));
        assert_eq!(read("https://example.com/org".into()), Organizations::One("b"));
        assert_eq!(read("x.y.z".into()), Organizations::One("c"));
        assert_eq!(read("o.slug".into()), Organizations::None);
        assert_eq!(read("s.id".into()), Organizations::Unreadable);
    }
}
