//! Why a preset cannot work.

use std::fmt;

use super::member::Member;
use crate::wire::json::JsonError;

/// The settings of a provider cannot work. Says which member, what it is, where it is found, and an example.
///
/// No value is quoted: one may be a secret that was put into the wrong place.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProviderError {
    /// The text is not a JSON object.
    Json(JsonError),
    /// The settings are not one object with the name of one provider, and an object in it.
    Form,
    /// The whole settings are in the variable `PROVIDER`, and this variable is set beside it.
    BesideJson(String),
    /// There is no preset of this name.
    UnknownProvider {
        /// The name.
        name: String,
        /// The preset that is probably meant.
        nearest: Option<&'static str>,
        /// The presets that there are.
        providers: Vec<&'static str>,
    },
    /// The preset has no member of this name.
    UnknownMember {
        /// The preset.
        provider: &'static str,
        /// The member's name.
        member: String,
        /// The member that is probably meant.
        nearest: Option<&'static str>,
        /// The members that there are.
        members: &'static [Member],
    },
    /// A member is missing.
    Missing {
        /// The preset.
        provider: &'static str,
        /// The member.
        member: &'static Member,
    },
    /// A member has a value that it must not have.
    Malformed {
        /// The preset.
        provider: &'static str,
        /// The member.
        member: &'static Member,
        /// What it must be.
        why: &'static str,
    },
    /// Two members contradict each other.
    Excludes {
        /// The preset.
        provider: &'static str,
        /// One of them.
        first: &'static str,
        /// The other one.
        second: &'static str,
    },
    /// Only the provider can verify these tokens, or only settings that weaken the protection could accept them.
    CannotWork {
        /// The preset.
        provider: &'static str,
        /// Why.
        why: &'static str,
        /// What to do instead.
        remedy: &'static str,
    },
}

impl ProviderError {
    /// Where in the settings of a provider the problem is: `provider.auth0.domain`.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::Json(_) | Self::Form | Self::UnknownProvider { .. } => "provider".to_owned(),
            Self::BesideJson(_) => "PROVIDER".to_owned(),
            Self::UnknownMember { provider, .. }
            | Self::Excludes { provider, .. }
            | Self::CannotWork { provider, .. } => format!("provider.{provider}"),
            Self::Missing { provider, member } | Self::Malformed { provider, member, .. } => {
                format!("provider.{provider}.{}", member.name)
            }
        }
    }
}

/// Names of strangers are shown up to here.
const MOST_SHOWN: usize = 40;

fn shown(name: &str) -> String {
    let mut shown: String = name.chars().take(MOST_SHOWN).collect();
    if name.chars().nth(MOST_SHOWN).is_some() {
        shown.push('…');
    }
    format!("{shown:?}")
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let means = |nearest: &Option<&str>| {
            nearest.map_or_else(String::new, |nearest| format!("did you mean {nearest:?}? "))
        };
        match self {
            Self::Json(why) => write!(f, "provider: {why}"),
            Self::Form => f.write_str(
                "provider: write one provider and its settings, such as \
                 {\"auth0\": {\"domain\": \"acme.eu.auth0.com\", \"audience\": \"https://api.example.com\"}}",
            ),
            Self::BesideJson(variable) => {
                write!(f, "PROVIDER is given in JSON: leave out {variable}, or write it into the JSON")
            }
            Self::UnknownProvider { name, nearest, providers } => {
                write!(f, "provider: there is no preset {}; {}", shown(name), means(nearest))?;
                f.write_str("the presets are ")?;
                names(f, providers.iter().copied())
            }
            Self::UnknownMember { provider, member, nearest, members } => {
                let member = shown(member);
                write!(f, "provider.{provider}: there is no setting {member}; {}", means(nearest))?;
                f.write_str("the settings are ")?;
                names(f, members.iter().map(|member| member.name))
            }
            Self::Missing { provider, member } => {
                write!(f, "provider.{provider}.{} is missing: ", member.name)?;
                describe(f, member)
            }
            Self::Malformed { provider, member, why } => {
                write!(f, "provider.{provider}.{} {why}. It is ", member.name)?;
                describe(f, member)
            }
            Self::Excludes { provider, first, second } => {
                write!(f, "provider.{provider}: give {first} or {second}, not both")
            }
            Self::CannotWork { provider, why, remedy } => write!(f, "provider.{provider}: {why}. {remedy}"),
        }
    }
}

fn describe(f: &mut fmt::Formatter<'_>, member: &Member) -> fmt::Result {
    write!(f, "{} ({}), for example {:?}", member.what, member.found, member.example)
}

fn names(f: &mut fmt::Formatter<'_>, names: impl Iterator<Item = &'static str>) -> fmt::Result {
    for (at, name) in names.enumerate() {
        let before = if at == 0 { "" } else { ", " };
        write!(f, "{before}{name}")?;
    }
    Ok(())
}

impl fmt::Debug for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ProviderError {}
