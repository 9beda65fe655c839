//! The configuration of the demo.

use super::{Api, Client, Config, Organization, ProtectedResource, RequestedClaims, Role, User};

/// The API that the demo protects, unless told otherwise.
const AUDIENCE: &str = "https://api.example.com";

/// An API that the demo does not protect: a token for it is a good token for somebody else.
const OTHER_AUDIENCE: &str = "https://other.example.com";

const SCOPES: [&str; 6] = ["read:messages", "api:read", "api:write", "openid", "profile", "read:data"];

impl Config {
    /// The configuration of the demo, protecting `https://api.example.com`.
    ///
    /// - client `demo`, secret `demo-secret`: all roles, a claim `role` = `admin`, member of `org_1` only;
    /// - client `reader`, secret `reader-secret`: only `read:messages`;
    /// - client `opaque`, secret `opaque-secret`: all roles, its access tokens are opaque;
    /// - client `step-up`, secret `step-up-secret`: all roles, reaches the authentication context class `mfa`;
    /// - the user `ada`, who allows clients that register themselves what the role `reader` allows;
    /// - protected resource `api`, secret `api-secret`, to introspect with;
    /// - the organizations `org_1` and `org_2` with the permissions `read:member` and `read:data`;
    /// - a second API, `https://other.example.com`, for tokens of a foreign audience;
    /// - the `claims` parameter of token requests may add claims.
    ///
    /// ```
    /// use bearward_issuer::{Config, Issuer};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let issuer = Issuer::builder().config(Config::demo()).start().await?;
    /// assert_eq!(issuer.token_endpoint(), format!("{}/token", issuer.url()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn demo() -> Self {
        Self::demo_for(AUDIENCE)
    }

    /// The same, protecting another audience.
    pub fn demo_for(audience: impl Into<String>) -> Self {
        let audience = audience.into();
        let admin = Role::new("admin").grants(audience.clone(), SCOPES);
        let reader = Role::new("reader").grants(audience.clone(), ["read:messages"]);
        let mut apis = vec![Api::new(audience.clone(), SCOPES)];
        let mut visitor = Role::new("visitor");
        if audience != OTHER_AUDIENCE {
            apis.push(Api::new(OTHER_AUDIENCE, ["read:other"]));
            visitor = visitor.grants(OTHER_AUDIENCE, ["read:other"]);
        }
        let organization = |id| Organization::new(id).role("member", ["read:member", "read:data"]);
        let with_all_roles =
            |id, secret| Client::new(id, secret).role("admin").role("reader").role("visitor");
        Self {
            requested_claims: RequestedClaims::Add,
            apis,
            roles: vec![admin, reader, visitor],
            clients: vec![
                with_all_roles("demo", "demo-secret").claim("role", "admin"),
                Client::new("reader", "reader-secret").role("reader"),
                with_all_roles("opaque", "opaque-secret").claim("role", "admin").opaque(),
                with_all_roles("step-up", "step-up-secret").authentication(["mfa"]),
            ],
            user: Some(User::new("ada").role("reader")),
            protected_resources: vec![ProtectedResource::new("api", "api-secret")],
            organizations: vec![organization("org_1").member("demo", ["member"]), organization("org_2")],
            ..Self::default()
        }
    }
}
