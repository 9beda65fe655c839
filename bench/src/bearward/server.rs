//! The axum adapter.

use anyhow::{Result, bail};

use crate::server::Setting;

pub(crate) async fn serve(_setting: &Setting) -> Result<()> {
    bail!("not yet")
}
