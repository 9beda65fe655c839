//! Which rule a call is judged by: the method's, else the service's; without one it is refused.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use bearward_tower::{RouteRule, Rules};
use http::Uri;

use crate::descriptors::Described;
use crate::error::RuleError;

/// The rules of a server, by `package.Service` or `package.Service/Method`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Methods {
    rules: HashMap<String, RouteRule>,
    /// Which names there are, where that is known.
    described: Option<Described>,
}

impl Methods {
    /// For a server with these services and methods.
    pub(crate) fn described(described: Described) -> Self {
        Self { described: Some(described), ..Self::default() }
    }

    pub(crate) fn add(&mut self, name: &str, rule: RouteRule) -> Result<(), RuleError> {
        if !is_name(name) {
            return Err(RuleError::Name(name.to_owned()));
        }
        if let Some(described) = &self.described {
            described.check(name)?;
        }
        match self.rules.entry(name.to_owned()) {
            Entry::Vacant(entry) => entry.insert(rule),
            Entry::Occupied(entry) => return Err(RuleError::Repeated(entry.key().clone())),
        };
        let service = name.split_once('/').map_or(name, |(service, _)| service);
        if self.described.is_none()
            && self.is_open(service)
            && self.rules.keys().any(|other| is_method_of(other, service))
        {
            return Err(RuleError::Open(service.to_owned()));
        }
        Ok(())
    }

    /// Whether a method without a rule may be called without a credential. A method's rule under a misspelt name would then
    /// leave that method open.
    fn is_open(&self, service: &str) -> bool {
        matches!(self.rules.get(service), Some(RouteRule::Public | RouteRule::Optional(_)))
    }
}

impl Rules for Methods {
    /// By the path octet for octet, as tonic finds the method.
    fn rule(&self, uri: &Uri) -> &RouteRule {
        let Some((service, method)) = uri.path().strip_prefix('/').and_then(|path| path.split_once('/'))
        else {
            return &RouteRule::Denied;
        };
        let of_method = || self.rules.get(&uri.path()[1..]);
        let of_service = || if is_identifier(method) { self.rules.get(service) } else { None };
        of_method().or_else(of_service).unwrap_or(&RouteRule::Denied)
    }
}

fn is_method_of(name: &str, service: &str) -> bool {
    name.strip_prefix(service).is_some_and(|rest| rest.starts_with('/'))
}

/// Identifiers of Protocol Buffers, with dots between those of a service, and a slash before that of a method.
fn is_name(name: &str) -> bool {
    let (service, method) =
        name.split_once('/').map_or((name, None), |(service, method)| (service, Some(method)));
    service.split('.').all(is_identifier) && method.is_none_or(is_identifier)
}

fn is_identifier(word: &str) -> bool {
    let mut characters = word.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_no_method_is_an_error() {
        for name in ["notes.v1.Notes", "Notes", "notes.v1.Notes/List", "_a.B/c_1"] {
            assert_eq!(Methods::default().add(name, RouteRule::Public), Ok(()), "{name}");
        }
        for name in [
            "",
            "/",
            ".",
            "*",
            "notes.*",
            "notes.Notes/",
            "notes.Notes/*",
            "/notes.Notes/List",
            "notes.Notes/List/",
            "notes..Notes",
            "notes.Notes.",
            "1.Notes",
            "notes.Notes /List",
            "notes.Notes/List?",
            "notes.Notés/List",
        ] {
            let error = Methods::default().add(name, RouteRule::Public);
            assert_eq!(error, Err(RuleError::Name(name.to_owned())), "{name}");
        }
    }

    #[test]
    fn two_rules_for_one_name_are_an_error() {
        let mut methods = Methods::default();
        methods.add("notes.Notes/List", RouteRule::Token(None)).unwrap();
        methods.add("notes.Notes", RouteRule::Token(None)).unwrap();
        assert_eq!(
            methods.add("notes.Notes/List", RouteRule::Public),
            Err(RuleError::Repeated("notes.Notes/List".to_owned()))
        );
    }

    #[test]
    fn a_method_whose_name_is_misspelt_in_its_rule_is_never_open() {
        for open in [RouteRule::Public, RouteRule::Optional(None)] {
            let error = Err(RuleError::Open("notes.Notes".to_owned()));
            let mut methods = Methods::default();
            methods.add("notes.Notes", open.clone()).unwrap();
            methods.add("notes.NotesAdmin/List", RouteRule::Token(None)).unwrap();
            assert_eq!(methods.add("notes.Notes/Lisst", RouteRule::Token(None)), error);
            let mut methods = Methods::default();
            methods.add("notes.Notes/Lisst", RouteRule::Token(None)).unwrap();
            assert_eq!(methods.add("notes.Notes", open), error);
        }
    }

    #[test]
    fn the_rule_of_a_method_goes_before_that_of_its_service_and_nothing_else_has_one() {
        let mut methods = Methods::default();
        methods.add("notes.Notes", RouteRule::Token(None)).unwrap();
        methods.add("notes.Notes/List", RouteRule::Public).unwrap();
        let rule = |path: &str| methods.rule(&path.parse().unwrap());
        assert!(matches!(rule("/notes.Notes/List"), RouteRule::Public));
        assert!(matches!(rule("/notes.Notes/Other"), RouteRule::Token(None)));
        assert!(matches!(rule("https://api.example.com/notes.Notes/List?a=b"), RouteRule::Public));
        for path in [
            "/",
            "/notes.Notes",
            "/notes.Notes/",
            "//notes.Notes/Other",
            "/notes.Notes//Other",
            "/notes.Notes/List/",
            "/notes.Notes/%4Cist",
            "/notes.Notes/a/b",
            "/Notes/List",
            "/notes.notes/List",
            "/notes%2ENotes/Other",
            "/x/notes.Notes/List",
            "/notes.Notes/../notes.Notes/Other",
            "*",
        ] {
            assert!(matches!(rule(path), RouteRule::Denied), "{path}");
        }
    }
}
