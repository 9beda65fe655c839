//! How a claim is named: `role`, `realm_access.roles`, or segment by segment where a name holds a dot.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The place of a claim in the claims set.
///
/// Written as text, the whole text is tried as one name first, then what stands before each dot, so that
/// namespaced claims such as `https://example.com/roles` are found and led on from; otherwise a dot leads one
/// level down. Written as an array, each element is one name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum ClaimPath {
    /// `realm_access.roles`.
    Dotted(String),
    /// `["https://example.com/access", "roles"]`.
    Segments(Vec<String>),
}

/// The value at the place of a claim.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Found<'v> {
    Value(&'v Value),
    /// Nothing, or `null`.
    Absent,
    /// The way there leads through something that has no members.
    Unreadable,
}

impl ClaimPath {
    /// What stands at this place, told apart where [`find`](Self::find) says nothing: a claim that is not there,
    /// and one that nobody can look for, since what should hold it is no object.
    pub(crate) fn look_up<'v>(&self, claims: &'v Value) -> Found<'v> {
        match self {
            Self::Dotted(path) => dotted_look_up(claims, path),
            Self::Segments(names) => names.iter().fold(Found::Value(claims), |found, name| match found {
                Found::Value(Value::Object(members)) => match members.get(name) {
                    None | Some(Value::Null) => Found::Absent,
                    Some(value) => Found::Value(value),
                },
                Found::Value(_) => Found::Unreadable,
                other => other,
            }),
        }
    }

    /// The value at this place, if there is one. A `null` is found too.
    #[must_use]
    pub fn find<'v>(&self, claims: &'v Value) -> Option<&'v Value> {
        match self {
            Self::Dotted(path) => dotted(claims, path),
            Self::Segments(names) => names.iter().try_fold(claims, |value, name| value.get(name)),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Dotted(path) => path.is_empty() || path.split('.').any(str::is_empty),
            Self::Segments(names) => names.is_empty() || names.iter().any(String::is_empty),
        }
    }
}

fn dotted<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let below = || {
        let mut dots = path.match_indices('.');
        dots.find_map(|(dot, _)| dotted(value.get(&path[..dot])?, &path[dot + 1..]))
    };
    value.get(path).or_else(below)
}

fn dotted_look_up<'v>(value: &'v Value, path: &str) -> Found<'v> {
    let Value::Object(members) = value else { return Found::Unreadable };
    let present = |name: &str| members.get(name).filter(|value| !value.is_null());
    if let Some(value) = present(path) {
        return Found::Value(value);
    }
    let mut nothing = Found::Absent;
    for (dot, _) in path.match_indices('.') {
        let Some(inner) = present(&path[..dot]) else { continue };
        match dotted_look_up(inner, &path[dot + 1..]) {
            found @ Found::Value(_) => return found,
            Found::Unreadable => nothing = Found::Unreadable,
            Found::Absent => {}
        }
    }
    nothing
}

impl From<&str> for ClaimPath {
    fn from(path: &str) -> Self {
        Self::Dotted(path.to_owned())
    }
}

impl From<String> for ClaimPath {
    fn from(path: String) -> Self {
        Self::Dotted(path)
    }
}

impl<const N: usize> From<[&str; N]> for ClaimPath {
    fn from(names: [&str; N]) -> Self {
        Self::Segments(names.map(str::to_owned).to_vec())
    }
}

impl std::fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Dotted(path) => f.write_str(path),
            Self::Segments(names) => f.write_str(&names.join(".")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_descends_and_a_namespaced_name_is_found_whole() {
        let claims = json!({
            "role": "admin",
            "realm_access": { "roles": ["a"] },
            "https://example.com/roles": ["b"],
            "https://example.com/x": { "y": 1 },
        });
        let find = |path: ClaimPath| path.find(&claims).cloned();
        assert_eq!(find("role".into()), Some(json!("admin")));
        assert_eq!(find("realm_access.roles".into()), Some(json!(["a"])));
        assert_eq!(find("https://example.com/roles".into()), Some(json!(["b"])));
        assert_eq!(find(["https://example.com/x", "y"].into()), Some(json!(1)));
        assert_eq!(find("https://example.com/x.y".into()), Some(json!(1)));
        assert_eq!(find("realm_access.users".into()), None);
        assert_eq!(find("role.admin".into()), None);
    }

    #[test]
    fn a_claim_that_is_absent_differs_from_one_that_cannot_be_looked_for() {
        let claims = json!({
            "role": "admin", "nothing": null, "realm_access": [{ "roles": ["a"] }], "a.b": "x", "a": { "c": null },
            "x.y": null, "x": { "y": 1 },
        });
        for (path, expected) in [
            ("role", Found::Value(&json!("admin"))),
            ("x.y", Found::Value(&json!(1))),
            ("a.b", Found::Value(&json!("x"))),
            ("nothing", Found::Absent),
            ("nothing.more", Found::Absent),
            ("absent", Found::Absent),
            ("absent.more", Found::Absent),
            ("a.c", Found::Absent),
            ("a.c.d", Found::Absent),
            ("role.admin", Found::Unreadable),
            ("a.b.c", Found::Unreadable),
            ("realm_access.roles", Found::Unreadable),
        ] {
            assert_eq!(ClaimPath::from(path).look_up(&claims), expected, "{path}");
            if path != "a.b" && path != "a.b.c" && path != "x.y" {
                let names = path.split('.').map(str::to_owned).collect();
                assert_eq!(ClaimPath::Segments(names).look_up(&claims), expected, "{path} by names");
            }
        }
        for no_claims in [json!(null), json!([]), json!("role")] {
            assert_eq!(ClaimPath::from("role").look_up(&no_claims), Found::Unreadable, "{no_claims}");
            assert_eq!(ClaimPath::from(["role"]).look_up(&no_claims), Found::Unreadable, "{no_claims}");
        }
    }
}
