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

impl ClaimPath {
    pub(crate) fn find<'v>(&self, claims: &'v Value) -> Option<&'v Value> {
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
}
