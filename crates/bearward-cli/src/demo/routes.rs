//! What the demo API offers, for people.

/// One route of the demo API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Route {
    /// Its path, with parameters in braces.
    pub path: &'static str,
    /// What a request needs to pass.
    pub needs: &'static str,
}

/// Every protected or public route of the demo API, in the order in which they are shown.
pub const ROUTES: [Route; 11] = [
    route("/api/public", "nothing"),
    route("/api/private", "a valid token"),
    route("/api/private-scoped", "the scope read:messages"),
    route("/api/protected", "the scopes api:read and api:write"),
    route("/api/protected/detailed", "the scopes api:read and api:write"),
    route("/secured/token", "a valid token"),
    route("/secured/scope", "the scopes openid and profile"),
    route("/secured/claim", "the claim role with the value admin"),
    route("/api/step-up", "an authentication of the class mfa (acr), five minutes ago at most (auth_time)"),
    route(
        "/api/organizations/{org}/members",
        "the organization's permission read:member: a token for the audience urn:logto:organization:{org}",
    ),
    route(
        "/api/organizations/{org}/data",
        "the scope read:data in a token for this API with the claim organization_id of {org}",
    ),
];

const fn route(path: &'static str, needs: &'static str) -> Route {
    Route { path, needs }
}
