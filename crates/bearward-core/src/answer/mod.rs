//! The failure of a request, and what the client is told.

pub(crate) mod challenge;
pub(crate) mod failure;
pub(crate) mod refusal;
pub(crate) mod resource_metadata;

pub use self::challenge::{Answer, ChallengeError, ErrorBody};
pub use self::failure::{Failure, Misconfiguration, Rejection, Unavailable};
pub use self::refusal::Refusal;
pub use self::resource_metadata::{ProtectedResource, ResourceError, ResourceMetadata};
