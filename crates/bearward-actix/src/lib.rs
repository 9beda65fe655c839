#![doc = include_str!("../README.md")]

mod extract;
mod head;
mod health;
mod middleware;
mod response;

pub use bearward_tower;
pub use bearward_tower::bearward::answer::Answer;
pub use bearward_tower::bearward::builder::ResourceServerBuilder;
pub use bearward_tower::bearward::check::DpopPolicy;
pub use bearward_tower::bearward::connection::ClientConnection;
pub use bearward_tower::{
    AccessToken, AuthInfo, ConfigError, Failure, IssuerConfig, ResourceServer, requirement,
};

use bearward_tower::requirement::Requirement;
use bearward_tower::{ProtectLayer, RequireLayer};

pub use self::extract::{Authorized, Claims, MaybeAuthorized, Refused};
pub use self::health::health;
pub use self::middleware::{Guarded, Middleware};

/// The middleware of a resource server, for `wrap` of actix.
pub trait Protect {
    /// Requests need a valid token.
    fn middleware(&self) -> Middleware<ProtectLayer>;

    /// Requests may come without any credential; one that is sent must be valid.
    fn optional_middleware(&self) -> Middleware<ProtectLayer>;

    /// Requests need a valid token that meets a requirement. Unlike [`require`], it needs no other middleware around it,
    /// and it accepts the organization audiences that the requirement names.
    ///
    /// # Errors
    /// [`ConfigError`] when the requirement means nothing.
    fn require(&self, requirement: Requirement) -> Result<Middleware<ProtectLayer>, ConfigError>;
}

impl Protect for ResourceServer {
    fn middleware(&self) -> Middleware<ProtectLayer> {
        Middleware::of(ProtectLayer::new(self.clone()).framework(head::actix()))
    }

    fn optional_middleware(&self) -> Middleware<ProtectLayer> {
        Middleware::of(ProtectLayer::new(self.clone()).framework(head::actix()).optional())
    }

    fn require(&self, requirement: Requirement) -> Result<Middleware<ProtectLayer>, ConfigError> {
        let layer = ProtectLayer::new(self.clone()).framework(head::actix());
        Ok(Middleware::of(layer.requirement(requirement)?))
    }
}

/// Requires this of tokens that [`Protect::middleware`] further out has let in. Where there is none further out, every
/// request is answered 500.
///
/// # Errors
/// [`ConfigError`] when the requirement means nothing.
pub fn require(requirement: Requirement) -> Result<Middleware<RequireLayer>, ConfigError> {
    Ok(Middleware::of(bearward_tower::require(requirement)?))
}
