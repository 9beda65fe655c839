//! Pages of the repository with code for several crates, which is compiled so that it stays true. Pages with code for axum alone
//! are modules of `bearward-axum`.

#![cfg(doctest)]

#[doc = include_str!("../README.md")]
pub struct Readme;

#[doc = include_str!("../docs/organizations.md")]
pub struct Organizations;

#[doc = include_str!("../docs/audiences.md")]
pub struct Audiences;
