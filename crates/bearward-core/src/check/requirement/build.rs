//! The functions that requirements are written with.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::RequestFacts;
use super::data::{
    ClaimRequirement, ClaimTest, CustomRequirement, ExpectedOrganization, OrganizationFunction,
    OrganizationRequirement, Requirement, RoleListing, RoleRequirement,
};
use super::details::AuthorizationDetails;
use crate::check::access_token::AccessToken;
use crate::check::requirement::RequirementError;
use crate::token::audience::AudienceTemplate;
use crate::token::claims::ClaimPath;

/// Requires one scope.
pub fn scope(scope: impl Into<String>) -> Requirement {
    Requirement::Scope(scope.into())
}

/// Requires every one of these scopes.
pub fn all_scopes<S: Into<String>>(scopes: impl IntoIterator<Item = S>) -> Requirement {
    Requirement::AllScopes(scopes.into_iter().map(Into::into).collect())
}

/// Requires at least one of these scopes.
pub fn any_scope<S: Into<String>>(scopes: impl IntoIterator<Item = S>) -> Requirement {
    Requirement::AnyScope(scopes.into_iter().map(Into::into).collect())
}

/// Starts a requirement on a claim: `claim("role").equals("admin")`.
pub fn claim(path: impl Into<ClaimPath>) -> ClaimBuilder {
    ClaimBuilder { path: path.into() }
}

/// Requires a role listed in the claim `roles` (Logto, Entra ID, and many others).
pub fn role(name: impl Into<String>) -> Requirement {
    role_in("roles", name)
}

/// Requires a Keycloak realm role (`realm_access.roles`).
pub fn keycloak_realm_role(name: impl Into<String>) -> Requirement {
    role_in(["realm_access", "roles"], name)
}

/// Requires a role of a Keycloak client (`resource_access.<client>.roles`).
pub fn keycloak_client_role(client: &str, name: impl Into<String>) -> Requirement {
    role_in(["resource_access", client, "roles"], name)
}

/// Requires an app role of Microsoft Entra ID (`roles`).
pub fn entra_role(name: impl Into<String>) -> Requirement {
    role_in("roles", name)
}

/// Requires a permission as Auth0's role-based access control lists them (`permissions`).
pub fn auth0_permission(name: impl Into<String>) -> Requirement {
    role_in("permissions", name)
}

/// Requires a group of Amazon Cognito (`cognito:groups`).
pub fn cognito_group(name: impl Into<String>) -> Requirement {
    role_in("cognito:groups", name)
}

/// Requires a role of a Zitadel project (`urn:zitadel:iam:org:project:roles`).
pub fn zitadel_role(name: impl Into<String>) -> Requirement {
    role_key_in("urn:zitadel:iam:org:project:roles", name)
}

/// Requires a role listed in the claim at this path, a text or an array of texts:
/// `role_in("https://example.com/roles", "admin")`.
pub fn role_in(claim: impl Into<ClaimPath>, name: impl Into<String>) -> Requirement {
    role_listed(claim, name, RoleListing::Values)
}

/// Requires a role that is the name of a member of the claim at this path, an object: [`RoleListing::Keys`].
pub fn role_key_in(claim: impl Into<ClaimPath>, name: impl Into<String>) -> Requirement {
    role_listed(claim, name, RoleListing::Keys)
}

fn role_listed(claim: impl Into<ClaimPath>, name: impl Into<String>, listed_as: RoleListing) -> Requirement {
    Requirement::Role(RoleRequirement { name: name.into(), claim: claim.into(), listed_as })
}

/// Starts a requirement on the token's organization: `organization().from_path("org")`.
pub fn organization() -> OrganizationBuilder {
    OrganizationBuilder::default()
}

/// Starts a requirement on the token's authorization details of this type (RFC 9396):
/// `authorization_details("payment").actions(["initiate"]).granted()`.
pub fn authorization_details(kind: impl Into<String>) -> AuthorizationDetails {
    AuthorizationDetails::of_type(kind.into())
}

/// Requires an authentication of one of these contexts (`acr`, RFC 9470 §4).
pub fn acr<S: Into<String>>(values: impl IntoIterator<Item = S>) -> Requirement {
    Requirement::Acr(values.into_iter().map(Into::into).collect())
}

/// Requires an authentication at most this long ago (`auth_time`, RFC 9470 §4); fractions of a second are
/// left out.
#[must_use]
pub fn max_age(age: Duration) -> Requirement {
    Requirement::MaxAge(age.as_secs())
}

/// Requires what your own function decides: `true`, `false`, or `None` where it cannot tell, such as for a claim of a
/// type that it does not expect. `None` refuses, inside [`not`](Requirement::not) as well. A panic cannot tell either,
/// and is answered 500.
pub fn custom<D: Into<Option<bool>>>(
    permits: impl Fn(&AccessToken, &dyn RequestFacts) -> D + Send + Sync + 'static,
) -> Requirement {
    Requirement::Custom(CustomRequirement(Arc::new(move |token, facts| permits(token, facts).into())))
}

impl Requirement {
    /// Requires both. What the parts are and in which order they are written changes nothing about who passes; of
    /// several parts that refuse, the first one written is what the client is told.
    #[must_use]
    pub fn and(self, other: impl Into<Self>) -> Self {
        let mut all = match self {
            Self::And(all) => all,
            one => vec![one],
        };
        all.push(other.into());
        Self::And(all)
    }

    /// Requires at least one of the two. Where one of them cannot be told, the other must hold.
    #[must_use]
    pub fn or(self, other: impl Into<Self>) -> Self {
        let mut any = match self {
            Self::Or(any) => any,
            one => vec![one],
        };
        any.push(other.into());
        Self::Or(any)
    }

    /// Requires the opposite. What cannot be told, such as a role that may be hidden in a claim of a wrong type,
    /// cannot be told in its negation either, and refuses.
    #[must_use]
    #[allow(clippy::should_implement_trait)] // `!` on a requirement would be too easy to overlook
    pub fn not(self) -> Self {
        Self::Not(Box::new(self))
    }
}

impl AuthorizationDetails {
    /// Requires that the token has them.
    #[must_use]
    pub fn granted(self) -> Requirement {
        Requirement::AuthorizationDetails(self)
    }
}

/// A claim that waits for its test.
#[derive(Debug, Clone)]
#[must_use = "a claim without a test requires nothing"]
pub struct ClaimBuilder {
    path: ClaimPath,
}

impl ClaimBuilder {
    /// The claim is exactly this value, of the same JSON type. Numbers are compared by value (`1` is `1.0`), up to
    /// ±(2^53 − 1).
    pub fn equals(self, value: impl Into<Value>) -> Requirement {
        self.test(ClaimTest::Equals(value.into()))
    }

    /// The claim, an array or a space-separated string, includes this value.
    pub fn includes(self, value: impl Into<Value>) -> Requirement {
        self.test(ClaimTest::Includes(vec![value.into()]))
    }

    /// The claim, an array or a space-separated string, includes all of these values.
    pub fn includes_all<V: Into<Value>>(self, values: impl IntoIterator<Item = V>) -> Requirement {
        self.test(ClaimTest::Includes(values.into_iter().map(Into::into).collect()))
    }

    /// The claim is one of these values.
    pub fn one_of<V: Into<Value>>(self, values: impl IntoIterator<Item = V>) -> Requirement {
        self.test(ClaimTest::OneOf(values.into_iter().map(Into::into).collect()))
    }

    /// The claim is there and not `null`.
    pub fn exists(self) -> Requirement {
        self.test(ClaimTest::Exists(true))
    }

    fn test(self, test: ClaimTest) -> Requirement {
        Requirement::Claim(ClaimRequirement { path: self.path, test })
    }
}

/// An organization requirement that waits to hear how the request names the organization.
#[derive(Debug, Clone, Default)]
#[must_use = "say how the request names the organization"]
pub struct OrganizationBuilder {
    audience: Option<AudienceTemplate>,
}

impl OrganizationBuilder {
    /// The token names the organization by an audience of this form, such as
    /// `urn:logto:organization:{organization}`, instead of by a claim.
    ///
    /// # Errors
    /// When the template lacks its placeholder.
    pub fn in_audience(self, template: &str) -> Result<Self, RequirementError> {
        Ok(Self { audience: Some(AudienceTemplate::new(template)?) })
    }

    /// Logto's organization permissions: the token's audience is `urn:logto:organization:<id>`.
    pub fn logto_permissions(self) -> Self {
        Self { audience: Some(AudienceTemplate::logto()) }
    }

    /// The request names the organization by this parameter of its path.
    pub fn from_path(self, parameter: impl Into<String>) -> Requirement {
        self.expect(ExpectedOrganization::FromPath(parameter.into()))
    }

    /// The request names the organization by this header.
    pub fn from_header(self, name: impl Into<String>) -> Requirement {
        self.expect(ExpectedOrganization::FromHeader(name.into()))
    }

    /// The request names the organization by its host, such as `{organization}.example.com`.
    pub fn from_host(self, template: impl Into<String>) -> Requirement {
        self.expect(ExpectedOrganization::FromHost(template.into()))
    }

    /// A function reads the organization out of the request; `None` refuses, inside
    /// [`not`](Requirement::not) as well. If the function panics, the request is answered 500.
    pub fn from_request(
        self,
        read: impl Fn(&dyn RequestFacts) -> Option<String> + Send + Sync + 'static,
    ) -> Requirement {
        let read = OrganizationFunction(Arc::new(read));
        self.expect(ExpectedOrganization::FromRequest(read))
    }

    /// The organization is this one.
    pub fn is(self, id: impl Into<String>) -> Requirement {
        self.expect(ExpectedOrganization::Is(id.into()))
    }

    /// The organization is whichever the token is for; the handler must keep to
    /// [`AccessToken::organization`].
    pub fn any(self) -> Requirement {
        self.expect(ExpectedOrganization::Any(true))
    }

    fn expect(self, expected: ExpectedOrganization) -> Requirement {
        Requirement::Organization(OrganizationRequirement { expected, audience: self.audience })
    }
}
