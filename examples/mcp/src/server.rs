//! What the server has: its protection, its tools and its name.

use std::sync::Arc;

use bearward_axum::ResourceServer;
use serde_json::{Value, json};

use crate::tools::Toolbox;

#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) api: ResourceServer,
    pub(crate) tools: Arc<Toolbox>,
}

pub(crate) fn server_info() -> Value {
    json!({ "name": "notes", "version": env!("CARGO_PKG_VERSION") })
}
