//! What a client gets.
//!
//! 1. Without a resource the first API is meant (RFC 9068 §3: a default resource indicator), and with only an
//!    organization, the organization itself.
//! 2. A token has the scopes that were asked for, as far as the client's roles allow them; nothing asked, all
//!    of those; nothing left, `invalid_scope` (RFC 6749 §3.3).
//! 3. A client that can step up says when its subject was authenticated, and how if that was asked (RFC 9470 §5).
//! 4. Whether an organization is unknown or only foreign to the client is the same answer.

use serde_json::{Map, Value};

use super::error::{ErrorCode, TokenError};
use super::request::TokenRequest;
use crate::config::{Api, Client, Config, OWN_CLAIMS, Organization, RequestedClaims};

/// A decided token: everything but its times, its id and its signature.
#[derive(Debug, PartialEq)]
pub(crate) struct Grant {
    pub(crate) audience: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) roles: Vec<String>,
    pub(crate) organization_id: Option<String>,
    pub(crate) authentication: Option<Authentication>,
    /// The client's own claims, none of which is one that the server answers for.
    pub(crate) client_claims: Map<String, Value>,
    /// Claims from the request; they win over the server's, where the configuration lets them through.
    pub(crate) requested_claims: Map<String, Value>,
}

/// How and when the subject was authenticated.
#[derive(Debug, PartialEq)]
pub(crate) struct Authentication {
    pub(crate) acr: Option<String>,
    /// Seconds since then.
    pub(crate) age: u64,
}

/// How long ago the subject was authenticated where nobody asks for more: an hour, in seconds.
const USUAL_AGE: u64 = 3600;

/// Decides a request of an authenticated client.
pub(crate) fn decide(
    config: &Config,
    requested_claims: RequestedClaims,
    client: &Client,
    request: TokenRequest,
) -> Result<Grant, TokenError> {
    let target = Target::of(config, client, &request)?;
    let allowed = target.allowed_scopes(config, client);
    let scopes = match request.scope.as_deref() {
        None => allowed,
        Some(scope) => {
            let asked: Vec<_> = scope.split(' ').collect();
            allowed.into_iter().filter(|scope| asked.contains(scope)).collect()
        }
    };
    if scopes.is_empty() && !(request.scope.is_none() && target.knows_no_scopes()) {
        return Err(ErrorCode::InvalidScope.because("none of these scopes is allowed"));
    }
    check_claims(requested_claims, &request.claims)?;
    let authentication = Authentication::of(client, &request)?;
    Ok(Grant {
        audience: target.audience(config),
        scopes: scopes.into_iter().map(str::to_owned).collect(),
        roles: target.roles(client).to_vec(),
        organization_id: match target {
            Target::Api(_, organization) => organization.map(|found| found.id.clone()),
            Target::Organization(_) => None,
        },
        authentication,
        client_claims: client.claims.clone(),
        requested_claims: request.claims,
    })
}

impl Authentication {
    /// What a client that can step up gets; nothing for any other.
    fn of(client: &Client, request: &TokenRequest) -> Result<Option<Self>, TokenError> {
        if client.acr_values.is_empty() {
            return Ok(None);
        }
        let acr = match &request.acr_values {
            None => None,
            Some(asked) => {
                let reached = asked.split(' ').find(|acr| client.acr_values.iter().any(|can| can == acr));
                let unmet = ErrorCode::UnmetAuthenticationRequirements;
                Some(reached.ok_or(unmet.because("the subject reaches none of these acr_values"))?)
            }
        };
        let fresh = acr.is_some() || request.max_age.is_some_and(|seconds| seconds < USUAL_AGE);
        Ok(Some(Self { acr: acr.map(str::to_owned), age: if fresh { 0 } else { USUAL_AGE } }))
    }
}

/// What a token is for: an API, maybe within an organization, or the organization's own permissions.
#[derive(Clone, Copy)]
enum Target<'a> {
    Api(&'a Api, Option<&'a Organization>),
    Organization(&'a Organization),
}

impl<'a> Target<'a> {
    fn of(config: &'a Config, client: &Client, request: &TokenRequest) -> Result<Self, TokenError> {
        let organization_id = request.organization_id.as_deref();
        let resource = request.resource.as_deref();
        if let Some(api) = resource.and_then(|resource| config.api(resource)) {
            let organization = organization_id.map(|id| membership(config, client, id)).transpose()?;
            return Ok(Self::Api(api, organization));
        }
        let named = resource.and_then(|resource| config.organization_of_audience(resource));
        match (resource, named, organization_id) {
            (Some(_), Some(named), Some(id)) if named != id => {
                Err(ErrorCode::InvalidTarget.because("resource and organization_id differ"))
            }
            (Some(_), Some(id), _) | (None, _, Some(id)) => {
                membership(config, client, id).map(Self::Organization)
            }
            (Some(_), None, _) => Err(ErrorCode::InvalidTarget.because("unknown resource")),
            (None, _, None) => match config.apis.first() {
                Some(api) => Ok(Self::Api(api, None)),
                None => Err(ErrorCode::InvalidTarget.because("resource is missing")),
            },
        }
    }

    fn audience(self, config: &Config) -> String {
        match self {
            Self::Api(api, _) => api.resource.clone(),
            Self::Organization(organization) => config.audience_of_organization(&organization.id),
        }
    }

    fn roles(self, client: &'a Client) -> &'a [String] {
        match self {
            Self::Api(..) => &client.roles,
            Self::Organization(organization) => {
                organization.members.get(&client.id).map_or(&[], Vec::as_slice)
            }
        }
    }

    fn knows_no_scopes(self) -> bool {
        match self {
            Self::Api(api, _) => api.scopes.is_empty(),
            Self::Organization(organization) => organization.scopes().next().is_none(),
        }
    }

    /// The scopes that the client's roles allow here, each once, in the order in which they were configured.
    fn allowed_scopes(self, config: &'a Config, client: &'a Client) -> Vec<&'a str> {
        let mut scopes = Vec::new();
        for role in self.roles(client) {
            let granted = match self {
                Self::Api(api, _) => config.role(role).and_then(|role| role.grants.get(&api.resource)),
                Self::Organization(organization) => organization.roles.get(role),
            };
            for scope in granted.into_iter().flatten() {
                if !scopes.contains(&scope.as_str()) {
                    scopes.push(scope.as_str());
                }
            }
        }
        scopes
    }
}

fn membership<'a>(config: &'a Config, client: &Client, id: &str) -> Result<&'a Organization, TokenError> {
    config
        .organization(id)
        .filter(|organization| organization.members.contains_key(&client.id))
        .ok_or(ErrorCode::AccessDenied.because("the client is not a member of this organization"))
}

fn check_claims(policy: RequestedClaims, claims: &Map<String, Value>) -> Result<(), TokenError> {
    match policy {
        RequestedClaims::Refuse if !claims.is_empty() => {
            Err(ErrorCode::InvalidRequest.because("claims cannot be requested"))
        }
        RequestedClaims::Add if OWN_CLAIMS.iter().any(|own| claims.contains_key(*own)) => {
            Err(ErrorCode::InvalidRequest.because("one of these claims cannot be requested"))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: &str = "https://api.example.com";

    fn decided(client: &str, parameters: &str) -> Result<Grant, ErrorCode> {
        let config = Config::demo();
        let body = format!("grant_type=client_credentials&{parameters}");
        let request = TokenRequest::parse(body.as_bytes()).unwrap();
        let client = config.client(client).unwrap();
        decide(&config, config.requested_claims, client, request).map_err(|error| error.code)
    }

    fn scopes(client: &str, parameters: &str) -> Result<String, ErrorCode> {
        decided(client, parameters).map(|grant| grant.scopes.join(" "))
    }

    #[test]
    fn a_token_has_only_the_scopes_the_roles_allow() {
        let all = "read:messages api:read api:write openid profile read:data".to_owned();
        let one = || Ok("read:messages".to_owned());
        assert_eq!(scopes("demo", ""), Ok(all));
        assert_eq!(scopes("reader", ""), one());
        assert_eq!(scopes("reader", "scope=api:write read:messages"), one());
        assert_eq!(scopes("reader", "scope=api:write"), Err(ErrorCode::InvalidScope));
        assert_eq!(scopes("reader", "scope=read"), Err(ErrorCode::InvalidScope));
        assert_eq!(scopes("reader", "resource=https://other.example.com"), Err(ErrorCode::InvalidScope));
    }

    #[test]
    fn the_three_models_of_an_organization() {
        let global = decided("demo", "").unwrap();
        assert_eq!((global.audience.as_str(), global.organization_id), (API, None));

        let within = decided("demo", &format!("resource={API}&organization_id=org_1")).unwrap();
        assert_eq!(within.audience, API);
        assert_eq!(within.organization_id.as_deref(), Some("org_1"));
        assert_eq!(within.roles, ["admin", "reader", "visitor"]);

        for parameters in [
            "organization_id=org_1",
            "resource=urn:logto:organization:org_1",
            "resource=urn:logto:organization:org_1&organization_id=org_1",
        ] {
            let own = decided("demo", parameters).unwrap();
            assert_eq!(own.audience, "urn:logto:organization:org_1");
            assert_eq!(own.organization_id, None);
            assert_eq!(own.scopes, ["read:member", "read:data"]);
            assert_eq!(own.roles, ["member"]);
        }
    }

    #[test]
    fn only_members_get_a_token_of_an_organization() {
        let denied = Err(ErrorCode::AccessDenied);
        assert_eq!(decided("demo", "organization_id=org_2"), denied);
        assert_eq!(decided("demo", "organization_id=org_9"), denied);
        assert_eq!(decided("demo", &format!("resource={API}&organization_id=org_2")), denied);
        assert_eq!(decided("reader", "resource=urn:logto:organization:org_1"), denied);
    }

    #[test]
    fn a_resource_must_be_known() {
        let invalid = Err(ErrorCode::InvalidTarget);
        assert_eq!(decided("demo", "resource=https://api.example.com/"), invalid);
        assert_eq!(decided("demo", "audience=https://nobody.example&organization_id=org_1"), invalid);
        assert_eq!(decided("demo", "resource=urn:logto:organization:org_1&organization_id=org_2"), invalid);
    }

    #[test]
    fn requested_claims_do_not_touch_what_the_server_answers_for() {
        assert!(decided("demo", r#"claims={"role":"guest","sub":"alice"}"#).is_ok());
        for name in OWN_CLAIMS {
            let parameters = format!(r#"claims={{"{name}":"x"}}"#);
            assert_eq!(decided("demo", &parameters), Err(ErrorCode::InvalidRequest), "{name}");
        }
    }

    #[test]
    fn a_client_that_steps_up_gets_what_it_asks_for_and_can_reach() {
        let authentication =
            |client, parameters| decided(client, parameters).map(|grant| grant.authentication);
        let some = |acr: Option<&str>, age| Ok(Some(Authentication { acr: acr.map(str::to_owned), age }));
        assert_eq!(authentication("step-up", ""), some(None, 3600));
        assert_eq!(authentication("step-up", "max_age=3600"), some(None, 3600));
        assert_eq!(authentication("step-up", "max_age=300"), some(None, 0));
        assert_eq!(authentication("step-up", "acr_values=phr mfa"), some(Some("mfa"), 0));
        let unmet = Err(ErrorCode::UnmetAuthenticationRequirements);
        assert_eq!(authentication("step-up", "acr_values=phr"), unmet);
        assert_eq!(authentication("demo", "acr_values=mfa&max_age=1"), Ok(None));
    }

    #[test]
    fn an_api_without_scopes_gives_tokens_without_scopes() {
        let config = Config {
            apis: vec![Api::new(API, [] as [&str; 0])],
            clients: vec![Client::new("app", "secret")],
            ..Config::new()
        };
        let request = TokenRequest::default();
        let grant = decide(&config, RequestedClaims::Refuse, &config.clients[0], request).unwrap();
        assert!(grant.scopes.is_empty());
    }
}
