//! The values of a preset, checked.

use std::collections::BTreeMap;

use super::{Given, Member, Need, ProviderError, Takes, nearest};
use crate::token::claims::OrganizationClaim;
use crate::trust::issuer::IssuerConfig;
use crate::trust::provider::{ClaimForm, IssuerForm, ProviderFacts};

/// The values of one preset. Each is of its member's form, and each required one is there.
pub(crate) struct Values<'p> {
    facts: &'static ProviderFacts,
    given: &'p BTreeMap<String, Given>,
}

impl<'p> Values<'p> {
    pub(super) fn of(
        facts: &'static ProviderFacts,
        given: &'p BTreeMap<String, Given>,
    ) -> Result<Self, ProviderError> {
        let provider = facts.name;
        let members = facts.members;
        for name in given.keys() {
            if facts.member(name).is_none() {
                let nearest = nearest::member(name, members);
                let member = name.clone();
                return Err(ProviderError::UnknownMember { provider, member, nearest, members });
            }
        }
        for member in members {
            let why = match (given.get(member.name), member.need) {
                (None, Need::Required) => return Err(ProviderError::Missing { provider, member }),
                (None, Need::Optional) => None,
                (Some(given), _) => problem(member, given),
            };
            if let Some(why) = why {
                return Err(ProviderError::Malformed { provider, member, why });
            }
        }
        Ok(Self { facts, given })
    }

    /// All values of a member; empty where it was left out.
    pub(in crate::trust::provider) fn all(&self, name: &str) -> &'p [String] {
        match self.given.get(name) {
            Some(Given::Texts(texts)) => texts,
            _ => &[],
        }
    }

    /// The value of a member that takes one.
    pub(in crate::trust::provider) fn optional(&self, name: &str) -> Option<&'p str> {
        self.all(name).first().map(String::as_str)
    }

    pub(in crate::trust::provider) fn one(&self, name: &str) -> Result<&'p str, ProviderError> {
        self.optional(name).ok_or_else(|| self.missing(name))
    }

    pub(in crate::trust::provider) fn is_set(&self, name: &str) -> bool {
        self.given.get(name) == Some(&Given::Flag(true))
    }

    /// The error of a member that must be there after all.
    pub(in crate::trust::provider) fn missing(&self, name: &str) -> ProviderError {
        match self.facts.member(name) {
            Some(member) => ProviderError::Missing { provider: self.facts.name, member },
            None => ProviderError::Form,
        }
    }

    pub(in crate::trust::provider) fn malformed(&self, name: &str, why: &'static str) -> ProviderError {
        match self.facts.member(name) {
            Some(member) => ProviderError::Malformed { provider: self.facts.name, member, why },
            None => ProviderError::Form,
        }
    }

    pub(in crate::trust::provider) fn cannot_work(
        &self,
        why: &'static str,
        remedy: &'static str,
    ) -> ProviderError {
        ProviderError::CannotWork { provider: self.facts.name, why, remedy }
    }

    pub(in crate::trust::provider) fn excludes(
        &self,
        first: &'static str,
        second: &'static str,
    ) -> ProviderError {
        ProviderError::Excludes { provider: self.facts.name, first, second }
    }

    /// A form whose holes are members that take one value, filled in.
    pub(in crate::trust::provider) fn fill(&self, form: &'static str) -> Result<String, ProviderError> {
        self.fill_with(form, |_| None)
    }

    /// A form whose holes are filled in by `value`, and by the members where that has no value.
    pub(in crate::trust::provider) fn fill_with<'v>(
        &self,
        form: &'static str,
        value: impl Fn(&str) -> Option<&'v str>,
    ) -> Result<String, ProviderError>
    where
        'p: 'v,
    {
        let form = IssuerForm(form);
        let filled = form.fill(|hole| value(hole).or_else(|| self.optional(hole)));
        filled.ok_or_else(|| match form.holes().find(|hole| self.optional(hole).is_none()) {
            Some(missing) => self.missing(missing),
            None => ProviderError::Form,
        })
    }

    /// An issuer of this name, with the organization claim of the provider and the audiences that were given.
    pub(in crate::trust::provider) fn issuer(&self, identifier: impl Into<String>) -> IssuerConfig {
        let mut issuer = IssuerConfig::new(identifier);
        if let Some(place) = self.facts.organization.first() {
            let path = place.path();
            issuer = issuer.organization_claim(match place.form {
                ClaimForm::ObjectKeys | ClaimForm::ListOrObjectKeys | ClaimForm::List => {
                    OrganizationClaim::several(path)
                }
                ClaimForm::Text => OrganizationClaim::one(path),
            });
        }
        self.all("audience").iter().fold(issuer, IssuerConfig::audience)
    }
}

fn problem(member: &Member, given: &Given) -> Option<&'static str> {
    match (member.takes, given) {
        (Takes::Flag, Given::Flag(_)) => None,
        (Takes::Flag, _) => Some("must be true or false"),
        (Takes::One, Given::Texts(texts)) => match texts.as_slice() {
            [text] => member.problem_of(text),
            _ => Some("must be one text"),
        },
        (Takes::One, _) => Some("must be a text"),
        (Takes::Several, Given::Texts(texts)) if !texts.is_empty() => {
            texts.iter().find_map(|text| member.problem_of(text))
        }
        (Takes::Several, _) => Some("must be a text or a list of texts that is not empty"),
    }
}
