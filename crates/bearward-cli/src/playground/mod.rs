//! The pages that the demo and `bearward explain --web` show in a browser.
//!
//! 1. [`guard`]: only a page of this very server, opened under a name of this machine, is answered.
//! 2. [`assets`]: the files of the pages. They load nothing from elsewhere, and no script is in the markup.
//! 3. [`trouble`]: what a page is told that asks for something impossible.
//! 4. [`browser`]: opens a page, on a machine with a person in front of it.

mod assets;
pub(crate) mod browser;
mod guard;
mod trouble;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};

pub(crate) use self::assets::{EXPLAIN, PLAYGROUND, html};
pub(crate) use self::trouble::Trouble;

/// Far more than a token, its proof and what is said of them.
const MOST_REQUEST_BYTES: usize = 256 * 1024;

/// A page's own routes and its files, guarded; `port` is the one that they are served on.
pub(crate) fn guarded(routes: Router, port: u16) -> Router {
    routes
        .merge(assets::files())
        .layer(DefaultBodyLimit::max(MOST_REQUEST_BYTES))
        .layer(from_fn_with_state(port, guard::this_machine_only))
        .layer(from_fn(assets::with_policy))
}
