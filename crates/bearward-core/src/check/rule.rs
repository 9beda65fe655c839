//! The rules that a token must keep, by name, and how far an attempt has come among them.
//!
//! Each stage says which rule it is about to hold the token against, where it does so. That is the one place where the
//! order of the checks is written: what explains a decision reads it from there.

use std::fmt;

/// What an access token must keep, in the order in which it is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// Stage 1: it is a token68, not too long.
    Credential,
    /// Stage 2: it is a signed JWT with a strict JOSE header and claims set. Where a later rule of stage 2
    /// failed, this one says no more than that nothing was wrong so far.
    Parse,
    /// Stage 2: it is not another kind of JWT.
    Type,
    /// Stage 3: its issuer is trusted.
    Issuer,
    /// Stages 2 and 4: its algorithm is supported, and allowed to this issuer.
    Algorithm,
    /// Stage 4: its issuer's keys hold one that may have signed it.
    Key,
    /// Stage 5: that key did.
    Signature,
    /// Stages 2 to 5 for a token whose issuer is asked about it: the issuer says that it is active. Listed in
    /// place of what it stands for: those rules are not checked.
    Introspection,
    /// Stage 6: it fits the [`Profile`](crate::trust::Profile).
    Profile,
    /// Stage 6: it is for this resource server.
    Audience,
    /// Stage 6: its registered claims are of their types.
    Claims,
    /// Stage 6: it has not expired.
    Expiry,
    /// Stage 6: it is valid already.
    NotBefore,
    /// Stage 6: it was issued in the past, and not too long ago.
    IssuedAt,
    /// Stage 6: the custom validators agree. Listed where there are any.
    Validators,
    /// Before stage 7, also for a token from the cache: it was not revoked. Listed where somebody can say.
    Revocation,
    /// Stage 7: its sender is confirmed.
    Confirmation,
    /// Stage 8: it has what the route requires.
    Requirement,
}

impl Rule {
    /// Every rule, in order.
    pub(crate) const ALL: [Self; 18] = [
        Self::Credential,
        Self::Parse,
        Self::Type,
        Self::Issuer,
        Self::Algorithm,
        Self::Key,
        Self::Signature,
        Self::Introspection,
        Self::Profile,
        Self::Audience,
        Self::Claims,
        Self::Expiry,
        Self::NotBefore,
        Self::IssuedAt,
        Self::Validators,
        Self::Revocation,
        Self::Confirmation,
        Self::Requirement,
    ];

    /// The stable name of the rule, in `snake_case`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Credential => "credential",
            Self::Parse => "parse",
            Self::Type => "type",
            Self::Issuer => "issuer",
            Self::Algorithm => "algorithm",
            Self::Key => "key",
            Self::Signature => "signature",
            Self::Introspection => "introspection",
            Self::Profile => "profile",
            Self::Audience => "audience",
            Self::Claims => "claims",
            Self::Expiry => "expiry",
            Self::NotBefore => "not_before",
            Self::IssuedAt => "issued_at",
            Self::Validators => "validators",
            Self::Revocation => "revocation",
            Self::Confirmation => "confirmation",
            Self::Requirement => "requirement",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The rules that an attempt has come to. All but the last are kept; whether that one is, the attempt's result says.
///
/// A few bits, so that the path of every request can afford it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trail {
    reached: u32,
    last: Rule,
}

impl Trail {
    /// An attempt begins with the credential.
    pub(crate) const fn start() -> Self {
        Self { reached: 1 << Rule::Credential as u32, last: Rule::Credential }
    }

    /// The token is held against this rule now. All rules before are kept.
    #[inline]
    pub(crate) fn reach(&mut self, rule: Rule) {
        self.reached |= 1 << rule as u32;
        self.last = rule;
    }

    /// This rule is open again, since what it was held against is not enough to tell.
    pub(crate) fn reopen(&mut self, rule: Rule) {
        self.reached &= !(1 << rule as u32);
    }

    /// Goes on from what was established about the token before.
    #[inline]
    pub(crate) fn resume(&mut self, established: Self) {
        self.reached |= established.reached;
    }

    pub(crate) fn has_reached(self, rule: Rule) -> bool {
        self.reached & (1 << rule as u32) != 0
    }

    /// The rule at which the attempt is, or has ended.
    pub(crate) fn last(self) -> Rule {
        self.last
    }
}
