//! Which tokens the API accepts.

use bearward_axum::answer::ErrorBody;
use bearward_axum::builder::{Given, ResourceServerBuilder};
use bearward_axum::request::TokenSubprotocol;
use bearward_axum::requirement::{claim, keycloak_realm_role};
use bearward_axum::{ConfigError, Requirement, ResourceServer};

use crate::Settings;

/// Reading orders.
pub(crate) const READ: &str = "orders:read";
/// Placing orders, which includes reading them.
pub(crate) const WRITE: &str = "orders:write";

/// The API as a resource server, twice: a request has its token in `Authorization`, and a WebSocket in its subprotocol, because a
/// page cannot give headers to a WebSocket. A token in the other one's place lets no request in.
#[derive(Debug, Clone)]
pub struct Protection {
    pub(crate) requests: ResourceServer,
    pub(crate) sockets: ResourceServer,
    staff: String,
}

impl Protection {
    /// Trusts both issuers.
    ///
    /// # Errors
    /// [`ConfigError`] names the setting that is wrong.
    pub fn new(settings: &Settings) -> Result<Self, ConfigError> {
        Ok(Self {
            requests: both_issuers(settings).build()?,
            sockets: both_issuers(settings).token_place(TokenSubprotocol::new("bearer")?).build()?,
            staff: settings.staff.clone(),
        })
    }

    /// The role of those who may see every order. Only the staff's issuer gives it: a role of this name in a customer's token
    /// means nothing.
    pub(crate) fn support(&self) -> Requirement {
        claim("iss").equals(&*self.staff).and(keycloak_realm_role("support"))
    }
}

fn both_issuers(settings: &Settings) -> ResourceServerBuilder<Given, Given> {
    ResourceServer::builder()
        .issuer(&*settings.customers)
        .issuer(&*settings.staff)
        .audience(&*settings.audience)
        .implies(WRITE, [READ])
        .error_body(ErrorBody::Problem)
}
