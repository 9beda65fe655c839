//! Scopes that include others: a client that was granted `files:write` may read files, too.
//!
//! 1. What a scope implies implies what that one implies: the relation is transitive.
//! 2. A scope that implies itself, directly or through others, is a mistake in the settings, and is refused.
//! 3. Scopes are compared whole and in their case (RFC 6749 §3.3). There are no patterns.
//!
//! Does not change what a token says of its scopes, nor what a challenge asks for.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use crate::wire::fields::is_scope_token;

/// Which scopes imply which others, as the settings say it.
pub(crate) type ImpliedScopes = BTreeMap<String, Vec<String>>;

/// The same, ready to be asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct ScopeHierarchy {
    /// By a scope, every other one that implies it.
    implying: Arc<HashMap<Box<str>, Vec<Box<str>>>>,
}

/// Why a scope cannot imply others so.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImpliedScopesError {
    /// This is not a scope (RFC 6749 §3.3).
    Scope(String),
    /// The scope implies nothing.
    Nothing,
    /// The scope implies itself, perhaps by way of others.
    Itself,
}

impl fmt::Display for ImpliedScopesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scope(scope) => write!(f, "{scope:?} is not a scope (RFC 6749 §3.3)"),
            Self::Nothing => f.write_str("the scope implies nothing; name what it implies, or leave it out"),
            Self::Itself => {
                f.write_str("the scope implies itself through the scopes that it names; remove one of them")
            }
        }
    }
}

impl std::error::Error for ImpliedScopesError {}

impl ScopeHierarchy {
    /// Reads the settings. An error comes with the scope whose line is wrong.
    pub(crate) fn new(implied: &ImpliedScopes) -> Result<Self, (String, ImpliedScopesError)> {
        let mut implying: HashMap<Box<str>, Vec<Box<str>>> = HashMap::new();
        for (scope, direct) in implied {
            let refused = |why| (scope.clone(), why);
            if direct.is_empty() {
                return Err(refused(ImpliedScopesError::Nothing));
            }
            if let Some(other) = [scope].into_iter().chain(direct).find(|scope| !is_scope_token(scope)) {
                return Err(refused(ImpliedScopesError::Scope(other.clone())));
            }
            let all = closure(scope, implied);
            if all.contains(&scope.as_str()) {
                return Err(refused(ImpliedScopesError::Itself));
            }
            for lower in all {
                implying.entry(lower.into()).or_default().push(scope.as_str().into());
            }
        }
        Ok(Self { implying: Arc::new(implying) })
    }

    /// Whether scopes that were granted, separated by spaces, include this one.
    pub(crate) fn grants(&self, granted: &str, scope: &str) -> bool {
        let implying = self.implying.get(scope).map_or(&[][..], Vec::as_slice);
        let is_enough =
            |granted: &str| granted == scope || implying.iter().any(|higher| **higher == *granted);
        granted.split(' ').any(is_enough)
    }
}

/// Everything that a scope implies; the scope itself, too, where it does.
fn closure<'i>(scope: &str, implied: &'i ImpliedScopes) -> Vec<&'i str> {
    let direct = |scope: &str| implied.get(scope).map_or(&[][..], Vec::as_slice);
    let mut found: Vec<&str> = Vec::new();
    let mut open: Vec<&str> = direct(scope).iter().map(String::as_str).collect();
    while let Some(next) = open.pop() {
        if !found.contains(&next) {
            found.push(next);
            open.extend(direct(next).iter().map(String::as_str));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn implied(lines: &[(&str, &[&str])]) -> ImpliedScopes {
        let owned = |scopes: &[&str]| scopes.iter().map(|&scope| scope.to_owned()).collect();
        lines.iter().map(|(scope, lower)| ((*scope).to_owned(), owned(lower))).collect()
    }

    #[test]
    fn a_scope_grants_what_it_implies_and_what_that_implies_and_no_more() {
        let settings = implied(&[("admin", &["write", "audit"]), ("write", &["read"])]);
        let scopes = ScopeHierarchy::new(&settings).unwrap();
        for (granted, scope, is_enough) in [
            ("admin", "read", true),
            ("x admin y", "read", true),
            ("admin", "admin", true),
            ("write", "read", true),
            ("write", "audit", false),
            ("read", "write", false),
            ("audit", "read", false),
            ("ADMIN", "read", false),
            ("adminx", "read", false),
            ("", "read", false),
            ("", "", true),
            ("other", "other", true),
        ] {
            assert_eq!(scopes.grants(granted, scope), is_enough, "{granted:?} {scope:?}");
        }
    }

    #[test]
    fn a_hierarchy_that_means_nothing_is_refused_at_its_line() {
        use ImpliedScopesError::{Itself, Nothing, Scope};
        for (lines, at, why) in [
            (&[("a", &["a"] as &[&str])][..], "a", Itself),
            (&[("a", &["b"]), ("b", &["a"])], "a", Itself),
            (&[("a", &["b"]), ("b", &["c"]), ("c", &["b"])], "b", Itself),
            (&[("a", &[])], "a", Nothing),
            (&[("a", &["b c"])], "a", Scope("b c".to_owned())),
            (&[("a", &[""])], "a", Scope(String::new())),
            (&[("a b", &["c"])], "a b", Scope("a b".to_owned())),
        ] {
            let refused = ScopeHierarchy::new(&implied(lines)).unwrap_err();
            assert_eq!(refused, (at.to_owned(), why));
        }
    }
}
