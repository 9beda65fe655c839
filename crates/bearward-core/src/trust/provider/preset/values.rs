//! The values of a preset, checked.

use std::collections::BTreeMap;

use super::{Given, Member, Need, Preset, ProviderError, Takes, nearest};
use crate::token::claims::OrganizationClaim;
use crate::trust::issuer::IssuerConfig;
use crate::trust::provider::{ClaimForm, IssuerForm, named};

/// The values of one preset. Each is of its member's form, and each required one is there.
pub(super) struct Values<'p> {
    preset: &'static Preset,
    given: &'p BTreeMap<String, Given>,
}

impl<'p> Values<'p> {
    pub(super) fn of(
        preset: &'static Preset,
        given: &'p BTreeMap<String, Given>,
    ) -> Result<Self, ProviderError> {
        let provider = preset.name;
        let members = preset.members;
        for name in given.keys() {
            if preset.member(name).is_none() {
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
        Ok(Self { preset, given })
    }

    /// All values of a member; empty where it was left out.
    pub(super) fn all(&self, name: &str) -> &'p [String] {
        match self.given.get(name) {
            Some(Given::Texts(texts)) => texts,
            _ => &[],
        }
    }

    /// The value of a member that takes one.
    pub(super) fn optional(&self, name: &str) -> Option<&'p str> {
        self.all(name).first().map(String::as_str)
    }

    pub(super) fn one(&self, name: &str) -> Result<&'p str, ProviderError> {
        self.optional(name).ok_or_else(|| self.missing(name))
    }

    pub(super) fn is_set(&self, name: &str) -> bool {
        self.given.get(name) == Some(&Given::Flag(true))
    }

    /// The error of a member that must be there after all.
    pub(super) fn missing(&self, name: &str) -> ProviderError {
        match self.preset.member(name) {
            Some(member) => ProviderError::Missing { provider: self.preset.name, member },
            None => ProviderError::Form,
        }
    }

    pub(super) fn malformed(&self, name: &str, why: &'static str) -> ProviderError {
        match self.preset.member(name) {
            Some(member) => ProviderError::Malformed { provider: self.preset.name, member, why },
            None => ProviderError::Form,
        }
    }

    pub(super) fn cannot_work(&self, why: &'static str, remedy: &'static str) -> ProviderError {
        ProviderError::CannotWork { provider: self.preset.name, why, remedy }
    }

    pub(super) fn excludes(&self, first: &'static str, second: &'static str) -> ProviderError {
        ProviderError::Excludes { provider: self.preset.name, first, second }
    }

    /// A form whose holes are members that take one value, filled in.
    pub(super) fn fill(&self, form: &'static str) -> Result<String, ProviderError> {
        self.fill_with(form, |_| None)
    }

    /// A form whose holes are filled in by `value`, and by the members where that has no value.
    pub(super) fn fill_with<'v>(
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
    pub(super) fn issuer(&self, identifier: impl Into<String>) -> IssuerConfig {
        let organization = named(self.preset.name).and_then(|facts| facts.organization.first());
        let mut issuer = IssuerConfig::new(identifier);
        if let Some(place) = organization {
            let path = place.path(|_| None);
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
