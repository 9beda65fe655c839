//! Floor 5: the failure of a request, and what the client is told.

pub(crate) mod challenge;
pub(crate) mod failure;
pub(crate) mod refusal;
pub(crate) mod resource_metadata;
