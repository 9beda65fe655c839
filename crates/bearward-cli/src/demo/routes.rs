//! What the demo API offers, for people.

/// One route of the demo API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Route {
    /// Its method.
    pub method: &'static str,
    /// Its path, with parameters in braces.
    pub path: &'static str,
    /// What a request needs to pass.
    pub needs: &'static str,
}

/// Every protected or public route of the demo API, in the order in which they are shown.
pub const ROUTES: [Route; 15] = [
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
    route("/api/files", "the scope files:read, or one that includes it: files:write, files:admin"),
    route(
        "/api/payments",
        "authorization details of the type payment_initiation with the action initiate, the location \
         https://api.example.com/payments and the currency EUR",
    ),
    route(
        "/api/reports/{name}",
        "for yearly the scope reports:read, for salaries reports:salaries as well; others are refused",
    ),
    Route {
        method: "POST",
        ..route(
            "/mcp",
            "what the tool in Mcp-Name needs: read_file the scope files:read, delete_file files:write and files:delete",
        )
    },
];

const fn route(path: &'static str, needs: &'static str) -> Route {
    Route { method: "GET", path, needs }
}
