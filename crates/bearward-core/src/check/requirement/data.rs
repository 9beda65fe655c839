//! The shape of a requirement, in memory and in configuration.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::RequestFacts;
use super::details::{AuthorizationDetails, present};
use crate::check::access_token::AccessToken;
use crate::token::audience::AudienceTemplate;
use crate::token::claims::ClaimPath;

/// What a route requires.
///
/// As configuration it is an object with one member:
/// `{"scope":"read:messages"}`, `{"all_scopes":["a","b"]}`, `{"any_scope":["a","b"]}`,
/// `{"claim":{"path":"role","equals":"admin"}}`, `{"role":{"name":"admin","claim":"roles"}}`,
/// `{"role":{"name":"admin","claim":"urn:zitadel:iam:org:project:roles","listed_as":"keys"}}`,
/// `{"organization":{"from_path":"org"}}`, `{"acr":["urn:example:mfa"]}`, `{"max_age":300}` (seconds),
/// `{"authorization_details":{"type":"payment","actions":["initiate"]}}`,
/// `{"operations":[{"mcp_method":"tools/call","mcp_name":"read_file","requires":…},{"method":"GET","any_token":true}]}`,
/// `{"and":[…]}`, `{"or":[…]}`, `{"not":…}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Requirement {
    /// This scope is granted.
    Scope(String),
    /// Every one of these scopes is granted.
    AllScopes(Vec<String>),
    /// At least one of these scopes is granted.
    AnyScope(Vec<String>),
    /// A claim passes a test.
    Claim(ClaimRequirement),
    /// A role is assigned.
    Role(RoleRequirement),
    /// The token is for the organization that the request names.
    Organization(OrganizationRequirement),
    /// The authentication was of one of these contexts (RFC 9470).
    Acr(Vec<String>),
    /// The authentication lies at most this many seconds back (RFC 9470).
    MaxAge(u64),
    /// The token has authorization details (RFC 9396).
    AuthorizationDetails(AuthorizationDetails),
    /// What the operation requires holds that the request is.
    Operations(Vec<Operation>),
    /// All of these hold.
    And(Vec<Requirement>),
    /// At least one of these holds.
    Or(Vec<Requirement>),
    /// This does not hold.
    Not(Box<Requirement>),
    /// The application's own function. Exists in code only.
    #[serde(skip)]
    Custom(CustomRequirement),
}

/// What one operation of an API requires. Made by [`operation`](super::operation()) and the functions of [`mcp`](super::mcp).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) method: Option<String>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) path: Option<String>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) mcp_method: Option<String>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) mcp_name: Option<String>,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    pub(super) requires: Option<Box<Requirement>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) any_token: bool,
}

/// A claim and the test it must pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "WrittenClaim")]
pub struct ClaimRequirement {
    /// Where the claim is.
    pub path: ClaimPath,
    /// What it must hold.
    #[serde(flatten)]
    pub test: ClaimTest,
}

/// What a claim must hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ClaimTest {
    /// Exactly this value.
    Equals(Value),
    /// All of these values, as elements of an array or as words of a space-separated string.
    Includes(Vec<Value>),
    /// One of these values.
    OneOf(Vec<Value>),
    /// `true`: anything but `null`. `false`: nothing, or `null`.
    Exists(bool),
}

/// A role and the claim it is listed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleRequirement {
    /// The role's name, compared whole and in its case.
    pub name: String,
    /// The claim that lists the roles; `roles` when left out.
    #[serde(default = "default_role_claim")]
    pub claim: ClaimPath,
    /// How the claim lists them; as values when left out.
    #[serde(default, skip_serializing_if = "RoleListing::is_of_values")]
    pub listed_as: RoleListing,
}

/// How a claim lists roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RoleListing {
    /// A text is one role, an array of texts lists several.
    #[default]
    Values,
    /// An object has a member for each role, which is an object itself: `{"admin":{"<id>":"<name>"}}`, as Zitadel
    /// writes it. A member that is not an object, such as `false`, does not assign the role, and leaves open whether it
    /// is assigned.
    Keys,
}

impl RoleListing {
    fn is_of_values(&self) -> bool {
        *self == Self::Values
    }
}

fn default_role_claim() -> ClaimPath {
    "roles".into()
}

/// The organization a token must be for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "WrittenOrganization")]
pub struct OrganizationRequirement {
    /// How the request names it.
    #[serde(flatten)]
    pub expected: ExpectedOrganization,
    /// How the token names it: by an audience of this form, or, when left out, by the organization claim.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<AudienceTemplate>,
}

/// How a request names the organization it is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExpectedOrganization {
    /// By a parameter of its path.
    FromPath(String),
    /// By a header.
    FromHeader(String),
    /// By its host, such as `{organization}.example.com`.
    FromHost(String),
    /// Not at all: the route belongs to one organization.
    Is(String),
    /// Not at all: any organization will do, and the handler reads which from the token. `true` alone has a
    /// meaning.
    Any(bool),
    /// By the application's own function. Exists in code only.
    #[serde(skip)]
    FromRequest(OrganizationFunction),
}

/// Reads the expected organization out of a request.
#[derive(Clone)]
pub struct OrganizationFunction(pub(super) Arc<ReadOrganization>);

type ReadOrganization = dyn Fn(&dyn RequestFacts) -> Option<String> + Send + Sync;

/// The application's own function as a requirement.
#[derive(Clone)]
pub struct CustomRequirement(pub(super) Arc<Permits>);

type Permits = dyn Fn(&AccessToken, &dyn RequestFacts) -> Option<bool> + Send + Sync;

// Functions have no value to compare or show; two of them are equal when they are the same one.
macro_rules! by_pointer {
    ($name:ident) => {
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                Arc::ptr_eq(&self.0, &other.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

by_pointer!(OrganizationFunction);
by_pointer!(CustomRequirement);

// A flattened enum takes the first member it knows and leaves the rest: of two tests on one claim the second would not be
// made, and a misspelt `audience` would quietly choose another way to find the organization.

#[derive(Deserialize)]
struct WrittenClaim {
    path: ClaimPath,
    #[serde(flatten)]
    test: ClaimTest,
    #[serde(flatten)]
    _rest: Nothing,
}

#[derive(Deserialize)]
struct WrittenOrganization {
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
