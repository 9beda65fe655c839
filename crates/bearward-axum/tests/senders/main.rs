//! Tokens that are bound to their senders, through axum, over real sockets, with the exact answers. One file a theme.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

mod certificates;
mod nonces;
mod proofs;
mod replays;
mod schemes;
mod stores;
mod urls;
