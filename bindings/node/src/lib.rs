//! The Node.js addon: one class over [`bearward_core::Engine`], and one function, which every request calls. What is
//! beside them is for settings and for what people are told.
//!
//! JavaScript fetches and renders; what is decided here is decided by the core. A request crosses the boundary
//! once, with its header as text and the time, and gets back a number: nothing is allocated for a token that
//! is accepted. Claims do not cross at all: JavaScript holds the token, and reads of it what the core has
//! verified.
//!
//! 1. No panic crosses: each entry point runs under [`guard`](panic_guard::guard).
//! 2. Nothing here opens a socket, starts a thread or keeps the process alive.
//! 3. Each `NativeEngine` is separate, except for the functions it made and the memories it was given: several of them,
//!    and several worker threads, share nothing else.

#[cfg(feature = "bare-signature")]
mod bare_signature;
mod checker;
mod consultation;
mod discovery;
mod driver;
mod engine;
mod error;
mod facts;
mod failure;
mod fetch;
mod header_text;
mod mcp;
mod memory;
mod misspelling;
mod near_miss;
mod panic_guard;
mod provider_facts;
mod redacted;
mod resource;
mod request_parts;
mod settings;
mod time;
mod verdict;
