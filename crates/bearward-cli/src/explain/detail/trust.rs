//! Stages 3 to 5: whose token it is, and by which key.

use bearward_core::Failure;
use bearward_core::answer::{Rejection, Unavailable};
use bearward_core::token::{Algorithm, TokenError, UnverifiedToken};
use bearward_core::trust::{IntrospectionError, KeySet};

use super::{Details, list, shown};
use crate::explain::driver::{Ended, differ_in_slash};
use crate::explain::printable::{plain, quoted};

/// A key set may hold a hundred keys; this many tell enough.
const MOST_LISTED: usize = 12;

impl Details<'_> {
    pub(super) fn issuer(&self) -> String {
        let issuer = self.claim("iss").map_or_else(String::new, shown);
        if issuer.is_empty() {
            return "no iss: the answer is about the token that was asked about".to_owned();
        }
        if self.expectation.issuers().is_empty() {
            return format!("{issuer}, taken from the token itself; name the one you trust with --issuer");
        }
        issuer
    }

    pub(super) fn other_issuer(&self) -> Option<String> {
        let found = self.claim("iss")?;
        let expected = self.expectation.issuers();
        let any = |alike: fn(&str, &str) -> bool| {
            found.as_str().is_some_and(|found| expected.iter().any(|expected| alike(found, expected)))
        };
        let hint = if any(differ_in_slash) {
            "; the trailing slash makes the difference"
        } else if any(str::eq_ignore_ascii_case) {
            "; the letter case makes the difference"
        } else {
            ""
        };
        let trusted = match expected {
            [] => return None,
            [one] => format!("the trusted one is {}", quoted(one)),
            several => format!("the trusted ones are {}", list(several.iter().map(String::as_str))),
        };
        Some(format!("the token's is {}, {trusted}{hint}", shown(found)))
    }

    pub(super) fn other_algorithm(&self, failure: &Failure) -> Option<String> {
        let named = self.header_text("alg");
        match failure {
            Failure::Rejected(Rejection::Token(TokenError::AlgorithmNotAllowed(algorithm))) => {
                let allowed = self.expected_issuer().map(|issuer| names(issuer.algorithms().iter()));
                let secret = if algorithm.is_asymmetric() {
                    ""
                } else {
                    "; it is made with a shared secret, which published keys never are"
                };
                Some(format!("alg is {named}, allowed are {}{secret}", allowed.unwrap_or_default()))
            }
            _ if named.is_empty() => Some("the header has no alg".to_owned()),
            _ => Some(format!("alg is {named}")),
        }
    }

    pub(super) fn key(&self) -> String {
        let keys = self.expected_issuer().and_then(|issuer| issuer.keys());
        let size = keys.map_or(0, |keys| keys.keys().len());
        match self.header.as_ref().and_then(|header| header.get("kid")) {
            Some(kid) => format!("kid {}, of {size} in the set", shown(kid)),
            None => format!("the token names no key (no kid); {size} in the set"),
        }
    }

    pub(super) fn no_key(&self, failure: &Failure) -> Option<String> {
        if matches!(failure, Failure::Unavailable(_)) {
            return self.failed_fetches();
        }
        let token = self.token.as_ref()?;
        let keys = self.expected_issuer()?.keys()?;
        Some(describe(token, &keys))
    }
}

impl Details<'_> {
    /// Each fetch that brought nothing, and why.
    fn failed_fetches(&self) -> Option<String> {
        let failed = self.settled.fetched.iter().filter(|fetched| fetched.ended == Ended::Badly);
        let told =
            failed.map(|fetched| format!("{}: {}", plain(fetched.url.as_str()), plain(&fetched.result)));
        let told: Vec<_> = told.collect();
        (!told.is_empty()).then(|| told.join("; "))
    }

    /// Why the issuer vouches for nothing.
    pub(super) fn not_active(&self, failure: &Failure) -> Option<String> {
        let why = match failure {
            Failure::Rejected(Rejection::Token(TokenError::Inactive)) => {
                return Some(
                    "its issuer says that it is not active: it expired, was revoked, or is not one of its tokens".to_owned(),
                );
            }
            Failure::Unavailable(Unavailable::Introspection { why, .. }) => why,
            _ => return None,
        };
        match why {
            IntrospectionError::NoEndpoint => Some(
                "the issuer's metadata has no introspection_endpoint; name it with --introspection-endpoint"
                    .to_owned(),
            ),
            IntrospectionError::NoMetadata | IntrospectionError::NoAnswer => self.failed_fetches(),
            why => Some(plain(&why.to_string())),
        }
    }
}

/// What the set has instead of the wanted key.
fn describe(token: &UnverifiedToken<'_>, keys: &KeySet) -> String {
    let algorithm = token.unverified_algorithm();
    let Some(kid) = token.unverified_kid() else {
        return format!(
            "the token names no key (no kid), and none of {} serves {algorithm}",
            keys.keys().len()
        );
    };
    let skipped = keys.skipped().iter().find(|skipped| skipped.kid.as_deref() == Some(kid));
    if let Some(skipped) = skipped {
        return format!("kid {} is in the set and cannot be used: {}", quoted(kid), skipped.why);
    }
    if let Some(key) = keys.keys().iter().find(|key| key.kid() == Some(kid)) {
        let serves = names(key.algorithms());
        return format!("kid {} is in the set and serves {serves}, not {algorithm}", quoted(kid));
    }
    let named: Vec<_> = keys.keys().iter().filter_map(|key| key.kid()).collect();
    if named.is_empty() {
        return format!("kid {} is not in the set, whose keys have no kid", quoted(kid));
    }
    let more = if named.len() > MOST_LISTED { ", …" } else { "" };
    let listed = list(named.into_iter().take(MOST_LISTED));
    format!("kid {} is not in the set, which has {listed}{more}", quoted(kid))
}

fn names(algorithms: impl Iterator<Item = Algorithm>) -> String {
    algorithms.map(Algorithm::name).collect::<Vec<_>>().join(", ")
}
