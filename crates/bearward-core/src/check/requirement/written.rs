//! Requirements as configuration writes them, where serde alone would overlook what it does not know.
//!
//! A flattened enum takes the first member it knows and leaves the rest: of two tests on one claim the second
//! would not be made, and a misspelt `audience` would quietly choose another way to find the organization.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use super::data::{ClaimRequirement, ClaimTest, ExpectedOrganization, OrganizationRequirement};
use crate::token::audience::AudienceTemplate;
use crate::token::claims::ClaimPath;

#[derive(serde::Deserialize)]
pub(super) struct WrittenClaim {
    path: ClaimPath,
    #[serde(flatten)]
    test: ClaimTest,
    #[serde(flatten)]
    _rest: Nothing,
}

#[derive(serde::Deserialize)]
pub(super) struct WrittenOrganization {
    #[serde(default)]
    audience: Option<AudienceTemplate>,
    #[serde(flatten)]
    expected: ExpectedOrganization,
    #[serde(flatten)]
    _rest: Nothing,
}

impl From<WrittenClaim> for ClaimRequirement {
    fn from(written: WrittenClaim) -> Self {
        Self { path: written.path, test: written.test }
    }
}

impl From<WrittenOrganization> for OrganizationRequirement {
    fn from(written: WrittenOrganization) -> Self {
        Self { expected: written.expected, audience: written.audience }
    }
}

/// What must be left of an object when all that is known was taken out of it.
struct Nothing;

impl<'de> Deserialize<'de> for Nothing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(NothingVisitor)
    }
}

struct NothingVisitor;

impl<'de> Visitor<'de> for NothingVisitor {
    type Value = Nothing;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no further member")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Nothing, A::Error> {
        match members.next_key::<String>()? {
            None => Ok(Nothing),
            Some(name) => Err(A::Error::custom(format_args!("member {name:?} is not known or one too many"))),
        }
    }
}
