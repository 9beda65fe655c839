//! For those who write an adapter to a framework: what a driver of a [`ResourceServer`](crate::ResourceServer) needs and a
//! handler never does.

pub use crate::log::failure as log_failure;
pub use crate::resource_server::PendingAuthentication;
